"""The texts of a picture, so that it teaches with several of them at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unimr_jax.data.mixture import Part, Place
from unimr_jax.data.record import Record
from unimr_jax.data.sources import Source
from unimr_jax.data.sources.marks import PICTURE, TEXT

CAPTIONS = "text_to_image"  # the task whose rows say what is on a picture


class PictureTexts:
    """What the rows of `captions` say of the pictures of `parts`, in all their languages."""

    def __init__(self, parts: Sequence[Part], captions: Sequence[Part]):
        """Both of the same data sets; they may be the same rows."""
        self._parts = parts
        self._by_picture = {name: _by_picture(own) for name, own in _of_sources(captions).items()}

    def other(self, place: Place, draw: float) -> Record:
        """Of the captions of the place's picture, but for the place's own row, the one that `draw`,
        from [0, 1), picks; of a picture that has no other, the row itself.
        """
        source, row = self._row(place)
        captions = self._captions(source, row)
        others = captions[captions != row]
        return source[int(others[int(draw * len(others))]) if len(others) else row]

    def title(self, place: Place) -> int:
        """The mark of the picture's first caption, or of the row itself if it has none.

        Pictures that share it, such as drawings of one emoji in several styles, are the same item
        to whoever asks in words, also in languages in which the batch has only one of them.
        """
        source, row = self._row(place)
        first = next(iter(self._captions(source, row)), row)
        return int(source.marks[first, TEXT])

    def _row(self, place: Place) -> tuple[Source, int]:
        part = self._parts[place.part]
        return part.source, int(part.rows[place.row])

    def _captions(self, source: Source, row: int) -> np.ndarray:
        if source.name not in self._by_picture:
            return np.empty(0, np.int64)
        return self._by_picture[source.name].rows(source.marks[row, PICTURE])


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
        order = np.argsort(marks[rows, PICTURE], kind="stable")
        self._rows = rows[order]
        self._pictures = marks[self._rows, PICTURE]

    def rows(self, picture: int) -> np.ndarray:
        """Of the picture of this mark."""
        start, end = (np.searchsorted(self._pictures, picture, side) for side in ("left", "right"))
        return self._rows[start:end]
