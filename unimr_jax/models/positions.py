"""Where a token or a patch stands: rotation by position, counting, and resampled tables."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp

from unimr_jax.models.attention import Array


def rotary(x: Array, base: float = 10_000.0) -> Array:
    """Rotates queries or keys [batch, heads, length, head_width] by position (RoFormer, 3.2)."""
    half = x.shape[-1] // 2
    frequencies = base ** (-jnp.arange(half) / half)
    angles = jnp.arange(x.shape[-2])[:, None] * frequencies  # [length, half]
    sin, cos = jnp.sin(angles).astype(x.dtype), jnp.cos(angles).astype(x.dtype)
    left, right = x[..., :half], x[..., half:]
    return jnp.concatenate([left * cos - right * sin, right * cos + left * sin], axis=-1)


def places_in_texts(mask: Array) -> Array:
    """Of every token its place in its own text, from 0: [rows, texts, length] → [rows, length]."""
    return ((jnp.cumsum(mask, axis=-1) - 1) * mask).sum(axis=1)


def triangle(place: Array, size: Array | int, grid: int) -> Array:
    """Bilinear weights [..., grid], over more of the grid where that shrinks (antialiased)."""
    scale = grid / size
    distance = jnp.abs(jnp.arange(grid) + 0.5 - (place[..., None] + 0.5) * scale)
    weights = jnp.maximum(0.0, 1.0 - distance / jnp.maximum(scale, 1.0))
    return weights / weights.sum(axis=-1, keepdims=True)


def keys(place: Array, size: Array | int, grid: int) -> Array:
    """Bicubic weights [..., grid] as PyTorch has them: Keys' kernel with a = -0.75 over four
    points, not antialiased, the border repeated.
    """
    centre = (place[..., None] + 0.5) * (grid / size) - 0.5  # [..., 1]
    taps = jnp.floor(centre) + jnp.arange(-1, 3)  # [..., 4]
    values = _keys_kernel(jnp.abs(centre - taps))
    hits = jnp.clip(taps, 0, grid - 1)[..., None] == jnp.arange(grid)  # [..., 4, grid]
    return (values[..., None] * hits).sum(axis=-2)


def _keys_kernel(distance: Array, a: float = -0.75) -> Array:
    near = ((a + 2) * distance - (a + 3)) * distance**2 + 1
    far = a * (((distance - 5) * distance + 8) * distance - 4)
    return jnp.where(distance <= 1, near, jnp.where(distance < 2, far, 0.0))


# Weights of `grid` points of a table for the given places of `size` along one side.
RESAMPLINGS: dict[str, Callable[[Array, Array | int, int], Array]] = {
    "bilinear": triangle,
    "bicubic": keys,
}
