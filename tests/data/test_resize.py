"""Fast resizing gives what Pillow gives, up to rounding."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from unimr_jax.data.fits import INTERPOLATIONS
from unimr_jax.data.images import ImageReader, read_image
from unimr_jax.data.resize import fast_resize, resize_pixels


def picture() -> Image.Image:
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (24, 30, 3), np.uint8))
    return coarse.resize((120, 96), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("method", INTERPOLATIONS.values(), ids=INTERPOLATIONS)
@pytest.mark.parametrize(
    ("sides", "box", "apart", "share"),
    [
        ((84, 84), (12, 0, 108, 96), 2, 0.02),
        ((40, 31), None, 2, 0.02),
        ((150, 90), (3.5, 7.2, 60.1, 80), 3, 0.25),
    ],
)
def test_values_are_pillows(method, sides, box, apart, share):
    found = np.asarray(fast_resize(picture(), sides, method, box), np.int32)
    difference = np.abs(found - np.asarray(picture().resize(sides, method, box)))
    assert difference.max() <= apart and (difference > 0).mean() < share


@pytest.mark.parametrize("method", [Image.Resampling.BILINEAR, Image.Resampling.BICUBIC])
@pytest.mark.parametrize("box", [(3.5, 7.2, 60.1, 80), (10, 40.3, 60, 52)])
def test_arrays_come_out_as_pictures_do(method, box):
    """Also where few of their rows are looked at."""
    found = resize_pixels(np.asarray(picture()), (50, 41), method, box)
    assert (found == np.asarray(fast_resize(picture(), (50, 41), method, box))).all()


def test_a_reader_resizes_so_when_it_is_told(tmp_path):
    path = tmp_path / "picture.png"
    picture().save(path)
    exact = read_image(path, 64)
    fast = ImageReader(64, fast_resize=True).read(path)
    assert 0 < np.abs(fast.astype(np.int32) - exact).max() <= 1
