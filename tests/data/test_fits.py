"""Pictures of any shape as squares and as patches."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from unimr_jax.config import Data, ImageTower
from unimr_jax.data.fits import INTERPOLATIONS, cut, naflex_sides, shortest_edge
from unimr_jax.data.images import ImageReader, read_image, stack
from unimr_jax.models.image_tower import patchify

SIDES = st.tuples(st.integers(1, 3000), st.integers(1, 3000))


def noise(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


@pytest.fixture
def wide(tmp_path):
    noise(61, 30).save(tmp_path / "wide.png")
    return tmp_path / "wide.png"


class TestSquares:
    def test_a_crop_is_cut_out_and_resized_at_once(self, wide):
        expected = ImageOps.fit(Image.open(wide), (16, 16), Image.Resampling.BICUBIC)
        np.testing.assert_array_equal(read_image(wide, 16), np.asarray(expected))

    def test_or_out_of_the_resized_picture(self, wide):
        resized = Image.open(wide).resize((40, 20), Image.Resampling.BICUBIC)
        found = read_image(wide, 16, resize=20)
        np.testing.assert_array_equal(found, np.asarray(resized)[2:18, 12:28])

    @pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
    def test_interpolations_differ(self, wide, fit):
        found = [read_image(wide, 16, fit, interpolation=name) for name in INTERPOLATIONS]
        assert len({x.tobytes() for x in found}) == len(INTERPOLATIONS)

    @given(SIDES, st.integers(1, 500))
    def test_the_shorter_edge_is_exact(self, sides, edge):
        found = shortest_edge(sides, edge)
        assert min(found) == edge
        assert max(found) == edge * max(sides) // min(sides)


class TestJpeg:
    @pytest.fixture
    def large(self, tmp_path):
        noise(400, 300).save(tmp_path / "large.jpg", quality=95)
        return tmp_path / "large.jpg"

    @pytest.mark.parametrize("fit, options", [("stretch", {}), ("naflex", {"patch": 4})])
    def test_is_exact_where_asked(self, large, fit, options):
        if fit == "naflex":
            options = options | {"max_patches": 30}
        Image.open(large).save(large.with_suffix(".png"))
        files = large, large.with_suffix(".png")
        exact, lossless = (read_image(x, 24, fit, reduced_jpeg=False, **options) for x in files)
        reduced = read_image(large, 24, fit, **options)
        for pixels, expected, other in zip(*map(arrays, (exact, lossless, reduced)), strict=True):
            np.testing.assert_array_equal(pixels, expected)
            assert fit == "naflex" or (pixels != other).any()

    def test_keeps_what_the_resize_before_a_crop_needs(self, large):
        reduced = read_image(large, 16, resize=150).astype(int)
        assert np.abs(reduced - read_image(large, 16, resize=150, reduced_jpeg=False)).max() == 0


def arrays(pixels) -> list[np.ndarray]:
    return list(pixels.values()) if isinstance(pixels, dict) else [pixels]


class TestPatches:
    @given(SIDES, st.integers(1, 32), st.integers(1, 400))
    def test_are_whole_and_not_too_many(self, sides, patch, most):
        found = naflex_sides(sides, patch, most)
        assert all(side % patch == 0 for side in found)
        assert 1 <= math.prod(found) / patch**2 <= most

    def test_keep_the_shape(self):
        width, height = naflex_sides((1600, 900), 16, 256)
        assert width / height == pytest.approx(16 / 9, rel=0.1)
        assert width * height / 16**2 > 0.8 * 256

    def test_are_in_the_order_and_layout_of_the_tower(self):
        pixels = np.asarray(noise(12, 8))
        found = cut(pixels, 4, 9)
        expected = np.asarray(patchify(pixels[None], 4)).reshape(6, -1)
        np.testing.assert_array_equal(found["pixels"][:6], expected)
        assert not found["pixels"][6:].any() and found["grid"].tolist() == [2, 3]

    def test_of_a_file(self, wide):
        data = Data(fit="naflex", max_patches=20)
        reader = ImageReader.of(ImageTower(size=16, patch=4), data)
        found = reader.read(wide)
        rows, columns = found["grid"]
        resized = Image.open(wide).resize((4 * columns, 4 * rows), Image.Resampling.BICUBIC)
        expected = cut(np.asarray(resized), 4, 20)
        np.testing.assert_array_equal(found["pixels"], expected["pixels"])
        assert rows < columns and 14 < rows * columns <= 20
        with pytest.raises(ValueError, match="read-only"):
            found["pixels"][:] = 0

    def test_are_stacked_field_by_field(self, wide):
        reader = ImageReader(16, "naflex", patch=4, max_patches=20)
        batch = stack([reader.read(wide)] * 3)
        assert batch["pixels"].shape == (3, 20, 48) and batch["grid"].shape == (3, 2)

    def test_fill_the_memory_they_are_given(self, wide):
        reader = ImageReader(16, "naflex", cache_mb=1, patch=16, max_patches=256)
        assert reader.read.cache_info().maxsize == 2**20 // (3 * 16 * 16 * 256)


def test_a_picture_in_memory_is_read_as_one_in_a_file(wide):
    reader = ImageReader(16)
    np.testing.assert_array_equal(reader.convert(Image.open(wide)), reader.read(wide))
