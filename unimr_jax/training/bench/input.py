"""Input alone: how many examples a second reach a step, and what making them takes."""

from __future__ import annotations

import cProfile
import json
import pstats
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grain
from rich.console import Console
from rich.table import Table

from unimr_jax.config import chosen_stages
from unimr_jax.data import images
from unimr_jax.data.collate import Collate
from unimr_jax.data.pipeline import TaskIterators
from unimr_jax.data.sources import Source
from unimr_jax.data.tokenizer import TextTokenizer
from unimr_jax.training.run import Run
from unimr_jax.whole import write_atomically

# Part of the work → the functions that do it; none of them calls another.
PARTS: dict[str, tuple[Callable, ...]] = {
    "read": (Source.__getitem__,),
    "decode": (images._read_only,),
    "augment": (images.augment,),
    "tokenise": (TextTokenizer.encode, TextTokenizer.tokens),
}
Figures = dict[str, Any]


def bench_input(run: Run, batches: int, stage: str = "", file: Path | None = None) -> Figures:
    """Prints what the input of every task of every stage, or of the one named, can do.

    Args:
      run: over data.
      batches: to time, after as many that fill the caches.
      file: where the figures go as JSON besides the terminal.
    """
    stages = chosen_stages(run.config, [stage] if stage else [], "--stage")
    tasks = [(name, task) for name in stages for task in run.config.stages[name].tasks]
    # First, while no thread makes batches: from Python 3.12 on a profile hears them all.
    parts = [_parts(run, name, task, batches) for name, task in tasks]
    figures = {
        f"{name}: {task}": {
            "examples_per_second": _rate(run, name, task, batches),
            "threads": run.config.data.threads,
            "ms_per_example": of_task,
        }
        for (name, task), of_task in zip(tasks, parts, strict=True)
    }
    Console().print(_table(figures))
    if file:
        write_atomically(file, json.dumps(figures, indent=1) + "\n")
    return figures


def _parts(run: Run, stage: str, task: str, batches: int) -> Figures:
    """Milliseconds of one thread for an example of the task.

    They are a profiler's, which slows Python down more than what is compiled; "batch" is the rest:
    putting together, labels of tokens, packing.
    """
    seconds = _profiled(run.task_batches(stage, task), range(2 * batches, 3 * batches))
    examples = batches * run.config.stages[stage].tasks[task].batch_size
    return {part: 1000 * each / examples for part, each in seconds.items()}


def _profiled(dataset: grain.MapDataset, places: range) -> dict[str, float]:
    """Seconds of each part in making the batches at these places, in this thread."""
    profile = cProfile.Profile()
    with profile:
        for place in places:
            dataset[place]
    stats = pstats.Stats(profile).stats
    seconds = {part: sum(_cumulative(stats, f) for f in of) for part, of in PARTS.items()}
    # Reading is outside of collating; what collating does besides is the batch's.
    inside = sum(seconds[part] for part in ("decode", "augment", "tokenise"))
    return seconds | {"batch": _cumulative(stats, Collate.__call__) - inside}


def _rate(run: Run, stage: str, task: str, batches: int) -> float:
    """Examples a second, with the config's threads and their buffer full at start and end."""
    data, settings = run.config.data, run.config.stages[stage].tasks[task]
    dataset = {task: run.task_batches(stage, task)}
    iterators = TaskIterators(dataset, threads=data.threads, buffer=data.prefetch)
    try:
        for _ in range(batches):
            iterators.next_batches()
        began = time.perf_counter()
        for _ in range(batches):
            iterators.next_batches()
        seconds = time.perf_counter() - began
    finally:
        iterators.close()
    return batches * settings.batch_size / seconds


def _cumulative(stats: dict, function: Callable) -> float:
    code = function.__code__
    entry = stats.get((code.co_filename, code.co_firstlineno, code.co_name))
    return entry[3] if entry else 0.0


def _table(figures: Figures) -> Table:
    title = "examples a second; milliseconds of one thread for each"
    table = Table("", "rate", *PARTS, "batch", title=title)
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    for name, of_task in figures.items():
        parts = (f"{each:.3f}" for each in of_task["ms_per_example"].values())
        table.add_row(name, f"{of_task['examples_per_second']:,.0f}", *parts)
    return table
