"""Timing the stages of a config leaves no stage behind."""

from __future__ import annotations

import numpy as np
import pytest

from tests import runs
from unimr_jax.errors import UserError
from unimr_jax.training.bench import Timing, bench


@pytest.fixture
def config(scenes_root):
    with runs.one_device():
        yield runs.tiny_config(scenes_root)


def test_times_a_stage_and_prints_a_table(config, tmp_path, capsys):
    (timing,) = bench(config, tmp_path, steps=3, stage="nlu")
    assert timing.stage == "nlu" and timing.examples == 8
    assert timing.step_seconds.shape == timing.input_seconds.shape == (3,)
    assert (timing.step_seconds > 0).all() and timing.compile_seconds >= 0
    assert 0 <= timing.input_share < 1
    table = capsys.readouterr().out
    for column in ("stage", "compile", "step", "p10–p90", "examples/s", "waits for input"):
        assert column in table
    assert " nlu " in table and " text " not in table


def test_writes_no_checkpoint_and_no_metrics(config, trained):
    before = sorted(path for path in trained.workdir.rglob("*") if path.is_file())
    bench(config, trained.workdir, steps=1, stage="nlu")
    assert sorted(path for path in trained.workdir.rglob("*") if path.is_file()) == before


def test_figures():
    timing = Timing("text", 10, 1.0, np.array([0.1, 0.2, 0.3]), np.array([0.0, 0.2, 0.2]))
    assert timing.examples_per_second == pytest.approx(30.0)
    assert timing.input_share == pytest.approx(0.4)


@pytest.mark.parametrize(
    "steps, stage, said",
    [(0, "", "--steps=0 must be at least 1"), (1, "nlo", "--stage='nlo' is not known; did you")],
)
def test_wrong_flags(config, tmp_path, steps, stage, said):
    with pytest.raises(UserError, match=said):
        bench(config, tmp_path, steps, stage)
