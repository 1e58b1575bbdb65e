"""A trained model that turns pictures and texts into vectors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
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
from unimr_jax.retrieval.overlap import Unread, ahead, read_late, threads

SLICE = 64  # batches whose texts are tokenized at once: enough to find some of similar length
READ_AHEAD = 2  # batches of pictures

Call = Callable[..., Any]  # (program, parameters, *arrays of a batch)


def called(program: Callable, *inputs: Any) -> Any:
    return program(*inputs)


class ModelEncoder:
    """Encodes lists of any length in batches of one static shape per length bucket.

    While the device computes a batch, the host prepares the next, reads the vectors of the one
    before, and tokenizes ahead.
    """

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
        call: Call = called,
    ):
        """`call` runs a program on what it is given, say with the batch cut over devices."""
        self.tokenizer, self.labels, self.images = tokenizer, labels, images
        self.transitions, self.prompts = transitions, prompts
        self.batch_size, self.max_length = batch_size, max_length
        self._width = model.embed_dim

        def program(function: Callable) -> Callable:
            """Parameters are arguments: as constants every length's program would hold a copy."""
            return partial(call, jax.jit(function), {"params": params})

        query = partial(model.apply, method=model.encode_query)
        self._image = program(lambda v, x: model.apply(v, as_images(x), method=model.encode_image))
        self._document = program(partial(model.apply, method=model.encode_document))
        self._query = program(partial(query, mutable="intermediates"))  # output, what fusion notes
        self._query_embedding = program(  # without what only intents and slots need
            lambda *inputs: query(*inputs).embedding
        )

    def encode_images(self, images: Iterable[Picture | Image.Image]) -> np.ndarray:
        """float32 [n, dim]; files are read by threads.

        An iterator is asked for a few batches ahead, and what it gives is made small at once.

        Raises BadImage.
        """
        with threads(os.cpu_count()) as pool:
            count = READ_AHEAD * self.batch_size
            pixels = ahead(pool, self._read, map(self._converted, images), count)
            batches = map(self._run_images, _chunks(pixels, self.batch_size))
            return self._together(list(read_late(batches)), np.concatenate)

    def _converted(self, image: Picture | Image.Image) -> Picture | Pixels:
        """Those in memory may be the same more than once, and only one thread may decode it."""
        return self.images.convert(image) if isinstance(image, Image.Image) else image

    def _read(self, image: Picture | Pixels) -> Pixels:
        return self.images.read(image) if isinstance(image, Picture) else image

    def _run_images(self, chunk: Sequence[Pixels]) -> Unread[np.ndarray]:
        pixels = jax.tree.map(lambda x: _filled(x, self.batch_size), stack(chunk))
        return partial(_rows, self._image(pixels), len(chunk))

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
        def run(texts: Sequence[str], *encoded: np.ndarray) -> Unread[np.ndarray]:
            return partial(_rows, encode(*self._padded(*encoded)), len(texts))

        return self._together(self._by_length(texts, self.tokenizer.tokens, prompt, run), np.stack)

    def _together(self, vectors: Sequence[np.ndarray], join: Callable) -> np.ndarray:
        """float32 [n, dim], also of none."""
        return join(vectors) if vectors else np.empty((0, self._width), np.float32)

    def _by_length(
        self, texts: Sequence[str], tokenize: Callable, prompt: str, run: Callable[..., Unread]
    ) -> list[Any]:
        """Runs batches of texts of similar length; the results stand in the order of `texts`.

        Args:
          tokenize: the tokenizer's `encode`, or `tokens`, which takes half the time.
          run: takes the texts of a batch and the arrays that `tokenize` gives, as far as their
            longest text reaches; the result for every text is read later.
        """

        def encoded(part: Sequence[str]) -> tuple[Sequence[str], Sequence[np.ndarray]]:
            return part, tokenize(part, self.max_length, prompt)

        parts = list(_chunks(texts, SLICE * self.batch_size))
        if len(parts) == 1:  # a thread takes longer to start than a query to encode
            return self._slice_by_length(*encoded(texts), run)
        results: list[Any] = []
        with threads(1) as pool:
            for part, arrays in ahead(pool, encoded, parts, 1):
                results += self._slice_by_length(part, arrays, run)
        return results

    def _slice_by_length(
        self, texts: Sequence[str], encoded: Sequence[np.ndarray], run: Callable[..., Unread]
    ) -> list[Any]:
        lengths = encoded[1].sum(axis=1)  # of the mask
        order = np.argsort(lengths, kind="stable")
        chunks = list(_chunks(order, self.batch_size))
        until = [_bucket(int(lengths[chunk].max()), self.max_length) for chunk in chunks]
        batches = (
            run([texts[i] for i in chunk], *(x[chunk, :length] for x in encoded))
            for chunk, length in zip(chunks, until)
        )
        results: list[Any] = [None] * len(texts)
        for chunk, rows in zip(chunks, read_late(batches), strict=True):
            for index, row in zip(chunk, rows, strict=True):
                results[index] = row
        return results

    def _run_queries(
        self, texts: Sequence[str], tokens: np.ndarray, mask: np.ndarray, offsets: np.ndarray
    ) -> Unread[list[tuple]]:
        return partial(self._understood, texts, offsets, self._query(*self._padded(tokens, mask)))

    def _understood(self, texts: Sequence[str], offsets: np.ndarray, query: tuple) -> list[tuple]:
        output, _ = jax.device_get(query)
        n = len(texts)
        intents = [self.labels.intent_of(i) for i in output.nlu.intent_logits[:n].argmax(axis=-1)]
        logits = output.nlu.slot_logits[:n]  # [n, length, tags]
        bio = self.transitions.decode(logits, offsets, texts)
        slots = [bio_to_spans(row, own, self.labels) for row, own in zip(bio, offsets, strict=True)]
        return list(zip(output.embedding[:n], intents, slots, strict=True))

    def _run_weights(
        self, texts: Sequence[str], tokens: np.ndarray, mask: np.ndarray, offsets: np.ndarray
    ) -> Unread[list[TokenWeights]]:
        query = self._query(*self._padded(tokens, mask))
        return partial(_weighed, mask.sum(axis=1), offsets, query)

    def _padded(self, tokens: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return _filled(tokens, self.batch_size), _filled(mask, self.batch_size)


def _weighed(lengths: np.ndarray, offsets: np.ndarray, query: tuple) -> list[TokenWeights]:
    output, noted = jax.device_get(query)
    weights = _token_weights(output.nlu.inside, noted)
    return [
        TokenWeights(own[:length], row[:length] / max(row[:length].sum(), 1e-6))
        for own, row, length in zip(offsets, weights, lengths)
    ]


def _token_weights(inside: np.ndarray, noted: Mapping[str, Any]) -> np.ndarray:
    """[n, length]: as the fusion noted them, else the posterior that a token is in a slot."""
    if not noted:
        return inside
    (weights,) = noted["intermediates"]["fuse"]["token_weights"]  # [n, 1, length]
    return weights[:, 0]


def _rows(array: jax.Array, count: int) -> np.ndarray:
    return np.asarray(array)[:count]


def _chunks(items: Iterable, size: int) -> Iterator[list]:
    left = iter(items)
    while chunk := list(islice(left, size)):
        yield chunk


def _filled(x: np.ndarray, batch_size: int) -> np.ndarray:
    """Repeats the first row until the batch is full, so that every batch has the same shape."""
    missing = batch_size - len(x)
    return np.concatenate([x, np.repeat(x[:1], missing, axis=0)]) if missing else x


def _bucket(length: int, maximum: int) -> int:
    """The next of 16, 32, 48, 64, 96, 128, 192, 256, 384 …: few programs, little padding.

    Of empty texts some tokenizers make no token at all.
    """
    length = max(1, length)
    step = max(16, 2 ** ((length - 1).bit_length() - 2))
    return min(-(-length // step) * step, maximum)
