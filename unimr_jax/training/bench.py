"""`bench`: how fast each stage of a config trains on this machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from unimr_jax.config import Config
from unimr_jax.errors import UserError
from unimr_jax.training import logs, validation, workdir
from unimr_jax.training.loop import StageStep, init_params
from unimr_jax.training.run import Run, chosen


@dataclass(frozen=True)
class Timing:
    """What a stage's timed steps took."""

    stage: str
    examples: int  # in a step
    compile_seconds: float
    step_seconds: np.ndarray  # [steps]: from a batch at hand to the new parameters
    input_seconds: np.ndarray  # [steps]: until the batch was at hand

    @property
    def examples_per_second(self) -> float:
        return self.examples * len(self.step_seconds) / self._total

    @property
    def input_share(self) -> float:
        return self.input_seconds.sum() / self._total

    @property
    def _total(self) -> float:
        return self.step_seconds.sum() + self.input_seconds.sum()


def bench(config: Config, directory: Path, steps: int, stage: str = "") -> list[Timing]:
    """Times every stage, or the one named, from random parameters, and prints a table.

    Args:
      config: as for training.
      directory: a workdir, for the data and the tokenizer; its stages are left alone.
      steps: to time in each stage, after a warm-up.
      stage: empty: all.

    Raises:
      UserError: config, data or directory is wrong.
    """
    if steps < 1:
        raise UserError(f"--steps={steps} must be at least 1")
    validation.check(config)
    names = chosen(config, [stage] if stage else [], "--stage")
    workdir.enter(directory, config)
    run = Run(config, directory)
    timings = [measure(run, name, steps) for name in names]
    Console().print(_table(timings))
    return timings


def measure(run: Run, name: str, steps: int) -> Timing:
    """Times one stage; the first of the warm-up steps is the one that compiles."""
    params = init_params(run.model, run.stage_shapes(name), run.config.seed)
    step = StageStep(run.stage_run(name), params)
    batches = run.batches(name)
    state = step.state
    seconds = []  # (waiting for input, step)
    try:
        for _ in track(range(steps + 2), f"{name}: {steps} steps", console=logs.console):
            began = time.perf_counter()
            batch = batches.next_batches()
            ready = time.perf_counter()
            state, metrics = step(state, batch)
            jax.block_until_ready((state, metrics))
            seconds.append((ready - began, time.perf_counter() - ready))
    finally:
        batches.close()
    waits, times = np.array(seconds).T  # [steps + 2]
    tasks = run.config.stages[name].tasks.values()
    return Timing(
        stage=name,
        examples=sum(task.batch_size for task in tasks),
        compile_seconds=max(0.0, times[0] - float(np.median(times[2:]))),
        step_seconds=times[2:],
        input_seconds=waits[2:],
    )


def _table(timings: Sequence[Timing]) -> Table:
    table = Table("stage", *_COLUMNS)
    for column in table.columns[1:]:
        column.justify = "right"
    for timing in timings:
        low, median, high = 1000 * np.percentile(timing.step_seconds, (10, 50, 90))
        table.add_row(
            timing.stage,
            f"{timing.compile_seconds:.1f} s",
            f"{median:.1f} ms",
            f"{low:.1f}–{high:.1f} ms",
            f"{timing.examples_per_second:.0f}",
            f"{100 * timing.input_share:.0f} %",
        )
    return table


_COLUMNS = ("compile", "step", "p10–p90", "examples/s", "waits for input")
