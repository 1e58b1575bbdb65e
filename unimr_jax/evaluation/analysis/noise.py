"""Recall as a function of noise: what a query says outside its slots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from unimr_jax.evaluation.analysis import plots
from unimr_jax.evaluation.analysis.section import Section, percent, points, spoken
from unimr_jax.evaluation.analysis.subject import Query, Subject, outside, queries_of

BINS = 5


class Point(NamedTuple):
    """The queries of one bin: their noise in characters and recall@1, as means."""

    characters: float
    queries: int
    recall: float


def study(subject: Subject) -> Section | None:
    """None where no query has a gallery to search."""
    curves = {task: noise_curve(own) for task, own in queries_of(subject.findings).items()}
    if not curves:
        return None
    return Section(
        title="Noise",
        said=[_said(task, curve) for task, curve in curves.items()],
        note=f"recall@1 of queries by the characters outside their gold slots, in {BINS} parts of "
        "equal size, divided within each language; bars are standard errors.",
        values={task: [_values(point) for point in curve] for task, curve in curves.items()},
        figures=_figures(curves),
    )


def noise_curve(queries: Sequence[Query]) -> list[Point]:
    """From the part with the least noise to that with the most.

    Every language is divided by itself: a character says more in some scripts than in others.
    """
    noise = np.array([noise_of(query) for query in queries])
    langs = np.array([query.lang for query in queries])
    found = np.array([query.found for query in queries])
    bins = np.zeros(len(queries), np.int64)
    for lang in np.unique(langs):
        bins[langs == lang] = quantile_bins(noise[langs == lang])
    parts = [bins == number for number in np.unique(bins)]
    return [
        Point(float(noise[own].mean()), int(own.sum()), float(found[own].mean())) for own in parts
    ]


def noise_of(query: Query) -> int:
    """Characters outside the slots, white space aside."""
    return sum(
        not character.isspace()
        for stretch in outside(query.text, query.slots)
        for character in stretch
    )


def quantile_bins(values: np.ndarray) -> np.ndarray:
    """Bin of each of n values, 0 to BINS-1; equal values share a bin, so that bins may be empty."""
    edges = np.quantile(values, np.arange(1, BINS) / BINS)
    return np.searchsorted(edges, values, side="left")


def _said(task: str, curve: Sequence[Point]) -> str:
    least, most = curve[0], curve[-1]
    return (
        f"{spoken(task)} recall@1 {percent(least.recall)} with least noise "
        f"({least.characters:.0f} characters), {percent(most.recall)} with most "
        f"({most.characters:.0f}): {points(most.recall - least.recall)} points"
    )


def _values(point: Point) -> dict[str, float]:
    return {"characters": point.characters, "queries": point.queries, "recall@1": point.recall}


def _figures(curves: Mapping[str, Sequence[Point]]) -> dict[str, str]:
    figures = {}
    for task, curve in curves.items():
        characters, queries, recalls = zip(*curve, strict=True)
        caption = f"{spoken(task)} · {min(queries)} to {max(queries)} queries a point"
        figures[caption] = plots.curve(characters, recalls, queries, doubling=False)
    return figures
