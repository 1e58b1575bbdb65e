"""Reading of flat metrics: "TASK/LANG/METRIC", LANG a tag or "all"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from statistics import fmean
from typing import NamedTuple

ALL = "all"
TASKS = (
    "text_to_image", "image_to_text", "text_to_text", "query_to_image", "query_to_text", "nlu",
)  # fmt: skip
RETRIEVAL_METRICS = ("recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10")
NLU_METRICS = ("intent_accuracy", "slot_f1", "exact_match")


class Score(NamedTuple):
    """One metric of one task: the mean over languages, and the language that fares worst."""

    mean: float
    worst_lang: str
    worst: float


def with_means(metrics: Mapping[str, float]) -> dict[str, float]:
    """Adds "TASK/all/METRIC", the unweighted mean over the languages that have the metric."""
    values = defaultdict(list)
    for key, value in metrics.items():
        task, _, metric = key.split("/")
        values[f"{task}/{ALL}/{metric}"].append(value)
    return dict(metrics) | {key: fmean(own) for key, own in values.items()}


def by_language(metrics: Mapping[str, float], task: str, metric: str) -> dict[str, float]:
    """The metric of every language that has it, in order of the tags."""
    found = {}
    for key in sorted(metrics):
        key_task, lang, key_metric = key.split("/")
        if (key_task, key_metric) == (task, metric) and lang != ALL:
            found[lang] = metrics[key]
    return found


def score(metrics: Mapping[str, float], task: str, metric: str) -> Score | None:
    """None where no language has the metric."""
    values = by_language(metrics, task, metric)
    if not values:
        return None
    worst = min(values, key=values.__getitem__)
    return Score(metrics[f"{task}/{ALL}/{metric}"], worst, values[worst])


def tasks_in(metrics: Mapping[str, float]) -> list[str]:
    """The tasks that have metrics, in the order in which they are reported."""
    present = {key.split("/")[0] for key in metrics}
    return [task for task in TASKS if task in present]


def metrics_of(task: str) -> tuple[str, ...]:
    return NLU_METRICS if task == "nlu" else RETRIEVAL_METRICS


def tables(metrics: Mapping[str, float]) -> list[tuple[tuple[str, ...], list[str]]]:
    """The tasks grouped by the columns they share."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for task in tasks_in(metrics):
        groups.setdefault(metrics_of(task), []).append(task)
    return list(groups.items())
