"""Examples of one task to a batch of arrays with static shapes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from unimr_jax.data.bio import spans_to_bio
from unimr_jax.data.images import ImageReader, augment
from unimr_jax.data.labels import Labels
from unimr_jax.data.record import Record
from unimr_jax.data.sources import JsonlSource
from unimr_jax.data.tasks import FIELDS
from unimr_jax.data.tokenizer import TextTokenizer

Batch = dict[str, np.ndarray]
NO_ID = -1  # of a hard negative that is not there


class Example(NamedTuple):
    """A record and the source that its picture lies in."""

    source: JsonlSource
    record: Record


def stable_id(*parts: str) -> int:
    """A 31-bit hash that is equal in every process."""
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little") & 0x7FFFFFFF


@dataclass(frozen=True)
class Collate:
    """Makes batches of one task; b examples, L text_length, P positive_length, k negatives.

    text_tokens int32 [b, L], text_mask bool [b, L], text_id int32 [b]: always.
    image uint8 [b, size, size, 3], image_id [b]: *_to_image.
    positive_tokens, positive_mask [b, P], positive_id [b]: *_to_text; with `negatives` k > 0 also
    negatives_tokens, negatives_mask [b, k, P], negatives_id [b, k], masked and NO_ID if missing.
    intent int32 [b], slots int32 [b, L] (BIO, -1 where ignored): query_* and nlu.

    Equal ids mean equal items (text with its language; picture; passage, be it a positive or a
    negative), so that the loss can mask duplicates.
    """

    task: str
    tokenizer: TextTokenizer
    text_length: int
    positive_length: int = 0
    negatives: int = 0
    images: ImageReader | None = None
    labels: Labels | None = None
    augmentation: dict = field(default_factory=dict)  # arguments of images.augment; {}: none

    def __call__(self, examples: Sequence[Example], draws: np.ndarray | None = None) -> Batch:
        """`draws` [b, AUGMENT_DRAWS] decide the augmentation of pictures; None: as they are."""
        records = [example.record for example in examples]
        fields = FIELDS[self.task]
        batch = self._texts(records, understand="intent" in fields)
        if "image" in fields:
            batch |= self._images(examples, draws)
        if "positive" in fields:
            batch |= self._positives(records)
            if self.negatives:
                batch |= self._negatives(records)
        return batch

    def _texts(self, records: Sequence[Record], understand: bool) -> Batch:
        texts = [record.text for record in records]
        ids = _ids((record.lang, record.text) for record in records)
        if not understand:
            tokens, mask = self.tokenizer.tokens(texts, self.text_length)
            return {"text_tokens": tokens, "text_mask": mask, "text_id": ids}
        tokens, mask, offsets = self.tokenizer.encode(texts, self.text_length)
        return {
            "text_tokens": tokens,
            "text_mask": mask,
            "text_id": ids,
            "intent": np.array([self.labels.intent_id(r.intent) for r in records], np.int32),
            "slots": np.stack(
                [
                    spans_to_bio(record.slots, *spans, self.labels)
                    for record, spans in zip(records, zip(offsets, mask))
                ]
            ),
        }

    def _images(self, examples: Sequence[Example], draws: np.ndarray | None) -> Batch:
        paths = [example.source.image_path(example.record) for example in examples]
        pixels = np.stack([self.images.read(path) for path in paths])
        if self.augmentation and draws is not None:
            pixels = augment(pixels, draws, **self.augmentation)
        ids = _ids((example.source.name, example.record.image) for example in examples)
        return {"image": pixels, "image_id": ids}

    def _positives(self, records: Sequence[Record]) -> Batch:
        texts = [record.positive for record in records]
        tokens, mask = self.tokenizer.tokens(texts, self.positive_length)
        return {
            "positive_tokens": tokens,
            "positive_mask": mask,
            "positive_id": _ids((text,) for text in texts),
        }

    def _negatives(self, records: Sequence[Record]) -> Batch:
        """The first k hard negatives of every record."""
        k = self.negatives
        texts = [text for r in records for text in (*r.negatives, *[None] * k)[:k]]  # [b * k]
        tokens, mask = self.tokenizer.tokens([text or "" for text in texts], self.positive_length)
        missing = np.array([text is None for text in texts])
        ids = np.where(missing, NO_ID, _ids((text or "",) for text in texts))
        shape = (len(records), k)
        return {
            "negatives_tokens": tokens.reshape(*shape, -1),
            "negatives_mask": (mask & ~missing[:, None]).reshape(*shape, -1),
            "negatives_id": ids.astype(np.int32).reshape(shape),
        }


def _ids(items) -> np.ndarray:
    """Stable ids int32 [n] of n tuples of strings."""
    return np.array([stable_id(*item) for item in items], np.int32)
