"""A run that is interrupted and started again ends with the very same parameters."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest

from tests import runs

STAGE = "01_text"

# As a terminal starts it; a shell that starts the tests in the background has it ignored.
HEEDS_CTRL_C = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
"""

# From the second checkpoint on, no file can grow past 4,000 bytes.
FULL_DISK = """
import resource, signal
from unimr_jax.training.stage_checkpoints import StageCheckpoints
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
save = StageCheckpoints.save

def save_on_a_full_disk(self, *what):
    self.wait()
    if self.latest() is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, resource.RLIM_INFINITY))
    save(self, *what)

StageCheckpoints.save = save_on_a_full_disk
"""


@pytest.fixture(scope="module")
def straight(scenes_root, tmp_path_factory) -> Path:
    """Twenty steps without a break."""
    workdir = tmp_path_factory.mktemp("straight") / "run"
    return runs.train(scenes_root, workdir, *runs.TWENTY_STEPS).workdir


@pytest.fixture
def workdir(tmp_path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def flags(scenes_root, workdir) -> list[str]:
    return runs.train_flags(scenes_root, workdir, *runs.TWENTY_STEPS)


@pytest.fixture
def ends_as_straight(straight, scenes_root, workdir):
    """Starts the run again in this process and compares its end."""

    def check() -> runs.Trained:
        finished = runs.train(scenes_root, workdir, *runs.TWENTY_STEPS)
        assert runs.done(workdir, STAGE) == runs.done(straight, STAGE)
        assert _without_pace(workdir) == _without_pace(straight)
        return finished

    return check


def _without_pace(workdir: Path) -> list[dict]:
    pace = ("examples_per_second", "seconds_per_step", "input_wait")
    lines = runs.metrics_lines(workdir)
    return [{key: x for key, x in line.items() if key not in pace} for line in lines]


def checkpoints(workdir: Path) -> list[str]:
    return sorted(path.name for path in (workdir / "stages" / STAGE).iterdir() if path.is_dir())


def logged(workdir: Path) -> bool:
    metrics = workdir / "metrics.jsonl"
    return metrics.exists() and bool(metrics.read_text())


@pytest.mark.slow
def test_killed(flags, workdir, ends_as_straight, capsys):
    process = runs.start(flags, runs.SLOWLY)
    runs.wait_until(process, lambda: (workdir / "stages" / STAGE / "10").exists())
    process.kill()
    assert runs.finish(process)[0] == -signal.SIGKILL
    assert not (workdir / "stages" / STAGE / "DONE.json").exists()
    resumed = ends_as_straight()
    assert "resumed at step 10" in capsys.readouterr().err
    assert [step.jitted._cache_size() for step in resumed.steps] == [1]


@pytest.mark.slow
def test_terminated(flags, workdir, ends_as_straight):
    process = runs.start(flags, runs.SLOWLY)
    runs.wait_until(process, lambda: logged(workdir))
    process.terminate()
    code, stderr = runs.finish(process)
    assert code == 143
    (step,) = checkpoints(workdir)
    assert 0 < int(step) < 20
    last = stderr.splitlines()[-1]
    assert last == f"unimr_jax train: text: stopped at step {step}; the same command resumes"
    assert "Traceback" not in stderr
    ends_as_straight()


def test_interrupted_from_the_keyboard(flags, workdir):
    process = runs.start(flags, HEEDS_CTRL_C + runs.SLOWLY)
    runs.wait_until(process, lambda: logged(workdir))
    process.send_signal(signal.SIGINT)
    code, stderr = runs.finish(process)
    assert code == 1
    assert stderr.splitlines()[-1] == "unimr_jax train: interrupted"
    assert "Traceback" not in stderr


@pytest.mark.slow
def test_out_of_disk_space(flags, workdir, ends_as_straight):
    code, stderr = runs.finish(runs.start(flags, FULL_DISK))
    assert code == 1
    problem = [line for line in stderr.splitlines() if not line.startswith("text ")]
    assert problem == [
        f"unimr_jax train: {workdir / 'stages' / STAGE}: a checkpoint could not be written "
        "(File too large); the one of step 10 is whole. Free disk space and start the same "
        "command again"
    ]
    assert "10" in checkpoints(workdir) and "20" not in checkpoints(workdir)
    ends_as_straight()
    assert checkpoints(workdir) == ["10", "20"]


def test_a_stage_killed_before_its_mark_is_marked(scenes_root, tmp_path, straight):
    """Between the last checkpoint and DONE.json."""
    copy = tmp_path / "run"
    shutil.copytree(straight, copy)
    (copy / "stages" / STAGE / "DONE.json").unlink()
    runs.train(scenes_root, copy, *runs.TWENTY_STEPS)
    assert runs.done(copy, STAGE) == runs.done(straight, STAGE)
    assert runs.metrics_lines(copy) == runs.metrics_lines(straight)
