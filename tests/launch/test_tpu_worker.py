"""A worker's training outlives the connection that started it, and is joined by the next one."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.launch.stand_ins import LAUNCH, environment, executable, run

# Prints its flags, then waits until it is let go or stopped.
TRAINING = """#!/bin/bash
case "$*" in *" pip "* | "- "* | -c*) exit 0 ;; esac
trap 'echo saved; exit 143' TERM
echo "flags: ${*:3}"
touch "$HOME/started"
until [[ -e $HOME/end ]]; do sleep 0.02; done
exit "$(<"$HOME/end")"
"""


class Worker:
    def __init__(self, home: Path):
        self.home = home
        self.script = home / "unimr_jax" / "launch" / "tpu_worker.sh"
        shutil.copytree(LAUNCH, self.script.parent)
        executable(home / "unimr_jax" / ".venv" / "bin" / "python", TRAINING)
        executable(home / "bin" / "gcsfuse", f'#!/bin/sh\necho "$*" >>{home}/gcsfuse\n')
        executable(home / "bin" / "mountpoint", "#!/bin/sh\nexit 1\n")
        self.env = environment(home / "bin", HOME=str(home))

    def run(self, *flags: str):
        return run(self.script, *flags, env=self.env, cwd=self.home)

    def connect(self, *flags: str) -> subprocess.Popen:
        """Starts training and returns when it runs."""
        connection = subprocess.Popen(
            ["bash", str(self.script), "train", *flags],
            env=self.env,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        deadline = time.monotonic() + 30
        while not (self.home / "started").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return connection

    def end(self, code: int) -> None:
        (self.home / "end").write_text(str(code))


@pytest.fixture
def worker(tmp_path):
    worker = Worker(tmp_path)
    yield worker
    worker.end(0)


@pytest.mark.parametrize("code", [0, 2])
def test_streams_training_and_its_exit_code(worker, code):
    worker.end(code)
    shown = worker.run("train", "--config=c", "--workdir=/w", "--config.x=(1, 2)")
    assert shown.stdout.splitlines() == [
        "flags: train --config=c --workdir=/w --config.x=(1, 2)",
        f"training ended with exit code {code}",
    ]
    assert shown.returncode == (1 if code else 0)


def test_a_lost_connection_leaves_training_alone_and_the_next_joins_it(worker):
    first = worker.connect("--config=c")
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    second = worker.connect("--config=c")
    worker.end(0)
    shown, _ = second.communicate(timeout=30)
    assert shown.splitlines() == ["flags: train --config=c", "training ended with exit code 0"]
    assert second.returncode == 0


def copying(worker: Worker) -> subprocess.CompletedProcess:
    """What tpu_vm.sh has a worker do with a copy, which lies there broken."""
    (worker.home / "unimr_jax.tgz").write_text("no archive")
    dry = run(LAUNCH / "tpu_vm.sh", "setup", "--name=n", "--zone=z", "--dry-run").stdout
    (command,) = (word for word in shlex.split(dry) if word.startswith("--command="))
    return subprocess.run(
        ["bash", "-c", command.partition("=")[2]],
        env=worker.env,
        cwd=worker.home,
        capture_output=True,
        text=True,
    )


def test_a_running_training_keeps_its_code(worker):
    worker.connect("--config=c")
    found = copying(worker)
    assert found.returncode == 0, found.stderr
    assert "a training is under way: the code on this worker stays as it is" in found.stdout


def test_without_one_code_is_replaced(worker):
    found = copying(worker)
    assert found.returncode and "tar: " in found.stderr and "under way" not in found.stdout


def test_another_training_must_wait(worker):
    worker.connect("--config=c")
    shown = worker.run("train", "--config=d")
    assert shown.returncode == 1
    assert "another training is under way (--config=c); stop it first" in shown.stderr


def test_stop_lets_it_save(worker):
    connection = worker.connect("--config=c")
    shown = worker.run("stop")
    assert shown.returncode == 0, shown.stderr
    said = "saved\ntraining was stopped on request\ntraining ended with exit code 143\n"
    assert said in shown.stdout
    assert connection.wait(timeout=30) == 1
    assert worker.run("stop").stdout == "no training is under way\n"


def test_logs_are_kept(worker):
    assert "no training was started here" in worker.run("logs").stderr
    worker.end(0)
    worker.run("train", "--config=c")
    assert worker.run("logs").stdout.startswith("flags: train --config=c\n")


def test_buckets_are_mounted_and_named_by_their_path(worker):
    worker.end(0)
    several = "--config.stages.text.init_from=gs://b/text,gs://d/image"
    shown = worker.run("train", "--workdir=gs://b/runs/x", "--config.data.root=gs://d", several)
    buckets = worker.home / "buckets"
    assert f"--workdir={buckets}/b/runs/x --config.data.root={buckets}/d " in shown.stdout
    assert f"init_from={buckets}/b/text,{buckets}/d/image\n" in shown.stdout
    assert set((worker.home / "gcsfuse").read_text().splitlines()) == {
        f"--implicit-dirs b {buckets}/b",
        f"--implicit-dirs d {buckets}/d",
    }
