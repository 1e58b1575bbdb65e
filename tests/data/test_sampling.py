"""A sample has every kind of record, in whatever order they come."""

from __future__ import annotations

import numpy as np
import pytest

from unimr_jax.data.sampling import sample


@pytest.mark.parametrize("most", [5, 6, 1_000_000])
def test_all_where_there_are_few(most):
    assert sample(5, most) == [0, 1, 2, 3, 4]


def test_as_many_as_asked_for_each_once_in_order_and_always_the_same():
    chosen = sample(1000, 300)
    assert len(chosen) == len(set(chosen)) == 300
    assert chosen == sorted(chosen) == sample(1000, 300)
    assert chosen[0] >= 0 and chosen[-1] < 1000


@pytest.mark.parametrize("period", [2, 3, 6, 10])
def test_records_that_come_by_turns_are_all_met(period):
    kinds = np.bincount(np.array(sample(12_000, 2000)) % period, minlength=period)
    assert kinds.min() > 0.7 * 2000 / period
