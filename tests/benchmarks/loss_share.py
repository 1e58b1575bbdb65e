"""What the loss takes of a step whose batch is larger than what is encoded at a time.

    python -m tests.benchmarks.loss_share   # one GPU

The step is that of `dual_tower.py:large_batch`, 32,768 pictures with captions of 64 tokens, timed
once after it is compiled. The loss, with its gradient by all vectors, is timed on its own. Keys of
the config are set as everywhere, with --config.KEY=VALUE.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tests.benchmarks.against_torch import CONFIG
from unimr_jax import config_file
from unimr_jax.config import Config, Task
from unimr_jax.losses import Outputs
from unimr_jax.losses.contrastive import Pairs
from unimr_jax.models.blocks import unit
from unimr_jax.training.bench.synthetic import SyntheticRun
from unimr_jax.training.stage_step import StageStep, init_params
from unimr_jax.training.step import TrainState, task_losses

REPEATS = 10


def prepared(config: Config) -> tuple[Callable, TrainState, dict[str, Any]]:
    """The compiled step and what it is called with."""
    run = SyntheticRun(config, 1, 1)
    step = StageStep(run.stage_run("pairs"), init_params(run.model, run.stage_shapes("pairs"), 0))
    batch = step.on_devices(run.batches("pairs").next_batches())
    with jax.set_mesh(run.mesh):
        compiled = step.jitted.lower(step.shapes, batch).compile()
    return compiled, *jax.block_until_ready((step.state, batch))


def seconds(function: Callable, *inputs: Any) -> float:
    began = time.perf_counter()
    jax.block_until_ready(function(*inputs))
    return time.perf_counter() - began


def loss_seconds(task: Task, width: int) -> float:
    """The median."""
    shape = task.batch_size, width
    vectors = tuple(unit(x) for x in jax.random.normal(jax.random.key(0), (2, *shape)))
    ids = jnp.arange(task.batch_size)

    @jax.jit
    @jax.value_and_grad
    def total(vectors: tuple[jax.Array, jax.Array]) -> jax.Array:
        outputs = Outputs(Pairs(*vectors, ids=(ids, ids), scale=jnp.float32(20.0)))
        return sum(task_losses(outputs, task).values())

    return float(np.median([seconds(total, vectors) for _ in range(REPEATS + 1)][1:]))


def main() -> None:
    config = config_file.load(f"{CONFIG}:large_batch", sys.argv[1:])
    task = config.stages["pairs"].tasks["text_to_image"]
    step = seconds(*prepared(config))
    loss = loss_seconds(task, config.model.embed_dim)
    sizes = f"{task.batch_size:,} pairs, {task.microbatch:,} encoded at a time"
    share = f"the step {step:.2f} s, of it the loss {1000 * loss:.1f} ms, {loss / step:.2%}"
    print(f"{jax.devices()[0].device_kind}, {sizes}: {share}")


if __name__ == "__main__":
    main()
