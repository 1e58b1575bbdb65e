"""The texts of a picture and the pictures of a text, several of which teach at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from unimr_jax.data.mixture import Part, Place
from unimr_jax.data.record import Record
from unimr_jax.data.sources import Source
from unimr_jax.data.sources.marks import PICTURE, TEXT
from unimr_jax.errors import UserError

CAPTIONS = "text_to_image"  # the task whose rows say what is on a picture


class PictureTexts:
    """Captions of the parts' pictures, in every language that the parts of their data set have; and
    pictures whose first caption, their title, is the same.
    """

    def __init__(self, parts: Sequence[Part]):
        """Raises UserError where a data set has no caption of the pictures that its parts have."""
        self._parts = parts
        self._captions = {name: _captions(own) for name, own in _of_sources(parts).items()}

    @cached_property
    def _titled(self) -> dict[str, _Groups]:
        return {name: _by_title(captions) for name, captions in self._captions.items()}

    def other(self, place: Place, draw: float) -> Record:
        """Of the captions of the place's picture, but for the place's own row, the one that `draw`,
        from [0, 1), picks; of a picture that has no other, the row itself.
        """
        source, row = self._row(place)
        captions = self._of_picture(source, row)
        return source[_drawn(captions[captions != row], draw, row)]

    def other_picture(self, place: Place, draw: float) -> Record:
        """Of the other pictures with the place's title, a row of the one that `draw` picks; of a
        picture that has no other, the row itself.
        """
        source, row = self._row(place)
        titled = self._titled[source.name].rows(self.title(place))
        others = titled[source.marks[titled, PICTURE] != source.marks[row, PICTURE]]
        return source[_drawn(others, draw, row)]

    @property
    def any_other_picture(self) -> bool:
        return any(titled.any_twice for titled in self._titled.values())

    def title(self, place: Place) -> int:
        """The mark of the picture's first caption, or of the picture if it has none.

        Pictures that share it, such as drawings of one emoji in several styles, are the same item
        to whoever asks in words, also in languages in which the batch has only one of them.
        """
        source, row = self._row(place)
        captions = self._of_picture(source, row)
        own = source.marks[row, PICTURE]
        return int(source.marks[captions[0], TEXT] if len(captions) else own)

    def _row(self, place: Place) -> tuple[Source, int]:
        part = self._parts[place.part]
        return part.source, int(part.rows[place.row])

    def _of_picture(self, source: Source, row: int) -> np.ndarray:
        return self._captions[source.name].rows(source.marks[row, PICTURE])


def _drawn(rows: np.ndarray, draw: float, otherwise: int) -> int:
    return int(rows[int(draw * len(rows))]) if len(rows) else otherwise


def _of_sources(parts: Sequence[Part]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.source.name, []).append(part)
    return found


def _captions(parts: Sequence[Part]) -> _Groups:
    """Of one data set."""
    source = parts[0].source
    captions = [source.rows(CAPTIONS, part.language) for part in parts]
    by_picture = _Groups(source.marks, np.concatenate(captions), PICTURE)
    pictures = source.marks[np.concatenate([part.rows for part in parts]), PICTURE]
    if not by_picture.has_any_of(pictures):
        raise UserError(
            f"data set {source.name!r} has no caption of the pictures that it asks for; give it "
            "rows with 'image' and no 'intent' (`prepare queries --with_captions` does), or set "
            "other_text and other_image of its task to False"
        )
    return by_picture


def _by_title(captions: _Groups) -> _Groups:
    """The first caption of every picture, those of one title together."""
    return _Groups(captions.marks, captions.first(), TEXT)


class _Groups:
    """Rows in an order in which those of one mark stand together, the first one first."""

    def __init__(self, marks: np.ndarray, rows: np.ndarray, kind: int):
        """`marks` [all rows, MARKS] of a source, of which `rows` [n] count, by those of a kind."""
        rows = np.sort(rows)
        order = np.argsort(marks[rows, kind], kind="stable")
        self.marks = marks
        self._rows = rows[order]
        self._marks = marks[self._rows, kind]

    def has_any_of(self, marks: np.ndarray) -> bool:
        return bool(np.isin(marks, self._marks).any())

    def rows(self, mark: int) -> np.ndarray:
        start, end = (np.searchsorted(self._marks, mark, side) for side in ("left", "right"))
        return self._rows[start:end]

    @property
    def any_twice(self) -> bool:
        return len(np.unique(self._marks)) < len(self._marks)

    def first(self) -> np.ndarray:
        """The first row of every mark."""
        return self._rows[np.unique(self._marks, return_index=True)[1]]
