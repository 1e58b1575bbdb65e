"""`bench --compile_only`: what each stage of a config takes, without its data and its hardware."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
from jax.sharding import Mesh, NamedSharding
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from unimr_jax.config import Config, Stage, to_dict
from unimr_jax.data.shapes import Shapes, batch_shapes
from unimr_jax.data.tokenizer import TextTokenizer
from unimr_jax.models import unimr
from unimr_jax.training import logs, partitioning, validation
from unimr_jax.training.flops import bytes_communicated, matrix_flops
from unimr_jax.training.loop import StageRun, StageStep, abstract_params, stage_shapes
from unimr_jax.training.run import chosen


@dataclass(frozen=True)
class Cost:
    """What one step of a stage takes, by XLA's plan for the devices at hand; sizes in bytes."""

    stage: str
    seconds: float  # to compile
    parameters: int
    arguments: int  # on a device: parameters, optimizer state, its share of the batch
    outputs: int  # on a device, without what overwrites its arguments
    temporary: int  # on a device: activations, gradients
    communicated: int  # handed to a device by the others
    flops: int  # of matrix products, on all devices

    @property
    def memory(self) -> int:
        """On a device."""
        return self.arguments + self.outputs + self.temporary


def compile_only(config: Config, stage: str, intents: int, slots: int) -> list[Cost]:
    """Compiles the step of every stage, or of the one named, for the mesh, and prints a table.

    Args:
      config: as for training.
      stage: empty: all.
      intents, slots: labels that the data would have.

    Raises:
      UserError: the config is wrong, or its tokenizer cannot be loaded.
    """
    validation.check(config)
    names = chosen(config, [stage] if stage else [], "--stage")
    mesh = partitioning.make_mesh(config.mesh)
    validation.check_mesh(config, mesh)
    # Each label begins or goes on, or there is none.
    model = unimr.build(to_dict(config.model), _vocab_size(config), intents, 1 + 2 * slots)
    costs = []
    for name in names:
        with logs.console.status(f"{name}: compiling"):
            costs.append(cost(config, name, model, mesh))
    Console().print(_table(costs, mesh))
    return costs


def cost(config: Config, name: str, model: unimr.UniMR, mesh: Mesh) -> Cost:
    """Compiles one stage's step."""
    stage, key = config.stages[name], f"config.stages.{name}"
    params = stage_shapes(stage, abstract_params(model, mesh, config.mesh.overrides), key)
    step = StageStep(
        StageRun(name, key, stage, model, mesh, config.seed, Path(), Path(), {}), params
    )
    began = time.perf_counter()
    with jax.set_mesh(mesh):  # as training does
        traced = step.jitted.trace(step.shapes, _batches(config, stage, mesh))
    compiled = traced.lower().compile()
    seconds = time.perf_counter() - began
    memory = compiled.memory_analysis()
    return Cost(
        stage=name,
        seconds=seconds,
        parameters=sum(x.size for x in jax.tree.leaves(params)),
        arguments=memory.argument_size_in_bytes,
        outputs=memory.output_size_in_bytes - memory.alias_size_in_bytes,
        temporary=memory.temp_size_in_bytes,
        communicated=bytes_communicated(compiled.as_text()),
        flops=matrix_flops(traced.jaxpr.jaxpr),
    )


def _vocab_size(config: Config) -> int:
    """A tokenizer that is yet to be trained will have the size that the config asks for."""
    if config.tokenizer.name:
        return TextTokenizer.load(config.tokenizer.name).vocab_size
    return config.tokenizer.vocab_size


def _batches(config: Config, stage: Stage, mesh: Mesh) -> dict[str, dict]:
    image = config.model.image
    sizes = image.size, image.patch, config.data.max_patches
    sharding = NamedSharding(mesh, partitioning.BATCH)
    return {
        name: _abstract(batch_shapes(name, task, *sizes), sharding)
        for name, task in stage.tasks.items()
    }


def _abstract(shapes: Shapes, sharding: NamedSharding) -> dict[str, Any]:
    return {
        field: _abstract(shape, sharding)
        if isinstance(shape, dict)
        else jax.ShapeDtypeStruct(*shape, sharding=sharding)
        for field, shape in shapes.items()
    }


def _table(costs: Sequence[Cost], mesh: Mesh) -> Table:
    axes = ", ".join(f"{axis} {size}" for axis, size in mesh.shape.items())
    title = f"a step on {mesh.size} device(s), {mesh.devices.flat[0].platform}: {axes}"
    table = Table("", *(cost.stage for cost in costs), title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    for row, show in _ROWS.items():
        table.add_row(row, *(show(cost) for cost in costs))
    return table


_ROWS = {
    "parameters": lambda cost: f"{cost.parameters / 1e6:.1f} M",
    "memory per device": lambda cost: decimal(cost.memory),
    "  arguments": lambda cost: decimal(cost.arguments),
    "  temporary": lambda cost: decimal(cost.temporary),
    "  new outputs": lambda cost: decimal(cost.outputs),
    "received per device": lambda cost: decimal(cost.communicated),
    "matrix FLOPs, all devices": lambda cost: f"{cost.flops / 1e12:.3g} T",
    "compiled in": lambda cost: f"{cost.seconds:.1f} s",
}
