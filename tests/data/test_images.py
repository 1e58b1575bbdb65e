"""Every kind of file becomes the same kind of array; augmentation changes little."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PIL import Image

from unimr_jax.data.images import (
    AUGMENT_DRAWS,
    BadImage,
    ImageReader,
    augment,
    check_image,
    colour_matrices,
    read_image,
)
from unimr_jax.errors import UserError

RED, WHITE = [255, 0, 0], [255, 255, 255]


@pytest.fixture
def halves(tmp_path):
    """A wide picture, left half red, right half blue."""
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :20, 0] = pixels[:, 20:, 2] = 255
    Image.fromarray(pixels).save(tmp_path / "halves.png")
    return tmp_path / "halves.png"


class TestReadImage:
    @pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
    def test_shape(self, halves, fit):
        pixels = read_image(halves, 10, fit)
        assert pixels.shape == (10, 10, 3) and pixels.dtype == np.uint8

    def test_fits(self, halves):
        crop, pad, stretch = (read_image(halves, 8, fit) for fit in ("crop", "pad", "stretch"))
        assert (pad[[0, -1]] == 255).all() and (stretch[0, 0] == RED).all()
        assert (crop[:, 0] == RED).all() and (crop[:, -1] == [0, 0, 255]).all()

    @pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
    def test_transparent_is_white(self, tmp_path, mode):
        image = Image.new("RGBA", (16, 16), (0, 0, 0, 0)).convert(mode)
        image.save(tmp_path / "a.png", **({"transparency": 0} if mode == "P" else {}))
        assert (read_image(tmp_path / "a.png", 8) == 255).all()

    def test_half_transparent_is_mixed(self, tmp_path):
        Image.new("RGBA", (8, 8), (255, 0, 0, 128)).save(tmp_path / "a.png")
        pixel = read_image(tmp_path / "a.png", 8)[0, 0].astype(int)
        assert np.abs(pixel - [255, 127, 127]).max() < 2

    def test_sixteen_bit_grey_keeps_its_tones(self, tmp_path):
        Image.fromarray(np.full((8, 8), 0x8000, np.uint16)).save(tmp_path / "a.png")
        assert (read_image(tmp_path / "a.png", 8) == 128).all()

    @pytest.mark.parametrize("mode", ["1", "L", "CMYK"])
    def test_other_modes(self, tmp_path, mode):
        path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
        Image.new("RGB", (8, 8), "white").convert(mode).save(path)
        assert (read_image(path, 8) > 250).all()

    def test_camera_orientation(self, tmp_path, halves):
        image = Image.open(halves)
        exif = image.getexif()
        exif[0x0112] = 3  # stored upside down
        image.save(tmp_path / "turned.png", exif=exif)
        assert (read_image(tmp_path / "turned.png", 8, "stretch")[:, -1] == RED).all()

    def test_a_large_jpeg_is_close_to_its_full_decode(self, tmp_path):
        ramp = np.linspace(0, 255, 512).astype(np.uint8)
        Image.fromarray(np.stack([np.tile(ramp, (512, 1))] * 3, -1)).save(tmp_path / "a.jpg")
        small = read_image(tmp_path / "a.jpg", 16)[8, :, 0].astype(int)
        assert np.abs(small - np.linspace(8, 247, 16)).max() < 6

    @pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
    def test_broken(self, tmp_path, data):
        (tmp_path / "a.png").write_bytes(data)
        for read in (check_image, lambda path: read_image(path, 8)):
            with pytest.raises(BadImage, match=r"a.png: cannot be decoded \(.+\); replace"):
                read(tmp_path / "a.png")


class TestImageReader:
    def test_reads_a_file_once(self, halves):
        reader = ImageReader(8, "stretch", cache_mb=1)
        first = reader.read(halves)
        halves.unlink()
        assert reader.read(halves) is first
        with pytest.raises(ValueError, match="read-only"):
            first[:] = 0

    def test_memory_is_bounded(self, tmp_path, draw_image):
        reader = ImageReader(256, cache_mb=1)  # five pictures
        paths = [draw_image(tmp_path / f"{i}.png") for i in range(8)]
        for path in paths:
            reader.read(path)
        paths[-1].unlink()
        reader.read(paths[-1])
        paths[0].unlink()
        with pytest.raises(BadImage):
            reader.read(paths[0])

    @pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA"])
    def test_pictures_in_memory_are_as_those_in_files(self, tmp_path, halves, mode):
        image = Image.open(halves).convert(mode)
        image.getexif()[0x0112] = 3  # stored upside down
        image.save(tmp_path / "a.png", exif=image.getexif())
        reader = ImageReader(8, "pad")
        given = image.copy()
        assert (reader.convert(image) == reader.read(tmp_path / "a.png")).all()
        assert image == given

    def test_threads(self, tmp_path, draw_image):
        reader = ImageReader(16, cache_mb=1)
        paths = [draw_image(tmp_path / f"{i}.png", (i, 0, 0)) for i in range(60)]
        wrong = []

        def read():
            wrong.extend(i for i, path in enumerate(paths) if reader.read(path)[0, 0, 0] != i)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong

    def test_unknown_fit(self):
        with pytest.raises(UserError, match="image fit 'zoom' is unknown; .* crop, pad, stretch"):
            ImageReader(8, "zoom")


class TestAugment:
    SMALL = {"shift": 0.05, "scale": 0.1, "brightness": 0.1, "contrast": 0.1}

    @pytest.fixture
    def batch(self):
        """Sixteen white pictures with a red square left and two blue ones right."""
        images = np.full((16, 48, 48, 3), 255, np.uint8)
        images[:, 20:28, 6:14] = RED
        images[:, 10:18, 34:42] = images[:, 30:38, 34:42] = [0, 0, 255]
        return images

    def draws(self, seed=0, n=16):
        return np.random.default_rng(seed).random((n, AUGMENT_DRAWS))

    def test_nothing_asked_nothing_changed(self, batch):
        assert (augment(batch, self.draws()) == batch).all()

    def test_equal_draws_equal_pictures(self, batch):
        first, again = (augment(batch, self.draws(), **self.SMALL) for _ in range(2))
        other = augment(batch, self.draws(1), **self.SMALL)
        assert (first == again).all() and (first != other).any(axis=(1, 2, 3)).all()
        assert first.dtype == np.uint8 and first.shape == batch.shape

    def test_a_picture_does_not_depend_on_its_neighbours(self, batch):
        draws = self.draws()
        whole = augment(batch, draws, **self.SMALL, flip=True)
        assert (augment(batch[5:9], draws[5:9], **self.SMALL, flip=True) == whole[5:9]).all()

    def test_colours_counts_and_sides_stay(self, batch):
        for picture in augment(batch, self.draws(), **self.SMALL).astype(int):
            red, green, blue = picture.transpose(2, 0, 1)
            is_red, is_blue = (red - blue > 100), (blue - red > 100)
            assert 40 < is_red.sum() < 90 and 80 < is_blue.sum() < 180
            assert is_red.nonzero()[1].max() < is_blue.nonzero()[1].min()
            assert np.diff(is_blue.any(axis=1).astype(int)).tolist().count(1) == 2
            assert green[0].min() > 200

    def test_no_frame_where_the_picture_moved(self):
        white = np.full((16, 48, 48, 3), 255, np.uint8)
        assert (augment(white, self.draws(), shift=0.3, scale=0.3) == 255).all()

    def test_shift_and_tone_are_as_large_as_asked(self, batch):
        draws = np.full((16, AUGMENT_DRAWS), 0.5)
        draws[:, 0] = 1.0  # the window moves right, what it shows moves left
        assert (augment(batch, draws, shift=0.125)[:, :, :42] == batch[:, :, 6:]).all()
        draws[:, 3] = 0.0
        assert augment(batch, draws, brightness=0.2).max() == 204

    def test_flip_is_off_unless_asked(self, batch):
        draws = self.draws()
        flipped = augment(batch, draws, flip=True)
        mirrored = (flipped == batch[:, :, ::-1]).all(axis=(1, 2, 3))
        assert 0 < mirrored.sum() < 16
        assert (flipped[~mirrored] == batch[~mirrored]).all()

    def test_saturation_is_as_large_as_asked(self, batch):
        draws = np.full((16, AUGMENT_DRAWS), 0.5)
        draws[:, 6] = 0.0
        grey = augment(batch, draws, saturation=1.0)
        assert (np.ptp(grey.astype(int), axis=-1) <= 1).all()
        draws[:, 6] = 0.25
        red = augment(batch, draws, saturation=0.5)[0, 24, 10].astype(int)
        full, luma = np.array(RED), round(float(np.dot(RED, [0.299, 0.587, 0.114])))
        assert abs(red - (0.75 * full + 0.25 * luma)).max() <= 1

    def test_a_turn_of_hues_leaves_greys_and_brightness(self, batch):
        pale = batch // 4 + 96  # no channel is cut off
        draws = np.full((16, AUGMENT_DRAWS), 0.5)
        draws[:, 7] = 1.0
        turned = augment(pale, draws, hue=1 / 3)
        assert (turned[:, 0, 0] == pale[:, 0, 0]).all()
        assert abs((turned - pale.astype(float)) @ [0.299, 0.587, 0.114]).max() < 1
        assert np.ptp(turned[0, 24, 10].astype(int)) > 30
        assert (turned[0, 24, 10] != pale[0, 24, 10]).all()

    def test_three_thirds_of_a_turn_are_none(self):
        third = colour_matrices(np.zeros(1), np.full(1, 1 / 3))[0]
        assert np.allclose(np.linalg.matrix_power(third, 3), np.eye(3))
