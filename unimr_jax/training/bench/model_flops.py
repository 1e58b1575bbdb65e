"""FLOPs that a step of a stage needs, counted in the traced step and by formula.

Those of the model: a multiplication and an addition for each product in the forward pass, twice
that for the gradient of what trains. What a step computes again to save memory (remat,
microbatches) is work that a larger memory would spare, and the optimizer's is not the model's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
from jax.interpreters import partial_eval

from unimr_jax.config import Config, ImageTower, Stage, Task, at_size_of, to_dict
from unimr_jax.data.packing import Rows, rows_of
from unimr_jax.data.tasks import FIELDS
from unimr_jax.models import unimr
from unimr_jax.models.nlu import NLUHead
from unimr_jax.training.flops import matrix_flops
from unimr_jax.training.step import join_params, split_params, stage_losses

# ---- counted -----------------------------------------------------------------------------------


def counted(
    config: Config, stage: Stage, model: unimr.UniMR, step: Any, batches: Mapping[str, Any]
) -> int:
    """Of matrix products in the gradient of the stage's losses, with nothing computed twice.

    Attention is traced as products, whichever kernel runs: a fused one hides them.

    Args:
      model: for its vocabulary and labels.
      step: the stage's `StageStep`.
      batches: arrays or their shapes.
    """
    plain = _plain(config, model)
    tasks = {n: dataclasses.replace(task, microbatch=0) for n, task in stage.tasks.items()}
    stage = dataclasses.replace(stage, tasks=tasks)

    def total(trained: dict, frozen: dict, rng: jax.Array, batches: Mapping[str, Any]) -> Any:
        losses = stage_losses(plain, stage, join_params(trained, frozen), batches, rng)
        return sum(losses.values())

    trained, frozen = split_params(step.shapes.params, step.trainable)
    inputs = trained, frozen, step.shapes.rng, batches
    jaxpr = jax.make_jaxpr(jax.value_and_grad(total))(*inputs).jaxpr
    used, _ = partial_eval.dce_jaxpr(jaxpr, [True] * len(jaxpr.outvars))
    return matrix_flops(used)


def _plain(config: Config, like: unimr.UniMR) -> unimr.UniMR:
    """The model of the config without remat and fused kernels."""
    settings = to_dict(config.model) | {"attention": "einsum"}
    for tower in ("image", "text"):
        settings[tower] = settings[tower] | {"remat": "none"}
    return unimr.build(settings, like.text.vocab_size, like.nlu.intents, like.nlu.bio_labels)


# ---- by formula --------------------------------------------------------------------------------


def by_formula(config: Config, stage: Stage, model: unimr.UniMR, trainable: frozenset[str]) -> int:
    """The same from the sizes alone: what is a share of a percent is left out."""
    config = at_size_of(stage, config)
    return sum(_of_task(config, model, name, task, trainable) for name, task in stage.tasks.items())


def _of_task(
    config: Config, model: unimr.UniMR, name: str, task: Task, trainable: frozenset[str]
) -> int:
    image, text, head = (_passes(part, trainable) for part in ("image", "text", "nlu"))
    own, others = rows_of(task)["text"], _other_texts(task, name)
    layers = config.model.nlu.layer if name == "nlu" else config.model.text.depth
    flops = text * _text(config, own, layers)
    flops += text * sum(_text(config, rows) for rows in others)
    read = [own] if "intent" in FIELDS[name] else []
    if config.model.nlu.fuse_documents:
        read = [own, *others]
    flops += head * sum(_nlu(config, rows, model.nlu) for rows in read)
    if "image" in FIELDS[name]:
        pictures = task.batch_size * (1 + task.other_image)
        flops += image * pictures * _picture(config.model.image, config.data.max_patches)
    return flops + (0 if name == "nlu" else _logits(config, task))


def _other_texts(task: Task, name: str) -> list[Rows]:
    """Places of the captions and passages beside the task's own texts."""
    rows = rows_of(task)
    others = [rows["other"]] if task.other_text else []
    if "positive" in FIELDS[name]:
        negatives = Rows(task.batch_size * task.hard_negatives, task.positive_length, 1)
        others += [rows["positive"], negatives]
    return others


def _logits(config: Config, task: Task) -> int:
    """Of a contrastive task, with their gradients."""
    targets = task.batch_size * (1 + task.hard_negatives)
    width = config.model.embed_dim + sum(task.matryoshka)
    times = (1 + task.other_text) * (1 + task.other_image)
    times += ("paraphrase" in task.losses) + ("views" in task.losses)
    return times * 3 * 2 * task.batch_size * targets * width


def _passes(part: str, trainable: frozenset[str]) -> int:
    """Forward alone, or forward and the gradients of inputs and of kernels."""
    return 3 if any(path.startswith(f"{part}/") for path in trainable) else 1


def _text(config: Config, rows: Rows, layers: int | None = None) -> int:
    text = config.model.text
    layers = text.depth if layers is None else layers
    seen = rows.length  # a window is a mask: products are computed for all tokens
    block = block_flops(seen, text.width, text.mlp_ratio, text.block.gated_mlp)
    project = rows.rows * rows.texts * 2 * text.width * config.model.embed_dim
    return rows.rows * layers * block + project


def _nlu(config: Config, rows: Rows, head: NLUHead) -> int:
    """Its own blocks; the tags of tokens; the intents of texts, and their embeddings."""
    outer, depth = config.model.text.width, config.model.nlu.depth
    width = config.model.nlu.width or outer
    narrow = 2 * rows.length * outer * config.model.nlu.width
    logits = 2 * width * (rows.length * head.bio_labels + rows.texts * head.intents)
    feature = 2 * outer * rows.texts * head.intents
    blocks = depth * HEAD_BLOCK_FLOPS[head.block](rows.length, width)
    return rows.rows * (narrow + blocks + logits + feature)


def _picture(image: ImageTower, max_patches: int) -> int:
    patches = max_patches or (image.size // image.patch) ** 2
    block = block_flops(patches, image.width, image.mlp_ratio, image.block.gated_mlp)
    return _stem(image, patches) + image.depth * block + _map_pooling(image, patches)


def _stem(image: ImageTower, patches: int) -> int:
    if image.stem == "linear":
        return 2 * patches * 3 * image.patch**2 * image.width
    flops, channels, side = 0, 3, image.size
    for i in range(3):  # 3×3, every second row and column
        side, before, channels = side // 2, channels, image.stem_channels << i
        flops += 2 * side**2 * 9 * before * channels
    return flops + 2 * side**2 * channels * image.width


def _map_pooling(image: ImageTower, patches: int) -> int:
    """Keys and values of all patches; the one query and its MLP."""
    if image.pooling != "map":
        return 0
    one = 2 + 2 + 2 * 2 * image.mlp_ratio
    return round((4 * patches + one) * image.width**2)


def block_flops(length: int, width: int, mlp_ratio: float, gated: bool = False) -> int:
    """A transformer block's forward pass over `length` tokens of one row."""
    attention = 2 * 4 * width**2 + 2 * 2 * length * width  # for each token
    mlp = 2 * (2 + gated) * round(mlp_ratio * width) * width
    return length * (attention + mlp)


def convolution_flops(length: int, width: int) -> int:
    """The same of a convolution block; what its taps do is no matrix product."""
    return length * 2 * 3 * width**2


HEAD_BLOCK_FLOPS: dict[str, Callable[[int, int], int]] = {
    "attention": partial(block_flops, mlp_ratio=4.0),
    "convolution": convolution_flops,
}
