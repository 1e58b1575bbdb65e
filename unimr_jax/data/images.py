"""Pictures from files to uint8 arrays, and the small changes that training makes to them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from unimr_jax.config import Data, ImageTower
from unimr_jax.data.fits import WHITE, Fitting, Pixels
from unimr_jax.data.pictures import Picture, opened
from unimr_jax.data.resize import resize_pixels
from unimr_jax.errors import UserError, one_line

# Pixels of a picture: a small file may unpack to gigabytes. Pillow warns where we refuse.
LARGEST = Image.MAX_IMAGE_PIXELS
warnings.simplefilter("ignore", Image.DecompressionBombWarning)

# The keys of config.data that say, up to rounding, how pictures are brought to their shape.
FITTING = ("fit", "interpolation", "resize", "max_patches", "reduced_jpeg")


class BadImage(UserError):
    """No picture that Pillow can decode, for the reason given."""

    def __init__(self, picture: Picture, reason: str):
        super().__init__(f"{picture}: cannot be decoded ({reason}); replace the file")
        self.reason = reason


def read_image(picture: Picture, size: int, fit: str = "crop", **options: Any) -> Pixels:
    """The picture in the shape that the image tower reads; transparent parts are white.

    Args:
      size, fit, options: those of `Fitting`.

    Raises:
      BadImage
    """
    return _read(picture, fitting=Fitting(size, fit, **options))


def check_image(picture: Picture) -> None:
    """Raises BadImage unless the whole file decodes."""
    decode_image(picture, 2)


def _read(picture: Picture, *, fitting: Fitting) -> Pixels:
    return fitting(decode_image(picture, fitting.enough if fitting.reduced_jpeg else None))


def decode_image(picture: Picture, enough: int | None) -> Image.Image:
    """The upright RGB picture; a JPEG is decoded at a scale that leaves `enough` pixels a side.

    Raises:
      BadImage
    """
    try:
        with Image.open(opened(picture)) as image:
            if math.prod(image.size) > LARGEST:
                raise ValueError(f"{image.width} × {image.height} pixels, more than {LARGEST}")
            if enough is not None:
                image.draft("RGB", (enough, enough))
            ImageOps.exif_transpose(image, in_place=True)  # reads all of it
            return _on_white(image)
    except Exception as error:  # on a broken file Pillow's decoders raise errors of any type
        raise BadImage(picture, one_line(error)) from error


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):  # convert() would clip 16-bit grey instead of scaling it
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, WHITE), image).convert("RGB")


class ImageReader:
    """Reads pictures into one shape and keeps the latest in memory; thread-safe.

    `read(picture)` returns what `read_image` does, which callers share and so cannot write.
    """

    def __init__(self, size: int, fit: str = "crop", cache_mb: int = 512, **options: Any):
        """`size`, `fit` and `options` are those of `Fitting`."""
        self.fitting = Fitting(size, fit, **options)
        capacity = cache_mb * 2**20 // self.fitting.nbytes
        self.read = lru_cache(capacity)(partial(_read_only, fitting=self.fitting))

    @classmethod
    def of(cls, image: ImageTower, data: Data) -> ImageReader:
        """For the tower and the data of a config."""
        options = {name: getattr(data, name) for name in FITTING}
        return cls(
            image.size,
            cache_mb=data.image_cache_mb,
            patch=image.patch,
            fast_resize=data.fast_resize,
            **options,
        )

    def convert(self, image: Image.Image) -> Pixels:
        """A picture in memory, as `read` has those in files."""
        return self.fitting(_on_white(ImageOps.exif_transpose(image)))


def _read_only(picture: Picture, *, fitting: Fitting) -> Pixels:
    pixels = _read(picture, fitting=fitting)
    for array in pixels.values() if isinstance(pixels, dict) else [pixels]:
        array.flags.writeable = False
    return pixels


def stack(pictures: Sequence[Pixels]) -> Pixels:
    """Pictures as one batch: arrays with a leading axis."""
    if isinstance(pictures[0], dict):
        return {name: np.stack([own[name] for own in pictures]) for name in pictures[0]}
    return np.stack(pictures)


AUGMENT_DRAWS = 8  # uniform numbers that one picture takes
# Brightness, and the plane of colours around grey (NTSC).
_TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
_FROM_YIQ = np.linalg.inv(_TO_YIQ)


def augment(
    images: Sequence[np.ndarray],
    draws: np.ndarray,
    *,
    shift: float = 0.0,
    scale: float = 0.0,
    brightness: float = 0.0,
    contrast: float = 0.0,
    flip: bool = False,
    saturation: float = 0.0,
    hue: float = 0.0,
) -> np.ndarray:
    """Changes pictures a little, so that colours, counts and sides stay what captions say.

    b images, uint8 [size, size, 3], to uint8 [b, size, size, 3]; draws [b, AUGMENT_DRAWS] uniform
    in [0, 1) decide everything. `shift` and `scale` are largest moves as fractions of the side, up
    or down; `brightness` and `contrast` largest changes as fractions of the range. `flip` mirrors
    every other picture: off where captions speak of left and right. `saturation` is the largest
    change of how far colours are from grey, `hue` the largest turn of them as a fraction of the
    circle: off where captions name colours.
    """
    size = len(images[0])
    signed = 2 * draws - 1  # [b, AUGMENT_DRAWS]
    tables = _tone_tables(brightness * signed[:, 3], contrast * signed[:, 4])
    boxes = _boxes(size, shift * signed[:, :2], 1 + scale * signed[:, 2])
    colours = colour_matrices(saturation * signed[:, 6], hue * signed[:, 7])
    changed = np.empty((len(images), size, size, 3), np.uint8)
    for i, (picture, box) in enumerate(zip(images, boxes)):
        shown = _part(picture, box)
        if saturation or hue:
            coloured = Image.fromarray(shown).convert("RGB", _pillow_matrix(colours[i]))
            shown = np.asarray(coloured)
        # "clip", since "raise" would write into a copy; a uint8 is never out of range.
        tables[i].take(shown, out=changed[i], mode="clip")
    if flip:
        mirrored = draws[:, 5] < 0.5
        changed[mirrored] = changed[mirrored, :, ::-1]
    return changed


def _boxes(size: int, shifts: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """The part of each picture to show, [b, 4]: shifts [b, 2] and sides [b] in picture sides."""
    centres = size * (0.5 + shifts)  # [b, 2]
    reach = size * sides[:, None] / 2  # [b, 1]
    return np.concatenate([centres - reach, centres + reach], axis=1)


def _part(picture: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Of [size, size, 3] what the box shows, as large; edges go on where it reaches beyond them."""
    size = len(picture)
    margin = 1 + math.ceil(max(0, -box.min(), box.max() - size))
    padded = _with_margin(picture, margin)
    method = Image.Resampling.BILINEAR
    return resize_pixels(padded, (size, size), method, tuple((box + margin).tolist()))


def _with_margin(picture: np.ndarray, margin: int) -> np.ndarray:
    """[size, size, 3] → [size + 2 margin, size + 2 margin, 3]; `np.pad` takes twice as long."""
    size = len(picture) + 2 * margin
    padded = np.empty((size, size, 3), picture.dtype)
    middle = padded[margin:-margin]
    middle[:, margin:-margin] = picture
    middle[:, :margin], middle[:, -margin:] = picture[:, :1], picture[:, -1:]
    padded[:margin], padded[-margin:] = middle[0], middle[-1]
    return padded


def _tone_tables(brightness: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    """For every picture the new value of each of the 256 values: uint8 [b, 256]."""
    values = np.arange(256) - 127.5
    tables = values * (1 + contrast[:, None]) + 127.5 + 255 * brightness[:, None]
    return np.clip(np.rint(tables), 0, 255).astype(np.uint8)


def colour_matrices(saturation: np.ndarray, hue: np.ndarray) -> np.ndarray:
    """What takes a picture's colours to others [b, 3, 3]; grey, and how bright things are, stays.

    `saturation` [b] are changes as fractions, `hue` [b] turns as fractions of the circle that YIQ
    colours lie on.
    """
    angles, lengths = 2 * np.pi * hue, 1 + saturation
    turns = np.zeros((len(hue), 3, 3))
    turns[:, 0, 0] = 1
    turns[:, 1, 1] = turns[:, 2, 2] = lengths * np.cos(angles)
    turns[:, 2, 1] = lengths * np.sin(angles)
    turns[:, 1, 2] = -turns[:, 2, 1]
    return _FROM_YIQ @ turns @ _TO_YIQ


def _pillow_matrix(matrix: np.ndarray) -> tuple[float, ...]:
    return tuple(np.pad(matrix, ((0, 0), (0, 1))).ravel().tolist())  # nothing is added
