"""tpu_vm.sh against a gcloud that behaves as the cloud does, preemptions included."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.launch.stand_ins import LAUNCH, environment, executable, run

PLACE = ("--name=n", "--zone=z", "--project=p")
NEW = (*PLACE, "--type=v6e-16", "--version=v2-alpha-tpuv6e", "--poll=0.01")
TRAIN = ("--config=configs/quickstart.py:gate", "--workdir=gs://b/run", "--config.x=(1, 2)")

# What exists, and how the next trainings end, lie in world.json beside it.
GCLOUD = f"""#!{sys.executable} -IS
import json, pathlib, shutil, sys

file = pathlib.Path(__file__).with_name("world.json")
world = json.loads(file.read_text())
arguments = sys.argv[1:]
world["calls"].append(arguments)
kind, verb = arguments[2:4]
queued = kind == "queued-resources"
code = 0
if verb == "describe":
    states = world["requests" if queued else "states"]
    state = states.pop(0) if len(states) > 1 else states[0]
    if state == "NONE":
        print("ERROR: NOT_FOUND: no such resource", file=sys.stderr)
        code = 1
    elif state == "DENIED":
        print("ERROR: PERMISSION_DENIED", file=sys.stderr)
        code = 1
    else:
        print(state)
elif verb == "create" and world["full"]:
    world["full"] -= 1
    print("ERROR: There is no more capacity in the zone", file=sys.stderr)
    code = 1
elif verb == "create":
    if queued:
        world["requests"] = ["WAITING_FOR_RESOURCES", "PROVISIONING", "ACTIVE"]
    world["states"] = ["CREATING", "READY"]
elif verb == "delete":
    world["requests"] = world["states"] = ["NONE"]
elif verb == "scp":
    shutil.copy(arguments[4], file.with_name("copied.tgz"))
elif verb == "ssh" and "tpu_worker.sh train" in " ".join(arguments):
    outcome = world["trainings"].pop(0)
    print("step 100")
    if outcome == "preempted":
        world["states"], world["requests"] = ["PREEMPTED"], ["SUSPENDED"]
        code = 255
    elif outcome == "one of several is taken":
        print("training ended with exit code 134")
        world["states"] = ["PREEMPTED"]
        code = 255
    elif outcome == "outage":
        world["states"] = ["DENIED", "READY"]
        code = 255
    elif outcome == "full":
        world["states"], world["full"] = ["PREEMPTED"], 2
        code = 255
    elif outcome == "disconnected":
        code = 255
    elif outcome == "stopped":
        print("training was stopped on request\\ntraining ended with exit code 143")
        code = 1
    else:
        print("training ended with exit code", outcome)
        code = 1 if outcome else 0
elif verb == "ssh" and "tpu_worker.sh setup" in " ".join(arguments) and world["broken"]:
    print("error: pip install failed")
    code = 1
file.write_text(json.dumps(world))
sys.exit(code)
"""


class Cloud:
    def __init__(self, directory: Path):
        self.directory = directory
        executable(directory / "gcloud", GCLOUD)
        self.world = {"states": ["NONE"], "requests": ["NONE"], "trainings": [0]}
        self.world |= {"broken": False, "full": 0}

    def run(self, *flags: str, launch: Path = LAUNCH, **changes):
        """(exit code, stdout, stderr) of the script in this world."""
        file = self.directory / "world.json"
        file.write_text(json.dumps(self.world | changes | {"calls": []}))
        shown = run(launch / "tpu_vm.sh", *flags, env=environment(self.directory))
        self.calls = [call[2:] for call in json.loads(file.read_text())["calls"]]
        return shown.returncode, shown.stdout, shown.stderr

    def did(self) -> list[str]:
        """Verbs in order, without the looks at the state; for ssh, what the worker is to do."""
        verbs = []
        for _, verb, *rest in self.calls:
            if verb == "ssh":
                verb = re.findall(r"tpu_worker\.sh (\w+)", " ".join(rest))[-1]
            if verb != "describe":
                verbs.append(verb)
        return verbs


@pytest.fixture
def cloud(tmp_path) -> Cloud:
    return Cloud(tmp_path)


class TestTrain:
    def test_creates_copies_installs_and_trains(self, cloud):
        code, stdout, stderr = cloud.run("train", *NEW, *TRAIN)
        assert code == 0, stderr
        assert cloud.did() == ["create", "scp", "setup", "train"]
        assert "n: CREATING\nn: READY\n" in stdout and "step 100\n" in stdout
        create = next(call for call in cloud.calls if call[1] == "create")
        flags = [
            "--accelerator-type=v6e-16",
            "--version=v2-alpha-tpuv6e",
            "--project=p",
            "--zone=z",
        ]
        assert create == ["tpu-vm", "create", "n", *flags]

    def test_runs_on_all_workers_with_the_flags_as_given(self, cloud):
        cloud.run("train", *NEW, *TRAIN)
        ssh = cloud.calls[-1]
        assert "--worker=all" in ssh
        assert ssh[4] == (
            "--command=unimr_jax/launch/tpu_worker.sh train --config=configs/quickstart.py:gate "
            r"--workdir=gs://b/run --config.x=\(1\,\ 2\)"
        )

    def test_copies_what_git_knows(self, cloud):
        cloud.run("train", *NEW, *TRAIN)
        with tarfile.open(cloud.directory / "copied.tgz") as archive:
            names = archive.getnames()
        assert {"requirements.txt", "launch/tpu_worker.sh", "unimr_jax/__main__.py"} <= set(names)
        assert not any(name.startswith((".git/", ".venv", "runs/")) for name in names)

    def test_copies_files_of_any_name(self, cloud, tmp_path):
        launch = shutil.copytree(LAUNCH, tmp_path / "repository" / "launch")
        names = ("größe.py", "a b.py", " led.py", "two\nlines.py", "-C.py", "gone.py")
        for name in names:
            (launch / name).touch()
        git = ("git", "-C", str(launch.parent))
        subprocess.run([*git, "init", "--quiet"], check=True)
        subprocess.run([*git, "add", "launch/gone.py"], check=True)
        (launch / "gone.py").unlink()
        assert cloud.run("setup", *PLACE, launch=launch)[0] == 0
        with tarfile.open(cloud.directory / "copied.tgz") as archive:
            found = set(archive.getnames())
        assert found >= {f"launch/{name}" for name in names[:-1]} and "launch/gone.py" not in found

    def test_leaves_data_and_keys_where_they_are(self, cloud, tmp_path):
        launch = shutil.copytree(LAUNCH, tmp_path / "repository" / "launch")
        for name in ("data/a.png", ".env", "mine/config.py", "configs/new.py"):
            path = launch.parent / name
            path.parent.mkdir(exist_ok=True)
            path.touch()
        subprocess.run(["git", "-C", str(launch.parent), "init", "--quiet"], check=True)
        train = ("--config=mine/config.py:small", *TRAIN[1:])
        assert cloud.run("train", *NEW, *train, launch=launch)[0] == 0
        with tarfile.open(cloud.directory / "copied.tgz") as archive:
            found = set(archive.getnames())
        assert {"mine/config.py", "configs/new.py", "launch/tpu_vm.sh"} <= found
        assert not {"data/a.png", ".env"} & found

    def test_reuses_the_tpu_of_that_name(self, cloud):
        code, _, _ = cloud.run("train", *PLACE, *TRAIN, states=["READY"])
        assert code == 0 and cloud.did() == ["scp", "setup", "train"]

    def test_a_preempted_tpu_is_made_anew_and_training_goes_on(self, cloud):
        trainings = ["preempted", "preempted", 0]
        code, stdout, stderr = cloud.run("train", *NEW, *TRAIN, trainings=trainings)
        assert code == 0, stderr
        once = ["create", "scp", "setup", "train"]
        assert cloud.did() == [*once, "delete", *once, "delete", *once]
        assert "n: PREEMPTED" in stdout
        sent = {tuple(call) for call in cloud.calls if "tpu_worker.sh train" in " ".join(call)}
        assert len(sent) == 1

    def test_one_that_was_preempted_before(self, cloud):
        code, _, _ = cloud.run("train", *NEW, *TRAIN, states=["PREEMPTED"])
        assert code == 0 and cloud.did() == ["delete", "create", "scp", "setup", "train"]

    def test_a_training_that_was_told_to_stop_is_started_again(self, cloud):
        code, _, _ = cloud.run("train", *NEW, *TRAIN, trainings=[143, 0])
        assert code == 0 and cloud.did().count("train") == 2

    def test_unless_its_user_stopped_it(self, cloud):
        code, stdout, _ = cloud.run("train", *NEW, *TRAIN, trainings=["stopped", 0])
        assert code == 143 and cloud.did().count("train") == 1
        assert stdout.endswith("Stopped after a checkpoint; the same command goes on\n")

    def test_a_lost_connection_is_taken_up_again(self, cloud):
        code, stdout, _ = cloud.run("train", *NEW, *TRAIN, trainings=["disconnected", 0])
        assert code == 0 and "Lost n" in stdout
        assert cloud.did() == ["create", *["scp", "setup", "train"] * 2]

    def test_the_others_end_with_an_error_where_one_worker_is_taken_away(self, cloud):
        trainings = ["one of several is taken", 0]
        code, _, stderr = cloud.run("train", *NEW, *TRAIN, trainings=trainings)
        assert code == 0, stderr
        assert cloud.did() == [*["create", "scp", "setup", "train", "delete"] * 2][:-1]

    @pytest.mark.parametrize("trouble", ["outage", "full"])
    def test_waits_until_gcloud_is_well_again(self, cloud, trouble):
        code, stdout, stderr = cloud.run("train", *NEW, *TRAIN, trainings=[trouble, 0])
        assert code == 0 and cloud.did().count("train") == 2
        assert stdout.count("Lost n; looking again") == (2 if trouble == "outage" else 3)
        assert "ERROR: " in stderr

    @pytest.mark.parametrize("exit_code", [1, 2, 137])
    def test_a_training_that_failed_is_not_tried_again(self, cloud, exit_code):
        code, _, stderr = cloud.run("train", *NEW, *TRAIN, trainings=[exit_code, 0])
        assert code == 1 and cloud.did().count("train") == 1
        assert "training failed, for the reason above" in stderr
        assert "tpu_vm.sh delete --name=n --project=p --zone=z\n" in stderr

    def test_nor_is_a_failed_installation(self, cloud):
        code, stdout, _ = cloud.run("train", *NEW, *TRAIN, broken=True)
        assert code == 1 and "error: pip install failed" in stdout
        assert cloud.did() == ["create", "scp", "setup"]

    def test_gives_up_at_last(self, cloud):
        flags = (*NEW, *TRAIN, "--max-restarts=1")
        code, _, stderr = cloud.run("train", *flags, trainings=["preempted"] * 3)
        assert code == 1 and cloud.did().count("train") == 2
        assert "lost n more often than --max-restarts=1" in stderr


class TestQueued:
    def test_waits_in_line(self, cloud):
        code, stdout, stderr = cloud.run("train", *NEW, *TRAIN, "--queued", "--spot")
        assert code == 0, stderr
        assert "n: WAITING_FOR_RESOURCES\nn: PROVISIONING\nn: CREATING\nn: READY\n" in stdout
        create = next(call for call in cloud.calls if call[1] == "create")
        assert create[:4] == ["queued-resources", "create", "n", "--node-id=n"]
        assert "--runtime-version=v2-alpha-tpuv6e" in create and "--spot" in create

    def test_a_suspended_request_is_made_anew(self, cloud):
        code, _, _ = cloud.run("train", *NEW, *TRAIN, "--queued", trainings=["preempted", 0])
        assert code == 0
        assert cloud.did() == [*["create", "scp", "setup", "train", "delete"] * 2][:-1]
        delete = next(call for call in cloud.calls if call[1] == "delete")
        assert delete[:5] == ["queued-resources", "delete", "n", "--force", "--quiet"]

    def test_a_failed_request_is_not(self, cloud):
        code, _, stderr = cloud.run("up", *NEW, "--queued", requests=["FAILED"])
        assert code == 1 and cloud.did() == []
        assert "the request for n failed" in stderr and "tpu_vm.sh delete" in stderr


class TestOtherCommands:
    @pytest.mark.parametrize("command", ["logs", "stop", "setup"])
    def test_reach_all_workers(self, cloud, command):
        assert cloud.run(command, *PLACE, states=["READY"])[0] == 0
        assert cloud.did()[-1] == command and "--worker=all" in cloud.calls[-1]

    def test_status(self, cloud):
        assert cloud.run("status", *PLACE, states=["REPAIRING"])[1] == "REPAIRING\n"
        assert cloud.run("status", *PLACE)[1] == "NONE\n"

    def test_delete(self, cloud):
        assert cloud.run("delete", *PLACE, states=["READY"])[0] == 0
        assert cloud.calls == [
            ["tpu-vm", "delete", "n", "--quiet", "--project=p", "--zone=z"],
        ]

    def test_up_is_done_when_it_is_up(self, cloud):
        assert cloud.run("up", *PLACE, states=["READY"])[0] == 0
        assert cloud.did() == []


class TestErrors:
    def test_a_tpu_that_is_to_be_made_needs_a_type_and_a_version(self, cloud):
        for flags, missing in [((), "--type=TYPE"), (("--type=t",), "--version=VERSION")]:
            code, _, stderr = cloud.run("up", *PLACE, *flags)
            assert code == 1 and f"{missing} is missing: there is no TPU n yet" in stderr

    def test_what_gcloud_says_is_passed_on(self, cloud):
        code, _, stderr = cloud.run("up", *NEW, states=["DENIED"])
        assert code == 1 and "error: gcloud: ERROR: PERMISSION_DENIED" in stderr
        assert cloud.did() == []

    def test_a_stopped_tpu_is_left_to_its_owner(self, cloud):
        code, _, stderr = cloud.run("up", *NEW, states=["STOPPED"])
        assert code == 1 and "n is stopped" in stderr and cloud.did() == []

    def test_without_gcloud_it_says_where_to_get_it(self, tmp_path):
        for tool in ("bash", "dirname"):
            (tmp_path / tool).symlink_to(shutil.which(tool))
        shown = run(LAUNCH / "tpu_vm.sh", "status", *PLACE, env={"PATH": str(tmp_path)})
        assert shown.returncode == 1 and "gcloud is not installed" in shown.stderr
