"""Intent and slot cross-entropy."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import optax

Array = jax.Array

IGNORED = -1  # label of special tokens and padding, and of an intent unknown to the model


def cross_entropy(logits: Array, labels: Array) -> Array:
    """Mean over the positions whose label is not `IGNORED`; 0 where there is none.

    Args:
      logits: [..., classes]
      labels: integers [...]
    """
    known = labels != IGNORED
    losses = optax.softmax_cross_entropy_with_integer_labels(logits, jnp.where(known, labels, 0))
    return jnp.where(known, losses, 0.0).sum() / jnp.maximum(known.sum(), 1)
