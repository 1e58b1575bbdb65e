"""One training step: every task's forward pass, the weighted sum of losses, one update."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import optax
from flax import struct
from flax.traverse_util import flatten_dict, unflatten_dict

from unimr_jax.config import Stage, Task
from unimr_jax.losses import LOSSES, Outputs
from unimr_jax.losses.contrastive import Pairs
from unimr_jax.losses.schedules import weight_schedule
from unimr_jax.models.image_tower import as_images
from unimr_jax.models.unimr import UniMR, bounded_scales
from unimr_jax.training import guard
from unimr_jax.training.gradient_cache import in_microbatches

Array = jax.Array
Batch = Mapping[str, Any]  # of arrays, and of pictures what `as_images` takes
Metrics = dict[str, Any]


@struct.dataclass
class TrainState:
    step: Array
    params: dict[str, Any]
    opt_state: optax.OptState
    rng: Array


def split_params(params: dict[str, Any], trainable: frozenset[str]) -> tuple[dict, dict]:
    """(trainable, frozen), both flat: path → array."""
    flat = flatten_dict(params, sep="/")
    return (
        {path: x for path, x in flat.items() if path in trainable},
        {path: x for path, x in flat.items() if path not in trainable},
    )


def join_params(trainable: dict[str, Array], frozen: dict[str, Array]) -> dict[str, Any]:
    return unflatten_dict(trainable | frozen, sep="/")


def forward(
    model: UniMR, params: dict, task: str, batch: Batch, rng: Array, microbatches: int = 1
) -> Outputs:
    """What the losses of `task` need, from one batch of it, encoded in so many pieces."""

    def encode(piece: Batch, key: Array) -> Outputs:
        return _encoded(model, params, task, piece, key)

    if microbatches == 1:
        outputs = encode(batch, rng)
    else:
        outputs = in_microbatches(encode, batch, rng, microbatches)
    outputs = _in_order(outputs, batch)
    if outputs.pairs is None:
        return outputs
    scale, bias = model.apply({"params": params}, task, method=model.logit_scale)
    return outputs.replace(pairs=outputs.pairs.replace(scale=scale, bias=bias))


def _encoded(model: UniMR, params: dict, task: str, batch: Batch, rng: Array) -> Outputs:
    """All but the temperature, which is not of any row; of texts as [rows, texts, …]."""

    def apply(method: Callable, salt: int, *args: Array):
        rngs = {"dropout": jax.random.fold_in(rng, salt)}
        return model.apply({"params": params}, *args, not model.draws, method=method, rngs=rngs)

    text = batch["text_tokens"], batch["text_mask"]
    if task.startswith("text_"):
        documents = _by_row(apply(model.encode_document, 0, *text), text[0])
        pairs = _pairs(model, task, batch, documents, apply)
        return Outputs(pairs, **_beside(model, batch, apply))
    query = apply(model.encode_query, 0, *text)
    outputs = Outputs(
        intent_logits=_by_row(query.nlu.intent_logits, text[0]),
        slot_logits=query.nlu.slot_logits,
        intent=batch["intent"],
        slots=batch["slots"],
    )
    if task == "nlu":
        return outputs
    queries = _by_row(query.embedding, text[0])
    pairs = _pairs(model, task, batch, queries, apply)
    return outputs.replace(pairs=pairs, **_beside(model, batch, apply))


def _pairs(model: UniMR, task: str, batch: Batch, queries: Array, apply: Callable) -> Pairs:
    if task.endswith("_to_image"):
        ids = (batch["text_id"], batch["image_id"])
        images = apply(model.encode_image, 1, as_images(batch["image"]))
        return Pairs(queries, images, ids, scale=None)
    positives = batch["positive_tokens"], batch["positive_mask"]
    targets = _by_row(apply(model.encode_document, 1, *positives), positives[0])
    ids = (batch["text_id"], batch["positive_id"])
    pairs = Pairs(queries, targets, ids, scale=None)
    if "negatives_tokens" not in batch:
        return pairs
    length = batch["negatives_tokens"].shape[-1]
    tokens = batch["negatives_tokens"].reshape(-1, length)  # [batch · k, length]
    mask = batch["negatives_mask"].reshape(-1, length)
    negatives = apply(model.encode_document, 2, tokens, mask)
    return pairs.replace(negatives=negatives, negative_ids=batch["negatives_id"].reshape(-1))


def _beside(model: UniMR, batch: Batch, apply: Callable) -> dict[str, Array]:
    """Another caption of each picture, and another picture, if the batch has them."""
    found = {}
    if "other_tokens" in batch:
        tokens = batch["other_tokens"]
        others = _by_row(apply(model.encode_document, 3, tokens, batch["other_mask"]), tokens)
        found = {"others": others, "other_ids": batch["other_id"]}
    if "other_image" in batch:
        images = as_images(batch["other_image"])
        found["other_targets"] = apply(model.encode_image, 4, images)
    return found


def _by_row(x: Array, tokens: Array) -> Array:
    """[rows · texts, …] → [rows, texts, …], so that rows can be put together again."""
    return x.reshape(len(tokens), -1, *x.shape[1:])


def _in_order(outputs: Outputs, batch: Batch) -> Outputs:
    """Texts as [batch, …], in the order of the batch, wherever they were packed."""
    pairs, intent_logits = outputs.pairs, outputs.intent_logits
    if intent_logits is not None:
        outputs = outputs.replace(intent_logits=_placed(intent_logits, batch, "text"))
    if pairs is None:
        return outputs
    pairs = pairs.replace(queries=_placed(pairs.queries, batch, "text"))
    if outputs.others is not None:
        outputs = outputs.replace(others=_placed(outputs.others, batch, "other"))
    if "positive_tokens" in batch:
        pairs = pairs.replace(targets=_placed(pairs.targets, batch, "positive"))
    return outputs.replace(pairs=pairs)


def _placed(x: Array, batch: Batch, name: str) -> Array:
    """[rows, texts, …] → [batch, …]"""
    x = x.reshape(-1, *x.shape[2:])
    place = batch.get(f"{name}_place")
    return x if place is None else x[place]


def task_losses(outputs: Outputs, task: Task) -> dict[str, Array]:
    return {name: LOSSES[name](outputs, task.matryoshka, task.loss_block) for name in task.losses}


LossWeights = Mapping[tuple[str, str], Callable[[Array], Array | float]]  # by task and loss
Losses = dict[tuple[str, str], Array]


def make_train_step(
    model: UniMR,
    stage: Stage,
    optimizer: optax.GradientTransformation,  # of guard.skip_non_finite
    schedule: optax.Schedule,
    trainable: frozenset[str],
) -> Callable[[TrainState, Mapping[str, Batch]], tuple[TrainState, Metrics]]:
    """A pure function (state, batch of each task) → (state, metrics on the device)."""
    weights = {
        (name, loss): weight_schedule(spec)
        for name, task in stage.tasks.items()
        for loss, spec in task.losses.items()
    }

    def total_loss(trained: dict, state: TrainState, frozen: dict, batches: Mapping[str, Batch]):
        params = join_params(trained, frozen)
        rng = jax.random.fold_in(state.rng, state.step)
        losses = stage_losses(model, stage, params, batches, rng)
        return sum(weights[key](state.step) * value for key, value in losses.items()), losses

    def train_step(state: TrainState, batches: Mapping[str, Batch]):
        trained, frozen = split_params(state.params, trainable)
        (_, losses), grads = jax.value_and_grad(total_loss, has_aux=True)(
            trained, state, frozen, batches
        )
        updates, opt_state = optimizer.update(grads, state.opt_state, trained)
        trained = bounded_scales(model, optax.apply_updates(trained, updates))
        params = join_params(trained, frozen)
        metrics = _loss_metrics(losses, weights, state.step) | {
            # The optimizer does not count the steps that it skips.
            "learning_rate": schedule(state.step - state.opt_state.total),
            "gradient_norm": optax.tree.norm(grads),
            "skipped": guard.counts(opt_state),
        }
        return TrainState(state.step + 1, params, opt_state, state.rng), metrics

    return train_step


def microbatches(task: Task) -> int:
    return task.batch_size // (task.microbatch or task.batch_size)


def stage_losses(
    model: UniMR, stage: Stage, params: dict, batches: Mapping[str, Batch], rng: Array
) -> Losses:
    losses = {}
    for salt, (name, task) in enumerate(stage.tasks.items()):
        key = jax.random.fold_in(rng, salt)
        outputs = forward(model, params, name, batches[name], key, microbatches(task))
        for loss, value in task_losses(outputs, task).items():
            losses[name, loss] = value
    return losses


def _loss_metrics(losses: Losses, weights: LossWeights, step: Array) -> Metrics:
    now = {key: weights[key](step) for key in losses}
    of_tasks: dict[str, Array] = {}
    for (task, _), weighted in ((key, now[key] * losses[key]) for key in losses):
        of_tasks[task] = of_tasks.get(task, 0.0) + weighted
    return {
        "loss": of_tasks,
        "losses": {"/".join(key): value for key, value in losses.items()},
        "loss_weights": {"/".join(key): jnp.asarray(value) for key, value in now.items()},
    }
