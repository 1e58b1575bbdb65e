"""One query put together: opener × filler × request × distractor × chatter × closer, in order.

Everything is drawn from the wordings of one split, so that a request worded for test is never
met in training.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from unimr_jax.data.queries.held_out import wordings_of
from unimr_jax.data.queries.language import (
    EITHER_INTENTS,
    PICTURE_INTENTS,
    TEXT_INTENTS,
    Language,
)
from unimr_jax.data.queries.span import MARKS, Span
from unimr_jax.data.scenes.language import Part, Parts
from unimr_jax.data.scenes.wording import Slot, locate

OPENER_SHARE = 0.5
FILLER_SHARE = 0.25
DISTRACTOR_SHARE = 0.45
CLOSER_SHARE = 0.35
CHATTER_SHARES = {"none": 0.35, "before": 0.25, "between": 0.1, "after": 0.2, "both": 0.1}
REAL_CHATTER_SHARE = 0.85  # of the chatter, where sentences of a text data set are given
QUOTED_SHARE = 0.6
QUOTED_AFTER_COLON_SHARE = 0.2
BARE_SHARE = 0.2  # queries typed without the last full stop
NOTE_SHARE = 0.4  # where the row has a picture and a text

_FIELD = re.compile(r"\{(\w+)\}")
_LETTER = re.compile(r"\w")
_ADVERBIALS = {
    "time": ("time", "times"),
    "when": ("time", "whens"),
    "place": ("place", "places"),
    "person": ("person", "persons"),
    "count": ("count", "counts"),
}


@dataclass(frozen=True)
class Material:
    """What a query of one row is made from."""

    language: Language
    split: str
    span: Span
    has_image: bool
    has_positive: bool
    captions: Sequence[Span]  # all distinct ones of the language and split, this one's included
    chatter: Sequence[str]  # real sentences, perhaps none


class Query(NamedTuple):
    text: str
    intent: str
    slots: list[Slot]
    frame: str
    wording: tuple[str, ...]  # every template it was composed of


def compose(material: Material, rng: random.Random) -> Query:
    """A query for the row, with slots in the order of the text."""
    return _Composer(material, rng).query()


def intents_of(has_image: bool, has_positive: bool) -> tuple[str, ...]:
    pictures = PICTURE_INTENTS if has_image else ()
    texts = TEXT_INTENTS if has_positive else ()
    return (*pictures, *texts, *EITHER_INTENTS)


class _Composer:
    def __init__(self, material: Material, rng: random.Random):
        self._material, self._language, self._rng = material, material.language, rng
        self._used: list[str] = []

    def query(self) -> Query:
        material = self._material
        intent = self._rng.choice(intents_of(material.has_image, material.has_positive))
        self._kind = self._drawn_kind(intent)
        [frame] = self._draw(self._language.frames[intent])
        sentences = self._around(self._opened(self._fill(frame)))
        text, slots = locate(self._written(sentences))
        return Query(text, intent, slots, frame, tuple(self._used))

    def _drawn_kind(self, intent: str) -> str:
        if intent in PICTURE_INTENTS or not self._material.has_positive:
            return "picture"
        if intent in TEXT_INTENTS or not self._material.has_image:
            return "note"
        return "note" if self._rng.random() < NOTE_SHARE else "picture"

    def _draw(self, wordings: tuple[str, ...]) -> list[str]:
        """One of the split's wordings that fits what is drawn already, or none."""
        fitting = [w for w in wordings_of(self._material.split, wordings) if self._fits(w)]
        if not fitting:
            return []
        self._used.append(self._rng.choice(fitting))
        return self._used[-1:]

    def _fits(self, wording: str) -> bool:
        """Nothing is said twice, nor in another tone than the request."""
        if not self._used:
            return True
        is_formal = _has(self._used[0], self._language.formal)
        clashing = self._language.informal if is_formal else self._language.formal
        return wording not in self._used and not _has(wording, clashing)

    def _happens(self, share: float) -> bool:
        return self._rng.random() < share

    # ---- templates ---------------------------------------------------------------------------

    def _fill(self, template: str) -> Parts:
        pieces = _FIELD.split(template)
        parts: list[Part] = []
        for literal, field in zip(pieces[0::2], [*pieces[1::2], ""]):
            parts.append((literal, None))
            if field:
                parts.extend(self._value(field, literal))
        return tuple(part for part in parts if part[0])

    def _value(self, field: str, before: str) -> Parts:
        if field in _ADVERBIALS:
            label, words = _ADVERBIALS[field]
            return ((self._rng.choice(getattr(self._language, words)), label),)
        if field in ("object", "topic"):
            label = "object" if self._kind == "picture" else "topic"
            return self._quoted(self._material.span, label, before)
        if field == "other":
            return self._quoted(self._other(), None, before)
        return self._fill(self._carrier(field.replace("thing", self._kind)))

    def _carrier(self, name: str) -> str:
        carrier = self._rng.choice(self._language.carriers[name])
        self._used.append(carrier)
        return carrier

    def _quoted(self, span: Span, label: str | None, before: str) -> Parts:
        after_colon = before.rstrip().endswith((":", "："))
        share = QUOTED_AFTER_COLON_SHARE if after_colon else 1.0 if span.is_clause else QUOTED_SHARE
        if not self._happens(share):
            return ((span.text, label),)
        start, end = self._language.quotes
        return ((start, None), (span.text, label), (end, None))

    def _has_others(self) -> bool:
        return any(other.text != self._material.span.text for other in self._material.captions)

    def _other(self) -> Span:
        """Another caption, of another text."""
        while True:
            other = self._rng.choice(self._material.captions)
            if other.text != self._material.span.text:
                return other

    # ---- order -------------------------------------------------------------------------------

    def _opened(self, request: Parts) -> list[Parts]:
        """The request with an opener and a filler before it, as one sentence or two."""
        for filler in self._drawn_share(FILLER_SHARE, self._language.fillers):
            request = self._joined_words(filler, request)
        for opener in self._drawn_share(OPENER_SHARE, self._language.openers):
            if opener[-1] in MARKS:
                return [((opener, None),), request]
            request = self._joined_words(opener, request)
        return [request]

    def _joined_words(self, words: str, request: Parts) -> Parts:
        return ((words + self._language.space, None), *request)

    def _around(self, opened: list[Parts]) -> list[Parts]:
        """Distractor, closer and chatter in their places."""
        where = self._rng.choices(list(CHATTER_SHARES), list(CHATTER_SHARES.values()))[0]
        *opener, request = opened
        before = self._chat() if where in ("before", "both") else []
        after = self._chat() if where in ("after", "both") else []
        between = self._chat() if where == "between" else []
        return [*opener, *before, *self._closed(request, between), *after]

    def _closed(self, request: Parts, between: list[Parts]) -> list[Parts]:
        """The request, then what comes after it; a clause joins it where nothing lies between."""
        share = DISTRACTOR_SHARE if self._has_others() else 0.0
        distractors = self._drawn_share(share, self._language.distractors)
        closers = self._drawn_share(CLOSER_SHARE, self._language.closers)
        clauses = [closer for closer in closers if closer[-1] not in MARKS]
        if clauses:
            request, closers = self._with_clause(request, clauses[0]), []
        additions = [*map(self._fill, distractors), *between, *map(self._fill, closers)]
        if len(additions) > 1 and self._happens(0.3):
            additions.reverse()
        return [request, *additions]

    def _drawn_share(self, share: float, wordings: tuple[str, ...]) -> list[str]:
        return self._draw(wordings) if self._happens(share) else []

    def _with_clause(self, request: Parts, clause: str) -> Parts:
        """The clause before the end mark; left out after a bare caption, which it would join."""
        *head, (text, label) = request
        if label is not None:
            return request
        body = text.rstrip(MARKS + " \u00a0")
        mark = text[len(body) :]
        return (*head, (body + self._language.comma + clause + mark, label))

    def _chat(self) -> list[Parts]:
        """A sentence of real text or one of ours, which suits any tone."""
        if self._material.chatter and self._happens(REAL_CHATTER_SHARE):
            return [((self._rng.choice(self._material.chatter), None),)]
        ours = wordings_of(self._material.split, self._language.chatter)
        fresh = [sentence for sentence in ours if sentence not in self._used]
        self._used.append(self._rng.choice(fresh))
        return [((self._used[-1], None),)]

    # ---- writing -----------------------------------------------------------------------------

    def _written(self, sentences: list[Parts]) -> Parts:
        parts: list[Part] = []
        for sentence in sentences:
            parts.extend([(self._language.space, None)] if parts else [])
            parts.extend(self._ended(_capitalised(sentence, self._language.tag)))
        if parts[-1] == (self._language.stop, None) and self._happens(BARE_SHARE):
            parts.pop()
        return tuple(parts)

    def _ended(self, sentence: Parts) -> Parts:
        """With the end mark it has, or else a full stop."""
        text, label = sentence[-1]
        if label is None and text.rstrip("\"'”’“»」』")[-1:] in tuple(MARKS):
            return sentence
        return (*sentence, (self._language.stop, None))


def _has(wording: str, marks: Sequence[str]) -> bool:
    return any(mark in wording for mark in marks)


def _capitalised(sentence: Parts, tag: str) -> Parts:
    """Upper-cases the first letter where it is ours; a caption stays as it was written."""
    (text, label), *rest = sentence
    found = _LETTER.search(text)
    if label in ("object", "topic") or not found:
        return sentence
    at = found.start()
    return ((text[:at] + _upper(text[at], tag) + text[at + 1 :], label), *rest)


def _upper(letter: str, tag: str) -> str:
    return "İ" if tag == "tr" and letter == "i" else letter.upper()
