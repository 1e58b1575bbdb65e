"""Captions, descriptions and queries: templates filled, put together, and their slots located.

Whether openers, distractors and closers are sentences or clauses is told by their last character:
"Thanks!" stands alone, "please" is joined to the request.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from functools import cache
from itertools import islice

from unimr_jax.data.scenes.language import Language, Part, Parts
from unimr_jax.data.scenes.mention import FIELD, Mention, without_untold_sizes
from unimr_jax.data.scenes.scene import Group, Scene

OPENER_SHARE = 0.55
DISTRACTOR_SHARE = 0.75
CLOSER_SHARE = 0.35
CHATTER_SHARES = {"none": 0.3, "before": 0.37, "after": 0.27, "both": 0.06}

SENTENCE_ENDS = ".?!…。？！؟।॥"
SENTENCE_START = re.compile(rf"(?:^|[{SENTENCE_ENDS}])\W*\w")
LETTERS = re.compile(r"\w*")
COMMAS = {"zh": "，", "ja": "、", "ar": "،"}
FULL_STOPS = {"zh": "。", "ja": "。", "hi": "।"}

Slot = dict[str, int | str]


def caption(scene: Scene, mention: Mention, language: Language, rng: random.Random) -> str:
    """One short sentence."""
    shown = without_untold_sizes(scene, mention)
    return _text(_sentence(fill(mention.template, shown, language, rng), language))


def description(scene: Scene, language: Language, rng: random.Random) -> str:
    """Several sentences that tell everything about the scene, and some that tell nothing."""
    sentences = [
        _sentence(fill(rng.choice(alternatives), scene, language, rng), language)
        for alternatives in language.description
    ]
    return _text(_joined(sentences, language.space))


def query(
    scene: Scene, distractor: Group, mention: Mention, language: Language, rng: random.Random
) -> tuple[str, list[Slot]]:
    """A request for the scene, wrapped in noise, and its slots in the order of the text."""
    shown = without_untold_sizes(scene, mention)
    request = fill(mention.template, shown, language, rng)
    if rng.random() < DISTRACTOR_SHARE:
        request = _followed(request, _unwanted(distractor, language, rng), language)
    if rng.random() < CLOSER_SHARE:
        request = _followed(request, _noise(rng.choice(language.closers)), language)
    sentences = [_ended(parts, language) for parts in _surrounded(request, language, rng)]
    return locate(_capitalised(_joined(sentences, language.space), language.tag))


def fill(
    template: str,
    scene: Scene,
    language: Language,
    rng: random.Random,
    distractor: Group | None = None,
) -> Parts:
    """The template with every field replaced by the parts it stands for.

    Letters that the template glues to a field (a Korean particle) belong to it, where words are
    written apart.
    """
    groups = {"main": scene.main, "other": scene.other, "distractor": distractor}
    parts: list[Part] = []
    for literal, name, case in _pieces(template):
        if parts and language.space:
            glued = LETTERS.match(literal)[0]
            text, label = parts[-1]
            parts[-1], literal = (text + glued, label), literal[len(glued) :]
        parts.append((literal, None))
        if name:
            parts.extend(_value(name, case, groups, scene.background, language, rng))
    return tuple(parts)


@cache
def _pieces(template: str) -> tuple[tuple[str, str, str], ...]:
    """(text before the field, name, case) for each field; the tail has no name."""
    split = FIELD.split(template)
    triples = zip(split[0:-1:3], split[1::3], split[2::3], strict=True)
    return (*((text, name, case or "") for text, name, case in triples), (split[-1], "", ""))


def _value(
    name: str,
    case: str,
    groups: Mapping[str, Group | None],
    background: str,
    language: Language,
    rng: random.Random,
) -> Parts:
    if name == "background":
        return ((language.backgrounds[background], "background"),)
    if name == "time":
        return ((rng.choice(language.times), "time"),)
    if name == "place":
        return ((rng.choice(language.places), "place"),)
    if case == "position":
        return ((language.positions[groups[name].position], "position"),)
    return language.noun_phrase(groups[name], case)


def _unwanted(distractor: Group, language: Language, rng: random.Random) -> Parts:
    """Names what is not wanted; as that has to be ignored, it carries no labels."""
    only_distractor = Scene(distractor, distractor, background="")
    template = rng.choice(language.distractors)
    parts = fill(template, only_distractor, language, rng, distractor)
    return _noise(_text(parts))


def _noise(text: str) -> Parts:
    return ((text, None),)


def _followed(request: Parts, addition: Parts, language: Language) -> Parts:
    """An addition with an end mark of its own is a sentence, any other a clause."""
    if _without_mark(addition)[1]:
        return _joined([_ended(request, language), addition], language.space)
    body, mark = _without_mark(request)
    comma = COMMAS.get(language.tag, ",") + language.space
    return (*body, (comma, None), *addition, (mark, None))


def _surrounded(request: Parts, language: Language, rng: random.Random) -> list[Parts]:
    """The request among an opener and sentences that have nothing to do with it."""
    where = rng.choices(list(CHATTER_SHARES), list(CHATTER_SHARES.values()))[0]
    first, second = map(_noise, rng.sample(language.chatter, 2))
    before = [first] if where in ("before", "both") else []
    after = [second] if where in ("after", "both") else []
    if rng.random() < OPENER_SHARE:
        opener = _noise(rng.choice(language.openers))
        if _without_mark(opener)[1]:  # complete in itself ("Hello!"): the text begins with it
            before.insert(0, opener)
        else:
            request = _joined([opener, request], language.space)
    return [*before, request, *after]


def _sentence(parts: Parts, language: Language) -> Parts:
    return _capitalised(_ended(parts, language), language.tag)


def _ended(parts: Parts, language: Language) -> Parts:
    """With the end mark it has, or else a full stop."""
    body, mark = _without_mark(parts)
    return (*body, (mark or FULL_STOPS.get(language.tag, "."), None))


def _without_mark(parts: Parts) -> tuple[Parts, str]:
    """Splits off the sentence's end mark ("" where it has none), French space included."""
    filled = [part for part in parts if part[0]]
    text, label = filled[-1]
    body = text.rstrip(SENTENCE_ENDS + " ")
    return (*filled[:-1], (body, label)), text[len(body) :].rstrip()


def _capitalised(parts: Parts, tag: str) -> Parts:
    """Upper-cases the first letter of every sentence in `parts`."""
    capitalised = SENTENCE_START.sub(
        lambda start: start[0][:-1] + _upper(start[0][-1], tag), _text(parts)
    )
    letters = iter(capitalised)
    return tuple(("".join(islice(letters, len(text))), label) for text, label in parts)


def _upper(letter: str, tag: str) -> str:
    """The capital, unless it is longer than the letter: offsets must not move."""
    capital = "İ" if tag == "tr" and letter == "i" else letter.upper()
    return capital if len(capital) == 1 else letter


def _joined(sentences: list[Parts], space: str) -> Parts:
    parts: list[Part] = []
    for sentence in sentences:
        parts.extend([(space, None), *sentence] if parts else sentence)
    return tuple(parts)


def locate(parts: Parts) -> tuple[str, list[Slot]]:
    """The text, and its slots by character offsets; equal neighbours are one slot."""
    slots: list[Slot] = []
    end = 0
    for text, label in parts:
        start, end = end, end + len(text)
        if not text or label is None:
            continue
        if slots and slots[-1]["end"] == start and slots[-1]["label"] == label:
            slots[-1]["end"] = end
        else:
            slots.append({"start": start, "end": end, "label": label})
    return _text(parts), slots


def _text(parts: Parts) -> str:
    return "".join(text for text, _ in parts)
