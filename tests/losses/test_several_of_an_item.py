"""Two texts and two pictures of one item: each text against each picture, and both of a kind."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
import pytest

from unimr_jax.losses import CONTRASTIVE, LOSSES, Outputs
from unimr_jax.losses.contrastive import Pairs

BATCH, WIDTH, SCALE, BIAS = 6, 8, 7.0, -2.0
# Rows 0 and 4 share a text, rows 0 and 3 another one, rows 1 and 3 the target; and what is the
# text of row 2 is the other text of row 5.
TEXT, OTHER, TARGET = np.array([[0, 1, 2, 3, 0, 5], [10, 11, 12, 10, 14, 2], [7, 8, 9, 8, 4, 13]])


def unit_vectors(seed: int) -> np.ndarray:
    x = np.random.default_rng(seed).standard_normal((BATCH, WIDTH))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


TEXTS, OTHERS, TARGETS, OTHER_TARGETS = map(unit_vectors, range(4))


def pairs(queries: np.ndarray, targets: np.ndarray, *ids: np.ndarray) -> Pairs:
    arrays = map(jnp.asarray, (queries, targets))
    return Pairs(*arrays, tuple(map(jnp.asarray, ids)), jnp.asarray(SCALE), jnp.asarray(BIAS))


OUTPUTS = Outputs(
    pairs=pairs(TEXTS, TARGETS, TEXT, TARGET),
    others=jnp.asarray(OTHERS),
    other_ids=jnp.asarray(OTHER),
)


WITH_PICTURES = OUTPUTS.replace(other_targets=jnp.asarray(OTHER_TARGETS))


def of_both(i: int) -> set[int]:
    return {TEXT[i], OTHER[i]}


def loop(texts: np.ndarray, targets: np.ndarray, same: Callable[[int, int], bool]) -> float:
    """InfoNCE in both directions, row by row; rows that are the same are not compared."""
    total = 0.0
    for i in range(BATCH):
        forward = [i] + [j for j in range(BATCH) if j != i and not same(i, j)]
        backward = [i] + [j for j in range(BATCH) if j != i and not same(j, i)]
        for scores in (targets[forward] @ texts[i], texts[backward] @ targets[i]):
            total += np.log(np.sum(np.exp(SCALE * scores))) - SCALE * scores[0]
    return total / (2 * BATCH)


@pytest.mark.parametrize("block", [0, 2])
def test_a_contrastive_loss_is_the_mean_over_both(block):
    """A text is compared with no target that it is either text of."""
    losses = to_target(TEXTS, TEXT, TARGETS), to_target(OTHERS, OTHER, TARGETS)
    found = LOSSES["softmax"](OUTPUTS, (), block)
    np.testing.assert_allclose(found, np.mean(losses), rtol=1e-5)


@pytest.mark.parametrize("block", [0, 2])
def test_a_contrastive_loss_is_the_mean_over_both_pictures_as_well(block):
    losses = [
        to_target(texts, ids, pictures)
        for texts, ids in ((TEXTS, TEXT), (OTHERS, OTHER))
        for pictures in (TARGETS, OTHER_TARGETS)
    ]
    found = LOSSES["softmax"](WITH_PICTURES, (), block)
    np.testing.assert_allclose(found, np.mean(losses), rtol=1e-5)


def to_target(texts: np.ndarray, ids: np.ndarray, targets: np.ndarray) -> float:
    return loop(texts, targets, lambda i, j: ids[i] in of_both(j) or TARGET[i] == TARGET[j])


@pytest.mark.parametrize("outputs", [OUTPUTS, WITH_PICTURES], ids=["one picture", "two"])
@pytest.mark.parametrize("name", CONTRASTIVE)
def test_block_by_block_as_all_at_once(name, outputs):
    losses = [LOSSES[name](outputs, (), block) for block in (0, 2)]
    np.testing.assert_allclose(*losses, rtol=1e-5)


@pytest.mark.parametrize("block", [0, 2])
@pytest.mark.parametrize("others", [True, False], ids=["two texts", "one"])
def test_views_tell_the_pictures_of_an_item_from_those_of_others(block, others):
    """Rows that share a text or the target are not compared."""

    def same(i: int, j: int) -> bool:
        shared = of_both(i) & of_both(j) if others else TEXT[i] == TEXT[j]
        return bool(shared) or TARGET[i] == TARGET[j]

    outputs = WITH_PICTURES if others else WITH_PICTURES.replace(others=None, other_ids=None)
    found = LOSSES["views"](outputs, (), block)
    np.testing.assert_allclose(found, loop(TARGETS, OTHER_TARGETS, same), rtol=1e-5)


@pytest.mark.parametrize("block", [0, 2])
def test_paraphrase_tells_the_texts_of_a_target_from_those_of_others(block):
    """Rows that share a text or the target are not compared."""

    def same(i: int, j: int) -> bool:
        return bool(of_both(i) & of_both(j)) or TARGET[i] == TARGET[j]

    found = LOSSES["paraphrase"](OUTPUTS, (), block)
    np.testing.assert_allclose(found, loop(TEXTS, OTHERS, same), rtol=1e-5)
