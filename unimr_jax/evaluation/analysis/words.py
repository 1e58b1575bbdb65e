"""Texts as words, of scripts that write no spaces as characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Set
from itertools import groupby

from unimr_jax.data.transitions import is_in_word

Words = tuple[str, ...]


def words(text: str) -> Words:
    """In lower case, without what is neither letter nor number."""
    found: list[str] = []
    for in_word, characters in groupby(text.casefold(), is_in_word):
        own = list(characters)
        found += ["".join(own)] if in_word else filter(_counts, own)
    return tuple(found)


def phrases(text: Words, lengths: Set[int]) -> Iterator[Words]:
    """Every run of so many words, with repetition."""
    for length in sorted(lengths):
        for start in range(len(text) - length + 1):
            yield text[start : start + length]


def _counts(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"
