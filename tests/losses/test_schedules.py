"""Weights over a stage's steps."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unimr_jax.losses.schedules import SCHEDULES, values, weight_schedule

LINEAR = {"kind": "linear", "init_value": 0.0, "end_value": 2.0, "transition_steps": 4}
KINDS = {
    "constant": ({"value": 0.5}, {0: 0.5, 99: 0.5}),
    "linear": (LINEAR, {0: 0.0, 1: 0.5, 4: 2.0, 99: 2.0}),
    "cosine": ({"init_value": 2.0, "decay_steps": 4}, {0: 2.0, 2: 1.0, 4: 0.0, 99: 0.0}),
    "warmup_cosine": (
        {"init_value": 0.0, "peak_value": 2.0, "warmup_steps": 2, "decay_steps": 6},
        {0: 0.0, 1: 1.0, 2: 2.0, 4: 1.0, 6: 0.0},
    ),
    "piecewise": (
        {"init_value": 2.0, "boundaries_and_scales": {2: 0.5, 4: 0.5}},
        {0: 2.0, 1: 2.0, 2: 1.0, 4: 0.5, 99: 0.5},
    ),
}


def test_a_number_is_constant():
    schedule = weight_schedule(0.25)
    assert schedule(0) == schedule(1000) == 0.25


@pytest.mark.parametrize("kind", SCHEDULES)
def test_each_kind(kind):
    arguments, expected = KINDS[kind]
    schedule = weight_schedule(arguments | {"kind": kind})
    for step, weight in expected.items():
        np.testing.assert_allclose(schedule(step), weight, atol=1e-6, err_msg=f"step {step}")


def test_a_schedule_follows_a_traced_step():
    assert jax.jit(weight_schedule(LINEAR))(3) == 1.5


def test_an_unknown_kind_is_told_the_known_ones():
    with pytest.raises(ValueError, match=f"'sawtooth' is not one of {', '.join(SCHEDULES)}"):
        weight_schedule({"kind": "sawtooth"})


def test_a_kind_is_needed():
    with pytest.raises(ValueError, match="None is not one of constant"):
        weight_schedule({"value": 1.0})


KNOWN = "its arguments are init_value, end_value, transition_steps, transition_begin"


def test_an_unknown_argument_is_told_the_known_ones():
    with pytest.raises(ValueError, match=f"unexpected keyword argument 'steps'; {KNOWN}"):
        weight_schedule(LINEAR | {"steps": 3})


def test_a_missing_argument_is_named():
    with pytest.raises(ValueError, match=f"missing .* 'transition_steps'; {KNOWN}"):
        weight_schedule({"kind": "linear", "init_value": 0.0, "end_value": 2.0})


def test_an_argument_of_the_wrong_type_is_found_before_training():
    with pytest.raises(ValueError, match=f"unsupported operand .*; {KNOWN}"):
        weight_schedule(LINEAR | {"init_value": "0"})


class TestValues:
    def test_are_those_of_every_step(self):
        found = values(LINEAR, 6)
        schedule = weight_schedule(LINEAR)
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, [schedule(step) for step in range(6)])

    def test_of_a_number(self):
        assert values(0.3, 4).tolist() == [0.3] * 4

    def test_leave_precision_as_it_was(self):
        values({"kind": "cosine", "init_value": 1.0, "decay_steps": 3}, 4)
        assert jnp.ones(1).dtype == jnp.float32 and jnp.arange(2).dtype == jnp.int32
