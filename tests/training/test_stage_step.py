"""How a program that runs once is compiled."""

from __future__ import annotations

import jax
import pytest

from unimr_jax.training.stage_step import QUICKLY_COMPILED, _compiler_options


@pytest.fixture(params=[True, False])
def optimising(request):
    name = "jax_disable_most_optimizations"
    before = jax.config.read(name)
    jax.config.update(name, not request.param)
    yield request.param
    jax.config.update(name, before)


def test_a_process_that_optimises_nothing_is_not_asked_for_more(optimising):
    assert _compiler_options(set(jax.devices())) == (QUICKLY_COMPILED if optimising else None)
