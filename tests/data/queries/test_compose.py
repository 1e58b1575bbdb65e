import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.many_scripts import MANY_SCRIPTS, TEXTS
from unimr_jax.data.queries.check import check_slots
from unimr_jax.data.queries.compose import Material, Query, compose, intents_of
from unimr_jax.data.queries.languages import LANGUAGES
from unimr_jax.data.queries.span import Span, leading_span
from unimr_jax.data.record import parse_record
from unimr_jax.data.sources import SPLITS

DOG, CAT = Span("dog", False), Span("cat", False)


def material(tag="en", split="train", span=DOG, captions=(DOG, CAT), **changes) -> Material:
    options = {"has_image": True, "has_positive": True, "chatter": ()} | changes
    return Material(LANGUAGES[tag], split, span, captions=captions, **options)


def queries(count=200, **changes) -> list[Query]:
    return [compose(material(**changes), random.Random(seed)) for seed in range(count)]


@settings(max_examples=300, deadline=None)
@given(
    caption=TEXTS,
    tag=st.sampled_from(sorted(LANGUAGES)),
    split=st.sampled_from(SPLITS),
    seed=st.integers(),
    has_image=st.booleans(),
    chatter=st.lists(st.sampled_from(MANY_SCRIPTS)),
)
def test_slots_hold_their_texts_whatever_the_caption(caption, tag, split, seed, has_image, chatter):
    span = leading_span(caption)
    if span is None:
        return
    assert span.text in caption
    made = material(tag, split, span, (span, DOG), has_image=has_image, chatter=chatter)
    query = compose(made, random.Random(seed))
    check_slots(query, span)
    row = {"id": "1", "lang": tag, "text": query.text, "intent": query.intent}
    parse_record(row | {"slots": query.slots}, "here:1")


def test_adverbials_are_labelled_as_such():
    english = LANGUAGES["en"]
    known = {"time": (*english.times, *english.whens), "place": english.places}
    known |= {"person": english.persons, "count": english.counts}
    met = set()
    for query in queries():
        for slot in query.slots:
            text = query.text[slot["start"] : slot["end"]]
            if slot["label"] in known:
                assert text.lower() in {word.lower() for word in known[slot["label"]]}
                met.add(slot["label"])
    assert met == set(known)


def test_what_is_not_wanted_is_met_but_never_labelled():
    met = 0
    for query in queries():
        labelled = {query.text[slot["start"] : slot["end"]] for slot in query.slots}
        assert "cat" not in labelled
        met += "cat" in query.text
    assert met > 40


def test_a_lone_caption_has_no_distractor():
    assert all(query.text.count("dog") == 1 for query in queries(captions=(DOG,)))


def test_real_sentences_are_mixed_in():
    texts = [query.text for query in queries(chatter=("Snow fell on Oslo.",))]
    assert 60 < sum("Snow fell on Oslo." in text for text in texts) < 190


def test_intents_follow_from_what_the_row_has():
    assert "find_text" not in intents_of(has_image=True, has_positive=False)
    assert "find_picture" not in intents_of(has_image=False, has_positive=True)
    for query in queries(has_image=False):
        assert query.intent != "find_picture"
        assert "object" not in {slot["label"] for slot in query.slots}


def test_wordings_are_many_and_open_differently():
    made = queries(400)
    assert len({query.wording for query in made}) > 350
    assert len({query.text[:8] for query in made}) > 40


def test_tones_are_not_mixed():
    german = LANGUAGES["de"]
    formal = [q for q in queries(400, tag="de") if any(m in q.frame for m in german.formal)]
    assert len(formal) > 10
    for query in formal:
        wordings = [w for w in query.wording if w not in german.chatter]
        assert not any(mark in wording for wording in wordings for mark in german.informal)


def test_a_clause_is_quoted():
    sentence = Span("the dog runs, it barks", True)
    for query in queries(span=sentence, captions=(sentence,)):
        if ": the" not in query.text:
            assert "“the dog runs, it barks”" in query.text


def test_no_clause_is_joined_to_a_bare_caption():
    clauses = [f", {closer}" for closer in LANGUAGES["en"].closers if closer[-1] not in ".!"]
    ends = [
        query.text[query.slots[-1]["end"] :]
        for query in queries(400)
        if not query.frame.endswith("?") and query.slots[-1]["label"] in ("object", "topic")
    ]
    assert not any(end.startswith(tuple(clauses)) for end in ends)
    assert any(end.startswith(tuple("”" + clause for clause in clauses)) for end in ends)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_no_wording_of_one_split_is_met_in_another(tag):
    """Nouns that hold the caption, and times and the like, are shared."""
    shared = {carrier for own in LANGUAGES[tag].carriers.values() for carrier in own}
    met = {
        split: {
            wording for query in queries(150, tag=tag, split=split) for wording in query.wording
        }
        for split in SPLITS
    }
    for one, other in combinations(SPLITS, 2):
        assert not (met[one] - shared) & (met[other] - shared)
    assert all(own & shared for own in met.values())
