"""Ranks of the right items for every retrieval task, and the metrics that they make."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from unimr_jax.evaluation.galleries import RetrievalTask
from unimr_jax.evaluation.ranking import positive_ranks, retrieval_metrics


class ScoredTask(NamedTuple):
    """A task with the ascending ranks of each query's positives."""

    task: RetrievalTask
    ranks: Sequence[np.ndarray]


def score_task(task: RetrievalTask, embeddings: Mapping[str, np.ndarray]) -> ScoredTask:
    """`embeddings[kind]` [n, d] has a row for every item of the kind."""
    queries = embeddings[task.source][task.queries]
    gallery = embeddings[task.target][task.gallery]
    return ScoredTask(task, positive_ranks(queries, gallery, task.positives))


def retrieval(scored: Iterable[ScoredTask]) -> dict[str, float]:
    """ "TASK/LANG/METRIC" → value.

    All queries of a language count alike, whatever gallery each of them searches.
    """
    ranks: dict[str, list[np.ndarray]] = defaultdict(list)
    for task, own in scored:
        ranks[f"{task.name}/{task.lang}"] += own
    return flat({prefix: retrieval_metrics(own) for prefix, own in ranks.items()})


def flat(metrics: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {
        f"{prefix}/{metric}": value
        for prefix, own in metrics.items()
        for metric, value in own.items()
    }
