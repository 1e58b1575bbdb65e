"""Sources over rows in memory, for tests that make many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from unimr_jax.data.record import Record, parse_record
from unimr_jax.data.sources import Source


class Rows:
    """A store of rows; only their pictures are missing."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]):
        self._records = [
            parse_record({"id": str(i), "lang": "en"} | dict(row), self.where(i))
            for i, row in enumerate(rows)
        ]

    def __len__(self) -> int:
        return len(self._records)

    def record(self, place: int) -> Record:
        return self._records[place]

    def where(self, place: int) -> str:
        return f"rows:{place + 1}"


def in_memory(**rows: Iterable[Mapping[str, Any]]) -> dict[str, Source]:
    """A source for every list of rows, by its name; rows need not have an id and a language."""
    return {name: Source(name, Rows(own), check_images=False) for name, own in rows.items()}


def translations(count: int, tag: str = "", lang: str = "en") -> list[dict[str, str]]:
    """Text–text rows, no two of which have anything in common."""
    return [
        {
            "lang": lang,
            "text": f"{tag} {lang} text {i}",
            "positive": f"{tag} {lang} {i}",
            "positive_lang": "en",
        }
        for i in range(count)
    ]
