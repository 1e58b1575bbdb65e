"""Retrieval and NLU metrics of an encoder on one split, per task and language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from unimr_jax.data.pictures import Picture
from unimr_jax.data.record import Record
from unimr_jax.evaluation.encoder import Encoded, Encoder, QueryEncoding, encode
from unimr_jax.evaluation.examples import Example, Findings, pick_examples
from unimr_jax.evaluation.galleries import build_benchmark
from unimr_jax.evaluation.nlu import Confusion, Judged, Reading, intent_confusion, nlu_metrics
from unimr_jax.evaluation.scoring import flat, retrieval, score_task
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
    return summarise(find(encoder, records, picture))


def find(
    encoder: Encoder, records: Sequence[Record], picture: Callable[[str], Picture]
) -> Findings:
    """What `evaluate` summarises, item by item."""
    benchmark = build_benchmark(records)
    encoded = encode(encoder, benchmark, picture)
    scored = [score_task(task, encoded.embeddings) for task in benchmark.tasks]
    judged = {record: _judge(record, encoded) for record in records if record.intent is not None}
    return Findings(benchmark, encoded, scored, judged, picture)


def summarise(findings: Findings) -> Evaluation:
    return Evaluation(
        metrics=with_means(retrieval(findings.scored) | _understanding(findings.judged)),
        confusion=intent_confusion(list(findings.judged.values())),
        examples=pick_examples(findings),
    )


def _judge(record: Record, encoded: Encoded) -> Judged:
    return Judged(Reading(record.intent, record.slots), encoded.readings[record.text])


def _understanding(judged: Mapping[Record, Judged]) -> dict[str, float]:
    """Every row with an intent counts, as in the published NLU benchmarks."""
    by_lang: dict[str, list[Judged]] = defaultdict(list)
    for record, own in judged.items():
        by_lang[f"nlu/{record.lang}"].append(own)
    return flat({prefix: nlu_metrics(own) for prefix, own in by_lang.items()})
