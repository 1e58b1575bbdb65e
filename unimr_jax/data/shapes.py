"""What `collate.Collate` will return, without data: enough to compile a step."""

from __future__ import annotations

import numpy as np

from unimr_jax.config import Task
from unimr_jax.data.tasks import FIELDS

Shapes = dict[str, tuple[tuple[int, ...], type]]  # name → shape, type


def batch_shapes(name: str, task: Task, image_size: int) -> Shapes:
    """Of a batch of the task of this name."""
    fields, rows, negatives = FIELDS[name], (task.batch_size,), task.hard_negatives
    shapes = _texts("text", rows, task.text_length)
    if "intent" in fields:
        shapes |= {"intent": (rows, np.int32), "slots": ((*rows, task.text_length), np.int32)}
    if "image" in fields:
        shapes |= {"image": ((*rows, image_size, image_size, 3), np.uint8)}
        shapes |= {"image_id": (rows, np.int32)}
    if "positive" in fields:
        shapes |= _texts("positive", rows, task.positive_length)
        if negatives:
            shapes |= _texts("negatives", (*rows, negatives), task.positive_length)
    return shapes


def _texts(name: str, rows: tuple[int, ...], length: int) -> Shapes:
    return {
        f"{name}_tokens": ((*rows, length), np.int32),
        f"{name}_mask": ((*rows, length), bool),
        f"{name}_id": (rows, np.int32),
    }
