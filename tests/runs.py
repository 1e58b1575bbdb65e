"""Tiny runs through the door, in this process or in one that can be killed."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import jax
import pytest
from jax.sharding import AxisType

from tests.configs.tiny import task
from unimr_jax import config_file
from unimr_jax.__main__ import main
from unimr_jax.config import Config
from unimr_jax.training import loop, partitioning

ROOT = Path(__file__).parents[1]
TINY = ROOT / "tests" / "configs" / "tiny.py"
# With all that a resumed run must bring back: momentum, dropout, augmentation, data position.
TWENTY_STEPS = (
    "--stages=text",
    f"--config.stages.text.tasks={{'text_to_image': {task(softmax=1.0)}}}",
    "--config.stages.text.steps=20",
    "--config.stages.text.optimizer.name=muon",
    "--config.stages.text.log_every=4",
    "--config.stages.text.checkpoint_every=10",
    "--config.model.image.depth=0",  # the less to compile, the sooner a start is over
)
PATIENCE = 120.0  # seconds, on a busy machine

# Long enough between steps for a signal to arrive in the middle of a stage.
SLOWLY = """
import time
from unimr_jax.data.pipeline import TaskIterators
take = TaskIterators.next_batches
TaskIterators.next_batches = lambda self: time.sleep(0.1) or take(self)
"""


def tiny_config(data_root: Path, *overrides: str, variant: str = "") -> Config:
    return config_file.load(f"{TINY}:{variant}", [f"--config.data.root={data_root}", *overrides])


def train_flags(data_root: Path, workdir: Path, *more: str, variant: str = "") -> list[str]:
    return [
        "train",
        f"--config={TINY}:{variant}",
        f"--config.data.root={data_root}",
        f"--workdir={workdir}",
        "--distributed=off",  # JAX looks for a cluster before it does anything else, or never
        *more,
    ]


def one_device() -> AbstractContextManager[pytest.MonkeyPatch]:
    """Runs as a process of its own would have them, not on the tests' eight devices."""
    return mesh((1, 1, 1))


@contextmanager
def mesh(sizes: tuple[int, int, int]) -> Iterator[pytest.MonkeyPatch]:
    """Runs on a mesh of these sizes, whatever their config says."""

    def make_mesh(config: Any) -> jax.sharding.Mesh:
        devices = jax.devices()[: math.prod(sizes)]
        axes = ("data", "fsdp", "tensor")
        return jax.make_mesh(sizes, axes, (AxisType.Auto,) * 3, devices=devices)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitioning, "make_mesh", make_mesh)
        yield patch


def start(flags: list[str], before: str = "") -> subprocess.Popen:
    """The door in a process of its own; `before` is code that it runs first."""
    # Where there is torch, packages that read and log import it, which takes seconds.
    without = "import sys\nsys.modules['torch'] = None"
    code = f"{without}\n{before}\nfrom unimr_jax.__main__ import main\nsys.exit(main())"
    settings = {"JAX_PLATFORMS": "cpu", "PYTHONFAULTHANDLER": "1"}  # see _give_up
    return subprocess.Popen(
        [sys.executable, "-c", code, *flags],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(process: subprocess.Popen, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if process.poll() is not None or time.monotonic() > deadline:
            _give_up(process)
        time.sleep(0.01)


def finish(process: subprocess.Popen) -> tuple[int, str]:
    """(exit code, stderr)"""
    try:
        _, stderr = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        _give_up(process)
    return process.returncode, stderr


def _give_up(process: subprocess.Popen) -> NoReturn:
    """Fails the test with what the run said and, if it hangs, where its threads are."""
    process.send_signal(signal.SIGABRT)
    pytest.fail(f"the run ended too early or hung: {process.communicate()[1]}")


def done(workdir: Path, stage: str) -> dict[str, Any]:
    return json.loads((workdir / "stages" / stage / "DONE.json").read_text())


def metrics_lines(workdir: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]


@dataclass(frozen=True)
class Trained:
    """What a run in this process left, on disk and in memory."""

    workdir: Path
    steps: tuple[loop.StageStep, ...]  # one per stage trained


def train(data_root: Path, workdir: Path, *more: str, variant: str = "") -> Trained:
    """Trains in this process on one device; fails the test unless the door says it is done."""
    steps: list[loop.StageStep] = []

    class Recorded(loop.StageStep):
        def __init__(self, *arguments: Any):
            super().__init__(*arguments)
            steps.append(self)

    with one_device() as patch:
        patch.setattr(loop, "StageStep", Recorded)
        assert main(train_flags(data_root, workdir, *more, variant=variant)) == 0
    return Trained(workdir, tuple(steps))
