"""A run that is killed again and again, at random moments, ends like one left in peace."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests import runs
from tests.configs.tiny import task

STAGE = "01_text"
KILLS = 20
LAST = 160  # more steps than are trained between all kills
STEPS = (
    "--stages=text",
    f"--config.stages.text.tasks={{'text_to_image': {task(softmax=1.0)}}}",
    f"--config.stages.text.steps={LAST}",
    "--config.model.image.depth=0",  # the less to trace, the sooner a start is over
    "--config.model.text.depth=0",
)
OFTEN = "--config.stages.text.checkpoint_every=2"

# The same command again and again, each time in a fork of a process that has imported what takes
# seconds to import; the last time in that process itself, which nobody kills: it neither sleeps nor
# writes a checkpoint before its end.
FORKS = f"""
{runs.SLOWLY}
import gc, os
import grain, jax, orbax.checkpoint, tensorboardX, transformers
from transformers import AutoTokenizer, PreTrainedTokenizerFast
import unimr_jax.training.run
from unimr_jax.training.stage_checkpoints import StageCheckpoints

gc.disable()  # no child looks through what was imported, nor copies it for that
for _ in range({KILLS}):
    child = os.fork()
    if not child:
        break
    print(child, flush=True)
    os.waitpid(child, 0)
else:
    TaskIterators.next_batches = take
    save = StageCheckpoints.save
    StageCheckpoints.save = lambda self, state, *more: (
        int(state.step) == {LAST} and save(self, state, *more)
    )
"""


@pytest.mark.slow
def test_twenty_kills(scenes_root, tmp_path, monkeypatch):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    workdir, draw = tmp_path / "killed", random.Random(0)
    process = runs.start(runs.train_flags(scenes_root, workdir, *STEPS, OFTEN), FORKS)
    for _ in range(KILLS):
        child = int(process.stdout.readline())
        if draw.random() < 0.75:
            wait_for_a_checkpoint_to_begin(process, workdir)
            time.sleep(draw.uniform(0.0, 0.3))  # about as long as one takes
        else:
            time.sleep(draw.uniform(0.0, 3.0))  # in the start, or thereafter
        os.kill(child, signal.SIGKILL)
    assert runs.finish(process)[0] == 0
    straight = runs.train(scenes_root, tmp_path / "straight", *STEPS).workdir
    assert runs.done(workdir, STAGE) == runs.done(straight, STAGE)


def wait_for_a_checkpoint_to_begin(process: subprocess.Popen, workdir: Path) -> None:
    before = checkpoints(workdir)
    runs.wait_until(process, lambda: checkpoints(workdir) - before)


def checkpoints(workdir: Path) -> set[tuple[str, int]]:
    """Whole ones and those under way, apart from a former one of the same name."""
    stage = workdir / "stages" / STAGE
    names = os.listdir(stage) if stage.exists() else []
    return {(name, _inode(stage / name)) for name in names}


def _inode(path: Path) -> int:
    return path.stat().st_ino if path.exists() else 0
