from __future__ import annotations

import random
import re
from itertools import product

import pytest

from unimr_jax.data.scenes import wording
from unimr_jax.data.scenes.language import INTENTS, SLOT_LABELS, Language
from unimr_jax.data.scenes.languages import LANGUAGES
from unimr_jax.data.scenes.mention import FIELD, Mention, draw_mention, fields, names_group
from unimr_jax.data.scenes.scene import (
    BACKGROUNDS,
    COLOURS,
    COUNTS,
    POSITIONS,
    SHAPES,
    SIZES,
    Group,
    Scene,
)

SCENE = Scene(
    main=Group("star", "red", 3, "big", "top_left"),
    other=Group("house", "blue", 1, "small", "bottom_right"),
    background="pink",
)
DISTRACTOR = Group("moon", "black", 2, "small", "top_right")
WITHOUT_SPACES = {"zh", "ja"}

every_language = pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)


def phrase(tag: str, group: Group, case: str) -> str:
    return "".join(text for text, _ in LANGUAGES[tag].noun_phrase(group, case))


def words(text: str, tag: str) -> float:
    return len(text) / 1.7 if tag in WITHOUT_SPACES else len(text.split())


def random_scene(rng: random.Random) -> Scene:
    here, there = rng.sample(POSITIONS, 2)
    groups = [
        Group(rng.choice(SHAPES), rng.choice(COLOURS), rng.choice(COUNTS), rng.choice(SIZES), place)
        for place in (here, there)
    ]
    return Scene(*groups, rng.choice(BACKGROUNDS))


def all_templates(language: Language) -> list[str]:
    framed = [frame for frames in language.frames.values() for frame in frames]
    told = [sentence for alternatives in language.description for sentence in alternatives]
    return [*framed, *told, *language.captions, *language.distractors]


@every_language
def test_language_offers_everything(language):
    assert set(language.positions) == set(POSITIONS)
    assert set(language.backgrounds) == set(BACKGROUNDS)
    assert set(language.frames) == set(INTENTS)
    assert min(len(language.times), len(language.places)) >= 12
    assert min(len(language.openers), len(language.closers)) >= 8
    assert len(language.chatter) >= 16
    assert len(language.distractors) >= 5
    assert min(len(alternatives) for alternatives in language.description) >= 2


PLACES = {("main", "position"), ("other", "position"), ("background", "")}


@every_language
def test_every_language_tells_equally_much(language):
    """Recall by language would otherwise compare templates, and not languages."""
    for template in (*language.captions, *(t for ts in language.frames.values() for t in ts)):
        assert names_group(template, "main") and names_group(template, "other"), template
    for caption in language.captions:
        assert fields(caption) >= PLACES, caption
    for frames in language.frames.values():
        told = [len(fields(frame) & PLACES) for frame in frames]
        assert len(frames) >= 5 and min(told) >= 1
        assert 2 * sum(places >= 2 for places in told) >= len(told)


@every_language
def test_every_template_renders_every_group(language):
    rng = random.Random(0)
    groups = [
        Group(shape, colour, count, size, "top_left")
        for shape, colour, count, size in product(SHAPES, COLOURS, COUNTS, (None, *SIZES))
    ]
    for template in all_templates(language):
        for group in rng.sample(groups, 40):
            parts = wording.fill(template, Scene(group, group, "grey"), language, rng, group)
            text = "".join(part for part, _ in parts)
            assert text == text.strip()
            assert not re.search(r"[{}]|  | [,.]", text), text
            assert {label for _, label in parts} <= {None, *SLOT_LABELS}


@every_language
def test_noun_phrases_tell_groups_apart(language):
    """Two phrases are equal only where their groups are."""
    cases = {case for text in all_templates(language) for _, case in FIELD.findall(text)}
    for case in cases - {"", "position"}:
        phrases = {
            phrase(language.tag, Group(shape, colour, count, size, "top_left"), case)
            for shape, colour, count, size in product(SHAPES, COLOURS, COUNTS, (None, *SIZES))
        }
        assert len(phrases) == len(SHAPES) * len(COLOURS) * len(COUNTS) * 3


@every_language
def test_slots_end_with_their_words(language):
    """Where words are written apart: a particle belongs to the slot that it is glued to."""
    rng = random.Random(2)
    for frame in (frame for frames in language.frames.values() for frame in frames):
        text, slots = wording.query(
            random_scene(rng), DISTRACTOR, draw_mention([frame], rng), language, rng
        )
        for slot in slots if language.space else ():
            before, after = text[: slot["start"]][-1:], text[slot["end"] :][:1]
            assert not (before + after).isalnum(), text


@every_language
def test_slots_are_the_parts_of_the_request(language):
    rng = random.Random(1)
    for intent in INTENTS * 4:
        mention = draw_mention(language.frames[intent], rng)
        text, slots = wording.query(random_scene(rng), DISTRACTOR, mention, language, rng)
        assert slots
        assert all(slot["label"] in SLOT_LABELS for slot in slots)
        ends = [slot["end"] for slot in slots]
        assert all(slot["start"] < slot["end"] <= len(text) for slot in slots)
        assert all(end <= slot["start"] for end, slot in zip(ends, slots[1:], strict=False))
        for slot in slots:
            piece = text[slot["start"] : slot["end"]]
            assert piece == piece.strip()
            if slot["label"] == "time":
                assert piece.lower() in [time.lower() for time in language.times]


def test_slot_offsets_by_hand():
    frame = "find {main.a} {main.position} {background} {time}"
    quiet = Language(**{**vars(LANGUAGES["en"]), "times": ("yesterday",)})
    text, slots = _without_noise(quiet, frame)
    assert text == "Find three big red stars at the top left on a pink background yesterday."
    assert [(text[slot["start"] : slot["end"]], slot["label"]) for slot in slots] == [
        ("three", "count"),
        ("big", "size"),
        ("red", "colour"),
        ("stars", "object"),
        ("at the top left", "position"),
        ("on a pink background", "background"),
        ("yesterday", "time"),
    ]


def _without_noise(language: Language, frame: str) -> tuple[str, list[dict]]:
    """The shortest query among many is the one without noise."""
    mention = Mention(frame, main_size=True, other_size=True)
    queries = (
        wording.query(SCENE, DISTRACTOR, mention, language, random.Random(seed))
        for seed in range(300)
    )
    return min(queries, key=lambda query: len(query[0]))


def test_distractor_carries_no_slots():
    mention = Mention("find {main.a}", main_size=True, other_size=True)
    for seed in range(50):
        text, slots = wording.query(
            SCENE, DISTRACTOR, mention, LANGUAGES["en"], random.Random(seed)
        )
        told = [text[slot["start"] : slot["end"]] for slot in slots]
        assert told == ["three", "big", "red", "stars"]


def test_neighbours_of_one_label_are_one_slot():
    parts = (("le ", None), ("rouge", "colour"), ("-sang", "colour"), (" ", None), ("x", "object"))
    assert wording.locate(parts) == (
        "le rouge-sang x",
        [
            {"start": 3, "end": 13, "label": "colour"},
            {"start": 14, "end": 15, "label": "object"},
        ],
    )


@pytest.mark.parametrize(
    ("tag", "begin", "capital"),
    [("tr", "iki", "İki"), ("en", "ice", "Ice"), ("de", "ßa", "ßa"), ("es", "¿es", "¿Es")],
)
def test_capitals_never_move_offsets(tag, begin, capital):
    parts = wording._capitalised(((begin, None),), tag)
    assert parts == ((capital, None),)


@every_language
def test_descriptions_are_long_and_captions_short(language):
    rng = random.Random(2)
    for _ in range(40):
        scene = random_scene(rng)
        assert 60 <= words(wording.description(scene, language, rng), language.tag) <= 150
        mention = draw_mention(language.captions, rng)
        assert 5 <= words(wording.caption(scene, mention, language, rng), language.tag) <= 30


@every_language
def test_queries_are_noisy_but_not_endless(language):
    rng = random.Random(3)
    lengths = []
    for _ in range(150):
        mention = draw_mention(language.frames[rng.choice(INTENTS)], rng)
        text, _ = wording.query(random_scene(rng), DISTRACTOR, mention, language, rng)
        lengths.append(words(text, language.tag))
    assert 20 <= sorted(lengths)[75] <= 50
    assert max(lengths) <= 85


@every_language
def test_description_tells_everything(language):
    description = wording.description(SCENE, language, random.Random(4)).lower()
    assert language.backgrounds["pink"].lower() in description
    for group in (SCENE.main, SCENE.other):
        assert language.positions[group.position].lower() in description


@every_language
def test_same_seed_same_text(language):
    first, second = (wording.description(SCENE, language, random.Random(9)) for _ in range(2))
    assert first == second


BIG_STARS = Group("star", "red", 3, "big", "top_left")
SMALL_HEART = Group("heart", "green", 1, "small", "top_left")
HOUSES = Group("house", "black", 2, None, "top_left")
ORANGE_TREE = Group("tree", "orange", 1, None, "top_left")


@pytest.mark.parametrize(
    ("tag", "group", "case", "expected"),
    [
        ("en", BIG_STARS, "a", "three big red stars"),
        ("en", SMALL_HEART, "one", "one small green heart"),
        ("en", ORANGE_TREE, "a", "an orange tree"),
        ("de", BIG_STARS, "nom", "drei große rote Sterne"),
        ("de", BIG_STARS, "dat", "drei großen roten Sternen"),
        ("de", SMALL_HEART, "acc", "ein kleines grünes Herz"),
        ("de", SMALL_HEART, "dat", "einem kleinen grünen Herzen"),
        ("de", ORANGE_TREE, "acc", "einen orangefarbenen Baum"),
        ("de", HOUSES, "dat", "zwei schwarzen Häusern"),
        ("fr", BIG_STARS, "plain", "trois grandes étoiles rouges"),
        ("fr", SMALL_HEART, "de", "d'un petit cœur vert"),
        ("fr", HOUSES, "de", "de deux maisons noires"),
        ("fr", ORANGE_TREE, "plain", "un arbre orange"),
        ("es", BIG_STARS, "plain", "tres estrellas rojas grandes"),
        ("es", SMALL_HEART, "plain", "un corazón verde pequeño"),
        ("es", HOUSES, "plain", "dos casas negras"),
    ],
)
def test_noun_phrases_by_hand(tag, group, case, expected):
    assert phrase(tag, group, case) == expected


@pytest.mark.parametrize(
    ("tag", "template", "expected"),
    [
        ("en", "find {main.a} {main.position}", "find three big red stars at the top left"),
        ("de", "das Bild mit {other.dat} {background}",
         "das Bild mit einem kleinen blauen Haus auf rosafarbenem Hintergrund"),
        ("fr", "à côté {other.de} {other.position}",
         "à côté d'une petite maison bleue en bas à droite"),
        ("es", "junto a {other.plain} {other.position}",
         "junto a una casa azul pequeña abajo a la derecha"),
    ],
)  # fmt: skip
def test_templates_by_hand(tag, template, expected):
    parts = wording.fill(template, SCENE, LANGUAGES[tag], random.Random(0))
    assert "".join(text for text, _ in parts) == expected
