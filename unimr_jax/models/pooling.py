"""From the states of tokens to one state for each text or picture.

States [rows, length, width] and mask [rows, texts, length] give [rows, texts, width].
"""

from __future__ import annotations

from collections.abc import Callable

import flax.linen as nn
import jax
import jax.numpy as jnp

from unimr_jax.models.attention import MASKED, Array, attention
from unimr_jax.models.blocks import (
    MLP,
    Dtype,
    dense,
    layer_norm,
    merge_heads,
    partitioned,
    split_heads,
)


def by_text(mask: Array) -> Array:
    """The mask as [rows, texts, length], where [rows, length] stands for one text in each row."""
    return mask[:, None] if mask.ndim == 2 else mask


def uniform_weights(mask: Array) -> Array:
    """Weights [rows, texts, length] of a mean over the tokens of each text."""
    return mask / jnp.maximum(mask.sum(axis=-1, keepdims=True), 1)


def heads_of_64(width: int) -> int:
    """As many heads as divide the width, none of them under 64 features wide if it has as many."""
    return next(heads for heads in range(max(1, width // 64), 0, -1) if width % heads == 0)


class Pooling(nn.Module):
    """What poolings take; those without parameters read only the type."""

    dtype: Dtype
    heads: int = 0  # 0: of 64 features
    mlp_ratio: float = 4.0
    activation: str = "gelu_tanh"
    norm_epsilon: float = 1e-6


class MeanPooling(Pooling):
    """The mean over a text's tokens."""

    def __call__(self, states: Array, mask: Array) -> Array:
        return jnp.einsum("rld,rtl->rtd", states, uniform_weights(mask).astype(states.dtype))


class FirstPooling(Pooling):
    """The state of a text's first token, [CLS]."""

    def __call__(self, states: Array, mask: Array) -> Array:
        return jnp.take_along_axis(states, mask.argmax(axis=-1)[..., None], axis=1)


class MapPooling(Pooling):
    """Attention by one learned query over all tokens, then an MLP (SigLIP's head)."""

    @nn.compact
    def __call__(self, states: Array, mask: Array) -> Array:
        rows, texts, _ = mask.shape
        width = states.shape[-1]
        probe = self.param(
            "probe", partitioned(nn.initializers.xavier_uniform(), None, "embed"), (1, width)
        )
        heads = self.heads or heads_of_64(width)
        key, value = jnp.split(
            dense(2 * width, ("embed", "heads"), self.dtype, name="key_value")(states), 2, axis=-1
        )
        query = jnp.broadcast_to(probe.astype(states.dtype), (rows, texts, width))
        pooled = merge_heads(
            attention(*(split_heads(part, heads) for part in (query, key, value)), mask)
        )
        pooled = dense(width, ("heads", "embed"), self.dtype, name="out")(pooled)
        y = layer_norm(self.dtype, self.norm_epsilon, name="norm")(pooled)
        return pooled + MLP(self.mlp_ratio, self.dtype, self.activation, name="mlp")(y)


class MaxPooling(Pooling):
    """The largest value of every feature over a text's tokens: one telling word is enough."""

    def __call__(self, states: Array, mask: Array) -> Array:
        return masked_max(states, mask)


@jax.custom_vjp
def masked_max(states: Array, mask: Array) -> Array:
    """[rows, texts, width]: where there is no text, the first state.

    The gradient of `max` looks for the value that equals the maximum, and misses it where a
    compiler computes the states twice with different rounding. An index does not, but takes five
    times as long: only training looks for it.
    """
    largest = _visible(states, mask).max(axis=2)
    return jnp.where(mask.any(axis=2)[..., None], largest, states[:, :1])


def _visible(states: Array, mask: Array) -> Array:
    """[rows, texts, length, width]"""
    return jnp.where(mask[..., None], states[:, None], MASKED)


def _max_and_where(states: Array, mask: Array) -> tuple[Array, Callable]:
    index = _visible(states, mask).argmax(axis=2)
    return jax.vjp(lambda x: jnp.take_along_axis(x, index, axis=1), states)


def _to_where(pull: Callable, gradient: Array) -> tuple[Array, None]:
    return (*pull(gradient), None)


masked_max.defvjp(_max_and_where, _to_where)


POOLINGS = {"mean": MeanPooling, "max": MaxPooling, "cls": FirstPooling, "map": MapPooling}
