"""Retrieval and NLU metrics of an encoder on one split, per task and language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from unimr_jax.data.pictures import Picture
from unimr_jax.data.record import Record
from unimr_jax.evaluation.encoder import Encoded, Encoder, QueryEncoding, encode
from unimr_jax.evaluation.examples import Example, Findings, ScoredTask, pick_examples
from unimr_jax.evaluation.galleries import RetrievalTask, build_benchmark
from unimr_jax.evaluation.nlu import Confusion, Judged, Reading, intent_confusion, nlu_metrics
from unimr_jax.evaluation.ranking import positive_ranks, retrieval_metrics
from unimr_jax.evaluation.summary import with_means

__all__ = ["Encoder", "Evaluation", "QueryEncoding", "evaluate"]


@dataclass(frozen=True)
class Evaluation:
    """`metrics` is flat: "TASK/LANG/METRIC", fractions of 1; LANG "all" is the mean over languages.

    `confusion` is of all languages together.
    """

    metrics: dict[str, float]
    confusion: Confusion
    examples: tuple[Example, ...]


def evaluate(
    encoder: Encoder, records: Sequence[Record], picture: Callable[[str], Picture]
) -> Evaluation:
    """Encodes every distinct image and text of a split once and scores all tasks it defines.

    `picture` says where the image of a record lies.
    """
    benchmark = build_benchmark(records)
    encoded = encode(encoder, benchmark, picture)
    scored = [ScoredTask(task, _ranks(task, encoded)) for task in benchmark.tasks]
    judged = {record: _judge(record, encoded) for record in records if record.intent is not None}
    by_text = {(record.lang, record.text): own for record, own in judged.items()}
    return Evaluation(
        metrics=with_means(_retrieval(scored) | _understanding(judged)),
        confusion=intent_confusion(list(judged.values())),
        examples=pick_examples(Findings(benchmark, encoded, scored, by_text, picture)),
    )


def _ranks(task: RetrievalTask, encoded: Encoded) -> list[np.ndarray]:
    queries = encoded.embeddings[task.source][task.queries]
    gallery = encoded.embeddings[task.target][task.gallery]
    return positive_ranks(queries, gallery, task.positives)


def _retrieval(scored: Iterable[ScoredTask]) -> dict[str, float]:
    """All queries of a language count alike, whatever gallery each of them searches."""
    ranks: dict[str, list[np.ndarray]] = defaultdict(list)
    for task, own in scored:
        ranks[f"{task.name}/{task.lang}"] += own
    return _flat({prefix: retrieval_metrics(own) for prefix, own in ranks.items()})


def _judge(record: Record, encoded: Encoded) -> Judged:
    return Judged(Reading(record.intent, record.slots), encoded.readings[record.text])


def _understanding(judged: Mapping[Record, Judged]) -> dict[str, float]:
    """Every row with an intent counts, as in the published NLU benchmarks."""
    by_lang: dict[str, list[Judged]] = defaultdict(list)
    for record, own in judged.items():
        by_lang[f"nlu/{record.lang}"].append(own)
    return _flat({prefix: nlu_metrics(own) for prefix, own in by_lang.items()})


def _flat(metrics: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {
        f"{prefix}/{metric}": value
        for prefix, own in metrics.items()
        for metric, value in own.items()
    }
