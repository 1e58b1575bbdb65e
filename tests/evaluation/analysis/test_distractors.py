from __future__ import annotations

import pytest

from unimr_jax.data.record import Slot
from unimr_jax.evaluation.analysis.distractors import Contrast, contrasts, distracted_texts
from unimr_jax.evaluation.analysis.subject import Query
from unimr_jax.evaluation.analysis.words import phrases, words
from unimr_jax.evaluation.nlu import Reading


def reading(text: str, *values: str) -> Reading:
    slots = (Slot(text.index(value), text.index(value) + len(value), "x") for value in values)
    return Reading("find", tuple(slots))


def distracted(lang: str, *texts: tuple[str, ...]) -> list[bool]:
    """Each text with what its slots hold."""
    found = distracted_texts({(lang, text): reading(text, *held) for text, *held in texts})
    return [(lang, text) in found for text, *_ in texts]


def test_what_slots_hold_elsewhere_distracts():
    assert distracted(
        "en",
        ("find a red house", "red", "house"),
        ("find a blue star, no Red ones", "blue", "star"),
        ("a red star again, in red", "red", "star"),  # its own colour
        ("my friend Fred likes a star", "star"),  # no word of its own
    ) == [False, True, False, False]


def test_what_is_mostly_said_outside_slots_tells_nothing():
    """ "a" once counts one thing; elsewhere it is an article."""
    assert distracted(
        "en", ("a house", "a", "house"), ("a red star", "red", "star"), ("a tree", "tree")
    ) == [False, False, False]


def test_scripts_without_spaces_and_phrases():
    assert distracted("zh", ("找红色的房子", "红色", "房子"), ("星星，不要红色", "星星")) == [
        False,
        True,
    ]
    assert distracted(
        "en", ("at the top left a moon", "at the top left", "moon"), ("the top, left: a sun", "sun")
    ) == [False, False]


def test_a_phrase_does_not_reach_across_a_slot():
    assert distracted("en", ("red big", "red big"), ("red moon big", "moon")) == [False, False]


def test_languages_do_not_distract_one_another():
    texts = {("en", "gift", "gift"), ("de", "Gift im Haus", "Haus")}
    found = {(lang, text): reading(text, held) for lang, text, held in texts}
    assert distracted_texts(found) == set()


def test_recall_with_and_without_by_language():
    def query(lang: str, text: str, found: bool) -> Query:
        return Query(lang, text, (), found)

    queries = [
        query("en", "a", True),
        query("en", "b", False),
        query("en", "c", False),
        query("de", "a", True),  # no distracted one
    ]
    assert contrasts(queries, {("en", "b"), ("en", "c")}) == {"en": Contrast(1.0, 0.0, 2)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No, the Red-ish 2!", ("no", "the", "red", "ish", "2")),
        ("की बड़ी", ("की", "बड़ी")),  # vowel signs belong to their word
        ("3つの star", ("3", "つ", "の", "star")),
        ("، قطة؟", ("قطة",)),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


def test_phrases_have_the_lengths_asked_for():
    assert sorted(phrases(("a", "b", "c"), {1, 3})) == [("a",), ("a", "b", "c"), ("b",), ("c",)]
