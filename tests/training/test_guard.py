"""Steps with gradients that are not finite change nothing; too many in a row end the stage."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from tests.training.stages import EVERY_TASK, PARAMS, STAGE, mesh_of, train
from unimr_jax.training.guard import DivergedError, Guard, SkipState, skip_non_finite

PARAMETERS = {"kernel": jnp.array([[1.0, -0.0], [2.0, 3.0]]), "bias": jnp.array([0.5, -0.5])}
GRADIENTS = {"kernel": jnp.full((2, 2), 0.1), "bias": jnp.array([0.3, -0.2])}
LIMIT = 3
STAGE_OF_NLU = dataclasses.replace(STAGE, tasks={"nlu": EVERY_TASK["nlu"]})


def spoilt(value: float) -> dict[str, jax.Array]:
    return GRADIENTS | {"bias": jnp.array([value, 0.1])}


def after(*gradients: dict[str, jax.Array]) -> tuple[dict[str, jax.Array], SkipState]:
    """Parameters and optimizer state after these steps."""
    optimizer = skip_non_finite(optax.adamw(0.1), LIMIT)
    params, state = PARAMETERS, optimizer.init(PARAMETERS)
    for step in gradients:
        updates, state = jax.jit(optimizer.update)(step, state, params)
        params = optax.apply_updates(params, updates)
    return params, state


def assert_same_bits(found: Any, expected: Any) -> None:
    jax.tree.map(lambda a, b: np.testing.assert_equal(bits(a), bits(b)), found, expected)


def bits(x: jax.Array) -> bytes:
    return np.asarray(x).tobytes()


class TestSkip:
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_leaves_parameters_and_optimizer_to_the_bit(self, value):
        params, state = after(spoilt(value))
        assert_same_bits(params, PARAMETERS)
        assert_same_bits(state.inner, after()[1].inner)

    def test_goes_on_as_if_the_step_had_not_been(self):
        with_it, state = after(GRADIENTS, spoilt(np.nan), GRADIENTS)
        without, expected = after(GRADIENTS, GRADIENTS)
        assert_same_bits(with_it, without)
        assert_same_bits(state.inner, expected.inner)

    def test_is_counted(self):
        bad = spoilt(np.nan)
        state = after(bad, GRADIENTS, bad, bad)[1]
        assert (int(state.total), int(state.in_a_row)) == (3, 2)
        state = after(bad, GRADIENTS, bad, bad, GRADIENTS)[1]
        assert (int(state.total), int(state.in_a_row)) == (3, 0)

    def test_once_the_limit_is_reached_nothing_moves_any_more(self):
        bad = spoilt(np.nan)
        params, state = after(bad, bad, bad, GRADIENTS, GRADIENTS)
        assert_same_bits(params, PARAMETERS)
        assert int(state.in_a_row) == 5

    def test_of_updates_that_are_not_finite(self):
        """Their gradients are, but not what the optimizer makes of them."""
        optimizer = skip_non_finite(optax.scale(1e38), LIMIT)
        large = jax.tree.map(lambda x: 100 * x, GRADIENTS)
        updates, state = optimizer.update(large, optimizer.init(PARAMETERS), PARAMETERS)
        assert_same_bits(optax.apply_updates(PARAMETERS, updates), PARAMETERS)
        assert int(state.total) == 1


def test_a_spoilt_step_counts_and_leaves_everything_else():
    """The compiled step of a stage on a mesh, from a parameter that spoils every loss."""
    spoilt_params = jax.tree.map(np.copy, PARAMS)
    spoilt_params["text"]["embedding"]["embedding"][:] = np.nan
    training = train(2, STAGE_OF_NLU, mesh_of(2, 2, 2), spoilt_params)
    start, *_, end = training.states
    assert_same_bits(end.params, start.params)
    assert_same_bits(end.opt_state.inner, start.opt_state.inner)
    assert int(end.step) == 2
    assert training.metrics[-1]["skipped"] == {"total": 2, "in_a_row": 2}
    # The schedule waits for the steps that are skipped.
    assert training.metrics[-1]["learning_rate"] == training.metrics[0]["learning_rate"]


class TestGuard:
    def guard(self, last_checkpoint: int | None = 20) -> Guard:
        return Guard("nlu", Path("run/stages/02_nlu"), LIMIT, lambda: last_checkpoint)

    @staticmethod
    def line(step: int, in_a_row: int) -> dict:
        return {"step": step, "skipped": {"total": 9.0, "in_a_row": float(in_a_row)}}

    def test_lets_pass_what_is_below_the_limit(self):
        self.guard().check(self.line(30, LIMIT - 1))

    @pytest.mark.parametrize("step, in_a_row", [(27, 3), (31, 7)])
    def test_names_the_steps_the_checkpoint_and_the_mend(self, step, in_a_row):
        with pytest.raises(DivergedError) as error:
            self.guard().check(self.line(step, in_a_row))
        assert str(error.value) == (
            "stage 'nlu' diverged: from step 25 on, the gradients of 3 steps in a row are not "
            "finite; the last good checkpoint is run/stages/02_nlu/20; take a lower learning "
            "rate, in another --workdir, starting from it by "
            "--config.stages.nlu.init_from=run/stages/02_nlu/20"
        )

    def test_says_where_there_is_no_checkpoint(self):
        with pytest.raises(DivergedError, match="there is no checkpoint before it; take a lower"):
            self.guard(None).check(self.line(3, 3))
