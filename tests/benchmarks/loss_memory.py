"""Memory and time of the contrastive losses, all rows at once against block by block.

    python -m tests.benchmarks.loss_memory

Value and gradient of the softmax loss, width 768, float32: the compiler's count of temporary memory
on each of eight fake CPU devices, and the time at batch 4,096 on one device, in turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from unimr_jax.losses import LOSSES, Outputs
from unimr_jax.losses.contrastive import Pairs
from unimr_jax.losses.ring import BATCH_AXES

DEVICES, WIDTH, BLOCK, DENSE = 8, 768, 512, 0
BATCHES = (4096, 8192, 16384, 32768, 65536, 131072)
TIMED_BATCH, TURNS = 4096, 15


def value_and_gradients(block: int) -> Callable:
    def loss(learned: dict, ids: tuple) -> jax.Array:
        return LOSSES["softmax"](Outputs(pairs=Pairs(**learned, ids=ids)), (), block)

    return jax.jit(jax.value_and_grad(loss))


def inputs(batch: int) -> tuple[dict[str, np.ndarray], tuple[np.ndarray, ...]]:
    """Random unit vectors, of which some share an id."""
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((2, batch, WIDTH), dtype=np.float32)
    queries, targets = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    learned = {"queries": queries, "targets": targets, "scale": np.float32(14.0)}
    return learned, (rng.integers(0, batch, batch), np.arange(batch))


def mebibytes(mesh: Mesh, batch: int, block: int) -> float:
    """Of temporary arrays on each device; nothing is computed."""

    def on_mesh(x: Any) -> jax.ShapeDtypeStruct:
        shape = (batch, *x.shape[1:]) if x.ndim else ()
        spec = PartitionSpec(BATCH_AXES) if x.ndim else PartitionSpec()
        return jax.ShapeDtypeStruct(shape, x.dtype, sharding=NamedSharding(mesh, spec))

    shapes = jax.tree.map(on_mesh, inputs(1))
    with jax.set_mesh(mesh):
        compiled = value_and_gradients(block).lower(*shapes).compile()
    return compiled.memory_analysis().temp_size_in_bytes / 2**20


def seconds(batch: int, blocks: tuple[int, ...]) -> np.ndarray:
    """[turns, blocks] on one device."""
    arguments = jax.device_put(inputs(batch), jax.devices()[0])
    functions = [value_and_gradients(block) for block in blocks]
    jax.block_until_ready([function(*arguments) for function in functions])  # compiles
    return np.array([[_time(f, arguments) for f in functions] for _ in range(TURNS)])


def _time(function: Callable, arguments: tuple) -> float:
    began = time.perf_counter()
    jax.block_until_ready(function(*arguments))
    return time.perf_counter() - began


def main() -> None:
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_num_cpu_devices", DEVICES)
    mesh = jax.make_mesh((DEVICES, 1, 1), ("data", "fsdp", "tensor"), (AxisType.Auto,) * 3)
    print(f"| batch | all rows | blocks of {BLOCK} |\n|---|---|---|")
    for batch in BATCHES:
        dense, blockwise = (mebibytes(mesh, batch, block) for block in (DENSE, BLOCK))
        print(f"| {batch:,} | {dense:,.0f} | {blockwise:,.0f} |")
    dense, blockwise = np.median(seconds(TIMED_BATCH, (DENSE, BLOCK)), axis=0)
    print(
        f"\nbatch {TIMED_BATCH:,} on one device: {dense * 1e3:.0f} ms all rows, "
        f"{blockwise * 1e3:.0f} ms in blocks, ratio {blockwise / dense:.2f}"
    )


if __name__ == "__main__":
    main()
