"""Gains are paired by seed and counted by language."""

import pytest

from launch.sweep_gains import gain, gains

METRIC = "query_to_image/all/recall@1"


def scores(de: float, fr: float) -> dict[str, float]:
    return {
        METRIC: (de + fr) / 2,
        "query_to_image/de/recall@1": de,
        "query_to_image/fr/recall@1": fr,
        "query_to_image/fr/recall@5": 1.0,
        "nlu/de/slot_f1": 1.0,
    }


def test_is_paired_by_seed():
    ours = {0: scores(0.6, 0.4), 1: scores(0.8, 0.6), 7: scores(1.0, 1.0)}
    theirs = {0: scores(0.5, 0.4), 1: scores(0.5, 0.7), 3: scores(0.0, 0.0)}
    found = gain(ours, theirs, METRIC)
    assert found.mean == pytest.approx((0.05 + 0.1) / 2)
    assert found.spread == pytest.approx(0.05 / 2**0.5)
    assert (found.languages, found.gaining) == (2, 1)  # fr falls by 0.05 in the mean
    assert str(found) == "+7.5 ± 3.5 (1/2)"


def test_of_one_seed_has_no_spread():
    found = gain({0: scores(0.5, 0.5)}, {0: scores(0.4, 0.6)}, METRIC)
    assert found.spread is None and str(found) == "+0.0 (1/2)"


def test_counts_the_languages_that_both_have():
    theirs = scores(0.4, 0.4) | {"query_to_image/ja/recall@1": 0.1}
    ours = scores(0.5, 0.3) | {"query_to_image/fi/recall@1": 0.9}
    found = gain({0: ours}, {0: theirs}, METRIC)
    assert (found.languages, found.gaining) == (2, 1)


def test_needs_a_seed_in_common_that_has_the_metric():
    assert gain({0: scores(1, 1)}, {1: scores(1, 1)}, METRIC) is None
    assert gain({0: scores(1, 1)}, {0: {}}, METRIC) is None


def test_of_every_variant_but_the_one():
    found = {"gate": {0: scores(0.5, 0.5)}, "none": {0: scores(0.4, 0.4)}, "other": {0: {}}}
    table = gains(found, "none", [METRIC])
    assert set(table) == {"gate", "other"} and table["other"] == {}
    assert table["gate"][METRIC].gaining == 2
