"""Intent and slot cross-entropy."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unimr_jax.losses import LOSSES, Outputs
from unimr_jax.losses.nlu import cross_entropy

value_and_gradient = jax.jit(jax.value_and_grad(cross_entropy))

LOGITS = np.random.default_rng(0).standard_normal((2, 3, 4)).astype(np.float32)
LABELS = np.array([[1, -1, 3], [0, 2, -1]])
IGNORED = LABELS == -1


def mean_negative_log_likelihood(logits: np.ndarray, labels: np.ndarray) -> float:
    losses = [
        np.log(np.exp(row.astype(np.float64)).sum()) - row[label]
        for row, label in zip(logits.reshape(-1, logits.shape[-1]), labels.ravel())
        if label != -1
    ]
    return np.mean(losses)


def test_is_the_mean_over_known_labels():
    expected = mean_negative_log_likelihood(LOGITS, LABELS)
    np.testing.assert_allclose(value_and_gradient(LOGITS, LABELS)[0], expected, rtol=1e-6)


def test_only_known_positions_get_a_gradient():
    _, gradient = value_and_gradient(LOGITS, LABELS)
    np.testing.assert_array_equal(np.any(gradient, axis=-1), ~IGNORED)


def test_where_all_is_ignored_loss_and_gradient_are_zero():
    value, gradient = value_and_gradient(LOGITS, np.full_like(LABELS, -1))
    assert value == 0
    np.testing.assert_array_equal(gradient, np.zeros_like(LOGITS))


@pytest.mark.parametrize("name", ["intent", "slot"])
def test_the_named_loss_reads_its_own_outputs(name):
    outputs = Outputs(
        intent_logits=jnp.asarray(LOGITS[0]),
        intent=jnp.asarray(LABELS[0]),
        slot_logits=jnp.asarray(LOGITS[1:]),
        slots=jnp.asarray(LABELS[1:]),
    )
    row = {"intent": 0, "slot": 1}[name]
    expected = mean_negative_log_likelihood(LOGITS[row], LABELS[row])
    np.testing.assert_allclose(LOSSES[name](outputs, (), 0), expected, rtol=1e-6)
