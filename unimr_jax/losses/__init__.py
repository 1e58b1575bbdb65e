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
    others: Array | None = None  # [batch, dim]: another text of each target, unit vectors
    other_ids: Array | None = None  # [batch]
    other_targets: Array | None = None  # [batch, dim]: another picture of the same title
    intent_logits: Array | None = None  # [batch, intents]
    slot_logits: Array | None = None  # [batch, length, labels]
    intent: Array | None = None  # [batch]
    slots: Array | None = None  # [batch, length]

    @property
    def to_targets(self) -> list[contrastive.Pairs]:
        """The texts with their targets, and the other texts with the same targets; and then all of
        them with the other targets.

        A text is compared with no target of which it is a text, be it the other one.
        """
        texts = [self.pairs] if self.others is None else self._both_texts
        if self.other_targets is None:
            return texts
        return texts + [pairs.replace(targets=self.other_targets) for pairs in texts]

    @property
    def _both_texts(self) -> list[contrastive.Pairs]:
        text, target, other = self._ids
        own = self.pairs.replace(ids=(text, target, text), target_ids=(text, target, other))
        others = self.pairs.replace(
            queries=self.others, ids=(other, target, other), target_ids=(other, target, text)
        )
        return [own, others]

    @property
    def between_texts(self) -> contrastive.Pairs:
        """Both texts of each target; rows that share the target or any text are the same."""
        return self.pairs.replace(targets=self.others, **self._ids_of_rows)

    @property
    def between_targets(self) -> contrastive.Pairs:
        """Both pictures of each row; the same rows are the same as between texts."""
        queries = self.pairs.targets
        return self.pairs.replace(queries=queries, targets=self.other_targets, **self._ids_of_rows)

    @property
    def _ids_of_rows(self) -> dict[str, tuple[Array, ...]]:
        """Of whole rows: the target, and whatever texts it has."""
        if self.others is None:
            return {"ids": self.pairs.ids, "target_ids": self.pairs.ids}
        text, target, other = self._ids
        ids, target_ids = (text, text, other, other), (text, other, text, other)
        return {"ids": (target, *ids), "target_ids": (target, *target_ids)}

    @property
    def _ids(self) -> tuple[Array, Array, Array]:
        """Of texts, of targets, of other texts."""
        return (*self.pairs.ids, self.other_ids)


def _contrastive(
    dense: Callable, by_block: Callable, outputs: Outputs, widths: tuple[int, ...], block: int
) -> Array:
    """The mean over the texts of a target, and over its pictures."""
    loss = partial(by_block, block=block) if block else dense
    losses = [contrastive.matryoshka(loss, pairs, widths) for pairs in outputs.to_targets]
    return sum(losses) / len(losses)


def _paraphrase(outputs: Outputs, widths: tuple[int, ...], block: int) -> Array:
    """InfoNCE between the texts of a target: what is said alike, in whatever language."""
    return _softmax(outputs.between_texts, widths, block)


def _views(outputs: Outputs, widths: tuple[int, ...], block: int) -> Array:
    """InfoNCE between two pictures of a title, in whatever styles, or two views of one (SLIP,
    arXiv 2112.12750).
    """
    return _softmax(outputs.between_targets, widths, block)


def _softmax(pairs: contrastive.Pairs, widths: tuple[int, ...], block: int) -> Array:
    loss = partial(blockwise.softmax, block=block) if block else contrastive.softmax
    return contrastive.matryoshka(loss, pairs, widths)


def _intent(outputs: Outputs, *_) -> Array:
    return nlu.cross_entropy(outputs.intent_logits, outputs.intent)


def _slot(outputs: Outputs, *_) -> Array:
    return nlu.cross_entropy(outputs.slot_logits, outputs.slots)


# name → (outputs, Matryoshka prefix widths, rows per block or 0 for all at once) → scalar
LOSSES: dict[str, Callable[[Outputs, tuple[int, ...], int], Array]] = {
    "softmax": partial(_contrastive, contrastive.softmax, blockwise.softmax),
    "sigmoid": partial(_contrastive, contrastive.sigmoid, blockwise.sigmoid),
    "paraphrase": _paraphrase,
    "views": _views,
    "intent": _intent,
    "slot": _slot,
}
CONTRASTIVE = ("softmax", "sigmoid")
