"""Contrastive losses against a plain loop over pairs."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unimr_jax.losses.contrastive import Pairs, matryoshka, sigmoid, softmax

LOSSES = {"softmax": softmax, "sigmoid": sigmoid}
LEARNED = ("queries", "targets", "scale", "bias", "negatives")
BATCH, DIM, NEGATIVES = 6, 4, 12

# Rows 0 and 4 share a text, rows 2 and 3 a target. That row 5's text and row 1's target have the
# same number means nothing: these are ids of different kinds.
TEXT_IDS = np.array([0, 1, 2, 3, 0, 5])
TARGET_IDS = np.array([7, 5, 8, 8, 9, 4])
# Three are missing; those with the ids 8 and 9 are the positives of some rows.
NEGATIVE_IDS = np.array([20, -1, 21, 22, 8, -1, 23, 24, 9, 25, -1, 26])


def same_item(i: int, j: int) -> bool:
    return TEXT_IDS[i] == TEXT_IDS[j] or TARGET_IDS[i] == TARGET_IDS[j]


def compared(i: int) -> list[int]:
    """The rows that row i is compared with, itself first."""
    return [i] + [j for j in range(BATCH) if not same_item(i, j)]


def hard_negatives_of(i: int, values: dict) -> list[np.ndarray]:
    vectors = values.get("negatives", ())
    positives = [TARGET_IDS[j] for j in range(BATCH) if same_item(i, j)]
    return [
        vector
        for vector, identity in zip(vectors, NEGATIVE_IDS)
        if identity != -1 and identity not in positives
    ]


def softmax_by_loop(values: dict) -> float:
    queries, targets, scale = values["queries"], values["targets"], values["scale"]
    total = 0.0
    for i in range(BATCH):
        rivals = [targets[j] for j in compared(i)] + hard_negatives_of(i, values)
        forward = [scale * queries[i] @ rival for rival in rivals]
        backward = [scale * queries[j] @ targets[i] for j in compared(i)]
        for scores in (forward, backward):
            total -= scores[0] - np.log(np.sum(np.exp(scores)))
    return total / (2 * BATCH)


def sigmoid_by_loop(values: dict) -> float:
    def probability(query, target):
        return 1 / (1 + np.exp(-(values["scale"] * query @ target + values["bias"])))

    total = 0.0
    for i, query in enumerate(values["queries"]):
        total -= np.log(probability(query, values["targets"][i]))
        rivals = [values["targets"][j] for j in compared(i)[1:]] + hard_negatives_of(i, values)
        total -= sum(np.log(1 - probability(query, rival)) for rival in rivals)
    return total / BATCH


BY_LOOP = {"softmax": softmax_by_loop, "sigmoid": sigmoid_by_loop}


def random_values(negatives: bool = True) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    values = {
        "queries": rng.standard_normal((BATCH, DIM)),
        "targets": rng.standard_normal((BATCH, DIM)),
        "scale": np.array(1.7),
        "bias": np.array(-0.8),
    }
    if negatives:
        values["negatives"] = rng.standard_normal((NEGATIVES, DIM))
    return values


def pairs_of(values: dict, ids=(TEXT_IDS, TARGET_IDS), negative_ids=NEGATIVE_IDS) -> Pairs:
    return Pairs(ids=ids, negative_ids=negative_ids if "negatives" in values else None, **values)


@partial(jax.jit, static_argnums=0)
def gradients_of(loss, pairs: Pairs) -> tuple[jax.Array, Pairs]:
    """The loss, and its gradient in everything that is learned."""
    learned = {key: getattr(pairs, key) for key in LEARNED if getattr(pairs, key) is not None}
    return jax.value_and_grad(lambda values: loss(pairs.replace(**values)))(learned)


def slope(function, values: dict, name: str, step: float = 1e-6) -> np.ndarray:
    """The gradient of function(values) in values[name], by central differences."""
    x = values[name]
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        nudge = np.zeros_like(x)
        nudge[index] = step
        up, down = (function(values | {name: x + sign * nudge}) for sign in (1, -1))
        gradient[index] = (up - down) / (2 * step)
    return gradient


@pytest.fixture(autouse=True)
def float64():
    with jax.enable_x64(True):
        yield


@pytest.fixture(params=LOSSES)
def name(request) -> str:
    return request.param


@pytest.fixture
def loss(name):
    return LOSSES[name]


@pytest.mark.parametrize("negatives", [False, True], ids=["in_batch", "hard_negatives"])
def test_value_and_gradients_are_those_of_the_loop(name, loss, negatives):
    values = random_values(negatives)
    value, gradients = gradients_of(loss, pairs_of(values))
    np.testing.assert_allclose(value, BY_LOOP[name](values), rtol=1e-12)
    assert gradients.keys() == values.keys()
    for key, gradient in gradients.items():
        expected = slope(BY_LOOP[name], values, key)
        np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-8, err_msg=key)


def test_float32_is_close_to_float64(name, loss):
    values = random_values()
    single = {key: np.asarray(x, np.float32) for key, x in values.items()}
    with jax.enable_x64(False):
        value, gradients = gradients_of(loss, pairs_of(single))
    assert value.dtype == gradients["queries"].dtype == jnp.float32
    np.testing.assert_allclose(value, BY_LOOP[name](values), rtol=1e-5)


class TestDuplicates:
    def changes_with_similarity_of_rows_0_and_2(self, loss, *ids) -> bool:
        """Whether the loss changes, where the queries are the axes of space."""
        before = np.random.default_rng(1).standard_normal((BATCH, BATCH))
        after = before.copy()
        after[0, 2] += 1.0
        after[2, 0] -= 2.0
        values = random_values(negatives=False) | {"queries": np.eye(BATCH)}
        losses = [
            gradients_of(loss, pairs_of(values | {"targets": similarity.T}, ids))[0]
            for similarity in (before, after)
        ]
        return losses[0] != losses[1]

    @pytest.mark.parametrize("shared", [0, 1])
    def test_rows_that_share_either_id_are_not_compared(self, loss, shared):
        ids = [np.arange(BATCH), np.arange(BATCH)]
        ids[shared] = np.array([0, 1, 0, 3, 4, 5])
        assert not self.changes_with_similarity_of_rows_0_and_2(loss, *ids)

    def test_other_rows_are(self, loss):
        ids = np.arange(BATCH)
        assert self.changes_with_similarity_of_rows_0_and_2(loss, ids, ids)

    def test_ids_of_different_kinds_do_not_meet(self, loss):
        ids = np.arange(BATCH), np.array([2, 1, 0, 3, 4, 5])
        assert self.changes_with_similarity_of_rows_0_and_2(loss, *ids)

    def test_a_batch_of_one_item_leaves_nothing_to_tell_apart(self):
        ids = (np.zeros(BATCH, int), np.arange(BATCH))
        value, gradients = gradients_of(softmax, pairs_of(random_values(negatives=False), ids))
        assert value == 0
        assert all(not np.any(gradient) for gradient in gradients.values())

    def test_a_batch_of_one_item_still_pulls_pairs_together_under_the_sigmoid(self):
        values = random_values(negatives=False)
        ids = (np.zeros(BATCH, int), np.arange(BATCH))
        value, gradients = gradients_of(sigmoid, pairs_of(values, ids))
        own = 1.7 * (values["queries"] * values["targets"]).sum(axis=1) - 0.8
        np.testing.assert_allclose(value, np.log1p(np.exp(-own)).mean(), rtol=1e-12)
        assert all(np.all(np.isfinite(gradient)) for gradient in gradients.values())


class TestHardNegatives:
    def test_missing_ones_count_for_nothing(self, loss):
        missing = pairs_of(random_values(), negative_ids=np.full(NEGATIVES, -1))
        without = pairs_of(random_values(negatives=False))
        value, expected = (gradients_of(loss, pairs)[0] for pairs in (missing, without))
        np.testing.assert_allclose(value, expected, rtol=1e-12)

    def test_missing_ones_get_no_gradient(self, loss):
        _, gradients = gradients_of(loss, pairs_of(random_values()))
        np.testing.assert_array_equal(np.any(gradients["negatives"], axis=1), NEGATIVE_IDS != -1)

    def test_the_own_positive_is_no_negative_but_of_the_other_queries(self, loss):
        """Where row 1's target is the only hard negative."""

        def gradient_of_queries(identity: int) -> np.ndarray:
            ids = np.full(NEGATIVES, -1)
            ids[0] = identity
            return gradients_of(loss, pairs_of(random_values(), negative_ids=ids))[1]["queries"]

        own, missing, stranger = map(gradient_of_queries, (TARGET_IDS[1], -1, 99))
        others = np.arange(BATCH) != 1
        np.testing.assert_allclose(own[1], missing[1], rtol=1e-12)
        np.testing.assert_allclose(own[others], stranger[others], rtol=1e-12)
        assert np.all(np.abs(stranger - missing).max(axis=1) > 1e-6)


def test_the_sigmoid_needs_a_bias():
    with pytest.raises(ValueError, match="needs a bias: set model.temperatures.TASK.bias"):
        sigmoid(pairs_of(random_values() | {"bias": None}))


def two_prefixes(loss, pairs: Pairs) -> jax.Array:
    return matryoshka(loss, pairs, (1, 2))


MATRYOSHKA = {name: partial(two_prefixes, loss) for name, loss in LOSSES.items()}


class TestMatryoshka:
    def renormalised(self, values: dict, width: int) -> dict:
        def cut(x):
            return x[:, :width] / np.linalg.norm(x[:, :width], axis=1, keepdims=True)

        return values | {key: cut(values[key]) for key in ("queries", "targets", "negatives")}

    def test_is_the_mean_over_renormalised_prefixes(self, name):
        values = self.renormalised(random_values(), DIM)
        expected = [BY_LOOP[name](self.renormalised(values, width)) for width in (1, 2, DIM)]
        value, _ = gradients_of(MATRYOSHKA[name], pairs_of(values))
        np.testing.assert_allclose(value, np.mean(expected), rtol=1e-12)

    def test_without_prefixes_is_the_loss(self, name, loss):
        values = random_values()
        value, _ = gradients_of(partial(matryoshka, loss, widths=()), pairs_of(values))
        np.testing.assert_allclose(value, BY_LOOP[name](values), rtol=1e-12)

    def test_a_prefix_of_zeros_has_a_finite_gradient(self, name):
        values = random_values()
        values["queries"][0, :2] = 0.0
        _, gradients = gradients_of(MATRYOSHKA[name], pairs_of(values))
        assert np.all(np.isfinite(gradients["queries"]))
