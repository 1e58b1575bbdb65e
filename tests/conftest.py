"""Before jax starts: the CPU, as eight devices, so that meshes can be tried on any machine.

And a small data set and a finished run on it, made once for all tests that look at one.
"""

from __future__ import annotations

import gc
import os
from importlib.metadata import version
from pathlib import Path

import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Tests compile more than they compute: these and fewer optimisations halve their time. To cut a
# program in parts that are compiled side by side costs more than it brings where tests run side
# by side. From 0.11 on XLA does not know the second flag, and ends the process that sets it.
os.environ["XLA_FLAGS"] = (
    os.environ.get("XLA_FLAGS", "") + " --xla_cpu_parallel_codegen_split_count=1"
)
if version("jaxlib").startswith("0.10."):
    os.environ["XLA_FLAGS"] += " --xla_cpu_use_fusion_emitters=false"

# Processes that tests start inherit it, and so compute the same as this one, bit for bit.
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"

import jax

jax.config.update("jax_num_cpu_devices", 8)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow ones first: of tests side by side, none is left to run alone at the end.

    A file's tests stay together, since fixtures of a file are made anew for every stretch of it.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """What was imported stays: collecting garbage need not look through it time and again.

    Nor as often as every 700 objects: tracing makes them by the million, and keeps most of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture
def outside_the_persistent_cache():
    """Programs for several CPU devices wait for one another for ever when read from it."""
    name = "jax_persistent_cache_min_compile_time_secs"
    before = getattr(jax.config, name)
    jax.config.update(name, float("inf"))
    yield
    jax.config.update(name, before)


@pytest.fixture(scope="session")
def scenes_root(tmp_path_factory) -> Path:
    """A directory that holds the data set `scenes`: 40 training pictures, two languages."""
    from unimr_jax.data.scenes.generate import write_scenes

    root = tmp_path_factory.mktemp("data")
    write_scenes(root / "scenes", seed=0, size=40, languages=("en", "de"), picture_size=32)
    return root


@pytest.fixture(scope="session")
def trained(scenes_root, tmp_path_factory):
    """All three stages of tests/configs/tiny.py. Look, do not touch."""
    from tests import runs

    return runs.train(scenes_root, tmp_path_factory.mktemp("run") / "tiny")
