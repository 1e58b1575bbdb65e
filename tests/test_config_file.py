"""Config files, their variants, and overrides on the command line."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from tests.runs import ROOT, TINY
from unimr_jax import config_file
from unimr_jax.config import Config, Model, parse, to_dict
from unimr_jax.errors import UserError
from unimr_jax.training import validation


def complaint(spec: str, *overrides: str) -> str:
    with pytest.raises(UserError) as error:
        config_file.load(spec, overrides)
    message = str(error.value)
    assert "\n" not in message
    return message


def variants(path: Path) -> list[str]:
    """As the file's own complaint about an unknown one lists them."""
    return complaint(f"{path}:!").rpartition("choose from: ")[2].split(", ")


CONFIGS = sorted((ROOT / "configs").glob("*.py"))
SPECS = [f"{path}:{variant}" for path in CONFIGS for variant in ["", *variants(path)]]


@pytest.fixture(scope="module")
def once_per_model():
    """Most variants have the model of another; to trace it is what takes long."""
    paths, known = validation._parameter_paths, {}

    def remembered(model: Model) -> list[str]:
        key = repr(model)
        known[key] = known.get(key) or paths(model)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validation, "_parameter_paths", remembered)
        yield


@pytest.mark.usefixtures("once_per_model")
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.rpartition("/")[2])
def test_every_config_and_variant_is_whole(spec):
    config = config_file.load(spec)
    validation.check(config)
    assert parse(json.loads(json.dumps(to_dict(config)))) == config


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_what_tries_a_config_out_needs_no_hub(path):
    small = [name for name in variants(path) if name in ("smoke", "tiny")]
    assert small
    for name in small:
        config = config_file.load(f"{path}:{name}")
        assert not config.tokenizer.name
        assert not any(stage.init_from for stage in config.stages.values())


@pytest.fixture
def config_at(tmp_path):
    """Writes a config file and returns its path."""

    def write(text: str, name: str = "mine.py") -> Path:
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        return path

    return write


def override(key: str, text: str) -> Config:
    return config_file.load(str(TINY), [f"--config.{key}={text}"])


class TestOverrides:
    def test_a_whole_number(self):
        assert override("stages.joint.steps", "50").stages["joint"].steps == 50

    @pytest.mark.parametrize("text, value", [("1e-3", 1e-3), ("2", 2.0), ("0.5", 0.5)])
    def test_a_float(self, text, value):
        rate = override("stages.text.optimizer.learning_rate", text)
        assert rate.stages["text"].optimizer.learning_rate == value

    @pytest.mark.parametrize("text, value", [("True", True), ("False", False)])
    def test_a_bool(self, text, value):
        assert override("data.augment.flip", text).data.augment.flip is value

    def test_a_tuple(self):
        config = override("evaluation.datasets", "('a','b')")
        assert config.evaluation.datasets == ("a", "b")

    def test_a_tuple_of_rules(self):
        config = override("stages.nlu.rules", "[('nlu/.*', 1, 1), ('.*', 0, 0)]")
        assert config.stages["nlu"].rules == (("nlu/.*", 1.0, 1.0), (".*", 0.0, 0.0))

    def test_none(self):
        config = override("model.temperatures.text_to_text.bias", "None")
        assert config.model.temperatures["text_to_text"].bias is None

    @pytest.mark.parametrize("text", ["mean", "2024", "1e-3", "True", "None", "", "a=b", "('a',)"])
    def test_a_string_is_taken_as_it_stands(self, text):
        """Whatever it looks like, and whether or not the file sets the key."""
        assert override("tokenizer.name", text).tokenizer.name == text
        assert override("model.image.pooling", text).model.image.pooling == text

    def test_a_dictionary(self):
        config = override("stages.text.tasks.text_to_image.datasets", "{'a': 1, 'b': 2.5}")
        assert config.stages["text"].tasks["text_to_image"].datasets == {"a": 1.0, "b": 2.5}

    def test_a_key_that_the_file_leaves_out(self):
        assert override("model.temperatures.query_to_text.init", "0.2").model.temperatures[
            "query_to_text"
        ].init == pytest.approx(0.2)

    def test_later_ones_win(self):
        config = config_file.load(str(TINY), ["--config.seed=1", "--config.seed=2"])
        assert config.seed == 2


class TestWrongOverrides:
    @pytest.mark.parametrize("flag", ["--config.seed", "--config.=3", "--config.", "config.seed=3"])
    def test_malformed(self, flag):
        assert complaint(str(TINY), flag) == f"{flag}: expected --config.KEY=VALUE"

    def test_a_literal_that_python_refuses(self):
        assert "config.seed must be int" in complaint(str(TINY), "--config.seed={[1]: 2}")

    def test_a_misspelt_key_is_suggested_the_nearest(self):
        message = complaint(str(TINY), "--config.stages.joint.stepz=3")
        assert message == "unknown key config.stages.joint.stepz; did you mean 'steps'?"

    def test_a_misspelt_stage(self):
        message = complaint(str(TINY), "--config.stages.jiont.steps=3")
        assert message.endswith("name each of config.stages once: joint, nlu, text, jiont")

    def test_a_key_inside_a_value(self):
        message = complaint(str(TINY), "--config.data.threads.deeper=3")
        assert message.endswith("deeper=3: 'threads' holds a value, not keys of its own")

    def test_a_wrong_type(self):
        message = complaint(str(TINY), "--config.seed=many")
        assert message == "config.seed must be int, found 'many'"


class TestWrongFiles:
    def test_missing(self):
        message = complaint("configs/nothing.py")
        assert message == "--config=configs/nothing.py: no such file; see configs/ for examples"

    def test_a_directory(self, tmp_path):
        assert complaint(str(tmp_path)).endswith("no such file; see configs/ for examples")

    def test_an_unknown_variant(self):
        assert complaint(f"{TINY}:gaet") == (
            f"--config={TINY}: no such variant 'gaet'; did you mean 'gate'?"
        )

    def test_without_get_config(self, config_at):
        path = config_at("x = 1")
        assert complaint(str(path)) == (
            f"--config={path}: the file must define get_config(variant)"
        )

    def test_that_is_not_python(self, config_at):
        path = config_at("x = 1\ny = = 2")
        assert complaint(str(path)) == f"--config={path}: line 2: invalid syntax; mend the file"

    def test_that_raises_while_read(self, config_at):
        path = config_at("import math\nx = {}['key']")
        assert complaint(str(path)) == f"--config={path}: line 2: KeyError: 'key'; mend the file"

    def test_that_raises_in_get_config(self, config_at):
        path = config_at("""
            def get_config(variant):
                return helper()

            def helper():
                return 1 / 0
        """)
        said = "line 6: ZeroDivisionError: division by zero; mend the file"
        assert complaint(str(path)) == f"--config={path}: {said}"

    def test_that_raises_far_from_the_file(self, config_at):
        path = config_at("import json\ndef get_config(variant):\n    json.loads('{')")
        assert f"--config={path}: line 3: JSONDecodeError: " in complaint(str(path))

    def test_whose_get_config_takes_no_variant(self, config_at):
        path = config_at("def get_config():\n    return {}")
        assert f"--config={path}: TypeError: get_config() takes 0 pos" in complaint(str(path))

    def test_that_imports_what_is_not_there(self, config_at):
        path = config_at("import not_to_be_found")
        assert f"{path}: line 1: ModuleNotFoundError: No module named" in complaint(str(path))

    @pytest.mark.parametrize("value", ["None", "3", "'text'"])
    def test_that_returns_no_config(self, config_at, value):
        path = config_at(f"def get_config(variant):\n    return {value}")
        assert complaint(str(path), "--config.seed=1") == (
            f"--config={path}: get_config must return a ConfigDict, found {value}"
        )

    def test_the_cause_is_kept_for_debugging(self, config_at):
        path = config_at("def get_config(variant):\n    raise RuntimeError('mine')")
        with pytest.raises(UserError) as error:
            config_file.load(str(path))
        assert isinstance(error.value.__cause__, RuntimeError)

    def test_a_plain_dictionary_will_do(self, config_at):
        path = config_at("""
            def get_config(variant):
                return {"stages": {}, "stage_order": (), "seed": 5}
        """)
        assert config_file.load(str(path)).seed == 5
