"""Pictures resized nearly as Pillow does it, in a third of its time."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:  # steps are compiled, and timed, without Pillow
    from PIL import Image

# Pillow's number of a method (`Image.Resampling`) → cykooz_resizer's name of it, where it has it.
_FILTERS = {1: "lanczos3", 2: "bilinear", 3: "catmull_rom", 4: "box"}

Box = tuple[float, float, float, float]  # left, upper, right, lower


def fast_resize(
    image: Image.Image, sides: tuple[int, int], method: int, box: Box | None = None
) -> Image.Image:
    """Of an RGB picture, or of the part of it in the box.

    Made smaller, it has Pillow's values but for about 1 in 250, which is rounded otherwise and
    differs by 1, rarely by 2; made larger, up to 1 in 5 do.
    """
    if method not in _FILTERS:
        return image.resize(sides, method, box)
    left, upper, right, lower = box or (0, 0, *image.size)
    width, height = sides[0], image.height
    # Across first and then down, as Pillow goes: each rounds.
    across = _part(image, (width, height), method, (left, 0, right - left, height))
    return _part(across, sides, method, (0, upper, width, lower - upper))


def resize_pixels(
    pixels: np.ndarray, sides: tuple[int, int], method: int, box: Box
) -> np.ndarray:
    """Of uint8 [height, width, 3] the part in the box: uint8 [sides, 3], read-only.

    It rounds once where `fast_resize` does twice, and takes half as long.
    """
    from cykooz_resizer import ImageData, PixelType, Resizer

    height, width, _ = pixels.shape
    image = ImageData(width, height, PixelType.U8x3, pixels.tobytes())
    resized = ImageData(*sides, PixelType.U8x3)
    left, upper, right, lower = box
    Resizer().resize(image, resized, _options(method, (left, upper, right - left, lower - upper)))
    return np.frombuffer(resized.get_buffer(), np.uint8).reshape(*sides[::-1], 3)


def _part(image: Image.Image, sides: tuple[int, int], method: int, part: Box) -> Image.Image:
    """`part`: left, upper, width, height."""
    from cykooz_resizer import Resizer
    from PIL import Image

    resized = Image.new("RGB", sides)
    Resizer().resize_pil(image, resized, _options(method, part))
    return resized


def _options(method: int, part: Box) -> Any:
    from cykooz_resizer import CropBox, ResizeOptions

    return ResizeOptions(resize_alg=_algorithm(method), crop_box=CropBox(*part))


@cache
def _algorithm(method: int) -> Any:
    from cykooz_resizer import FilterType, ResizeAlg

    return ResizeAlg.convolution(FilterType[_FILTERS[method]])
