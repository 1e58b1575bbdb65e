"""The cells of configs/claim.py differ in what the claim compares, and in nothing else."""

from __future__ import annotations

import pytest

from tests.runs import ROOT
from unimr_jax import config_file
from unimr_jax.config import Config

FILES = ("claim.py", "claim_real.py")


def cell(name: str, file: str = "claim.py") -> Config:
    return config_file.load(f"{ROOT}/configs/{file}:{name}")


def examples(config: Config, task: str) -> int:
    stages = [stage for stage in config.stages.values() if task in stage.tasks]
    return sum(stage.steps * stage.tasks[task].batch_size for stage in stages)


def steps(config: Config) -> int:
    return sum(stage.steps for stage in config.stages.values())


@pytest.mark.parametrize("file", FILES)
class TestSpecialists:
    @pytest.mark.parametrize(
        "name, task", [("image_only", "text_to_image"), ("text_only", "text_to_text")]
    )
    def test_see_their_own_task_as_often_as_the_unified_model(self, file, name, task):
        config, unified = cell(name, file), cell("unified_gate", file)
        assert {t for stage in config.stages.values() for t in stage.tasks} == {task}
        assert examples(config, task) == examples(unified, task)

    def test_of_nlu_read_every_utterance_and_request_that_the_unified_model_learns_from(self, file):
        config, unified = cell("nlu_only", file), cell("unified_gate", file)
        assert {t for stage in config.stages.values() for t in stage.tasks} == {"nlu"}
        labelled = sum(
            stage.steps * task.batch_size
            for stage in unified.stages.values()
            for task in stage.tasks.values()
            if "slot" in task.losses
        )
        assert examples(config, "nlu") == labelled
        assert all(
            set(task.losses) == {"intent", "slot"}
            for stage in config.stages.values()
            for task in stage.tasks.values()
        )

    def test_train_all_there_is(self, file):
        for name in ("image_only", "text_only", "nlu_only"):
            config = cell(name, file)
            assert config.model == cell("unified_gate", file).model
            assert all(stage.rules == ((".*", 1.0, 1.0),) for stage in config.stages.values())


def test_requests_from_several_data_sets_are_mixed_by_how_many_come_from_each():
    task = cell("nlu_only", "claim_real.py").stages["joint"].tasks["nlu"]
    assert task.batch_size == 128
    # 32 utterances, half of them of emoji; 96 requests, nine in ten of them of emoji
    assert task.datasets["emoji-queries"] / 128 == pytest.approx((16 + 86.4) / 128)
    assert sum(task.datasets.values()) == pytest.approx(128)


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
