"""The losses of `contrastive`, block by block: memory grows with the batch, not with its square.

A pair is compared with its rivals, the other items of the batch. Of their logits each loss needs
one statistic a row or column: softmax the log-sum-exp, sigmoid the sum of the softplus.
`over_rivals` gathers it from a block of rows at a time and forgets the logits; the backward pass
computes them anew, and from the statistic their gradient, as FlashAttention does (arXiv 2205.14135;
for contrastive losses arXiv 2410.17243). Over several devices the targets go round, see `ring`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import struct
from jax.tree_util import Partial

from unimr_jax.losses.contrastive import EXCLUDED, Pairs, ids_of_targets, needs_bias, same_item
from unimr_jax.losses.ring import fold, on_each_device

Array = jax.Array

ABSENT = -1  # no row's id


def softmax(pairs: Pairs, block: int) -> Array:
    """`contrastive.softmax` from logits of `block` rows at a time.

    Raises:
      ValueError: the rows on a device do not divide into blocks.
    """
    own = pairs.scale * (pairs.queries * pairs.targets).sum(axis=1)  # [batch]
    rows = Rows(pairs.scale * pairs.queries, jnp.zeros_like(own))
    queries, targets = _over_targets((LOG_SUM_EXP, LOG_SUM_EXP), block, rows, pairs)
    if pairs.negatives is not None:
        of_negatives, _ = _over_negatives((LOG_SUM_EXP, NOTHING), block, rows, pairs)
        queries = jnp.logaddexp(queries, of_negatives)
    return (jax.nn.softplus(queries - own) + jax.nn.softplus(targets - own)).mean() / 2


def sigmoid(pairs: Pairs, block: int) -> Array:
    """`contrastive.sigmoid` from logits of `block` rows at a time.

    Raises:
      ValueError: the rows on a device do not divide into blocks.
    """
    needs_bias(pairs)
    own = pairs.scale * (pairs.queries * pairs.targets).sum(axis=1) + pairs.bias  # [batch]
    rows = Rows(pairs.scale * pairs.queries, jnp.broadcast_to(pairs.bias, own.shape))
    losses = jax.nn.softplus(-own) + _over_targets((SUM_SOFTPLUS, NOTHING), block, rows, pairs)[0]
    if pairs.negatives is not None:
        losses += _over_negatives((SUM_SOFTPLUS, NOTHING), block, rows, pairs)[0]
    return losses.mean()


# ---- what becomes of a row or column of logits ---------------------------------------------------


@dataclass(frozen=True)
class Reduction:
    """A statistic of each row or column of logits, gathered part by part.

    A logit of `EXCLUDED` adds nothing to it.
    """

    start: float
    reduce: Callable[..., Array]  # (logits, axis) → statistic of this part
    merge: Callable[[Array, Array], Array]  # (statistic so far, of the next part) → of both
    slope: Callable[[Array, Array], Array]  # (logits, statistic of all) → its gradient in them


LOG_SUM_EXP = Reduction(
    start=-jnp.inf,
    reduce=jax.nn.logsumexp,
    merge=jnp.logaddexp,
    slope=lambda logits, statistic: jnp.exp(logits - statistic),
)
SUM_SOFTPLUS = Reduction(
    start=0.0,
    reduce=lambda logits, axis: jax.nn.softplus(logits).sum(axis),
    merge=jnp.add,
    slope=lambda logits, statistic: jax.nn.sigmoid(logits),
)
NOTHING = Reduction(
    start=0.0,
    reduce=lambda logits, axis: jnp.zeros(()),
    merge=jnp.add,
    slope=lambda logits, statistic: jnp.zeros(()),
)
Reductions = tuple[Reduction, Reduction]  # of rows, of columns


@struct.dataclass
class Rows:
    """Logits are vectors @ columns.vectors.T + bias."""

    vectors: Array  # [rows, dim], queries times scale
    bias: Array  # [rows]
    labels: Any = None  # integers [rows, …]: who they are, to tell rivals


@struct.dataclass
class Columns:
    vectors: Array  # [columns, dim]
    labels: Any  # integers [columns, …]


# ---- who is no rival -----------------------------------------------------------------------------


def _over_targets(
    reductions: Reductions, block: int, rows: Rows, pairs: Pairs
) -> tuple[Array, Array]:
    """Statistics ([batch], [batch]) of every query and of every target over its rivals.

    A row is the same item as itself, so its own target is none of them.
    """
    rows, columns = rows.replace(labels=pairs.ids), Columns(pairs.targets, ids_of_targets(pairs))
    return over_rivals(reductions, block, rows, columns, Partial(same_item))


def _over_negatives(
    reductions: Reductions, block: int, rows: Rows, pairs: Pairs
) -> tuple[Array, Array]:
    """Statistics ([batch], [batch · k]) of every query and of every hard negative."""
    own = pairs.ids[-1]
    groups = [_grouped(ids, own) for ids in pairs.ids[:-1]]
    rows = rows.replace(labels=(own, [span for span, _ in groups]))
    columns = Columns(pairs.negatives, pairs.negative_ids)
    excluded = Partial(_useless, [positives for _, positives in groups])
    return over_rivals(reductions, block, rows, columns, excluded)


def _grouped(ids: Array, positives: Array) -> tuple[tuple[Array, Array], Array]:
    """Positives in the order of `ids`; before them where each row's equals begin and end there."""
    order = jnp.argsort(ids)
    begin, end = (jnp.searchsorted(ids[order], ids, side=side) for side in ("left", "right"))
    return (begin, end), positives[order]


def _useless(positives: list[Array], labels: Any, negative_ids: Array) -> Array:
    """`contrastive.useless_negatives` of some rows, [rows, columns].

    There, a product of [batch, batch] and [batch, batch · k] finds the positives of rows that are
    the same item. Here we go through them, in as many rounds as the most frequent item has rows.
    """
    own, spans = labels
    useless = (negative_ids < 0)[None, :] | (own[:, None] == negative_ids[None, :])
    for grouped, (begin, end) in zip(positives, spans):
        useless = _held_between(begin, end, grouped, negative_ids, useless)
    return useless


def _held_between(begin: Array, end: Array, grouped: Array, wanted: Array, held: Array) -> Array:
    """held [rows, columns], or whether a row's grouped[begin:end] holds the column's wanted id."""

    def look(i: Array, held: Array) -> Array:
        ith = jnp.where(begin + i < end, grouped[begin + i], ABSENT)
        return held | (ith[:, None] == wanted[None, :])

    return jax.lax.fori_loop(0, (end - begin).max(), look, held)


# ---- value and gradient --------------------------------------------------------------------------


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def over_rivals(
    reductions: Reductions, block: int, rows: Rows, columns: Columns, excluded: Partial
) -> tuple[Array, Array]:
    """The statistics ([rows], [columns]) that `reductions` make of rows × columns.

    Args:
      excluded: (row labels, column labels) → bool [rows, columns], the pairs that do not count.
    """
    return on_each_device(partial(_statistics, reductions, block), excluded, rows, columns)


def _forward(reductions, block, rows, columns, excluded):
    statistics = over_rivals(reductions, block, rows, columns, excluded)
    return statistics, (excluded, rows, columns, statistics)


def _backward(reductions, block, saved, cotangents):
    gradients = on_each_device(partial(_gradients, reductions, block), *saved, cotangents)
    (of_vectors, of_bias), of_columns = gradients
    return Rows(of_vectors, of_bias), Columns(of_columns, None), None


over_rivals.defvjp(_forward, _backward)


def _logits(rows: Rows, columns: Columns, excluded: Partial) -> Array:
    logits = rows.vectors @ columns.vectors.T + rows.bias[:, None]
    return jnp.where(excluded(rows.labels, columns.labels), EXCLUDED, logits)


def _statistics(reductions, block, axes, excluded, rows, columns):
    by_row, by_column = reductions

    def tile(rows, columns, of_rows, of_columns):
        logits = _logits(rows, columns, excluded)
        return (
            by_row.merge(of_rows, by_row.reduce(logits, axis=1)),
            by_column.merge(of_columns, by_column.reduce(logits, axis=0)),
        )

    of_rows = jnp.full_like(rows.bias, by_row.start)
    of_columns = jnp.full_like(columns.vectors[:, 0], by_column.start)
    return fold(tile, block, axes, rows, columns, of_rows, of_columns)


def _gradients(reductions, block, axes, excluded, rows, columns, statistics, cotangents):
    by_row, by_column = reductions

    def tile(rows, columns, of_rows, of_columns):
        rows, row_statistic, row_cotangent = rows
        columns, column_statistic, column_cotangent = columns
        logits = _logits(rows, columns, excluded)
        slope = (
            by_row.slope(logits, row_statistic[:, None]) * row_cotangent[:, None]
            + by_column.slope(logits, column_statistic[None, :]) * column_cotangent[None, :]
        )  # [rows, columns]
        of_vectors, of_bias = of_rows
        of_rows = of_vectors + slope @ columns.vectors, of_bias + slope.sum(axis=1)
        return of_rows, of_columns + slope.T @ rows.vectors

    of_rows = jnp.zeros_like(rows.vectors), jnp.zeros_like(rows.bias)
    of_columns = jnp.zeros_like(columns.vectors)
    rows, columns = zip((rows, columns), statistics, cotangents)
    return fold(tile, block, axes, rows, columns, of_rows, of_columns)
