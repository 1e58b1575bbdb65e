"""No row of a batch is a false negative of another, and nothing else changes."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.in_memory import in_memory, translations
from unimr_jax.data.distinct import check_enough
from unimr_jax.data.mixture import task_parts
from unimr_jax.data.pipeline import task_batches
from unimr_jax.data.record import Record
from unimr_jax.errors import UserError


class Row(NamedTuple):
    dataset: str
    record: Record

    @property
    def picture(self):
        """Or what no other row has."""
        return self.dataset, self.record.image or f"none, row {self.record.id}"

    @property
    def items(self):
        return {self.record.text, self.record.positive, self.picture}


def batches_of(sources, task="text_to_text", size=6, **options):
    """Streams of lists of rows."""
    given = {"weights": dict.fromkeys(sources, 1.0), "temperature": 1.0, "seed": 0}
    return task_batches(
        sources,
        task,
        batch_size=size,
        collate=lambda examples, draws: [Row(e.source.name, e.record) for e in examples],
        **{"no_duplicates": True} | given | options,
    )


def assert_distinct(batch):
    assert sum(len(row.items) for row in batch) == len(set().union(*(row.items for row in batch)))


WORDS = st.sampled_from([f"w{i}" for i in range(9)])
PAIRS = st.lists(
    st.fixed_dictionaries(
        {"text": WORDS, "positive": WORDS, "lang": st.sampled_from(["en", "de"])},
        optional={"image": st.sampled_from([f"{i}.png" for i in range(6)])},
    ).map(lambda row: row | {"positive_lang": "en"}),
    min_size=1,
    max_size=30,
)


@settings(max_examples=60)
@given(PAIRS, PAIRS, st.integers(1, 6), st.integers(0, 50))
def test_no_batch_holds_anything_twice(one, two, size, batch):
    batches = batches_of(in_memory(one=one, two=two), size=size)
    try:
        found = batches[batch]
    except UserError as error:
        assert f"for a batch of {size} in which no text, positive or picture" in str(error)
        return
    assert len(found) == size
    assert_distinct(found)


@settings(max_examples=40)
@given(st.integers(1, 5), st.integers(0, 100))
def test_a_batch_without_duplicates_stays_as_mixed(size, batch):
    sources = in_memory(a=translations(5, "a"), b=translations(40, "b"), c=translations(9, "c"))
    plain = batches_of(sources, size=size, no_duplicates=False)[batch]
    found = batches_of(sources, size=size)[batch]
    # Where an epoch ends and the next begins, a row may come twice.
    assert (found == plain) == (len({row.picture for row in plain}) == size)


PICTURES = {
    name: [
        {"text": f"{lang} {caption} {name} {picture}", "lang": lang, "image": f"{picture}.png"}
        for picture in range(pictures)
        for lang in ("en", "de", "fi")
        for caption in range(3)
    ]
    for name, pictures in (("many", 40), ("few", 12))
}


SOURCES = in_memory(**PICTURES)


class TestPictures:
    """Nine captions of each, so that batches are full of them twice."""

    def stream(self, weights=MappingProxyType({"many": 3.0, "few": 1.0}), **options):
        given = {"size": 32, "temperature": 0.0, "weights": weights}
        return batches_of(SOURCES, "text_to_image", **given | options)

    def test_another_row_of_the_same_data_set_and_language_comes_in(self):
        for batch in range(5):
            plain = self.stream(no_duplicates=False)[batch]
            found = self.stream()[batch]
            assert 10 < sum(a == b for a, b in zip(plain, found)) < 32
            assert [part(row) for row in plain] == [part(row) for row in found]
            assert len({row.picture for row in found}) == 32

    def test_another_data_set_comes_in_where_one_has_nothing_left(self):
        found = self.stream({"many": 1.0, "few": 1.0})[0]
        assert len({row.picture for row in found}) == 32
        assert sum(row.dataset == "few" for row in found) == 12

    def test_batch_i_depends_on_seed_and_i_alone(self):
        one, two = self.stream(), self.stream()
        expected = [one[i] for i in range(9)]
        assert all(two[i] == expected[i] for i in (7, 0, 3))
        assert self.stream(seed=1)[0] != expected[0] != expected[1]

    @pytest.mark.parametrize("processes", [2, 4])
    def test_the_same_for_any_number_of_processes(self, processes):
        whole = self.stream()[6]
        for share in np.split(np.random.default_rng(0).permutation(32), processes):
            assert self.stream(share=share)[6] == [whole[i] for i in share]

    def test_every_row_comes(self):
        stream = self.stream()
        texts = {row.record.text for i in range(120) for row in stream[i]}
        assert len(texts) == sum(map(len, PICTURES.values()))

    def test_a_data_set_off_the_schedule_fills_no_gap(self):
        weights = {"many": np.array([0.0, 1.0]), "few": 1.0}
        with pytest.raises(UserError, match="finds only 12 rows for a batch of 32"):
            self.stream(weights)[0]
        assert len({row.picture for row in self.stream(weights)[1]}) == 32


def part(row):
    return row.dataset, row.record.lang


class TestMarks:
    def test_either_translation_is_what_the_other_looks_for(self):
        rows = [
            {"text": "a dog", "positive": "ein Hund", "positive_lang": "de"},
            {"text": "Ein  Hund", "lang": "de", "positive": "A dog", "positive_lang": "en"},
        ]
        with pytest.raises(UserError, match="finds only 1 rows for a batch of 2"):
            batches_of(in_memory(pairs=rows), size=2)[0]

    def test_a_row_may_say_the_same_twice(self):
        rows = [{"text": "taxi", "positive": "Taxi", "positive_lang": "de"}]
        assert len(batches_of(in_memory(pairs=rows), size=1)[0]) == 1

    def test_pictures_of_two_data_sets_are_two(self):
        rows = [{"text": "a", "image": "1.png"}], [{"text": "b", "image": "1.png"}]
        found = batches_of(in_memory(one=rows[0], two=rows[1]), "text_to_image", size=2)[0]
        assert {row.dataset for row in found} == {"one", "two"}


class TestEnough:
    def check(self, size, weights=None, **rows):
        sources = in_memory(**rows)
        weights = weights or dict.fromkeys(sources, 1.0)
        parts = task_parts(sources, "text_to_text", weights=weights)
        check_enough("text_to_text", parts, weights, size)

    def test_as_many_as_a_batch(self):
        self.check(7, one=translations(5), two=translations(2, "b"))

    def test_too_few(self):
        with pytest.raises(UserError) as error:
            self.check(8, one=translations(5), two=[*translations(5), *translations(2, "b")])
        assert str(error.value) == (
            "task text_to_text: no_duplicates finds only 7 rows for a batch of 8 in which no text, "
            "positive or picture comes twice; lower batch_size to 7 or less, mix in more data, or "
            "set no_duplicates to False"
        )

    def test_at_every_step_of_the_schedule(self):
        weights = {"one": np.array([1.0, 1.0, 0.0]), "two": np.array([0.0, 0.1, 1.0])}
        with pytest.raises(UserError, match="finds only 2 rows for a batch of 5"):
            self.check(5, weights, one=translations(5), two=translations(2, "b"))
