"""What a language must offer so that scenes can be told and asked for in it.

Wordings are composed, not listed: a query is openers, a request frame, a distractor, chatter and
closers put together, and every noun phrase is inflected by the language's own `noun_phrase`.

Templates are plain strings with fields in braces:

    {main.CASE}  {other.CASE}  {distractor.CASE}   the noun phrase of that group
    {main.position}  {other.position}              where the group stands ("at the top left")
    {background}                                   "on a pink background"
    {time}  {place}                                adverbials, in query frames only

CASE is whatever the language's `noun_phrase` understands ("nom", "acc", "gen", "plain", ...).
In queries the parts of `main` and `other`, positions, time and place become slots; the parts of
`distractor`, and everything else, are noise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from unimr_jax.data.scenes.scene import Group

SLOT_LABELS = ("object", "colour", "size", "count", "position", "background", "time", "place")
INTENTS = (
    "find_image", "find_note", "count", "compare", "open", "share", "delete", "remind",
)  # fmt: skip

# A piece of text and the slot it fills, or None. Slots begin and end at word boundaries in
# languages that write spaces (so an inflected word is the slot, ending included).
Part = tuple[str, str | None]
Parts = tuple[Part, ...]


@dataclass(frozen=True)
class Language:
    tag: str  # BCP-47
    noun_phrase: Callable[[Group, str], Parts]  # (group, case) → parts, spaces included
    positions: Mapping[str, str]  # every scene.POSITIONS
    backgrounds: Mapping[str, str]  # every scene.BACKGROUNDS
    times: tuple[str, ...]
    places: tuple[str, ...]
    captions: tuple[str, ...]  # templates over main, other and background
    description: tuple[tuple[str, ...], ...]  # sentence by sentence, alternatives for each
    frames: Mapping[str, tuple[str, ...]]  # intent → request templates
    distractors: tuple[str, ...]  # templates over distractor: what is NOT wanted
    openers: tuple[str, ...]  # politeness and throat-clearing before the request
    chatter: tuple[str, ...]  # sentences that have nothing to do with the request
    closers: tuple[str, ...]
    space: str = " "  # between sentences; "" in Chinese and Japanese
