"""Bidirectional contrastive losses with duplicate masking and hard negatives."""

from __future__ import annotations

from functools import reduce

import jax
import jax.numpy as jnp
from flax import struct

Array = jax.Array

EXCLUDED = -1e9


@struct.dataclass
class Pairs:
    """Row i of `queries` belongs to row i of `targets`; unit vectors throughout.

    `ids` are integer arrays [batch] (of text, image, passage …): two rows that share any of them
    are the same item, and neither pulled together nor pushed apart. What a query and a target can
    share may have other names than that of two rows: `target_ids` are then those of the targets.
    Hard negatives are extra targets of every query; `negative_ids` matches the last of `ids`, and
    −1 marks a missing one.
    """

    queries: Array  # [batch, dim]
    targets: Array  # [batch, dim]
    ids: tuple[Array, ...]
    scale: Array  # 1 / temperature
    bias: Array | None = None  # of the sigmoid loss
    negatives: Array | None = None  # [batch · k, dim]
    negative_ids: Array | None = None  # [batch · k]
    target_ids: tuple[Array, ...] | None = None  # as many as `ids`, which they are by default


def same_item(ids: tuple[Array, ...], others: tuple[Array, ...]) -> Array:
    """[rows, columns]: whether they share an id of any kind."""
    kinds = [rows[:, None] == columns[None, :] for rows, columns in zip(ids, others)]
    return reduce(jnp.logical_or, kinds)


def ids_of_targets(pairs: Pairs) -> tuple[Array, ...]:
    return pairs.ids if pairs.target_ids is None else pairs.target_ids


def duplicates(pairs: Pairs) -> Array:
    """[batch, batch]: queries and targets of different rows that are the same item."""
    same = same_item(pairs.ids, ids_of_targets(pairs))
    return same & ~jnp.eye(len(pairs.queries), dtype=bool)


def useless_negatives(pairs: Pairs) -> Array:
    """[batch, batch · k]: hard negatives that are missing, or a positive of the query.

    Its positives are its own and those of the rows that are the same item.
    """
    own = pairs.ids[-1][:, None] == pairs.negative_ids[None, :]
    of_same_item = duplicates(pairs).astype(jnp.float32) @ own > 0
    return (pairs.negative_ids < 0)[None, :] | own | of_same_item


def softmax(pairs: Pairs) -> Array:
    """InfoNCE in both directions (CLIP, arXiv 2103.00020), the mean over the batch.

    Hard negatives stand among the targets of every query, in the query → target direction.
    """
    logits = pairs.scale * pairs.queries @ pairs.targets.T  # [batch, batch]
    logits = jnp.where(duplicates(pairs), EXCLUDED, logits)
    forward = logits
    if pairs.negatives is not None:
        extra = pairs.scale * pairs.queries @ pairs.negatives.T
        useless = useless_negatives(pairs)
        forward = jnp.concatenate([logits, jnp.where(useless, EXCLUDED, extra)], axis=1)
    right = jnp.diagonal(logits)
    return (
        jax.nn.logsumexp(forward, axis=1) + jax.nn.logsumexp(logits, axis=0) - 2 * right
    ).mean() / 2


def sigmoid(pairs: Pairs) -> Array:
    """Every pair a binary decision (SigLIP, arXiv 2303.15343): sum over pairs / batch."""
    needs_bias(pairs)
    logits = pairs.scale * pairs.queries @ pairs.targets.T + pairs.bias
    signs = 2 * jnp.eye(len(logits)) - 1
    losses = jnp.where(duplicates(pairs), 0.0, -jax.nn.log_sigmoid(signs * logits))
    total = losses.sum()
    if pairs.negatives is not None:
        extra = pairs.scale * pairs.queries @ pairs.negatives.T + pairs.bias
        useless = useless_negatives(pairs)
        total += jnp.where(useless, 0.0, -jax.nn.log_sigmoid(-extra)).sum()
    return total / len(logits)


def needs_bias(pairs: Pairs) -> None:
    if pairs.bias is None:
        raise ValueError("the sigmoid loss needs a bias: set model.temperatures.TASK.bias")


def matryoshka(loss, pairs: Pairs, widths: tuple[int, ...]) -> Array:
    """The mean of `loss` over the full vectors and their prefixes, each renormalised.

    Source: arXiv 2205.13147.
    """
    losses = [loss(pairs)] + [loss(prefix(pairs, width)) for width in widths]
    return sum(losses) / len(losses)


def prefix(pairs: Pairs, width: int) -> Pairs:
    def cut(x: Array | None) -> Array | None:
        if x is None:
            return None
        x = x[:, :width]
        return x * jax.lax.rsqrt(jnp.maximum(jnp.sum(x * x, axis=-1, keepdims=True), 1e-12))

    return pairs.replace(
        queries=cut(pairs.queries), targets=cut(pairs.targets), negatives=cut(pairs.negatives)
    )
