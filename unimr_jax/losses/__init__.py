"""The losses a config can name: functions of one task's outputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
from flax import struct

from unimr_jax.losses import contrastive, nlu

Array = jax.Array


@struct.dataclass
class Outputs:
    """What the model and the batch offer to a task's losses; None where the task has none."""

    pairs: contrastive.Pairs | None = None
    intent_logits: Array | None = None  # [batch, intents]
    slot_logits: Array | None = None  # [batch, length, labels]
    intent: Array | None = None  # [batch]
    slots: Array | None = None  # [batch, length]


def _contrastive(loss: Callable, outputs: Outputs, widths: tuple[int, ...]) -> Array:
    return contrastive.matryoshka(loss, outputs.pairs, widths)


def _intent(outputs: Outputs, widths: tuple[int, ...]) -> Array:
    return nlu.cross_entropy(outputs.intent_logits, outputs.intent)


def _slot(outputs: Outputs, widths: tuple[int, ...]) -> Array:
    return nlu.cross_entropy(outputs.slot_logits, outputs.slots)


# name → (outputs, Matryoshka prefix widths) → scalar
LOSSES: dict[str, Callable[[Outputs, tuple[int, ...]], Array]] = {
    "softmax": partial(_contrastive, contrastive.softmax),
    "sigmoid": partial(_contrastive, contrastive.sigmoid),
    "intent": _intent,
    "slot": _slot,
}
CONTRASTIVE = ("softmax", "sigmoid")
