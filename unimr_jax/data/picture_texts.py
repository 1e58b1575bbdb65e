"""The texts of a picture, so that it teaches with several of them at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unimr_jax.data.mixture import Part, Place
from unimr_jax.data.record import Record

TEXT, PICTURE = 0, 2  # among the marks of a row


class PictureTexts:
    """Of the rows that the parts have, in all their languages."""

    def __init__(self, parts: Sequence[Part]):
        self._parts = parts
        self._of_source = {name: _by_picture(rows) for name, rows in _parts_of(parts).items()}

    def other(self, place: Place, draw: float) -> Record:
        """Of the other rows of the place's picture the one that `draw`, from [0, 1), picks; of a
        picture that has no other, the row itself.
        """
        part, own = self._parts[place.part], self._row(place)
        rows = self._rows(place)
        others = rows[rows != own]
        return part.source[others[int(draw * len(others))] if len(others) else own]

    def title(self, place: Place) -> int:
        """The mark of the picture's first text.

        Pictures that share it, such as drawings of one emoji in several styles, are the same item
        to whoever asks in words, also in languages in which the batch has only one of them.
        """
        return int(self._parts[place.part].source.marks[self._rows(place).min(), TEXT])

    def _row(self, place: Place) -> int:
        return self._parts[place.part].rows[place.row]

    def _rows(self, place: Place) -> np.ndarray:
        source = self._parts[place.part].source
        return self._of_source[source.name].rows(source.marks[self._row(place), PICTURE])


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

    def rows(self, picture: int) -> np.ndarray:
        """Those of the picture: [n]."""
        first, last = np.searchsorted(self._pictures, [picture, picture + 1])
        return self._rows[first:last]
