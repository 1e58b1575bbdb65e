"""Tensors read by slices are those read whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unimr_jax.interop.tensors import Computed, Joined, Rows, Scaled, Stacked, Transposed, whole

SOURCE = np.arange(60, dtype=np.float32).reshape(6, 10)
FACTORS = np.arange(6, dtype=np.float32)

TENSORS = {
    "transposed": (Transposed(SOURCE), SOURCE.T),
    "joined": (
        Joined([Transposed(SOURCE), Transposed(SOURCE[:2]), Transposed(SOURCE)]),
        np.concatenate([SOURCE.T, SOURCE[:2].T, SOURCE.T], axis=1),
    ),
    "rows": (Rows(SOURCE, 2), SOURCE[2:]),
    "scaled": (Scaled(Transposed(SOURCE), FACTORS), SOURCE.T * FACTORS),
    "stacked": (
        Stacked([Transposed(SOURCE), Transposed(-SOURCE), Transposed(SOURCE + 1)]),
        np.stack([SOURCE.T, -SOURCE.T, SOURCE.T + 1]),
    ),
    "computed": (Computed(np.add, [SOURCE, -2 * SOURCE]), -SOURCE),
}


@pytest.mark.parametrize("name", TENSORS)
def test_whole(name):
    tensor, expected = TENSORS[name]
    assert tensor.shape == expected.shape
    np.testing.assert_array_equal(whole(tensor), expected)


@pytest.mark.parametrize("name", TENSORS)
@given(data=st.data())
def test_a_slice_of_it(name, data):
    tensor, expected = TENSORS[name]
    index = tuple(data.draw(bounds(size)) for size in expected.shape)
    np.testing.assert_array_equal(tensor[index], expected[index])


def bounds(size: int) -> st.SearchStrategy[slice]:
    places = st.integers(0, size)
    return st.tuples(places, places).filter(lambda b: b[0] != b[1]).map(lambda b: slice(*sorted(b)))
