"""Pictures come out as transformers' own processors make them, read from and written to a file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from transformers import AutoImageProcessor, CLIPImageProcessorPil, CLIPProcessor, CLIPTokenizer
from transformers.models.siglip2.image_processing_pil_siglip2 import (
    get_image_size_for_max_num_patches,
)

from unimr_jax.config import Data, ImageTower
from unimr_jax.data.fits import naflex_sides
from unimr_jax.data.images import ImageReader
from unimr_jax.errors import UserError
from unimr_jax.interop import processors

CLIP = {
    "image_processor_type": "CLIPImageProcessor",
    "size": {"shortest_edge": 48},
    "crop_size": {"height": 48, "width": 48},
}
FIRST_CLIP = {"feature_extractor_type": "CLIPFeatureExtractor", "size": 48, "crop_size": 48}
DINOV2 = {
    "image_processor_type": "BitImageProcessorFast",
    "size": {"shortest_edge": 57},
    "crop_size": {"height": 48, "width": 48},
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
    "rescale_factor": 0.00392156862745098,
}
SIGLIP = {"image_processor_type": "SiglipImageProcessor", "size": {"height": 48, "width": 48}}
SIGLIP2 = SIGLIP | {"resample": 2, "do_convert_rgb": None}
VIT = {"image_processor_type": "ViTImageProcessor", "size": 48}
ODD = SIGLIP | {"rescale_factor": 1 / 127.5, "image_mean": 1.0, "image_std": [1, 1, 2]}
RAW = SIGLIP | {"do_rescale": False, "do_normalize": False}
SQUARES = {
    "clip": CLIP,
    "first clip": FIRST_CLIP,
    "dinov2": DINOV2,
    "siglip": SIGLIP,
    "siglip2": SIGLIP2,
    "vit": VIT,
    "odd": ODD,
    "raw": RAW,
}
NAFLEX = {
    "image_processor_type": "Siglip2ImageProcessor",
    "patch_size": 8,
    "max_num_patches": 40,
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> list[Path]:
    """Wide, tall, tiny, huge; transparent, grey, of few colours; turned by the camera."""
    directory = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)

    def draw(name: str, width: int, height: int, mode: str = "RGB", **options) -> Path:
        coarse = rng.integers(0, 256, (9, 11, 4), np.uint8)  # smooth, with noise and a sharp edge
        image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
        pixels = np.asarray(image) ^ rng.integers(0, 32, (height, width, 4), np.uint8)
        pixels[height // 3 :, : width // 3] = [255, 0, 0, 90]
        image = Image.fromarray(pixels).convert(mode)
        image.save(directory / name, **options)
        return directory / name

    turned = Image.Exif()
    turned[0x0112] = 6
    return [
        draw("wide.png", 203, 60),
        draw("tall.png", 50, 331),
        draw("tiny.png", 5, 3),
        draw("dot.png", 1, 1),
        draw("line.png", 300, 2),
        draw("square.png", 48, 48),
        draw("transparent.png", 90, 70, "RGBA"),
        draw("grey.png", 90, 71, "L"),
        draw("grey_transparent.png", 90, 71, "LA"),
        draw("palette.png", 64, 80, "P", transparency=3),
        draw("wide.jpg", 203, 120, quality=90),
        draw("grey.jpg", 77, 120, "L"),
        draw("turned.jpg", 150, 100, exif=turned),
        draw("huge.jpg", 1601, 1203, quality=95),
    ]


def theirs(processor: dict, directory: Path, path: Path) -> dict[str, np.ndarray]:
    """What transformers makes of the picture, by the processor that it loads from a file."""
    (directory / processors.FILE).write_text(json.dumps(processor))
    load = AutoImageProcessor.from_pretrained(directory, backend="pil")
    with Image.open(path) as image:
        image = ImageOps.exif_transpose(image)
        found = load(image, do_convert_rgb=True, return_tensors="np")  # some fail without
    return {name: x[0] for name, x in found.items()}


def tower_of(found: dict) -> ImageTower:
    return ImageTower(**found["image"])


def ours(found: dict, path: Path) -> np.ndarray | dict[str, np.ndarray]:
    return ImageReader.of(tower_of(found), Data(**found["data"])).read(path)


def same_pixels(pixels: np.ndarray, expected: np.ndarray, tower: ImageTower) -> None:
    """Pixels uint8 [..., 3], against normalised ones."""
    colours = expected * np.array(tower.deviation) + np.array(tower.mean)
    np.testing.assert_allclose(pixels / 255, colours, atol=1e-6)  # far below 1/255


class TestFiles:
    def test_a_processor_that_was_saved_whole(self, tmp_path):
        """As transformers 5 saves a CLIPProcessor, beside what an older one left."""
        assert processors.settings_in(tmp_path) is None
        (tmp_path / processors.FILE).write_text(json.dumps(VIT))
        assert processors.settings_in(tmp_path) == processors.settings(VIT)
        whole = CLIPProcessor(CLIPImageProcessorPil(**CLIP), _tokenizer(tmp_path))
        whole.save_pretrained(tmp_path)
        assert processors.settings_in(tmp_path) == processors.settings(CLIP)

    @pytest.mark.parametrize("entry", ["", ', "image_processor": null'])
    def test_one_that_says_nothing_of_pictures(self, tmp_path, entry):
        """As transformers 4 saves it."""
        processor = f'{{"processor_class": "CLIPProcessor"{entry}}}'
        (tmp_path / processors.WHOLE_FILE).write_text(processor)
        assert processors.settings_in(tmp_path) is None

    @pytest.mark.parametrize(
        "name, text",
        [
            (processors.FILE, "[]"),
            (processors.WHOLE_FILE, "[]"),
            (processors.WHOLE_FILE, '{"image_processor": "CLIP"}'),
        ],
    )
    def test_that_hold_no_settings_are_named(self, tmp_path, name, text):
        (tmp_path / name).write_text(text)
        with pytest.raises(UserError, match=f"{name}: expected .* found .* download it again"):
            processors.settings_in(tmp_path)


def _tokenizer(directory: Path) -> CLIPTokenizer:
    names = directory / "vocab.json", directory / "merges.txt"
    for name, text in zip(names, ('{"<|startoftext|>": 0, "<|endoftext|>": 1}', "#version: 0.2")):
        name.write_text(text)
    return CLIPTokenizer(*map(str, names))


class TestSquares:
    @pytest.mark.parametrize("name", SQUARES)
    def test_are_those_of_the_processor(self, pictures, tmp_path, name):
        found = processors.settings(SQUARES[name])
        for path in pictures:
            expected = theirs(SQUARES[name], tmp_path, path)["pixel_values"].transpose(1, 2, 0)
            same_pixels(ours(found, path), expected, tower_of(found))

    @pytest.mark.parametrize("name", ["dinov2", "siglip", "siglip2"])
    def test_come_back_from_the_file_that_is_written(self, pictures, tmp_path, name):
        found = processors.settings(SQUARES[name])
        written = processors.processor_config(tower_of(found), Data(**found["data"]))
        assert processors.settings(written) == found
        for path in pictures:
            expected = theirs(written, tmp_path, path)["pixel_values"].transpose(1, 2, 0)
            same_pixels(ours(found, path), expected, tower_of(found))

    def test_of_dinov3_which_resizes_floats(self, pictures):
        """As torchvision does it, which its processor needs."""
        size = {"height": 48, "width": 48}
        found = processors.settings(
            {"image_processor_type": "DINOv3ViTImageProcessorFast", "size": size}
        )
        for path in pictures:
            if path.suffix == ".jpg" and path.stem != "turned":
                pixels = np.asarray(Image.open(path).convert("RGB"), np.float32) / 255
                expected = torch.nn.functional.interpolate(
                    torch.tensor(pixels).permute(2, 0, 1)[None], (48, 48), mode="bilinear",
                    antialias=True,
                )[0].permute(1, 2, 0)  # fmt: skip
                np.testing.assert_allclose(ours(found, path) / 255, expected, atol=1 / 255)


class TestPatches:
    def test_are_those_of_the_processor(self, pictures, tmp_path):
        found = processors.settings(NAFLEX)
        written = processors.processor_config(tower_of(found), Data(**found["data"]))
        for processor in (NAFLEX, written):
            for path in pictures:
                expected = theirs(processor, tmp_path, path)
                mine = ours(found, path)
                there = expected["pixel_attention_mask"].astype(bool)
                np.testing.assert_array_equal(mine["grid"], expected["spatial_shapes"])
                assert mine["grid"].prod() == there.sum() and not mine["pixels"][~there].any()
                pixels = mine["pixels"][there].reshape(there.sum(), -1, 3)
                patches = expected["pixel_values"][there].reshape(pixels.shape)
                same_pixels(pixels, patches, tower_of(found))

    @settings(max_examples=200, deadline=None)
    @example(1, 1, 16, 1024)  # enlarged as much as can be
    @given(
        st.integers(1, 5000), st.integers(1, 5000), st.sampled_from([14, 16]), st.integers(1, 1024)
    )
    def test_are_as_many(self, width, height, patch, most):
        expected = get_image_size_for_max_num_patches(height, width, patch, most)
        assert naflex_sides((width, height), patch, most) == expected[::-1]


class TestSettings:
    def test_name_the_keys_of_a_config(self):
        assert processors.settings(DINOV2) == {
            "data": {
                "fit": "crop",
                "resize": 57,
                "max_patches": 0,
                "interpolation": "bicubic",
                "reduced_jpeg": False,
            },
            "image": {
                "size": 48,
                "mean": (0.485, 0.456, 0.406),
                "deviation": (0.229, 0.224, 0.225),
            },
        }

    @pytest.mark.parametrize(
        "processor, said",
        [
            ({}, "image_processor_type=None cannot be had here: known are CLIPImageProcessor, B"),
            ({"image_processor_type": "ConvNextImageProcessor"}, "='ConvNextImageProcessor' can"),
            (CLIP | {"do_center_crop": False}, "size={'shortest_edge': 48} cannot be had here"),
            (CLIP | {"crop_size": {"height": 9, "width": 8}}, "crop_size={'height': 9, 'width': 8"),
            (CLIP | {"crop_size": 64}, "crop_size=64 cannot be had here: more than size={'shor"),
            (CLIP | {"size": {"height": 64, "width": 64}}, "crop_size=48 cannot be had here: cut"),
            (SIGLIP | {"size": {"height": 48, "width": 32}}, "size={'height': 48, 'width': 32} c"),
            (SIGLIP | {"size": {"longest_edge": 48}}, "size={'longest_edge': 48} cannot be had"),
            (SIGLIP | {"do_resize": False}, "do_resize=False cannot be had here: pictures have to"),
            (SIGLIP | {"do_pad": True}, "do_pad=True cannot be had here: no setting of ours does"),
            (SIGLIP | {"resample": 9}, "resample=9 cannot be had here: known are {0: 'nearest'"),
            (SIGLIP | {"image_mean": [0.5]}, "image_mean=[0.5] cannot be had here: the tower rea"),
        ],
    )
    def test_say_what_they_cannot_do(self, processor, said):
        with pytest.raises(UserError) as error:
            processors.settings(processor, "model/preprocessor_config.json")
        message = str(error.value)
        assert message.startswith("model/preprocessor_config.json: ") and said in message
        assert "\n" not in message


class TestExport:
    def test_of_white_borders_there_is_none(self):
        with pytest.raises(UserError, match="config.data.fit='pad' has no counterpart"):
            processors.processor_config(ImageTower(), Data(fit="pad"))

    def test_of_a_crop_in_one_go_is_less_than_a_pixel_off(self, pictures, tmp_path):
        tower, data = ImageTower(size=48), Data()
        written = processors.processor_config(tower, data)
        smooth = tmp_path / "ramp.png"
        ramp = np.linspace(0, 255, 211).astype(np.uint8)
        Image.fromarray(np.stack([np.tile(ramp, (100, 1))] * 3, -1)).save(smooth)
        expected = theirs(written, tmp_path, smooth)["pixel_values"].transpose(1, 2, 0)
        step = 255 / 211 * 100 / 48  # from a pixel to the next
        mine = ImageReader.of(tower, data).read(smooth).astype(int)
        assert 0 < np.abs(mine - 255 * (expected / 2 + 0.5)).max() < step + 1

    def test_says_where_it_departs(self):
        assert len(processors.departures(Data())) == 2
        assert not processors.departures(Data(resize=64, reduced_jpeg=False))
        assert not processors.departures(Data(fit="stretch", reduced_jpeg=False))
