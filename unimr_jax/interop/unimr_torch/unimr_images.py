"""Pictures to pixels, as the model saw them in training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

Picture = str | Path | Image.Image
WHITE = (255, 255, 255)


def _crop(image: Image.Image, size: int) -> Image.Image:
    return ImageOps.fit(image, (size, size), Image.Resampling.BICUBIC)


def _pad(image: Image.Image, size: int) -> Image.Image:
    return ImageOps.pad(image, (size, size), Image.Resampling.BICUBIC, color=WHITE)


def _stretch(image: Image.Image, size: int) -> Image.Image:
    return image.resize((size, size), Image.Resampling.BICUBIC)


# How a picture that is not square becomes one: the middle, all of it on white, all of it distorted.
FITS: dict[str, Callable[[Image.Image, int], Image.Image]] = {
    "crop": _crop,
    "pad": _pad,
    "stretch": _stretch,
}


def read(pictures: Sequence[Picture], size: int, fit: str) -> Tensor:
    """uint8 [pictures, size, size, 3]; transparent parts are white."""
    images = [FITS[fit](_decoded(picture, size), size) for picture in pictures]
    return torch.from_numpy(np.stack([np.asarray(image, np.uint8) for image in images]))


def _decoded(picture: Picture, size: int) -> Image.Image:
    """The upright RGB picture; a JPEG file much larger than `size` is decoded at reduced scale."""
    if isinstance(picture, Image.Image):
        return _on_white(ImageOps.exif_transpose(picture))
    with Image.open(picture) as image:
        image.draft("RGB", (2 * size, 2 * size))
        return _on_white(ImageOps.exif_transpose(image))


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):  # convert() would clip 16-bit grey instead of scaling it
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, WHITE), image).convert("RGB")
