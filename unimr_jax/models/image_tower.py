"""ViT (arXiv 2010.11929) over pictures of any resolution that its patches divide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from flax import struct
from jax.experimental.layout import Layout, with_layout_constraint
from jax.sharding import PartitionSpec

from unimr_jax.losses.ring import batch_axes
from unimr_jax.models.attention import Array, segments_of
from unimr_jax.models.blocks import Dtype, dense, layer_norm, partitioned
from unimr_jax.models.pooling import POOLINGS
from unimr_jax.models.positions import RESAMPLINGS
from unimr_jax.models.stack import block_type, scan_stack, stacked_params


@struct.dataclass
class Patches:
    """Pictures of different shapes, cut into patches row by row (NaViT, arXiv 2307.06304)."""

    pixels: Array  # uint8 [batch, patches, 3 · patch²]
    grid: Array  # int32 [batch, 2]: rows and columns of each; the patches after these are padding


def as_images(batch: Array | Mapping[str, Array]) -> Array | Patches:
    """What batches hold of pictures, as `ImageTower` takes it: patches come as a dictionary."""
    return Patches(**batch) if isinstance(batch, Mapping) else batch


def patchify(images: Array, patch: int) -> Array:
    """[batch, height, width, channels] → [batch, rows, columns, channels · patch²]

    What is left at the right and at the bottom falls away, as in a convolution without padding.
    """
    batch, height, width, channels = images.shape
    rows, columns = height // patch, width // patch
    x = images[:, : rows * patch, : columns * patch]
    x = x.reshape(batch, rows, patch, columns, patch, channels).transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(batch, rows, columns, patch * patch * channels)


class Stem(nn.Module):
    """Pixels [batch, height, width, 3] → vectors of patches [batch, rows, columns, width]."""

    patch: int
    width: int
    channels: int  # of the convolutional stem's first layer
    bias: bool
    dtype: Dtype

    def embed(self, patches: Array) -> Array:
        axes = "patch", "embed"
        return dense(self.width, axes, self.dtype, use_bias=self.bias, name="patches")(patches)


class LinearStem(Stem):
    """One linear layer over the pixels of each patch: the plain ViT."""

    @nn.compact
    def __call__(self, pixels: Array) -> Array:
        """Or patches that are already cut: [batch, patches, 3 · patch²]."""
        return self.embed(pixels if pixels.ndim == 3 else patchify(pixels, self.patch))


class ConvolutionalStem(Stem):
    """Three convolutions that halve the sides and double the channels, then patches of what is
    left (arXiv 2106.14881): small shapes are learned in far fewer steps than by a linear stem.

    8 has to divide the patch.
    """

    @nn.compact
    def __call__(self, pixels: Array) -> Array:
        x = pixels
        for i in range(3):
            x = nn.gelu(convolution(self.channels << i, self.dtype, name=f"convolution_{i}")(x))
        return self.embed(patchify(x, self.patch // 8))


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


STEMS = {"linear": LinearStem, "convolutional": ConvolutionalStem}


class ImageTower(nn.Module):
    size: int
    patch: int
    stem: str
    stem_channels: int
    stem_bias: bool
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    width: int
    depth: int
    heads: int
    mlp_ratio: float
    block: Mapping[str, Any]  # how blocks are built, as in `Block`
    embedding_norm: bool
    resampling: str
    pooling: str
    pooling_heads: int
    dropout: float
    scan_layers: bool
    remat: str
    attention: str = "auto"
    dtype: Dtype = "float32"

    @nn.compact
    def __call__(self, images: Array | Patches, deterministic: bool = True) -> Array:
        """Pictures uint8 [batch, height, width, 3] → pooled states [batch, width]."""
        x, mask = self._embedded(images)
        if self.embedding_norm:
            x = self._norm("embedding_norm")(x)
        x = self._norm("norm")(self._blocks(x, mask, deterministic))
        if mask is None:
            mask = jnp.ones(x.shape[:2], bool)
        pool = POOLINGS[self.pooling](
            self.dtype,
            self.pooling_heads,
            self.mlp_ratio,
            self.block["activation"],
            self.block["norm_epsilon"],
            name="pooling",
        )
        return pool(x, mask[:, None])[:, 0]

    def _embedded(self, images: Array | Patches) -> tuple[Array, Array | None]:
        """Vectors of patches [batch, length, width] and which of them there are; None: all."""
        stem = STEMS[self.stem](
            self.patch, self.width, self.stem_channels, self.stem_bias, self.dtype
        ).copy(name="stem")
        grid = self.size // self.patch
        initializer = partitioned(nn.initializers.normal(0.02), None, None, "embed")
        table = self.param("positions", initializer, (grid, grid, self.width))
        if isinstance(images, Patches):
            x = stem(self._normalised(images.pixels))
            places, mask = _places(x.shape[1], images.grid)
            positions = resample_at(table, *places, images.grid, RESAMPLINGS[self.resampling])
        else:
            x, mask = stem(self._normalised(images)), None
            positions = resample(table, *x.shape[1:3], RESAMPLINGS[self.resampling])
        x = (x + positions.astype(self.dtype)).reshape(x.shape[0], -1, self.width)
        return self._with_class(x, mask) if self.pooling == "cls" else (x, mask)

    def _normalised(self, pixels: Array) -> Array:
        """uint8 [..., 3 or 3 · patch²], channels last → the deviations that the tower reads."""
        repeats = pixels.shape[-1] // 3
        mean, deviation = (
            jnp.tile(jnp.asarray(x, self.dtype), repeats) for x in (self.mean, self.deviation)
        )
        return pixels.astype(self.dtype) / (255 * deviation) - mean / deviation

    def _blocks(self, x: Array, mask: Array | None, deterministic: bool) -> Array:
        options = dict(self.block) | {"kernel": self.attention, "dtype": self.dtype}
        unnormed_first = options.pop("unnormed_first")
        block = block_type(self.remat, self.scan_layers)(
            self.heads, self.mlp_ratio, self.dropout, **options, parent=None
        )
        segments = None if mask is None else segments_of(mask[:, None])
        if self.scan_layers:
            params = stacked_params(self, block, self.depth, self.width)
            dropout = None if deterministic else self.make_rng("dropout")
            return scan_stack(block, params, x, segments, dropout)
        x = _with_row_major_gradient(x)
        for i in range(self.depth):
            layer = block.copy(name=f"blocks_{i}", normed_input=unnormed_first and i == 0)
            x = layer(x, segments, deterministic)
        return x

    def _norm(self, name: str) -> nn.LayerNorm:
        return layer_norm(
            self.dtype, self.block["norm_epsilon"], self.block["norm_bias"], name=name
        )

    def _with_class(self, x: Array, mask: Array | None) -> tuple[Array, Array | None]:
        initializer = partitioned(nn.initializers.normal(0.02), None, "embed")
        token = self.param("class", initializer, (1, self.width)).astype(self.dtype)
        x = jnp.concatenate([jnp.broadcast_to(token, (x.shape[0], 1, self.width)), x], axis=1)
        return x, None if mask is None else jnp.pad(mask, ((0, 0), (1, 0)), constant_values=True)


@jax.custom_vjp
def _with_row_major_gradient(x: Array) -> Array:
    """Keeps the memory layout of all layers' gradients.

    The gradient of positions is a sum over the batch. To have the batch innermost for it, XLA
    would on GPUs transpose what goes into and comes out of every layer.
    """
    return x


def _row_major(x: Array) -> Array:
    def pinned(x: Array) -> Array:
        return with_layout_constraint(x, Layout(tuple(range(x.ndim))))

    if not (axes := batch_axes()):
        return pinned(x)
    rows = PartitionSpec(axes)  # told apart here: XLA would gather what it is not told to cut
    return jax.shard_map(pinned, in_specs=rows, out_specs=rows)(x)


_with_row_major_gradient.defvjp(lambda x: (x, None), lambda _, gradient: (_row_major(gradient),))


# ---- positions ---------------------------------------------------------------------------------


def resample(table: Array, rows: int, columns: int, weights: Callable) -> Array:
    """Learned positions [grid, grid, width] for a picture of other shape than trained on."""
    grid = len(table)
    if (rows, columns) == (grid, grid):
        return table
    down, across = (weights(jnp.arange(size), size, grid) for size in (rows, columns))
    return jnp.einsum("rg,ch,ghd->rcd", down, across, table, precision="highest")


def resample_at(table: Array, row: Array, column: Array, shape: Array, weights: Callable) -> Array:
    """The same for patches at given rows and columns [batch, patches] of pictures whose own
    `shape` is [batch, 2]: [batch, patches, width].
    """
    grid = len(table)
    down = weights(row, shape[:, :1, None], grid)
    across = weights(column, shape[:, 1:, None], grid)
    return jnp.einsum("bpg,bph,ghd->bpd", down, across, table, precision="highest")


def _places(patches: int, grid: Array) -> tuple[tuple[Array, Array], Array]:
    """(row, column) of every patch [batch, patches], and the mask of those that are there.

    Padding stands at the first place, which every picture has.
    """
    number = jnp.arange(patches)[None]
    there = number < grid.prod(axis=1, keepdims=True)
    number, columns = jnp.where(there, number, 0), grid[:, 1:]
    return (number // columns, number % columns), there
