"""The losses a config can name: functions of one task's outputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
from flax import struct

from unimr_jax.losses import blockwise, contrastive, nlu

Array = jax.Array


@struct.dataclass
class Outputs:
    """What the model and the batch offer to a task's losses; None where the task has none."""

    pairs: contrastive.Pairs | None = None
    intent_logits: Array | None = None  # [batch, intents]
    slot_logits: Array | None = None  # [batch, length, labels]
    intent: Array | None = None  # [batch]
    slots: Array | None = None  # [batch, length]


def _contrastive(
    dense: Callable, by_block: Callable, outputs: Outputs, widths: tuple[int, ...], block: int
) -> Array:
    loss = partial(by_block, block=block) if block else dense
    return contrastive.matryoshka(loss, outputs.pairs, widths)


def _intent(outputs: Outputs, *_) -> Array:
    return nlu.cross_entropy(outputs.intent_logits, outputs.intent)


def _slot(outputs: Outputs, *_) -> Array:
    return nlu.cross_entropy(outputs.slot_logits, outputs.slots)


# name → (outputs, Matryoshka prefix widths, rows per block or 0 for all at once) → scalar
LOSSES: dict[str, Callable[[Outputs, tuple[int, ...], int], Array]] = {
    "softmax": partial(_contrastive, contrastive.softmax, blockwise.softmax),
    "sigmoid": partial(_contrastive, contrastive.sigmoid, blockwise.sigmoid),
    "intent": _intent,
    "slot": _slot,
}
CONTRASTIVE = ("softmax", "sigmoid")
