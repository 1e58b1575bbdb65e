"""The part of a caption that a query can quote."""

from __future__ import annotations

import re
from typing import NamedTuple
from unicodedata import east_asian_width

MAX_WIDTH = 70
MAX_WORDS = 12
MARKS = ".!?…。！？।؟"
# A quotation mark ends the part too: inside the query's own quotes it would close them.
_SENTENCE = re.compile(
    r"(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\bSr)(?<!\bMrs)(?<!\bSra)[.!?…。！？।؟]+(?=\W|$)|[。！？।]|[\n\r\t\"“”„«»「」『』《》〈〉]"
)
_CLAUSE = re.compile(r"[,;:，、؛،；：]|\s[-–—]\s")
_WORD_CHARACTER = re.compile(r"\w")
# Characters that a noun phrase seldom passes where words are not set apart by spaces.
_LONG_UNSPACED = 12
_LONG_WORDS = 4


class Span(NamedTuple):
    """The text, and whether it reads like a clause (and so wants quotes)."""

    text: str
    is_clause: bool


def leading_span(caption: str) -> Span | None:
    """The caption's first sentence, or its first clauses where that is long; None: too long."""
    for sentence in _SENTENCE.split(caption):
        text = sentence.strip(" \u00a0\u3000'’‘,;:、，،؛；：-–—")
        if _WORD_CHARACTER.search(text):
            text = text if _is_short(text) else _first_clauses(text)
            ended = caption.strip()[-1] in MARKS
            return Span(text, ended or _reads_like_a_clause(text)) if text else None
    return None


def _is_short(text: str) -> bool:
    return _width(text) <= MAX_WIDTH and len(text.split()) <= MAX_WORDS


def _width(text: str) -> int:
    """Columns: Han, kana and Hangul say in one character what takes others two and more."""
    return sum(2 if east_asian_width(character) in "FW" else 1 for character in text)


def _first_clauses(text: str) -> str:
    """As many whole clauses as are short together, "" where the first is too long."""
    ends = [mark.start() for mark in _CLAUSE.finditer(text)]
    fitting = [text[:end].strip() for end in ends if _is_short(text[:end].strip())]
    return fitting[-1] if fitting else ""


def _reads_like_a_clause(text: str) -> bool:
    words = text.split()
    unspaced = len(words) == 1 and not text.isascii() and len(text) > _LONG_UNSPACED
    return unspaced or len(words) > _LONG_WORDS or bool(_CLAUSE.search(text))
