"""Shares of data sets and languages, the same all along or by a schedule."""

from __future__ import annotations

import sys
from collections import Counter
from functools import partial

import grain
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.in_memory import in_memory, translations
from unimr_jax.data.mixture import Scheduled, interleaved, mixed, shares, task_parts
from unimr_jax.errors import UserError

TASK = "text_to_text"


@pytest.fixture(scope="module")
def sources():
    large = translations(90, "l") + translations(10, "l", "de")
    return in_memory(large=large, small=translations(7, "s"))


class TestParts:
    @pytest.mark.parametrize(
        ("temperature", "of_languages"),
        [(1.0, (0.9, 0.1)), (0.0, (0.5, 0.5)), (0.5, (0.75, 0.25))],
    )
    def test_temperature_over_languages(self, sources, temperature, of_languages):
        parts = task_parts(sources, TASK, weights={"large": 3, "small": 1}, temperature=temperature)
        expected = {
            ("large", "en"): 0.75 * of_languages[0],
            ("large", "de"): 0.75 * of_languages[1],
            ("small", "en"): 0.25,
        }
        assert weights_of(parts) == pytest.approx(expected)

    def test_language_weights_come_on_top(self, sources):
        def parts(**weights):
            return weights_of(
                task_parts(
                    sources,
                    TASK,
                    weights={"large": 1.0, "small": 1.0},
                    temperature=0.5,
                    language_weights=weights,
                )
            )

        assert parts(de=3.0) == pytest.approx(
            {("large", "en"): 0.25, ("large", "de"): 0.25, ("small", "en"): 0.5}
        )
        assert parts(en=0.0) == {("large", "de"): 1.0}
        with pytest.raises(UserError, match="language_weights has 'fi', of which no data set has"):
            parts(fi=1.0)

    def test_languages_of_a_task_are_the_only_ones(self, sources):
        def parts(*languages):
            weights = {"large": 1.0, "small": 1.0}
            return task_parts(sources, TASK, weights=weights, languages=languages)

        assert [(p.language, p.weight) for p in parts("de")] == [("de", 1.0)]
        assert {p.language for p in parts()} == {"en", "de"}
        with pytest.raises(UserError, match="no rows in fi in data sets large, small"):
            parts("fi")
        with pytest.raises(UserError, match="languages has 'fi', of which no .* one of de, en$"):
            parts("de", "fi")

    def test_a_task_without_rows(self, sources):
        with pytest.raises(UserError) as caught:
            task_parts(sources, "text_to_image", weights={"large": 1, "small": 1})
        message = str(caught.value)
        assert "task text_to_image: no rows in data sets large, small" in message
        assert "'image' and no 'intent'" in message and "drop the task" in message

    def test_a_data_set_without_rows_cannot_be_the_only_one_at_a_step(self):
        sources = in_memory(texts=translations(3), other=[{"text": "a", "image": "a.png"}])
        weights = {"texts": np.array([1.0, 0.0]), "other": 1.0}
        parts = task_parts(sources, TASK, weights=weights)
        with pytest.raises(UserError, match="data sets texts: all weights are 0 at step 1"):
            shares(parts, weights)


def weights_of(parts):
    return {(part.source.name, part.language): part.weight for part in parts}


TABLES = st.integers(1, 4).flatmap(
    lambda datasets: st.lists(
        st.lists(st.integers(0, 5), min_size=datasets, max_size=datasets).filter(any),
        min_size=1,
        max_size=12,
    )
)


class TestScheduled:
    @given(TABLES, st.integers(1, 9), st.integers(0, 30))
    def test_batches_hold_their_shares_and_every_row_comes_in_turn(self, table, size, batches):
        table = np.array(table) / np.sum(table, axis=1, keepdims=True)
        places = Scheduled(table, size)
        seen = []
        for batch in range(batches):
            here = in_pairs(places[batch])
            counts = np.bincount([dataset for dataset, _ in here], minlength=table.shape[1])
            assert (abs(counts - size * table[batch % len(table)]) < table.shape[1]).all()
            assert not counts[table[batch % len(table)] == 0].any()
            seen += here
        for dataset in range(table.shape[1]):
            rows = sorted(row for of, row in seen if of == dataset)
            assert rows == list(range(len(rows)))

    def test_many_batches_are_nearer_than_a_row(self):
        rising = np.linspace(0.0, 0.6, 1000)
        table = np.stack([rising, 0.1 + 0 * rising, 0.9 - rising], axis=1)
        places = Scheduled(table, 5)
        found = np.zeros(3)
        for batch, quota in enumerate(np.cumsum(5 * table, axis=0)):
            found += np.bincount(places[batch][0], minlength=3)
            assert (abs(found - quota) < 1).all()

    def test_data_sets_alternate_within_a_batch(self):
        datasets, _ = Scheduled(np.array([[0.5, 0.5]]), 64)[0]
        for piece in np.split(datasets, 8):
            assert 3 <= piece.sum() <= 5


class TestInterleaved:
    @given(
        st.lists(st.floats(0.001, 1.0), min_size=1, max_size=6),
        st.integers(0, 10**12),
        st.integers(1, 50),
    )
    def test_places_are_those_that_grain_gives(self, proportions, start, count):
        places = np.arange(start, start + count)
        endless = [grain.MapDataset.range(sys.maxsize) for _ in proportions]
        named = [each.map(partial(_pair, number)) for number, each in enumerate(endless)]
        expected = grain.MapDataset.mix(named, proportions)
        found = in_pairs(interleaved(places, proportions))
        assert found == [expected[place] for place in places.tolist()]

    def test_shares_so_unequal_that_integers_of_64_bits_would_overflow(self):
        found, own = interleaved(np.arange(10**10, 10**10 + 100), [1.0, 1e-12])
        assert (found == 0).sum() >= 99 and (np.diff(own[found == 0]) == 1).all()


def _pair(number, place):
    return number, place


def in_pairs(turns):
    return [tuple(pair) for pair in np.stack(turns, axis=1).tolist()]


def test_a_stream_by_schedule(sources):
    """Languages keep their shares of a data set, and rows come once before they come again."""
    weights = {"large": np.linspace(1.0, 0.0, 50), "small": np.linspace(0.0, 1.0, 50)}
    parts = task_parts(sources, TASK, weights=weights, temperature=0.0)
    stream = mixed(parts, weights, 8, seed=3)
    batches = [stream(number) for number in range(50)]
    assert {parts[place.part].dataset for place in batches[0]} == {"large"}
    assert {parts[place.part].dataset for place in batches[49]} == {"small"}
    places = [place for batch in batches for place in batch]
    counts = Counter((parts[part].dataset, parts[part].language) for part, _ in places)
    assert counts["large", "en"] == pytest.approx(100, abs=3)
    assert counts["large", "de"] == pytest.approx(100, abs=3)
    german = [row for part, row in places if parts[part].language == "de"]
    assert max(Counter(german).values()) - min(Counter(german).values()) <= 1
