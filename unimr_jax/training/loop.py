"""One stage, from its first step (or its latest checkpoint) to DONE.json."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from unimr_jax.data.pipeline import TaskIterators
from unimr_jax.training import checkpoint, logs, processes
from unimr_jax.training.guard import Guard
from unimr_jax.training.pace import Pace
from unimr_jax.training.preemption import Preempted, Preemption
from unimr_jax.training.stage_checkpoints import StageCheckpoints
from unimr_jax.training.stage_step import StageRun, StageStep
from unimr_jax.training.step import TrainState


def run_stage(
    run: StageRun,
    shapes: dict[str, Any],
    initial_params: Callable[[], dict[str, Any]],
    batches: TaskIterators,
    preemption: Preemption,
) -> dict[str, Any]:
    """Trains a stage to its end, resuming where its latest checkpoint stands.

    Args:
      shapes: of the parameters, with shardings.
      initial_params: called unless there is a checkpoint.

    Returns:
      The parameters at the stage's end.

    Raises:
      Preempted: on SIGTERM, after a checkpoint.
      CheckpointError: a checkpoint could not be written, or none of those there be read.
      DivergedError: too many steps in a row had gradients that are not finite.
    """
    kept = run.config.keep_last, run.config.keep_best
    with StageCheckpoints(run.directory, run.preprocessing, *kept) as checkpoints:
        if checkpoints.latest() is None:
            compiled = StageStep(run, initial_params())
            state = compiled.state
        else:
            compiled = StageStep(run, shapes)
            state, data = checkpoints.restore(compiled.shapes)
            batches.set_state(data)
            logs.console.print(f"[dim]{run.name}: resumed at step {int(state.step)}")
        state = _train(run, compiled, state, batches, checkpoints, preemption)
    checkpoint.mark_done(run.directory, state)
    return state.params


def _train(
    run: StageRun,
    compiled: StageStep,
    state: TrainState,
    batches: TaskIterators,
    checkpoints: StageCheckpoints,
    preemption: Preemption,
) -> TrainState:
    stage, start = run.config, int(state.step)
    if not stage.steps:
        checkpoints.save(state, batches.get_state(), loss=math.inf)
    pace = Pace(sum(task.batch_size for task in stage.tasks.values()))
    guard = Guard(run.name, run.directory, stage.max_skipped, checkpoints.latest)
    mean_loss = MeanLoss()
    with _shown(run, start) as (progress, readers):
        log = logs.LateLog(run.name, (*readers, mean_loss.add, guard.check))
        for step in range(start + 1, stage.steps + 1):
            with pace.waiting_for_input():
                batch = batches.next_batches()
            state, metrics = compiled(state, batch)
            pace.step_dispatched(metrics)
            progress.advance(step)
            last, stopping = step == stage.steps, preemption.reached()
            if last or step % stage.log_every == 0:
                log.write(step, metrics, pace.lap())
            if last or stopping or step % stage.checkpoint_every == 0:
                log.flush()  # a run resumed from this checkpoint will not log these steps again
                line = logs.line_of(run.name, step, metrics)
                guard.check(line)
                checkpoints.save(state, batches.get_state(), mean_loss.take(line))
            if stopping:
                checkpoints.wait()
                raise Preempted(f"{run.name}: stopped at step {step}; the same command resumes")
        checkpoints.wait()
    return state


class MeanLoss:
    """Of the steps logged since the checkpoint before; the more there are, the less noise."""

    def __init__(self):
        self._losses: list[float] = []

    def add(self, line: logs.Line) -> None:
        self._losses.append(sum(line["loss"].values()))

    def take(self, line: logs.Line) -> float:
        """The mean, or the loss of `line` where nothing was logged; starts anew."""
        if not self._losses:
            self.add(line)
        losses, self._losses = self._losses, []
        return float(np.mean(losses))


@contextmanager
def _shown(run: StageRun, start: int) -> Iterator[tuple[logs.StageProgress, tuple]]:
    """The progress bar, and what reads the lines of the log: nothing but in the first process."""
    with logs.StageProgress(run.name, run.config.steps, start) as progress:
        if not processes.is_first():
            yield progress, ()
            return
        with logs.MetricsFiles(run.workdir, run.name, start) as files:
            yield progress, (files.write, progress.show)
