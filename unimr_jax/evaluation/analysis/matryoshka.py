"""Recall against vector width: the first numbers of every vector alone, as in Matryoshka
representations (arXiv 2205.13147).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from unimr_jax.config import Config
from unimr_jax.evaluation.analysis import plots
from unimr_jax.evaluation.analysis.section import Section, percent, spoken
from unimr_jax.evaluation.analysis.subject import Subject
from unimr_jax.evaluation.examples import Findings, spread
from unimr_jax.evaluation.scoring import ScoredTask, retrieval, score_task
from unimr_jax.evaluation.summary import tasks_in, with_means

HALVINGS = 4  # down to a sixteenth
QUERIES = 1000  # of a task and language at most: ranking at every width takes a while


def study(subject: Subject) -> Section | None:
    """None where the split has no retrieval task."""
    findings = subject.findings
    if not findings.scored:
        return None
    dim = subject.trained.config.model.embed_dim
    trained = trained_widths(subject.trained.config, subject.trained.stage)
    curves = width_curves(findings, dim)
    return Section(
        title="Vector width",
        said=[_training(trained), *_said(curves)],
        note="recall@1 with the first numbers of every vector alone, scaled to length 1 again; "
        "means over languages.",
        values={"trained_widths": trained, **curves},
        figures={
            f"{spoken(task)} · recall@1 over width": _figure(own, _count(findings, task))
            for task, own in curves.items()
        },
    )


def widths(dim: int) -> list[int]:
    """The full width and its halves, the widest first."""
    return [dim >> halving for halving in range(HALVINGS + 1) if dim >> halving]


def prefix(vectors: np.ndarray, width: int) -> np.ndarray:
    """[n, d] → [n, width], unit vectors."""
    cut = vectors[:, :width]
    return cut / np.maximum(np.linalg.norm(cut, axis=1, keepdims=True), 1e-12)


def width_curves(findings: Findings, dim: int) -> dict[str, dict[str, float]]:
    """By task and width: recall@1, the mean over languages."""
    scored = [sampled(own) for own in findings.scored]  # at the full width
    curves: dict[str, dict[str, float]] = {}
    for width in widths(dim):
        if width < dim:
            cut = {kind: prefix(own, width) for kind, own in findings.encoded.embeddings.items()}
            scored = [score_task(task, cut) for task, _ in scored]
        metrics = with_means(retrieval(scored))
        for task in tasks_in(metrics):
            curves.setdefault(task, {})[str(width)] = metrics[f"{task}/all/recall@1"]
    return curves


def sampled(scored: ScoredTask) -> ScoredTask:
    """With at most QUERIES of its queries."""
    task, ranks = scored
    kept = spread(range(len(task.queries)), QUERIES)
    positives = tuple(task.positives[query] for query in kept)
    return ScoredTask(
        replace(task, queries=task.queries[kept], positives=positives),
        [ranks[query] for query in kept],
    )


def trained_widths(config: Config, stage: str) -> list[int]:
    """The prefixes that the stages up to this one trained, besides the full width."""
    so_far = config.stage_order[: config.stage_order.index(stage) + 1]
    tasks = [task for name in so_far for task in config.stages[name].tasks.values()]
    return sorted({width for task in tasks for width in task.matryoshka})


def _training(trained: list[int]) -> str:
    if not trained:
        return "No prefix was trained."
    return f"Prefixes trained: {', '.join(map(str, trained))}."


def _said(curves: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """At the full width and half of it."""
    for task, own in curves.items():
        (full, whole), *narrower = own.items()
        cut = "".join(f", {percent(value)} at {width}" for width, value in narrower[:1])
        yield f"{spoken(task)} recall@1 {percent(whole)} at {full}{cut}"


def _count(findings: Findings, task: str) -> int:
    counts = [len(own.queries) for own, _ in findings.scored if own.name == task]
    return sum(min(count, QUERIES) for count in counts)


def _figure(own: Mapping[str, float], queries: int) -> str:
    return plots.curve(list(map(int, own)), list(own.values()), queries, doubling=True)
