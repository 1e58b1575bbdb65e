"""The cells of configs/claim.py differ in what the claim compares, and in nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from launch import sweep
from tests.runs import ROOT
from unimr_jax import config_file
from unimr_jax.config import Config
from unimr_jax.training.validation import check

FILES = ("claim.py", "claim_real.py")
SPECIALISTS = [("image_only", "text_to_image"), ("text_only", "text_to_text"), ("nlu_only", "nlu")]
SIZES = ("batch_size", "text_rows", "other_rows", "positive_rows")


def cell(name: str, file: str = "claim.py") -> Config:
    return config_file.load(f"{ROOT}/configs/{file}:{name}")


def examples(config: Config, task: str) -> int:
    stages = [stage for stage in config.stages.values() if task in stage.tasks]
    return sum(stage.steps * stage.tasks[task].batch_size for stage in stages)


def steps(config: Config) -> int:
    return sum(stage.steps for stage in config.stages.values())


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("smoke", ["", "smoke+"])
def test_every_cell_is_one_that_trains(file, smoke):
    for name in config_file.sweep_of(f"{ROOT}/configs/{file}")["variants"]:
        check(cell(smoke + name, file))


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name, task", SPECIALISTS)
class TestSpecialists:
    def test_spend_every_example_on_one_task(self, file, name, task):
        config, unified = cell(name, file), cell("unified_gate", file)
        tasks = {task for stage in unified.stages.values() for task in stage.tasks}
        [stage] = config.stages.values()
        assert list(stage.tasks) == [task] and stage.steps == steps(unified)
        together = sum(examples(unified, task) for task in tasks)
        assert 0 <= examples(config, task) - together < stage.steps  # batches are whole

    def test_have_their_own_share_of_the_examples_where_the_name_says_so(self, file, name, task):
        config, unified = cell(f"{name}+own_share", file), cell("unified_gate", file)
        requests = "query_to_image" if name == "nlu_only" else None  # have intents and slots too
        share = examples(unified, task) + examples(unified, requests)
        assert 0 <= examples(config, task) - share < steps(unified) == steps(config)
        [own], [alike] = config.stages.values(), cell(name, file).stages.values()
        sizes = {key: getattr(alike.tasks[task], key) for key in SIZES}
        assert replace(own, tasks={task: replace(own.tasks[task], **sizes)}) == alike

    def test_begin_as_the_first_stage_does_and_end_as_the_last(self, file, name, task):
        [stage] = cell(name, file).stages.values()
        staged = cell("unified_gate", file).stages
        schedule = staged["joint"].optimizer.schedule
        assert stage.optimizer == replace(staged["text"].optimizer, schedule=schedule)
        assert schedule == "cosine"  # a rate that stays up to the end settles nothing

    def test_train_all_there_is(self, file, name, task):
        config = cell(name, file)
        assert config.model == cell("unified_gate", file).model
        assert all(stage.rules == ((".*", 1.0, 1.0),) for stage in config.stages.values())


@pytest.mark.parametrize("file", FILES)
def test_the_specialist_of_nlu_learns_intents_and_slots_alone(file):
    for stage in cell("nlu_only", file).stages.values():
        assert set(stage.tasks["nlu"].losses) == {"intent", "slot"}


def test_requests_from_several_data_sets_are_mixed_by_how_many_come_from_each():
    shares = cell("nlu_only", "claim_real.py").stages["joint"].tasks["nlu"].datasets
    # 128 utterances, 15 % of them of emoji; 160 requests, nine in ten of them of emoji
    assert shares["emoji-queries"] == pytest.approx(19.2 + 144)
    assert sum(shares.values()) == pytest.approx(128 + 160)


@pytest.mark.parametrize("file", FILES)
def test_one_stage_sees_as_many_examples_in_as_many_steps(file):
    at_once, staged = cell("unified_gate+one_stage", file), cell("unified_gate", file)
    assert list(at_once.stages) == ["joint"] and steps(at_once) == steps(staged)
    for task in at_once.stages["joint"].tasks:
        # Batches are whole, so it sees up to one example a step more.
        assert 0 <= examples(at_once, task) - examples(staged, task) < steps(staged)


@pytest.mark.parametrize("file", FILES)
def test_fusions_differ_in_the_fusion_alone(file):
    gate, none = cell("unified_gate", file), cell("unified_none", file)
    assert gate.model.nlu.fusion == "gate" and none.model.nlu.fusion == "none"
    assert gate.stages["text"] == none.stages["text"] and gate.data == none.data
    assert gate.stages["joint"].tasks == none.stages["joint"].tasks


@pytest.mark.slow
def test_the_config_is_swept_as_it_says(scenes_root, tmp_path):
    """One of its cells, the quickest to compile."""
    flags = [
        "data.scenes_size=0",
        f"data.root={scenes_root}",
        "evaluation.analysis=()",
        "model.image.depth=0",
        "model.image.stem=linear",
        "model.text.depth=1",
        "model.nlu.depth=0",
        "stages.joint.optimizer.name=adamw",
    ]
    code = sweep.main(
        [
            f"{ROOT}/configs/claim.py:smoke",
            f"--workdir={tmp_path}",
            "--variants=smoke+text_only",
            "--jobs=2",
            *(f"--config.{flag}" for flag in flags),
        ]
    )
    table = json.loads((tmp_path / "table.json").read_text())
    assert code == 0 and list(table["variants"]) == ["smoke+text_only"]
    said = (tmp_path / "smoke+text_only_seed0" / "log.txt").read_text()
    assert "text_to_text" in said and "Report: " in said
