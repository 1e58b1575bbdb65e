"""What a step computes and receives on each device, from 1 to 256 of them, by the compiled module.

    python -m tests.benchmarks.scaling

The dual tower `tiny` of `dual_tower.py` on fake CPU devices, with 8 pairs a device (so that the
batch grows with them), parameters on every device (`data`) or cut over all (`fsdp`). Nothing is
computed: each number of devices is compiled in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

CONFIG, STAGE, TASK = "tests/benchmarks/dual_tower.py:tiny", "pairs", "text_to_image"
PER_DEVICE = 8  # pairs
DEVICES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
# name → the mesh's data and fsdp, and how many devices there can be: the width is cut over them
MESHES = {"data": ("-1", "1", 256), "fsdp": ("1", "-1", 64)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--devices", nargs="+", type=int, default=DEVICES)
    parser.add_argument("--meshes", nargs="+", choices=MESHES, default=list(MESHES))
    flags = parser.parse_args()
    for mesh in flags.meshes:
        counts = [count for count in flags.devices if count <= MESHES[mesh][2]]
        Console().print(table(mesh, [in_a_process(mesh, count) for count in counts]))


def in_a_process(mesh: str, devices: int) -> dict[str, Any]:
    """The figures of `compiled`."""
    there = {"JAX_PLATFORMS": "cpu", "JAX_NUM_CPU_DEVICES": str(devices)}
    program = f"from tests.benchmarks import scaling; scaling.compiled({mesh!r}, {devices})"
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, env=os.environ | there, check=True, text=True, stdout=subprocess.PIPE
    )
    return json.loads(done.stdout)


def compiled(mesh: str, devices: int) -> None:
    """Prints figures of a device: FLOPs and bytes."""
    import jax

    from unimr_jax import config_file
    from unimr_jax.training.dataless import DatalessRun
    from unimr_jax.training.flops import bytes_communicated, matrix_flops
    from unimr_jax.training.stage_step import StageStep

    data, fsdp, _ = MESHES[mesh]
    overrides = {
        f"stages.{STAGE}.tasks.{TASK}.batch_size": PER_DEVICE * devices,
        "mesh.data": data,
        "mesh.fsdp": fsdp,
    }
    flags = [f"--config.{key}={value}" for key, value in overrides.items()]
    run = DatalessRun(config_file.load(CONFIG, flags), intents=1, slots=0)
    shapes = run.stage_shapes(STAGE)
    step = StageStep(run.stage_run(STAGE), shapes)
    with jax.set_mesh(run.mesh):
        traced = step.jitted.trace(step.shapes, run.batch_shapes(STAGE))
    module = traced.lower().compile()
    figures = {
        "devices": devices,
        "parameters": sum(x.size for x in jax.tree.leaves(shapes)),
        "ideal_flops": matrix_flops(traced.jaxpr.jaxpr) / devices,
        "flops": module.cost_analysis()["flops"],
        "received": bytes_communicated(module.as_text()),
        "memory": module.memory_analysis().temp_size_in_bytes,
    }
    print(json.dumps(figures))


def table(mesh: str, figures: list[dict[str, Any]]) -> Table:
    parameters = 4 * figures[0]["parameters"] / 1e6
    title = f"{mesh}: {PER_DEVICE} pairs and {parameters:.2f} MB of parameters, on each device"
    columns = "devices", "matrix GFLOPs / devices", "GFLOPs compiled", "MB received", "MB temporary"
    table = Table(*columns, title=title)
    for row in figures:
        table.add_row(
            str(row["devices"]),
            *(f"{row[key] / 1e9:.3f}" for key in ("ideal_flops", "flops")),
            *(f"{row[key] / 1e6:.2f}" for key in ("received", "memory")),
        )
    return table


if __name__ == "__main__":
    main()
