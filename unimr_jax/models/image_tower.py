"""ViT (arXiv 2010.11929) over pictures of any resolution that its patches divide."""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp

from unimr_jax.models.attention import Array
from unimr_jax.models.blocks import POOLINGS, Dtype, dense, layer_norm, partitioned
from unimr_jax.models.stack import STACK, block_type, init_stack, scan_stack


def patchify(images: Array, patch: int) -> Array:
    """[batch, height, width, channels] → [batch, rows, columns, channels · patch²]"""
    batch, height, width, channels = images.shape
    rows, columns = height // patch, width // patch
    x = images.reshape(batch, rows, patch, columns, patch, channels).transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(batch, rows, columns, patch * patch * channels)


class LinearStem(nn.Module):
    """One linear layer over the pixels of each patch: the plain ViT."""

    patch: int
    width: int
    channels: int
    dtype: Dtype

    @nn.compact
    def __call__(self, pixels: Array) -> Array:
        return _patch_embedding(self.width, self.dtype)(patchify(pixels, self.patch))


class ConvolutionalStem(nn.Module):
    """Three convolutions that halve the sides and double the channels, then patches of what is
    left (arXiv 2106.14881): small shapes are learned in far fewer steps than by a linear stem.

    `channels` are those of the first convolution; 8 has to divide the patch.
    """

    patch: int
    width: int
    channels: int
    dtype: Dtype

    @nn.compact
    def __call__(self, pixels: Array) -> Array:
        x = pixels  # [batch, height, width, 3]
        for i in range(3):
            x = nn.gelu(convolution(self.channels << i, self.dtype, name=f"convolution_{i}")(x))
        return _patch_embedding(self.width, self.dtype)(patchify(x, self.patch // 8))


def convolution(features: int, dtype: Dtype, name: str) -> nn.Conv:
    """3×3, every second row and column."""
    return nn.Conv(
        features,
        kernel_size=(3, 3),
        strides=(2, 2),
        dtype=dtype,
        kernel_init=partitioned(nn.initializers.lecun_normal(), None, None, None, "patch"),
        bias_init=partitioned(nn.initializers.zeros, "patch"),
        conv_general_dilated=convolve,
        name=name,
    )


def convolve(x: Array, kernel: Array, strides: tuple, padding: str, **options) -> Array:
    """On a CPU as a product of matrices: XLA's gradients of a convolution are slow there."""

    def native(x: Array, kernel: Array) -> Array:
        return jax.lax.conv_general_dilated(x, kernel, strides, padding, **options)

    return jax.lax.platform_dependent(x, kernel, cpu=convolve_by_product, default=native)


def convolve_by_product(x: Array, kernel: Array) -> Array:
    """[batch, height, width, in] * [3, 3, in, out] → [batch, height / 2, width / 2, out]"""
    _, height, width, _ = x.shape
    x = jnp.pad(x, ((0, 0), (0, 1), (0, 1), (0, 0)))  # as "SAME" pads even sides
    windows = [x[:, i : i + height : 2, j : j + width : 2] for i in range(3) for j in range(3)]
    return jnp.concatenate(windows, axis=-1) @ kernel.reshape(-1, kernel.shape[-1])


def _patch_embedding(width: int, dtype: Dtype) -> nn.Dense:
    return dense(width, ("patch", "embed"), dtype, name="patches")


STEMS = {"linear": LinearStem, "convolutional": ConvolutionalStem}


class ImageTower(nn.Module):
    size: int
    patch: int
    stem: str
    stem_channels: int
    width: int
    depth: int
    heads: int
    mlp_ratio: float
    pooling: str
    dropout: float
    scan_layers: bool
    remat: str
    attention: str = "auto"
    dtype: Dtype = "float32"

    @nn.compact
    def __call__(self, images: Array, deterministic: bool = True) -> Array:
        """Pictures uint8 [batch, height, width, 3] → pooled states [batch, width]."""
        pixels = images.astype(self.dtype) / 127.5 - 1
        stem = STEMS[self.stem](self.patch, self.width, self.stem_channels, self.dtype)
        x = stem.copy(name="stem")(pixels)  # [batch, rows, columns, width]
        x = (x + self._positions(*x.shape[1:3])).reshape(len(x), -1, self.width)
        if self.pooling == "cls":
            x = self._prepend_class(x)
        x = self._blocks(x, deterministic)
        x = layer_norm(self.dtype, name="norm")(x)
        every_patch = jnp.ones((len(x), 1, x.shape[1]), bool)
        return POOLINGS[self.pooling](self.dtype, name="pooling")(x, every_patch)[:, 0]

    def _blocks(self, x: Array, deterministic: bool) -> Array:
        options = {"kernel": self.attention, "dtype": self.dtype, "parent": None}
        block = block_type(self.remat, self.scan_layers)(
            self.heads, self.mlp_ratio, self.dropout, **options
        )
        if self.scan_layers:
            params = self.param(STACK, init_stack, block, self.depth, self.width)
            dropout = None if deterministic else self.make_rng("dropout")
            return scan_stack(block, params, x, None, dropout)
        for i in range(self.depth):
            x = block.copy(name=f"block_{i}")(x, None, deterministic)
        return x

    def _positions(self, rows: int, columns: int) -> Array:
        """Learned positions, resampled where the picture is not of the size trained on."""
        grid = self.size // self.patch
        initializer = partitioned(nn.initializers.normal(0.02), None, None, "embed")
        table = self.param("positions", initializer, (grid, grid, self.width))
        if (rows, columns) != (grid, grid):
            table = jax.image.resize(table, (rows, columns, self.width), "bilinear")
        return table.astype(self.dtype)

    def _prepend_class(self, x: Array) -> Array:
        initializer = partitioned(nn.initializers.normal(0.02), None, "embed")
        token = self.param("class", initializer, (1, self.width)).astype(self.dtype)
        return jnp.concatenate([jnp.broadcast_to(token, (len(x), 1, self.width)), x], axis=1)
