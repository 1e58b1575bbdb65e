"""Every distinct picture read once: is it whole, which bytes does it hold, how does it look."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from unimr_jax.data.images import BadImage, read_image
from unimr_jax.data.pictures import Picture, opened, picture_bytes
from unimr_jax.data.progress import progress_if_slow

THUMB = 8  # pixels a side of what pictures are compared by
_CELL = 8  # pixels a side that one of them is the mean of; fewer, and scaled decoding shows


class Look(NamedTuple):
    """What is kept of a picture."""

    digest: bytes  # of its bytes
    thumb: np.ndarray  # uint8 [THUMB, THUMB, 3]
    size: tuple[int, int]  # width, height


class Broken(NamedTuple):
    """A picture that cannot be used, and what to do."""

    found: str
    mend: str


def look_at_all(pictures: Sequence[Picture]) -> list[Look | Broken]:
    """Reads pictures with all processors; a slow pass gets a progress bar."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        looks = pool.map(_look, pictures)
        return list(progress_if_slow(looks, len(pictures), "looking at pictures"))


def _look(picture: Picture) -> Look | Broken:
    # Path's own `is_file` raises where a name is too long.
    if isinstance(picture, Path) and not os.path.isfile(picture):
        return Broken(f"{picture} does not exist", "add the file or correct the path")
    try:
        pixels = read_image(picture, THUMB * _CELL, "stretch", interpolation="box")
        digest = blake2b(picture_bytes(picture), digest_size=16).digest()
        with Image.open(opened(picture)) as image:
            size = image.size
    except BadImage as error:
        return Broken(f"{picture} cannot be decoded ({error.reason})", "replace the file")
    return Look(digest, thumb(pixels), size)


def thumb(pixels: np.ndarray) -> np.ndarray:
    """uint8 [THUMB · _CELL, THUMB · _CELL, 3] → [THUMB, THUMB, 3]: means of squares."""
    cells = pixels.reshape(THUMB, _CELL, THUMB, _CELL, 3)
    return np.rint(cells.mean(axis=(1, 3))).astype(np.uint8)
