"""Pictures to what the image tower reads, as in training."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

Picture = str | Path | Image.Image
Sides = tuple[int, int]  # width, height
WHITE = (255, 255, 255)

INTERPOLATIONS: dict[str, Image.Resampling] = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
}


@dataclass(frozen=True)
class Fitting:
    """What pictures are brought to, and how."""

    size: int  # pixels a side
    fit: str
    interpolation: str
    resize: int  # of fit "crop": the shorter side before the middle is cut out; 0: both in one go
    patch: int  # pixels a side
    max_patches: int  # of fit "naflex"
    reduced_jpeg: bool  # decode a large JPEG file at a fraction of its size

    def resized(self, image: Image.Image, sides: Sides) -> Image.Image:
        return image.resize(sides, INTERPOLATIONS[self.interpolation])

    @property
    def enough(self) -> int:
        """Pixels a side that a JPEG must keep where it is decoded at reduced scale."""
        if self.fit == "naflex":
            return 2 * self.patch * math.ceil(math.sqrt(self.max_patches))
        return 2 * (self.resize or self.size)


def read(pictures: Sequence[Picture], to: Fitting) -> dict[str, Tensor]:
    """Transparent parts are white.

    Returns:
      pixels: uint8 [pictures, size, size, 3]; of fit "naflex" [pictures, patches, 3 · patch²], row
        by row, zeros after the last patch.
      grid: of fit "naflex", int32 [pictures, 2]: rows and columns.
    """
    images = [np.asarray(FITS[to.fit](_decoded(x, to), to), np.uint8) for x in pictures]
    if to.fit != "naflex":
        return {"pixels": torch.from_numpy(np.stack(images))}
    patches, grids = zip(*(_cut(image, to) for image in images), strict=True)
    return {
        "pixels": torch.from_numpy(np.stack(patches)),
        "grid": torch.tensor(grids, dtype=torch.int32),
    }


def _decoded(picture: Picture, to: Fitting) -> Image.Image:
    """The upright RGB picture."""
    if isinstance(picture, Image.Image):
        return _on_white(ImageOps.exif_transpose(picture))
    with Image.open(picture) as image:
        if to.reduced_jpeg:
            image.draft("RGB", (to.enough, to.enough))
        return _on_white(ImageOps.exif_transpose(image))


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):  # convert() would clip 16-bit grey instead of scaling it
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, WHITE), image).convert("RGB")


def _crop(image: Image.Image, to: Fitting) -> Image.Image:
    if not to.resize:
        return ImageOps.fit(image, (to.size, to.size), INTERPOLATIONS[to.interpolation])
    image = to.resized(image, tuple(int(to.resize * x / min(image.size)) for x in image.size))
    left, top = ((side - to.size) // 2 for side in image.size)
    return image.crop((left, top, left + to.size, top + to.size))


def _pad(image: Image.Image, to: Fitting) -> Image.Image:
    method = INTERPOLATIONS[to.interpolation]
    return ImageOps.pad(image, (to.size, to.size), method, color=WHITE)


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


def naflex_sides(sides: Sides, patch: int, most: int) -> Sides:
    """The largest sides in whole patches, `most` of them or fewer, that one scale gives.

    As SigLIP 2 NaFlex (arXiv 2502.14786, 2.4.2) has it, the scale bisected as in transformers.
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


def _cut(pixels: np.ndarray, to: Fitting) -> tuple[np.ndarray, Sides]:
    """Patches [max_patches, 3 · patch²], and their rows and columns."""
    rows, columns = pixels.shape[0] // to.patch, pixels.shape[1] // to.patch
    patches = pixels.reshape(rows, to.patch, columns, to.patch, 3).swapaxes(1, 2)
    patches = patches.reshape(rows * columns, -1)
    return np.pad(patches, ((0, to.max_patches - len(patches)), (0, 0))), (rows, columns)
