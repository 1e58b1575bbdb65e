"""A split with random access to its records, whatever it lies in."""

from __future__ import annotations

import hashlib
from functools import cached_property

import numpy as np

from unimr_jax.data.pictures import Picture
from unimr_jax.data.progress import progress_if_slow
from unimr_jax.data.record import Record
from unimr_jax.data.sources.bad_rows import BadRows
from unimr_jax.data.sources.check_pictures import without_bad_pictures
from unimr_jax.data.sources.index import scan
from unimr_jax.data.sources.marks import MARKS, marks
from unimr_jax.data.sources.store import Store
from unimr_jax.data.tasks import task_bit


class Source:
    """The good rows of a store, checked row by row once, then read at random.

    Memory holds a few numbers per row, never the rows. `on_bad_record='stop'` raises BadRecord at
    the first broken row; 'skip' leaves broken rows out, reports how many on stderr and raises
    UserError past `max_bad_fraction` of the rows.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        *,
        on_bad_record: str = "stop",
        max_bad_fraction: float = 0.01,
        check_images: bool = True,
    ):
        """`name` is the data set's: it keeps apart pictures of equal path in two data sets."""
        bad = BadRows(str(store), on_bad_record)
        scanned = scan(store, bad)
        if check_images:
            scanned = without_bad_pictures(scanned, store, bad)
        bad.report(kept=len(scanned.ids), max_fraction=max_bad_fraction)
        self.name = name
        self._store, self._index = store, scanned.index

    def __len__(self) -> int:
        return len(self._index.place)

    def __getitem__(self, index: int) -> Record:
        return self._store.record(int(self._index.place[index]))

    @property
    def languages(self) -> tuple[str, ...]:
        return self._index.languages

    @property
    def language_ids(self) -> np.ndarray:
        """int32 [rows], indices into languages."""
        return self._index.language

    @property
    def places(self) -> np.ndarray:
        """int64 [rows], where they lie in the store."""
        return self._index.place

    @property
    def digest(self) -> bytes:
        """Of all that the order of its examples follows from: sources that share it read alike."""
        found = hashlib.sha256(str(self.languages).encode())
        for numbers in (self._index.place, self._index.language, self._index.tasks):
            found.update(numbers.tobytes())
        return found.digest()

    def rows(self, task: str, language: str | None = None) -> np.ndarray:
        """The indices [n] of the rows that serve the task, in that language or in any."""
        serves = (self._index.tasks & task_bit(task)).astype(bool)
        if language is not None:
            serves &= self.language_ids == self.languages.index(language)
        return np.flatnonzero(serves)

    @cached_property
    def marks(self) -> np.ndarray:
        """int64 [rows, MARKS], see `marks`; all rows are read for it, once."""
        found = np.empty((len(self), MARKS), np.int64)
        for row in progress_if_slow(range(len(self)), len(self), f"comparing {self._store}"):
            found[row] = marks(self[row], self.name)
        return found

    def picture(self, record: Record) -> Picture:
        """Of one of its records that has an image."""
        return self._store.picture(record)
