"""What a step takes is known without data, and is what training would compile."""

from __future__ import annotations

import json
import subprocess
import sys

import jax
import numpy as np
import pytest

from tests import runs
from tests.training.stages import mesh_of, train
from unimr_jax.errors import UserError
from unimr_jax.training.aot import compile_only

INTENTS, SLOTS = 3, 2


@pytest.fixture
def config(tmp_path):
    with runs.one_device():
        yield runs.tiny_config(tmp_path / "nowhere", "--config.tokenizer.vocab_size=600")


def test_counts_what_a_step_holds(config, capsys, tmp_path):
    (cost,) = compile_only(config, "nlu", INTENTS, SLOTS, tmp_path / "cost.json")
    (written,) = json.loads((tmp_path / "cost.json").read_text())["stages"]
    assert written["temporary"] == cost.temporary and written["flops"] == cost.flops
    batch = 8 * (16 * (4 + 1 + 4) + 4)  # tokens, mask and slots; the intent
    trained = 4 * (16 * 2 + 17 * INTENTS + 17 * (1 + 2 * SLOTS) + 16 * INTENTS)
    two_moments_count_step_and_key = 2 * trained + 4 * 4
    held = 4 * cost.parameters + two_moments_count_step_and_key
    assert held + batch - 50 < cost.arguments < held + batch + 50
    assert cost.temporary > 0 and cost.flops > 0 and cost.communicated == 0
    shown = capsys.readouterr().out
    assert "nlu" in shown and "memory per device" in shown and "joint" not in shown


def test_a_wrong_stage_is_one_line(config):
    with pytest.raises(UserError, match="--stage='nlo' is not known; did you mean 'nlu'"):
        compile_only(config, "nlo", INTENTS, SLOTS)


def test_a_tokenizer_that_is_not_there_is_one_line(tmp_path):
    with runs.one_device(), pytest.raises(UserError, match="cannot be loaded"):
        named = f"--config.tokenizer.name={tmp_path}/none"
        compile_only(runs.tiny_config(tmp_path, named), "nlu", INTENTS, SLOTS)


def test_a_step_starts_from_the_state_that_it_was_compiled_for():
    step = train(0, mesh=mesh_of(2, 2, 2)).step

    def same(shape: jax.ShapeDtypeStruct, x: jax.Array) -> None:
        assert (shape.shape, shape.dtype, shape.sharding) == (x.shape, x.dtype, x.sharding)

    jax.tree.map(same, step.shapes, step.state)
    assert np.asarray(step.state.step) == 0


@pytest.mark.slow
def test_the_door_compiles_for_devices_that_are_not_there(tmp_path):
    flags = [f"--config={runs.TINY}", "--compile_only", "--topology=4", "--stage=nlu"]
    shown = subprocess.run(
        [sys.executable, "-m", "unimr_jax", "bench", *flags],
        cwd=runs.ROOT,
        capture_output=True,
        text=True,
    )
    assert shown.returncode == 0, shown.stderr
    assert "on 4 device(s), cpu: data 4" in " ".join(shown.stdout.split())
