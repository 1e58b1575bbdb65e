"""Whether an index of pictures built after an earlier stage still serves the model of today."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from unimr_jax.evaluation.analysis.section import Section, Table, percent, points, spoken
from unimr_jax.evaluation.analysis.subject import Subject
from unimr_jax.evaluation.examples import Findings
from unimr_jax.evaluation.scoring import retrieval, score_task
from unimr_jax.evaluation.summary import score, tasks_in, with_means

METRICS = ("recall@1", "recall@10")


def study(subject: Subject) -> Section | None:
    """None where no earlier stage is done, or nothing searches pictures."""
    findings, earlier = subject.findings, subject.earlier
    pictures = findings.benchmark.items("image")
    if earlier is None or not pictures:
        return None
    vectors = earlier.encoder().encode_images([findings.picture(name) for name in pictures])
    old = metrics_with(findings, vectors)
    tasks = tasks_in(old)
    if not tasks:
        return None
    fresh = {key: subject.metrics[key] for key in old}
    return Section(
        title="An old index",
        said=[_said(task, fresh, old, earlier.stage) for task in tasks],
        note=f"Texts as stage {subject.trained.stage} encodes them, in search of picture vectors "
        f"that stage {earlier.stage} made, against vectors made anew. Means over languages.",
        values={
            "stage": earlier.stage,
            "cosine": _mean_cosine(vectors, findings.encoded.embeddings["image"]),
            **_values(fresh, old),
        },
        table=Table(_columns(), [_row(task, fresh, old) for task in tasks]),
    )


def metrics_with(findings: Findings, pictures: np.ndarray) -> dict[str, float]:
    """METRICS of all tasks that search pictures, with these vectors [n, d] for them."""
    embeddings = {**findings.encoded.embeddings, "image": pictures}
    scored = [score_task(task, embeddings) for task, _ in findings.scored if task.target == "image"]
    metrics = with_means(retrieval(scored))
    return {key: value for key, value in metrics.items() if key.endswith(METRICS)}


def _mean_cosine(old: np.ndarray, new: np.ndarray) -> float:
    """Of unit vectors [n, d], row by row."""
    return float(np.einsum("nd,nd->n", old, new).mean())


def _said(task: str, fresh: Mapping[str, float], old: Mapping[str, float], stage: str) -> str:
    before, after = (score(own, task, METRICS[0]).mean for own in (fresh, old))
    return (
        f"{spoken(task)} {METRICS[0]} {percent(after)} with pictures of stage {stage}, "
        f"{percent(before)} with pictures made anew: {points(after - before)} points"
    )


def _values(fresh: Mapping[str, float], old: Mapping[str, float]) -> dict[str, dict[str, float]]:
    return {key: {"old": old[key], "fresh": fresh[key]} for key in sorted(old)}


def _columns() -> tuple[str, ...]:
    return tuple(f"{metric} {which}" for metric in METRICS for which in ("anew", "old", "change"))


def _row(task: str, fresh: Mapping[str, float], old: Mapping[str, float]) -> tuple[str, ...]:
    cells = []
    for metric in METRICS:
        before, after = (score(own, task, metric).mean for own in (fresh, old))
        cells += [percent(before), percent(after), points(after - before)]
    return (spoken(task), *cells)
