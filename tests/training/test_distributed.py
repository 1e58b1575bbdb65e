"""Two processes train as one does, leave one set of files, and stop together."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests import runs
from tests.configs.tiny import task

STAGE = "01_text"
STEPS = 12
FLAGS = (
    "--stages=text",
    f"--config.stages.text.tasks={{'text_to_image': {task(softmax=1.0)}}}",
    f"--config.stages.text.steps={STEPS}",
    "--config.stages.text.log_every=1",
    "--config.data.root=",
    "--config.data.scenes_size=8",
    "--config.model.image.depth=0",  # all four processes and devices compile a step of their own
    "--config.model.text.depth=0",
)


def start_two(workdir: Path, monkeypatch) -> list[subprocess.Popen]:
    """Four devices each."""
    monkeypatch.setenv("JAX_NUM_CPU_DEVICES", "4")
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    group = (f"--coordinator_address=localhost:{port}", "--num_processes=2")
    flags = runs.train_flags(Path(), workdir, *FLAGS)
    command = [flag for flag in flags if flag != "--distributed=off"]
    return [runs.start([*command, *group, f"--process_id={i}"], runs.SLOWLY) for i in range(2)]


def losses(workdir: Path) -> dict[int, float]:
    lines = runs.metrics_lines(workdir)
    assert len({line["step"] for line in lines}) == len(lines)
    return {line["step"]: line["loss"]["text_to_image"] for line in lines}


@pytest.mark.slow
def test_two_processes_stop_together_and_one_goes_on(tmp_path, monkeypatch):
    together, alone = tmp_path / "together", tmp_path / "alone"
    first, second = start_two(together, monkeypatch)
    metrics = together / "metrics.jsonl"
    runs.wait_until(first, lambda: metrics.exists() and metrics.read_text().count("\n") > 2)
    second.terminate()  # of which the first is told
    (code, said), (other_code, other_said) = runs.finish(first), runs.finish(second)
    assert (code, other_code) == (143, 143), said + other_said

    (saved,) = (path.name for path in (together / "stages" / STAGE).iterdir())
    stopped = f"unimr_jax train: text: stopped at step {saved}; the same command resumes"
    assert said.splitlines()[-1] == other_said.splitlines()[-1] == stopped
    assert 2 < int(saved) < STEPS
    assert "text 2/12" in said and "text 2/12" not in other_said
    assert len(list((together / "tensorboard" / "text").iterdir())) == 1

    for workdir in (together, alone):
        runs.train(Path(), workdir, *FLAGS)  # in this process, on one device
    found, expected = losses(together), losses(alone)
    assert list(found) == list(expected) == list(range(1, STEPS + 1))
    np.testing.assert_allclose(list(found.values()), list(expected.values()), rtol=1e-4)
