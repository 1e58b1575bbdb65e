"""A picture comes with a second of its texts, and a text with a second picture."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.in_memory import in_memory
from unimr_jax.data.mixture import Place, task_parts
from unimr_jax.data.picture_texts import PictureTexts
from unimr_jax.data.pipeline import task_batches
from unimr_jax.errors import UserError

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "text": st.sampled_from("abcdef"),
            "image": st.sampled_from([f"{i}.png" for i in range(4)]),
            "lang": st.sampled_from(["en", "de"]),
        }
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=60)
@given(ROWS, ROWS, st.floats(0, 1, exclude_max=True))
def test_it_is_another_row_of_the_same_picture_of_the_same_data_set(one, two, draw):
    sources = in_memory(one=one, two=two)
    parts = task_parts(sources, "text_to_image", weights={"one": 1.0, "two": 1.0})
    texts = PictureTexts(parts)
    of_picture = defaultdict(set)
    for part in parts:
        for row in part.rows:
            of_picture[part.dataset, part.source[row].image].add(part.source[row].id)
    for number, part in enumerate(parts):
        for row in range(len(part.rows)):
            own = part.source[part.rows[row]]
            rest = of_picture[part.dataset, own.image] - {own.id}
            assert texts.other(Place(number, row), draw).id in (rest or {own.id})


def caption(text: str, image: str, lang: str = "en") -> dict[str, str]:
    return {"text": text, "image": image, "lang": lang}


def test_every_other_row_is_as_likely():
    sources = in_memory(own=[caption(text, "a.png") for text in "abcde"])
    parts = task_parts(sources, "text_to_image", weights={"own": 1.0})
    texts = PictureTexts(parts)
    found = Counter(texts.other(Place(0, 2), i / 400).text for i in range(400))
    assert found == dict.fromkeys("abde", 100)


def test_pictures_of_equal_first_text_have_one_title():
    rows = [
        caption("Hund", "a.png", "de"),
        caption("hund", "b.png", "de"),
        caption("Wolf", "c.png", "de"),
        caption("dog", "c.png"),
        caption("dog", "a.png"),
    ]
    parts = task_parts(in_memory(own=rows), "text_to_image", weights={"own": 1.0})
    texts = PictureTexts(parts)
    titles = {
        part.rows[row]: texts.title(Place(number, row))
        for number, part in enumerate(parts)
        for row in range(len(part.rows))
    }
    assert titles[0] == titles[1] == titles[4] != titles[2] == titles[3]


@settings(max_examples=60)
@given(ROWS, st.floats(0, 1, exclude_max=True))
def test_another_picture_is_one_of_the_same_title(rows, draw):
    parts = task_parts(in_memory(own=rows), "text_to_image", weights={"own": 1.0})
    texts, pictures = PictureTexts(parts), defaultdict(set)
    places = [Place(number, i) for number, part in enumerate(parts) for i in range(len(part.rows))]
    records = {
        place: parts[place.part].source[parts[place.part].rows[place.row]] for place in places
    }
    for place in places:
        pictures[texts.title(place)].add(records[place].image)
    for place in places:
        own = records[place].image
        rest = pictures[texts.title(place)] - {own}
        assert texts.other_picture(place, draw).image in (rest or {own})


def test_every_other_picture_is_as_likely():
    sources = in_memory(
        own=[caption("dog", f"{i}.png") for i in range(5)] + [caption("a", "a.png")]
    )
    texts = PictureTexts(task_parts(sources, "text_to_image", weights={"own": 1.0}))
    found = Counter(texts.other_picture(Place(0, 2), i / 400).image for i in range(400))
    assert found == dict.fromkeys(["0.png", "1.png", "3.png", "4.png"], 100)
    assert texts.other_picture(Place(0, 5), 0.5).image == "a.png"


QUERIES = "query_to_image"


def request(text: str, image: str) -> dict:
    return {**caption(text, image), "intent": "find", "slots": []}


def test_of_a_request_it_is_a_caption():
    rows = [request("find a", "a.png"), request("open a", "a.png"), caption("a dog", "a.png")]
    batches = stream([*rows, request("find b", "b.png"), caption("a cat", "b.png")], QUERIES)
    pairs = {pair for i in range(6) for pair in batches[i]}
    assert pairs == {("find a", "a dog"), ("open a", "a dog"), ("find b", "a cat")}


def test_a_request_for_a_picture_without_captions_stands_for_itself():
    rows = [request("find a", "a.png"), request("find b", "b.png"), caption("a cat", "b.png")]
    pairs = {pair for i in range(4) for pair in stream(rows, QUERIES)[i]}
    assert pairs == {("find a", "find a"), ("find b", "a cat")}


def test_a_picture_without_captions_is_one_item_and_no_other():
    requests = [request("find b", "b.png"), request("open b", "b.png"), request("find a", "a.png")]
    sources = in_memory(own=[*requests, caption("find b", "a.png")])
    texts = PictureTexts(task_parts(sources, QUERIES, weights={"own": 1.0}))
    first, second, captioned = (texts.title(Place(0, row)) for row in range(3))
    assert first == second != captioned
    assert texts.other_picture(Place(0, 0), 0.5).image == "b.png"
    assert not texts.any_other_picture


def test_captions_are_of_the_languages_that_are_asked_in():
    rows = [request("find a", "a.png"), caption("ein Hund", "a.png", "de"), caption("dog", "a.png")]
    assert {pair for i in range(8) for pair in stream(rows, QUERIES)[i]} == {("find a", "dog")}


def test_a_data_set_that_asks_for_pictures_without_captions_gets_a_line():
    sources = in_memory(own=[caption("a dog", "a.png")], asked=[request("find a", "a.png")])
    parts = task_parts(sources, QUERIES, weights={"own": 1.0, "asked": 1.0})
    with pytest.raises(UserError, match="data set 'asked' has no caption of the pictures that it"):
        PictureTexts(parts)


def stream(rows, task="text_to_image", **options):
    return task_batches(
        in_memory(own=rows),
        task,
        weights={"own": 1.0},
        batch_size=4,
        temperature=1.0,
        seed=0,
        collate=lambda examples, draws: [(e.record.text, e.other.text) for e in examples],
        other_text=True,
        **options,
    )


@pytest.mark.parametrize("other_text", [False, True])
def test_another_picture_comes_with_or_without_another_text(other_text):
    batches = task_batches(
        in_memory(own=[caption("dog", "a.png"), caption("dog", "b.png")]),
        "text_to_image",
        weights={"own": 1.0},
        batch_size=4,
        temperature=1.0,
        seed=0,
        collate=lambda examples, draws: examples,
        other_text=other_text,
        other_image=True,
    )
    for example in batches[0]:
        assert {example.record.image, example.other_image.image} == {"a.png", "b.png"}
        assert example.title is not None and (example.other is not None) == other_text


TRANSLATED = [caption(f"{i} {lang}", f"{i}.png", lang) for i in range(6) for lang in ("en", "de")]


def test_batches_are_the_same_for_the_same_seed_and_bring_other_pairs_later():
    batches = stream(TRANSLATED)
    first = [batches[i] for i in range(12)]
    assert first == [stream(TRANSLATED)[i] for i in range(12)]
    assert all(text[0] == other[0] and text != other for pairs in first for text, other in pairs)
    seen = {pair for pairs in first for pair in pairs}
    assert {(text[2:], other[2:]) for text, other in seen} == {("en", "de"), ("de", "en")}


def test_languages_that_are_left_out_stay_out():
    batches = stream(TRANSLATED, languages=("de",))
    assert all(other == text for pairs in (batches[0], batches[1]) for text, other in pairs)
