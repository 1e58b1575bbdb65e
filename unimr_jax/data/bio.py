"""Character spans to BIO tags of tokens and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from unimr_jax.data.labels import Labels
from unimr_jax.data.record import Slot

OUTSIDE = 0
IGNORED = -1  # special tokens, padding and tokens that own no character


def spans_to_bio(
    slots: Sequence[Slot], offsets: np.ndarray, mask: np.ndarray, labels: Labels
) -> np.ndarray:
    """BIO ids [length] of the slots; a token that overlaps a slot belongs to it.

    Where one token overlaps two slots, the first slot has it. `offsets` [length, 2] and `mask`
    [length] come from TextTokenizer.encode.
    """
    starts, ends = offsets[:, 0], offsets[:, 1]
    tags = np.where(mask & (starts < ends), OUTSIDE, IGNORED).astype(np.int32)  # [length]
    for slot in slots:
        inside = np.flatnonzero((tags == OUTSIDE) & (starts < slot.end) & (ends > slot.start))
        begin = labels.begin_id(slot.label)
        tags[inside[:1]] = begin
        tags[inside[1:]] = begin + 1
    return tags


def bio_to_spans(tags: np.ndarray, offsets: np.ndarray, labels: Labels) -> tuple[Slot, ...]:
    """The spans that BIO ids [length] spell, over offsets [length, 2].

    Lenient, as conlleval and seqeval's default are: an I- that continues nothing starts a span.
    Tokens that own no character are passed over; spans never overlap.
    """
    spans: list[Slot] = []
    label = None  # of the span that is open
    for tag, (start, end) in zip(tags.tolist(), offsets.tolist()):
        if start >= end or tag == IGNORED:
            continue
        if tag == OUTSIDE:
            label = None
        elif tag % 2 == 0 and labels.slots[tag // 2 - 1] == label:
            spans[-1] = replace(spans[-1], end=max(end, spans[-1].end))
        else:
            label = labels.slots[(tag - 1) // 2]
            spans.append(Slot(start, end, label))
    return _apart(spans)


def _apart(spans: Sequence[Slot]) -> tuple[Slot, ...]:
    """Cuts off what an earlier span has: byte pieces of one character may disagree."""
    kept: list[Slot] = []
    for span in spans:
        start = max(span.start, kept[-1].end) if kept else span.start
        if start < span.end:
            kept.append(replace(span, start=start))
    return tuple(kept)
