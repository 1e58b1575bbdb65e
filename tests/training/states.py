"""States of a training run, a different one at every step, and checkpoints of them."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import optax

from unimr_jax.training.stage_checkpoints import StageCheckpoints
from unimr_jax.training.step import TrainState

DATA = {"text_to_image": {"next": 7}}


def state_at(step: int) -> TrainState:
    params = {
        "text": {"kernel": jnp.arange(6.0).reshape(2, 3) + step, "bias": jnp.full(3, step, float)},
        "nlu": {"kernel": jnp.full((2, 2), -step, float)},
        "noise": jax.random.normal(jax.random.key(step), (64, 64)),  # has a file of its own
    }
    trained = {"text/kernel": params["text"]["kernel"]}
    return TrainState(
        step=jnp.asarray(step, jnp.int32),
        params=params,
        opt_state=optax.adam(1e-3).init(trained),
        rng=jax.random.key_data(jax.random.key(step)),
    )


def save(directory: Path, *steps: int) -> Path:
    with StageCheckpoints(directory, {"tokenizer": "as it was"}) as checkpoints:
        for step in steps:
            checkpoints.save(state_at(step), DATA, loss=1.0)
    return directory


def with_a_changed_bit(step: Path) -> None:
    """In the middle of the arrays, where nothing but our checksums notices."""
    content = bytearray(arrays(step).read_bytes())
    content[len(content) // 2] ^= 16
    arrays(step).write_bytes(content)


def arrays(step: Path) -> Path:
    return max((step / "params").rglob("*"), key=lambda path: path.stat().st_size)
