"""The pass over a split at opening: what is kept of every good row is a few numbers."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from unimr_jax.data.progress import progress_if_slow
from unimr_jax.data.record import BadRecord, Record, field_error, shown
from unimr_jax.data.sources.bad_rows import BadRows
from unimr_jax.data.sources.store import Store
from unimr_jax.data.tasks import task_mask

NO_IMAGE = 0


class Index(NamedTuple):
    """Arrays [rows] of the good rows."""

    place: np.ndarray  # int64, in the store
    language: np.ndarray  # int32, index into languages
    tasks: np.ndarray  # uint8 bit mask, see task_mask
    languages: tuple[str, ...]


class Scanned(NamedTuple):
    """An index, and what only checks need: hashes int64 [rows]."""

    index: Index
    ids: np.ndarray
    images: np.ndarray  # equal where the pictures are; NO_IMAGE where there is none

    def only(self, good: np.ndarray) -> Scanned:
        """The rows of a mask bool [rows]."""
        place, language, tasks, languages = self.index
        index = Index(place[good], language[good], tasks[good], languages)
        return Scanned(index, self.ids[good], self.images[good])


def scan(store: Store, bad: BadRows) -> Scanned:
    """Checks every row but its picture; rows with the id of an earlier one are broken, too."""
    return _without_repeated(_scan(store, bad), store, bad)


def _scan(store: Store, bad: BadRows) -> Scanned:
    place, language, tasks = array("q"), array("i"), array("B")
    ids, images = array("q"), array("q")
    languages: dict[str, int] = {}
    for at, record in _good_records(store, bad):
        place.append(at)
        language.append(languages.setdefault(record.lang, len(languages)))
        tasks.append(task_mask(record))
        ids.append(hash(record.id))
        images.append(NO_IMAGE if record.image is None else hash(record.image) or 1)
    arrays = (np.frombuffer(a, a.typecode) for a in (place, language, tasks, ids, images))
    place, language, tasks, ids, images = arrays
    return Scanned(Index(place, language, tasks, tuple(languages)), ids, images)


def _good_records(store: Store, bad: BadRows) -> Iterator[tuple[int, Record]]:
    places = progress_if_slow(range(len(store)), len(store), f"reading {store}")
    for place in places:
        try:
            record = store.record(place)
        except BadRecord as error:
            bad.add(error)
            continue
        if record is not None:
            yield place, record


def _without_repeated(scanned: Scanned, store: Store, bad: BadRows) -> Scanned:
    place = scanned.index.place
    good = np.ones(len(place), bool)
    for row, earlier in _equal_rows(scanned.ids):
        id, first = (store.record(int(place[at])).id for at in (row, earlier))
        if id == first:
            good[row] = False
            found = f"{shown(id)} is also the id of {store.where(int(place[earlier]))}"
            where = store.where(int(place[row]))
            bad.add(field_error(where, "id", found, "give every row an id of its own"))
    return scanned if good.all() else scanned.only(good)


def _equal_rows(hashes: np.ndarray) -> Iterator[tuple[int, int]]:
    """Of every row whose hash came before: the row and the first one that has it."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    again = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
    starts = np.searchsorted(ordered, ordered[again])
    rows = sorted(zip(order[again].tolist(), order[starts].tolist()))
    yield from rows


def first_rows(hashes: np.ndarray) -> np.ndarray:
    """The first row [n] of every distinct hash but NO_IMAGE, in order."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    new = np.append(True, ordered[1:] != ordered[:-1]) if len(ordered) else np.zeros(0, bool)
    return np.sort(order[new & (ordered != NO_IMAGE)])
