"""The model in PyTorch gives the vectors and logits of ours, whatever it is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.helpers import (
    BIO_LABELS,
    INTENTS,
    apply,
    built,
    random_images,
    random_params,
    random_texts,
    tiny_settings,
    with_more_padding,
)
from unimr_jax.config import Block, Config, Model
from unimr_jax.data.fits import cut
from unimr_jax.data.images import stack
from unimr_jax.data.labels import Labels
from unimr_jax.interop.torch_export import model_settings, state_dict
from unimr_jax.interop.unimr_torch.configuration_unimr import UniMRConfig
from unimr_jax.interop.unimr_torch.modeling_unimr import UniMRModel
from unimr_jax.interop.unimr_torch.unimr_pooling import MaxPooling
from unimr_jax.models.fusion import FUSIONS
from unimr_jax.models.image_tower import as_images

LABELS = Labels(("find", "greet", "play"), ("colour", "time"))
assert (len(LABELS.intents), len(LABELS.bio)) == (INTENTS, BIO_LABELS)

# By the encoders that have them: everything a tower can be made of, at least once.
TEXTS: dict[str, dict[str, Any]] = {
    "ours": {},
    "bert": {
        "block": Block(norm_order="post", activation="gelu", norm_epsilon=1e-12),
        "positions": "learned",
        "max_positions": 16,
        "embedding_norm": True,
        "pooling": "cls",
    },
    "modernbert": {
        "block": Block(gated_mlp=True, bias=False, norm_bias=False, unnormed_first=True),
        "depth": 4,
        "window": 1,
        "local_rotary_base": 100.0,
        "embedding_norm": True,
    },
    "silu": {"block": Block(activation="silu", gated_mlp=True), "pooling": "map"},
    "relu": {"block": Block(activation="relu"), "pooling": "max", "mlp_ratio": 1.5},
    "scanned": {"scan_layers": True},
}
IMAGES: dict[str, dict[str, Any]] = {
    "siglip": {"pooling_heads": 4},
    "clip": {
        "block": Block(activation="quick_gelu", unnormed_first=True),
        "embedding_norm": True,
        "stem_bias": False,
        "pooling": "cls",
        "mean": (0.48, 0.46, 0.41),
        "deviation": (0.27, 0.26, 0.28),
        "resampling": "bicubic",
    },
    "convolutional": {"stem": "convolutional", "patch": 8, "size": 16, "pooling": "mean"},
    "scanned": {"depth": 2, "scan_layers": True, "pooling": "max"},
    "cropped": {"size": 18},  # the patches leave two pixels on either side
}
# Every fusion, pooling and head, with and without blocks of its own, at every layer.
FUSED: dict[str, dict[str, Any]] = {
    "none": {"fusion": "none", "pooling": "mean"},
    "loss_only": {"fusion": "loss_only", "pooling": "cls", "layer": 2},
    "gate": {"fusion": "gate", "pooling": "map", "depth": 1},
    "concat": {"fusion": "concat", "layer": 0, "depth": 1, "width": 8},
    "cross_attention": {"fusion": "cross_attention", "layer": 2},
    "film": {"fusion": "film", "layer": 0},
}
assert FUSED.keys() == FUSIONS.keys()
CONVOLUTION: dict[str, Any] = {"block": "convolution", "depth": 2, "reach": 1}


def in_torch(settings: Model, params: dict[str, Any]) -> UniMRModel:
    """The same model, every parameter of which is one of ours."""
    tensors = state_dict(params)
    config = Config(stages={}, stage_order=(), model=settings)
    model = UniMRModel(UniMRConfig(**model_settings(tensors, config, LABELS, ())))
    model.load_state_dict({name: torch.tensor(x) for name, x in tensors.items()})
    return model.eval()


def check_texts(settings: Model) -> None:
    """Documents and queries, with padding that is not zeros, and an empty text."""
    model, params = built(settings), random_params(built(settings))
    twin = in_torch(settings, params)
    tokens, mask = with_more_padding(*random_texts())
    mask[-1] = False
    inputs = torch.from_numpy(tokens).long(), torch.from_numpy(mask)
    query = apply(model, params, "encode_query", tokens, mask)
    with torch.no_grad():
        found, document = twin.encode_query(*inputs), twin.encode_document(*inputs)
    close(document, apply(model, params, "encode_document", tokens, mask))
    close(found.embedding, query.embedding)
    close(found.intent_logits, query.nlu.intent_logits)
    close(found.slot_logits[mask], query.nlu.slot_logits[mask])


def close(found: torch.Tensor, expected: Any) -> None:
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("text", TEXTS)
def test_text_towers(text):
    check_texts(tiny_settings(text=TEXTS[text]))


@pytest.mark.parametrize("nlu", FUSED)
def test_nlu_heads_and_fusions(nlu):
    check_texts(tiny_settings(**FUSED[nlu]))


def test_convolutional_head():
    check_texts(tiny_settings(**CONVOLUTION))


def test_fused_documents():
    check_texts(tiny_settings(fuse_documents=True))


SHAPES = ((1, 5), (2, 2), (3, 2))  # rows and columns of patches
SQUARE, FLAT = (1, 1), (0.5, 1.5)  # sides, in those that the tower was made for


@pytest.mark.parametrize(
    "image, sides", [*((image, SQUARE) for image in IMAGES), ("siglip", FLAT), ("clip", FLAT)]
)
def test_image_towers(image, sides):
    settings = tiny_settings(image=IMAGES[image])
    model, params = built(settings), random_params(built(settings))
    height, width = (int(side * settings.image.size) for side in sides)
    images = random_images(2, height, width)
    with torch.no_grad():
        found = in_torch(settings, params).encode_image(torch.from_numpy(images))
    close(found, apply(model, params, "encode_image", images))


@pytest.mark.parametrize("image", ["siglip", "clip"])
def test_pictures_of_several_shapes_at_once(image):
    """As patches, in the rows of which padding follows."""
    settings = tiny_settings(image=IMAGES[image])
    model, params = built(settings), random_params(built(settings))
    cuts = [cut(random_images(1, 4 * rows, 4 * columns)[0], 4, 6) for rows, columns in SHAPES]
    patches = stack(cuts)
    with torch.no_grad():
        inputs = {name: torch.from_numpy(x) for name, x in patches.items()}
        found = in_torch(settings, params).encode_image(**inputs)
    close(found, apply(model, params, "encode_image", as_images(patches)))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_max_pooling_passes_over_padding_in_any_precision(dtype):
    states = torch.tensor([[[-3.0], [-2.0], [5.0]]]).to(dtype)
    pooled = MaxPooling(1)(states, torch.tensor([[True, True, False]]))
    assert pooled.tolist() == [[-2.0]] and pooled.dtype == dtype
