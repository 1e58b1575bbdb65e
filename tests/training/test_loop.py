"""The loop over a stage's steps: what it logs, what it saves, how it stops."""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests import runs
from unimr_jax.data.pipeline import TaskIterators
from unimr_jax.training.checkpoint import CheckpointError, steps_of
from unimr_jax.training.digest import params_sha256
from unimr_jax.training.loop import MeanLoss, run_stage
from unimr_jax.training.preemption import Preempted, Preemption
from unimr_jax.training.run import Run
from unimr_jax.training.stage_checkpoints import StageCheckpoints


@pytest.fixture(scope="module")
def run(trained, scenes_root):
    with runs.one_device():
        yield Run(runs.tiny_config(scenes_root), trained.workdir)


class Batches:
    """The nlu stage's batches; before batch `at` is handed out, `event` happens."""

    def __init__(self, run: Run, at: int = 0, event: Callable[[], Any] = lambda: None):
        self._batches: TaskIterators = run.batches("nlu")
        self._at, self._event = at, event
        self.taken = 0
        self.get_state, self.set_state = self._batches.get_state, self._batches.set_state
        self.close = self._batches.close

    def next_batches(self) -> dict:
        self.taken += 1
        if self.taken == self._at:
            self._event()
        return self._batches.next_batches()


@pytest.fixture
def train_nlu(run, tmp_path):
    """Trains the nlu stage in a directory of its own, with other settings and batches."""

    def train(batches: Batches, **settings: int) -> dict:
        mine = run.stage_run("nlu")
        stage = dataclasses.replace(mine.config, **settings)
        directory = tmp_path / "stages" / "02_nlu"
        mine = dataclasses.replace(mine, config=stage, workdir=tmp_path, directory=directory)
        try:
            with Preemption() as preemption:
                shapes, initial = run.stage_shapes("nlu"), partial(run.initial_params, "nlu")
                return run_stage(mine, shapes, initial, batches, preemption)
        finally:
            batches.close()

    return train


def steps_logged(workdir: Path) -> list[int]:
    return [line["step"] for line in runs.metrics_lines(workdir)]


def checkpoints(workdir: Path) -> list[str]:
    return sorted(path.name for path in (workdir / "stages" / "02_nlu").iterdir() if path.is_dir())


def terminate() -> None:
    signal.raise_signal(signal.SIGTERM)


class TestLogging:
    def test_comes_every_so_often_and_at_the_last_step(self, run, train_nlu, tmp_path):
        train_nlu(Batches(run), log_every=3)
        assert steps_logged(tmp_path) == [3, 4]

    def test_has_a_pace_from_the_first_step_on(self, run, train_nlu, tmp_path):
        train_nlu(Batches(run), log_every=1)
        assert all(line["examples_per_second"] > 0 for line in runs.metrics_lines(tmp_path))

    def test_is_complete_wherever_there_is_a_checkpoint(self, run, train_nlu, tmp_path):
        """A run resumed from there does not come by those steps again."""
        seen = []
        batches = Batches(run, at=3, event=lambda: seen.extend(steps_logged(tmp_path)))
        train_nlu(batches, log_every=1, checkpoint_every=2)
        assert seen == [1, 2]


class TestCheckpoints:
    def test_that_are_kept_are_the_newest_and_the_best(self, run, train_nlu, tmp_path):
        train_nlu(Batches(run), log_every=1, checkpoint_every=1, keep_last=1, keep_best=1)
        losses = {line["step"]: line["loss"]["nlu"] for line in runs.metrics_lines(tmp_path)}
        best = min(losses, key=losses.get)
        assert checkpoints(tmp_path) == sorted({str(best), "4"})

    def test_have_the_mean_loss_since_the_one_before(self):
        mean = MeanLoss()
        for loss in (1.0, 2.0):
            mean.add({"loss": {"nlu": loss, "text_to_image": 1.0}})
        now = {"loss": {"nlu": 9.0}}
        assert mean.take(now) == 2.5
        assert mean.take(now) == 9.0  # nothing was logged in between


class TestSigterm:
    def test_stops_after_the_step_with_a_checkpoint(self, run, train_nlu, tmp_path):
        batches = Batches(run, at=3, event=terminate)
        with pytest.raises(Preempted, match="nlu: stopped at step 3; the same command resumes"):
            train_nlu(batches)
        assert checkpoints(tmp_path) == ["3"] and steps_logged(tmp_path) == [2]
        rest = Batches(run)
        train_nlu(rest)
        assert rest.taken == 1 and steps_logged(tmp_path) == [2, 4]
        assert runs.done(tmp_path, "02_nlu") == runs.done(run.directory, "02_nlu")

    def test_in_the_last_step_leaves_nothing_but_the_mark(self, run, train_nlu, tmp_path):
        with pytest.raises(Preempted, match="stopped at step 4"):
            train_nlu(Batches(run, at=4, event=terminate))
        assert not (tmp_path / "stages" / "02_nlu" / "DONE.json").exists()
        rest = Batches(run)
        train_nlu(rest)
        assert rest.taken == 0
        assert runs.done(tmp_path, "02_nlu") == runs.done(run.directory, "02_nlu")

    def test_is_handled_only_while_stages_run(self):
        before = signal.getsignal(signal.SIGTERM)
        with Preemption() as preemption:
            assert not preemption.reached()
            os.kill(os.getpid(), signal.SIGTERM)
            assert preemption.reached()
        assert signal.getsignal(signal.SIGTERM) is before
        assert not Preemption().reached()


class TestFailure:
    def test_of_the_data_leaves_the_last_checkpoint(self, run, train_nlu, tmp_path):
        def fail() -> None:
            raise ValueError("a broken row")

        with pytest.raises(ValueError, match="a broken row"):
            train_nlu(Batches(run, at=4, event=fail), checkpoint_every=3)
        assert checkpoints(tmp_path) == ["3"]
        rest = Batches(run)
        train_nlu(rest, checkpoint_every=3)
        assert rest.taken == 1

    def test_of_a_checkpoint_ends_the_stage(self, run, train_nlu, tmp_path, monkeypatch):
        def fail(*_: Any) -> None:
            raise CheckpointError("no space")

        monkeypatch.setattr(StageCheckpoints, "save", fail)
        with pytest.raises(CheckpointError, match="no space"):
            train_nlu(Batches(run))
        assert not (tmp_path / "stages" / "02_nlu" / "DONE.json").exists()


def test_a_stage_of_no_steps_hands_on_what_it_starts_from(run, train_nlu, tmp_path):
    """So that pretrained weights can be evaluated as they come."""
    batches = Batches(run)
    params = train_nlu(batches, steps=0)
    assert batches.taken == 0
    assert params_sha256(params) == params_sha256(run.initial_params("nlu"))
    assert steps_of(tmp_path / "stages" / "02_nlu") == [0]
