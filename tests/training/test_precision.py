"""Computed in bfloat16, whatever has to be exact stays float32."""

from __future__ import annotations

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.helpers import equations, tiny_model
from tests.training.stages import (
    EVERY_TASK,
    PARAMS,
    STAGE,
    STEPS,
    TWO_TASKS,
    Training,
    batch_of,
    train,
    two_tasks_on_one_device,
)
from unimr_jax.training.step import forward, stage_losses

MODEL = tiny_model(image={"depth": 0}, text={"depth": 1}, dtype="bfloat16")
KEY = jax.random.key(0)
BATCHES = {name: batch_of(name, task) for name, task in EVERY_TASK.items()}


@cache
def training() -> Training:
    return train(STEPS, TWO_TASKS, model=MODEL)


def types(tree) -> set[str]:
    """Of the floating-point arrays in a tree."""
    arrays = jax.tree.leaves(tree)
    return {x.dtype.name for x in arrays if jnp.issubdtype(x.dtype, jnp.floating)}


@pytest.mark.slow
def test_parameters_and_the_state_of_the_optimizer():
    last = training().states[-1]
    assert types((last.params, last.opt_state)) == {"float32"}


def test_losses_and_they_are_near_those_of_float32():
    exact = two_tasks_on_one_device().metrics
    for metrics, expected in zip(training().metrics, exact):
        assert types(metrics["losses"]) == {"float32"}
        for loss, value in metrics["losses"].items():
            np.testing.assert_allclose(value, expected["losses"][loss], rtol=0.05, err_msg=loss)


@pytest.mark.parametrize("task", EVERY_TASK)
def test_embeddings_and_logits_that_losses_see(task):
    outputs = jax.eval_shape(
        lambda params, batch: forward(MODEL, params, task, batch, KEY), PARAMS, BATCHES[task]
    )
    assert types(outputs) == {"float32"}


def test_softmax_layer_norm_and_losses_inside():
    traced = jax.make_jaxpr(lambda *args: stage_losses(MODEL, STAGE, *args, KEY))(PARAMS, BATCHES)
    found = {"exp": set(), "rsqrt": set(), "log1p": set(), "dot_general": set()}
    for equation in equations(traced.jaxpr):
        if equation.primitive.name in found:
            found[equation.primitive.name].add(equation.outvars[0].aval.dtype.name)
    assert found.pop("dot_general") == {"bfloat16", "float32"}  # or nothing would be tested
    assert all(names == {"float32"} for names in found.values()), found
