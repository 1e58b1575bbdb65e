"""Rows of packed texts are what a config says, or a few more where devices could not share them."""

from __future__ import annotations

from dataclasses import replace

import jax
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jax.sharding import AbstractMesh

from tests.runs import ROOT, tiny_config
from unimr_jax import config_file
from unimr_jax.config import Task
from unimr_jax.training.even_rows import ROWS, even_rows
from unimr_jax.training.validation import check_mesh

AXES = ("data", "fsdp", "tensor")


def task_on(mesh_shape: tuple[int, ...], **settings) -> Task:
    config = config_file.load(f"{ROOT}/configs/quickstart.py")
    text = config.stages["text"]
    task = Task({}, losses={}, **{"batch_size": 64, **settings})
    config = replace(config, stages={"text": replace(text, tasks={"text_to_text": task})})
    even = even_rows(config, AbstractMesh(mesh_shape, AXES))
    return even.stages["text"].tasks["text_to_text"]


@given(st.sampled_from(ROWS), st.integers(0, 200), st.sampled_from([1, 2, 8]))
def test_are_the_next_that_devices_and_microbatches_divide(name, rows, pieces):
    found = getattr(task_on((2, 2, 2), microbatch=64 // pieces, **{name: rows}), name)
    assert found % (4 * pieces) == 0 and 0 <= found - rows < 4 * pieces


def test_stay_on_one_device():
    rows = dict.fromkeys(ROWS, 13)
    assert task_on((1, 1, 1), **rows) == Task({}, losses={}, batch_size=64, **rows)


def test_all_else_stays(tmp_path):
    config = tiny_config(tmp_path)
    even = even_rows(config, AbstractMesh((3, 1, 1), AXES))
    without = [
        {name: replace(stage, tasks={}) for name, stage in each.stages.items()}
        for each in (config, even)
    ]
    assert without[0] == without[1] and replace(even, stages=config.stages) == config


@pytest.mark.parametrize("name", ["quickstart.py", "quickstart.py:smoke", "claim.py"])
def test_so_that_the_embedded_data_train_on_eight_devices(name):
    check_mesh(config_file.load(f"{ROOT}/configs/{name}"), jax.make_mesh((8, 1, 1), AXES))
