"""What is searched for what: the retrieval tasks that the records of a split define."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from unimr_jax.data.record import Record

# How an item is encoded: pictures by the image tower, captions and passages as documents, and
# texts with an intent as queries. A task is named SOURCE_to_TARGET after two of these.
KINDS = ("image", "text", "query")


@dataclass(frozen=True)
class RetrievalTask:
    """The queries of one language and the one gallery they search.

    `queries` [q] and `gallery` [n] are rows of the matrices in which all items of the kinds
    `source` and `target` are encoded; `positives` are, for each query, places in `gallery`.
    """

    source: str
    target: str
    lang: str
    queries: np.ndarray
    gallery: np.ndarray
    positives: tuple[np.ndarray, ...]

    @property
    def name(self) -> str:
        return f"{self.source}_to_{self.target}"


@dataclass(frozen=True)
class Benchmark:
    """The tasks of a split; `rows[kind]` numbers the distinct items to encode, in order."""

    rows: Mapping[str, Mapping[str, int]]
    tasks: tuple[RetrievalTask, ...]

    def items(self, kind: str) -> tuple[str, ...]:
        """The distinct items of a kind, in the order of their rows."""
        return tuple(self.rows[kind])


class _Gallery(NamedTuple):
    """What a set of targets is told apart by: all images are one gallery, whatever the language."""

    target: str
    content: str
    lang: str | None


class _Group(NamedTuple):
    """Queries of one language that search one gallery."""

    source: str
    lang: str
    gallery: _Gallery


class _Pair(NamedTuple):
    """One query and one of its positives."""

    group: _Group
    query: str
    positive: str


def build_benchmark(records: Sequence[Record]) -> Benchmark:
    """The retrieval tasks of a split, per task and language.

    text_* takes the rows without an intent as queries, query_* those with one. Rows of equal
    language and text are one query, whose positives are the union of theirs. A gallery holds every
    distinct image of the split, every distinct caption in a language, or every distinct `positive`
    in a language. A text with positives in two languages is a query to each of the two galleries.
    """
    pairs = [pair for record in records for pair in _pairs(record)]
    rows = {kind: _number(_items(kind, pairs, records)) for kind in KINDS}
    galleries = _galleries(pairs)
    by_group = _positives_by_group(pairs)
    tasks = tuple(
        _task(group, positives, galleries[group.gallery], rows)
        for group, positives in sorted(by_group.items(), key=lambda item: _order(item[0]))
    )
    return Benchmark(rows, tasks)


def _pairs(record: Record) -> Iterator[_Pair]:
    source = "text" if record.intent is None else "query"
    if record.image is not None:
        images = _Gallery("image", "images", None)
        yield _Pair(_Group(source, record.lang, images), record.text, record.image)
    if record.image is not None and source == "text":
        captions = _Gallery("text", "captions", record.lang)
        yield _Pair(_Group("image", record.lang, captions), record.image, record.text)
    if record.positive is not None:
        passages = _Gallery("text", "positives", record.positive_lang)
        yield _Pair(_Group(source, record.lang, passages), record.text, record.positive)


def _items(kind: str, pairs: Iterable[_Pair], records: Iterable[Record]) -> Iterator[str]:
    """Everything of a kind that some task, or the NLU head, needs encoded."""
    for pair in pairs:
        if pair.group.source == kind:
            yield pair.query
        if pair.group.gallery.target == kind:
            yield pair.positive
    if kind == "query":
        yield from (record.text for record in records if record.intent is not None)


def _number(items: Iterable[str]) -> dict[str, int]:
    """Each distinct item with its row, in order of first appearance."""
    return {item: row for row, item in enumerate(dict.fromkeys(items))}


def _galleries(pairs: Iterable[_Pair]) -> dict[_Gallery, dict[str, int]]:
    """Each gallery's distinct items with their places in it."""
    places: dict[_Gallery, dict[str, int]] = {}
    for pair in pairs:
        gallery = places.setdefault(pair.group.gallery, {})
        gallery.setdefault(pair.positive, len(gallery))
    return places


def _positives_by_group(pairs: Iterable[_Pair]) -> dict[_Group, dict[str, dict[str, None]]]:
    """Each group's distinct queries with their distinct positives, both in order."""
    groups: dict[_Group, dict[str, dict[str, None]]] = {}
    for pair in pairs:
        groups.setdefault(pair.group, {}).setdefault(pair.query, {})[pair.positive] = None
    return groups


def _task(
    group: _Group,
    positives: Mapping[str, Iterable[str]],
    gallery: Mapping[str, int],
    rows: Mapping[str, Mapping[str, int]],
) -> RetrievalTask:
    source, target = group.source, group.gallery.target
    return RetrievalTask(
        source=source,
        target=target,
        lang=group.lang,
        queries=np.array([rows[source][query] for query in positives]),
        gallery=np.array([rows[target][item] for item in gallery]),
        positives=tuple(np.array([gallery[item] for item in own]) for own in positives.values()),
    )


def _order(group: _Group) -> tuple[str, ...]:
    return (group.source, group.gallery.target, group.lang, group.gallery.lang or "")
