"""What a stage's config says of its data reaches its batches."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from tests import runs
from unimr_jax.config import at_size_of
from unimr_jax.data.collate import stable_id
from unimr_jax.training.dataless import DatalessRun
from unimr_jax.training.partitioning import put_batch
from unimr_jax.training.preemption import Preemption
from unimr_jax.training.run import Run

PAIRS = "config.stages.text.tasks.text_to_image"
FALLING = {"kind": "linear", "init_value": 1.0, "end_value": 0.5, "transition_steps": 3}
FLAGS = (
    f"--config.stages.text.tasks={{'text_to_image': {runs.task(softmax=1.0)}}}",
    "--config.stages.text.image_size=8",
    "--config.data.resize=24",
    "--config.data.augment.saturation=0.5",
    f"--{PAIRS}.datasets={{'scenes': {FALLING}}}",
    f"--{PAIRS}.no_duplicates=True",
    f"--{PAIRS}.long_texts=chunk",
    f"--{PAIRS}.other_image=True",
    f"--{PAIRS}.text_length=6",
    f"--{PAIRS}.language_weights={{'en': 2.0, 'de': 0.0}}",
)


@pytest.fixture(scope="module")
def config(scenes_root):
    return runs.tiny_config(scenes_root, *FLAGS)


@pytest.fixture(scope="module")
def run(config, tmp_path_factory):
    """With its text stage trained."""
    directory = tmp_path_factory.mktemp("run") / "data"
    with runs.one_device():
        found = Run(config, directory)
        with Preemption() as preemption:
            found.stage("text", preemption)
        yield found


@pytest.fixture(scope="module")
def batches(run):
    stream = run.task_batches("text", "text_to_image")
    return [stream[i] for i in range(12)]


def test_a_stage_trains_on_pictures_of_its_own_size(run):
    assert runs.done(run.directory, "01_text")["step"] == 4
    sizes = {name: run.images(stage).fitting for name, stage in run.config.stages.items()}
    assert {name: (fitting.size, fitting.resize) for name, fitting in sizes.items()} == {
        "text": (8, 12),
        "nlu": (16, 24),
        "joint": (16, 24),
    }


def test_batches_have_the_shapes_that_are_known_before(run, config, batches):
    expected = DatalessRun(config, intents=1, slots=1).batch_shapes("text")["text_to_image"]
    found = put_batch(batches[0], run.mesh)
    assert jax.tree.map(np.shape, found) == jax.tree.map(np.shape, expected)
    assert found["image"].shape == found["other_image"].shape == (8, 8, 8, 3)


def test_other_stages_keep_the_size_of_the_model(config):
    assert at_size_of(config.stages["joint"], config) == config


def test_no_row_of_a_batch_repeats_another(batches):
    for batch in batches:
        assert len(set(batch["image_id"].tolist())) == len(set(batch["text_id"].tolist())) == 8


@pytest.fixture(scope="module")
def records(run):
    """By the ids that batches have for their texts."""
    source = run.sources["scenes"]
    rows = (source[i] for i in range(len(source)))
    return {stable_id(row.lang, row.text): row for row in rows}


def test_a_language_without_weight_stays_away(batches, records):
    drawn = [records[id].lang for batch in batches for id in batch["text_id"].tolist()]
    assert set(drawn) == {"en"}


def test_parts_of_long_texts_are_read(run, batches, records):
    for batch in batches:
        texts = [records[id].text for id in batch["text_id"].tolist()]
        truncated, _ = run.tokenizer.tokens(texts, 6)
        same = (truncated == batch["text_tokens"]).all(axis=1)
        assert (~same).sum() > 0 and batch["text_mask"].all()
