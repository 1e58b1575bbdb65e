"""Pictures become the same pixels in an export as in training."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from unimr_jax.data.images import FITS, read_image
from unimr_jax.interop.unimr_torch.unimr_images import read

SIZE = 16
TURNED = 0x0112  # the EXIF tag for the camera's orientation


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    directory = tmp_path_factory.mktemp("pictures")
    noise = np.random.default_rng(0).integers(0, 256, (150, 220, 4), np.uint8)
    exif = Image.Exif()
    exif[TURNED] = 6
    Image.fromarray(noise).save(directory / "transparent.png")
    Image.fromarray(noise[..., :3]).save(directory / "large.jpg", exif=exif)
    Image.fromarray(noise[..., 0].astype(np.uint16) << 8).save(directory / "16bit.png")
    return sorted(directory.iterdir())


@pytest.mark.parametrize("fit", FITS)
def test_every_fit(pictures, fit):
    expected = np.stack([read_image(path, SIZE, fit) for path in pictures])
    np.testing.assert_array_equal(read(pictures, SIZE, fit), expected)


def test_opened_pictures(pictures):
    """A JPEG that someone has opened is decoded whole, not at reduced scale."""
    opened = [Image.open(path) for path in pictures if path.suffix == ".png"]
    expected = [read_image(path, SIZE) for path in pictures if path.suffix == ".png"]
    np.testing.assert_array_equal(read(opened, SIZE, "crop"), np.stack(expected))
