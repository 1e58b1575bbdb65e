"""Batches that do not fit into memory: encoded a microbatch at a time, with the exact gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import jax

Array = jax.Array
T = TypeVar("T")


def in_microbatches(encode: Callable[[Any, Array], T], batch: Any, rng: Array, count: int) -> T:
    """`encode(batch, rng)`, holding the activations of one of `count` microbatches at a time.

    Gradient caching (GradCache, arXiv 2101.06983): all rows are encoded without keeping
    activations; a loss over all of the outputs gives the gradient with respect to them; and then
    every microbatch is encoded once more, to carry its share of that gradient to the parameters.
    This is what differentiating a loop does whose body is rematerialised.

    Row i lies in microbatch i mod count. A device that holds a contiguous share of the rows thus
    finds an equal part of every microbatch in it, and nothing is moved.

    Args:
      encode: a batch and a random key → arrays, each row on its own.
      batch: arrays whose leading axes `count` divides.
      rng: microbatch i draws with `jax.random.split(rng, count)[i]`, both times: dropout is that of
        `count` calls of `encode` with these keys, not that of one call with `rng`.
      count: of microbatches.

    Returns:
      Arrays with the leading axis that `encode` of the whole batch gives, in the order of the rows.
    """
    parts = jax.tree.map(lambda x: _cut(x, count), batch), jax.random.split(rng, count)
    replayed = jax.checkpoint(encode, prevent_cse=False)  # a loop keeps both passes apart as it is
    return jax.tree.map(_join, jax.lax.map(lambda part: replayed(*part), parts))


def _cut(x: Array, count: int) -> Array:
    """[rows, …] → [count, rows / count, …]"""
    return x.reshape(-1, count, *x.shape[1:]).swapaxes(0, 1)


def _join(x: Array) -> Array:
    """[count, rows / count, …] → [rows, …]"""
    return x.swapaxes(0, 1).reshape(-1, *x.shape[2:])
