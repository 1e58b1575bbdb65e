"""Transformer parts that every tower is made of.

Parameters carry logical axis names; `training/partitioning.py` maps them to mesh axes. Kernels are
two-dimensional throughout (query, key and value side by side), which is also Hugging Face's layout.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp

from unimr_jax.models.adapters import DOWN, UP
from unimr_jax.models.attention import KERNELS, Array, Segments
from unimr_jax.models.positions import rotary

Dtype = str | jnp.dtype

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "gelu_tanh": nn.gelu,  # by its approximation with tanh
    "gelu": partial(nn.gelu, approximate=False),
    "quick_gelu": lambda x: x * nn.sigmoid(1.702 * x),  # CLIP's
    "silu": nn.silu,
    "relu": nn.relu,
}


def partitioned(initializer: Callable, *axes: str | None) -> Callable:
    return nn.with_logical_partitioning(initializer, axes)


class Dense(nn.Dense):
    """A linear layer, with what a low-rank adapter beside its kernel adds (see `adapters`)."""

    @nn.compact
    def __call__(self, x: Array) -> Array:
        y = super().__call__(x)
        if not self.has_variable("params", DOWN):
            return y
        down, up = (self.get_variable("params", name).astype(y.dtype) for name in (DOWN, UP))
        return y + (x.astype(y.dtype) @ down) @ up


class DenseParts(Dense):
    """Linear layers of one size, their kernels side by side in one.

    Whoever reads a part of a common product, as a fused kernel of attention does, reads a copy. So
    of many rows every part has a product of its own; of rows fewer than the kernel's, where parts
    of the kernel would be more to copy, the product is cut, as of rows whose number an exported
    program leaves open.
    """

    parts: int = 1

    @nn.compact
    def __call__(self, x: Array) -> list[Array]:
        """[..., in] → of every part [..., features / parts]"""
        *rows, inputs = x.shape
        if not all(isinstance(n, int) for n in rows) or math.prod(rows) < inputs:
            return self._cut(super().__call__(x))
        shape = inputs, self.features
        kernel = self.param("kernel", self.kernel_init, shape, self.param_dtype)
        x, kernel = self.promote_dtype(x, kernel, dtype=self.dtype)
        y = [x @ part for part in self._cut(kernel)]
        if self.use_bias:
            bias = self.param("bias", self.bias_init, shape[1:], self.param_dtype)
            y = [each + part for each, part in zip(y, self._cut(bias.astype(x.dtype)), strict=True)]
        if not self.has_variable("params", DOWN):
            return y
        down, up = (self.get_variable("params", name).astype(x.dtype) for name in (DOWN, UP))
        low = x @ down
        return [each + low @ part for each, part in zip(y, self._cut(up), strict=True)]

    def _cut(self, x: Array) -> list[Array]:
        return jnp.split(x, self.parts, axis=-1)


def dense(
    features: int, axes: tuple[str, str], dtype: Dtype, kind: type[Dense] = Dense, **options
) -> Dense:
    """A linear layer whose kernel [in, out] carries the two logical axes."""
    initializer = options.pop("kernel_init", nn.initializers.xavier_uniform())
    return kind(
        features,
        dtype=dtype,
        kernel_init=partitioned(initializer, *axes),
        bias_init=partitioned(nn.initializers.zeros, axes[1]),
        **options,
    )


def layer_norm(dtype: Dtype, epsilon: float = 1e-6, bias: bool = True, **options) -> nn.LayerNorm:
    return nn.LayerNorm(
        epsilon=epsilon,
        dtype=dtype,
        use_bias=bias,
        scale_init=partitioned(nn.initializers.ones, "norm"),
        bias_init=partitioned(nn.initializers.zeros, "norm"),
        **options,
    )


def split_heads(x: Array, heads: int) -> Array:
    """[batch, length, width] → [batch, heads, length, width / heads]"""
    batch, length, width = x.shape
    return x.reshape(batch, length, heads, width // heads).transpose(0, 2, 1, 3)


def merge_heads(x: Array) -> Array:
    """[batch, heads, length, head_width] → [batch, length, heads · head_width]"""
    batch, heads, length, head_width = x.shape
    return x.transpose(0, 2, 1, 3).reshape(batch, length, heads * head_width)


class SelfAttention(nn.Module):
    heads: int
    rotary_base: float  # 0: positions are known otherwise
    window: int  # tokens on either side that are seen; 0: all
    bias: bool
    kernel: str
    dtype: Dtype

    @nn.compact
    def __call__(self, x: Array, segments: Segments | None) -> Array:
        width = x.shape[-1]
        axes, bias = ("embed", "heads"), {"use_bias": self.bias}
        qkv = dense(3 * width, axes, self.dtype, DenseParts, parts=3, **bias, name="qkv")(x)
        query, key, value = (split_heads(part, self.heads) for part in qkv)
        if self.rotary_base:
            query, key = rotary(query, self.rotary_base), rotary(key, self.rotary_base)
        mixed = merge_heads(KERNELS[self.kernel](query, key, value, segments, self.window))
        return dense(width, ("heads", "embed"), self.dtype, use_bias=self.bias, name="out")(mixed)


class MLP(nn.Module):
    """Gated: the activation of one half times the other (GLU, arXiv 2002.05202)."""

    ratio: float
    dtype: Dtype
    activation: str = "gelu_tanh"
    gated: bool = False
    bias: bool = True

    @nn.compact
    def __call__(self, x: Array) -> Array:
        width = x.shape[-1]
        hidden = round(width * self.ratio)
        linear = partial(dense, dtype=self.dtype, use_bias=self.bias)
        y = linear(hidden * (1 + self.gated), ("embed", "mlp"), name="up")(x)
        # Computed anew for the backward pass: to keep more than its input would take longer.
        y = jax.checkpoint(self._activated)(y)
        return linear(width, ("mlp", "embed"), name="down")(y)

    def _activated(self, y: Array) -> Array:
        activate = ACTIVATIONS[self.activation]
        if not self.gated:
            return activate(y)
        y, gate = jnp.split(y, 2, axis=-1)
        return activate(y) * gate


class Block(nn.Module):
    """Transformer block; `film` = (scale, shift), each [batch, length or 1, width], modulates its
    input.
    """

    heads: int
    mlp_ratio: float = 4.0
    dropout: float = 0.0
    rotary_base: float = 0.0
    window: int = 0
    norm_order: str = "pre"  # "post": after the residual sum (BERT)
    norm_epsilon: float = 1e-6
    norm_bias: bool = True
    normed_input: bool = False  # the input needs no norm before attention
    bias: bool = True
    activation: str = "gelu_tanh"  # of ACTIVATIONS
    gated_mlp: bool = False
    kernel: str = "auto"  # of attention.KERNELS
    dtype: Dtype = "float32"

    @nn.compact
    def __call__(
        self,
        x: Array,  # [batch, length, width]
        segments: Segments | None = None,
        deterministic: bool = True,
        film: tuple[Array, Array] | None = None,
    ) -> Array:
        if film is not None:
            x = x * (1 + film[0]) + film[1]
        drop = nn.Dropout(self.dropout, deterministic=deterministic)
        attend, mlp = self._attention(), self._mlp()
        if self.norm_order == "post":
            x = self._norm("attention_norm")(x + drop(attend(x, segments)))
            return self._norm("mlp_norm")(x + drop(mlp(x)))
        y = x if self.normed_input else self._norm("attention_norm")(x)
        x = x + drop(attend(y, segments))
        return x + drop(mlp(self._norm("mlp_norm")(x)))

    def _attention(self) -> SelfAttention:
        reach = self.rotary_base, self.window
        return SelfAttention(
            self.heads, *reach, self.bias, self.kernel, self.dtype, name="attention"
        )

    def _mlp(self) -> MLP:
        kind = self.activation, self.gated_mlp, self.bias
        return MLP(self.mlp_ratio, self.dtype, *kind, name="mlp")

    def _norm(self, name: str) -> nn.LayerNorm:
        return layer_norm(self.dtype, self.norm_epsilon, self.norm_bias, name=name)


NORM_ORDERS = ("pre", "post")


def unit(x: Array) -> Array:
    """Unit vectors along the last axis, in float32; a zero vector stays zero, gradient included."""
    x = x.astype(jnp.float32)
    return x * jax.lax.rsqrt(jnp.maximum(jnp.sum(x * x, axis=-1, keepdims=True), 1e-12))
