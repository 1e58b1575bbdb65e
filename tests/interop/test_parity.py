"""Towers with imported weights against the PyTorch models that the weights come from."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from tests.interop.pretrained import (
    IMAGES,
    TEXT,
    VOCABULARY,
    OurImages,
    OurText,
    random_model,
    saved,
)
from unimr_jax.models.image_tower import Patches, patchify

LENGTHS = (9, 4, 1, 7)  # tokens of the texts of a batch
PATCH = 8


def texts(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Tokens [4, 9], none of them the padding's, and mask."""
    rng = np.random.default_rng(seed)
    mask = np.arange(max(LENGTHS)) < np.array(LENGTHS)[:, None]
    return np.where(mask, rng.integers(3, VOCABULARY, mask.shape), 1).astype(np.int32), mask


def pictures(height: int = 32, width: int = 32) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (3, height, width, 3), dtype=np.uint8)


def normalised(images: np.ndarray) -> torch.Tensor:
    """[batch, height, width, 3] as the PyTorch models take it."""
    return torch.tensor(images.astype(np.float32) / 127.5 - 1).permute(0, 3, 1, 2)


def theirs_of(model: torch.nn.Module, tokens: np.ndarray, mask: np.ndarray) -> torch.Tensor:
    inputs = torch.tensor(tokens).long(), torch.tensor(mask).long()
    return model(input_ids=inputs[0], attention_mask=inputs[1]).last_hidden_state


@pytest.fixture(scope="module", params=TEXT)
def text(request, tmp_path_factory):
    model = random_model(request.param)
    return model, OurText(saved(model, tmp_path_factory.mktemp(request.param)))


@pytest.fixture(scope="module", params=IMAGES)
def image(request, tmp_path_factory):
    model = random_model(request.param)
    return request.param, model, OurImages(saved(model, tmp_path_factory.mktemp(request.param)))


def test_states_and_means_of_texts(text):
    model, ours = text
    tokens, mask = texts()
    with torch.no_grad():
        expected = theirs_of(model, tokens, mask).numpy()
    states, pooled = ours(ours.params, tokens, mask)
    np.testing.assert_allclose(states[mask], expected[mask], atol=1e-5)
    means = [row[:length].mean(axis=0) for row, length in zip(expected, LENGTHS)]
    np.testing.assert_allclose(pooled, means, atol=1e-5)


def test_several_texts_in_a_row_are_as_one_each(text):
    """Positions and windows are those of a text, wherever in a row it stands."""
    _, ours = text
    tokens, mask = texts()
    states, _ = ours(ours.params, tokens, mask)
    row = np.concatenate([t[:n] for t, n in zip(tokens, LENGTHS)])[None]
    owner = np.repeat(np.arange(4), LENGTHS)
    packed = owner == np.arange(4)[:, None]  # [texts, length]

    def run(model):
        x = model.text.embed(row, packed[None])
        x = model.text.layers(x, packed[None], 0, model.text.depth, True)
        unnormed = model.text.block["norm_order"] == "pre"
        return model.text.norm(x) if unnormed else x

    found = jax.jit(lambda params: ours.model.apply(params, method=run))({"params": ours.params})
    expected = np.concatenate([s[:n] for s, n in zip(states, LENGTHS)])
    np.testing.assert_allclose(found[0], expected, atol=1e-4)


def test_gradients_of_texts(text):
    """Of a number made of all states, with respect to every weight that was imported as it is."""
    model, ours = text
    tokens, mask = texts()
    weight = np.random.default_rng(2).standard_normal(mask.shape).astype(np.float32)
    states = theirs_of(model, tokens, mask)
    scalar = (torch.sin(states).sum(-1) * torch.tensor(weight * mask)).sum()
    scalar.backward()

    def loss(params):
        states, _ = ours(params, tokens, mask)
        return (jnp.sin(states).sum(-1) * weight * mask).sum()

    found = jax.jit(jax.grad(loss))(ours.params)["text"]
    expected = {name: p.grad.numpy() for name, p in model.named_parameters() if p.grad is not None}
    table = next(
        g
        for name, g in expected.items()
        if name.endswith(("word_embeddings.weight", "tok_embeddings.weight"))
    )
    close(found["embedding"]["embedding"], table)
    last = max(
        name for name in expected if name.endswith((".output.dense.weight", "mlp.Wo.weight"))
    )
    close(found[f"blocks_{ours.model.text.depth - 1}"]["mlp"]["down"]["kernel"].T, expected[last])


def close(found, expected) -> None:
    np.testing.assert_allclose(found, expected, atol=1e-4 * max(1.0, np.abs(expected).max()))


# ---- pictures ----------------------------------------------------------------------------------


def pooled_of(name: str, model: torch.nn.Module, images: np.ndarray) -> torch.Tensor:
    if name == "siglip2":
        return naflex_pooled(model, cut(images))
    size = (
        {}
        if images.shape[1:3] == (32, 32) or name == "dinov2"
        else {"interpolate_pos_encoding": True}
    )
    output = model(pixel_values=normalised(images), **size)
    if name == "clip":
        return model.vision_model.post_layernorm(output.last_hidden_state[:, 0])
    return output.pooler_output


def cut(images: np.ndarray, padding: int = 0) -> Patches:
    cells = np.asarray(patchify(images, PATCH))
    grid = np.tile(np.int32(cells.shape[1:3]), (len(images), 1))
    pixels = cells.reshape(len(images), -1, cells.shape[-1])
    return Patches(np.pad(pixels, ((0, 0), (0, padding), (0, 0)), constant_values=7), grid)


def naflex_pooled(model: torch.nn.Module, patches: Patches) -> torch.Tensor:
    count = np.prod(patches.grid, axis=1, keepdims=True)
    mask = np.arange(patches.pixels.shape[1]) < count
    return model(
        pixel_values=torch.tensor(np.asarray(patches.pixels, np.float32) / 127.5 - 1),
        pixel_attention_mask=torch.tensor(mask).long(),
        spatial_shapes=torch.tensor(patches.grid).long(),
    ).pooler_output


@pytest.mark.parametrize("size", [(32, 32), (16, 40), (56, 24)], ids=str)
def test_pooled_states_of_pictures(image, size):
    """Also of other shapes than trained on, whose positions are interpolated."""
    name, model, ours = image
    images = pictures(*size)
    with torch.no_grad():
        expected = pooled_of(name, model, images).numpy()
    np.testing.assert_allclose(ours(ours.params, images), expected, atol=1e-5)


def test_the_embedding_is_what_the_model_projects_to(image):
    name, model, ours = image
    encode = jax.jit(lambda params: ours.model.apply(params, pictures(), method="encode_image"))
    found = encode({"params": ours.params})
    with torch.no_grad():
        expected = pooled_of(name, model, pictures())
        expected = (model.visual_projection(expected) if name == "clip" else expected).numpy()
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_pictures_of_different_shapes_in_one_batch(tmp_path):
    """NaFlex: rows of patches, padded, each under the positions of its own shape."""
    model = random_model("siglip2")
    ours = OurImages(saved(model, tmp_path))
    shapes = [(16, 40), (56, 24), (32, 32)]
    single = [
        cut(pictures(*shape)[:1], padding=24 - np.prod(shape) // PATCH**2) for shape in shapes
    ]
    patches = jax.tree.map(lambda *x: np.concatenate(x), *single)
    with torch.no_grad():
        expected = naflex_pooled(model, patches).numpy()
    np.testing.assert_allclose(ours(ours.params, patches), expected, atol=1e-5)


def test_gradients_of_pictures(tmp_path):
    model = random_model("siglip")
    ours = OurImages(saved(model, tmp_path))
    torch.sin(pooled_of("siglip", model, pictures())).sum().backward()
    loss = lambda params: jnp.sin(ours(params, pictures())).sum()  # noqa: E731
    found = jax.jit(jax.grad(loss))(ours.params)["image"]
    expected = {name: p.grad.numpy() for name, p in model.named_parameters()}
    query = [expected[f"encoder.layers.0.self_attn.{part}_proj.weight"].T for part in "qkv"]
    close(found["blocks_0"]["attention"]["qkv"]["kernel"], np.concatenate(query, axis=1))
    close(found["norm"]["scale"], expected["post_layernorm.weight"])
    close(found["pooling"]["out"]["kernel"].T, expected["head.attention.out_proj.weight"])
    close(found["positions"].reshape(16, -1), expected["embeddings.position_embedding.weight"])
