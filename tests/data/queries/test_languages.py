import re
from string import Formatter

import pytest

from unimr_jax.data.queries.held_out import wordings_of
from unimr_jax.data.queries.language import EITHER_INTENTS, INTENTS, Language
from unimr_jax.data.queries.languages import LANGUAGES
from unimr_jax.data.sources import SPLITS

ADVERBIALS = {"time", "when", "place", "person", "count"}
LISTS = ("openers", "fillers", "distractors", "closers", "chatter")
every_language = pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)


def fields(template: str) -> list[str]:
    return [field for _, field, _, _ in Formatter().parse(template) if field is not None]


def carriers_of(field: str) -> list[str]:
    kinds = ("picture", "note") if field.startswith("thing") else ("",)
    return [field.replace("thing", kind) if kind else field for kind in kinds]


def frames(language: Language) -> list[str]:
    return [frame for requests in language.frames.values() for frame in requests]


def test_the_twelve_are_there():
    required = ("ar", "de", "en", "es", "fi", "fr", "hi", "ja", "ko", "ru", "tr", "zh")
    assert set(LANGUAGES) >= set(required)


@every_language
def test_a_hundred_frames_over_eight_intents(language):
    assert tuple(language.frames) == INTENTS
    assert len(set(frames(language))) == len(frames(language)) >= 100
    trained = [f for requests in language.frames.values() for f in wordings_of("train", requests)]
    assert len(trained) >= 50


@every_language
def test_recall_on_wordings_never_trained_rests_on_several(language):
    """Of every intent three frames or more are met in validation alone, and three in test."""
    added = {name: getattr(language, name) for name in ("openers", "fillers", "closers")}
    for name, wordings in {**language.frames, **added}.items():
        held_out = {split: wordings_of(split, wordings) for split in ("validation", "test")}
        assert min(map(len, held_out.values())) >= 3, name
        assert len(wordings_of("train", wordings)) >= 6, name
        others = {w.casefold().rstrip(".!?。！？।؟") for w in wordings_of("train", wordings)}
        for wording in (*held_out["validation"], *held_out["test"]):
            assert wording.casefold().rstrip(".!?。！？।؟") not in others, wording


@every_language
def test_every_frame_names_the_caption_once_and_nothing_unknown(language):
    for intent, requests in language.frames.items():
        for frame in requests:
            names = [name for name in fields(frame) if name not in ADVERBIALS]
            assert len(names) == 1, frame
            raw = {"find_picture": "object", "find_text": "topic"}.get(intent)
            assert names[0] == raw or all(n in language.carriers for n in carriers_of(names[0]))
            if intent in EITHER_INTENTS:
                assert names[0].startswith("thing"), frame


@every_language
def test_every_carrier_holds_the_caption_once(language):
    for carriers in language.carriers.values():
        assert len(set(carriers)) == len(carriers) >= 4
        for carrier in carriers:
            assert [f for f in fields(carrier) if f not in ADVERBIALS] == ["object"], carrier


@every_language
def test_distractors_are_sentences_about_another_caption(language):
    for distractor in language.distractors:
        assert fields(distractor) == ["other"]
        assert distractor[-1] in ".!?。！？।؟", distractor


@every_language
def test_no_wording_is_listed_twice_or_blank(language):
    for name in (*LISTS, "times", "whens", "places", "persons", "counts"):
        words = getattr(language, name)
        assert len(set(words)) == len(words) >= 6, name
        assert all(word == word.strip() and word for word in words), name


@every_language
def test_every_split_has_wordings_of_its_own(language):
    for wordings in (*language.frames.values(), *(getattr(language, name) for name in LISTS)):
        parts = [set(wordings_of(split, wordings)) for split in SPLITS]
        assert all(parts)
        assert set.union(*parts) == set(wordings)
        assert sum(map(len, parts)) == len(wordings)


@every_language
def test_script_is_the_languages_own(language):
    scripts = {"ar": "\u0600-\u06ff", "hi": "\u0900-\u097f", "ko": "\uac00-\ud7a3"}
    scripts |= {"ru": "\u0400-\u04ff", "ja": "\u3040-\u30ff\u4e00-\u9fff", "zh": "\u4e00-\u9fff"}
    letters = scripts.get(language.tag, "A-Za-z\u00c0-\u024f")
    for frame in frames(language):
        words = re.sub(r"\{\w+\}", "", frame)
        assert re.search(f"[{letters}]", words), frame
        if language.tag in scripts:
            assert not re.search("[A-Za-z]", words), frame


@every_language
def test_the_signs_of_tone_are_met(language):
    """A sign that no wording holds keeps nothing apart."""
    wordings = [*frames(language), *language.openers, *language.fillers, *language.closers]
    wordings += language.distractors
    for sign in (*language.formal, *language.informal):
        assert any(sign in wording for wording in wordings), sign


@every_language
def test_two_times_never_touch(language):
    """They would be one slot: a time to come, and the past one that a carrier begins with."""
    if not language.space:
        assert not any("{when}{thing" in frame for frame in frames(language))
