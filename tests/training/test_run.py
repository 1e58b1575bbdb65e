"""Three stages from an empty directory to DONE.json, through the door."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import jax
import numpy as np
import pytest

from tests import runs
from unimr_jax.__main__ import main
from unimr_jax.data.datasets import evaluation_sources, merged_records
from unimr_jax.errors import UserError
from unimr_jax.trained import load_trained
from unimr_jax.training import checkpoint
from unimr_jax.training.run import Run
from unimr_jax.training.stage_step import abstract_params

STAGES = ("01_text", "02_nlu", "03_joint")


@pytest.fixture(scope="module")
def run(trained, scenes_root):
    """The finished run, opened anew."""
    with runs.one_device():
        yield Run(runs.tiny_config(scenes_root), trained.workdir)


def params_of(run: Run, stage: str | Path) -> dict[str, np.ndarray]:
    """Of a stage of this run, or of the directory of one in another."""
    like = abstract_params(run.model, run.mesh)
    return flat(checkpoint.load_params(run.directory / "stages" / stage, like))


def flat(params: dict) -> dict[str, np.ndarray]:
    leaves = jax.tree_util.tree_flatten_with_path(params)[0]
    return {"/".join(key.key for key in path): np.asarray(x) for path, x in leaves}


def embeddings(run: Run, stage: str) -> dict[str, np.ndarray]:
    encoder = load_trained(run.directory, stage).encoder()
    sources = evaluation_sources(run.config, run.directory, ["scenes"], "test")
    records, pictures = merged_records(sources)
    rows = records[:40]
    return {
        "captions": encoder.encode_documents([row.text for row in rows]),
        "images": encoder.encode_images([pictures[row.image] for row in rows]),
        "queries": encoder.encode_queries([row.text for row in rows]).embeddings,
    }


def test_a_run_is_loaded_on_other_devices_than_it_trained_on(trained, tmp_path):
    for part in trained.workdir.iterdir():
        (tmp_path / part.name).symlink_to(part)
    config = json.loads((trained.workdir / "config.json").read_text())
    (tmp_path / "config.json").unlink()
    (tmp_path / "config.json").write_text(json.dumps(config | {"mesh": {"fsdp": 4096}}))
    found, own = load_trained(tmp_path).params, load_trained(trained.workdir).params
    jax.tree.map(np.testing.assert_array_equal, found, own)


class TestWorkdir:
    def test_holds_what_the_contract_says(self, trained):
        names = {path.name for path in trained.workdir.iterdir()}
        assert names >= {"config.json", "tokenizer", "labels.json", "stages", "metrics.jsonl"}
        assert sorted(path.name for path in (trained.workdir / "stages").iterdir()) == [*STAGES]
        assert list((trained.workdir / "tensorboard").rglob("events*"))

    @pytest.mark.parametrize("stage", STAGES)
    def test_done_has_the_last_step_and_the_digest_of_its_parameters(self, trained, run, stage):
        digest = hashlib.sha256()
        for path, x in sorted(params_of(run, stage).items()):
            digest.update(path.encode() + x.tobytes())
        expected = {"step": 4, "params_sha256": digest.hexdigest()}
        assert runs.done(trained.workdir, stage) == expected

    def test_every_logged_step_has_a_line(self, trained):
        lines = runs.metrics_lines(trained.workdir)
        steps = [(line["stage"], line["step"]) for line in lines]
        assert steps == [(stage, step) for stage in ("text", "nlu", "joint") for step in (2, 4)]

    def test_a_line_has_losses_weights_rate_norm_and_pace(self, trained):
        line = runs.metrics_lines(trained.workdir)[-1]
        assert line["loss"].keys() == {"query_to_image"}
        assert line["loss_weights"]["query_to_image/intent"] == pytest.approx(0.2)
        query = ("softmax", "intent", "slot")
        assert line["loss"]["query_to_image"] == pytest.approx(
            sum(
                line["loss_weights"][f"query_to_image/{loss}"]
                * line["losses"][f"query_to_image/{loss}"]
                for loss in query
            )
        )
        for name in ("learning_rate", "gradient_norm", "examples_per_second", "seconds_per_step"):
            assert line[name] > 0
        assert 0 <= line["input_wait"] < 1


class TestStages:
    def test_each_compiles_one_step(self, trained):
        assert [step.jitted._cache_size() for step in trained.steps] == [1, 1, 1]

    def test_nlu_trains_the_nlu_head_alone(self, run):
        before, after = params_of(run, "01_text"), params_of(run, "02_nlu")
        moved = {path for path in before if not np.array_equal(before[path], after[path])}
        assert moved == {path for path in before if path.startswith("nlu/")}

    def test_nlu_leaves_embeddings_bit_identical(self, run):
        before, after = embeddings(run, "text"), embeddings(run, "nlu")
        for kind in before:
            np.testing.assert_array_equal(before[kind], after[kind], err_msg=kind)

    def test_joint_starts_exactly_where_nlu_ended(self, trained, run):
        digest = checkpoint.params_sha256(run.initial_params("joint"))
        assert digest == runs.done(trained.workdir, "02_nlu")["params_sha256"]

    def test_joint_moves_everything_but_other_tasks_temperatures(self, run):
        before, after = params_of(run, "02_nlu"), params_of(run, "03_joint")
        still = {path for path in before if np.array_equal(before[path], after[path])}
        assert still == {"scales/text_to_image_log_scale", "scales/text_to_text_log_scale"}

    def test_started_again_it_does_nothing(self, trained, scenes_root, capsys):
        metrics = (trained.workdir / "metrics.jsonl").read_bytes()
        again = runs.train(scenes_root, trained.workdir)
        assert not again.steps and "every stage is done" in capsys.readouterr().err
        assert (trained.workdir / "metrics.jsonl").read_bytes() == metrics

    def test_one_alone_needs_the_one_before(self, scenes_root, tmp_path, capsys):
        with runs.one_device():
            assert main(runs.train_flags(scenes_root, tmp_path / "run", "--stages=nlu")) == 2
        assert "stage 'nlu' starts from stage 'text', which is not done" in capsys.readouterr().err

    def test_the_ones_not_done_are_run(self, trained, scenes_root, tmp_path):
        """A stage can be repeated alone: the last one, from the two before."""
        copy = tmp_path / "copy"
        shutil.copytree(trained.workdir, copy)
        shutil.rmtree(copy / "stages" / "03_joint")
        assert len(runs.train(scenes_root, copy).steps) == 1
        assert runs.done(copy, "03_joint") == runs.done(trained.workdir, "03_joint")


class TestInitFrom:
    """Parameters from another run; only what is new trains, which compiles sooner."""

    head_alone = "--config.stages.joint.rules=(('(nlu|fuse|films)/.*', 1, 1), ('.*', 0, 0))"

    def flags(self, trained, *more: str) -> tuple[str, ...]:
        source = trained.workdir / "stages" / "02_nlu"
        return (f"--config.stages.joint.init_from={source}", self.head_alone, *more)

    @pytest.mark.parametrize("fusion", ["concat", "cross_attention", "film"])
    def test_brings_all_but_the_fusion_to_another_fusion(
        self, trained, scenes_root, tmp_path, fusion
    ):
        all_but_fusion = "--config.stages.joint.init_include=(?!fuse|films).*"
        flags = self.flags(trained, "--stages=joint", all_but_fusion)
        run = runs.train(scenes_root, tmp_path / "run", *flags, variant=fusion)
        assert runs.done(run.workdir, "03_joint")["step"] == 4

    def test_brings_what_is_included(self, trained, scenes_root, tmp_path):
        flags = self.flags(trained, "--config.stages.joint.init_include=text/.*", "--config.seed=7")
        with runs.one_device():
            run = Run(runs.tiny_config(scenes_root, *flags), tmp_path / "run")
            mine = flat(run.initial_params("joint"))
        theirs = params_of(run, trained.workdir / "stages" / "02_nlu")
        brought = {path for path in mine if np.array_equal(mine[path], theirs[path])}
        assert {path for path in mine if path.startswith("text/")} <= brought
        assert brought.isdisjoint({"text_projection/kernel", "image_projection/kernel"})

    def test_without_a_checkpoint_there(self, scenes_root, tmp_path, capsys):
        """Found before the first stage trains."""
        flags = ("--config.stages.joint.init_from=runs/nowhere/stages", self.head_alone)
        with runs.one_device():
            assert main(runs.train_flags(scenes_root, tmp_path / "run", *flags)) == 2
        assert "runs/nowhere/stages: no checkpoint there" in capsys.readouterr().err
        assert not (tmp_path / "run" / "config.json").exists()

    def test_of_another_shape_names_the_parameter(self, trained, scenes_root, tmp_path, capsys):
        flags = self.flags(trained, "--stages=joint", "--config.model.embed_dim=8")
        with runs.one_device():
            assert main(runs.train_flags(scenes_root, tmp_path / "run", *flags)) == 2
        line = capsys.readouterr().err
        assert "02_nlu: parameter image_projection/bias should be (8,), found (16,)" in line
        assert "init_include" in line


def test_hard_negatives_that_no_row_has_are_missed_before_anything_trains(scenes_root, tmp_path):
    flag = "--config.stages.text.tasks.text_to_text.hard_negatives=1"
    with runs.one_device(), pytest.raises(UserError, match="which no row of scenes has; find them"):
        Run(runs.tiny_config(scenes_root, flag), tmp_path / "run")
    assert not (tmp_path / "run" / "config.json").exists()


@pytest.mark.parametrize("shift", [0.0, 0.1])
def test_another_picture_must_be_another_or_changed(scenes_root, tmp_path, shift):
    pictures = "--config.stages.text.tasks.text_to_image"
    flags = [f"{pictures}.other_image=True", f"--config.data.augment.shift={shift}"]
    root = few_pictures(scenes_root, tmp_path / "data")
    with runs.one_device():
        if shift:
            Run(runs.tiny_config(root, *flags), tmp_path / "run")
        else:
            with pytest.raises(UserError, match=f"{pictures[2:]}.other_image would be the same"):
                Run(runs.tiny_config(root, *flags), tmp_path / "run")


def few_pictures(root: Path, copy: Path) -> Path:
    """Scenes without the training pictures whose first caption an earlier one has."""
    shutil.copytree(root / "scenes", copy / "scenes")
    path, titles = copy / "scenes" / "train.jsonl", {}
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for row in (row for row in rows if "intent" not in row and "image" in row):
        if row["image"] not in titles.values():
            titles.setdefault(row["text"].casefold(), row["image"])
    kept = [row for row in rows if row.get("image") in {None, *titles.values()}]
    path.write_text("".join(json.dumps(row) + "\n" for row in kept), "utf-8")
    return copy
