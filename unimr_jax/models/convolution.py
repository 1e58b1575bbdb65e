"""Convolutions over a text's tokens: what lies near, at a fraction of attention's cost."""

from __future__ import annotations

import flax.linen as nn
import jax.numpy as jnp

from unimr_jax.models.attention import Array, Segments
from unimr_jax.models.blocks import Dtype, dense, layer_norm, partitioned


class ConvolutionBlock(nn.Module):
    """Conformer's convolution module (arXiv 2005.08100, 2.2), dilated (arXiv 1702.02098).

    Each token sees `reach` others on either side, `dilation` tokens apart.
    """

    reach: int
    dilation: int
    dropout: float = 0.0
    dtype: Dtype = "float32"

    @nn.compact
    def __call__(self, x: Array, segments: Segments, deterministic: bool = True) -> Array:
        """[rows, length, width] → the same"""
        width = x.shape[-1]
        y = layer_norm(self.dtype, name="norm")(x)
        y = nn.glu(dense(2 * width, ("embed", "mlp"), self.dtype, name="up")(y))
        taps = self.param(
            "taps",
            partitioned(nn.initializers.normal((2 * self.reach + 1) ** -0.5), None, "mlp"),
            (2 * self.reach + 1, width),
        )
        y = nn.silu(depthwise(y, taps.astype(y.dtype), segments, self.dilation))
        y = dense(width, ("mlp", "embed"), self.dtype, name="down")(y)
        return x + nn.Dropout(self.dropout, deterministic=deterministic)(y)


def depthwise(x: Array, kernel: Array, segments: Segments, dilation: int) -> Array:
    """Every feature by itself, over tokens of the same text: [rows, length, width].

    The kernel [2 · reach + 1, width] has the token itself in its middle. Padding sees nothing.
    """
    length, taps = x.shape[1], kernel.shape[0]
    edge = taps // 2 * dilation
    near = jnp.pad(x, ((0, 0), (edge, edge), (0, 0)))
    texts = jnp.where(segments.ids > 0, segments.ids, -1)
    texts = jnp.pad(texts, ((0, 0), (edge, edge)), constant_values=-1)

    def tap(i: int) -> Array:
        at = slice(i * dilation, i * dilation + length)
        same = texts[:, at] == segments.ids
        return near[:, at] * same[..., None] * kernel[i]

    return sum(map(tap, range(taps)))
