"""The texts of a picture, so that it teaches with several of them at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unimr_jax.data.mixture import Part, Place
from unimr_jax.data.record import Record
from unimr_jax.data.sources import Source
from unimr_jax.data.sources.marks import PICTURE, TEXT


class PictureTexts:
    """Of the rows that the parts have, in all their languages."""

    def __init__(self, parts: Sequence[Part]):
        self._parts = parts
        self._by_picture = {name: _by_picture(rows) for name, rows in _of_sources(parts).items()}

    def other(self, place: Place, draw: float) -> Record:
        """Of the other rows of the place's picture the one that `draw`, from [0, 1), picks; of a
        picture that has no other, the row itself.
        """
        source, row = self._row(place)
        return source[self._by_picture[source.name].other(row, draw)]

    def title(self, place: Place) -> int:
        """The mark of the picture's first text.

        Pictures that share it, such as drawings of one emoji in several styles, are the same item
        to whoever asks in words, also in languages in which the batch has only one of them.
        """
        source, row = self._row(place)
        return int(source.marks[self._by_picture[source.name].first(row), TEXT])

    def _row(self, place: Place) -> tuple[Source, int]:
        part = self._parts[place.part]
        return part.source, int(part.rows[place.row])


def _of_sources(parts: Sequence[Part]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.source.name, []).append(part)
    return found


def _by_picture(parts: Sequence[Part]) -> _ByPicture:
    return _ByPicture(parts[0].source.marks, np.concatenate([part.rows for part in parts]))


class _ByPicture:
    """Rows in an order in which those of a picture stand together, the first one first."""

    def __init__(self, marks: np.ndarray, rows: np.ndarray):
        """`marks` [all rows, MARKS] of a source, of which `rows` [n] count."""
        rows = np.sort(rows)
        pictures = marks[rows, PICTURE]
        order = np.argsort(pictures, kind="stable")
        pictures, self._rows = pictures[order], rows[order]
        self._starts = np.searchsorted(pictures, pictures, side="left")  # of each one's picture
        self._ends = np.searchsorted(pictures, pictures, side="right")
        self._place = np.empty(len(marks), np.int64)  # of a row in this order
        self._place[self._rows] = np.arange(len(rows))

    def first(self, row: int) -> int:
        return int(self._rows[self._starts[self._place[row]]])

    def other(self, row: int, draw: float) -> int:
        own = int(self._place[row])
        start, end = int(self._starts[own]), int(self._ends[own])
        chosen = start + int(draw * (end - start - 1))  # as if its own were not there
        return int(self._rows[min(chosen + (chosen >= own), end - 1)])
