"""A trained model as evaluation sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from unimr_jax.data.pictures import Picture
from unimr_jax.data.record import Slot
from unimr_jax.evaluation.galleries import Benchmark
from unimr_jax.evaluation.nlu import Reading


class QueryEncoding(NamedTuple):
    """What the text encoder makes of n queries."""

    embeddings: np.ndarray  # [n, d] float32
    intents: Sequence[str]
    slots: Sequence[tuple[Slot, ...]]


class TokenWeights(NamedTuple):
    """What each token of a text counts for, without padding; special tokens own no character."""

    offsets: np.ndarray  # [tokens, 2], half-open character spans
    weights: np.ndarray  # [tokens] float32, of sum 1


class Encoder(Protocol):
    """All embeddings are float32 [n, d] unit vectors of one space."""

    def encode_images(self, pictures: Sequence[Picture]) -> np.ndarray: ...

    def encode_documents(self, texts: Sequence[str]) -> np.ndarray: ...

    def encode_queries(self, texts: Sequence[str]) -> QueryEncoding: ...

    def embed_queries(self, texts: Sequence[str]) -> np.ndarray: ...


@dataclass(frozen=True)
class Encoded:
    """The items of a benchmark as the model has them.

    `embeddings[kind]` is [n, d], in the order of `Benchmark.rows[kind]`; a kind without items is
    absent. `readings` has every query's intent and slots by its text.
    """

    embeddings: Mapping[str, np.ndarray]
    readings: Mapping[str, Reading]


def encode(encoder: Encoder, benchmark: Benchmark, picture: Callable[[str], Picture]) -> Encoded:
    """Every distinct item once; `picture` says where the image of a record lies."""
    images, texts, queries = (list(benchmark.rows[kind]) for kind in ("image", "text", "query"))
    embeddings: dict[str, np.ndarray] = {}
    readings: dict[str, Reading] = {}
    if images:
        embeddings["image"] = encoder.encode_images([picture(image) for image in images])
    if texts:
        embeddings["text"] = encoder.encode_documents(texts)
    if queries:
        embeddings["query"], intents, slots = encoder.encode_queries(queries)
        readings = dict(zip(queries, map(Reading, intents, slots), strict=True))
    return Encoded(embeddings, readings)
