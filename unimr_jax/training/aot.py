"""`bench --compile_only`: what each stage of a config takes, without its data and its hardware."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import jax
from jax.sharding import Mesh
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from unimr_jax.config import Config, chosen_stages
from unimr_jax.training import logs
from unimr_jax.training.dataless import DatalessRun
from unimr_jax.training.flops import bytes_communicated, matrix_flops
from unimr_jax.training.stage_step import StageStep
from unimr_jax.whole import write_atomically


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


def compile_only(
    config: Config, stage: str, intents: int, slots: int, file: Path | None = None
) -> list[Cost]:
    """Compiles the step of every stage, or of the one named, for the mesh, and prints a table.

    Args:
      config: as for training.
      stage: empty: all.
      intents, slots: labels that the data would have.
      file: where the figures go as JSON besides the terminal.

    Raises:
      UserError: the config is wrong, or its tokenizer cannot be loaded.
    """
    run = DatalessRun(config, intents, slots)
    costs = []
    for name in chosen_stages(config, [stage] if stage else [], "--stage"):
        with logs.console.status(f"{name}: compiling"):
            costs.append(cost(run, name))
    Console().print(_table(costs, run.mesh))
    if file:
        figures = {"devices": run.mesh.size, "stages": [asdict(cost) for cost in costs]}
        write_atomically(file, json.dumps(figures, indent=1) + "\n")
    return costs


def cost(run: DatalessRun, name: str) -> Cost:
    """Compiles one stage's step."""
    params = run.stage_shapes(name)
    step = StageStep(run.stage_run(name), params)
    began = time.perf_counter()
    with jax.set_mesh(run.mesh):  # as training does
        traced = step.jitted.trace(step.shapes, run.batch_shapes(name))
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
