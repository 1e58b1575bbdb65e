"""Clip, precondition, decay, rate: what becomes of a gradient."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from unimr_jax.config import Optimizer, Stage
from unimr_jax.errors import UserError
from unimr_jax.training.optimizer import (
    OPTIMIZERS,
    learning_rate,
    make_optimizer,
    multipliers,
)

CONFIG = Optimizer(learning_rate=0.01, schedule="constant", weight_decay=0.5, clip=1e9)
MUON = dataclasses.replace(CONFIG, name="muon")
FREE = (1.0, 0.0)  # the full rate, no decay
RNG = np.random.default_rng(0)
MATRIX, VECTOR = (RNG.standard_normal(shape).astype(np.float32) for shape in ((3, 4), (4,)))


def update(
    params: dict, gradients: dict, factors: dict, config: Optimizer = CONFIG
) -> tuple[dict, optax.OptState]:
    """What the first step adds to the parameters, and the optimizer's state after it."""
    stage = Stage(steps=10, tasks={}, optimizer=config)
    schedule = learning_rate(config, stage.steps, "optimizer")
    optimizer = make_optimizer(stage, factors, schedule, "stage")
    return optimizer.update(gradients, optimizer.init(params), params)


def adam_state(state: optax.OptState) -> optax.ScaleByAdamState:
    return next(part for part in state if isinstance(part, optax.ScaleByAdamState))


class TestRates:
    def test_the_first_adam_step_is_the_rate_along_the_sign(self):
        updates, _ = update({"a": VECTOR}, {"a": VECTOR}, {"a": FREE})
        np.testing.assert_allclose(updates["a"], -0.01 * np.sign(VECTOR), rtol=1e-5)

    @pytest.mark.parametrize("name", OPTIMIZERS)
    def test_a_multiplier_scales_the_whole_update(self, name):
        config = dataclasses.replace(CONFIG, name=name)
        params = {"slow/kernel": MATRIX, "plain/kernel": MATRIX}
        factors = {"slow/kernel": (0.3, 1.0), "plain/kernel": (1.0, 1.0)}
        updates, _ = update(params, params, factors, config)
        np.testing.assert_allclose(updates["slow/kernel"], 0.3 * updates["plain/kernel"], rtol=1e-6)
        assert np.all(updates["plain/kernel"] != 0)

    def test_lion_goes_by_the_sign(self):
        config = dataclasses.replace(CONFIG, name="lion")
        updates, _ = update({"a": VECTOR}, {"a": 7 * VECTOR}, {"a": FREE}, config)
        np.testing.assert_allclose(updates["a"], -0.01 * np.sign(VECTOR), rtol=1e-6)

    def test_muon_moves_kernels_as_far_in_every_direction(self):
        """As far as 0.2 · √(longer side), to what its five iterations come near."""
        updates, _ = update({"a/kernel": MATRIX}, {"a/kernel": MATRIX}, {"a/kernel": FREE}, MUON)
        directions = np.linalg.svd(np.asarray(updates["a/kernel"]))[1] / (0.01 * 0.2 * 4**0.5)
        assert np.ptp(np.linalg.svd(MATRIX)[1]) > 1
        assert directions.min() > 0.6 and directions.max() < 1.3

    def test_muon_takes_a_convolution_as_the_matrix_of_its_windows(self):
        matrix = np.random.default_rng(0).normal(size=(18, 5)).astype(np.float32)
        convolution = {"a/kernel": matrix.reshape(3, 3, 2, 5)}
        updates, _ = update(convolution, convolution, {"a/kernel": FREE}, MUON)
        flat, _ = update({"a/kernel": matrix}, {"a/kernel": matrix}, {"a/kernel": FREE}, MUON)
        np.testing.assert_allclose(
            updates["a/kernel"].reshape(18, 5), flat["a/kernel"], rtol=1e-3, atol=1e-6
        )

    def test_muon_takes_the_taps_of_convolutions_as_a_matrix(self):
        taps, _ = update({"a/taps": MATRIX}, {"a/taps": MATRIX}, {"a/taps": FREE}, MUON)
        kernel, _ = update({"a/kernel": MATRIX}, {"a/kernel": MATRIX}, {"a/kernel": FREE}, MUON)
        np.testing.assert_array_equal(taps["a/taps"], kernel["a/kernel"])

    def test_muon_leaves_everything_else_to_adam(self):
        params = {"a/bias": VECTOR, "a/embedding": MATRIX}
        factors = dict.fromkeys(params, FREE)
        jax.tree.map(
            np.testing.assert_array_equal,
            update(params, params, factors, MUON)[0],
            update(params, params, factors)[0],
        )

    @pytest.mark.parametrize("name", OPTIMIZERS)
    def test_where_there_is_no_gradient_nothing_moves(self, name):
        config = dataclasses.replace(CONFIG, name=name)
        params = {"a/kernel": MATRIX, "a/bias": VECTOR}
        nothing = jax.tree.map(np.zeros_like, params)
        updates, _ = update(params, nothing, dict.fromkeys(params, FREE), config)
        jax.tree.map(np.testing.assert_array_equal, updates, nothing)

    def test_an_unknown_optimizer_is_suggested_a_known_one(self):
        config = dataclasses.replace(CONFIG, name="adam")
        with pytest.raises(UserError, match="stage.optimizer.name='adam' is not known; did you m"):
            update({"a": VECTOR}, {"a": VECTOR}, {"a": FREE}, config)


class TestStackedLayers:
    """Parameters [layers, …] are treated as those of each layer alone are."""

    stack = np.stack([MATRIX, 3 * MATRIX[::-1], np.roll(MATRIX, 1)])

    @pytest.mark.parametrize("name", OPTIMIZERS)
    def test_every_matrix_moves_as_it_would_alone(self, name):
        config = dataclasses.replace(CONFIG, name=name)
        kernels = {"text/blocks/up/kernel": self.stack}
        updates, _ = update(kernels, kernels, dict.fromkeys(kernels, (1.0, 1.0)), config)
        for actual, matrix in zip(updates["text/blocks/up/kernel"], self.stack):
            alone = {"up/kernel": matrix}
            expected, _ = update(alone, alone, {"up/kernel": (1.0, 1.0)}, config)
            np.testing.assert_allclose(actual, expected["up/kernel"], rtol=1e-3, atol=1e-6)

    def test_decay_leaves_vectors(self):
        params = {"text/blocks/up/bias": MATRIX, "text/blocks/up/kernel": self.stack}
        nothing = jax.tree.map(np.zeros_like, params)
        updates, _ = update(params, nothing, dict.fromkeys(params, (1.0, 1.0)))
        assert not np.any(updates["text/blocks/up/bias"])
        expected = -0.01 * 0.5 * self.stack
        np.testing.assert_allclose(updates["text/blocks/up/kernel"], expected, rtol=1e-6)


class TestDecay:
    params = {"kernel": MATRIX, "bias": VECTOR, "scale": np.float32(3.0)}
    no_gradients = jax.tree.map(np.zeros_like, params)

    def test_shrinks_matrices_and_leaves_vectors_and_scalars(self):
        factors = dict.fromkeys(self.params, (1.0, 1.0))
        updates, _ = update(self.params, self.no_gradients, factors)
        np.testing.assert_allclose(updates["kernel"], -0.01 * 0.5 * MATRIX, rtol=1e-6)
        assert not np.any(updates["bias"]) and not np.any(updates["scale"])

    def test_has_a_multiplier_of_its_own(self):
        params = {"none": MATRIX, "half": MATRIX, "half_at_twice_the_rate": MATRIX}
        factors = {"none": (1.0, 0.0), "half": (1.0, 0.5), "half_at_twice_the_rate": (2.0, 0.5)}
        updates, _ = update(params, jax.tree.map(np.zeros_like, params), factors)
        assert not np.any(updates["none"])
        np.testing.assert_allclose(updates["half"], -0.01 * 0.25 * MATRIX, rtol=1e-6)
        np.testing.assert_allclose(
            updates["half_at_twice_the_rate"], -0.02 * 0.25 * MATRIX, rtol=1e-6
        )

    def test_does_not_pass_through_the_moments(self):
        _, state = update(self.params, self.no_gradients, dict.fromkeys(self.params, (1.0, 1.0)))
        assert not any(np.any(x) for x in jax.tree.leaves(adam_state(state).mu))


class TestClip:
    gradients = {"a": np.array([3.0, 0.0], np.float32), "b": np.array([[4.0]], np.float32)}

    def first_moments(self, clip: float) -> dict:
        config = dataclasses.replace(CONFIG, clip=clip, b1=0.9)
        _, state = update(self.gradients, self.gradients, dict.fromkeys("ab", FREE), config)
        return jax.tree.map(lambda x: x / (1 - 0.9), adam_state(state).mu)

    def test_a_longer_gradient_is_scaled_to_the_limit_as_a_whole(self):
        clipped = self.first_moments(clip=1.0)
        np.testing.assert_allclose(clipped["a"], [0.6, 0.0], rtol=1e-5)
        np.testing.assert_allclose(clipped["b"], [[0.8]], rtol=1e-5)

    def test_a_shorter_one_stays(self):
        kept = self.first_moments(clip=5.1)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5), kept, self.gradients)


class TestSchedule:
    @staticmethod
    def rates(steps: int = 10, **settings) -> np.ndarray:
        config = dataclasses.replace(CONFIG, learning_rate=2.0, **settings)
        schedule = learning_rate(config, steps, "optimizer")
        return np.array([schedule(step) for step in range(steps)])

    def test_constant(self):
        np.testing.assert_array_equal(self.rates(schedule="constant"), np.full(10, 2.0))

    def test_linear_falls_to_zero_at_the_step_after_the_last(self):
        expected = 2.0 * (1 - np.arange(10) / 10)
        np.testing.assert_allclose(self.rates(schedule="linear"), expected, rtol=1e-6)

    def test_cosine_falls_to_zero_at_the_step_after_the_last(self):
        expected = 1 + np.cos(np.pi * np.arange(10) / 10)
        np.testing.assert_allclose(self.rates(schedule="cosine"), expected, rtol=1e-5)

    def test_warmup_climbs_to_the_peak_in_equal_steps_the_first_included(self):
        rates = self.rates(schedule="linear", warmup_steps=4)
        np.testing.assert_allclose(rates[:4], [0.5, 1.0, 1.5, 2.0], rtol=1e-6)

    def test_after_warmup_the_schedule_starts_at_its_peak_and_loses_no_last_step(self):
        rates = self.rates(schedule="linear", warmup_steps=4)
        np.testing.assert_allclose(rates[4:], 2.0 * (1 - np.arange(6) / 6), rtol=1e-6)

    @pytest.mark.parametrize("warmup_steps", [10, 99])
    def test_warmup_may_fill_the_stage(self, warmup_steps):
        rates = self.rates(schedule="cosine", warmup_steps=warmup_steps)
        np.testing.assert_allclose(rates, 2.0 * np.arange(1, 11) / warmup_steps, rtol=1e-5)

    def test_an_unknown_schedule_is_suggested_a_known_one(self):
        with pytest.raises(UserError, match="optimizer.schedule='cosin' is not known; did you me"):
            self.rates(schedule="cosin")


class TestMultipliers:
    params = {"text/kernel": jnp.zeros((2, 2)), "image/kernel": jnp.zeros((2, 2))}

    def test_are_those_of_the_first_rule_that_matches(self):
        stage = Stage(steps=1, tasks={}, rules=(("image/.*", 0.1, 0.0), (".*", 1.0, 2.0)))
        expected = {"text/kernel": (1.0, 2.0), "image/kernel": (0.1, 0.0)}
        assert multipliers(stage, self.params, "stage") == expected

    def test_a_wrong_rule_is_named_with_its_stage(self):
        stage = Stage(steps=1, tasks={}, rules=(("audio/.*", 0.1, 0.0), (".*", 1.0, 1.0)))
        with pytest.raises(UserError, match=r"stage\.rules\[0\]: no parameter is left"):
            multipliers(stage, self.params, "stage")
