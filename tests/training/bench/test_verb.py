"""Timing the stages of a config leaves no stage behind, and tells what bounds them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests import runs
from unimr_jax.training.bench.synthetic import SyntheticRun
from unimr_jax.training.bench.timing import Timing, text_tokens
from unimr_jax.training.bench.verb import Options, bench
from unimr_jax.training.run import Run


@pytest.fixture
def config(scenes_root):
    with runs.one_device():
        yield runs.tiny_config(
            scenes_root, "--config.model.image.depth=0", "--config.model.text.depth=0"
        )


@pytest.mark.slow
def test_times_a_stage_without_data(config, tmp_path, capsys):
    file = tmp_path / "bench.json"
    figures = bench(config, SyntheticRun(config, 3, 2), Options(3, "joint", file))
    assert json.loads(file.read_text()) == figures
    stage = figures["stages"]["joint"]
    assert stage["compilations_after_first_step"] == 0
    assert 0 < stage["p10_ms"] <= stage["median_ms"] <= stage["p90_ms"]
    assert stage["input_wait"] < 0.5 and stage["compile_seconds"] >= 0
    flops, seconds = stage["model_flops_counted"], stage["median_ms"] / 1000
    peak = figures["matrix_peak_flops"]
    assert stage["share_of_matrix_peak"] == pytest.approx(flops / seconds / peak)
    parts = ("image tower", "text tower, NLU", "losses", "optimizer")
    assert tuple(stage["part_ms"]) == parts and min(stage["part_ms"].values()) > 0
    for name, task in config.stages["joint"].tasks.items():
        per_second = stage["tasks"][name]["examples_per_second"]
        assert per_second == pytest.approx(task.batch_size / seconds)
    shown = capsys.readouterr().out
    for row in ("step, median", "by formula", "of the matrix peak", "peak memory", "image tower"):
        assert row in shown


def test_on_data_it_writes_no_checkpoint_and_no_metrics(config, trained):
    before = sorted(path for path in trained.workdir.rglob("*") if path.is_file())
    figures = bench(config, Run(config, trained.workdir), Options(1, "nlu"))
    assert sorted(path for path in trained.workdir.rglob("*") if path.is_file()) == before
    tokens = figures["stages"]["nlu"]["tasks"]["nlu"]["tokens_per_second"]
    seconds = figures["stages"]["nlu"]["median_ms"] / 1000
    assert 8 <= tokens * seconds <= 8 * 16


def test_a_profile_is_one_that_perfetto_opens(config, tmp_path):
    bench(config, SyntheticRun(config, 3, 2), Options(1, "nlu", profile=tmp_path))
    assert list((tmp_path / "nlu").rglob("perfetto_trace.json.gz"))


def test_figures():
    timing = Timing(1.5, np.array([0.1, 0.2, 0.6]), np.array([0.0, 0.09, 0.0]), 0, {})
    assert timing.step == pytest.approx(0.2) and timing.compile_seconds == pytest.approx(1.3)
    assert timing.input_share == pytest.approx(0.1)


def test_padding_and_ids_are_no_tokens():
    mask = np.array([[True, True, False], [True, False, False]])
    batch = {"text_mask": mask, "positive_mask": mask[:1], "text_id": np.array([7, 8])}
    assert text_tokens(batch) == 5
