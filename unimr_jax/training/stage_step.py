"""The compiled step of one stage, and the state that it starts from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax.traverse_util import flatten_dict, unflatten_dict
from jax.sharding import Mesh

from unimr_jax import host
from unimr_jax.config import Stage
from unimr_jax.models import unimr
from unimr_jax.training import optimizer, partitioning
from unimr_jax.training.guard import skip_non_finite
from unimr_jax.training.step import TrainState, make_train_step, split_params

# The same numbers in half the time, where a program runs once.
QUICKLY_COMPILED = {"xla_backend_optimization_level": 1}
# On a GPU. Of products with a common operand XLA would make one, and copy their operands together
# and its parts apart; a product that a scan keeps it would compute twice, to use it and to keep it.
# What XLA_FLAGS says of the two does not count.
STRAIGHT_PRODUCTS = {
    "xla_gpu_dot_merger_threshold_mb": 0,
    "xla_gpu_enable_dynamic_slice_fusion": False,
}


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
    devices = jax.tree.leaves(layout)[0].device_set
    compiled = jax.jit(create, out_shardings=layout, compiler_options=_compiler_options(devices))
    return compiled(jax.random.key(seed))


def _compiler_options(devices: set[jax.Device]) -> dict[str, int] | None:
    """A process that is told to optimise nothing compiles quicker still."""
    on_cpu = all(x.platform == "cpu" for x in devices)
    quicker = jax.config.read("jax_disable_most_optimizations")
    return QUICKLY_COMPILED if on_cpu and not quicker else None


def step_options(devices: Iterable[jax.Device]) -> dict[str, Any] | None:
    """What the compiler is told of a training step on these devices."""
    on_gpu = all(x.platform == "gpu" for x in devices)
    return STRAIGHT_PRODUCTS if on_gpu else None


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
        self.optimizer = skip_non_finite(update, run.config.max_skipped)
        self.trainable = frozenset(factors)
        trained, _ = split_params(params, self.trainable)
        self._seed, self._params, self._trained = run.seed, params, trained
        everywhere = partitioning.replicated(run.mesh)
        self.shapes = TrainState(
            jax.ShapeDtypeStruct((), jnp.int32, sharding=everywhere),
            jax.tree.map(_shape, params),
            _optimizer_shapes(self.optimizer, trained, run.mesh),
            jax.ShapeDtypeStruct((2,), jnp.uint32, sharding=everywhere),
        )
        step = make_train_step(run.model, run.config, self.optimizer, schedule, self.trainable)
        layout = jax.tree.map(lambda x: x.sharding, self.shapes)
        # Metrics are everywhere, so that every process can read them.
        self.jitted = jax.jit(
            step,
            donate_argnums=0,
            out_shardings=(layout, everywhere),
            compiler_options=step_options(run.mesh.devices.flat),
        )
        self.mesh = run.mesh
        self._inline = host.computes_in_the_calling_thread(run.mesh.devices.flat)

    @cached_property
    def state(self) -> TrainState:
        layout = jax.tree.map(lambda x: x.sharding, self.shapes)
        return TrainState(
            jax.device_put(jnp.zeros((), jnp.int32), layout.step),
            self._params,
            jax.jit(self.optimizer.init, out_shardings=layout.opt_state)(self._trained),
            jax.device_put(jax.random.key_data(jax.random.key(self._seed)), layout.rng),
        )

    def on_devices(self, batches: Mapping[str, Any]) -> dict[str, Any]:
        """Each task's batch over the mesh; one that lies there already stays as it is."""
        return {
            task: batch if _on_devices(batch) else partitioning.put_batch(batch, self.mesh)
            for task, batch in batches.items()
        }

    def __call__(self, state: TrainState, batches: Mapping[str, Any]) -> tuple[TrainState, Any]:
        batches = self.on_devices(batches)
        if self._inline:
            # A step whose arguments are under way would run in another thread, and so would all
            # that follow, each waiting for the state of the one before.
            jax.block_until_ready((state, batches))
        with jax.set_mesh(self.mesh):  # where blockwise losses look for the devices
            return self.jitted(state, batches)


def _on_devices(batch: Mapping[str, Any]) -> bool:
    return all(isinstance(x, jax.Array) for x in jax.tree.leaves(batch))


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
