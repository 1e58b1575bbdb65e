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
from unimr_jax.data.progress import progress_if_slow

_SIDE = 8  # of the squares of differences that a hash keeps: 64 bits each


class Look(NamedTuple):
    """What is kept of a picture."""

    digest: bytes  # of its bytes
    hash: np.ndarray  # uint64 [2], see difference_hash
    colour: np.ndarray  # int16 [3], the mean
    size: tuple[int, int]  # width, height


class Broken(NamedTuple):
    """A picture that cannot be used, and what to do."""

    found: str
    mend: str


def look_at_all(directory: Path, images: Sequence[str]) -> list[Look | Broken]:
    """Reads pictures with all processors; a slow pass gets a progress bar."""
    paths = [directory / image for image in images]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        looks = pool.map(_look, paths)
        return list(progress_if_slow(looks, len(paths), "looking at pictures"))


def _look(path: Path) -> Look | Broken:
    if not path.is_file():
        return Broken(f"{path} does not exist", "add the file or correct the path")
    try:
        pixels = read_image(path, _SIDE + 1, "stretch", interpolation="box")  # [9, 9, 3]
        digest = blake2b(path.read_bytes(), digest_size=16).digest()
        with Image.open(path) as image:
            size = image.size
    except BadImage as error:
        return Broken(f"{path} cannot be decoded ({error.reason})", "replace the file")
    colour = pixels.mean(axis=(0, 1)).astype(np.int16)
    return Look(digest, difference_hash(pixels.mean(axis=-1)), colour, size)


def difference_hash(grey: np.ndarray) -> np.ndarray:
    """[9, 9] → uint64 [2]: for 64 places, is it brighter to the right; and is it below.

    The dHash of N. Krawetz ("Kind of like that", 2013) in both directions: it survives another
    scale, compression and brightness, and a flat picture gives zeros.
    """
    across = grey[:_SIDE, 1:] > grey[:_SIDE, :-1]
    down = grey[1:, :_SIDE] > grey[:-1, :_SIDE]
    return np.packbits([across.ravel(), down.ravel()], axis=1).view(np.uint64)[:, 0]
