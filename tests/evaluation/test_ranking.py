from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import ndcg_score

from unimr_jax.evaluation import ranking
from unimr_jax.evaluation.ranking import positive_ranks, retrieval_metrics, top_k

QUERY = np.array([[1.0, 0.0]], np.float32)


def gallery_of_scores(*scores: float) -> np.ndarray:
    """Vectors whose products with QUERY are the scores."""
    return np.array([[score, 0.1] for score in scores], np.float32)


def ranks_of(scores, positives, **blocks):
    own = [np.array(positives)]
    return positive_ranks(QUERY, gallery_of_scores(*scores), own, **blocks)[0].tolist()


def unit_vectors(rng: np.random.Generator, count: int, width: int) -> np.ndarray:
    vectors = rng.standard_normal((count, width))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def brute_force_ranks(queries, gallery, positives):
    """The definition, pair by pair in float64."""
    scores = queries.astype(np.float64) @ gallery.astype(np.float64).T
    ranks = []
    for own_scores, own in zip(scores, positives, strict=True):
        others = np.delete(own_scores, own)
        best_first = sorted(own_scores[own], reverse=True)
        ranks.append([1 + sum(others >= s) + place for place, s in enumerate(best_first)])
    return ranks


def test_rank_counts_what_scores_higher():
    assert ranks_of([0.9, 0.5, 0.7, 0.1], [1]) == [3]


def test_positives_take_successive_places():
    assert ranks_of([0.9, 0.5, 0.7, 0.1], [0, 1]) == [1, 3]


def test_a_tie_counts_against_the_model():
    assert ranks_of([0.5, 0.5, 0.5], [1]) == [3]


def test_tied_positives_stand_one_behind_the_other_and_behind_their_ties():
    assert ranks_of([0.5, 0.5, 0.5, 0.9], [0, 2]) == [3, 4]


def test_nan_ranks_last_whoever_has_it():
    assert ranks_of([np.nan, 0.5, np.nan, 0.1], [1]) == [1]
    assert ranks_of([np.nan, 0.5, np.nan, 0.1], [0]) == [4]
    assert ranks_of([np.inf, 0.5], [1]) == [1]


def test_a_query_that_is_nan_finds_nothing():
    queries = np.full((1, 2), np.nan, np.float32)
    ranks = positive_ranks(queries, gallery_of_scores(0.3, 0.2, 0.1), [np.array([0])])
    assert ranks[0].tolist() == [3]


@pytest.mark.parametrize("width", [3, 64, 257, 768])
def test_duplicates_tie_wherever_they_lie(width):
    rng = np.random.default_rng(width)
    distinct, copies = unit_vectors(rng, 5, width), 37
    gallery = np.tile(distinct, (copies, 1))
    queries = unit_vectors(rng, 11, width)
    positives = [np.array([0])] * len(queries)
    ranks = positive_ranks(queries, gallery, positives, query_block=4, gallery_block=23)
    assert all(own[0] % copies == 0 for own in ranks)


@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 40),
    width=st.integers(1, 40),
    query_block=st.integers(1, 9),
    gallery_block=st.integers(1, 50),
)
@settings(max_examples=60, deadline=None)
def test_unit_vectors_rank_as_by_definition(seed, count, width, query_block, gallery_block):
    rng = np.random.default_rng(seed)
    gallery, queries = unit_vectors(rng, count, width), unit_vectors(rng, 7, width)
    if width == 1:  # all scores are ±1: every pair ties or opposes
        gallery = np.sign(gallery)
    positives = [rng.choice(count, rng.integers(1, count + 1), replace=False) for _ in queries]
    blocks = {"query_block": query_block, "gallery_block": gallery_block}
    ranks = positive_ranks(queries, gallery, positives, **blocks)
    assert [own.tolist() for own in ranks] == brute_force_ranks(queries, gallery, positives)


@given(
    gallery=arrays(np.float32, (12, 3), elements=st.sampled_from([-1, -0.5, 0, 0.25, 1])),
    queries=arrays(np.float32, (4, 3), elements=st.sampled_from([-1, 0, 0.5, 1])),
    block=st.integers(1, 13),
)
@settings(max_examples=60, deadline=None)
def test_many_ties_rank_as_by_definition(gallery, queries, block):
    positives = [np.array([0]), np.array([3, 4]), np.array([11, 1, 5]), np.arange(12)]
    ranks = positive_ranks(queries, gallery, positives, gallery_block=block)
    assert [own.tolist() for own in ranks] == brute_force_ranks(queries, gallery, positives)


def test_block_sizes_change_nothing():
    rng = np.random.default_rng(0)
    gallery, queries = unit_vectors(rng, 301, 48), unit_vectors(rng, 50, 48)
    positives = [rng.choice(301, 3, replace=False) for _ in queries]
    whole = positive_ranks(queries, gallery, positives)
    for query_block, gallery_block in [(1, 301), (7, 16), (50, 100), (49, 1)]:
        ranks = positive_ranks(
            queries, gallery, positives, query_block=query_block, gallery_block=gallery_block
        )
        np.testing.assert_array_equal(ranks, whole)


def test_metrics_by_hand():
    metrics = retrieval_metrics([np.array([1, 4]), np.array([3]), np.array([11])])
    second = 1 / np.log2(4)
    first = (1 + 1 / np.log2(5)) / (1 + 1 / np.log2(3))
    assert metrics == pytest.approx(
        {
            "recall@1": 1 / 3,
            "recall@5": 2 / 3,
            "recall@10": 2 / 3,
            "mrr@10": (1 + 1 / 3) / 3,
            "ndcg@10": (first + second) / 3,
        }
    )


def test_more_positives_than_places_can_still_be_ideal():
    assert retrieval_metrics([np.arange(1, 26)])["ndcg@10"] == 1.0


def test_ndcg_agrees_with_scikit_learn():
    rng = np.random.default_rng(3)
    gallery, queries = unit_vectors(rng, 80, 16), unit_vectors(rng, 30, 16)
    positives = [rng.choice(80, rng.integers(1, 20), replace=False) for _ in queries]
    gains = np.zeros((30, 80))
    for row, own in zip(gains, positives, strict=True):
        row[own] = 1
    metrics = retrieval_metrics(positive_ranks(queries, gallery, positives))
    expected = ndcg_score(gains, queries.astype(np.float64) @ gallery.T.astype(np.float64), k=10)
    assert metrics["ndcg@10"] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("block", [1, 7, 40, 1000])
def test_top_k_is_a_stable_sort(block):
    rng = np.random.default_rng(1)
    gallery = np.tile(unit_vectors(rng, 20, 8), (2, 1))
    queries = unit_vectors(rng, 5, 8)
    scores = queries.astype(np.float64) @ np.float64(gallery[:20].T)
    order = np.argsort(-np.tile(scores, 2), axis=1, kind="stable")
    np.testing.assert_array_equal(top_k(queries, gallery, 6, gallery_block=block), order[:, :6])


@given(
    gallery=arrays(np.float32, (30, 2), elements=st.sampled_from([-1, -0.0, 0, 0.5, 1, np.nan])),
    queries=arrays(np.float32, (7, 2), elements=st.sampled_from([-1, 0, 0.5, 1, np.nan])),
    k=st.integers(0, 31),
    query_block=st.integers(1, 8),
    gallery_block=st.integers(1, 31),
)
@settings(max_examples=100, deadline=None)
def test_top_k_of_many_ties_is_a_stable_sort(gallery, queries, k, query_block, gallery_block):
    scores = queries.astype(np.float64) @ gallery.astype(np.float64).T
    expected = np.argsort(-np.where(np.isnan(scores), -np.inf, scores), axis=1, kind="stable")
    found = top_k(queries, gallery, k, query_block=query_block, gallery_block=gallery_block)
    np.testing.assert_array_equal(found, expected[:, :k])


def test_top_k_scores_a_block_of_queries_at_a_time(monkeypatch):
    seen = []

    def noted(queries, gallery, scores=ranking._scores):
        seen.append((len(queries), len(gallery)))
        return scores(queries, gallery)

    monkeypatch.setattr(ranking, "_scores", noted)
    top_k(np.ones((7, 2)), np.ones((9, 2)), 3, query_block=3, gallery_block=4)
    assert max(q for q, _ in seen) == 3 and max(n for _, n in seen) == 4


def test_top_k_of_nothing():
    nothing = np.empty((0, 2), np.float32)
    assert top_k(nothing, gallery_of_scores(0.1, 0.2), 5).shape == (0, 2)
    assert top_k(QUERY, nothing, 5).shape == (1, 0)


def test_top_k_of_a_small_gallery_is_all_of_it():
    found = top_k(QUERY, gallery_of_scores(np.nan, 0.2, 0.8), 5)
    assert found.tolist() == [[2, 1, 0]]
