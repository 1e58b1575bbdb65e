"""What `collate.Collate` will return, without data: enough to compile a step."""

from __future__ import annotations

from typing import Any

import numpy as np

from unimr_jax.config import Task
from unimr_jax.data.packing import Rows
from unimr_jax.data.tasks import FIELDS

Shapes = dict[str, Any]  # name → (shape, type), or → Shapes


def batch_shapes(
    name: str, task: Task, image_size: int, patch: int = 0, max_patches: int = 0
) -> Shapes:
    """Of a batch of the task of this name.

    Args:
      name: of the task.
      task: its settings.
      image_size: pixels a side of pictures that are squares.
      patch, max_patches: of pictures that are cut into patches; 0: they are squares.
    """
    fields, examples = FIELDS[name], task.batch_size
    shapes = _texts("text", examples, task.text_rows, task.text_length)
    if "intent" in fields:
        shapes |= {"intent": ((examples,), np.int32), "slots": shapes["text_tokens"]}
    if "image" in fields:
        square = ((examples, image_size, image_size, 3), np.uint8)
        patches = _patches(examples, max_patches, patch)
        names = ("image", "other_image") if task.other_image else ("image",)
        shapes |= dict.fromkeys(names, patches if max_patches else square)
        shapes |= {"image_id": ((examples,), np.int32)}
    if task.other_text:
        shapes |= _texts("other", examples, task.other_rows, task.text_length)
    if "positive" in fields:
        shapes |= _texts("positive", examples, task.positive_rows, task.positive_length)
        if task.hard_negatives:
            shapes |= _negatives((examples, task.hard_negatives), task.positive_length)
    return shapes


def _texts(name: str, examples: int, rows: int, length: int) -> Shapes:
    packed = Rows.of(examples, rows, length)
    mask = (rows, packed.texts, length) if rows else (examples, length)
    place = {f"{name}_place": ((examples,), np.int32)} if rows else {}
    return {
        f"{name}_tokens": ((packed.rows, length), np.int32),
        f"{name}_mask": (mask, bool),
        f"{name}_id": ((examples,), np.int32),
        **place,
    }


def _patches(examples: int, patches: int, patch: int) -> Shapes:
    return {
        "pixels": ((examples, patches, 3 * patch**2), np.uint8),
        "grid": ((examples, 2), np.int32),
    }


def _negatives(each: tuple[int, int], length: int) -> Shapes:
    return {
        "negatives_tokens": ((*each, length), np.int32),
        "negatives_mask": ((*each, length), bool),
        "negatives_id": (each, np.int32),
    }
