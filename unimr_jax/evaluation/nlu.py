"""How well texts are understood: their intents and slots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from unimr_jax.data.record import Slot


class Reading(NamedTuple):
    """What a text is taken to mean."""

    intent: str
    slots: tuple[Slot, ...]


class Judged(NamedTuple):
    """What a text means and what the model took it to mean."""

    gold: Reading
    predicted: Reading

    @property
    def intent_right(self) -> bool:
        return self.gold.intent == self.predicted.intent

    @property
    def slots_right(self) -> bool:
        """The sets of spans are equal."""
        return set(self.gold.slots) == set(self.predicted.slots)


class Confusion(NamedTuple):
    """counts[i, j]: texts of intent i that were taken for intent j."""

    intents: tuple[str, ...]
    counts: np.ndarray


def nlu_metrics(texts: Sequence[Judged]) -> dict[str, float]:
    """intent_accuracy, exact_match (intent and all spans right) and slot_f1 of at least one text.

    slot_f1 is absent where neither side has a span.
    """
    exact = [text.intent_right and text.slots_right for text in texts]
    metrics = {
        "intent_accuracy": float(np.mean([text.intent_right for text in texts])),
        "exact_match": float(np.mean(exact)),
    }
    if any(reading.slots for text in texts for reading in text):
        metrics["slot_f1"] = slot_f1(texts)
    return metrics


def slot_f1(texts: Sequence[Judged]) -> float:
    """Micro-averaged F1 over spans: start, end and label must be right, as seqeval counts it.

    Precision and recall share a numerator, so that F1 is twice it over the spans of both sides.
    """
    right = sum(len(set(text.gold.slots) & set(text.predicted.slots)) for text in texts)
    spans = sum(len(set(reading.slots)) for text in texts for reading in text)
    return 2 * right / spans if spans else 0.0


def intent_confusion(texts: Sequence[Judged]) -> Confusion:
    """Over the intents that either side names, sorted."""
    intents = sorted({reading.intent for text in texts for reading in text})
    row = {intent: index for index, intent in enumerate(intents)}
    counts = np.zeros((len(intents), len(intents)), np.int64)
    for gold, predicted in texts:
        counts[row[gold.intent], row[predicted.intent]] += 1
    return Confusion(tuple(intents), counts)
