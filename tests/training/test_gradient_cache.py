"""Microbatches change what a step remembers, not what it computes.

That a whole stage trains the same in them is among the tests of meshes.
"""

from __future__ import annotations

import re

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import NamedSharding

from tests.training.stages import mesh_of
from unimr_jax.training.gradient_cache import in_microbatches
from unimr_jax.training.partitioning import BATCH

ROWS, WIDTH, COUNT = 64, 32, 4
RNG = np.random.default_rng(0)
LAYERS = RNG.standard_normal((8, WIDTH, WIDTH)).astype(np.float32) / WIDTH**0.5
BATCH_OF_TWO = {
    "features": RNG.standard_normal((ROWS, WIDTH)).astype(np.float32),
    "label": np.arange(ROWS),
}
KEY = jax.random.key(0)


def encode(layers: jax.Array, batch: dict[str, jax.Array], key: jax.Array) -> dict:
    """Layers with dropout; the labels come along."""
    x = batch["features"]
    for i, layer in enumerate(layers):
        keep = jax.random.bernoulli(jax.random.fold_in(key, i), 0.9, x.shape)
        x = jnp.where(keep, jnp.tanh(x @ layer), 0.0)
    return {"x": x, "label": batch["label"]}


def contrast(outputs: dict) -> jax.Array:
    """A loss in which every row meets every other."""
    logits = outputs["x"] @ outputs["x"].T
    return jnp.mean(jax.nn.logsumexp(logits, axis=1) * (1 + outputs["label"]))


def cached(layers: jax.Array, batch: dict, count: int = COUNT) -> dict:
    return in_microbatches(lambda part, key: encode(layers, part, key), batch, KEY, count)


def one_by_one(layers: jax.Array, batch: dict) -> dict:
    """What `cached` computes, said with a Python loop that keeps everything."""
    keys = jax.random.split(KEY, COUNT)
    parts = [
        encode(layers, {name: x[i::COUNT] for name, x in batch.items()}, key)
        for i, key in enumerate(keys)
    ]
    return jax.tree.map(lambda *x: jnp.stack(x, axis=1).reshape(-1, *x[0].shape[1:]), *parts)


def test_outputs_are_in_the_order_of_the_rows():
    outputs = jax.jit(cached)(LAYERS, BATCH_OF_TWO)
    np.testing.assert_array_equal(outputs["label"], BATCH_OF_TWO["label"])
    jax.tree.map(close, outputs, jax.jit(one_by_one)(LAYERS, BATCH_OF_TWO))


def test_the_gradient_is_exact_with_dropout_replayed():
    def gradient(outputs_of):
        return jax.jit(jax.grad(lambda layers: contrast(outputs_of(layers, BATCH_OF_TWO))))(LAYERS)

    close(gradient(cached), gradient(one_by_one))


def close(actual: jax.Array, expected: jax.Array) -> None:
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)


def test_memory_falls_with_the_microbatch():
    rows = 1024
    batch = {
        "features": jax.ShapeDtypeStruct((rows, WIDTH), np.float32),
        "label": jax.ShapeDtypeStruct((rows,), np.int32),
    }

    def memory(count: int) -> int:
        """In outputs: those of the encoder and their gradient take two."""
        gradient = jax.grad(lambda layers, batch: (cached(layers, batch, count)["x"] ** 2).sum())
        compiled = jax.jit(gradient).lower(LAYERS, batch).compile()
        return compiled.memory_analysis().temp_size_in_bytes / (rows * WIDTH * 4)

    whole, pieces = memory(1), memory(16)
    assert whole > 2 + len(LAYERS) and pieces < 6


def test_every_device_keeps_its_rows():
    """Over a mesh, the loop and its gradient move nothing but the sum of the gradient."""
    sharding = NamedSharding(mesh_of(4, 2, 1), BATCH)
    placed = jax.device_put(BATCH_OF_TWO, sharding)
    step = jax.jit(jax.grad(lambda layers, batch: (cached(layers, batch)["x"] ** 2).sum()))
    moved = r"(all-gather|all-to-all|collective-permute|all-reduce)\("
    assert set(re.findall(moved, step.lower(LAYERS, placed).compile().as_text())) == {"all-reduce"}
