"""A few queries with the pictures found for them, for people to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np

from unimr_jax.data.pictures import Picture
from unimr_jax.data.record import Record
from unimr_jax.evaluation.encoder import Encoded
from unimr_jax.evaluation.galleries import Benchmark
from unimr_jax.evaluation.nlu import Judged
from unimr_jax.evaluation.ranking import top_k
from unimr_jax.evaluation.scoring import ScoredTask

T = TypeVar("T")

EXAMPLES = 16
PICTURES = 5  # per example


@dataclass(frozen=True)
class Findings:
    """What is known of a split once it is scored; `judged` has the records with an intent."""

    benchmark: Benchmark
    encoded: Encoded
    scored: Sequence[ScoredTask]
    judged: Mapping[Record, Judged]
    picture: Callable[[str], Picture]

    @cached_property
    def by_text(self) -> dict[tuple[str, str], Judged]:
        """What was judged, by language and text."""
        return {(record.lang, record.text): own for record, own in self.judged.items()}


class Found(NamedTuple):
    picture: Picture
    right: bool


@dataclass(frozen=True)
class Example:
    """A text and what the model makes of it."""

    task: str
    lang: str
    text: str
    pictures: tuple[Found, ...]  # best first
    positive: Picture  # one of them
    rank: int  # of the best positive, ties counted against it
    judged: Judged | None  # of texts with an intent


def pick_examples(findings: Findings) -> tuple[Example, ...]:
    """At most EXAMPLES queries for images, evenly spread over languages, tasks and queries."""
    to_images = [one for one in findings.scored if one.task.target == "image"]
    chosen = spread(sorted(to_images, key=lambda one: one.task.lang), EXAMPLES)
    return tuple(
        example for one in chosen for example in _examples(one, EXAMPLES // len(chosen), findings)
    )


def _examples(scored: ScoredTask, count: int, findings: Findings) -> Iterator[Example]:
    task = scored.task
    queries = spread(range(len(task.queries)), count)
    found = top_k(
        findings.encoded.embeddings[task.source][task.queries[queries]],
        findings.encoded.embeddings[task.target][task.gallery],
        PICTURES,
    )
    for query, places in zip(queries, found, strict=True):
        yield _example(scored, query, places, findings)


def _example(scored: ScoredTask, query: int, places: np.ndarray, findings: Findings) -> Example:
    """The query at that position of its task; `places` [k] in the gallery were found for it."""
    task, positives = scored.task, scored.task.positives[query]
    text = findings.benchmark.items(task.source)[task.queries[query]]
    pictures = [
        findings.picture(findings.benchmark.items(task.target)[row])
        for row in task.gallery[[*places, positives[0]]]
    ]
    return Example(
        task=task.name,
        lang=task.lang,
        text=text,
        pictures=tuple(map(Found, pictures, np.isin(places, positives).tolist())),
        positive=pictures[-1],
        rank=int(scored.ranks[query][0]),
        judged=findings.by_text[task.lang, text] if task.source == "query" else None,
    )


def spread(items: Sequence[T], count: int) -> list[T]:
    """At most `count` of the items, evenly spaced: the middle ones of equal shares."""
    count = min(count, len(items))
    return [items[(2 * i + 1) * len(items) // (2 * count)] for i in range(count)]
