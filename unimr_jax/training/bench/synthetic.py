"""Batches of random numbers, already on the devices: what is left to time is the step alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from unimr_jax.config import Config, Task, at_size_of
from unimr_jax.data.packing import Rows, rows_of
from unimr_jax.data.shapes import batch_shapes
from unimr_jax.training import partitioning
from unimr_jax.training.dataless import DatalessRun

Batch = dict[str, Any]
Shape = tuple[tuple[int, ...], Any]
Fill = Callable[[np.random.Generator, Shape], np.ndarray]


class SyntheticRun(DatalessRun):
    """Gives the same batch again and again, in the shapes that training would have.

    Every text is as long as it may be, and none is a duplicate of another.
    """

    def batches(self, name: str) -> SyntheticBatches:
        head = self.model.nlu
        limits = {
            "tokens": self.model.text.vocab_size,
            "intent": head.intents,
            "slots": head.bio_labels,
        }
        stage = self.config.stages[name]
        config = at_size_of(stage, self.config)
        batches = {
            task: synthetic_batch(config, task, one, limits) for task, one in stage.tasks.items()
        }
        return SyntheticBatches(
            {task: partitioning.put_batch(batch, self.mesh) for task, batch in batches.items()}
        )


class SyntheticBatches:
    def __init__(self, batches: dict[str, Batch]):
        self._batches = batches

    def next_batches(self) -> dict[str, Batch]:
        return self._batches

    def close(self) -> None:
        """As iterators over data have it; there is nothing to stop."""


def synthetic_batch(config: Config, name: str, task: Task, limits: dict[str, int]) -> Batch:
    """One batch of a task as `data.collate.Collate` would make it, in host memory."""
    image = config.model.image
    shapes = batch_shapes(name, task, image.size, image.patch, config.data.max_patches)
    rng = np.random.default_rng(0)
    rows = rows_of(task)
    return {
        field: _patches(rng, shape, config.data.max_patches)
        if isinstance(shape, dict)
        else _filled(field, shape, rng, limits, rows)
        for field, shape in shapes.items()
    }


def _patches(rng: np.random.Generator, shapes: dict[str, Shape], max_patches: int) -> Batch:
    """Of fit "naflex"."""
    pictures = shapes["grid"][0][0]
    grid = np.tile(_grid(max_patches), (pictures, 1))
    return {"pixels": _bytes(rng, shapes["pixels"]), "grid": grid}


def _filled(
    field: str,
    shape: Shape,
    rng: np.random.Generator,
    limits: dict[str, int],
    texts: dict[str, Rows],
) -> np.ndarray:
    owner, _, kind = field.rpartition("_")
    if kind == "image":
        return _bytes(rng, shape)
    if kind == "id":
        return np.arange(np.prod(shape[0]), dtype=shape[1]).reshape(shape[0])
    if kind == "mask":
        return _mask(shape, texts.get(owner))
    if kind == "place":
        return _places(shape, texts[owner])
    return rng.integers(0, limits[kind], shape[0], dtype=shape[1])  # tokens, intent, slots


def _bytes(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    return rng.integers(0, 256, shape[0], dtype=np.uint8)


def _mask(shape: Shape, rows: Rows | None) -> np.ndarray:
    """Of packed rows [rows, texts, length]: as many texts as a row has on average, of one length.

    Places for more are empty, as they mostly are.
    """
    if rows is None or len(shape[0]) == 2:
        return np.ones(shape[0], bool)
    mask, each = np.zeros(shape[0], bool), rows.texts // 2
    for text, tokens in enumerate(np.array_split(np.arange(rows.length), each)):
        mask[:, text, tokens] = True
    return mask


def _places(shape: Shape, rows: Rows) -> np.ndarray:
    """Row after row; of the texts that `_mask` lays out, the first that the batch has."""
    number, each = np.arange(shape[0][0]), rows.texts // 2
    return (number // each * rows.texts + number % each).astype(np.int32)


def _grid(patches: int) -> np.ndarray:
    """The squarest picture of so many patches: int32 [2]."""
    rows = next(n for n in range(int(patches**0.5), 0, -1) if patches % n == 0)
    return np.array([rows, patches // rows], np.int32)
