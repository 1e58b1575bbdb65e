"""How long texts are, in tokens or in characters, and how that is spread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from unimr_jax.data.inspection.rows import Lengths

BINS = 24
SHOWN = 0.99  # of the texts have a bar of their own; the longest share the last


class Spread(NamedTuple):
    median: int
    most: int  # 95% of the texts are no longer
    longest: int


class Histogram(NamedTuple):
    edges: list[int]  # [bins + 1]; bar i holds the lengths from edges[i] up to edges[i + 1]
    counts: list[int]  # [bins]


def characters(texts: Sequence[str]) -> np.ndarray:
    """Unicode code points, int32 [n]: a unit that scripts without spaces have as well."""
    return np.array([len(text) for text in texts], np.int32)


def measure(tokenizer: str) -> tuple[Lengths, str]:
    """How to measure, and the unit's name: tokens of that tokenizer, else characters."""
    if not tokenizer:
        return characters, "characters"
    from unimr_jax.data.tokenizer import TextTokenizer

    return TextTokenizer.load(tokenizer).lengths, "tokens"


def spread(lengths: np.ndarray) -> Spread | None:
    """None of no texts."""
    if not len(lengths):
        return None
    median, most = np.percentile(lengths, (50, 95), method="lower")
    return Spread(int(median), int(most), int(lengths.max()))


def histogram(lengths: np.ndarray) -> Histogram:
    """Bars of equal width; the last one also holds what is longer."""
    top = int(np.percentile(lengths, 100 * SHOWN, method="higher")) + 1
    width = -(-top // BINS)
    edges = np.arange(0, top + width, width)
    counts, _ = np.histogram(np.minimum(lengths, edges[-1] - 1), edges)
    return Histogram(edges.tolist(), counts.tolist())
