"""Examples of one task to a batch of arrays with static shapes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from unimr_jax.data.bio import IGNORED, spans_to_bio
from unimr_jax.data.fits import Pixels
from unimr_jax.data.images import AUGMENT_DRAWS, ImageReader, augment, stack
from unimr_jax.data.labels import Labels
from unimr_jax.data.long_texts import LONG_TEXTS
from unimr_jax.data.packing import Layout, Rows
from unimr_jax.data.pictures import Picture
from unimr_jax.data.record import Record
from unimr_jax.data.sources import Source
from unimr_jax.data.tasks import FIELDS
from unimr_jax.data.tokenizer import Prompts, TextTokenizer

Batch = dict[str, Any]  # of arrays, and of dictionaries of arrays
NO_ID = -1  # of a hard negative that is not there
# Uniform numbers that one example takes, in blocks: for its picture's place, tone and side, for its
# colours, for the windows of its text and of its positive, for the choice of another text and of
# another picture, for the augmentation of that.
DRAWS = (6, 2, 2, 1, 1, AUGMENT_DRAWS)
_ENDS = (0, *accumulate(DRAWS))
OF_IMAGE, OF_WINDOWS = slice(_ENDS[0], _ENDS[2]), slice(_ENDS[2], _ENDS[3])
OF_CHOICES, OF_OTHER_IMAGE = slice(_ENDS[3], _ENDS[5]), slice(_ENDS[5], _ENDS[6])


class Example(NamedTuple):
    """A record and the source that its picture lies in."""

    source: Source
    record: Record
    other: Record | None = None  # of the same picture
    other_image: Record | None = None  # of another picture with the same title
    title: int | None = None  # what pictures that are the same item share; None: their path


def stable_id(*parts: str) -> int:
    """A 31-bit hash that is equal in every process."""
    return int(_ids([parts])[0])


def _ids(items: Iterable[tuple[str, ...]]) -> np.ndarray:
    """Of n tuples of strings: int32 [n]."""
    digests = (hashlib.blake2b("\0".join(item).encode(), digest_size=4).digest() for item in items)
    return np.frombuffer(b"".join(digests), "<i4") & 0x7FFFFFFF


@dataclass(frozen=True)
class Collate:
    """Makes batches of one task; b examples, L text_length, P positive_length, k negatives.

    text_tokens int32 [b, L], text_mask bool [b, L], text_id int32 [b]: always.
    With `text_rows`, numbers of r rows, the texts are packed: tokens and slots [r, L], text_mask
    [r, t, L] for at most t texts a row, and text_place int32 [b] says which is a text's of the
    places that all processes' rows have, t each. `positive_rows` and `other_rows` do the same to
    the positives and to the other records' texts.
    image uint8 [b, size, size, 3], image_id [b]: *_to_image. Of fit "naflex" image is a dictionary
    of pixels uint8 [b, max_patches, 3 · patch²] and grid int32 [b, 2].
    positive_tokens, positive_mask [b, P], positive_id [b]: *_to_text; with `negatives` k > 0 also
    negatives_tokens, negatives_mask [b, k, P], negatives_id [b, k], masked and NO_ID if missing.
    intent int32 [b], slots int32 [b, L] (BIO, -1 where ignored): query_* and nlu.

    other_tokens …, as text_tokens …: examples that have another record, whose text it is.
    other_image, as image: examples that have such a record, whose picture it is.

    Equal ids mean equal items (text with its language; picture; passage, be it a positive or a
    negative), so that the loss can mask duplicates.
    """

    task: str
    tokenizer: TextTokenizer
    text_length: int
    positive_length: int = 0
    text_rows: Sequence[int] = ()
    positive_rows: Sequence[int] = ()
    other_rows: Sequence[int] = ()
    negatives: int = 0
    long_texts: str = "truncate"  # documents of more tokens than that; queries are truncated
    prompts: Prompts = Prompts()
    images: ImageReader | None = None
    labels: Labels | None = None
    augmentation: dict = field(default_factory=dict)  # arguments of images.augment; {}: none

    def __call__(self, examples: Sequence[Example], draws: np.ndarray | None = None) -> Batch:
        """`draws` [b, sum(DRAWS)] decide what is random: the augmentation of pictures, and which
        part of a long text is read; None: pictures as they are, the beginning.
        """
        records = [example.record for example in examples]
        fields = FIELDS[self.task]
        of_text, of_positive = (None, None) if draws is None else draws[:, OF_WINDOWS].T
        if "intent" in fields:
            batch = self._queries(records)
        else:
            batch = self._texts("text", records, of_text, self.text_rows)
        if examples[0].other is not None:
            others = [example.other for example in examples]
            batch |= self._texts("other", others, of_text, self.other_rows)
        if "image" in fields:
            batch |= self._images(examples, draws)
        if "positive" in fields:
            batch |= self._positives(records, of_positive)
            if self.negatives:
                batch |= self._negatives(records, of_positive)
        return batch

    def _texts(
        self,
        name: str,
        records: Sequence[Record],
        draws: np.ndarray | None,
        rows: Sequence[int],
    ) -> Batch:
        texts = [record.text for record in records]
        tokens, mask = self._documents(texts, self.text_length, draws)
        return {
            f"{name}_id": _text_ids(records),
            **self._rows(name, tokens, mask, rows),
        }

    def _queries(self, records: Sequence[Record]) -> Batch:
        texts = [record.text for record in records]
        tokens, mask, offsets = self.tokenizer.encode(texts, self.text_length, self.prompts.query)
        spans = zip(records, offsets, mask, strict=True)
        slots = np.stack([spans_to_bio(r.slots, own, seen, self.labels) for r, own, seen in spans])
        return {
            "text_id": _text_ids(records),
            "intent": np.array([self.labels.intent_id(r.intent) for r in records], np.int32),
            **self._rows("text", tokens, mask, self.text_rows, slots=slots),
        }

    def _rows(
        self,
        name: str,
        tokens: np.ndarray,
        mask: np.ndarray,
        rows: Sequence[int],
        **labels: np.ndarray,
    ) -> Batch:
        """Texts [b, length], and labels of their tokens, each in a row of its own or packed."""
        if not len(rows):
            return {f"{name}_tokens": tokens, f"{name}_mask": mask, **labels}
        layout = Layout(mask.sum(axis=1), Rows.of(len(tokens), len(rows), tokens.shape[1]))
        return {
            f"{name}_tokens": layout.lay_out(tokens, self.tokenizer.pad_id),
            f"{name}_mask": layout.mask,
            f"{name}_place": layout.place(rows),
            **{label: layout.lay_out(values, IGNORED) for label, values in labels.items()},
        }

    def _images(self, examples: Sequence[Example], draws: np.ndarray | None) -> Batch:
        ids = _ids((example.source.name, _picture_name(example)) for example in examples)
        own = [example.source.picture(example.record) for example in examples]
        batch = {"image": self._pixels(own, draws, OF_IMAGE), "image_id": ids}
        if examples[0].other_image is not None:
            others = [example.source.picture(example.other_image) for example in examples]
            batch["other_image"] = self._pixels(others, draws, OF_OTHER_IMAGE)
        return batch

    def _pixels(
        self, pictures: Sequence[Picture], draws: np.ndarray | None, columns: slice
    ) -> Pixels:
        pixels = [self.images.read(picture) for picture in pictures]
        if self.augmentation and draws is not None:
            return augment(pixels, draws[:, columns], **self.augmentation)
        return stack(pixels)

    def _positives(self, records: Sequence[Record], draws: np.ndarray | None) -> Batch:
        texts = [record.positive for record in records]
        tokens, mask = self._documents(texts, self.positive_length, draws)
        ids = _ids((text,) for text in texts)
        return {"positive_id": ids, **self._rows("positive", tokens, mask, self.positive_rows)}

    def _documents(
        self, texts: Sequence[str], length: int, draws: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Tokens and mask [n, length]; `draws` [n]."""
        prompt = self.prompts.document
        if draws is not None:
            texts = LONG_TEXTS[self.long_texts](self.tokenizer, texts, length, draws, prompt)
        return self.tokenizer.tokens(texts, length, prompt)

    def _negatives(self, records: Sequence[Record], draws: np.ndarray | None) -> Batch:
        """The first k hard negatives of every record, of which the same part as of its positive is
        read: a beginning would tell them apart.
        """
        k = self.negatives
        texts = [text for r in records for text in (*r.negatives, *[None] * k)[:k]]  # [b * k]
        draws = None if draws is None else np.repeat(draws, k)
        tokens, mask = self._documents([text or "" for text in texts], self.positive_length, draws)
        missing = np.array([text is None for text in texts])
        ids = np.where(missing, NO_ID, _ids((text or "",) for text in texts))
        shape = (len(records), k)
        return {
            "negatives_tokens": tokens.reshape(*shape, -1),
            "negatives_mask": (mask & ~missing[:, None]).reshape(*shape, -1),
            "negatives_id": ids.astype(np.int32).reshape(shape),
        }


def _picture_name(example: Example) -> str:
    return example.record.image if example.title is None else str(example.title)


def _text_ids(records: Sequence[Record]) -> np.ndarray:
    return _ids((record.lang, record.text) for record in records)
