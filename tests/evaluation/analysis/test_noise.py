from __future__ import annotations

import numpy as np
import pytest

from unimr_jax.data.record import Slot
from unimr_jax.evaluation.analysis.noise import noise_curve, noise_of, quantile_bins
from unimr_jax.evaluation.analysis.subject import Query


def query(noise: int, found: bool, lang: str = "en") -> Query:
    text = "red" + "x" * noise
    return Query(lang, text, (Slot(0, 3, "colour"),), found)


def test_noise_is_what_stands_outside_the_slots_but_white_space():
    text = "find a red house, please"
    slots = (Slot(11, 16, "shape"), Slot(7, 10, "colour"))
    assert noise_of(Query("en", text, slots, True)) == len("finda,please")


def test_bins_are_fifths_and_equal_values_share_one():
    np.testing.assert_array_equal(quantile_bins(np.array([9, 1, 7, 3, 5])), [4, 0, 3, 1, 2])
    np.testing.assert_array_equal(quantile_bins(np.array([2, 2, 2])), [0, 0, 0])
    assert set(quantile_bins(np.array([1, 1, 1, 1, 9])).tolist()) == {0, 4}


def test_the_curve_goes_from_the_least_noise_to_the_most():
    queries = [query(n, found=n < 6) for n in range(10)]
    curve = noise_curve(queries)
    assert [point.queries for point in curve] == [2] * 5
    assert [point.characters for point in curve] == [0.5, 2.5, 4.5, 6.5, 8.5]
    assert [point.recall for point in curve] == [1, 1, 1, 0, 0]


def test_every_language_is_divided_by_itself():
    """Else all of the language with few characters would count as little noise."""
    short = [query(n, found=True, lang="zh") for n in range(5)]
    long = [query(100 + n, found=False, lang="de") for n in range(5)]
    curve = noise_curve([*short, *long])
    assert [point.recall for point in curve] == pytest.approx([0.5] * 5)
    assert curve[0].characters == 50
