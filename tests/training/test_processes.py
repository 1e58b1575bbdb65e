"""Processes find one another, wait for the first, and share a batch as the mesh lies."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests import runs
from tests.training.stages import mesh_of
from unimr_jax.__main__ import main
from unimr_jax.training import processes

MESHES = ((8, 1, 1), (2, 2, 2), (2, 1, 4), (1, 1, 8))

# Joins as `train` does by itself, then tells what it found.
MEMBER = f"""
import json, sys, time
from pathlib import Path
from unimr_jax.training import processes

processes.join("auto", "", None, None)
made = Path(sys.argv[1])
with processes.first_alone("here"):
    if processes.is_first():
        time.sleep(0.5)
        made.touch()
    there = made.exists()

import jax
from unimr_jax.config import Mesh
from unimr_jax.training import partitioning

from unimr_jax.errors import UserError

def differs(**digests):
    try:
        processes.check_alike(digests, "mend")
    except UserError as error:
        return str(error)

own = bytes(7) + bytes([jax.process_index()])
found = [differs(a=bytes(8)), differs(a=bytes(8), b=own)]
rows = [processes.rows_of_batch(partitioning.make_mesh(Mesh(*m)), 8).tolist() for m in {MESHES}]
print(json.dumps([jax.process_index(), jax.process_count(), there, rows, found]))
"""


def start(made: Path, **environment: str) -> subprocess.Popen:
    none_of_a_cluster = {k: v for k, v in os.environ.items() if not k.startswith("SLURM_")}
    settings = {"JAX_PLATFORMS": "cpu", **environment}
    return subprocess.Popen(
        [sys.executable, "-c", MEMBER, made],
        cwd=runs.ROOT,
        env=none_of_a_cluster | settings,
        stdout=subprocess.PIPE,
        text=True,
    )


def told(process: subprocess.Popen) -> list:
    return json.loads(process.communicate(timeout=runs.PATIENCE)[0].splitlines()[-1])


def slurm_job(tasks: int, task: int) -> dict[str, str]:
    """JAX takes the last bits of the job's number for a port."""
    return {
        "SLURM_JOB_ID": str(free_port_of_slurm()),
        "SLURM_STEP_NODELIST": "localhost",
        "SLURM_NTASKS": str(tasks),
        "SLURM_PROCID": str(task),
        "SLURM_LOCALID": str(task),
    }


def free_port_of_slurm() -> int:
    for number in range(os.getpid() % 4096, 4096):
        with socket.socket() as candidate:
            if candidate.connect_ex(("localhost", 65535 - 4096 + 1 + number)):
                return number
    raise AssertionError("no free port")


def test_those_of_a_slurm_job_train_together(tmp_path):
    members = [
        start(tmp_path / "made", JAX_NUM_CPU_DEVICES="4", **slurm_job(2, i)) for i in range(2)
    ]
    upper, lower, everything = [0, 1, 2, 3], [4, 5, 6, 7], list(range(8))
    found = [None, "b: not the same in process 0 and in 1; mend"]
    assert told(members[0]) == [0, 2, True, [upper, upper, upper, everything], found]
    assert told(members[1]) == [1, 2, True, [lower, lower, lower, everything], found]


def test_where_there_is_no_cluster_one_trains_alone(tmp_path):
    alone = start(tmp_path / "made", JAX_NUM_CPU_DEVICES="8")
    assert told(alone) == [0, 1, True, [list(range(8))] * len(MESHES), [None, None]]


def test_one_process_holds_the_whole_batch_and_waits_for_nobody():
    np.testing.assert_array_equal(processes.rows_of_batch(mesh_of(2, 2, 2), 12), np.arange(12))
    assert processes.is_first()
    processes.meet("nowhere")


@pytest.mark.parametrize(
    "flags, mend",
    [
        (["--num_processes=2"], "--coordinator_address, --num_processes and --process_id go"),
        (["--coordinator_address=a:1", "--process_id=0"], "--process_id go together"),
        (
            ["--coordinator_address=a:1", "--num_processes=2", "--process_id=0"],
            "go together, and without --distributed=off",
        ),
        (
            ["--distributed=auto", "--coordinator_address=a", "--num_processes=2"]
            + ["--process_id=0"],
            "--coordinator_address=a must be HOST:PORT of process 0",
        ),
        (
            ["--distributed=auto", "--coordinator_address=a:1", "--num_processes=2"]
            + ["--process_id=2"],
            "--process_id=2 must lie between 0 and 1",
        ),
    ],
)
def test_wrong_flags_get_one_line(scenes_root, tmp_path, capsys, flags, mend):
    assert main(runs.train_flags(scenes_root, tmp_path / "run", *flags)) == 2
    said = capsys.readouterr().err
    assert mend in said and said.count("\n") == 1
