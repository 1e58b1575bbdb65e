"""Every row once an epoch, in an order that seed and epoch decide."""

from __future__ import annotations

import numpy as np

from unimr_jax.data.shuffle import Shuffled


def epoch(order, number, rows=50):
    return order[number * rows + np.arange(rows)].tolist()


def test_every_epoch_has_every_row_in_an_order_of_its_own():
    order = Shuffled(50, seed=3)
    epochs = [epoch(order, number) for number in range(4)]
    assert all(sorted(rows) == list(range(50)) for rows in epochs)
    assert len({tuple(rows) for rows in [*epochs, list(range(50))]}) == 5


def test_a_place_has_the_same_row_whatever_was_read_before():
    order, again = Shuffled(50, seed=3), Shuffled(50, seed=3)
    later = epoch(order, 9)
    assert [epoch(order, number) for number in (2, 0, 1)] == [epoch(again, n) for n in (2, 0, 1)]
    assert epoch(again, 9) == later
    assert epoch(Shuffled(50, seed=4), 9) != later


def test_places_of_several_epochs_at_once():
    order = Shuffled(50, seed=3)
    found = order[np.arange(149, -1, -1)].tolist()
    assert found[::-1] == [*epoch(order, 0), *epoch(order, 1), *epoch(order, 2)]
