"""Transformer parts that every tower is made of.

Parameters carry logical axis names; `training/partitioning.py` maps them to mesh axes. Kernels are
two-dimensional throughout (fused query, key and value), which is also Hugging Face's layout.
"""

from __future__ import annotations

from collections.abc import Callable

import flax.linen as nn
import jax
import jax.numpy as jnp

from unimr_jax.models.attention import KERNELS, MASKED, Array, attention

Dtype = str | jnp.dtype


def partitioned(initializer: Callable, *axes: str | None) -> Callable:
    return nn.with_logical_partitioning(initializer, axes)


def dense(features: int, axes: tuple[str, str], dtype: Dtype, **options) -> nn.Dense:
    """A linear layer whose kernel [in, out] carries the two logical axes."""
    initializer = options.pop("kernel_init", nn.initializers.xavier_uniform())
    return nn.Dense(
        features,
        dtype=dtype,
        kernel_init=partitioned(initializer, *axes),
        bias_init=partitioned(nn.initializers.zeros, axes[1]),
        **options,
    )


def layer_norm(dtype: Dtype, **options) -> nn.LayerNorm:
    return nn.LayerNorm(
        epsilon=1e-6,
        dtype=dtype,
        scale_init=partitioned(nn.initializers.ones, "norm"),
        bias_init=partitioned(nn.initializers.zeros, "norm"),
        **options,
    )


def rotary(x: Array) -> Array:
    """Rotates queries or keys [batch, heads, length, head_width] by position (RoFormer, 3.2)."""
    half = x.shape[-1] // 2
    frequencies = 10_000.0 ** (-jnp.arange(half) / half)
    angles = jnp.arange(x.shape[-2])[:, None] * frequencies  # [length, half]
    sin, cos = jnp.sin(angles).astype(x.dtype), jnp.cos(angles).astype(x.dtype)
    left, right = x[..., :half], x[..., half:]
    return jnp.concatenate([left * cos - right * sin, right * cos + left * sin], axis=-1)


def split_heads(x: Array, heads: int) -> Array:
    """[batch, length, width] → [batch, heads, length, width / heads]"""
    batch, length, width = x.shape
    return x.reshape(batch, length, heads, width // heads).transpose(0, 2, 1, 3)


def heads_of_64(width: int) -> int:
    """As many heads as divide the width, none of them under 64 features wide if it has as many."""
    return next(heads for heads in range(max(1, width // 64), 0, -1) if width % heads == 0)


def merge_heads(x: Array) -> Array:
    """[batch, heads, length, head_width] → [batch, length, heads · head_width]"""
    batch, heads, length, head_width = x.shape
    return x.transpose(0, 2, 1, 3).reshape(batch, length, heads * head_width)


class SelfAttention(nn.Module):
    heads: int
    rotary: bool
    kernel: str
    dtype: Dtype

    @nn.compact
    def __call__(self, x: Array, segments: Array | None) -> Array:
        width = x.shape[-1]
        qkv = dense(3 * width, ("embed", "heads"), self.dtype, name="qkv")(x)
        query, key, value = (split_heads(part, self.heads) for part in jnp.split(qkv, 3, axis=-1))
        if self.rotary:
            query, key = rotary(query), rotary(key)
        mixed = merge_heads(KERNELS[self.kernel](query, key, value, segments))
        return dense(width, ("heads", "embed"), self.dtype, name="out")(mixed)


class MLP(nn.Module):
    ratio: float
    dtype: Dtype

    @nn.compact
    def __call__(self, x: Array) -> Array:
        width = x.shape[-1]
        hidden = dense(int(width * self.ratio), ("embed", "mlp"), self.dtype, name="up")(x)
        return dense(width, ("mlp", "embed"), self.dtype, name="down")(nn.gelu(hidden))


class Block(nn.Module):
    """Pre-norm transformer block; `film` = (scale, shift), each [batch, length or 1, width],
    modulates its input.
    """

    heads: int
    mlp_ratio: float = 4.0
    dropout: float = 0.0
    rotary: bool = False
    kernel: str = "auto"  # of attention.KERNELS
    dtype: Dtype = "float32"

    @nn.compact
    def __call__(
        self,
        x: Array,  # [batch, length, width]
        segments: Array | None = None,  # [batch, length]: tokens see those of the same number
        deterministic: bool = True,
        film: tuple[Array, Array] | None = None,
    ) -> Array:
        drop = nn.Dropout(self.dropout, deterministic=deterministic)
        if film is not None:
            x = x * (1 + film[0]) + film[1]
        y = layer_norm(self.dtype, name="attention_norm")(x)
        attend = SelfAttention(self.heads, self.rotary, self.kernel, self.dtype, name="attention")
        x = x + drop(attend(y, segments))
        y = layer_norm(self.dtype, name="mlp_norm")(x)
        return x + drop(MLP(self.mlp_ratio, self.dtype, name="mlp")(y))


class MeanPooling(nn.Module):
    """The mean over a text's tokens."""

    dtype: Dtype

    def __call__(self, states: Array, mask: Array) -> Array:
        return jnp.einsum("rld,rtl->rtd", states, uniform_weights(mask).astype(states.dtype))


class FirstPooling(nn.Module):
    """The state of a text's first token, [CLS]."""

    dtype: Dtype

    def __call__(self, states: Array, mask: Array) -> Array:
        return jnp.take_along_axis(states, mask.argmax(axis=-1)[..., None], axis=1)


class MapPooling(nn.Module):
    """Attention by one learned query over all tokens, then an MLP (SigLIP's head)."""

    dtype: Dtype

    @nn.compact
    def __call__(self, states: Array, mask: Array) -> Array:
        rows, texts, _ = mask.shape
        width = states.shape[-1]
        probe = self.param(
            "probe", partitioned(nn.initializers.xavier_uniform(), None, "embed"), (1, width)
        )
        heads = heads_of_64(width)
        key, value = jnp.split(
            dense(2 * width, ("embed", "heads"), self.dtype, name="key_value")(states), 2, axis=-1
        )
        query = jnp.broadcast_to(probe.astype(states.dtype), (rows, texts, width))
        pooled = merge_heads(
            attention(*(split_heads(part, heads) for part in (query, key, value)), mask)
        )
        pooled = dense(width, ("heads", "embed"), self.dtype, name="out")(pooled)
        y = layer_norm(self.dtype, name="norm")(pooled)
        return pooled + MLP(4.0, self.dtype, name="mlp")(y)


class MaxPooling(nn.Module):
    """The largest value of every feature over a text's tokens: one telling word is enough."""

    dtype: Dtype

    def __call__(self, states: Array, mask: Array) -> Array:
        visible = jnp.where(
            mask[..., None], states[:, None], MASKED
        )  # [rows, texts, length, width]
        # The gradient of `max` looks for the value that equals the maximum, and misses it where
        # a compiler computes the states twice with different rounding; an index does not.
        return jnp.take_along_axis(states, visible.argmax(axis=2), axis=1)


# States [rows, length, width] and mask [rows, texts, length] → [rows, texts, width].
POOLINGS = {"mean": MeanPooling, "max": MaxPooling, "cls": FirstPooling, "map": MapPooling}


def by_text(mask: Array) -> Array:
    """The mask as [rows, texts, length], where [rows, length] stands for one text in each row."""
    return mask[:, None] if mask.ndim == 2 else mask


def uniform_weights(mask: Array) -> Array:
    """Weights [rows, texts, length] of a mean over the tokens of each text."""
    return mask / jnp.maximum(mask.sum(axis=-1, keepdims=True), 1)


def unit(x: Array) -> Array:
    """Unit vectors along the last axis, in float32; a zero vector stays zero, gradient included."""
    x = x.astype(jnp.float32)
    return x * jax.lax.rsqrt(jnp.maximum(jnp.sum(x * x, axis=-1, keepdims=True), 1e-12))
