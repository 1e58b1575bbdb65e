"""Texts in rows: none lost, none overlapping, cut no more than needed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unimr_jax.data.packing import Layout, Rows, pack

ROW = 12  # tokens


@st.composite
def batches(draw) -> tuple[np.ndarray, Rows]:
    """Lengths of texts, and rows that have a token for each and may be too few for all."""
    lengths = draw(st.lists(st.integers(1, ROW), min_size=1, max_size=20))
    rows = draw(st.integers(-(-len(lengths) // ROW), len(lengths)))
    return np.array(lengths), Rows.of(len(lengths), rows, ROW)


@given(batches())
def test_texts_stay_inside_their_rows_and_apart(batch):
    lengths, rows = batch
    places = pack(lengths, rows)
    assert places.row.max() < rows.rows and places.nth.max() < rows.texts
    taken = np.zeros((rows.rows, ROW), int)
    for row, start, length in zip(places.row, places.start, places.length):
        assert length >= 1 and start + length <= ROW
        taken[row, start : start + length] += 1
    assert taken.max() == 1
    assert len(set(zip(places.row, places.nth))) == len(lengths)


@given(batches())
def test_only_the_longest_are_cut_and_all_to_the_same_length(batch):
    lengths, rows = batch
    kept = pack(lengths, rows).length
    np.testing.assert_array_equal(kept, np.minimum(lengths, kept.max()))


def test_nothing_is_cut_where_everything_fits():
    lengths = np.array([5, 7, 3, 9, 12])  # 5 + 7, 3 + 9 and 12
    np.testing.assert_array_equal(pack(lengths, Rows(3, 12, 2)).length, lengths)


def test_a_row_each_is_not_packed():
    places = pack(np.array([3, 12, 1]), Rows.of(3, 0, 12))
    assert sorted(places.row) == [0, 1, 2] and not places.start.any()


def test_more_texts_than_places_are_refused():
    with pytest.raises(ValueError, match="3 texts cannot lie in"):
        pack(np.array([1, 1, 1]), Rows(rows=1, length=12, texts=2))


@given(batches(), st.integers(0, 2**32 - 1))
def test_the_layout_holds_every_text_whole_or_cut_before_its_last_token(batch, seed):
    lengths, rows = batch
    values = np.random.default_rng(seed).integers(1, 100, (len(lengths), ROW))
    layout = Layout(lengths, rows)
    laid, mask = layout.lay_out(values, empty=0), layout.mask.reshape(-1, ROW)
    for text, place in enumerate(layout.place(range(rows.rows))):
        kept = layout.places.length[text]
        expected = [*values[text, : kept - 1], values[text, lengths[text] - 1]]
        row = place // rows.texts
        np.testing.assert_array_equal(laid[row][mask[place]], expected)
    assert (laid > 0).sum() == mask.sum() == layout.places.length.sum()
