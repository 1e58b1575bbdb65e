"""Pictures from files to uint8 arrays, and the small changes that training makes to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from unimr_jax.errors import UserError

WHITE = (255, 255, 255)


class BadImage(UserError):
    """The file is no picture that Pillow can decode, for the reason given."""

    def __init__(self, path: Path, reason: str):
        super().__init__(f"{path}: cannot be decoded ({reason}); replace the file")
        self.reason = reason


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


def read_image(path: Path, size: int, fit: str = "crop") -> np.ndarray:
    """The picture as uint8 [size, size, 3]; transparent parts are white. Raises BadImage."""
    return _fitted(_decoded(path, size), size, fit)


def _fitted(image: Image.Image, size: int, fit: str) -> np.ndarray:
    return np.asarray(FITS[fit](image, size), np.uint8)


def check_image(path: Path) -> None:
    """Raises BadImage unless the whole file decodes."""
    _decoded(path, 1)


def _decoded(path: Path, size: int) -> Image.Image:
    """The upright RGB picture; a JPEG much larger than `size` is decoded at reduced scale."""
    try:
        with Image.open(path) as image:
            image.draft("RGB", (2 * size, 2 * size))
            return _upright(image)
    except Exception as error:  # on a broken file Pillow's decoders raise errors of any type
        reason = " ".join(str(error).split()) or type(error).__name__
        raise BadImage(path, reason) from error


def _upright(image: Image.Image) -> Image.Image:
    return _on_white(ImageOps.exif_transpose(image))


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):  # convert() would clip 16-bit grey instead of scaling it
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, WHITE), image).convert("RGB")


class ImageReader:
    """Reads pictures at one size and keeps the latest decoded ones in memory; thread-safe.

    `read(path)` returns uint8 [size, size, 3], which callers share and so cannot write.
    """

    def __init__(self, size: int, fit: str = "crop", cache_mb: int = 512):
        if fit not in FITS:
            raise UserError(f"image fit {fit!r} is unknown; choose one of {', '.join(FITS)}")
        self.size, self.fit = size, fit
        capacity = cache_mb * 2**20 // (3 * size * size)
        self.read = lru_cache(capacity)(partial(_read_only, size=size, fit=fit))

    def convert(self, image: Image.Image) -> np.ndarray:
        """A picture in memory, as `read` has those in files."""
        return _fitted(_upright(image), self.size, self.fit)


def _read_only(path: Path, *, size: int, fit: str) -> np.ndarray:
    pixels = read_image(path, size, fit)
    pixels.flags.writeable = False
    return pixels


AUGMENT_DRAWS = 6  # uniform numbers that one picture takes


def augment(
    images: np.ndarray,
    draws: np.ndarray,
    *,
    shift: float = 0.0,
    scale: float = 0.0,
    brightness: float = 0.0,
    contrast: float = 0.0,
    flip: bool = False,
) -> np.ndarray:
    """Changes pictures a little, so that colours, counts and sides stay what captions say.

    images uint8 [b, h, w, 3]; draws [b, AUGMENT_DRAWS] uniform in [0, 1) decide everything.
    `shift` and `scale` are largest moves as fractions of the side, up or down; `brightness` and
    `contrast` largest changes as fractions of the range. `flip` mirrors every other picture:
    off where captions speak of left and right.
    """
    size = images.shape[1]
    signed = 2 * draws - 1  # [b, AUGMENT_DRAWS]
    tables = _tone_tables(brightness * signed[:, 3], contrast * signed[:, 4])
    margin = 1 + int(size * (shift + scale / 2))
    padded = np.pad(images, ((0, 0), (margin, margin), (margin, margin), (0, 0)), mode="edge")
    boxes = _boxes(size, margin, shift * signed[:, :2], 1 + scale * signed[:, 2])
    changed = np.empty_like(images)
    for i, (picture, box) in enumerate(zip(padded, boxes)):
        resized = Image.fromarray(picture).resize((size, size), Image.Resampling.BILINEAR, box)
        changed[i] = tables[i].take(np.asarray(resized))
    if flip:
        mirrored = draws[:, 5] < 0.5
        changed[mirrored] = changed[mirrored, :, ::-1]
    return changed


def _boxes(size: int, margin: int, shifts: np.ndarray, sides: np.ndarray) -> list[tuple]:
    """The part of each padded picture to show: shifts [b, 2] and sides [b] in picture sides."""
    centres = margin + size * (0.5 + shifts)  # [b, 2]
    reach = size * sides[:, None] / 2  # [b, 1]
    return [tuple(box) for box in np.concatenate([centres - reach, centres + reach], axis=1)]


def _tone_tables(brightness: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    """For every picture the new value of each of the 256 values: uint8 [b, 256]."""
    values = np.arange(256) - 127.5
    tables = values * (1 + contrast[:, None]) + 127.5 + 255 * brightness[:, None]
    return np.clip(np.rint(tables), 0, 255).astype(np.uint8)
