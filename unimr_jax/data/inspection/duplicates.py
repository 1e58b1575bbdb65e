"""Texts and pictures that occur more than once: inside a split, and in two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from unimr_jax.data.inspection.pictures import Look
from unimr_jax.data.inspection.rows import SplitRows

LOOK_ALIKE_BITS = 4  # of the 128 of two hashes may differ
LOOK_ALIKE_COLOUR = 8  # of 255: how far the mean colours may lie apart
_BLOCK = 2048  # pictures compared with all others at once
EXAMPLES = 12  # shown of each kind


class Repeated(NamedTuple):
    """Rows of one split whose language and text another row of it has too."""

    rows: int
    texts: int


class Shared(NamedTuple):
    """What two splits have in common."""

    splits: tuple[str, str]
    count: int  # distinct texts, or pictures of the second split
    examples: list[tuple[int, int]]  # rows, or pictures, of the one and of the other


def repeated_texts(rows: SplitRows) -> Repeated:
    _, counts = np.unique(rows.text, return_counts=True)
    return Repeated(int(counts[counts > 1].sum()), int((counts > 1).sum()))


def shared_texts(splits: Mapping[str, SplitRows]) -> list[Shared]:
    """Texts, of equal language, in each two splits; the examples are rows of both."""
    found = []
    for one, other in combinations(splits, 2):
        _, here, there = np.intersect1d(splits[one].text, splits[other].text, return_indices=True)
        order = np.argsort(here)[:EXAMPLES]
        pairs = list(zip(here[order].tolist(), there[order].tolist()))
        found.append(Shared((one, other), len(here), pairs))
    return [shared for shared in found if shared.count]


def shared_pictures(looks: Mapping[str, Sequence[Look | None]]) -> list[Shared]:
    """Pictures of equal bytes in each two splits; None stands for a broken one."""
    places = {split: _by_digest(own) for split, own in looks.items()}
    found = []
    for one, other in combinations(places, 2):
        pairs = [(places[one][d], place) for d, place in places[other].items() if d in places[one]]
        found.append(Shared((one, other), len(pairs), pairs[:EXAMPLES]))
    return [shared for shared in found if shared.count]


def _by_digest(looks: Sequence[Look | None]) -> dict[bytes, int]:
    """The first picture of every digest."""
    places: dict[bytes, int] = {}
    for place, look in enumerate(looks):
        if look is not None:
            places.setdefault(look.digest, place)
    return places


def repeated_pictures(looks: Sequence[Look | None]) -> int:
    """How many files have the bytes of another one before them."""
    good = sum(look is not None for look in looks)
    return good - len(_by_digest(looks))


def look_alikes(looks: Mapping[str, Sequence[Look | None]]) -> list[Shared]:
    """Pictures that look alike in each two splits and whose bytes differ.

    Equal in all but LOOK_ALIKE_BITS of their hashes and LOOK_ALIKE_COLOUR of their mean colour:
    to be looked at, since simple drawings can be as near as that and differ.
    """
    found = []
    for one, other in combinations(looks, 2):
        pairs = list(_near(looks[one], looks[other]))
        count = len({there for _, there in pairs})
        found.append(Shared((one, other), count, _one_each(pairs)[:EXAMPLES]))
    return [shared for shared in found if shared.count]


def _one_each(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The first pair of every picture on the right."""
    return [(here, there) for there, here in {there: here for here, there in pairs[::-1]}.items()]


def _near(ours: Sequence[Look | None], theirs: Sequence[Look | None]) -> Iterator[tuple[int, int]]:
    here, there = _comparable(ours), _comparable(theirs)
    if not len(here) or not len(there):
        return
    hashes = np.stack([theirs[place].hash for place in there])  # [theirs, 2]
    colours = np.stack([theirs[place].colour for place in there])  # [theirs, 3]
    for start in range(0, len(here), _BLOCK):
        block = here[start : start + _BLOCK]
        own = np.stack([ours[place].hash for place in block])
        differing = sum(np.bitwise_count(own[:, None, i] ^ hashes[None, :, i]) for i in (0, 1))
        for row, column in np.argwhere(differing <= LOOK_ALIKE_BITS):
            one, other = ours[block[row]], theirs[there[column]]
            near = np.abs(one.colour - colours[column]).max() <= LOOK_ALIKE_COLOUR
            if near and one.digest != other.digest:
                yield int(block[row]), int(there[column])


def _comparable(looks: Sequence[Look | None]) -> np.ndarray:
    """Those that have a hash to speak of: all flat pictures share one."""
    chosen = [place for place, look in enumerate(looks) if look is not None and look.hash.any()]
    return np.array(chosen, np.int64)
