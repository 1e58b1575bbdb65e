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
    """[batch, height, width, channels] → [batch, rows, columns, patch² · channels]"""
    x = images.unflatten(1, (-1, patch)).unflatten(3, (-1, patch))
    return x.transpose(2, 3).flatten(3)


class LinearStem(nn.Module):
    """Pixels [batch, height, width, 3] → vectors of patches [batch, rows, columns, width]."""

    def __init__(self, settings: Settings):
        super().__init__()
        self.patch = settings["patch"]
        pixels = 3 * self.patch**2
        self.patches = nn.Linear(pixels, settings["width"], settings["stem_bias"])

    def forward(self, pixels: Tensor) -> Tensor:
        return self.patches(patchify(pixels, self.patch))


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
    """Over pictures of any resolution that its patches divide."""

    def __init__(self, settings: Settings):
        super().__init__()
        self.settings = settings
        width, grid = settings["width"], settings["size"] // settings["patch"]
        self.stem = STEMS[settings["stem"]](settings)
        self.positions = nn.Parameter(torch.zeros(grid, grid, width))
        if settings["pooling"] == "cls":
            self.register_parameter("class", nn.Parameter(torch.zeros(1, width)))
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

    def forward(self, images: Tensor) -> Tensor:
        """uint8 [batch, height, width, 3] → pooled states [batch, width]"""
        x = self.embedding_norm(self._embedded(images))
        for block in self.blocks:
            x = block(x)
        return self.pooling(self.norm(x), torch.ones_like(x[..., 0], dtype=torch.bool))

    def _embedded(self, images: Tensor) -> Tensor:
        """Vectors of patches, after that of the class where there is one."""
        x = self.stem(self._normalised(images))
        weights = RESAMPLINGS[self.settings["resampling"]]
        x = (x + resample(self.positions, *x.shape[1:3], weights)).flatten(1, 2)
        if self.settings["pooling"] != "cls":
            return x
        return torch.cat([getattr(self, "class").expand(len(x), 1, -1), x], dim=1)

    def _normalised(self, pixels: Tensor) -> Tensor:
        mean, deviation = (
            torch.tensor(self.settings[name], dtype=self.positions.dtype, device=pixels.device)
            for name in ("mean", "deviation")
        )
        return pixels.to(mean.dtype) / (255 * deviation) - mean / deviation


def resample(table: Tensor, rows: int, columns: int, weights: Callable) -> Tensor:
    """Learned positions [grid, grid, width] for a picture of other shape than trained on."""
    grid = len(table)
    if (rows, columns) == (grid, grid):
        return table
    down, across = (weights(size, grid).to(table) for size in (rows, columns))
    return torch.einsum("rg,ch,ghd->rcd", down, across, table)


def triangle(size: int, grid: int) -> Tensor:
    """Bilinear weights [size, grid], over more of the grid where that shrinks (antialiased)."""
    scale = grid / size
    places = (torch.arange(size)[:, None] + 0.5) * scale
    distance = (torch.arange(grid) + 0.5 - places).abs()
    weights = (1 - distance / max(scale, 1.0)).clamp(min=0)
    return weights / weights.sum(-1, keepdim=True)


def keys(size: int, grid: int) -> Tensor:
    """Bicubic weights [size, grid] as PyTorch's own resizing has them: Keys' kernel with
    a = -0.75 over four points, not antialiased, the border repeated.
    """
    centre = (torch.arange(size) + 0.5) * (grid / size) - 0.5
    taps = centre.floor()[:, None] + torch.arange(-1, 3)  # [size, 4]
    values = _keys_kernel((centre[:, None] - taps).abs())
    hits = taps.clamp(0, grid - 1)[..., None] == torch.arange(grid)  # [size, 4, grid]
    return (values[..., None] * hits).sum(-2)


def _keys_kernel(distance: Tensor, a: float = -0.75) -> Tensor:
    near = ((a + 2) * distance - (a + 3)) * distance**2 + 1
    far = a * (((distance - 5) * distance + 8) * distance - 4)
    return torch.where(distance <= 1, near, torch.where(distance < 2, far, 0.0))


# Weights of `grid` points of a table for every place of `size` along one side.
RESAMPLINGS: dict[str, Callable[[int, int], Tensor]] = {"bilinear": triangle, "bicubic": keys}
