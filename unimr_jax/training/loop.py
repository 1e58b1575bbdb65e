"""One stage, from its first step (or its latest checkpoint) to DONE.json."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax.traverse_util import flatten_dict, unflatten_dict
from jax.sharding import Mesh

from unimr_jax import host
from unimr_jax.config import Stage
from unimr_jax.data.pipeline import TaskIterators
from unimr_jax.models import unimr
from unimr_jax.training import checkpoint, logs, optimizer, partitioning, processes
from unimr_jax.training.guard import Guard, skip_non_finite
from unimr_jax.training.pace import Pace
from unimr_jax.training.preemption import Preempted, Preemption
from unimr_jax.training.stage_checkpoints import StageCheckpoints
from unimr_jax.training.step import TrainState, make_train_step, split_params


@dataclass(frozen=True)
class StageRun:
    """What a stage needs besides its data."""

    name: str
    key: str  # "config.stages.NAME", for messages
    config: Stage
    model: unimr.UniMR
    mesh: Mesh
    seed: int
    workdir: Path
    directory: Path  # workdir/stages/NN_name
    preprocessing: Mapping[str, Any]  # saved with every checkpoint


def abstract_params(
    model: unimr.UniMR, mesh: Mesh, overrides: Sequence[partitioning.Override] = ()
) -> dict[str, Any]:
    """Shapes of the parameters and where each lies on the mesh."""
    boxed = jax.eval_shape(lambda key: unimr.init(model, key), jax.random.key(0))
    return partitioning.place(boxed, mesh, overrides)


def stage_shapes(stage: Stage, shapes: dict[str, Any], key: str) -> dict[str, Any]:
    """Of parameters as a stage holds them: what its rules freeze is of its `frozen_dtype`.

    Scalars stay: temperatures, whose logarithms bfloat16 would put off by up to 1.6 %.
    """
    flat = flatten_dict(shapes, sep="/")
    factors = optimizer.multipliers(stage, flat, key)
    frozen = {
        path: jax.ShapeDtypeStruct(x.shape, stage.frozen_dtype, sharding=x.sharding)
        for path, x in flat.items()
        if factors[path][0] == 0 and x.ndim
    }
    return unflatten_dict(flat | frozen, sep="/")


def init_params(model: unimr.UniMR, params: dict[str, Any], seed: int) -> dict[str, Any]:
    """Random parameters like the abstract ones, each created on the devices that hold it."""

    def create(key: jax.Array) -> dict[str, Any]:
        created = nn.meta.unbox(unimr.init(model, key))
        return jax.tree.map(lambda x, like: x.astype(like.dtype), created, params)

    layout = jax.tree.map(lambda x: x.sharding, params)
    return jax.jit(create, out_shardings=layout)(jax.random.key(seed))


class StageStep:
    """The step of a stage and the state that it starts from.

    `params` may be shapes alone, as `abstract_params` gives them: enough to compile the step.
    """

    def __init__(self, run: StageRun, params: dict[str, Any]):
        flat = flatten_dict(params, sep="/")
        factors = optimizer.multipliers(run.config, flat, run.key)
        factors = {path: factor for path, factor in factors.items() if factor[0] != 0}
        schedule = optimizer.learning_rate(
            run.config.optimizer, run.config.steps, f"{run.key}.optimizer"
        )
        update = optimizer.make_optimizer(run.config, factors, schedule, run.key)
        update = skip_non_finite(update, run.config.max_skipped)
        trainable = frozenset(factors)
        trained, _ = split_params(params, trainable)
        self._seed, self._params, self._trained = run.seed, params, trained
        self._init_optimizer = update.init
        everywhere = partitioning.replicated(run.mesh)
        self.shapes = TrainState(
            jax.ShapeDtypeStruct((), jnp.int32, sharding=everywhere),
            jax.tree.map(_shape, params),
            _optimizer_shapes(update, trained, run.mesh),
            jax.ShapeDtypeStruct((2,), jnp.uint32, sharding=everywhere),
        )
        step = make_train_step(run.model, run.config, update, schedule, trainable)
        layout = jax.tree.map(lambda x: x.sharding, self.shapes)
        # Metrics are everywhere, so that every process can read them.
        self.jitted = jax.jit(step, donate_argnums=0, out_shardings=(layout, everywhere))
        self.mesh = run.mesh
        self._inline = host.computes_in_the_calling_thread(run.mesh.devices.flat)

    @cached_property
    def state(self) -> TrainState:
        layout = jax.tree.map(lambda x: x.sharding, self.shapes)
        return TrainState(
            jax.device_put(jnp.zeros((), jnp.int32), layout.step),
            self._params,
            jax.jit(self._init_optimizer, out_shardings=layout.opt_state)(self._trained),
            jax.device_put(jax.random.key_data(jax.random.key(self._seed)), layout.rng),
        )

    def __call__(self, state: TrainState, batches: Mapping[str, Any]) -> tuple[TrainState, Any]:
        batches = {
            task: partitioning.put_batch(batch, self.mesh) for task, batch in batches.items()
        }
        if self._inline:
            # A step whose arguments are under way would run in another thread, and so would all
            # that follow, each waiting for the state of the one before.
            jax.block_until_ready((state, batches))
        with jax.set_mesh(self.mesh):  # where blockwise losses look for the devices
            return self.jitted(state, batches)


def _shape(x: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=x.sharding)


def _optimizer_shapes(update, trained: dict[str, Any], mesh: Mesh) -> Any:
    """Of the optimizer's state: moments lie where their parameters lie, counters everywhere."""
    shapes = jax.eval_shape(update.init, trained)
    layouts = {path: x.sharding for path, x in trained.items()}

    def placed(path: tuple, x: jax.ShapeDtypeStruct) -> jax.ShapeDtypeStruct:
        name = getattr(path[-1], "key", None)
        sharding = layouts.get(name, partitioning.replicated(mesh))
        return jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=sharding)

    return jax.tree_util.tree_map_with_path(placed, shapes)


def run_stage(
    run: StageRun, params: dict[str, Any], batches: TaskIterators, preemption: Preemption
) -> dict[str, Any]:
    """Trains a stage to its end, resuming where its latest checkpoint stands.

    Returns:
      The parameters at the stage's end.

    Raises:
      Preempted: on SIGTERM, after a checkpoint.
      CheckpointError: a checkpoint could not be written, or none of those there be read.
      DivergedError: too many steps in a row had gradients that are not finite.
    """
    compiled = StageStep(run, params)
    kept = run.config.keep_last, run.config.keep_best
    with StageCheckpoints(run.directory, run.preprocessing, *kept) as checkpoints:
        state = compiled.state
        if checkpoints.latest() is not None:
            state, data = checkpoints.restore(state)
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
