"""What the compiler is told of programs that run once, and of a training step."""

from __future__ import annotations

from types import SimpleNamespace

import jax
import pytest

from unimr_jax.training.stage_step import (
    QUICKLY_COMPILED,
    STRAIGHT_PRODUCTS,
    _compiler_options,
    step_options,
)


@pytest.fixture(params=[True, False])
def optimising(request):
    name = "jax_disable_most_optimizations"
    before = jax.config.read(name)
    jax.config.update(name, not request.param)
    yield request.param
    jax.config.update(name, before)


def test_a_process_that_optimises_nothing_is_not_asked_for_more(optimising):
    assert _compiler_options(set(jax.devices())) == (QUICKLY_COMPILED if optimising else None)


@pytest.mark.parametrize("platform, options", [("gpu", STRAIGHT_PRODUCTS), ("tpu", None)])
def test_options_of_a_gpu_are_for_gpus_alone(platform, options):
    devices = [SimpleNamespace(platform=platform)] * 2
    assert step_options(iter(devices)) == options


def test_a_cpu_compiles_a_step_without_options():
    assert step_options(jax.devices()) is None
