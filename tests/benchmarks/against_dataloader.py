"""Our input and a PyTorch DataLoader's, in turns, of the same files.

    python -m tests.benchmarks.against_dataloader

JPEGs of 320 × 256 pixels to squares of 224 with a caption each, as they are and augmented, ours
with `data.fast_resize`; and pairs of short texts. Two threads make our batches, each tokenising for
itself where there are two cores, and two worker processes PyTorch's; no picture or text is kept
from epoch to epoch. A ratio above 1 means that ours is faster. Where others share the machine, that
of the time that cores worked is the steadier one, and that by the clock favours threads.
Needs torch: tests/benchmarks/requirements.txt.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from tests.benchmarks import captioned
from tests.benchmarks.sides import Work, core_seconds, in_turns, ratio

LENGTH, WORKERS, AHEAD = 32, 2, 4  # tokens; threads or processes; batches made ahead
QUIET = 0.02  # seconds of a core in 0.2 s
AUGMENTATION = {"shift": 0.06, "scale": 0.15, "brightness": 0.05, "contrast": 0.1}


@dataclass(frozen=True)
class Case:
    task: str
    size: int  # of pictures; 0: none
    batch: int  # examples
    of_each: str  # what is counted,
    per_example: int  # and how many an example has
    augmentation: Mapping[str, float] = field(default_factory=dict)
    directory: str = ""


CASES = {
    "pictures": Case("text_to_image", 224, 128, "images", 1),
    "pictures, augmented": Case("text_to_image", 224, 128, "images", 1, AUGMENTATION),
    "texts": Case("text_to_text", 0, 512, "texts", 2),
}


def ours(case: Case) -> tuple[Work, dict[str, Any]]:
    from unimr_jax.host import keep_freed_memory

    keep_freed_memory()  # as training does
    from unimr_jax.data.collate import Collate
    from unimr_jax.data.images import ImageReader
    from unimr_jax.data.pipeline import TaskIterators, task_batches
    from unimr_jax.data.sources import open_split
    from unimr_jax.data.tokenizer import TextTokenizer

    source = open_split(case.directory, "train")
    collate = Collate(
        task=case.task,
        tokenizer=TextTokenizer.load(f"{case.directory}/tokenizer"),
        text_length=LENGTH,
        positive_length=LENGTH,
        images=ImageReader(case.size, cache_mb=0, fast_resize=True) if case.size else None,
        augmentation=dict(case.augmentation),
    )
    batches = task_batches(
        {source.name: source},
        case.task,
        weights={source.name: 1.0},
        batch_size=case.batch,
        temperature=1.0,
        seed=0,
        collate=collate,
    )
    iterators = TaskIterators({case.task: batches}, threads=WORKERS, buffer=AHEAD)
    return _timed(iterators.next_batches), {}


def of_torch(case: Case) -> tuple[Work, dict[str, Any]]:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the workers are parallel already
    from tests.benchmarks import peer_dataloader

    batches = peer_dataloader.batches(
        Path(case.directory), case.size, dict(case.augmentation), case.batch, LENGTH, WORKERS
    )
    return _timed(lambda: next(batches)), {}


def _timed(next_batch: Callable[[], Any]) -> Work:
    """Seconds, and seconds of a core, of a batch.

    What was made ahead while the other side worked is taken first.
    """

    def work(count: int) -> tuple[float, float]:
        for _ in range(AHEAD):
            next_batch()
        began, cores_began = time.perf_counter(), core_seconds()
        for _ in range(count):
            next_batch()
        taken = time.perf_counter() - began, core_seconds() - cores_began
        _wait_until_idle()
        return taken[0] / count, taken[1] / count

    return work


def _wait_until_idle() -> None:
    """Until nothing is made ahead any more, which would take the other side's cores."""
    before = -1.0
    while (now := core_seconds()) - before > QUIET:
        before = now
        time.sleep(0.2)


def compare(case: Case, turns: int, batches: int) -> list[str]:
    """A row of the table."""
    _, taken = in_turns({"ours": ours, "torch": of_torch}, case, turns, batches)
    count = case.batch * case.per_example
    rates = [f"{count / np.median(each[:, 0]):,.0f} {case.of_each}/s" for each in taken.values()]
    return [*rates, *(ratio(*each) for each in zip(taken["torch"].T, taken["ours"].T))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--rows", type=int, default=512)
    parser.add_argument("--batches", type=int, default=12, help="in a turn")
    parser.add_argument("--turns", type=int, default=9)
    flags = parser.parse_args()
    table = Table("", "ours", "PyTorch", "ratio", "ratio of core seconds")
    with tempfile.TemporaryDirectory() as directory:
        data = captioned.write(Path(directory) / "captioned", flags.rows)
        for name in flags.cases:
            case = replace(CASES[name], directory=str(data))
            table.add_row(name, *compare(case, flags.turns, flags.batches))
    Console().print(table)


if __name__ == "__main__":
    main()
