"""How a picture of any shape becomes what the image tower reads."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from unimr_jax.data.resize import Box, fast_resize
from unimr_jax.errors import UserError

if TYPE_CHECKING:  # steps are compiled, and timed, without Pillow
    from PIL import Image

WHITE = (255, 255, 255)
Sides = tuple[int, int]  # width, height
# uint8 [size, size, 3]; or, of fit "naflex", what `cut` gives.
Pixels = np.ndarray | dict[str, np.ndarray]

# name → Pillow's number of it (`Image.Resampling`)
INTERPOLATIONS = {
    "nearest": 0,
    "lanczos": 1,
    "bilinear": 2,
    "bicubic": 3,
    "box": 4,
    "hamming": 5,
}


@dataclass(frozen=True)
class Fitting:
    """What pictures are brought to, and how; see `config.Data`."""

    size: int  # pixels a side
    fit: str = "crop"
    interpolation: str = "bicubic"
    resize: int = 0
    patch: int = 0  # pixels a side, of fit "naflex", and so is the next
    max_patches: int = 0
    reduced_jpeg: bool = True
    fast_resize: bool = False

    def __post_init__(self):
        if self.fit not in FITS:
            raise UserError(f"image fit {self.fit!r} is unknown; choose one of {', '.join(FITS)}")

    def __call__(self, image: Image.Image) -> Pixels:
        """Of an RGB picture."""
        image = FITS[self.fit](image, self)
        if self.fit == "naflex":
            return cut(np.asarray(image, np.uint8), self.patch, self.max_patches)
        return np.asarray(image, np.uint8)

    def resized(self, image: Image.Image, sides: Sides, box: Box | None = None) -> Image.Image:
        method = INTERPOLATIONS[self.interpolation]
        if self.fast_resize:
            return fast_resize(image, sides, method, box)
        return image.resize(sides, method, box)

    @property
    def enough(self) -> int:
        """Pixels a side that a JPEG must keep where it is decoded at reduced scale."""
        if self.fit == "naflex":
            return 2 * self.patch * math.ceil(math.sqrt(self.max_patches))
        return 2 * (self.resize or self.size)

    @property
    def nbytes(self) -> int:
        """Of a picture in memory."""
        if self.fit == "naflex":
            return 3 * self.patch**2 * self.max_patches
        return 3 * self.size**2


def _crop(image: Image.Image, to: Fitting) -> Image.Image:
    if to.resize:
        return _middle(to.resized(image, shortest_edge(image.size, to.resize)), to.size)
    return to.resized(image, (to.size, to.size), middle_square(image.size))


def _pad(image: Image.Image, to: Fitting) -> Image.Image:
    from PIL import ImageOps

    resized = to.resized(image, longest_edge(image.size, to.size))
    return ImageOps.pad(resized, (to.size, to.size), color=WHITE)


def _stretch(image: Image.Image, to: Fitting) -> Image.Image:
    return to.resized(image, (to.size, to.size))


def _naflex(image: Image.Image, to: Fitting) -> Image.Image:
    return to.resized(image, naflex_sides(image.size, to.patch, to.max_patches))


# The middle, all of it on white, all of it distorted; or, of any shape, as many patches as fit.
FITS: dict[str, Callable[[Image.Image, Fitting], Image.Image]] = {
    "crop": _crop,
    "pad": _pad,
    "stretch": _stretch,
    "naflex": _naflex,
}


def shortest_edge(sides: Sides, edge: int) -> Sides:
    """The sides of a picture whose shorter one becomes `edge`; the longer one is rounded down."""
    width, height = sides
    return int(edge * width / min(sides)), int(edge * height / min(sides))


def longest_edge(sides: Sides, edge: int) -> Sides:
    """The sides of a picture whose longer one becomes `edge`."""
    width, height = (max(1, round(edge * side / max(sides))) for side in sides)
    return width, height


def middle_square(sides: Sides) -> Box:
    """As large as it can be."""
    left, upper = ((side - min(sides)) / 2 for side in sides)
    return left, upper, left + min(sides), upper + min(sides)


def _middle(image: Image.Image, size: int) -> Image.Image:
    left, top = ((side - size) // 2 for side in image.size)
    return image.crop((left, top, left + size, top + size))


# ---- patches -----------------------------------------------------------------------------------


def naflex_sides(sides: Sides, patch: int, most: int) -> Sides:
    """The largest sides in whole patches, `most` of them or fewer, that one scale gives.

    As SigLIP 2 NaFlex (arXiv 2502.14786, 2.4.2) has it. The scale, 100 at most, is bisected as in
    transformers: where that ends decides about a patch more or less.
    """

    def patches(scale: float) -> Sides:
        across, down = (max(1, math.ceil(side * scale / patch)) for side in sides)
        return across, down

    low, high = 1e-6, 100.0
    while high - low >= 1e-5:
        scale = (low + high) / 2
        if math.prod(patches(scale)) <= most:
            low = scale
        else:
            high = scale
    across, down = patches(low)
    return patch * across, patch * down


def cut(pixels: np.ndarray, patch: int, most: int) -> dict[str, np.ndarray]:
    """[rows · patch, columns · patch, 3] → the fields of `models.image_tower.Patches`.

    Returns:
      pixels: uint8 [most, 3 · patch²], row by row, zeros after the last patch.
      grid: int32 [2]: rows and columns.
    """
    rows, columns = pixels.shape[0] // patch, pixels.shape[1] // patch
    patches = pixels.reshape(rows, patch, columns, patch, 3).swapaxes(1, 2)
    patches = patches.reshape(rows * columns, -1)
    missing = most - len(patches)
    return {
        "pixels": np.pad(patches, ((0, missing), (0, 0))),
        "grid": np.array([rows, columns], np.int32),
    }
