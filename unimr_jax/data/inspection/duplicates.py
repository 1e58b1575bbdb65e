"""Texts and pictures that occur more than once: inside a split, and in two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from unimr_jax.data.inspection.pictures import Look
from unimr_jax.data.inspection.rows import SplitRows

# Of 255, the root mean square difference of thumbs. Pictures scaled by 3/4 and saved as JPEG of
# quality 60 are 1 to 4 from what they were (drawings: 3 to 6); the nearest other photos are 7 and
# more, drawings of one style sometimes 2 to 5.
LOOK_ALIKE = 4.0
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
    """Pictures whose nearest one in another split looks the same, and whose bytes are not there.

    To be looked at: simple drawings can be as near as that and differ.
    """
    found = []
    for one, other in combinations(looks, 2):
        copies = set(_by_digest(looks[one]))
        theirs = [
            place
            for place, look in enumerate(looks[other])
            if look is not None and look.digest not in copies
        ]
        pairs = list(_alike(looks[one], looks[other], theirs))
        found.append(Shared((one, other), len(pairs), pairs[:EXAMPLES]))
    return [shared for shared in found if shared.count]


def _alike(
    ours: Sequence[Look | None], looks: Sequence[Look | None], theirs: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Each of theirs with the nearest of ours, where that is near."""
    here = [place for place, look in enumerate(ours) if look is not None]
    if not here or not theirs:
        return
    nearest, distance = _nearest(_thumbs(ours, here), _thumbs(looks, theirs))
    for number in np.flatnonzero(distance <= LOOK_ALIKE):
        yield here[nearest[number]], theirs[number]


def _thumbs(looks: Sequence[Look | None], places: Sequence[int]) -> np.ndarray:
    """float32 [places, values], around 0 so that squares stay small."""
    thumbs = np.stack([looks[place].thumb for place in places])
    return thumbs.reshape(len(places), -1).astype(np.float32) - 128


def _nearest(ours: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of [n, d] and [m, d]: for each of theirs the nearest of ours and how far it is, [m] each."""
    nearest = np.zeros(len(theirs), np.int64)
    least = np.full(len(theirs), np.inf, np.float32)
    for start in range(0, len(ours), _BLOCK):
        block = ours[start : start + _BLOCK]
        squares = (block**2).sum(1)[:, None] + (theirs**2).sum(1) - 2 * block @ theirs.T
        place = squares.argmin(axis=0)  # [m]
        square = squares[place, np.arange(len(theirs))]
        nearest = np.where(square < least, start + place, nearest)
        least = np.minimum(least, square)
    return nearest, np.sqrt(np.maximum(least, 0) / theirs.shape[1])
