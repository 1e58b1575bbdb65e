"""Blockwise losses are the dense ones: in value, in every gradient, on every mesh; and small."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from jax.sharding import NamedSharding, PartitionSpec

from tests.training.stages import mesh_of
from unimr_jax.losses import LOSSES, Outputs
from unimr_jax.losses.contrastive import Pairs
from unimr_jax.losses.ring import BATCH_AXES

BATCH, DIM, NEGATIVES = 16, 6, 32
PREFIXES = (2, 4)
NAMES = ("softmax", "sigmoid")
DENSE = 0


@cache
def value_and_gradients(name: str, block: int, widths: tuple[int, ...] = ()) -> Callable:
    """(learned, rest) → the loss and its gradient in all that is learned; compiled once."""

    def loss(learned: dict, rest: dict) -> jax.Array:
        return LOSSES[name](Outputs(pairs=Pairs(**learned, **rest)), widths, block)

    return jax.jit(jax.value_and_grad(loss))


def learned_values(negatives: bool, dtype: type = np.float64) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    sizes = {"queries": BATCH, "targets": BATCH} | ({"negatives": NEGATIVES} if negatives else {})
    vectors = {key: rng.standard_normal((size, DIM)).astype(dtype) for key, size in sizes.items()}
    return vectors | {"scale": np.array(1.7, dtype), "bias": np.array(-0.8, dtype)}


def labels(negatives: bool) -> dict[str, object]:
    """Some rows share a text, some a target, and some negatives are missing or positives."""
    rng = np.random.default_rng(1)
    ids = {"ids": (rng.integers(0, 12, BATCH), rng.integers(0, 12, BATCH))}
    return ids | ({"negative_ids": rng.integers(-1, 15, NEGATIVES)} if negatives else {})


def assert_same(actual: tuple, expected: tuple, rtol: float = 1e-9) -> None:
    """Gradients to `rtol` of the largest of their kind."""
    np.testing.assert_allclose(actual[0], expected[0], rtol=rtol)
    assert actual[1].keys() == expected[1].keys()
    for key, gradient in expected[1].items():
        near = rtol * np.abs(gradient).max()
        np.testing.assert_allclose(actual[1][key], gradient, rtol=0, atol=near, err_msg=key)


def on_mesh(shape: tuple[int, int, int], function: Callable, *trees: dict) -> tuple:
    """function(*trees) with every array that has rows cut along them."""
    mesh = mesh_of(*shape)

    def put(x: np.ndarray) -> jax.Array:
        spec = PartitionSpec(BATCH_AXES) if np.ndim(x) else PartitionSpec()
        return jax.device_put(x, NamedSharding(mesh, spec))

    with jax.set_mesh(mesh):
        return function(*jax.tree.map(put, trees))


@pytest.fixture(autouse=True)
def float64():
    with jax.enable_x64(True):
        yield


@pytest.fixture(params=[False, True], ids=["in_batch", "hard_negatives"])
def negatives(request) -> bool:
    return request.param


@pytest.mark.parametrize("name", NAMES)
class TestIsTheDenseLoss:
    @pytest.mark.parametrize("block", [1, 4, BATCH, 2 * BATCH])
    def test_for_any_block(self, name, block, negatives):
        values = learned_values(negatives), labels(negatives)
        expected = value_and_gradients(name, DENSE)(*values)
        assert_same(value_and_gradients(name, block)(*values), expected)

    @pytest.mark.usefixtures("outside_the_persistent_cache")
    @pytest.mark.parametrize("shape", [(8, 1, 1), (2, 2, 2)], ids=str)
    def test_on_every_mesh(self, name, shape, negatives):
        values = learned_values(negatives), labels(negatives)
        expected = value_and_gradients(name, DENSE, PREFIXES)(*values)
        assert_same(on_mesh(shape, value_and_gradients(name, 2, PREFIXES), *values), expected)

    @settings(max_examples=60, deadline=None)
    @given(
        texts=arrays(int, BATCH, elements=st.integers(0, 9)),
        targets=arrays(int, BATCH, elements=st.integers(0, 9)),
        negative_ids=arrays(int, NEGATIVES, elements=st.integers(-1, 11)),
    )
    def test_whatever_is_the_same_item(self, name, texts, targets, negative_ids):
        values = learned_values(True), {"ids": (texts, targets), "negative_ids": negative_ids}
        expected = value_and_gradients(name, DENSE)(*values)
        assert_same(value_and_gradients(name, 4)(*values), expected)

    def test_in_single_precision(self, name, negatives):
        expected = value_and_gradients(name, DENSE)(learned_values(negatives), labels(negatives))
        single = learned_values(negatives, np.float32)
        with jax.enable_x64(False):
            actual = value_and_gradients(name, 4)(single, labels(negatives))
        assert actual[0].dtype == actual[1]["queries"].dtype == jnp.float32
        assert_same(actual, expected, rtol=1e-5)

    def test_where_logits_are_far_apart(self, name):
        """Their exponentials are beyond what a double holds."""
        values = learned_values(True) | {"scale": np.array(300.0)}
        expected = value_and_gradients(name, DENSE)(values, labels(True))
        assert np.isfinite(expected[0])
        assert_same(value_and_gradients(name, 4)(values, labels(True)), expected)


def test_a_batch_of_one_item_leaves_nothing_to_tell_apart():
    ids = (np.zeros(BATCH, int), np.arange(BATCH))
    value, gradients = value_and_gradients("softmax", 4)(learned_values(False), {"ids": ids})
    assert value == 0
    assert all(not np.any(gradient) for gradient in gradients.values())


def test_rows_must_divide_into_blocks():
    with pytest.raises(ValueError, match="16 rows do not divide into blocks of 5"):
        value_and_gradients("softmax", 5)(learned_values(False), labels(False))


def test_the_sigmoid_needs_a_bias():
    pairs = Pairs(**learned_values(False) | {"bias": None}, **labels(False))
    with pytest.raises(ValueError, match="needs a bias: set model.temperatures.TASK.bias"):
        LOSSES["sigmoid"](Outputs(pairs=pairs), (), 4)


@pytest.mark.usefixtures("outside_the_persistent_cache")
class TestMemory:
    @staticmethod
    def mebibytes(name: str, block: int, batch: int, negatives: int, devices: int = 8) -> float:
        """Of temporary arrays on each device, by the compiler; nothing is computed."""
        mesh = mesh_of(devices, 1, 1)

        def rows(dtype: type, *shape: int) -> jax.ShapeDtypeStruct:
            sharding = NamedSharding(mesh, PartitionSpec(BATCH_AXES) if shape else PartitionSpec())
            return jax.ShapeDtypeStruct(shape, dtype, sharding=sharding)

        number, ids = rows(np.float32), rows(np.int32, batch)
        vectors = rows(np.float32, batch, 64)
        learned = {"queries": vectors, "targets": vectors, "scale": number, "bias": number}
        rest = {"ids": (ids, ids)}
        if negatives:
            learned["negatives"] = rows(np.float32, negatives * batch, 64)
            rest["negative_ids"] = rows(np.int32, negatives * batch)
        with jax.enable_x64(False), jax.set_mesh(mesh):
            compiled = value_and_gradients(name, block).lower(learned, rest).compile()
        return compiled.memory_analysis().temp_size_in_bytes / 2**20

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("negatives", [0, 1])
    def test_grows_no_faster_than_the_batch(self, name, negatives):
        small, large = (self.mebibytes(name, 64, batch, negatives) for batch in (8192, 32768))
        assert large <= 4 * small

    def test_is_a_fraction_of_the_dense_loss(self):
        dense, blockwise = (self.mebibytes("softmax", block, 8192, 0) for block in (DENSE, 64))
        assert blockwise < dense / 20

    def test_on_one_device_is_a_fraction_too(self):
        dense, blockwise = (self.mebibytes("softmax", block, 4096, 0, 1) for block in (DENSE, 64))
        assert blockwise < dense / 10
