"""ViT (arXiv 2010.11929) over pictures of any resolution that its patches divide."""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp

from unimr_jax.models.blocks import POOLINGS, Array, Block, Dtype, dense, layer_norm, partitioned


def patchify(images: Array, patch: int) -> Array:
    """[batch, height, width, 3] → [batch, rows, columns, 3 · patch²]"""
    batch, height, width, channels = images.shape
    rows, columns = height // patch, width // patch
    x = images.reshape(batch, rows, patch, columns, patch, channels).transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(batch, rows, columns, patch * patch * channels)


class ImageTower(nn.Module):
    size: int
    patch: int
    width: int
    depth: int
    heads: int
    mlp_ratio: float
    pooling: str
    dropout: float
    dtype: Dtype = "float32"

    @nn.compact
    def __call__(self, images: Array, deterministic: bool = True) -> Array:
        """Pictures uint8 [batch, height, width, 3] → pooled states [batch, width]."""
        pixels = images.astype(self.dtype) / 127.5 - 1
        x = dense(self.width, ("patch", "embed"), self.dtype, name="patches")(
            patchify(pixels, self.patch)
        )
        x = (x + self._positions(*x.shape[1:3])).reshape(len(x), -1, self.width)
        if self.pooling == "cls":
            x = self._prepend_class(x)
        for i in range(self.depth):
            block = Block(self.heads, self.mlp_ratio, self.dropout, dtype=self.dtype)
            x = block.copy(name=f"block_{i}")(x, None, deterministic)
        x = layer_norm(self.dtype, name="norm")(x)
        return POOLINGS[self.pooling](self.dtype, name="pooling")(x, None)

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
