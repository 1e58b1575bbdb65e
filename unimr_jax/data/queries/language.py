"""What a language must offer so that queries can be written in it: data, no code.

Templates are plain strings with fields in braces:

    {object}  {topic}     the caption's span itself: of a picture, of a text
    {picture}  {note}     a carrier: a noun phrase that holds the span
    {thing}  {things}     the carrier of what the row has, picture or note ("picture", "pictures")
    {time}  {when}        a time past (when something was made), a time to come
    {place}  {person}  {count}
    {other}               another caption, in distractors only: what is NOT wanted

A carrier in another case or number has a suffix: {thing_gen} takes "picture_gen" or "note_gen".
Captions are never inflected: the carrier's own noun bears case, number and particles, so that any
caption fits. A sentence that ends with a mark stands alone; a clause is joined to the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PICTURE_INTENTS = ("find_picture",)
TEXT_INTENTS = ("find_text",)
EITHER_INTENTS = ("compare", "open", "share", "delete", "count", "set_reminder")
INTENTS = (*PICTURE_INTENTS, *TEXT_INTENTS, *EITHER_INTENTS)
SLOT_LABELS = ("object", "topic", "time", "place", "person", "count")


@dataclass(frozen=True)
class Language:
    tag: str  # BCP-47
    quotes: tuple[str, str]
    frames: Mapping[str, tuple[str, ...]]  # intent → requests
    carriers: Mapping[str, tuple[str, ...]]  # "picture", "note", "pictures", "picture_gen" …
    times: tuple[str, ...]
    whens: tuple[str, ...]
    places: tuple[str, ...]
    persons: tuple[str, ...]
    counts: tuple[str, ...]
    openers: tuple[str, ...]  # greetings, politeness, throat-clearing
    fillers: tuple[str, ...]  # clauses between opener and request
    distractors: tuple[str, ...]  # sentences that name what is not wanted
    closers: tuple[str, ...]
    chatter: tuple[str, ...]  # sentences that have nothing to do with the request
    # Parts of words that tell how one is addressed, so that a query does not mix the two.
    formal: tuple[str, ...] = ()
    informal: tuple[str, ...] = ()
    space: str = " "  # between sentences; "" in Chinese and Japanese
    comma: str = ", "
    stop: str = "."
