"""A sweep runs what is missing, shares what it may, and says what came of it."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from launch import sweep
from launch.sweep_jobs import Processes
from launch.sweep_plan import Run, Sweep, plan
from launch.sweep_table import Scores
from tests import runs
from unimr_jax import __main__ as door
from unimr_jax import config_file
from unimr_jax.config import to_dict
from unimr_jax.training.workdir import stage_directory
from unimr_jax.whole import write_atomically

SHARED = "--share_stages=text,nlu"
QUERIES = "query_to_image/all/recall@1"


class Door:
    """Stands for `python -m unimr_jax`: leaves what train and evaluate would leave."""

    def __init__(self, scores: dict[str, float]):
        self.scores = scores  # by the name of the run's directory
        self.commands: list[str] = []
        self.failing: dict[str, int] = {}  # name of a run → exit code of its training

    def __call__(self, command: list[str], log: Path | None = None) -> int:
        verb, *flags = command[3:]
        self.commands.append(" ".join([verb, *flags]))
        values = dict(flag.split("=", 1) for flag in flags)
        directory = Path(values["--workdir"])
        if verb == "evaluate":
            self.evaluate(directory, values["--stage"])
            return 0
        overrides = [flag for flag in flags if flag.startswith("--config.")]
        self._train(directory, values, overrides)
        return self.failing.get(directory.name, 0)

    def _train(self, directory: Path, values: dict[str, str], overrides: list[str]) -> None:
        config = config_file.load(values["--config"], overrides)
        (directory / "tokenizer").mkdir(parents=True, exist_ok=True)
        (directory / "config.json").write_text(json.dumps(to_dict(config)))
        if directory.name in self.failing:
            return
        for stage in values["--stages"].split(","):
            done = stage_directory(directory, config, stage) / "DONE.json"
            done.parent.mkdir(parents=True, exist_ok=True)
            done.write_text("{}")

    def evaluate(self, directory: Path, stage: str, split: str = "test") -> None:
        report = directory / "report"
        report.mkdir(exist_ok=True)
        metrics = {QUERIES: self.scores.get(directory.name, 0.0), "query_to_image/de/recall@1": 0.9}
        write_atomically(report / "metrics.json", json.dumps(metrics))  # as the report does
        facts = {"stage": stage, "split": split, "seed": "0"}
        write_atomically(report / "facts.json", json.dumps(facts))


@pytest.fixture
def fake_door(monkeypatch) -> Door:
    scores = {"gate_seed0": 0.5, "gate_seed1": 0.7, "none_seed0": 0.25, "none_seed1": 0.25}
    fake = Door(scores)
    monkeypatch.setattr(Processes, "exit_code", lambda _, command, log: fake(command, log))
    return fake


@pytest.fixture
def start(tmp_path, capsys):
    """Runs the sweep; returns (exit code, stdout, stderr)."""

    def start(*flags: str, variants: str = "gate,none", seeds: str = "0,1"):
        code = sweep.main(
            [
                str(runs.TINY),
                f"--workdir={tmp_path}/sweep",
                f"--variants={variants}",
                f"--seeds={seeds}",
                *flags,
            ]
        )
        return code, *capsys.readouterr()

    return start


class TestRuns:
    def test_every_variant_with_every_seed_and_says_what_they_score(
        self, start, fake_door, tmp_path
    ):
        code, stdout, _ = start()
        assert code == 0
        assert "60.0 ± 14.1" in stdout and "25.0 ± 0.0" in stdout
        table = json.loads((tmp_path / "sweep" / "table.json").read_text())
        gate = table["variants"]["gate"][QUERIES]
        assert gate["by_seed"] == {"0": 0.5, "1": 0.7}
        assert gate["mean"] == pytest.approx(0.6)
        assert gate["spread"] == pytest.approx(0.02**0.5)
        markdown = (tmp_path / "sweep" / "table.md").read_text()
        assert "| gate | 60.0 ± 14.1 | 0, 1 |" in markdown and "--seeds=0,1" in markdown
        assert (tmp_path / "sweep" / "table.png").read_bytes().startswith(b"\x89PNG")

    def test_seed_by_seed(self, start, fake_door):
        start()
        trained = [c for c in fake_door.commands if c.startswith("train")]
        names = [Path(c.split("--workdir=")[1].split()[0]).name for c in trained]
        assert names == ["gate_seed0", "none_seed0", "gate_seed1", "none_seed1"]
        assert all(f"--config.seed={name[-1]}" in c for c, name in zip(trained, names))

    def test_nothing_twice(self, start, fake_door):
        start()
        fake_door.commands.clear()
        code, stdout, _ = start()
        assert code == 0 and fake_door.commands == []
        assert stdout.count("done before") == 4 and "60.0 ± 14.1" in stdout

    def test_nothing_twice_that_json_spells_in_another_way(self, start, fake_door):
        """Its keys are strings, and its lists no tuples."""
        schedule = {"kind": "piecewise", "init_value": 1.0, "boundaries_and_scales": {2: 0.5}}
        flag = f"--config.stages.joint.tasks.query_to_image.losses.softmax={schedule}"
        start(flag)
        fake_door.commands.clear()
        code, stdout, _ = start(flag)
        assert code == 0 and fake_door.commands == []

    def test_what_was_trained_and_not_evaluated_since(self, start, fake_door, tmp_path):
        start()
        fake_door.commands.clear()
        report = tmp_path / "sweep" / "none_seed1" / "report" / "metrics.json"
        os.utime(report, (0, 0))
        start()
        assert {c.split("--workdir=")[1].split("/")[-1].split()[0] for c in fake_door.commands} == {
            "none_seed1"
        }

    def test_scores_of_another_stage_or_split_are_not_those_asked_for(
        self, start, fake_door, tmp_path
    ):
        start()
        fake_door.commands.clear()
        start("--stages=text")
        assert len([c for c in fake_door.commands if c.startswith("evaluate")]) == 4
        start()
        fake_door.commands.clear()
        fake_door.evaluate(tmp_path / "sweep" / "none_seed1", "joint", "validation")
        start()
        assert len([c for c in fake_door.commands if "none_seed1" in c]) == 2
        assert len(fake_door.commands) == 2

    def test_another_config_is_not_taken_for_done(self, start, fake_door):
        start()
        fake_door.commands.clear()
        start("--config.stages.joint.steps=9")
        assert len(fake_door.commands) == 8

    @pytest.mark.parametrize("flag", ["--dry_run", "--dry-run"])
    def test_only_prints_on_a_dry_run(self, start, fake_door, tmp_path, flag):
        code, stdout, _ = start(flag)
        assert code == 0 and fake_door.commands == [] and not (tmp_path / "sweep").exists()
        assert stdout.count(" train ") == stdout.count(" evaluate ") == 4

    def test_what_the_others_gain_over_one(self, start, fake_door, tmp_path):
        code, stdout, _ = start("--against=none")
        assert code == 0 and "+35.0 ± 14.1 (0/1)" in stdout
        assert "| gate | +35.0 ± 14.1 (0/1) |" in (tmp_path / "sweep" / "table.md").read_text()
        table = json.loads((tmp_path / "sweep" / "table.json").read_text())
        assert table["against"] == "none"
        assert table["gains"]["gate"][QUERIES]["mean"] == pytest.approx(0.35)


class TestFailure:
    def test_stops_the_sweep_which_goes_on_later(self, start, fake_door):
        fake_door.failing = {"none_seed0": 1}
        code, _, stderr = start()
        assert code == 1
        assert stderr.startswith("sweep: exit code 1 of: ") and "none_seed0" in stderr
        assert len(fake_door.commands) == 3
        fake_door.failing = {}
        assert start()[0] == 0
        assert len(fake_door.commands) == 3 + 6

    def test_is_passed_by_on_request(self, start, fake_door):
        fake_door.failing = {"none_seed0": 2}
        code, stdout, stderr = start("--keep_going")
        assert code == 1 and "1 of 4 runs failed: exit code 2 of: " in stderr
        assert "60.0 ± 14.1" in stdout and "25.0 " in stdout

    def test_a_stopped_training_stops_the_sweep_all_the_same(self, start, fake_door):
        fake_door.failing = {"gate_seed0": 143}
        code, _, stderr = start("--keep_going")
        assert code == 143 and "goes on from here" in stderr and len(fake_door.commands) == 1

    def test_so_does_one_after_a_failure(self, start, fake_door):
        fake_door.failing = {"gate_seed0": 2, "none_seed0": 143}
        code, _, stderr = start("--keep_going")
        assert code == 143 and "goes on from here" in stderr

    def test_what_is_named_twice_runs_once(self, start, fake_door):
        start(variants="gate,gate", seeds="0,0")
        assert len(fake_door.commands) == 2

    def test_sigterm_reaches_the_training(self, tmp_path):
        saves = (
            "import pathlib, signal, sys, time;"
            "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143));"
            f"pathlib.Path({str(tmp_path / 'ready')!r}).touch();"
            "time.sleep(60)"
        )

        def terminate() -> None:
            while not (tmp_path / "ready").exists():
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGTERM)

        before = signal.getsignal(signal.SIGTERM)
        thread = threading.Thread(target=terminate)
        thread.start()
        processes = Processes()
        with processes.stopped_by_sigterm():
            assert processes.exit_code([sys.executable, "-c", saves]) == 143
        thread.join()
        assert signal.getsignal(signal.SIGTERM) == before
        assert processes.exit_code([sys.executable, "-c", "nothing more starts"]) == 143


class TestJobs:
    def test_more_than_one_wait_for_the_run_they_start_from(self, start, fake_door, capsys):
        code, stdout, _ = start("--jobs=3", SHARED)
        assert code == 0 and "60.0 ± 14.1" in stdout
        trained = [c.split("--workdir=")[1].split()[0] for c in fake_door.commands if "train" in c]
        names = [Path(each).name for each in trained]
        assert sorted(names[:2]) == ["gate_seed0", "gate_seed1"]
        assert sorted(names[2:]) == ["none_seed0", "none_seed1"]

    def test_what_each_says_goes_to_its_log(self, tmp_path):
        log = tmp_path / "run" / "log.txt"
        for word in ("one", "two"):
            assert Processes().exit_code([sys.executable, "-c", f"print('{word}')"], log) == 0
        assert log.read_text() == "one\ntwo\n"

    def test_a_failure_stops_the_others(self, start, fake_door):
        fake_door.failing = {"gate_seed0": 1}
        code, _, stderr = start("--jobs=2", SHARED)
        assert code == 1 and stderr.startswith("sweep: exit code 1 of: ")
        assert "see " in stderr and "log.txt" in stderr
        assert not any("none_seed0" in command for command in fake_door.commands)


def test_a_config_may_say_what_is_swept(fake_door, tmp_path, capsys):
    file = tmp_path / "config.py"
    own = "def get_sweep(variant):\n    return {'variants': ['gate', variant], 'seeds': [1]}\n"
    file.write_text(f"{runs.TINY.read_text()}\n\n{own}")
    assert sweep.main([f"{file}:none", f"--workdir={tmp_path}/s", "--dry_run"]) == 0
    said = capsys.readouterr().out
    assert f"{file}:gate " in said and f"{file}:none " in said and "seed=0" not in said


@pytest.mark.parametrize(
    "returned, said",
    [
        ("{'seed': [1]}", "get_sweep: 'seed' is not known; did you mean 'seeds'?"),
        ("{'seeds': 3}", "get_sweep: 'seeds' must be a list, found 3"),
        ("['gate']", "get_sweep must return a dictionary, found ['gate']"),
    ],
)
def test_what_it_says_wrong_gets_a_line(fake_door, tmp_path, capsys, returned, said):
    file = tmp_path / "config.py"
    own = f"def get_sweep(variant):\n    return {returned}\n"
    file.write_text(f"{runs.TINY.read_text()}\n\n{own}")
    assert sweep.main([str(file), f"--workdir={tmp_path}/s", "--dry_run"]) == 2
    error = capsys.readouterr().err
    assert said in error and f"--config={file}" in error and error.count("\n") == 1


class TestSharedStages:
    def test_are_trained_under_the_first_variant(self, start, fake_door, tmp_path):
        assert start(SHARED, seeds="0")[0] == 0
        first, _, second, _ = fake_door.commands
        assert first.endswith("--stages=text,nlu,joint") and "init_from" not in first
        assert second.endswith("--stages=joint")
        base = tmp_path / "sweep" / "gate_seed0" / "stages" / "02_nlu"
        assert f"--config.stages.joint.init_from={base} " in second
        assert "--config.stages.joint.init_include=(?!(fuse|films)/).* " in second
        assert (tmp_path / "sweep" / "none_seed0" / "tokenizer").is_dir()

    def test_bring_the_fusion_too_where_it_is_the_same(self, tmp_path):
        _, second = plan(Sweep(str(runs.TINY), ("", "gate"), (0,), tmp_path, (), ("text", "nlu")))
        assert second.config.stages["joint"].init_include == ".*"

    def test_that_are_not_done_stop_what_would_start_from_them(self, start, fake_door):
        fake_door.failing = {"gate_seed0": 1}
        code, _, stderr = start(SHARED, "--keep_going")
        assert code == 1 and "2 of 4 runs failed: exit code 1 of: " in stderr
        assert "none_seed0 starts from" in stderr and "02_nlu, which is not done" in stderr
        assert not any("none_seed0" in command for command in fake_door.commands)

    def test_come_first(self, start, fake_door):
        for flags in (["--share_stages=nlu"], ["--share_stages=text,nlu,joint"]):
            code, _, stderr = start(*flags)
            assert code == 2 and "must be the first of the stages that run" in stderr
        assert fake_door.commands == []

    def test_are_each_variants_own_where_they_differ(self, start, fake_door, tmp_path):
        file = tmp_path / "config.py"
        file.write_text(
            runs.TINY.read_text().replace(
                "    if variant in FUSIONS:",
                "    if variant == 'longer':\n        config.stages.text.steps = 9\n"
                "    elif variant in FUSIONS:",
            )
        )
        wish = Sweep(str(file), ("gate", "longer", "none"), (0,), tmp_path, (), ("text", "nlu"))
        gate, longer, none = plan(wish)
        assert gate.base is None and longer.base is None and none.base == gate.directory

    @pytest.mark.parametrize("variants, code", [("single", 0), ("single,gate", 0), ("", 2)])
    def test_of_a_config_need_not_be_those_of_some_of_its_variants(
        self, fake_door, tmp_path, capsys, variants, code
    ):
        file = tmp_path / "config.py"
        single = (
            "    if variant == 'single':\n"
            "        config.stage_order = ('joint',)\n"
            "        config.stages = {'joint': joint_stage()}\n"
            "    elif variant in FUSIONS:"
        )
        own = "def get_sweep(_):\n    return {'variants': ['single'], 'share_stages': ['text']}\n"
        tiny = runs.TINY.read_text().replace("    if variant in FUSIONS:", single)
        file.write_text(f"{tiny}\n\n{own}")
        chosen = [f"--variants={variants}"] if variants else []
        assert sweep.main([str(file), f"--workdir={tmp_path}/s", "--dry_run", *chosen]) == code
        if code:  # where all that it sweeps have none, it says something wrong
            assert "--share_stages='text' is not known" in capsys.readouterr().err

    @pytest.mark.slow
    def test_start_another_fusion_for_real(self, trained, scenes_root, tmp_path):
        (tmp_path / "default_seed0").symlink_to(trained.workdir)
        data = f"--config.data.root={scenes_root}"
        base, run = plan(
            Sweep(str(runs.TINY), ("", "film"), (0,), tmp_path, (), ("text", "nlu"), (data,))
        )
        run.prepare()
        with runs.one_device():
            assert door.main([*run.commands()[0][3:], "--distributed=off"]) == 0
        assert runs.done(run.directory, "03_joint")["step"] == 4
        assert not (run.directory / "stages" / "01_text").exists()
        assert _tokenizer(run) == _tokenizer(base)


def _tokenizer(run: Run) -> str:
    return (run.directory / "tokenizer" / "tokenizer.json").read_text()


class TestWrongFlags:
    @pytest.mark.parametrize(
        "flags, said",
        [
            (["--variants=gaet"], "no such variant 'gaet'; did you mean 'gate'?"),
            (["--stages=txet"], "--stages='txet' is not known; did you mean 'text'?"),
            (["--config.stages.joint.stepz=3"], "did you mean 'steps'?"),
            (["--config.seed=3"], "name it in --seeds"),
            (["--against=film"], "--against=film is none of the variants that are swept"),
            (["--metrics=("], "--metrics=(: not a regular expression"),
        ],
    )
    def test_get_one_line_before_anything_runs(self, start, fake_door, flags, said):
        code, _, stderr = start(*flags)
        assert code == 2 and said in stderr and stderr.count("\n") == 1
        assert fake_door.commands == []

    def test_seeds(self, start, capsys):
        with pytest.raises(SystemExit) as end:
            start(seeds="a")
        assert end.value.code == 2
        assert "argument --seeds: expected numbers like 0,1,2" in capsys.readouterr().err

    def test_metrics_that_no_run_has(self, start, fake_door):
        code, _, stderr = start("--metrics=recall@1")
        assert code == 2
        assert f"--metrics=recall@1 matches none of the metrics, such as {QUERIES}" in stderr


def test_one_seed_has_no_spread():
    assert str(Scores({0: 0.5})) == "50.0" and Scores({0: 0.5}).spread is None
