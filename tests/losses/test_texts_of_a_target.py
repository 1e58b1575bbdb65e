"""Two texts of one target: each against the target, and one against the other."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from unimr_jax.losses import CONTRASTIVE, LOSSES, Outputs
from unimr_jax.losses.contrastive import Pairs

BATCH, WIDTH, SCALE, BIAS = 6, 8, 7.0, -2.0
TEXT, OTHER, TARGET = np.array([[0, 1, 2, 3, 0, 5], [10, 11, 12, 10, 14, 15], [7, 8, 9, 8, 4, 3]])


def unit_vectors(seed: int) -> np.ndarray:
    x = np.random.default_rng(seed).standard_normal((BATCH, WIDTH))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


TEXTS, OTHERS, TARGETS = map(unit_vectors, range(3))


def pairs(queries: np.ndarray, targets: np.ndarray, *ids: np.ndarray) -> Pairs:
    arrays = map(jnp.asarray, (queries, targets))
    return Pairs(*arrays, tuple(map(jnp.asarray, ids)), jnp.asarray(SCALE), jnp.asarray(BIAS))


OUTPUTS = Outputs(
    pairs=pairs(TEXTS, TARGETS, TEXT, TARGET),
    others=jnp.asarray(OTHERS),
    other_ids=jnp.asarray(OTHER),
)


@pytest.mark.parametrize("block", [0, 2])
@pytest.mark.parametrize("name", CONTRASTIVE)
def test_a_contrastive_loss_is_the_mean_over_both(name, block):
    both = (pairs(TEXTS, TARGETS, TEXT, TARGET), pairs(OTHERS, TARGETS, OTHER, TARGET))
    own, other = (LOSSES[name](Outputs(pairs=one), (), block) for one in both)
    np.testing.assert_allclose(LOSSES[name](OUTPUTS, (), block), (own + other) / 2, rtol=1e-6)
    assert not np.isclose(own, other)


@pytest.mark.parametrize("block", [0, 2])
def test_paraphrase_tells_the_texts_of_a_target_from_those_of_others(block):
    """As a loop over rows says it; rows that share a text or the target are not compared."""

    def same(i: int, j: int) -> bool:
        return any(ids[i] == ids[j] for ids in (TEXT, OTHER, TARGET))

    total = 0.0
    for i in range(BATCH):
        rivals = [i] + [j for j in range(BATCH) if not same(i, j)]
        for scores in (OTHERS[rivals] @ TEXTS[i], TEXTS[rivals] @ OTHERS[i]):
            total += np.log(np.sum(np.exp(SCALE * scores))) - SCALE * scores[0]
    found = LOSSES["paraphrase"](OUTPUTS, (), block)
    np.testing.assert_allclose(found, total / (2 * BATCH), rtol=1e-5)
