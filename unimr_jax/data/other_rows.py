"""Another row of a picture, so that one picture teaches with several of its texts at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unimr_jax.data.mixture import Part, Place
from unimr_jax.data.record import Record

PICTURE = 2  # among the marks of a row


class OtherRows:
    """Of the rows that the parts have, in all their languages.

    A picture that has one row alone gives that row again.
    """

    def __init__(self, parts: Sequence[Part]):
        self._parts = parts
        self._of_source = {name: _by_picture(rows) for name, rows in _parts_of(parts).items()}

    def __call__(self, place: Place, draw: float) -> Record:
        """The one that `draw`, from [0, 1), picks among the others of the place's picture."""
        part = self._parts[place.part]
        own = part.rows[place.row]
        rows = self._of_source[part.source.name].others(part.source.marks[own, PICTURE], own)
        return part.source[rows[int(draw * len(rows))] if len(rows) else own]


def _parts_of(parts: Sequence[Part]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.source.name, []).append(part)
    return found


def _by_picture(parts: Sequence[Part]) -> _RowsByPicture:
    return _RowsByPicture(parts[0].source.marks, np.concatenate([part.rows for part in parts]))


class _RowsByPicture:
    def __init__(self, marks: np.ndarray, rows: np.ndarray):
        """`marks` [all rows, MARKS] of a source, of which `rows` [n] count."""
        pictures = marks[rows, PICTURE]
        order = np.argsort(pictures, kind="stable")
        self._pictures, self._rows = pictures[order], rows[order]

    def others(self, picture: int, own: int) -> np.ndarray:
        """The rows [n] of the picture besides its own."""
        first, last = np.searchsorted(self._pictures, [picture, picture + 1])
        rows = self._rows[first:last]
        return rows[rows != own]
