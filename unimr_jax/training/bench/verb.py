"""The verb: every stage's figures, as a table and as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flax
import jax
from rich.console import Console

from unimr_jax.config import Config, Task, chosen_stages
from unimr_jax.training.bench import model_flops
from unimr_jax.training.bench.parts import part_seconds
from unimr_jax.training.bench.peak import matrix_peak, peak_bytes, spread
from unimr_jax.training.bench.table import tables
from unimr_jax.training.bench.timing import Batches, Timing, measure
from unimr_jax.training.stage_step import StageStep, init_params
from unimr_jax.training.step import TrainState
from unimr_jax.whole import write_atomically

Figures = dict[str, Any]  # JSON-able
TRACED = 3  # steps in a profile


@dataclass(frozen=True)
class Options:
    """Of the command line."""

    steps: int = 10  # timed in each stage, after a warm-up
    stage: str = ""  # empty: all
    json: Path | None = None  # where the figures go besides the terminal
    profile: Path | None = None  # a directory for a trace of a few steps


def bench(config: Config, run: Any, options: Options) -> Figures:
    """Times every stage, or the one named, from random parameters, and prints tables.

    Args:
      config: as for training.
      run: a `training.run.Run` over data, or a `SyntheticRun`; both give stages and batches.
      options: of the command line.

    Raises:
      UserError: config, data or an option is wrong.
    """
    peak = matrix_peak(config.model.dtype)
    names = chosen_stages(config, [options.stage] if options.stage else [], "--stage")
    figures = {
        "device": jax.devices()[0].device_kind,
        "devices": run.mesh.size,
        "versions": {"jax": jax.__version__, "flax": flax.__version__},
        "dtype": config.model.dtype,
        "matrix_peak_flops": peak,
        "stages": {name: _stage(config, run, name, peak, options) for name in names},
    }
    for table in tables(figures):
        Console().print(table)
    if options.json:
        write_atomically(options.json, json.dumps(figures, indent=1) + "\n")
    return figures


def _stage(config: Config, run: Any, name: str, peak: float, options: Options) -> Figures:
    """One stage's figures; its parameters are gone when it returns."""
    stage_run = run.stage_run(name)
    step = StageStep(stage_run, init_params(run.model, run.stage_shapes(name), config.seed))
    batches = run.batches(name)
    try:
        timing, state = measure(name, step, batches, options.steps)
        if options.profile:
            state = trace(step, state, batches, options.profile / name)
        batch = step.on_devices(batches.next_batches())
    finally:
        batches.close()
    memory, whose = peak_bytes()
    flops = model_flops.counted(config, stage_run.config, run.model, step, batch)
    formula = model_flops.by_formula(config, stage_run.config, run.model, step.trainable)
    return {
        **_timing(timing, stage_run.config.tasks),
        "model_flops_counted": flops,
        "model_flops_by_formula": formula,
        "share_of_matrix_peak": flops / timing.step / (peak * run.mesh.size),
        f"peak_bytes_of_{whose}": memory,
        "part_ms": {
            part: 1000 * seconds
            for part, seconds in part_seconds(stage_run, step, state, batch, options.steps).items()
        },
    }


def _timing(timing: Timing, tasks: dict[str, Task]) -> Figures:
    return {
        **spread(timing.step_seconds),
        "compile_seconds": timing.compile_seconds,
        "compilations_after_first_step": timing.compilations,
        "input_wait": timing.input_share,
        "tasks": {
            name: {
                "examples_per_second": task.batch_size / timing.step,
                "tokens_per_second": timing.tokens[name] / timing.step,
            }
            for name, task in tasks.items()
        },
    }


def trace(step: StageStep, state: TrainState, batches: Batches, directory: Path) -> TrainState:
    """A few steps in a trace that XProf and Perfetto open; returns the state after them."""
    with jax.profiler.trace(str(directory), create_perfetto_trace=True):
        for _ in range(TRACED):
            state, metrics = step(state, batches.next_batches())
        jax.block_until_ready((state, metrics))
    return state
