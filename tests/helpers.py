"""Tiny models and batches, shared by the tests of models and training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import flax.linen as nn
import jax
import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict
from jax.extend.core import Jaxpr, JaxprEqn, jaxprs_in_params

from unimr_jax.config import NLU, ImageTower, Model, Temperature, TextTower, to_dict
from unimr_jax.data.tasks import FIELDS
from unimr_jax.models import unimr

VOCABULARY, INTENTS, BIO_LABELS = 24, 3, 5
IMAGE_SIZE, WIDTH, HEADS = 8, 16, 2
BATCH, LENGTH = 4, 6  # one shape for most tests: operations are compiled once for all of them
TEMPERATURES = {
    "text_to_image": Temperature(0.1),
    "text_to_text": Temperature(0.2, bias=-2.0),
    "query_to_image": Temperature(0.3, bias=-2.0),
    "query_to_text": Temperature(0.4),
}


def tiny_model(
    image: dict[str, Any] | None = None,
    text: dict[str, Any] | None = None,
    temperatures: dict[str, Temperature] = TEMPERATURES,
    dtype: str = "float32",
    **nlu: Any,
) -> unimr.UniMR:
    """A model that differs from a tiny one in the given settings; others are of its NLU head."""
    return built(tiny_settings(image, text, temperatures, dtype, **nlu))


def built(settings: Model) -> unimr.UniMR:
    return unimr.build(to_dict(settings), VOCABULARY, INTENTS, BIO_LABELS)


def tiny_settings(
    image: dict[str, Any] | None = None,
    text: dict[str, Any] | None = None,
    temperatures: dict[str, Temperature] = TEMPERATURES,
    dtype: str = "float32",
    **nlu: Any,
) -> Model:
    """What `tiny_model` is built of."""
    towers = {"width": WIDTH, "heads": HEADS}
    return Model(
        embed_dim=8,
        dtype=dtype,
        image=ImageTower(**towers | {"size": IMAGE_SIZE, "patch": 4, "depth": 1} | (image or {})),
        text=TextTower(**towers | {"depth": 2} | (text or {})),
        nlu=NLU(**{"layer": 1, "depth": 0, "heads": HEADS} | nlu),
        temperatures=temperatures,
    )


def boxed_shapes(model: unimr.UniMR) -> dict[str, Any]:
    """What `unimr.init` would give, as shapes with their logical axes."""
    return jax.eval_shape(lambda key: unimr.init(model, key), jax.random.key(0))


def random_params(model: unimr.UniMR, seed: int = 0) -> dict[str, Any]:
    """Parameters that are random also where a fresh model has zeros and ones."""
    return random_like(boxed_shapes(model), seed)


def random_like(boxed: dict[str, Any], seed: int = 0) -> dict[str, Any]:
    """Random arrays of these shapes: unlike `init`, nothing to compile."""
    rng = np.random.default_rng(seed)
    shapes = flatten_dict(nn.meta.unbox(boxed), sep="/")
    arrays = {path: _draw(rng, path, x.shape) for path, x in shapes.items()}
    return unflatten_dict(arrays, sep="/")


def _draw(rng: np.random.Generator, path: str, shape: tuple[int, ...]) -> np.ndarray:
    centre = 1.0 if path.endswith("scale") else 0.0
    return np.asarray(centre + 0.3 * rng.standard_normal(shape), np.float32)


def apply(model: unimr.UniMR, params: dict[str, Any], method: str, *args: Any) -> Any:
    return model.apply({"params": params}, *args, method=getattr(model, method))


def equations(jaxpr: Jaxpr) -> Iterator[JaxprEqn]:
    """Of a traced function, and of the functions that it calls."""
    for equation in jaxpr.eqns:
        yield equation
        for inner in jaxprs_in_params(equation.params):
            yield from equations(inner)


def random_texts(
    batch: int = BATCH, length: int = LENGTH, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Tokens and mask [batch, length] of texts of different lengths, the first a full one."""
    rng = np.random.default_rng(seed)
    lengths = np.append(length, rng.integers(2, length, batch - 1))
    tokens = rng.integers(1, VOCABULARY, (batch, length), dtype=np.int32)
    return tokens, np.arange(length) < lengths[:, None]


def with_more_padding(
    tokens: np.ndarray, mask: np.ndarray, extra: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    """The same texts, followed by masked tokens that are not zeros."""
    rubbish = np.full((len(tokens), extra), VOCABULARY - 1, np.int32)
    return (
        np.concatenate([tokens, rubbish], axis=1),
        np.concatenate([mask, np.zeros_like(rubbish, bool)], axis=1),
    )


def random_images(
    batch: int = BATCH, height: int = IMAGE_SIZE, width: int = IMAGE_SIZE, seed: int = 0
) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (batch, height, width, 3), dtype=np.uint8)


def random_batch(
    task: str,
    size: int = 8,
    negatives: int = 0,
    seed: int = 0,
    other_text: bool = False,
    other_image: bool = False,
) -> dict[str, Any]:
    """A batch of `task` in the form that `data.collate.Collate` gives; every item is distinct."""
    rng = np.random.default_rng(seed)
    ids = np.arange(size, dtype=np.int32)
    tokens, mask = random_texts(size, seed=seed)
    batch = {"text_tokens": tokens, "text_mask": mask, "text_id": ids}
    fields = FIELDS[task]
    if "image" in fields:
        batch |= {"image": random_images(size, seed=seed), "image_id": ids}
    if "positive" in fields:
        tokens, mask = random_texts(size, seed=seed + 1)
        batch |= {"positive_tokens": tokens, "positive_mask": mask, "positive_id": ids}
    if other_text:
        tokens, mask = random_texts(size, seed=seed + 3)
        batch |= {"other_tokens": tokens, "other_mask": mask, "other_id": size + ids}
    if other_image:
        batch |= {"other_image": random_images(size, seed=seed + 1)}
    if negatives:
        tokens, mask = random_texts(size * negatives, seed=seed + 2)
        batch |= {
            "negatives_tokens": tokens.reshape(size, negatives, -1),
            "negatives_mask": mask.reshape(size, negatives, -1),
            "negatives_id": size + np.arange(size * negatives).reshape(size, negatives),
        }
    if "intent" in fields:
        slots = rng.integers(0, BIO_LABELS, batch["text_tokens"].shape)
        batch |= {
            "intent": rng.integers(0, INTENTS, size),
            "slots": np.where(batch["text_mask"], slots, -1),
        }
    return batch
