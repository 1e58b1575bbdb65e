"""The dual tower: pictures on one side, every kind of text on the other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from flax import struct

from unimr_jax.models import adapters
from unimr_jax.models.attention import Array
from unimr_jax.models.blocks import Dtype, dense, partitioned, unit
from unimr_jax.models.fusion import FUSIONS, Films
from unimr_jax.models.image_tower import ImageTower, Patches
from unimr_jax.models.nlu import NLUHead, NLUOutput
from unimr_jax.models.pooling import by_text
from unimr_jax.models.text_tower import TextTower


@struct.dataclass
class QueryOutput:
    embedding: Array  # [texts, embed_dim], unit vectors
    nlu: NLUOutput  # its [rows, texts, …] as [texts, …]


class UniMR(nn.Module):
    """`encode_image`, `encode_document` and `encode_query` all give unit vectors [batch, dim].

    Texts come as tokens [rows, length] and a mask: [rows, length], a text in each row, or
    [rows, texts, length], several in a row that do not see one another. What is returned for
    every text has their places flattened: rows · texts, empty places included.
    """

    embed_dim: int
    image: ImageTower
    text: TextTower
    nlu: NLUHead
    nlu_layer: int
    fusion: str
    fuse_documents: bool
    temperatures: Mapping[str, Mapping[str, float | None]]
    adapters: tuple[tuple[str, int], ...] = ()  # see `adapters.add`
    dtype: Dtype = "float32"
    fusion_dropout: float = 0.0  # of texts, whose NLU features are hidden from the fusion

    @property
    def draws(self) -> bool:
        """Whether training draws random numbers."""
        return any((self.text.dropout, self.image.dropout, self.fusion_dropout))

    def setup(self):
        self.image_projection = dense(self.embed_dim, ("embed", "joint"), self.dtype)
        self.text_projection = dense(self.embed_dim, ("embed", "joint"), self.dtype)
        self.fuse = FUSIONS[self.fusion](self.dtype)
        if self.fusion == "film":
            self.films = Films(self.text.depth - self.nlu_layer, self.dtype)
        self.scales = Scales(self.temperatures)

    def encode_image(self, images: Array | Patches, deterministic: bool = True) -> Array:
        """uint8 [batch, height, width, 3], or pictures cut into patches"""
        return unit(self.image_projection(self.image(images, deterministic)))

    def encode_document(self, tokens: Array, mask: Array, deterministic: bool = True) -> Array:
        """Captions and passages: without NLU by default."""
        if self.fuse_documents:
            return self.encode_query(tokens, mask, deterministic).embedding
        mask = by_text(mask)
        x = self.text.layers(self.text.embed(tokens, mask), mask, 0, self.text.depth, deterministic)
        _, pooled = self.text.finish(x, mask)
        return self._text_embedding(pooled)

    def encode_query(self, tokens: Array, mask: Array, deterministic: bool = True) -> QueryOutput:
        """Intent-rich queries: NLU features fused in."""
        mask = by_text(mask)
        x = self.text.layers(self.text.embed(tokens, mask), mask, 0, self.nlu_layer, deterministic)
        read = jax.lax.stop_gradient(x) if self.fusion == "none" else x
        nlu = self.nlu(read, mask, deterministic)
        shown = nlu if deterministic or not self.fusion_dropout else self._partly_hidden(nlu, mask)
        films = self.films(shown.feature, mask) if self.fusion == "film" else None
        x = self.text.layers(x, mask, self.nlu_layer, self.text.depth, deterministic, films)
        states, pooled = self.text.finish(x, mask)
        fused = self.fuse(pooled, states, mask, shown)
        of_texts = {name: flat(getattr(nlu, name)) for name in ("intent_logits", "feature")}
        return QueryOutput(self._text_embedding(fused), nlu.replace(**of_texts))

    def _partly_hidden(self, nlu: NLUOutput, mask: Array) -> NLUOutput:
        """No intent and no slots for some of the texts, as if the head had found none in them."""
        share = 1.0 - self.fusion_dropout
        kept = jax.random.bernoulli(self.make_rng("dropout"), share, mask.shape[:2])
        of_tokens = jnp.einsum("rt,rtl->rl", kept.astype(nlu.slots.dtype), mask)
        return nlu.replace(
            feature=nlu.feature * kept[..., None], slots=nlu.slots * of_tokens[..., None]
        )

    def _text_embedding(self, pooled: Array) -> Array:
        return flat(unit(self.text_projection(pooled)))

    def logit_scale(self, task: str) -> tuple[Array, Array | None]:
        """1 / temperature and bias of a contrastive task; bias is None for the softmax loss."""
        return self.scales(task)

    def __call__(self, images: Array, tokens: Array, mask: Array) -> tuple[Array, QueryOutput]:
        """Touches every parameter: what `init` runs."""
        for task in self.temperatures:
            self.logit_scale(task)
        return self.encode_image(images), self.encode_query(tokens, mask)


def flat(x: Array) -> Array:
    """[rows, texts, width] → [rows · texts, width]"""
    return x.reshape(-1, x.shape[-1])


class Scales(nn.Module):
    """A learned temperature for each contrastive task, in log space; see `bounded_scales`."""

    temperatures: Mapping[str, Mapping[str, float | None]]

    @nn.compact
    def __call__(self, task: str) -> tuple[Array, Array | None]:
        spec = self.temperatures[task]
        constant = nn.initializers.constant
        log_scale = self.param(
            f"{task}_log_scale", partitioned(constant(-jnp.log(spec["init"]))), ()
        )
        scale = jnp.exp(log_scale)
        if spec["bias"] is None:
            return scale, None
        return scale, self.param(f"{task}_bias", partitioned(constant(spec["bias"])), ())


def bounded_scales(model: UniMR, params: dict[str, Array]) -> dict[str, Array]:
    """Parameters by path, with temperatures that fell below their minimum put back on it.

    Applied to what the optimizer returns (as CLIP does): a bound inside the model would take away
    the gradient that leads back.
    """
    highest = {
        f"scales/{task}_log_scale": -math.log(spec["minimum"])
        for task, spec in model.temperatures.items()
    }
    return {
        path: jnp.minimum(x, highest[path]) if path in highest else x for path, x in params.items()
    }


def build(config: Mapping[str, Any], vocab_size: int, intents: int, bio_labels: int) -> UniMR:
    """The model of a config's `model` section (a dictionary) over a vocabulary and label set."""
    nlu, dropout = config["nlu"], config["text"]["dropout"]
    machine = {"attention": config["attention"], "dtype": config["dtype"]}
    return UniMR(
        embed_dim=config["embed_dim"],
        image=ImageTower(**config["image"], **machine),
        text=TextTower(vocab_size, **config["text"], **machine),
        nlu=NLUHead(
            intents,
            bio_labels,
            *(nlu[name] for name in ("depth", "heads", "pooling")),
            dropout,
            *(nlu[name] for name in ("width", "block", "reach")),
            **machine,
        ),
        nlu_layer=nlu["layer"],
        fusion=nlu["fusion"],
        fuse_documents=nlu["fuse_documents"],
        temperatures=config["temperatures"],
        adapters=tuple(map(tuple, config["adapters"])),
        dtype=config["dtype"],
        fusion_dropout=nlu["fusion_dropout"],
    )


def init(model: UniMR, key: Array) -> dict[str, Any]:
    """Parameters, boxed with their logical axes (unbox with `flax.linen.meta.unbox`)."""
    images = jnp.zeros((1, model.image.size, model.image.size, 3), jnp.uint8)
    tokens = jnp.zeros((1, 8), jnp.int32)
    params = model.init(key, images, tokens, jnp.ones((1, 8), bool))["params"]
    return adapters.add(params, model.adapters, jax.random.fold_in(key, 1))
