"""A trained model that turns pictures and texts into vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import jax
import numpy as np
from PIL import Image

from unimr_jax.data.bio import bio_to_spans
from unimr_jax.data.fits import Pixels
from unimr_jax.data.images import ImageReader, stack
from unimr_jax.data.labels import Labels
from unimr_jax.data.pictures import Picture
from unimr_jax.data.tokenizer import Encoded, Prompts, TextTokenizer
from unimr_jax.data.transitions import Transitions
from unimr_jax.evaluation.encoder import QueryEncoding, TokenWeights
from unimr_jax.models.image_tower import as_images
from unimr_jax.models.unimr import UniMR


class ModelEncoder:
    """Encodes lists of any length in batches of one static shape per length bucket."""

    def __init__(
        self,
        model: UniMR,
        params: dict[str, Any],
        tokenizer: TextTokenizer,
        labels: Labels,
        transitions: Transitions,
        images: ImageReader,
        batch_size: int,
        max_length: int,
        prompts: Prompts,
    ):
        self.tokenizer, self.labels, self.images = tokenizer, labels, images
        self.transitions, self.prompts = transitions, prompts
        self.batch_size, self.max_length = batch_size, max_length
        variables = {"params": params}
        self._image = jax.jit(
            lambda x: model.apply(variables, as_images(x), method=model.encode_image)
        )
        self._document = jax.jit(
            lambda tokens, mask: model.apply(variables, tokens, mask, method=model.encode_document)
        )
        self._query = jax.jit(  # (output, what the fusion notes about it)
            lambda tokens, mask: model.apply(
                variables, tokens, mask, method=model.encode_query, mutable="intermediates"
            )
        )
        self._query_embedding = jax.jit(  # without what only intents and slots need
            lambda tokens, mask: (
                model.apply(variables, tokens, mask, method=model.encode_query).embedding
            )
        )

    def encode_images(self, images: Iterable[Picture | Image.Image]) -> np.ndarray:
        """float32 [n, dim]; of pictures from an iterator, one batch at a time is in memory."""
        chunks = _chunks(map(self._pixels, images), self.batch_size)
        return np.concatenate([self._run_images(chunk) for chunk in chunks])

    def _pixels(self, image: Picture | Image.Image) -> Pixels:
        in_memory = isinstance(image, Image.Image)
        return self.images.convert(image) if in_memory else self.images.read(image)

    def _run_images(self, chunk: Sequence[Pixels]) -> np.ndarray:
        pixels = jax.tree.map(lambda x: _filled(x, self.batch_size), stack(chunk))
        return np.asarray(self._image(pixels))[: len(chunk)]

    def encode_documents(self, texts: Sequence[str]) -> np.ndarray:
        """Captions and passages: float32 [n, dim]."""
        return self._by_length(texts, self.prompts.document, self._vectors(self._document))

    def embed_queries(self, texts: Sequence[str]) -> np.ndarray:
        """Queries, for those who do not ask what they mean: float32 [n, dim]."""
        return self._by_length(texts, self.prompts.query, self._vectors(self._query_embedding))

    def encode_queries(self, texts: Sequence[str]) -> QueryEncoding:
        """Queries, with the intent and the slots that the model reads in each."""
        rows = self._by_length(texts, self.prompts.query, self._run_queries)
        embeddings, intents, slots = zip(*rows, strict=True)
        return QueryEncoding(np.stack(embeddings), intents, slots)

    def weigh_tokens(self, texts: Sequence[str]) -> list[TokenWeights]:
        """Of queries: what every token counts for in the fusion."""
        return self._by_length(texts, self.prompts.query, self._run_weights)

    def padded_queries(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Tokens and mask [n, length] of the texts as one batch of queries."""
        tokens, mask, _ = self.tokenizer.encode(texts, self.max_length, self.prompts.query)
        length = _bucket(int(mask.sum(axis=1).max()), self.max_length)
        return tokens[:, :length], mask[:, :length]

    def _by_length(
        self, texts: Sequence[str], prompt: str, run: Callable[[Encoded, Sequence[str]], Any]
    ) -> Any:
        """Runs batches of texts of similar length; the results stand in the order of `texts`."""
        encoded = self.tokenizer.encode(texts, self.max_length, prompt)
        lengths = encoded.mask.sum(axis=1)
        order = np.argsort(lengths, kind="stable")
        results: list[Any] = [None] * len(texts)
        for chunk in _chunks(order, self.batch_size):
            length = _bucket(int(lengths[chunk].max()), self.max_length)
            part = Encoded(*(x[chunk, :length] for x in encoded))
            for index, row in zip(chunk, run(part, [texts[i] for i in chunk]), strict=True):
                results[index] = row
        return np.stack(results) if isinstance(results[0], np.ndarray) else results

    def _vectors(self, encode: Callable) -> Callable[[Encoded, Sequence[str]], np.ndarray]:
        return lambda encoded, texts: np.asarray(encode(*self._padded(encoded)))[: len(texts)]

    def _run_queries(self, encoded: Encoded, texts: Sequence[str]) -> list[tuple]:
        output, _ = jax.device_get(self._query(*self._padded(encoded)))
        n = len(texts)
        intents = [self.labels.intent_of(i) for i in output.nlu.intent_logits[:n].argmax(axis=-1)]
        logits = output.nlu.slot_logits[:n]  # [n, length, tags]
        bio = self.transitions.decode(logits, encoded.offsets, texts)
        slots = [
            bio_to_spans(row, offsets, self.labels)
            for row, offsets in zip(bio, encoded.offsets, strict=True)
        ]
        return list(zip(output.embedding[:n], intents, slots, strict=True))

    def _run_weights(self, encoded: Encoded, texts: Sequence[str]) -> list[TokenWeights]:
        output, noted = jax.device_get(self._query(*self._padded(encoded)))
        lengths = encoded.mask.sum(axis=1)
        weights = _token_weights(output.nlu.inside, noted)
        return [
            TokenWeights(offsets[:length], row[:length] / max(row[:length].sum(), 1e-6))
            for offsets, row, length in zip(encoded.offsets, weights, lengths)
        ]

    def _padded(self, encoded: Encoded) -> tuple[np.ndarray, np.ndarray]:
        return _filled(encoded.tokens, self.batch_size), _filled(encoded.mask, self.batch_size)


def _token_weights(inside: np.ndarray, noted: Mapping[str, Any]) -> np.ndarray:
    """[n, length]: as the fusion noted them, else the posterior that a token is in a slot."""
    if not noted:
        return inside
    (weights,) = noted["intermediates"]["fuse"]["token_weights"]  # [n, 1, length]
    return weights[:, 0]


def _chunks(items: Iterable, size: int) -> Iterator[list]:
    left = iter(items)
    while chunk := list(islice(left, size)):
        yield chunk


def _filled(x: np.ndarray, batch_size: int) -> np.ndarray:
    """Repeats the first row until the batch is full, so that every batch has the same shape."""
    missing = batch_size - len(x)
    return np.concatenate([x, np.repeat(x[:1], missing, axis=0)]) if missing else x


def _bucket(length: int, maximum: int) -> int:
    """The next of 16, 32, 48, 64, 96, 128, 192, 256, 384 …: few programs, little padding."""
    step = max(16, 2 ** ((length - 1).bit_length() - 2))
    return min(-(-length // step) * step, maximum)
