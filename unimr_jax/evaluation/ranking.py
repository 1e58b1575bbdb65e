"""Exact retrieval metrics, computed without ever holding the queries × gallery matrix.

Scores are exact: embeddings are rounded to whole numbers below 2^26 (finer than float32 holds the
larger entries of a unit vector), so that every product and partial sum is a whole number below
2^53, which float64 represents without error. A pair has therefore one score, whatever the block,
the BLAS kernel or the machine, and equal vectors tie.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

GRID_BITS = 26
QUERY_BLOCK = 512
GALLERY_BLOCK = 8192
CUTOFFS = (1, 5, 10)
DEPTH = 10  # of MRR and nDCG


def positive_ranks(
    queries: np.ndarray,
    gallery: np.ndarray,
    positives: Sequence[np.ndarray],
    *,
    query_block: int = QUERY_BLOCK,
    gallery_block: int = GALLERY_BLOCK,
) -> list[np.ndarray]:
    """Rank of every positive of every query, ascending per query.

    A positive's rank is 1 + the non-positives that score at least as high + the positives placed
    before it: a tie counts against the model. A score that is not a number ranks last.

    Args:
        queries: [q, d], scored by dot product against
        gallery: [n, d].
        positives: for each query, the rows of the gallery that are right: distinct, at least one.
        query_block, gallery_block: rows scored at once; they bound memory and change no result.

    Vectors of one matrix share a scale, so their lengths should be alike, as embeddings' are.
    """
    gallery_scale = _scale(gallery)
    ranks = []
    for rows, query_grid in _grid_blocks(queries, _scale(queries), query_block):
        own_scores = [
            _descending_scores(query, _on_grid(gallery[own], gallery_scale))
            for query, own in zip(query_grid, positives[rows], strict=True)
        ]
        gallery_blocks = _grid_blocks(gallery, gallery_scale, gallery_block)
        reaching = _count_reaching(own_scores, query_grid, gallery_blocks)
        ranks += [_ranks(*pair) for pair in zip(own_scores, reaching, strict=True)]
    return ranks


def top_k(
    queries: np.ndarray,
    gallery: np.ndarray,
    k: int,
    *,
    query_block: int = QUERY_BLOCK,
    gallery_block: int = GALLERY_BLOCK,
) -> np.ndarray:
    """[q, min(k, n)] rows of the gallery, best first; of equal scores the earlier row.

    `query_block` and `gallery_block` are those of `positive_ranks`.
    """
    gallery_scale = _scale(gallery)
    best = np.empty((len(queries), min(k, len(gallery))), np.int64)
    for rows, query_grid in _grid_blocks(queries, _scale(queries), query_block):
        gallery_blocks = _grid_blocks(gallery, gallery_scale, gallery_block)
        best[rows] = _best_rows(query_grid, gallery_blocks, k)
    return best


def retrieval_metrics(ranks: Sequence[np.ndarray]) -> dict[str, float]:
    """recall@k (any positive among the first k), mrr@10 and ndcg@10, as means over queries."""
    first = np.array([own[0] for own in ranks])
    metrics = {f"recall@{k}": float(np.mean(first <= k)) for k in CUTOFFS}
    metrics[f"mrr@{DEPTH}"] = float(np.mean(np.where(first <= DEPTH, 1 / first, 0.0)))
    metrics[f"ndcg@{DEPTH}"] = float(np.mean([_ndcg(own) for own in ranks]))
    return metrics


def _ndcg(ranks: np.ndarray) -> float:
    """Binary gains, discounted by log2(1 + rank); the ideal places every positive first."""
    ideal = np.arange(1, min(len(ranks), DEPTH) + 1)
    found = ranks[ranks <= DEPTH]
    return float(np.sum(1 / np.log2(1 + found)) / np.sum(1 / np.log2(1 + ideal)))


def _scale(vectors: np.ndarray) -> int:
    """The power of two that brings the longest finite vector to a length in [1/2, 1)."""
    squares = np.einsum("nd,nd->n", vectors, vectors, dtype=np.float64)
    longest = np.sqrt(np.max(squares, where=np.isfinite(squares), initial=0.0))
    return -int(np.frexp(longest)[1])


def _on_grid(vectors: np.ndarray, scale: int) -> np.ndarray:
    """Whole numbers below 2^26 in float64; infinities, which no grid holds, become NaN."""
    grid = np.rint(np.ldexp(vectors.astype(np.float64), scale + GRID_BITS))
    return np.where(np.isfinite(grid), grid, np.nan)


def _grid_blocks(vectors: np.ndarray, scale: int, size: int) -> Iterator[tuple[slice, np.ndarray]]:
    for start in range(0, len(vectors), size):
        rows = slice(start, min(start + size, len(vectors)))
        yield rows, _on_grid(vectors[rows], scale)


def _scores(queries: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """[q, n] exact dot products; NaN becomes the lowest score there is."""
    with np.errstate(invalid="ignore"):
        scores = queries @ gallery.T
    return np.where(np.isnan(scores), -np.inf, scores)


def _best_rows(
    queries: np.ndarray, gallery_blocks: Iterator[tuple[slice, np.ndarray]], k: int
) -> np.ndarray:
    """For each query its k best rows of the whole gallery, from the best of every block."""
    best = np.empty((len(queries), 0), np.int64)
    best_scores = np.empty((len(queries), 0))
    for rows, gallery in gallery_blocks:
        scores = _scores(queries, gallery)
        columns = _highest(scores, k)
        best = np.hstack([best, rows.start + columns])
        best_scores = np.hstack([best_scores, np.take_along_axis(scores, columns, axis=1)])
        order = np.argsort(-best_scores, axis=1, kind="stable")[:, :k]
        best = np.take_along_axis(best, order, axis=1)
        best_scores = np.take_along_axis(best_scores, order, axis=1)
    return best


def _highest(scores: np.ndarray, k: int) -> np.ndarray:
    """[q, min(k, n)] columns, highest first, of equal scores the earlier; sorts no more than that.

    Every score that reaches a row's k-th is sorted, since a partition picks among equal ones at
    will.
    """
    k = min(k, scores.shape[1])
    if not k:
        return np.empty((len(scores), 0), np.int64)
    bar = np.partition(scores, -k, axis=1)[:, -k]
    rows, columns = np.nonzero(scores >= bar[:, None])
    order = np.lexsort((columns, -scores[rows, columns], rows))
    first = np.searchsorted(rows, np.arange(len(scores)))  # of each row; `rows` ascends
    return columns[order][first[:, None] + np.arange(k)]


def _descending_scores(query: np.ndarray, positives: np.ndarray) -> np.ndarray:
    return -np.sort(-_scores(query[None], positives)[0])


def _count_reaching(
    thresholds: Sequence[np.ndarray],
    queries: np.ndarray,
    gallery_blocks: Iterator[tuple[slice, np.ndarray]],
) -> list[np.ndarray]:
    """For each query, how many of the whole gallery reach each of its thresholds."""
    counts = [np.zeros(len(own), np.int64) for own in thresholds]
    for _, gallery in gallery_blocks:
        for count, own, scores in zip(counts, thresholds, _scores(queries, gallery), strict=True):
            count += _count_at_least(own, scores)
    return counts


def _count_at_least(thresholds: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """How many scores reach each of the descending thresholds."""
    reached = np.searchsorted(thresholds[::-1], scores, side="right")  # thresholds per score
    by_threshold = np.bincount(reached, minlength=len(thresholds) + 1)[:0:-1]
    return np.cumsum(by_threshold)


def _ranks(own_scores: np.ndarray, reaching: np.ndarray) -> np.ndarray:
    """Ranks of the positives, from their descending scores and how many of the gallery reach each.

    The counts include the positives themselves: those are taken out and placed one by one.
    """
    others = reaching - _count_at_least(own_scores, own_scores)
    return 1 + others + np.arange(len(own_scores))
