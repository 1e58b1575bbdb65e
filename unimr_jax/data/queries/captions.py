"""The captions of a split that queries can be made from, and the reasons of the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from typing import NamedTuple

from unimr_jax.data.queries.span import Span, leading_span
from unimr_jax.data.record import Record
from unimr_jax.data.sources import Source

NO_TEMPLATES = "in a language without templates"


class Captions(NamedTuple):
    """Spans by row index, the distinct ones of each language, and what was left out, by reason."""

    source: Source
    spans: dict[int, Span]
    by_language: dict[str, tuple[Span, ...]]
    skipped: Counter[str]


def read_captions(source: Source, languages: Collection[str]) -> Captions:
    """Of all rows of a split."""
    spans: dict[int, Span] = {}
    distinct: dict[str, dict[Span, None]] = defaultdict(dict)
    skipped: Counter[str] = Counter()
    for index in range(len(source)):
        record = source[index]
        span = leading_span(record.text)
        if reason := _reason_to_skip(record, span, languages):
            skipped[reason] += 1
        else:
            spans[index] = span
            distinct[record.lang][span] = None
    return Captions(source, spans, {tag: tuple(s) for tag, s in distinct.items()}, skipped)


def _reason_to_skip(record: Record, span: Span | None, languages: Collection[str]) -> str | None:
    if record.lang not in languages:
        return NO_TEMPLATES
    if record.intent is not None:
        return "queries already"
    if record.image is None and record.positive is None:
        return "with neither image nor positive"
    return None if span else "without a first part short enough to quote"
