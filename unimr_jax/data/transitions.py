"""Which BIO tag follows which, counted on the train split, and a text's best tags under it.

The labels of single tokens disagree inside words ("at Christ|mas"). Whether a slot may end inside a
word differs from data set to data set, so that this is counted, not ruled.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from unimr_jax.data.bio import IGNORED, OUTSIDE, spans_to_bio
from unimr_jax.data.labels import Labels
from unimr_jax.data.record import Record
from unimr_jax.data.tokenizer import TextTokenizer

UNSPACED = ("CJK", "HIRAGANA", "THAI", "LAO", "KHMER", "MYANMAR")  # beginnings of character names
SMOOTHING = 0.1  # added to every count: what was never seen is unlikely, not impossible
CHUNK = 1024  # texts tokenized at a time


@cache
def is_in_word(character: str) -> bool:
    """Letters, marks and numbers of scripts that write spaces between words."""
    name = unicodedata.name(character, "")
    return unicodedata.category(character)[0] in "LMN" and not name.startswith(UNSPACED)


def continues_word(texts: Sequence[str], offsets: np.ndarray) -> np.ndarray:
    """Tokens that go on with the word of the one before: offsets [n, length, 2] → [n, length]."""
    goes_on = np.zeros(offsets.shape[:2], bool)
    for row, (text, spans) in enumerate(zip(texts, offsets.tolist(), strict=True)):
        end = 0
        for position, (start, stop) in enumerate(spans):
            if start < stop:
                goes_on[row, position] = 0 < start <= end and joined(text, start)
                end = stop
    return goes_on


def joined(text: str, position: int) -> bool:
    return is_in_word(text[position - 1]) and is_in_word(text[position])


@dataclass(frozen=True)
class Transitions:
    """counts[kind, a, b]: how often tag b followed tag a, at a word's start (0) or inside it (1).

    A text begins as if behind an O.
    """

    counts: np.ndarray

    @classmethod
    def count(
        cls,
        records: Sequence[Record],
        tokenizer: TextTokenizer,
        labels: Labels,
        length: int,
        prompt: str = "",
    ) -> Transitions:
        """From records that have an intent, of which the first `length` tokens are read, those
        of the queries' prompt included.
        """
        counts = np.zeros((2, len(labels.bio), len(labels.bio)), np.int64)
        for first in range(0, len(records), CHUNK):
            chunk = records[first : first + CHUNK]
            texts = [record.text for record in chunk]
            _, mask, offsets = tokenizer.encode(texts, length, prompt)
            inside = continues_word(texts, offsets).astype(int)
            for row, record in enumerate(chunk):
                tags = spans_to_bio(record.slots, offsets[row], mask[row], labels)
                _add(counts, tags, inside[row])
        return cls(counts)

    @property
    def scores(self) -> np.ndarray:
        """[kind, a, b]: log P(b | a, kind) / P(b).

        A token's logits know already how frequent tags are; with the division this is not told
        twice (as in hybrid models of speech, Bourlard and Morgan 1994).
        """
        smoothed = self.counts + SMOOTHING
        following = smoothed / smoothed.sum(axis=2, keepdims=True)
        frequency = smoothed.sum(axis=(0, 1)) / smoothed.sum()
        return np.log(following / frequency)

    def decode(self, logits: np.ndarray, offsets: np.ndarray, texts: Sequence[str]) -> np.ndarray:
        """The best tags of n texts (Viterbi), IGNORED for tokens that own no character.

        Args:
          logits: [n, length, tags]
          offsets: [n, length, 2]

        Returns:
          integers [n, length]
        """
        scores = self.scores.swapaxes(1, 2).copy()  # [kind, to, from]: the best from lies together
        inside = continues_word(texts, offsets).astype(int)  # [n, length]
        owned = offsets[..., 0] < offsets[..., 1]  # [n, length]
        best = np.full(logits[:, 0].shape, -np.inf)  # [n, tags]: of all sequences that end so
        best[:, OUTSIDE] = 0.0
        came_from = np.tile(np.arange(best.shape[1]), (*owned.shape, 1))  # [n, length, tags]
        for position in range(logits.shape[1]):
            own = np.flatnonzero(owned[:, position])
            through = best[own, None, :] + scores[inside[own, position]]  # [own, to, from]
            came_from[own, position] = through.argmax(axis=2)
            best[own] = through.max(axis=2) + logits[own, position]
        return np.where(owned, _backwards(best.argmax(axis=1), came_from), IGNORED)


def _add(counts: np.ndarray, tags: np.ndarray, inside: np.ndarray) -> None:
    """Adds the transitions of one text, tags and inside [length]."""
    owned = tags != IGNORED
    before = np.append(OUTSIDE, tags[owned])[:-1]
    np.add.at(counts, (inside[owned], before, tags[owned]), 1)


def _backwards(last: np.ndarray, came_from: np.ndarray) -> np.ndarray:
    """Tags [n, length] from each text's last tag [n] and predecessors [n, length, tags]."""
    tags = np.empty(came_from.shape[:2], np.int64)
    for position in reversed(range(came_from.shape[1])):
        tags[:, position] = last
        last = came_from[np.arange(len(last)), position, last]
    return tags
