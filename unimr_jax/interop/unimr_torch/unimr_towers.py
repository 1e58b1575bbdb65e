"""The text tower, and the ViT (arXiv 2010.11929)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .unimr_blocks import Block, visible
from .unimr_pooling import POOLINGS

Film = tuple[Tensor, Tensor]  # scale and shift of a block's input
Settings = dict[str, Any]  # as in config.json


def norm(settings: Settings) -> nn.LayerNorm:
    """As the tower's blocks have it."""
    block = settings["block"]
    return nn.LayerNorm(settings["width"], block["norm_epsilon"], bias=block["norm_bias"])


def block(settings: Settings, number: int, **reach: Any) -> Block:
    """One of a tower's blocks; `reach` is its window and rotation."""
    options = dict(settings["block"])
    unnormed_first = options.pop("unnormed_first")
    return Block(
        *(settings[name] for name in ("width", "heads", "mlp_ratio", "dropout")),
        normed_input=unnormed_first and number == 0,
        **reach,
        **options,
    )


class TextTower(nn.Module):
    """Split at any layer, so that an NLU head can read, and modulate, in one pass."""

    def __init__(self, vocab_size: int, settings: Settings):
        super().__init__()
        width = settings["width"]
        self.embedding = nn.Embedding(vocab_size, width)
        self.learned = settings["positions"] == "learned"
        if self.learned:
            self.places = nn.Embedding(settings["max_positions"], width)
        self.embedded = norm(settings) if settings["embedding_norm"] else nn.Identity()
        layers = range(settings["depth"])
        self.blocks = nn.ModuleList(block(settings, i, **_reach(settings, i)) for i in layers)
        self.norm = norm(settings) if settings["block"]["norm_order"] == "pre" else nn.Identity()
        self.pooler = POOLINGS[settings["pooling"]](width)

    def embed(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Both [batch, length] → [batch, length, width]"""
        x = self.embedding(tokens)
        if self.learned:
            x = x + self.places((mask.long().cumsum(-1) - 1) * mask)
        return self.embedded(x)

    def layers(
        self, x: Tensor, mask: Tensor, start: int, stop: int, films: list[Film] | None = None
    ) -> Tensor:
        """Runs blocks start … stop-1; `films` has one modulation for each of them."""
        blocks = self.blocks[start:stop]
        seen = {window: visible(mask, window) for window in {block.window for block in blocks}}
        for i, block in enumerate(blocks):
            x = block(x, seen[block.window], films[i] if films else None)
        return x

    def finish(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Final token states [batch, length, width], pooled states [batch, width]."""
        states = self.norm(x)
        return states, self.pooler(states, mask)


def _reach(settings: Settings, number: int) -> dict[str, Any]:
    """How far this block sees, and by which rotation it knows positions."""
    window = settings["window"] if number % settings["global_every"] else 0
    base = settings["local_rotary_base" if window else "rotary_base"]
    return {"window": window, "rotary_base": 0.0 if settings["positions"] == "learned" else base}


# ---- pictures ----------------------------------------------------------------------------------


def patchify(images: Tensor, patch: int) -> Tensor:
    """[batch, height, width, channels] → [batch, rows, columns, patch² · channels]

    What is left at the right and at the bottom falls away, as in a convolution without padding.
    """
    height, width = (side // patch * patch for side in images.shape[1:3])
    x = images[:, :height, :width].unflatten(1, (-1, patch)).unflatten(3, (-1, patch))
    return x.transpose(2, 3).flatten(3)


class LinearStem(nn.Module):
    """Pixels [batch, height, width, 3] → vectors of patches [batch, rows, columns, width]."""

    def __init__(self, settings: Settings):
        super().__init__()
        self.patch = settings["patch"]
        pixels = 3 * self.patch**2
        self.patches = nn.Linear(pixels, settings["width"], settings["stem_bias"])

    def forward(self, pixels: Tensor) -> Tensor:
        """Or patches that are already cut: [batch, patches, 3 · patch²]."""
        return self.patches(pixels if pixels.ndim == 3 else patchify(pixels, self.patch))


class ConvolutionalStem(nn.Module):
    """The same, after three convolutions that halve the sides (arXiv 2106.14881)."""

    def __init__(self, settings: Settings):
        super().__init__()
        self.patch = settings["patch"] // 8
        channels = [3, *(settings["stem_channels"] << i for i in range(3))]
        for i in range(3):
            setattr(self, f"convolution_{i}", nn.Conv2d(*channels[i : i + 2], 3, stride=2))
        pixels = channels[-1] * self.patch**2
        self.patches = nn.Linear(pixels, settings["width"], settings["stem_bias"])

    def forward(self, pixels: Tensor) -> Tensor:
        x = pixels.permute(0, 3, 1, 2)
        for convolution in (self.convolution_0, self.convolution_1, self.convolution_2):
            x = F.gelu(convolution(F.pad(x, (0, 1, 0, 1))), approximate="tanh")
        return self.patches(patchify(x.permute(0, 2, 3, 1), self.patch))


STEMS = {"linear": LinearStem, "convolutional": ConvolutionalStem}


class ImageTower(nn.Module):
    """Over pictures of any resolution, which the patches of a linear stem need not divide."""

    def __init__(self, settings: Settings):
        super().__init__()
        self.settings = settings
        width, grid = settings["width"], settings["size"] // settings["patch"]
        self.stem = STEMS[settings["stem"]](settings)
        self.positions = nn.Parameter(torch.zeros(grid, grid, width))
        if settings["pooling"] == "cls":
            self.class_token = nn.Parameter(torch.zeros(1, width))
        self.embedding_norm = norm(settings) if settings["embedding_norm"] else nn.Identity()
        self.blocks = nn.ModuleList(block(settings, i) for i in range(settings["depth"]))
        self.norm = norm(settings)
        self.pooling = POOLINGS[settings["pooling"]](
            width,
            settings["pooling_heads"],
            settings["mlp_ratio"],
            settings["block"]["activation"],
            settings["block"]["norm_epsilon"],
        )

    def forward(self, images: Tensor, grid: Tensor | None = None) -> Tensor:
        """Pooled states [batch, width] of pictures uint8 [batch, height, width, 3].

        With a grid [batch, 2], their rows and columns, pictures are patches [batch, patches, …],
        and those after rows · columns are padding.
        """
        x, there = self._embedded(images, grid)
        x = self.embedding_norm(x)
        seen = None if grid is None else visible(there, window=0)
        for block in self.blocks:
            x = block(x, seen)
        return self.pooling(self.norm(x), there)

    def _embedded(self, images: Tensor, grid: Tensor | None) -> tuple[Tensor, Tensor]:
        """Vectors of patches [batch, length, width], and which of them there are."""
        x = self.stem(self._normalised(images))
        weights = RESAMPLINGS[self.settings["resampling"]]
        if grid is None:
            x = (x + resample(self.positions, *x.shape[1:3], weights)).flatten(1, 2)
            there = torch.ones_like(x[..., 0], dtype=torch.bool)
        else:
            places, there = _places(x.shape[1], grid)
            x = x + resample_at(self.positions, *places, grid, weights)
        return self._with_class(x, there) if self.settings["pooling"] == "cls" else (x, there)

    def _with_class(self, x: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        x = torch.cat([self.class_token.expand(x.shape[0], 1, -1), x], dim=1)
        return x, F.pad(there, (1, 0), value=True)

    def _normalised(self, pixels: Tensor) -> Tensor:
        """uint8 [..., 3 or 3 · patch²], channels last → the deviations that the tower reads."""
        mean, deviation = (
            torch.tensor(self.settings[name], dtype=self.positions.dtype, device=pixels.device)
            for name in ("mean", "deviation")
        )
        by_channel = pixels.to(mean.dtype).unflatten(-1, (-1, 3))
        return (by_channel / (255 * deviation) - mean / deviation).flatten(-2)


# ---- positions ---------------------------------------------------------------------------------


def resample(table: Tensor, rows: int, columns: int, weights: Callable) -> Tensor:
    """Learned positions [grid, grid, width] for a picture of other shape than trained on."""
    grid = len(table)
    if (rows, columns) == (grid, grid):
        return table
    down, across = (
        weights(torch.arange(size, device=table.device), size, grid).to(table.dtype)
        for size in (rows, columns)
    )
    return torch.einsum("ch,rhd->rcd", across, torch.einsum("rg,ghd->rhd", down, table))


def resample_at(
    table: Tensor, row: Tensor, column: Tensor, shape: Tensor, weights: Callable
) -> Tensor:
    """The same for patches at given rows and columns [batch, patches] of pictures whose own
    `shape` is [batch, 2]: [batch, patches, width].
    """
    down = weights(row, shape[:, :1, None], len(table)).to(table.dtype)
    across = weights(column, shape[:, 1:, None], len(table)).to(table.dtype)
    both = (down[..., :, None] * across[..., None, :]).flatten(2)  # [batch, patches, grid²]
    return both @ table.flatten(0, 1)


def _places(patches: int, grid: Tensor) -> tuple[tuple[Tensor, Tensor], Tensor]:
    """(row, column) of every patch [batch, patches], and the mask of those that are there.

    Padding stands at the first place, which every picture has.
    """
    number = torch.arange(patches, device=grid.device)[None]
    there = number < grid.prod(dim=1, keepdim=True)
    number, columns = torch.where(there, number, 0), grid[:, 1:]
    return (number // columns, number % columns), there


def triangle(place: Tensor, size: Tensor | int, grid: int) -> Tensor:
    """Bilinear weights [..., grid], over more of the grid where that shrinks (antialiased)."""
    scale = torch.as_tensor(grid / size, device=place.device)
    points = torch.arange(grid, device=place.device) + 0.5
    distance = (points - (place[..., None] + 0.5) * scale).abs()
    weights = (1 - distance / scale.clamp(min=1.0)).clamp(min=0)
    return weights / weights.sum(-1, keepdim=True)


def keys(place: Tensor, size: Tensor | int, grid: int) -> Tensor:
    """Bicubic weights [..., grid] as PyTorch's own resizing has them: Keys' kernel with
    a = -0.75 over four points, not antialiased, the border repeated.
    """
    centre = (place[..., None] + 0.5) * (grid / size) - 0.5
    taps = centre.floor() + torch.arange(-1, 3, device=place.device)  # [..., 4]
    values = _keys_kernel((centre - taps).abs())
    points = torch.arange(grid, device=place.device)
    hits = taps.clamp(0, grid - 1)[..., None] == points  # [..., 4, grid]
    return (values[..., None] * hits).sum(-2)


def _keys_kernel(distance: Tensor, a: float = -0.75) -> Tensor:
    near = ((a + 2) * distance - (a + 3)) * distance**2 + 1
    far = a * (((distance - 5) * distance + 8) * distance - 4)
    return torch.where(distance <= 1, near, torch.where(distance < 2, far, 0.0))


# Weights of `grid` points of a table for the given places of `size` along one side.
RESAMPLINGS: dict[str, Callable[[Tensor, Tensor | int, int], Tensor]] = {
    "bilinear": triangle,
    "bicubic": keys,
}
