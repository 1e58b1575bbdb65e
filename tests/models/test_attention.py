"""Attention, and that every kernel of it computes the same."""

from __future__ import annotations

from functools import partial
from unittest.mock import patch

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import AxisType

from tests.helpers import BATCH, HEADS, LENGTH, WIDTH, random_texts
from unimr_jax.models import attention as kernels
from unimr_jax.models.attention import (
    KERNELS,
    Segments,
    attention,
    fastest,
    obstacle,
    same_segment,
    segments_of,
)

RNG = np.random.default_rng(0)
_, MASK = random_texts()
# Two texts in each row: one at its beginning, one at its end, and padding between them.
TWO_TEXTS = np.stack([np.arange(LENGTH) < 2, np.arange(LENGTH) >= LENGTH - 3])
TWO_TEXTS = np.broadcast_to(TWO_TEXTS, (BATCH, 2, LENGTH))


def random_states(*shape: int) -> list[np.ndarray]:
    """Query, key and value."""
    return [RNG.standard_normal(shape).astype(np.float32) for _ in range(3)]


class TestAttention:
    states = random_states(BATCH, HEADS, LENGTH, WIDTH // HEADS)

    def test_is_softmax_of_scaled_products_over_tokens_not_masked(self):
        query, key, value = self.states
        expected = np.zeros_like(query)
        for b, h, q in np.ndindex(BATCH, HEADS, LENGTH):
            keys = np.flatnonzero(MASK[b])
            scores = key[b, h, keys] @ query[b, h, q] / np.sqrt(WIDTH / HEADS)
            weights = np.exp(scores) / np.sum(np.exp(scores))
            expected[b, h, q] = sum(w * value[b, h, k] for w, k in zip(weights, keys))
        actual = attention(*self.states, MASK[:, None])
        np.testing.assert_allclose(actual, expected, atol=1e-6)

    def test_a_mask_can_differ_by_query(self):
        seen = np.random.default_rng(0).random((BATCH, LENGTH, LENGTH)) < 0.5
        seen |= np.eye(LENGTH, dtype=bool)
        actual = attention(*self.states, seen)
        for q in range(LENGTH):
            expected = attention(*self.states, seen[:, q : q + 1])
            np.testing.assert_allclose(actual[:, :, q], expected[:, :, q], atol=1e-6)

    def test_no_mask_is_a_mask_of_ones(self):
        ones = np.ones_like(MASK)[:, None]
        np.testing.assert_array_equal(attention(*self.states, None), attention(*self.states, ones))

    @pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16, jnp.float16])
    def test_where_all_is_masked_it_stays_finite(self, dtype):
        states = [jnp.asarray(x, dtype) for x in self.states]
        assert jnp.all(jnp.isfinite(attention(*states, MASK[:, None] & False)))


def test_tokens_see_those_of_their_own_text_and_padding_sees_padding():
    every_token = np.concatenate([TWO_TEXTS, ~TWO_TEXTS.any(axis=1, keepdims=True)], axis=1)
    expected = (every_token[:, :, :, None] & every_token[:, :, None, :]).any(axis=1)
    np.testing.assert_array_equal(same_segment(segments_of(TWO_TEXTS)), expected)
    assert not segments_of(TWO_TEXTS).padded and segments_of(TWO_TEXTS[:, :1]).padded


# ---- kernels -------------------------------------------------------------------------------------

MOST = 200  # tokens: two blocks of splash attention, the second one not full


def packed_segments() -> Segments:
    """Two rows: one of three texts, one of a text and padding."""
    ends = np.array([[30, 128, 200], [170, 170, 170]])
    numbers = (np.arange(MOST)[:, None] >= ends[:, None]).sum(axis=-1) + 1  # [rows, tokens]
    return Segments(np.where(np.arange(MOST) < ends[:, -1:], numbers, 0).astype(np.int32))


def padded_segments() -> Segments:
    """Two rows: one of a text and padding, one without a text."""
    return segments_of((np.arange(MOST) < np.array([[170], [0]]))[:, None])


def value_and_gradient(kernel, segments, states, seen) -> tuple:
    """What tokens that are not padding get, and a gradient that all of it enters."""

    @jax.jit
    def run(states):
        mixed = kernel(*states, segments) * seen
        return (mixed.astype(jnp.float32) ** 2).sum(), mixed

    (_, mixed), slopes = jax.value_and_grad(run, has_aux=True)(states)
    return mixed, slopes


@pytest.mark.parametrize(
    "segments",
    [packed_segments(), padded_segments(), None],
    ids=["packed", "padded", "whole rows"],
)
@pytest.mark.parametrize("name", sorted(KERNELS.keys() - {"einsum"}))
def test_every_kernel_is_equal_to_the_einsums(name, segments):
    dtype, tolerance = (jnp.bfloat16, 3e-2) if name == "cudnn" else (jnp.float32, 2e-5)
    states = [jnp.asarray(x, dtype) for x in random_states(2, HEADS, MOST, 8)]
    kernel = KERNELS[name]
    if name == "splash" and jax.default_backend() != "tpu":
        kernel = partial(kernel, interpret=True)
    elif reason := obstacle(name, states[0], segments):
        pytest.skip(f"{name} {reason}")
    seen = 1.0 if segments is None else (segments.ids > 0)[:, None, :, None]
    with jax.default_matmul_precision("highest"):
        actual = value_and_gradient(kernel, segments, states, seen)
        expected = value_and_gradient(KERNELS["einsum"], segments, states, seen)
    jax.tree.map(partial(np.testing.assert_allclose, atol=tolerance), actual, expected)


@pytest.mark.usefixtures("outside_the_persistent_cache")
def test_splash_has_its_rows_and_heads_on_each_device():
    states, segments = random_states(2, HEADS, 128, 8), Segments(np.ones((2, 128), np.int32))
    mesh = jax.make_mesh(
        (2, 1, 2), ("data", "fsdp", "tensor"), (AxisType.Auto,) * 3, devices=jax.devices()[:4]
    )
    with jax.set_mesh(mesh):
        splash = jax.jit(partial(kernels.splash, interpret=True))
        actual = splash(*states, segments)
    assert actual.sharding.shard_shape(actual.shape) == (1, HEADS // 2, 128, 8)
    np.testing.assert_allclose(actual, kernels.einsum(*states, segments), atol=2e-5)


class TestChoice:
    """What `auto` takes, on machines that are not there."""

    @staticmethod
    def fastest(
        length: int,
        dtype=jnp.bfloat16,
        head_width: int = 64,
        rows: str = "packed",
        window: int = 0,
    ) -> str:
        query = jax.ShapeDtypeStruct((8, 4, length, head_width), dtype)
        ids = jax.ShapeDtypeStruct((8, length), jnp.int32)
        segments = None if rows == "whole" else Segments(ids, rows == "padded")
        return fastest(query, segments, window)

    @pytest.fixture
    def gpu(self):
        with patch.object(kernels, "_is_ampere_or_later", return_value=True):
            yield

    @pytest.fixture
    def tpu(self):
        backend = patch("jax.default_backend", return_value="tpu")
        with backend, patch("jax.device_count", return_value=1):
            yield

    def test_on_a_cpu_the_einsums(self):
        assert self.fastest(512) == "einsum"

    @pytest.mark.usefixtures("gpu")
    def test_on_a_gpu_cudnn_where_it_can(self):
        assert self.fastest(256) == "cudnn"
        assert self.fastest(257, rows="whole") == "cudnn"
        assert self.fastest(257, rows="padded") == "cudnn"
        assert self.fastest(257) == "einsum"
        assert self.fastest(257, rows="padded", window=64) == "einsum"  # which needs a mask
        assert self.fastest(256, rows="padded", window=64) == "cudnn"
        assert self.fastest(256, jnp.float32) == "einsum"
        assert self.fastest(256, head_width=36) == "einsum"

    @pytest.mark.usefixtures("gpu")
    def test_short_texts_are_faster_by_the_einsums(self):
        assert self.fastest(64) == "einsum"

    @pytest.mark.usefixtures("tpu")
    def test_on_a_tpu_splash_for_what_fills_a_block(self):
        assert self.fastest(196) == "splash"
        assert self.fastest(64) == "einsum"

    @pytest.mark.usefixtures("tpu")
    def test_on_several_tpus_splash_where_it_is_told_how_to_divide(self):
        with patch("jax.device_count", return_value=8):
            assert self.fastest(256) == "einsum"
        axes = ("data", "fsdp", "tensor")
        for shape, choice in (((2, 1, 4), "splash"), ((1, 1, 8), "einsum")):
            with jax.set_mesh(jax.make_mesh(shape, axes, (AxisType.Auto,) * 3)):
                assert self.fastest(256) == choice
