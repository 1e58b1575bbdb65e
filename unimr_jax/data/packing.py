"""Several texts in a row of tokens, so that little of a batch is padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from unimr_jax.config import Task


class Places(NamedTuple):
    """Where each of n texts lies."""

    row: np.ndarray  # [n]
    nth: np.ndarray  # [n]: how many texts come before it in its row
    start: np.ndarray  # [n]: its first token's position in the row
    length: np.ndarray  # [n]: tokens of it that are kept


class Rows(NamedTuple):
    """Places for texts: `rows` of `length` tokens, at most `texts` in each."""

    rows: int
    length: int
    texts: int

    @classmethod
    def of(cls, texts: int, rows: int, length: int) -> Rows:
        """For `texts` in all; twice as many a row as there are on average leaves room to choose.

        `rows` 0: one text a row.
        """
        if not rows:
            return cls(texts, length, 1)
        return cls(rows, length, 2 * -(-texts // rows))


def rows_of(task: Task) -> dict[str, Rows]:
    """Places for the texts of a batch, by the kind of text."""
    rows = {
        "text": Rows.of(task.batch_size, task.text_rows, task.text_length),
        "positive": Rows.of(task.batch_size, task.positive_rows, task.positive_length),
    }
    if task.other_text:
        rows["other"] = Rows.of(task.batch_size, task.other_rows, task.text_length)
    return rows


def pack(lengths: np.ndarray, rows: Rows) -> Places:
    """Every text into one row, whole if it fits; where all together do not, the longest are cut.

    `lengths` [n], each 1 or more. The cut is the least that lets all of them fit.
    """
    longest = rows.length
    while (places := _best_fit(np.minimum(lengths, longest), rows)) is None:
        longest -= 1
        if longest < 1:
            raise ValueError(f"{len(lengths)} texts cannot lie in {rows}")
    return places


def _best_fit(lengths: np.ndarray, rows: Rows) -> Places | None:
    """Longest first, each into the fullest row that still holds it; None where one does not fit."""
    if lengths.sum() > rows.rows * rows.length:
        return None
    used = np.zeros(rows.rows, np.int64)
    count = np.zeros(rows.rows, np.int64)
    row, nth, start = np.zeros((3, len(lengths)), np.int64)
    for text in np.argsort(-lengths, kind="stable"):
        fits = (used + lengths[text] <= rows.length) & (count < rows.texts)
        if not fits.any():
            return None
        at = np.where(fits, used, -1).argmax()
        row[text], nth[text], start[text] = at, count[at], used[at]
        used[at] += lengths[text]
        count[at] += 1
    return Places(row, nth, start, lengths)


class Layout:
    """Moves what n texts have for each token into rows."""

    def __init__(self, lengths: np.ndarray, rows: Rows):
        """`lengths` [n]: tokens of each text, the special ones included."""
        self.rows, self.places = rows, pack(lengths, rows)
        kept = self.places.length
        self._text = np.repeat(np.arange(len(kept)), kept)  # [tokens kept], and so are all below
        within = np.arange(kept.sum()) - np.repeat(kept.cumsum() - kept, kept)
        is_last = within == kept[self._text] - 1
        # A text that is cut keeps its last token, [SEP].
        self._source = np.where(is_last, lengths[self._text] - 1, within)
        self._row = self.places.row[self._text]
        self._position = self.places.start[self._text] + within

    def lay_out(self, values: np.ndarray, empty: int) -> np.ndarray:
        """[n, length] → [rows, length], `empty` where no text lies."""
        laid = np.full((self.rows.rows, self.rows.length), empty, values.dtype)
        laid[self._row, self._position] = values[self._text, self._source]
        return laid

    @property
    def mask(self) -> np.ndarray:
        """bool [rows, texts, length]: the tokens of each text."""
        mask = np.zeros((self.rows.rows, self.rows.texts, self.rows.length), bool)
        mask[self._row, self.places.nth[self._text], self._position] = True
        return mask

    def place(self, numbers: Sequence[int]) -> np.ndarray:
        """int32 [n]: where each text is among the places of all rows; ours have these numbers."""
        row = np.asarray(numbers)[self.places.row]
        return (row * self.rows.texts + self.places.nth).astype(np.int32)
