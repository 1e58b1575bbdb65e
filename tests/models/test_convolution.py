"""Convolutions see the tokens of their own text alone, as far as they reach."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import (
    VOCABULARY,
    apply,
    built,
    random_params,
    random_texts,
    tiny_settings,
    with_more_padding,
)
from unimr_jax.models.attention import Segments
from unimr_jax.models.convolution import ConvolutionBlock, depthwise

WIDTH = 4
convolved = jax.jit(depthwise, static_argnames="dilation")


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def reference(x: np.ndarray, kernel: np.ndarray, dilation: int) -> np.ndarray:
    """One text [length, width] by NumPy, feature by feature, in float64."""
    stretched = np.zeros((dilation * (len(kernel) - 1) + 1, x.shape[1]))
    stretched[::dilation] = kernel[::-1]  # a convolution turns its kernel round
    middle = slice(len(stretched) // 2, len(stretched) // 2 + len(x))
    return np.stack([np.convolve(*of)[middle] for of in zip(x.T, stretched.T, strict=True)], axis=1)


@pytest.mark.parametrize("reach, dilation", [(0, 1), (1, 1), (2, 3)])
@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=3))
@settings(deadline=None)  # the first example compiles
def test_texts_of_a_row_are_convolved_as_if_alone(reach, dilation, lengths):
    ids = np.zeros(18, np.int32)  # one shape, with padding behind the texts
    ids[: sum(lengths)] = np.repeat(np.arange(1, len(lengths) + 1), lengths)
    x, kernel = normal(1, len(ids), WIDTH), normal(2 * reach + 1, WIDTH)
    found = convolved(x, kernel, Segments(ids[None]), dilation=dilation)
    for text in range(1, len(lengths) + 1):
        own = ids == text
        expected = reference(x[0, own].astype(np.float64), kernel, dilation)
        np.testing.assert_allclose(found[0, own], expected, atol=1e-5)


@pytest.mark.parametrize("reach, dilation", [(1, 1), (2, 1), (1, 3)])
def test_a_token_sees_as_far_as_the_block_reaches(reach, dilation):
    block = ConvolutionBlock(reach, dilation)
    x, segments = jnp.array(normal(1, 16, WIDTH)), Segments(jnp.ones((1, 16), jnp.int32))
    params = block.init(jax.random.key(0), x, segments)
    gradient = jax.grad(lambda x: block.apply(params, x, segments)[0, 8].sum())(x)
    seen = np.flatnonzero(np.abs(gradient[0]).sum(axis=-1)) - 8
    np.testing.assert_array_equal(seen, dilation * np.arange(-reach, reach + 1))


def test_a_heads_convolutions_reach_twice_as_far_each():
    head = tiny_settings(block="convolution", depth=3, width=8, layer=0, reach=1)
    model, params = built(head), random_params(built(head))
    tokens = np.arange(VOCABULARY, dtype=np.int32)[None]
    mask = np.ones_like(tokens, bool)
    before = apply(model, params, "encode_query", tokens, mask).nlu.slot_logits
    tokens[0, 12] = 1
    after = apply(model, params, "encode_query", tokens, mask).nlu.slot_logits
    changed = np.flatnonzero(np.abs(after - before)[0].max(axis=-1))
    np.testing.assert_array_equal(changed, np.arange(12 - 7, 12 + 7 + 1))  # 1 + 2 + 4 either side


def test_padding_changes_nothing_in_a_head_of_convolutions():
    head = tiny_settings(block="convolution", depth=2)
    model, params = built(head), random_params(built(head))
    tokens, mask = random_texts()
    short = apply(model, params, "encode_query", tokens, mask)
    long = apply(model, params, "encode_query", *with_more_padding(tokens, mask))
    np.testing.assert_allclose(long.embedding, short.embedding, atol=1e-6)
    of_text = long.nlu.slot_logits[:, : tokens.shape[1]][mask]
    np.testing.assert_allclose(of_text, short.nlu.slot_logits[mask], atol=1e-6)
