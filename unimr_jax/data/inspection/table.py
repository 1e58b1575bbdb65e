"""An inspection as tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from rich.console import Group
from rich.markup import escape
from rich.table import Table

from unimr_jax.data.inspection.inspect import Inspection
from unimr_jax.data.inspection.lengths import spread
from unimr_jax.data.inspection.rows import SplitRows
from unimr_jax.data.tasks import TASKS


def format_tables(found: Inspection) -> Group:
    tables = (_splits(found), _languages(found), _duplicates(found), _broken(found))
    return Group(*(table for table in tables if table is not None))


def _splits(found: Inspection) -> Table:
    """Splits across; rows, pictures, labels and tasks down."""
    table = _table("", *found.splits)
    for name, values in split_facts(found):
        table.add_row(name, *(f"{value:,}" if value else "–" for value in values))
    return table


def split_facts(found: Inspection) -> list[tuple[str, list[int]]]:
    """A name, and its number in every split; what there is none of is left out."""
    return [(name, values) for name, values in _split_facts(found) if any(values)]


def _split_facts(found: Inspection) -> Iterator[tuple[str, list[int]]]:
    splits = found.splits.items()
    yield "rows", [len(rows) for _, rows in splits]
    yield "broken rows", [rows.broken.counts.total() for _, rows in splits]
    yield "languages", [len(rows.languages) for _, rows in splits]
    for task in TASKS:
        yield task, [rows.serving(task) for _, rows in splits]
    yield "pictures", [len(rows.images) for _, rows in splits]
    yield "intents", [len(rows.intents) for _, rows in splits]
    yield "slot labels", [len(rows.slots) for _, rows in splits]
    yield "texts repeated", [found.repeated_texts[split].texts for split, _ in splits]
    yield "pictures repeated", [found.repeated_pictures[split] for split, _ in splits]


def _languages(found: Inspection) -> Table:
    table = _table("language", *found.splits, "median", "95%", "longest")
    table.caption = f"rows per split, and {found.unit} of their texts"
    for tag, counts, lengths in language_facts(found):
        own = spread(lengths)
        table.add_row(tag, *(f"{count:,}" if count else "–" for count in counts), *map(str, own))
    return table


def language_facts(found: Inspection) -> Iterator[tuple[str, list[int], np.ndarray]]:
    """A tag, its rows in every split, and the lengths of all its texts."""
    for tag in found.languages:
        lengths = [_lengths(rows, tag) for rows in found.splits.values()]
        yield tag, [len(own) for own in lengths], np.concatenate(lengths)


def _lengths(rows: SplitRows, tag: str) -> np.ndarray:
    if tag not in rows.languages:
        return np.zeros(0, np.int32)
    return rows.length[rows.language == rows.languages.index(tag)]


def _duplicates(found: Inspection) -> Table | None:
    table = _table("in two splits", "splits", "number", "for one")
    for kind, splits, count, example in _shared(found):
        table.add_row(kind, splits, f"{count:,}", escape(example))
    return table if table.rows else None


def _shared(found: Inspection) -> Iterator[tuple[str, str, int, str]]:
    for shared in found.shared_texts:
        one, other = shared.splits
        row, twin = shared.examples[0]
        where = f"{found.splits[one].where(row)} = {found.splits[other].where(twin)}"
        yield "texts", f"{one}, {other}", shared.count, found.short(where)
    kinds = {"pictures, same bytes": found.shared_pictures, "look-alikes": found.look_alikes}
    for kind, several in kinds.items():
        for shared in several:
            one, other = shared.splits
            place, twin = shared.examples[0]
            where = f"{found.splits[one].images[place]}, {found.splits[other].images[twin]}"
            yield kind, f"{one}, {other}", shared.count, where


def _broken(found: Inspection) -> Table | None:
    table = _table("broken rows", "number", "the first")
    for subject, count, first in broken_facts(found):
        table.add_row(escape(subject), f"{count:,}", escape(first))
    return table if table.rows else None


def broken_facts(found: Inspection) -> Iterable[tuple[str, int, str]]:
    """What is wrong, how often, and the first such row."""
    for rows in found.splits.values():
        for subject, count in rows.broken.counts.most_common():
            yield subject, count, found.short(rows.broken.first[subject])


def _table(first: str, *others: str) -> Table:
    table = Table()
    table.add_column(first)
    for name in others:
        words = name in ("splits", "for one", "the first")
        table.add_column(name, justify="left" if words else "right", overflow="fold")
    return table


def summary(found: Inspection) -> str:
    """One line."""
    rows = sum(map(len, found.splits.values()))
    pictures = sum(len(own.images) for own in found.splits.values())
    broken = f", {found.broken:,} broken" if found.broken else ""
    return f"{rows:,} rows{broken}, {pictures:,} pictures in {found.seconds:.1f} s"
