"""Batches in which no row is a false negative of another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, count

import numpy as np

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
        self._mixed = shares(parts, weights) > 0  # [steps, data sets]
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
        here = numbers(self._parts, self._mixed[batch % len(self._mixed)])
        return {part: self._around(part, batch) for part in here}

    def _around(self, part: int, batch: int) -> Iterator[Place]:
        """Round the part from any row on, in strides that lead to every row."""
        size = len(self._parts[part].rows)
        rng = np.random.default_rng((self._seeds[part], batch))
        row, least = rng.integers(size, size=2).tolist()
        stride = next(n for n in count(least) if math.gcd(n, size) == 1)
        for _ in range(size):
            yield Place(part, row)
            row = (row + stride) % size

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


def numbers(parts: Sequence[Part], mixed: np.ndarray) -> list[int]:
    """Of the parts whose data sets are mixed: bool [data sets]."""
    names = {name for name, here in zip(datasets(parts), mixed, strict=True) if here}
    return [number for number, part in enumerate(parts) if part.dataset in names]


def check_enough(
    task: str, parts: Sequence[Part], weights: Mapping[str, Weight], batch_size: int
) -> None:
    """Finds out before training whether batches can be filled, by filling one from every mixture.

    Raises:
      UserError: there are too few distinct rows.
    """
    for mixed in np.unique(shares(parts, weights) > 0, axis=0):
        taken = Taken(parts)
        here = numbers(parts, mixed)
        rows = (Place(i, row) for i in here for row in range(len(parts[i].rows)))
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
