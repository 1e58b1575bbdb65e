"""Small random models of transformers, saved as the hub has them, and our towers made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import numpy as np
import torch
import transformers
from flax.traverse_util import flatten_dict, unflatten_dict

from unimr_jax import config as configs
from unimr_jax.interop import load, tower_settings
from unimr_jax.interop.weights import Weights
from unimr_jax.models import unimr
from unimr_jax.models.attention import Array

VOCABULARY, WIDTH = 40, 32
SIZES = {"hidden_size": WIDTH, "num_hidden_layers": 2, "num_attention_heads": 4}
TEXT_SIZES = SIZES | {"vocab_size": VOCABULARY, "max_position_embeddings": 24}
MLP = {"intermediate_size": 48}
# Of a picture 4 × 4 patches.
IMAGE = SIZES | MLP | {"image_size": 32, "patch_size": 8}


def bert() -> torch.nn.Module:
    return transformers.BertModel(transformers.BertConfig(**TEXT_SIZES, **MLP))


def xlm_roberta() -> torch.nn.Module:
    config = transformers.XLMRobertaConfig(**TEXT_SIZES, **MLP, layer_norm_eps=1e-5)
    return transformers.XLMRobertaModel(config)


def modernbert() -> torch.nn.Module:
    """Four layers: the first and the last see everything, the others one token on either side."""
    sizes = TEXT_SIZES | MLP | {"num_hidden_layers": 4}
    special = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    special |= {"cls_token_id": 1, "sep_token_id": 2}
    return transformers.ModernBertModel(
        transformers.ModernBertConfig(**sizes, **special, local_attention=2)
    )


def clip() -> torch.nn.Module:
    config = transformers.CLIPVisionConfig(**IMAGE, projection_dim=24)
    return transformers.CLIPVisionModelWithProjection(config)


def siglip() -> torch.nn.Module:
    return transformers.SiglipVisionModel(transformers.SiglipVisionConfig(**IMAGE))


def siglip2() -> torch.nn.Module:
    sizes = SIZES | MLP | {"patch_size": 8, "num_patches": 16}
    return transformers.Siglip2VisionModel(transformers.Siglip2VisionConfig(**sizes))


def dinov2() -> torch.nn.Module:
    sizes = SIZES | {"image_size": 32, "patch_size": 8, "mlp_ratio": 2}
    return transformers.Dinov2Model(transformers.Dinov2Config(**sizes))


TEXT = {"bert": bert, "xlm_roberta": xlm_roberta, "modernbert": modernbert}
IMAGES = {"clip": clip, "siglip": siglip, "siglip2": siglip2, "dinov2": dinov2}


def random_model(name: str) -> torch.nn.Module:
    """With parameters that are random also where a fresh model has zeros and ones."""
    torch.manual_seed(0)
    model = (TEXT | IMAGES)[name]().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    return model


def saved(model: torch.nn.Module, directory: Path, **options: Any) -> Weights:
    model.save_pretrained(directory, **options)
    return Weights(directory)


def with_tower(weights: Weights, tower: str, **settings: Any) -> unimr.UniMR:
    """A tiny model with the tower that the weights are of; settings are of the tower."""
    family = tower_settings.family_of(weights, tower)
    own = tower_settings.needed(weights, family) | settings
    width = load.embedding_width(weights, family)
    towers = {"image": {"width": 16, "depth": 1}, "text": {"width": 16, "depth": 1}} | {tower: own}
    model = configs.parse(
        {
            "stages": {},
            "stage_order": (),
            "model": towers | {"embed_dim": width, "nlu": {"layer": 1, "depth": 0}},
        }
    ).model
    return unimr.build(configs.to_dict(model), VOCABULARY, intents=2, bio_labels=3)


def shapes(model: unimr.UniMR, tower: str) -> dict[str, Any]:
    """Of the tower and its projection, by path, each on the first device."""
    boxed = jax.eval_shape(lambda key: unimr.init(model, key), jax.random.key(0))
    device = jax.sharding.SingleDeviceSharding(jax.devices()[0])
    return {
        path: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=device)
        for path, x in flatten_dict(nn.meta.unbox(boxed), sep="/").items()
        if path.startswith((f"{tower}/", f"{tower}_projection/"))
    }


class OurText:
    """A text tower with imported weights."""

    def __init__(self, weights: Weights, **settings: Any):
        self.model = with_tower(weights, "text", **settings)
        self.params = unflatten_dict(load.load_tower(weights, shapes(self.model, "text")), sep="/")
        # As one program, which is compiled sooner than operation by operation.
        self._compiled = jax.jit(self._states)

    def __call__(self, params: dict, tokens: np.ndarray, mask: np.ndarray) -> tuple[Array, Array]:
        """Token states, and the mean or first of them."""
        with jax.default_matmul_precision("highest"):
            return self._compiled(params, tokens, mask)

    def _states(self, params: dict, tokens: Array, mask: Array) -> tuple[Array, Array]:
        def run(model: unimr.UniMR) -> tuple[Array, Array]:
            by_text = mask[:, None]
            x = model.text.embed(tokens, by_text)
            x = model.text.layers(x, by_text, 0, model.text.depth, True)
            states, pooled = model.text.finish(x, by_text)
            return states, pooled[:, 0]

        return self.model.apply({"params": params}, method=run)


class OurImages:
    """An image tower with imported weights, and its projection."""

    def __init__(self, weights: Weights, **settings: Any):
        self.model = with_tower(weights, "image", **settings)
        self.params = unflatten_dict(load.load_tower(weights, shapes(self.model, "image")), sep="/")
        self._compiled = jax.jit(self._states)

    def __call__(self, params: dict, images: Any) -> Array:
        """Pooled states of pictures."""
        with jax.default_matmul_precision("highest"):
            return self._compiled(params, images)

    def _states(self, params: dict, images: Any) -> Array:
        return self.model.apply({"params": params}, method=lambda m: m.image(images))
