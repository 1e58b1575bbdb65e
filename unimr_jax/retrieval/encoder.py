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
from unimr_jax.data.tokenizer import Prompts, TextTokenizer
from unimr_jax.data.transitions import Transitions
from unimr_jax.evaluation.encoder import QueryEncoding, TokenWeights
from unimr_jax.models.image_tower import as_images
from unimr_jax.models.unimr import UniMR

SLICE = 64  # batches whose texts are tokenized at once: enough to find some of similar length


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
        self._width = model.embed_dim
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
        return self._together([self._run_images(chunk) for chunk in chunks], np.concatenate)

    def _pixels(self, image: Picture | Image.Image) -> Pixels:
        in_memory = isinstance(image, Image.Image)
        return self.images.convert(image) if in_memory else self.images.read(image)

    def _run_images(self, chunk: Sequence[Pixels]) -> np.ndarray:
        pixels = jax.tree.map(lambda x: _filled(x, self.batch_size), stack(chunk))
        return np.asarray(self._image(pixels))[: len(chunk)]

    def encode_documents(self, texts: Sequence[str]) -> np.ndarray:
        """Captions and passages: float32 [n, dim]."""
        return self._vectors(texts, self.prompts.document, self._document)

    def embed_queries(self, texts: Sequence[str]) -> np.ndarray:
        """Queries, for those who do not ask what they mean: float32 [n, dim]."""
        return self._vectors(texts, self.prompts.query, self._query_embedding)

    def encode_queries(self, texts: Sequence[str]) -> QueryEncoding:
        """Queries, with the intent and the slots that the model reads in each."""
        rows = self._by_length(texts, self.tokenizer.encode, self.prompts.query, self._run_queries)
        embeddings, intents, slots = zip(*rows, strict=True) if rows else ((), (), ())
        return QueryEncoding(self._together(embeddings, np.stack), intents, slots)

    def weigh_tokens(self, texts: Sequence[str]) -> list[TokenWeights]:
        """Of queries: what every token counts for in the fusion."""
        return self._by_length(texts, self.tokenizer.encode, self.prompts.query, self._run_weights)

    def padded_queries(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Tokens and mask [n, length] of the texts as one batch of queries."""
        tokens, mask = self.tokenizer.tokens(texts, self.max_length, self.prompts.query)
        length = _bucket(int(mask.sum(axis=1).max()), self.max_length)
        return tokens[:, :length], mask[:, :length]

    def _vectors(self, texts: Sequence[str], prompt: str, encode: Callable) -> np.ndarray:
        def run(texts: Sequence[str], tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
            return np.asarray(encode(*self._padded(tokens, mask)))[: len(texts)]

        return self._together(self._by_length(texts, self.tokenizer.tokens, prompt, run), np.stack)

    def _together(self, vectors: Sequence[np.ndarray], join: Callable) -> np.ndarray:
        """float32 [n, dim], also of none."""
        return join(vectors) if vectors else np.empty((0, self._width), np.float32)

    def _by_length(
        self, texts: Sequence[str], tokenize: Callable, prompt: str, run: Callable[..., Sequence]
    ) -> list[Any]:
        """Runs batches of texts of similar length; the results stand in the order of `texts`.

        Args:
          tokenize: the tokenizer's `encode`, or `tokens`, which takes half the time.
          run: takes the texts of a batch and the arrays that `tokenize` gives, as far as their
            longest text reaches.
        """
        results: list[Any] = []
        for part in _chunks(texts, SLICE * self.batch_size):
            results += self._slice_by_length(part, tokenize(part, self.max_length, prompt), run)
        return results

    def _slice_by_length(
        self, texts: Sequence[str], encoded: Sequence[np.ndarray], run: Callable[..., Sequence]
    ) -> list[Any]:
        lengths = encoded[1].sum(axis=1)  # of the mask
        order = np.argsort(lengths, kind="stable")
        results: list[Any] = [None] * len(texts)
        for chunk in _chunks(order, self.batch_size):
            length = _bucket(int(lengths[chunk].max()), self.max_length)
            part = (x[chunk, :length] for x in encoded)
            for index, row in zip(chunk, run([texts[i] for i in chunk], *part), strict=True):
                results[index] = row
        return results

    def _run_queries(
        self, texts: Sequence[str], tokens: np.ndarray, mask: np.ndarray, offsets: np.ndarray
    ) -> list[tuple]:
        output, _ = jax.device_get(self._query(*self._padded(tokens, mask)))
        n = len(texts)
        intents = [self.labels.intent_of(i) for i in output.nlu.intent_logits[:n].argmax(axis=-1)]
        logits = output.nlu.slot_logits[:n]  # [n, length, tags]
        bio = self.transitions.decode(logits, offsets, texts)
        slots = [bio_to_spans(row, own, self.labels) for row, own in zip(bio, offsets, strict=True)]
        return list(zip(output.embedding[:n], intents, slots, strict=True))

    def _run_weights(
        self, texts: Sequence[str], tokens: np.ndarray, mask: np.ndarray, offsets: np.ndarray
    ) -> list[TokenWeights]:
        output, noted = jax.device_get(self._query(*self._padded(tokens, mask)))
        lengths = mask.sum(axis=1)
        weights = _token_weights(output.nlu.inside, noted)
        return [
            TokenWeights(own[:length], row[:length] / max(row[:length].sum(), 1e-6))
            for own, row, length in zip(offsets, weights, lengths)
        ]

    def _padded(self, tokens: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return _filled(tokens, self.batch_size), _filled(mask, self.batch_size)


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
