"""Batches in which no row is a false negative of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import numpy as np
from grain.experimental import index_shuffle

from unimr_jax.data.mixture import Part, Place, Weight, datasets, part_seed, shares
from unimr_jax.data.sources.marks import ABSENT
from unimr_jax.errors import UserError


class Distinct:
    """Of rows of a batch that share a text, a positive or a picture, keeps the first alone.

    Each other one gives its place to a row of the same part (data set and language), else, where
    the part has no distinct one left, of another part that is mixed at that step. They are tried in
    an order that the batch's number decides, so that a batch stays a pure function of seed and
    number, whatever came before it and however many processes share it. A row that had to give way
    comes again in its next epoch: rows of a text or a picture that many share come less often.
    """

    def __init__(self, task: str, parts: Sequence[Part], weights: Mapping[str, Weight], seed: int):
        self._task, self._parts = task, parts
        self._mixed = mixed_at(parts, weights)
        self._seeds = [part_seed(part, seed) for part in parts]

    def __call__(self, batch: int, places: Sequence[Place]) -> list[Place]:
        """The batch of this number, from the places that the mixture gave it.

        Raises:
          UserError: no distinct rows are left to fill it.
        """
        taken = Taken(self._parts)
        kept = [place if taken.add(place) else None for place in places]
        spares = self._spares(batch)
        for i, place in enumerate(places):
            if kept[i] is None:
                kept[i] = self._another(place.part, spares, taken, len(places))
        return kept

    def _spares(self, batch: int) -> dict[int, Iterator[Place]]:
        """Of every part that is mixed then all rows, none of which is tried twice."""
        here = np.flatnonzero(self._mixed[batch % len(self._mixed)])
        return {part: self._shuffled(part, batch) for part in here.tolist()}

    def _shuffled(self, part: int, batch: int) -> Iterator[Place]:
        last = len(self._parts[part].rows) - 1
        seed = (self._seeds[part] - 1 - batch) % 2**32  # epochs count upwards from the same number
        return (Place(part, index_shuffle(i, last, seed, rounds=4)) for i in range(last + 1))

    def _another(
        self, part: int, spares: Mapping[int, Iterator[Place]], taken: Taken, size: int
    ) -> Place:
        others = (rows for other, rows in spares.items() if other != part)
        for place in chain(spares[part], *others):
            if taken.add(place):
                return place
        raise too_few(self._task, len(taken), size)


class Taken:
    """The rows of a batch so far, by what they say and show."""

    def __init__(self, parts: Sequence[Part]):
        self._parts = parts
        self._marks: set[int] = set()
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def add(self, place: Place) -> bool:
        """Unless a row has the same text, positive or picture."""
        part = self._parts[place.part]
        own = set(part.source.marks[part.rows[place.row]].tolist()) - {ABSENT}
        if not self._marks.isdisjoint(own):
            return False
        self._marks |= own
        self._rows += 1
        return True


def mixed_at(parts: Sequence[Part], weights: Mapping[str, Weight]) -> np.ndarray:
    """Which parts are mixed at each step: bool [steps, parts], one row where no weight changes."""
    names = datasets(parts)
    columns = [names.index(part.dataset) for part in parts]
    return shares(parts, weights)[:, columns] > 0


def check_enough(
    task: str, parts: Sequence[Part], weights: Mapping[str, Weight], batch_size: int
) -> None:
    """Finds out before training whether batches can be filled, by filling one from every mixture.

    Raises:
      UserError: there are too few distinct rows.
    """
    for here in np.unique(mixed_at(parts, weights), axis=0):
        taken = Taken(parts)
        rows = (Place(i, row) for i in np.flatnonzero(here) for row in range(len(parts[i].rows)))
        while len(taken) < batch_size:
            place = next(rows, None)
            if place is None:
                raise too_few(task, len(taken), batch_size)
            taken.add(place)


def too_few(task: str, found: int, batch_size: int) -> UserError:
    return UserError(
        f"task {task}: no_duplicates finds only {found} rows for a batch of {batch_size} in which "
        f"no text, positive or picture comes twice; lower batch_size to {found} or less, mix in "
        "more data, or set no_duplicates to False"
    )
