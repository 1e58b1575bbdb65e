"""The shell scripts: linted, explained by --help, harmless on --dry-run, plain in their errors."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.launch.stand_ins import LAUNCH, environment, executable, run
from tests.runs import ROOT

SCRIPTS = sorted(
    path for path in [*LAUNCH.glob("*.sh"), LAUNCH / "slurm.sbatch"] if path.stem != "environment"
)
TPU = ("--name=n", "--zone=z", "--type=v6e-16", "--version=v2-alpha-tpuv6e")
RUN = ("--config=configs/quickstart.py", "--workdir=gs://bucket/run")
DRY = {
    "gpu.sh": ("--cuda=12",),
    "local.sh": RUN,
    "quickstart.sh": (),
    "slurm.sbatch": RUN,
    "test.sh": (),
    "tpu_vm.sh": ("train", *TPU, *RUN),
    "tpu_worker.sh": ("train", *RUN),
}
VENV_PYTHON = f"{ROOT}/.venv/bin/python"


def test_shellcheck_has_nothing_to_say():
    scripts_of_this_python = sysconfig.get_path("scripts")
    shellcheck = shutil.which(
        "shellcheck", path=f"{scripts_of_this_python}{os.pathsep}{os.environ['PATH']}"
    )
    assert shellcheck, "install requirements-dev.txt"
    files = [*SCRIPTS, LAUNCH / "environment.sh"]
    found = subprocess.run([shellcheck, "-x", *files], cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout


def test_none_is_left_out_here():
    assert {path.name for path in SCRIPTS} == DRY.keys()


FILLED = {  # arrays that start empty and are not so any more where they are expanded
    ("gpu.sh", "flags"),  # or there is no training
    ("slurm.sbatch", "flags"),  # with --config and --workdir
    ("tpu_vm.sh", "PLACE"),  # with --zone
    ("tpu_vm.sh", "TRAIN"),  # with --config and --workdir, once these are checked
}


def test_no_empty_array_is_expanded_as_it_is():
    """Which is an unbound variable in bash before 4.4, as macOS has it; workers have Linux."""
    empty, expanded = set(), set()
    for path in SCRIPTS:
        if path.name == "tpu_worker.sh":
            continue
        text = path.read_text()
        empty |= {(path.name, name) for name in re.findall(r"\b(\w+)=\(\)", text)}
        expanded |= {(path.name, name) for name in re.findall(r'(?<!\+)"\$\{(\w+)\[@\]', text)}
    assert empty & expanded == FILLED


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
class TestEvery:
    def test_explains_itself(self, script):
        shown = run(script, "--help")
        assert shown.returncode == 0 and shown.stdout.startswith("Usage: ")
        assert "--dry-run" in shown.stdout

    def test_does_nothing_on_a_dry_run(self, script, tmp_path):
        for name in ("git", "python3.12", "python3.11"):  # the repository's own are not touched
            if found := shutil.which(name):
                (tmp_path / name).symlink_to(found)
        for name in ("gcloud", "srun", "scontrol", "sudo", "gcsfuse", "pip"):
            executable(tmp_path / name, f"#!/bin/sh\ntouch {tmp_path}/called\n")
        before = (ROOT / ".venv").exists()
        shown = run(script, *DRY[script.name], "--dry-run", env=environment(tmp_path))
        assert shown.returncode == 0, shown.stderr
        assert shown.stdout and not (tmp_path / "called").exists()
        assert (ROOT / ".venv").exists() == before

    def test_is_executable_where_it_is_called(self, script):
        assert script.suffix == ".sbatch" or os.access(script, os.X_OK)


@pytest.mark.parametrize(
    "script, flags, said",
    [
        ("local.sh", ["--workdir=x"], "--config=FILE is missing"),
        ("local.sh", ["--config=x"], "--workdir=DIR is missing"),
        ("local.sh", ["--config", "x"], "x: expected --FLAG=VALUE"),
        ("local.sh", ["-c"], "-c: expected --FLAG=VALUE"),
        ("quickstart.sh", ["--seed=1"], "unknown option --seed=1"),
        ("quickstart.sh", ["a", "b"], "expected at most one argument"),
        ("gpu.sh", ["--cuda=11"], "--cuda=11: expected --cuda=12 or --cuda=13"),
        ("slurm.sbatch", ["--config=x"], "--workdir=DIR is missing"),
        ("slurm.sbatch", ["x"], "x: expected --FLAG=VALUE"),
        ("tpu_vm.sh", [], "expected a command"),
        ("tpu_vm.sh", ["up", "--zone=z"], "--name=NAME is missing"),
        ("tpu_vm.sh", ["up", "--name=n"], "--zone=ZONE is missing"),
        ("tpu_vm.sh", ["up", *TPU, "--config=x"], "--config=x: only train takes it"),
        ("tpu_vm.sh", ["up", *TPU, "--max-restarts=x"], "--max-restarts=x: expected a number"),
        ("tpu_vm.sh", ["train", *TPU, "--config=x"], "--config=x: expected a file of the repo"),
        ("tpu_vm.sh", ["train", *TPU, RUN[0], "--workdir=runs/x"], "expected gs://BUCKET/DIR"),
        ("tpu_worker.sh", ["start"], "expected setup, busy, train, logs or stop"),
    ],
)
def test_a_wrong_flag_is_named(script, flags, said):
    shown = run(LAUNCH / script, *flags)
    assert shown.returncode == 1
    assert shown.stderr.startswith("error: ") and said in shown.stderr


def commands(script: str, *flags: str, cwd: Path = ROOT, **more: str) -> list[list[str]]:
    """What a dry run prints, from the first use of the package on."""
    shown = run(
        LAUNCH / script, *flags, "--dry-run", env=os.environ | more, cwd=cwd
    ).stdout.splitlines()
    found = [shlex.split(line) for line in shown]
    return [command for command in found if "unimr_jax" in command]


@pytest.mark.parametrize("script", ["local.sh", "gpu.sh", "slurm.sbatch", "tpu_worker.sh"])
def test_flags_without_a_value_are_for_train_to_judge(script):
    first, *flags = *DRY[script], *(RUN if script == "gpu.sh" else ())
    flags += ["--no_compilation_cache", "--config.mesh"]
    assert commands(script, first, *flags)[0][-2:] == ["--no_compilation_cache", "--config.mesh"]


class TestLocal:
    def test_trains_then_evaluates(self):
        flags = ("--config=a.py:b", "--workdir=w d", "--stages=text", "--split=test")
        assert commands("local.sh", *flags) == [
            [VENV_PYTHON, "-m", "unimr_jax", "train", *flags[:3]],
            [VENV_PYTHON, "-m", "unimr_jax", "evaluate", "--workdir=w d", "--split=test"],
        ]

    def test_quickstart_is_one_such_run(self, tmp_path):
        (train, evaluate) = commands("quickstart.sh", "mine", cwd=tmp_path)
        assert train[4:] == [f"--config={ROOT}/configs/quickstart.py", f"--workdir={tmp_path}/mine"]
        assert evaluate[3:] == ["evaluate", f"--workdir={tmp_path}/mine", "--split=test"]

    def test_the_default_workdir_is_in_the_repository(self, tmp_path):
        (train, _) = commands("quickstart.sh", cwd=tmp_path)
        assert train[-1] == f"--workdir={ROOT}/runs/quickstart"


class TestGPU:
    @pytest.fixture
    def installed(self, tmp_path):
        """What gpu.sh would install, given what nvidia-smi prints."""

        def installed(printed: str, code: int = 0):
            executable(tmp_path / "nvidia-smi", f"#!/bin/sh\necho '{printed}'\nexit {code}\n")
            shown = run(LAUNCH / "gpu.sh", "--dry-run", env=environment(tmp_path))
            return shown.returncode, shown.stdout, shown.stderr

        return installed

    @pytest.mark.parametrize(
        "printed, package",
        [
            ("| NVIDIA-SMI 570.86   Driver Version: 570.86   CUDA Version: 12.8 |", "cuda12"),
            ("| NVIDIA-SMI 580.10   Driver Version: 580.10   CUDA Version: 13.0 |", "cuda13"),
            ("CUDA UMD Version: 14.1", "cuda13"),
        ],
    )
    def test_takes_the_newest_cuda_that_the_driver_runs(self, installed, printed, package):
        code, stdout, stderr = installed(printed)
        assert code == 0, stderr
        assert f"-r requirements.txt jax\\[{package}\\]" in stdout

    @pytest.mark.parametrize(
        "printed, code, said",
        [
            ("CUDA Version: 11.4", 0, "the driver supports CUDA 11, JAX needs 12"),
            ("No devices were found", 0, "nvidia-smi prints no CUDA version; name it with --cuda"),
            ("cannot communicate", 9, "nvidia-smi failed: cannot communicate"),
        ],
    )
    def test_says_why_there_is_none(self, installed, printed, code, said):
        code, _, stderr = installed(printed, code)
        assert code == 1 and said in stderr

    def test_trains_then_where_it_is_asked_to(self):
        train, evaluate = commands("gpu.sh", "--cuda=13", *RUN)
        assert train[3:] == ["train", *RUN] and evaluate[3:] == ["evaluate", RUN[1]]


class TestSlurm:
    @pytest.fixture
    def submitted(self, tmp_path):
        """Runs the job where srun's step of that verb ends with `code`, the other one well; returns
        (exit code, calls).
        """

        def submitted(code: int, verb: str = "train"):
            calls = tmp_path / "calls"
            for name in ("srun", "scontrol"):
                executable(
                    tmp_path / name,
                    f'#!/bin/sh\necho "{name} $*" >>{calls}\n'
                    f'case "$*" in *" {verb} "*) exit {code} ;; esac\n',
                )
            repository = tmp_path / "repository"
            shutil.copytree(LAUNCH, repository / "launch", dirs_exist_ok=True)
            executable(repository / ".venv" / "bin" / "python", "#!/bin/sh\n")
            spooled = shutil.copy(LAUNCH / "slurm.sbatch", tmp_path / "slurm_script")
            env = environment(tmp_path, SLURM_SUBMIT_DIR=str(repository), SLURM_JOB_ID="7")
            shown = run(Path(spooled), "--config=c", "--workdir=w", "--config.seed=1", env=env)
            return shown.returncode, calls.read_text().splitlines()

        return submitted

    def test_trains_in_every_task_and_evaluates_in_one(self, submitted):
        code, (train, evaluate) = submitted(0)
        assert code == 0
        flags = "train --distributed=auto --config=c --workdir=w --config.seed=1"
        assert train.startswith("srun --kill-on-bad-exit=1 ") and train.endswith(flags)
        assert evaluate.startswith("srun --nodes=1 --ntasks=1 ")
        assert evaluate.endswith("-m unimr_jax evaluate --workdir=w")

    def test_goes_back_to_the_queue_after_a_checkpoint(self, submitted):
        code, (_, requeue) = submitted(143)
        assert code == 0 and requeue == "scontrol requeue 7"

    def test_goes_back_to_evaluate_where_the_time_was_up(self, submitted):
        code, (_, _, requeue) = submitted(143, "evaluate")
        assert code == 0 and requeue == "scontrol requeue 7"

    @pytest.mark.parametrize("verb, steps", [("train", 1), ("evaluate", 2)])
    def test_fails_with_training_or_evaluation(self, submitted, verb, steps):
        code, calls = submitted(2, verb)
        assert code == 2 and len(calls) == steps

    def test_asks_for_a_task_per_gpu(self):
        lines = (LAUNCH / "slurm.sbatch").read_text().splitlines()
        asked = dict(line[10:].split("=", 1) for line in lines if line.startswith("#SBATCH --n"))
        asked |= dict(line[10:].split("=", 1) for line in lines if line.startswith("#SBATCH --g"))
        assert asked["ntasks-per-node"] == asked["gpus-per-node"]

    def test_outside_the_repository(self, tmp_path):
        shown = run(LAUNCH / "slurm.sbatch", env=os.environ | {"SLURM_SUBMIT_DIR": str(tmp_path)})
        assert shown.returncode == 2
        assert f"error: {tmp_path} is not the repository; run sbatch from there" in shown.stderr
