"""Packed texts train as texts in rows of their own do."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import numpy as np
import pytest

from tests.helpers import BATCH, random_batch, random_params, tiny_model
from unimr_jax.config import Task
from unimr_jax.data.packing import Layout, Rows
from unimr_jax.models.fusion import FUSIONS
from unimr_jax.models.pooling import POOLINGS
from unimr_jax.training.step import forward, task_losses

PICTURES = {"depth": 0, "pooling": "mean"}  # which are not packed
NLU = {"intent": 1.0, "slot": 1.0}
BETWEEN = {"softmax": 1.0, "paraphrase": 1.0, "views": 1.0}
OTHERS = {"other_text": True, "other_image": True}
TASKS = {
    "text_to_image": Task({}, BATCH, BETWEEN, **OTHERS),
    "query_to_image": Task({}, BATCH, BETWEEN | NLU, **OTHERS),
    "query_to_text": Task({}, BATCH, {"softmax": 1.0} | NLU),
    "text_to_text": Task({}, BATCH, {"sigmoid": 1.0}),
    "nlu": Task({}, BATCH, NLU),
}
DEPTHS = {"film": 2}  # a block above the NLU head's layer, for others that layer is enough
VARIANTS = [{"text": {"depth": DEPTHS.get(name, 1)}, "fusion": name} for name in FUSIONS] + [
    {"text": {"pooling": pooling, "depth": 1}, "pooling": pooling} for pooling in POOLINGS
]
VARIANTS.append({"text": {"depth": 1}, "block": "convolution", "depth": 2})


def packed(batch: dict[str, Any], name: str) -> dict[str, Any]:
    """The texts `name` of a padded batch, in rows of twice their length."""
    tokens, mask = batch[f"{name}_tokens"], batch[f"{name}_mask"]
    layout = Layout(mask.sum(axis=1), Rows(rows=BATCH // 2, length=2 * tokens.shape[1], texts=3))
    labelled = name == "text" and "slots" in batch
    labels = {"slots": layout.lay_out(batch["slots"], -1)} if labelled else {}
    return batch | {
        f"{name}_tokens": layout.lay_out(tokens, 0),
        f"{name}_mask": layout.mask,
        f"{name}_place": layout.place(range(layout.rows.rows)),
        **labels,
    }


def losses_and_gradient(
    model, task: str, batch: dict[str, Any], params: dict, microbatches: int = 1
) -> tuple:
    def loss(params: dict) -> tuple:
        outputs = forward(model, params, task, batch, jax.random.key(0), microbatches)
        losses = task_losses(outputs, TASKS[task])
        return sum(losses.values()), losses

    return jax.grad(loss, has_aux=True)(params)


def close(actual: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_a_query_has_the_same_losses_and_gradients(variant):
    model = tiny_model(image=PICTURES, **variant)
    same(model, "query_to_image", ["text", "other"])


@pytest.mark.parametrize("task", ["query_to_text", "text_to_text", "nlu"])
def test_a_task_has_the_same_losses_and_gradients(task):
    names = ["text"] if task == "nlu" else ["text", "positive"]
    same(tiny_model(image=PICTURES, text={"depth": 1}), task, names)


@pytest.mark.parametrize("microbatches", [1, 2])
def test_both_texts_of_a_picture_are_put_where_they_belong(microbatches):
    model = tiny_model(image=PICTURES, text={"depth": 1})
    same(model, "text_to_image", ["text", "other"], microbatches)


def test_rows_in_microbatches_are_put_together_again():
    model = tiny_model(image=PICTURES, text={"depth": 1})
    same(model, "query_to_text", ["text", "positive"], microbatches=2)


def same(model, task: str, names: list[str], microbatches: int = 1) -> None:
    others = {option: getattr(TASKS[task], option) for option in OTHERS}
    padded = random_batch(task, BATCH, **others)
    params = random_params(model)
    rows = padded
    for name in names:
        rows = packed(rows, name)
    run = jax.jit(partial(losses_and_gradient, model, task), static_argnames="microbatches")
    jax.tree.map(close, run(rows, params, microbatches=microbatches), run(padded, params))
