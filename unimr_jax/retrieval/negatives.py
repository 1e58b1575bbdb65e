"""Hard negatives: passages that a model takes for the right one, and that are not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from unimr_jax.data.record import Record
from unimr_jax.evaluation.encoder import Encoder
from unimr_jax.evaluation.ranking import top_k


def mine_negatives(
    encoder: Encoder, records: Sequence[Record], count: int, nearest: float, pool: int = 50
) -> list[tuple[str, ...]]:
    """For every record at most `count` passages of others in its passage's language, best first.

    Args:
      encoder: gives unit vectors.
      records: with a positive, or they get none.
      count: for each.
      nearest: passages that score above this share of what the positive scores are left out, since
        those are often right as well (NV-Retriever, arXiv 2407.15831, its TopK-PercPos).
      pool: of the best-scoring passages, how many are looked at, or as many as are asked for.
    """
    found: list[tuple[str, ...]] = [()] * len(records)
    pool = max(pool, count)
    own = _own_positives(records)
    for indices in _by_language(records).values():
        group = [records[i] for i in indices]
        passages = list(dict.fromkeys(record.positive for record in group))
        place = {passage: row for row, passage in enumerate(passages)}
        queries, gallery = _queries(encoder, group), encoder.encode_documents(passages)
        right = (queries * gallery[[place[record.positive] for record in group]]).sum(axis=1)
        for i, best, query, score in zip(indices, top_k(queries, gallery, pool), queries, right):
            limit = score - (1 - nearest) * abs(score)  # a share of it, whatever its sign
            allowed = best[gallery[best] @ query <= limit]
            texts = (passages[row] for row in allowed)
            others = [text for text in texts if text not in own[_query(records[i])]]
            found[i] = tuple(others[:count])
    return found


def _query(record: Record) -> tuple[str, str]:
    return record.lang, record.text


def _own_positives(records: Sequence[Record]) -> Mapping[tuple[str, str], set[str]]:
    """Rows of equal language and text share their positives."""
    own: dict[tuple[str, str], set[str]] = defaultdict(set)
    for record in records:
        own[_query(record)].add(record.positive)
    return own


def _by_language(records: Sequence[Record]) -> Mapping[str, list[int]]:
    """Of passages: the indices of records that have one."""
    groups: dict[str, list[int]] = defaultdict(list)
    for i, record in enumerate(records):
        if record.positive is not None:
            groups[record.positive_lang].append(i)
    return groups


def _queries(encoder: Encoder, records: Sequence[Record]) -> np.ndarray:
    """[n, dim]; rows with an intent as queries, the others as documents, as training has them."""
    intents = np.array([record.intent is not None for record in records])
    texts = np.array([record.text for record in records], object)
    vectors: dict[bool, np.ndarray] = {}
    if intents.any():
        vectors[True] = encoder.embed_queries(list(texts[intents]))
    if not intents.all():
        vectors[False] = encoder.encode_documents(list(texts[~intents]))
    merged = np.empty((len(records), next(iter(vectors.values())).shape[1]), np.float32)
    for is_query, rows in vectors.items():
        merged[intents == is_query] = rows
    return merged
