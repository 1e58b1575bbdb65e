"""The door: exit codes, one line for what is foreseen, and help that costs nothing."""

from __future__ import annotations

import argparse
import errno
import json
import os
import shutil
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from tests import runs
from unimr_jax import __main__ as door
from unimr_jax.config import Evaluation
from unimr_jax.data.prepare import PREPARE
from unimr_jax.errors import Foreseen, UserError
from unimr_jax.evaluation.analysis import ANALYSES, cost
from unimr_jax.training.checkpoint import CheckpointError
from unimr_jax.training.guard import DivergedError
from unimr_jax.training.preemption import Preempted

VERBS = ("train", "evaluate", "prepare", "bench")
HELP = [
    ["--help"],
    *([verb, "--help"] for verb in VERBS),
    *(["prepare", name, "--help"] for name in PREPARE),
]
HEAVY = ("jax", "transformers", "grain", "numpy", "orbax", "rich")

# Runs the door, then says which of the heavy packages it has imported.
WATCHED = f"""
import sys
from unimr_jax.__main__ import main
try:
    main()
finally:
    print("IMPORTED", [name for name in {HEAVY} if name in sys.modules])
"""


@pytest.fixture(autouse=True)
def settings_of_this_process(monkeypatch):
    """Are put back: the door changes them for the rest of a process of its own."""
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    for name in ("JAX_COMPILATION_CACHE_DIR", "TRANSFORMERS_VERBOSITY"):
        monkeypatch.setenv(name, "")


@pytest.fixture
def said(capsys):
    """Runs the door; returns (exit code, stderr)."""

    def run(*arguments: str) -> tuple[int, str]:
        with runs.one_device():
            try:
                code = door.main(arguments)
            except SystemExit as end:
                code = end.code
        return code, capsys.readouterr().err

    return run


@pytest.fixture
def train(said, scenes_root, tmp_path):
    """Runs `train` on the tiny config; returns (exit code, stderr)."""

    def run(*more: str, variant: str = "") -> tuple[int, str]:
        return said(*runs.train_flags(scenes_root, tmp_path / "run", *more, variant=variant))

    return run


@pytest.fixture
def failing_with(monkeypatch, said):
    """The door with a verb that raises `error`."""

    def run(error: BaseException, *flags: str) -> tuple[int, str]:
        def fail(_: argparse.Namespace) -> None:
            raise error

        monkeypatch.setitem(PREPARE, "failing", PREPARE["scenes"]._replace(run=fail))
        return said("prepare", "failing", "--output=nowhere", *flags)

    return run


class TestExitCodes:
    @pytest.mark.parametrize(
        "error, code",
        [
            (UserError("mend it"), 2),
            (CheckpointError("no space"), 1),
            (DivergedError("not finite"), 1),
            (Foreseen("an end"), 1),
            (Preempted("stopped"), 143),
        ],
    )
    def test_a_foreseen_end_is_one_line(self, failing_with, error, code):
        assert failing_with(error) == (code, f"unimr_jax prepare: {error}\n")

    def test_debug_shows_the_traceback_before_it(self, failing_with):
        code, stderr = failing_with(UserError("mend it"), "--debug")
        assert code == 2
        assert stderr.startswith("Traceback") and stderr.endswith("prepare: mend it\n")

    def test_a_full_disk_is_one_line_wherever_it_is_met(self, failing_with):
        code, stderr = failing_with(OSError(errno.ENOSPC, "No space left on device", "/x/y"))
        assert code == 1
        assert stderr == (
            "unimr_jax prepare: [Errno 28] No space left on device: '/x/y'; "
            "free disk space and start the same command again\n"
        )

    @pytest.mark.parametrize("number", [errno.EACCES, errno.EISDIR, errno.ENOTDIR])
    def test_a_path_that_cannot_be_used_is_named(self, failing_with, number):
        error = OSError(number, "no", "/x/y")
        said = "unimr_jax prepare: /x/y: no; name another path\n"
        assert failing_with(error) == (2, said)

    @pytest.mark.parametrize("error", [ValueError("ours"), OSError(errno.EIO, "ours")])
    def test_a_mistake_of_ours_keeps_its_traceback(self, failing_with, error):
        with pytest.raises(type(error), match="ours"):
            failing_with(error)

    def test_ctrl_c(self, failing_with):
        assert failing_with(KeyboardInterrupt()) == (1, "unimr_jax prepare: interrupted\n")

    def test_done(self, said, tmp_path, monkeypatch):
        nothing = PREPARE["scenes"]._replace(run=lambda flags: None)
        monkeypatch.setitem(PREPARE, "nothing", nothing)
        assert said("prepare", "nothing", "--output=nowhere") == (0, "")


class TestHelp:
    @pytest.mark.parametrize("arguments", HELP)
    def test_imports_nothing_heavy(self, arguments):
        shown = subprocess.run(
            [sys.executable, "-c", WATCHED, *arguments],
            cwd=runs.ROOT,
            capture_output=True,
            text=True,
        )
        assert shown.returncode == 0 and shown.stderr == ""
        assert shown.stdout.startswith("usage: unimr_jax")
        assert shown.stdout.endswith("IMPORTED []\n")

    def test_lists_the_verbs(self, capsys):
        with pytest.raises(SystemExit):
            door.main(["--help"])
        listed = capsys.readouterr().out
        assert all(f"\n    {verb} " in listed for verb in VERBS)


class TestWrongFlags:
    @pytest.mark.parametrize(
        "arguments, said_of_it",
        [
            ([], "unimr_jax: the following arguments are required: VERB"),
            (["trian"], "unimr_jax: argument VERB: invalid choice: 'trian'"),
            (["train"], "unimr_jax train: the following arguments are required: --config, --work"),
            (["evaluate", "--workdir=x", "--stages=y"], "unrecognized arguments: --stages=y"),
            (["bench", "--config=c", "--workdir=x", "--steps=many"], "many must be a whole number"),
            (["bench", "--config=c", "--synthetic", "--steps=0"], "0 must be a whole number"),
            (
                ["evaluate", "--workdir=x", "--config.seed=3"],
                "unimr_jax: --config.seed=3: evaluate takes no config",
            ),
            (["evaluate", "--workdir=x", "--config.mesh"], "unrecognized arguments: --config.mesh"),
        ],
    )
    def test_get_one_line(self, said, arguments, said_of_it):
        code, stderr = said(*arguments)
        assert code == 2
        assert said_of_it in stderr and stderr.endswith("--help\n") and stderr.count("\n") == 1

    @pytest.mark.parametrize(
        "flags, mend",
        [
            ([], "give --workdir=DIR to time steps on data, or --synthetic without data"),
            (["--workdir=x", "--synthetic"], "give --workdir=DIR to time steps on data, or"),
            (["--workdir=x", "--topology=8"], "--topology is for --compile_only; give both"),
            (["--compile_only", "--profile=x"], "--profile traces steps, and none would run"),
            (["--input_only", "--synthetic"], "argument --synthetic: not allowed with argument"),
        ],
    )
    def test_bench_without_a_workdir_or_hardware(self, said, flags, mend):
        code, stderr = said("bench", "--config=c.py", *flags)
        assert code == 2 and stderr.startswith(f"unimr_jax bench: {mend}")

    def test_unknown_data_set(self, said):
        code, stderr = said("prepare", "scene", "--output=x")
        assert code == 2 and stderr.count("\n") == 1
        assert stderr.startswith("unimr_jax prepare: argument NAME: invalid choice: 'scene'")
        assert "scenes" in stderr and stderr.endswith("see unimr_jax prepare --help\n")


class TestWrongConfig:
    @pytest.mark.parametrize(
        "flag, mend",
        [
            ("--config.stages.joint.stepz=3", "did you mean 'steps'?"),
            ("--config.seed=many", "config.seed must be int, found 'many'"),
            ("--config.model.nlu.fusion=gaet", "did you mean 'gate'?"),
            ("--stages=txet", "--stages='txet' is not known; did you mean 'text'?"),
            ("--config.data.root=/nowhere", "/nowhere/scenes: no such data set directory"),
            (
                "--config.stages.nlu.rules=(('nul/.*', 1, 1), ('.*', 0, 0))",
                "config.stages.nlu.rules[0]: no parameter is left for 'nul/.*'; delete the rule",
            ),
            (
                "--config.tokenizer.vocab_size=100",
                "tokenizer vocabulary too small",
            ),
        ],
    )
    def test_is_one_line_that_names_it(self, train, flag, mend):
        code, stderr = train(flag)
        assert code == 2
        assert stderr.startswith("unimr_jax train: ") and mend in stderr
        assert stderr.count("\n") == 1

    def test_unknown_variant(self, train):
        code, stderr = train(variant="smok")
        assert code == 2 and "tiny.py: no such variant 'smok'" in stderr

    def test_missing_file(self, said):
        code, stderr = said("train", "--config=nothing.py", "--workdir=x", "--distributed=off")
        assert code == 2
        assert stderr == (
            "unimr_jax train: --config=nothing.py: no such file; see configs/ for examples\n"
        )

    def test_a_mended_config_may_have_the_same_workdir(self, train, tmp_path):
        assert train("--config.data.root=/nowhere")[0] == 2
        assert not (tmp_path / "run" / "config.json").exists()


def test_the_bare_mesh_flag_prints_where_parameters_lie_and_trains(train, tmp_path):
    code, stderr = train("--stages=nlu", "--config.mesh")
    assert code == 2 and "not done" in stderr  # reached the stage, which needs the one before
    assert "text/norm/scale" in stderr and "per device" in stderr


class TestWrongData:
    @pytest.fixture
    def root(self, scenes_root, tmp_path):
        """The data set, with another line 3."""

        def write(line: str) -> Path:
            broken = tmp_path / "data" / "scenes"
            broken.mkdir(parents=True)
            (broken / "images").symlink_to(scenes_root / "scenes" / "images")
            for name in ("dataset.json", "train.jsonl"):
                lines = (scenes_root / "scenes" / name).read_text().splitlines()
                lines[2] = line if name == "train.jsonl" else lines[2]
                (broken / name).write_text("\n".join(lines) + "\n")
            return broken.parent

        return write

    @pytest.mark.parametrize(
        "line, mend",
        [
            ('{"id": "a"', "train.jsonl:3: JSON: "),
            ('{"id": "a", "lang": "en"}', "train.jsonl:3: field 'text': missing; add it as a str"),
            (
                '{"id": "a", "lang": "en", "text": "b", "image": "images/none.png"}',
                "train.jsonl:3: field 'image': ",
            ),
        ],
    )
    def test_names_file_and_line(self, train, root, tmp_path, line, mend):
        code, stderr = train(f"--config.data.root={root(line)}")
        assert code == 2 and stderr.count("\n") == 1
        assert f"{tmp_path / 'data' / 'scenes'}/{mend}" in stderr
        assert not (tmp_path / "run" / "config.json").exists()

    def test_without_rows_for_a_task_of_a_later_stage(self, train, root, scenes_root):
        """Found before the first stage starts."""
        lines = (scenes_root / "scenes" / "train.jsonl").read_text().splitlines()
        captions = [line for line in lines if "intent" not in json.loads(line)]
        broken = root(lines[2])
        (broken / "scenes" / "train.jsonl").write_text("\n".join(captions) + "\n")
        code, stderr = train(f"--config.data.root={broken}")
        assert code == 2 and "task nlu: no rows in data sets scenes" in stderr


class TestWorkdir:
    def test_of_another_config(self, said, trained, scenes_root):
        flags = runs.train_flags(scenes_root, trained.workdir, "--config.seed=5")
        code, stderr = said(*flags)
        assert code == 2
        assert stderr == (
            f"unimr_jax train: {trained.workdir / 'config.json'} belongs to another config: "
            "config.seed is 0 there and 5 here; take another --workdir, or that config to go on "
            "with it\n"
        )

    def test_below_a_file(self, said, scenes_root, tmp_path):
        (tmp_path / "file").write_text("")
        code, stderr = said(*runs.train_flags(scenes_root, tmp_path / "file" / "run"))
        assert code == 2 and stderr.count("\n") == 1
        assert f"--workdir={tmp_path}/file/run: Not a directory; take another one" in stderr


def test_a_diverged_run_ends_with_one_line(said, trained, scenes_root, tmp_path):
    code, stderr = said(
        *runs.train_flags(
            scenes_root,
            tmp_path / "run",
            "--stages=nlu",
            f"--config.stages.nlu.init_from={trained.workdir}/stages/01_text",
            "--config.stages.nlu.optimizer.learning_rate=1e38",
            "--config.stages.nlu.max_skipped=2",
            "--config.stages.nlu.checkpoint_every=1",
        )
    )
    assert code == 1
    *_, skipped, last = stderr.splitlines()
    assert skipped.startswith("nlu 2/4") and skipped.endswith("1 steps skipped (not finite)")
    stage = tmp_path / "run" / "stages" / "02_nlu"
    assert last.startswith(
        "unimr_jax train: stage 'nlu' diverged: from step 2 on, the gradients of 2 steps in a row "
        f"are not finite; the last good checkpoint is {stage / '2'}; take a lower learning rate"
    )
    assert sorted(path.name for path in stage.iterdir()) == ["1", "2"]
    assert "Traceback" not in stderr


class TestPrepare:
    def test_scenes(self, said, tmp_path):
        assert said("prepare", "scenes", f"--output={tmp_path / 'a'}", "--size=2") == (0, "")
        assert json.loads((tmp_path / "a" / "dataset.json").read_text())["name"] == "scenes"

    def test_where_something_else_lies(self, said, tmp_path):
        (tmp_path / "mine").write_text("")
        code, stderr = said("prepare", "scenes", f"--output={tmp_path}")
        assert code == 2 and stderr.count("\n") == 1


class TestEvaluate:
    @pytest.fixture
    def evaluate(self, said, trained):
        def run(*flags: str) -> tuple[int, str]:
            return said("evaluate", f"--workdir={trained.workdir}", *flags)

        return run

    def test_metrics_follow_the_contract(self, evaluate, trained):
        assert evaluate()[0] == 0
        report = trained.workdir / "report"
        metrics = json.loads((report / "metrics.json").read_text())
        retrieval = ["recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10"]
        named = {
            "text_to_image": retrieval,
            "image_to_text": retrieval,
            "text_to_text": retrieval,
            "query_to_image": retrieval,
            "query_to_text": retrieval,
            "nlu": ["intent_accuracy", "slot_f1", "exact_match"],
        }
        assert metrics.keys() == {
            f"{task}/{lang}/{metric}"
            for task, names in named.items()
            for lang in ("de", "en", "all")
            for metric in names
        }
        assert all(0 <= value <= 1 for value in metrics.values())
        assert metrics["nlu/all/slot_f1"] == pytest.approx(
            (metrics["nlu/de/slot_f1"] + metrics["nlu/en/slot_f1"]) / 2
        )
        assert "joint" in (report / "index.html").read_text()

    def test_another_data_set_split_stage_and_output(
        self, evaluate, trained, scenes_root, tmp_path
    ):
        output = tmp_path / "report"
        flags = (f"--dataset={scenes_root}/scenes", "--split=validation", "--stage=text")
        assert evaluate(*flags, f"--output={output}")[0] == 0
        page = (output / "index.html").read_text()
        assert "validation" in page and (output / "metrics.json").exists()

    def test_all_analyses_are_asked_for_unless_the_config_says_otherwise(self):
        assert Evaluation().analysis == tuple(ANALYSES)

    @pytest.mark.slow
    def test_every_analysis_has_its_section(self, said, trained, tmp_path, monkeypatch):
        monkeypatch.setattr(cost, "SECONDS", 0.0)
        copy, against = tmp_path / "run", tmp_path / "metrics.json"
        shutil.copytree(trained.workdir, copy)
        config = json.loads((copy / "config.json").read_text())
        config["evaluation"]["analysis"] = list(ANALYSES)
        (copy / "config.json").write_text(json.dumps(config))
        against.write_text('{"query_to_image/en/recall@1": 2.0}')
        flags = ("--index_stage=text", f"--against={against}")
        assert said("evaluate", f"--workdir={copy}", *flags)[0] == 0
        found = json.loads((copy / "report" / "analysis.json").read_text())
        assert found.keys() == ANALYSES.keys()
        assert found["old_index"]["stage"] == "text"
        assert found["languages"]["query_to_image/recall@1"]["share_gaining"] == 0
        assert 0 < found["tokens"]["en"]["weighted"] < 1
        assert [own["batch"] for own in found["cost"]["latency"]] == [1, 64]

    @pytest.mark.parametrize(
        "flag, mend",
        [
            ("--index_stage=txt", "--index_stage='txt' is not known; did you mean 'text'?"),
            ("--against=nowhere", "--against=nowhere: no such file; name a report's metrics.json"),
            ("--stage=jiont", "--stage='jiont' is not known; did you mean 'joint'?"),
            ("--split=tset", "tset.jsonl: no such split; the data set has train, validation, test"),
            ("--dataset=nowhere", "nowhere: no such data set directory"),
        ],
    )
    def test_what_is_not_there(self, evaluate, flag, mend):
        code, stderr = evaluate(flag)
        assert code == 2 and mend in stderr and stderr.count("\n") == 1

    def test_no_run_there(self, said, tmp_path):
        code, stderr = said("evaluate", f"--workdir={tmp_path}")
        assert code == 2
        assert f"{tmp_path}/config.json is missing; --workdir must be" in stderr

    def test_no_stage_done(self, said, trained, tmp_path):
        (tmp_path / "config.json").write_text((trained.workdir / "config.json").read_text())
        code, stderr = said("evaluate", f"--workdir={tmp_path}")
        assert code == 2 and "no stage is done yet; run train on it first" in stderr

    def test_no_data_set_named(self, said, scenes_root, trained, tmp_path):
        copy = tmp_path / "run"
        shutil.copytree(trained.workdir, copy)
        config = json.loads((copy / "config.json").read_text())
        config["evaluation"]["datasets"] = []
        (copy / "config.json").write_text(json.dumps(config))
        code, stderr = said("evaluate", f"--workdir={copy}")
        assert code == 2 and "config.evaluation.datasets is empty; give --dataset" in stderr


@pytest.mark.parametrize(
    "setting",
    [("XLA_FLAGS", "--xla_force_host_platform_device_count=8"), ("JAX_NUM_CPU_DEVICES", "2")],
)
def test_compiled_steps_are_kept_unless_devices_are_fake(setting, monkeypatch, tmp_path):
    for name in ("XLA_FLAGS", "JAX_NUM_CPU_DEVICES", "JAX_COMPILATION_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    with monkeypatch.context() as fake:
        fake.setenv(*setting)
        door._set_up(Namespace(workdir=tmp_path / "run", compilation_cache=True))
        assert "JAX_COMPILATION_CACHE_DIR" not in os.environ
    door._set_up(Namespace(workdir=tmp_path / "run", compilation_cache=False))
    assert "JAX_COMPILATION_CACHE_DIR" not in os.environ
    door._set_up(Namespace(workdir=tmp_path / "run", compilation_cache=True))
    assert os.environ["JAX_COMPILATION_CACHE_DIR"] == str(tmp_path / ".jax_cache")
