"""The image tower and the text tower."""

from __future__ import annotations

from functools import cache

import flax.linen as nn
import jax
import numpy as np
import pytest

from tests.helpers import (
    BATCH,
    LENGTH,
    WIDTH,
    apply,
    random_images,
    random_like,
    random_params,
    random_texts,
    tiny_model,
    with_more_padding,
)
from unimr_jax.models import image_tower
from unimr_jax.models.image_tower import patchify
from unimr_jax.models.pooling import POOLINGS
from unimr_jax.models.positions import RESAMPLINGS


def test_a_patch_is_a_square_of_the_picture():
    images = random_images(2, 8, 12)
    patches = patchify(images, 4)
    assert patches.shape == (2, 2, 3, 48)
    for row, column in np.ndindex(2, 3):
        square = images[:, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
        np.testing.assert_array_equal(patches[:, row, column], square.reshape(2, -1))


def blank(height: int, width: int) -> np.ndarray:
    return np.full((BATCH, height, width, 3), 90, np.uint8)


class ImageTower:
    """A tiny image tower with random parameters, to be set by hand; no layers unless asked for."""

    def __init__(self, **settings):
        tower = tiny_model(image={"depth": 0, "pooling": "mean"} | settings).image
        boxed = jax.eval_shape(tower.init, jax.random.key(0), blank(8, 8))
        self.params = random_like(boxed)["params"]
        self.apply = jax.jit(lambda params, images: tower.apply({"params": params}, images))

    def __call__(self, images: np.ndarray) -> np.ndarray:
        return np.asarray(self.apply(self.params, images))


class TestPositions:
    def test_they_tell_places_apart(self):
        tower = ImageTower()
        images = random_images()
        assert np.abs(tower(images) - tower(images[:, ::-1])).max() > 1e-3

    def test_they_stretch_along_the_side_that_grows(self):
        """Positions that differ from row to row alone say the same of a picture twice as wide."""
        tower = ImageTower()
        tower.params["positions"][:] = tower.params["positions"][:, :1]
        square, wide, tall = (tower(blank(*size)) for size in ((8, 8), (8, 16), (16, 8)))
        np.testing.assert_allclose(wide, square, atol=1e-5)
        assert np.abs(tall - square).max() > 1e-3

    def test_they_are_interpolated(self):
        """Two rows of positions give four at 0, 1/4, 3/4 and 1 of the way between them."""
        tower = ImageTower()
        tower.params["positions"][:] = tower.params["positions"][:, :1]
        tower.params["stem"] = jax.tree.map(np.zeros_like, tower.params["stem"])
        tower.params["norm"] = {"scale": np.ones(WIDTH), "bias": np.zeros(WIDTH)}
        top, bottom = tower.params["positions"][:, 0]
        rows = np.stack([top + way * (bottom - top) for way in (0, 1 / 4, 3 / 4, 1)])
        normalised = (rows - rows.mean(axis=1, keepdims=True)) / rows.std(axis=1, keepdims=True)
        np.testing.assert_allclose(tower(blank(16, 8))[0], normalised.mean(axis=0), atol=1e-4)

    @pytest.mark.parametrize("pooling", POOLINGS)
    def test_any_resolution_that_patches_divide(self, pooling):
        tower = ImageTower(pooling=pooling, depth=1)
        pooled = jax.eval_shape(tower.apply, tower.params, blank(12, 20))
        assert pooled.shape == (BATCH, WIDTH)

    @pytest.mark.parametrize("resampling", RESAMPLINGS)
    def test_a_picture_cut_into_patches_is_that_picture(self, resampling):
        tower = ImageTower(resampling=resampling)
        images = random_images(2, 8, 12)
        pixels = np.asarray(patchify(images, 4)).reshape(2, 6, -1)
        padded = np.pad(pixels, ((0, 0), (0, 2), (0, 0)))
        in_patches = image_tower.Patches(padded, np.array([[2, 3], [2, 3]]))
        np.testing.assert_allclose(tower(in_patches), tower(images), atol=1e-5)


class TestImagePooling:
    def test_only_cls_has_a_class_token(self):
        with_token = {name for name in POOLINGS if "class" in ImageTower(pooling=name).params}
        assert with_token == {"cls"}

    def test_cls_reads_its_token_and_the_picture(self):
        tower = ImageTower(pooling="cls", depth=1)
        images = random_images()
        before, other_picture = tower(images), tower(random_images(seed=1))
        tower.params["class"][0, 0] += 1.0
        assert np.abs(tower(images) - before).max() > 1e-3
        assert np.abs(other_picture - before).max() > 1e-3

    def test_cls_without_layers_is_the_token_alone(self):
        tower = ImageTower(pooling="cls")
        np.testing.assert_array_equal(tower(random_images()), tower(random_images(seed=1)))


def test_black_and_white_are_opposite():
    tower = ImageTower()
    for bias in (tower.params["positions"], tower.params["stem"]["patches"]["bias"]):
        bias[:] = 0
    tower.params["norm"]["bias"][:] = 0
    black, white = np.zeros_like(blank(8, 8)), np.full_like(blank(8, 8), 255)
    np.testing.assert_allclose(tower(black), -tower(white), atol=1e-6)


class TestConvolutionalStem:
    """Patches of 8 pixels, of which three convolutions leave one each."""

    @staticmethod
    def stem() -> image_tower.ConvolutionalStem:
        return image_tower.ConvolutionalStem(
            patch=8, width=WIDTH, channels=4, bias=True, dtype="float32"
        )

    def test_a_vector_for_each_patch(self):
        pixels = np.zeros((1, 16, 24, 3), np.float32)
        vectors, variables = self.stem().init_with_output(jax.random.key(0), pixels)
        assert vectors.shape == (1, 2, 3, WIDTH)
        widths = [variables["params"][f"convolution_{i}"]["bias"].value.size for i in range(3)]
        assert widths == [4, 8, 16]

    def test_the_product_of_matrices_is_the_convolution(self):
        rng = np.random.default_rng(0)
        pixels, kernel = rng.normal(size=(2, 8, 12, 3)), rng.normal(size=(3, 3, 3, 5))
        expected = jax.lax.conv_general_dilated(
            pixels, kernel, (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        actual = image_tower.convolve_by_product(pixels, kernel)
        np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)

    def test_what_a_vector_sees(self):
        """Its own patch, and seven pixels of the next ones at most: 3 + 2·2 + 4·2 = 15."""
        pixels = np.random.default_rng(0).normal(size=(1, 24, 24, 3)).astype(np.float32)
        stem = self.stem()
        params = random_like(jax.eval_shape(stem.init, jax.random.key(0), pixels))
        middle = lambda x: np.asarray(stem.apply(params, x))[0, 1, 1]  # noqa: E731
        for change, seen in (((8, 8), True), ((15, 15), True), ((22, 15), True), ((0, 8), False)):
            changed = pixels.copy()
            changed[0, *change] += 1.0
            assert (np.abs(middle(changed) - middle(pixels)).max() > 1e-6) == seen, change


MODELS = {pooling: tiny_model(text={"pooling": pooling}) for pooling in POOLINGS}


@pytest.mark.parametrize("pooling", POOLINGS)
class TestText:
    @staticmethod
    @cache
    def params(pooling: str) -> dict:
        return random_params(MODELS[pooling])

    def embeddings(self, pooling: str, tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
        arguments = MODELS[pooling], self.params(pooling), "encode_document", tokens, mask
        return np.asarray(apply(*arguments))

    def test_padding_does_not_change_the_embedding(self, pooling):
        texts = random_texts()
        short = self.embeddings(pooling, *texts)
        long = self.embeddings(pooling, *with_more_padding(*texts))
        np.testing.assert_allclose(long, short, atol=1e-6)

    def test_every_token_and_its_place_count(self, pooling):
        texts = [[1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1], [1, 2, 3, 4, 5, 7], [1, 2, 4, 3, 5, 6]]
        mask = np.ones((BATCH, LENGTH), bool)
        embeddings = self.embeddings(pooling, np.array(texts, np.int32), mask)
        assert np.abs(embeddings[1:] - embeddings[0]).max(axis=1).min() > 1e-4

    def test_the_tower_can_be_split_at_any_layer(self, pooling):
        tower, variables = MODELS[pooling].text, {"params": self.params(pooling)["text"]}
        tokens, mask = random_texts()
        mask = mask[:, None]

        def run(tower, split: int):
            x = tower.layers(tower.embed(tokens, mask), mask, 0, split, True)
            return tower.finish(tower.layers(x, mask, split, tower.depth, True), mask)

        whole = tower.apply(variables, tower.depth, method=run)
        for split in range(tower.depth):
            parts = tower.apply(variables, split, method=run)
            jax.tree.map(np.testing.assert_array_equal, parts, whole)


@pytest.mark.parametrize("deviation", [1.0, 0.1])
def test_words_start_as_far_from_nothing_as_told(deviation):
    tower = tiny_model(text={"embedding_deviation": deviation}).text
    tokens, mask = random_texts()
    params = nn.unbox(tower.init(jax.random.key(0), tokens, mask[:, None], method=tower.embed))
    table = params["params"]["embedding"]["embedding"]
    assert abs(np.std(table) / deviation - 1) < 0.15
