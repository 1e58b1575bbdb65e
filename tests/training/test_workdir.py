"""A run's directory belongs to one config and keeps its tokenizer and labels."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from tests.runs import tiny_config
from unimr_jax.config import Config
from unimr_jax.data.datasets import training_sources
from unimr_jax.data.images import ImageReader
from unimr_jax.data.labels import Labels
from unimr_jax.data.sources import Source
from unimr_jax.data.tokenizer import Prompts, TextTokenizer
from unimr_jax.data.transitions import Transitions
from unimr_jax.errors import UserError
from unimr_jax.training import workdir


@pytest.fixture
def config(scenes_root) -> Config:
    return tiny_config(scenes_root)


@pytest.fixture
def sources(config, tmp_path) -> dict[str, Source]:
    return training_sources(config, tmp_path)


class TestOwner:
    def test_comes_back_as_it_was(self, config, tmp_path):
        workdir.claim(tmp_path, config)
        assert workdir.read_config(tmp_path) == config

    def test_is_the_one_that_may_enter(self, config, tmp_path):
        for _ in range(2):
            workdir.enter(tmp_path / "new" / "run", config)
            workdir.claim(tmp_path / "new" / "run", config)

    @pytest.mark.parametrize(
        "flag, theirs, mine",
        [
            ("stages.joint.steps=9", "config.stages.joint.steps is 4 there", "9 here"),
            ("data.fit=pad", "config.data.fit is 'crop' there", "'pad' here"),
            ("evaluation.datasets=()", "config.evaluation.datasets is ['scenes'] there", "[] here"),
            (
                "model.temperatures.query_to_text.init=0.5",
                "config.model.temperatures.query_to_text is None there",
                "'init': 0.5",
            ),
        ],
    )
    def test_of_another_config_may_not(self, config, scenes_root, tmp_path, flag, theirs, mine):
        workdir.claim(tmp_path, config)
        with pytest.raises(UserError) as error:
            workdir.enter(tmp_path, tiny_config(scenes_root, f"--config.{flag}"))
        message = str(error.value)
        assert message.startswith(f"{tmp_path}/config.json belongs to another config: {theirs}")
        assert mine in message and "take another --workdir" in message

    def test_may_have_another_mesh(self, config, scenes_root, tmp_path):
        workdir.claim(tmp_path, config)
        workdir.enter(tmp_path, tiny_config(scenes_root, "--config.mesh.fsdp=4"))

    def test_may_be_older_than_a_key(self, config, scenes_root, tmp_path):
        workdir.claim(tmp_path, config)
        path = tmp_path / "config.json"
        values = json.loads(path.read_text())
        del values["data"]["fit"]
        path.write_text(json.dumps(values))
        workdir.enter(tmp_path, config)
        with pytest.raises(UserError, match="config.data.fit is 'crop' there and 'pad' here"):
            workdir.enter(tmp_path, tiny_config(scenes_root, "--config.data.fit=pad"))

    def test_is_the_same_in_every_process(self, config, tmp_path):
        with pytest.raises(UserError, match=f"--workdir={tmp_path}: not what .* all of them share"):
            workdir.check_shared(tmp_path)
        workdir.claim(tmp_path, config)
        workdir.check_shared(tmp_path)

    def test_a_config_that_was_spoilt_by_hand(self, config, tmp_path):
        (tmp_path / "config.json").write_text("{")
        with pytest.raises(
            UserError, match="^[^:]*config.json: is no JSON .* restore or remove it"
        ):
            workdir.enter(tmp_path, config)

    def test_a_config_of_another_version(self, config, tmp_path):
        (tmp_path / "config.json").write_text(json.dumps({"sede": 3}))
        with pytest.raises(UserError, match="config.json: unknown key config.sede; did you mean"):
            workdir.read_config(tmp_path)

    def test_no_run_there(self, tmp_path):
        with pytest.raises(UserError, match="config.json is missing; --workdir must be"):
            workdir.read_config(tmp_path)

    def test_a_directory_that_cannot_be_made(self, config, tmp_path):
        (tmp_path / "file").write_text("")
        for path in (tmp_path / "file", tmp_path / "file" / "run"):
            with pytest.raises(UserError, match=f"--workdir={path}: .*; take another one"):
                workdir.enter(path, config)


class TestTokenizer:
    def test_is_trained_once(self, config, sources, tmp_path):
        first = workdir.tokenizer(tmp_path, config, sources)
        assert first.vocab_size <= config.tokenizer.vocab_size
        again = workdir.tokenizer(tmp_path, config, {})
        assert again.tokens(["a red circle"], 8)[0].tolist() == (
            first.tokens(["a red circle"], 8)[0].tolist()
        )

    def test_is_trained_on_no_more_records_than_asked_for(self, config, sources, tmp_path):
        few = dataclasses.replace(config.tokenizer, max_records=2)
        small = workdir.tokenizer(tmp_path, dataclasses.replace(config, tokenizer=few), sources)
        assert small.vocab_size < workdir.tokenizer(tmp_path / "all", config, sources).vocab_size

    def test_by_name_is_copied_into_the_run(self, config, sources, tmp_path):
        mine = workdir.tokenizer(tmp_path / "mine", config, sources)
        named = dataclasses.replace(config.tokenizer, name=str(tmp_path / "mine" / "tokenizer"))
        workdir.tokenizer(tmp_path / "other", dataclasses.replace(config, tokenizer=named), sources)
        copied = workdir.tokenizer(tmp_path / "other", config, {})
        assert copied.vocab_size == mine.vocab_size

    def test_that_was_half_written_is_written_again(self, config, sources, tmp_path):
        partial = tmp_path / "tokenizer.tmp"
        partial.mkdir()
        (partial / "tokenizer_config.json").write_text("{")
        workdir.tokenizer(tmp_path, config, sources)
        assert not partial.exists()


class TestLabels:
    def test_are_those_of_the_train_split_and_stay(self, sources, tmp_path):
        found = workdir.labels(tmp_path, sources)
        assert found.intents and found.slots
        assert workdir.labels(tmp_path, {}) == found

    def test_are_not_made_up_where_there_is_no_run(self, tmp_path):
        with pytest.raises(UserError, match="labels.json is missing; run train on"):
            workdir.labels(tmp_path, {})
        assert not list(tmp_path.iterdir())


class TestTransitions:
    def test_are_those_of_the_train_split_and_stay(self, config, sources, tmp_path):
        tokenizer = workdir.tokenizer(tmp_path, config, sources)
        labels = workdir.labels(tmp_path, sources)
        found = workdir.transitions(tmp_path, config, sources, tokenizer, labels)
        assert found.counts.shape == (2, len(labels.bio), len(labels.bio)) and found.counts.any()
        again = workdir.transitions(tmp_path, config, {}, tokenizer, labels)
        np.testing.assert_array_equal(again.counts, found.counts)

    def test_are_counted_on_some_rows_that_alone_are_read(
        self, config, sources, tmp_path, monkeypatch
    ):
        tokenizer = workdir.tokenizer(tmp_path, config, sources)
        labels = workdir.labels(tmp_path, sources)
        read, get = [], Source.__getitem__
        monkeypatch.setattr(workdir, "COUNTED", 3)
        monkeypatch.setattr(Source, "__getitem__", lambda self, i: read.append(i) or get(self, i))
        found = workdir.transitions(tmp_path, config, sources, tokenizer, labels)
        assert len(read) == 3 and found.counts.any()

    def test_are_not_made_up_where_there_is_no_run(self, config, tmp_path):
        nothing = TextTokenizer(None), Labels((), ())
        with pytest.raises(UserError, match="transitions.json is missing; run train on"):
            workdir.transitions(tmp_path, config, {}, *nothing)


class TestPreprocessing:
    def test_is_all_that_makes_the_models_input(self, config, sources, tmp_path):
        workdir.tokenizer(tmp_path, config, sources)
        labels = workdir.labels(tmp_path, sources)
        transitions = Transitions(np.arange(18).reshape(2, 3, 3))
        kept = workdir.preprocessing(tmp_path, config, labels, transitions)
        assert kept["labels"] == labels.to_dict()
        assert kept["transitions"] == transitions.counts.tolist()
        assert kept["image"] == {"size": 16, "fit": "crop"}
        assert kept["data"] == {
            "fit": "crop",
            "interpolation": "bicubic",
            "resize": 0,
            "max_patches": 0,
            "reduced_jpeg": True,
        }
        assert kept["model"]["image"]["mean"] == kept["model"]["image"]["deviation"] == [0.5] * 3
        assert kept["prompts"] == {"query": "", "document": ""}
        assert json.loads(kept["tokenizer"]["tokenizer.json"])["model"]["type"] == "BPE"
        assert json.loads(json.dumps(kept)) == kept

    def test_is_enough_to_read_pictures_and_texts_as_in_training(
        self, scenes_root, sources, tmp_path
    ):
        flags = (
            "--config.data.fit=naflex",
            "--config.data.max_patches=9",
            "--config.data.interpolation=bilinear",
            "--config.tokenizer.query_prompt=query: ",
        )
        config = tiny_config(scenes_root, *flags)
        tokenizer = workdir.tokenizer(tmp_path, config, sources)
        labels = workdir.labels(tmp_path, sources)
        transitions = workdir.transitions(tmp_path, config, sources, tokenizer, labels)
        kept = workdir.preprocessing(tmp_path, config, labels, transitions)
        assert json.loads(json.dumps(kept)) == kept
        picture = next(scenes_root.rglob("*.png"))
        size, patch = (kept["model"]["image"][name] for name in ("size", "patch"))
        found = ImageReader(size, patch=patch, **kept["data"]).read(picture)
        expected = ImageReader.of(config.model.image, config.data).read(picture)
        np.testing.assert_equal(found, expected)
        assert Prompts(**kept["prompts"]) == Prompts("query: ", "")

    def test_counts_transitions_behind_the_prompt(self, scenes_root, sources, tmp_path):
        short = "--config.evaluation.max_length=6"  # of which the prompt leaves less to count
        bare = tiny_config(scenes_root, short)
        prompted = tiny_config(scenes_root, short, "--config.tokenizer.query_prompt=query: ")
        tokenizer = workdir.tokenizer(tmp_path, bare, sources)
        labels = workdir.labels(tmp_path, sources)
        totals = []
        for name, config in {"bare": bare, "prompted": prompted}.items():
            (tmp_path / name).mkdir()
            found = workdir.transitions(tmp_path / name, config, sources, tokenizer, labels)
            totals.append(found.counts.sum())
        assert totals[1] < totals[0]


def test_stage_directories_are_numbered(config):
    directories = [workdir.stage_directory(Path("w"), config, name) for name in config.stage_order]
    assert directories == [Path(f"w/stages/{name}") for name in ("01_text", "02_nlu", "03_joint")]
