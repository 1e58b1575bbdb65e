"""Pictures become the same pixels in an export as in training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from unimr_jax.config import Data, ImageTower
from unimr_jax.data.fits import FITS, INTERPOLATIONS
from unimr_jax.data.images import FITTING, ImageReader, stack
from unimr_jax.interop.unimr_torch.unimr_images import Fitting, read

TURNED = 0x0112  # the EXIF tag for the camera's orientation
TOWER = ImageTower(size=16, patch=4)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    directory = tmp_path_factory.mktemp("pictures")
    noise = np.random.default_rng(0).integers(0, 256, (150, 221, 4), np.uint8)
    exif = Image.Exif()
    exif[TURNED] = 6
    Image.fromarray(noise).save(directory / "transparent.png")
    Image.fromarray(noise[..., :3]).save(directory / "large.jpg", exif=exif)
    Image.fromarray(noise[..., 0].astype(np.uint16) << 8).save(directory / "16bit.png")
    return sorted(directory.iterdir())


def fitting(data: Data) -> Fitting:
    return Fitting(TOWER.size, patch=TOWER.patch, **{name: getattr(data, name) for name in FITTING})


def check(found: dict[str, Any], expected: Any) -> None:
    expected = expected if isinstance(expected, dict) else {"pixels": expected}
    assert found.keys() == expected.keys()
    for name, x in expected.items():
        np.testing.assert_array_equal(found[name], x)


@pytest.mark.parametrize(
    "data",
    [
        *(Data(fit=fit, max_patches=10) for fit in FITS),
        *(Data(fit="stretch", interpolation=name) for name in INTERPOLATIONS),
        Data(resize=20),
        Data(reduced_jpeg=False),
    ],
    ids=lambda data: f"{data.fit}-{data.interpolation}-{data.resize}-{data.reduced_jpeg}",
)
def test_every_fit(pictures, data):
    reader = ImageReader.of(TOWER, data)
    check(read(pictures, fitting(data)), stack([reader.read(path) for path in pictures]))


def test_opened_pictures(pictures):
    """A JPEG that someone has opened is decoded whole."""
    reader = ImageReader.of(TOWER, Data())
    found = read([Image.open(path) for path in pictures], fitting(Data()))
    check(found, stack([reader.convert(Image.open(path)) for path in pictures]))
