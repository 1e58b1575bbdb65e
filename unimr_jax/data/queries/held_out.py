"""Which wordings belong to which split: none of train's is met in validation or test."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache

HELD_OUT = 4  # one in so many goes to validation, another to test
_PLACES = {"validation": 0, "test": 1}


@cache
def wordings_of(split: str, wordings: tuple[str, ...]) -> tuple[str, ...]:
    """The wordings for this split, the same ones on every machine and with every seed.

    Ranked by a hash; the first of the ranks go to validation, the next to test, the rest to train.
    """
    ranked = sorted(wordings, key=_digest)
    size = max(1, len(ranked) // HELD_OUT)
    if split not in _PLACES:
        return _kept(ranked[2 * size :], wordings)
    first = _PLACES[split] * size
    return _kept(ranked[first : first + size], wordings)


def _kept(chosen: Sequence[str], wordings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(wording for wording in wordings if wording in set(chosen))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
