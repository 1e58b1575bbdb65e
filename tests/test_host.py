"""Memory that is freed stays with the process."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import jax
import jax.numpy as jnp
import pytest

from tests.training.stages import STAGE, mesh_of, step_of
from unimr_jax.host import (
    compute_in_the_calling_thread,
    computes_in_the_calling_thread,
    tokenize_in_the_calling_threads,
)

needs_glibc = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="needs glibc's allocator"
)
FAULTS_OF_ONE_MORE = """
import resource
import numpy as np
from unimr_jax.host import compute_in_the_calling_thread, keep_freed_memory

{settings}
{work}
faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
counts = []
for _ in range(6):
    before = faults()
    work()
    counts.append(faults() - before)
print(min(counts))  # a heap may still have to grow, once or twice
"""
ARRAY = "work = lambda: np.ones(2**24)  # 128 MiB, freed at once"
STEP = """
import jax, jax.numpy as jnp

def compute(x):
    y = jax.lax.optimization_barrier(jnp.outer(x, x))  # 128 MiB, for as long as a step takes
    return jax.lax.fori_loop(0, 2, lambda i, z: z @ y, x)


step = jax.jit(compute)
x = jnp.ones(5792).block_until_ready()
work = lambda: step(x).block_until_ready()
"""


def page_faults(work: str, *settings: str) -> int:
    calls = "\n".join(f"{setting}()" for setting in settings)
    code = FAULTS_OF_ONE_MORE.format(work=work, settings=calls)
    return int(subprocess.check_output([sys.executable, "-c", code]))


@needs_glibc
def test_an_array_as_large_as_one_before_asks_the_kernel_for_nothing():
    assert page_faults(ARRAY) > 100
    assert page_faults(ARRAY, "keep_freed_memory") < 10


@needs_glibc
def test_neither_does_a_compiled_step():
    assert page_faults(STEP, "keep_freed_memory") > 100
    assert page_faults(STEP, "keep_freed_memory", "compute_in_the_calling_thread") < 100


@pytest.mark.parametrize(
    ("threads", "given", "found"),
    [(4, None, "false"), (3, None, None), (4, "true", "true")],
)
def test_tokenizers_have_no_threads_beside_one_for_each_core(monkeypatch, threads, given, found):
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", given or "")
    if given is None:
        monkeypatch.delenv("TOKENIZERS_PARALLELISM")
    tokenize_in_the_calling_threads(threads)
    assert os.environ.get("TOKENIZERS_PARALLELISM") == found


def test_a_cpu_that_is_one_device_computes_in_the_calling_thread_when_told():
    name, devices = "jax_cpu_enable_async_dispatch", jax.devices()
    before = jax.config.values[name]
    try:
        jax.config.update(name, True)
        assert not computes_in_the_calling_thread(devices[:1])
        compute_in_the_calling_thread()
        assert computes_in_the_calling_thread(devices[:1])
        assert not computes_in_the_calling_thread(devices[:2])
    finally:
        jax.config.update(name, before)


@pytest.mark.parametrize("in_the_calling_thread", [True, False])
def test_only_there_a_step_waits_for_its_arguments(in_the_calling_thread, monkeypatch):
    name = "computes_in_the_calling_thread"
    monkeypatch.setattr(f"unimr_jax.host.{name}", lambda devices: in_the_calling_thread)
    step = step_of(STAGE, mesh_of(1, 1, 1))
    monkeypatch.setattr(step, "jitted", lambda state, batches: state.is_ready())
    x = jnp.ones((512, 512))
    under_way = jax.jit(lambda x: jax.lax.fori_loop(0, 50, lambda i, y: y @ x / 512, x))
    under_way.lower(x).compile()
    assert step(under_way(x), {}) == in_the_calling_thread
