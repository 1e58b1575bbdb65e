"""Where a stage's parameters come from."""

from __future__ import annotations

import json
import re
import shutil
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest
import transformers
from flax.traverse_util import flatten_dict
from safetensors.numpy import load_file, save_file

from tests.helpers import random_like
from tests.interop.pretrained import MLP, TEXT_SIZES, WIDTH, saved
from unimr_jax.__main__ import main
from unimr_jax.config import Model, Stage, parse, to_dict
from unimr_jax.data.tokenizer import train_tokenizer
from unimr_jax.errors import UserError
from unimr_jax.interop import tower_settings
from unimr_jax.interop.weights import WEIGHTS, Weights
from unimr_jax.models import unimr
from unimr_jax.training import init_from
from unimr_jax.whole import write_json


class Start(NamedTuple):
    """A model of random parameters, and weights for its text tower."""

    weights: Weights
    model: Model
    params: dict[str, Any]


@pytest.fixture(scope="module")
def start(tmp_path_factory) -> Start:
    directory = tmp_path_factory.mktemp("bert")
    vocabulary = train_tokenizer(["to be or not to be"] * 9, 300, directory).vocab_size
    sizes = TEXT_SIZES | MLP | {"vocab_size": vocabulary}
    weights = saved(transformers.BertModel(transformers.BertConfig(**sizes)), directory)
    text = tower_settings.needed(weights, tower_settings.family_of(weights, "text"))
    section = {"text": text, "embed_dim": WIDTH, "nlu": {"layer": 1}}
    model = parse({"stages": {}, "stage_order": (), "model": section}).model
    built = unimr.build(to_dict(model), vocabulary, intents=2, bio_labels=3)
    boxed = jax.eval_shape(lambda key: unimr.init(built, key), jax.random.key(0))
    return Start(weights, model, jax.tree.map(jax.device_put, random_like(boxed)))


@pytest.fixture(scope="module")
def imported(start, tmp_path_factory) -> str:
    output = tmp_path_factory.mktemp("imports") / "bert"
    model = f"--model={start.weights.directory}"
    assert main(["import", "--tower=text", model, f"--output={output}"]) == 0
    return str(output)


def brought(start: Start, source: str, **options: str) -> dict[str, np.ndarray]:
    stage = Stage(steps=1, tasks={}, init_from=source, **options)
    return flatten_dict(init_from.bring(stage, start.model, start.params), sep="/")


def changed(start: Start, after: dict[str, np.ndarray]) -> set[str]:
    """First parts of the paths of parameters that are not what they were."""
    before = flatten_dict(start.params, sep="/")
    return {path.split("/")[0] for path in before if not np.array_equal(before[path], after[path])}


def test_a_directory_of_transformers_brings_its_tower(start):
    after = brought(start, str(start.weights.directory))
    assert changed(start, after) == {"text", "text_projection"}
    np.testing.assert_array_equal(after["text_projection/kernel"], np.eye(WIDTH))
    words = start.weights.tensors["embeddings.word_embeddings.weight"]
    np.testing.assert_array_equal(after["text/embedding/embedding"], words[:, :])


def test_an_import_brings_the_same(start, imported):
    direct, after = brought(start, str(start.weights.directory)), brought(start, imported)
    for path, x in direct.items():
        np.testing.assert_array_equal(after[path], x, err_msg=path)


def test_a_part_of_it(start, imported):
    after = brought(start, imported, init_include="text/.*")
    assert changed(start, after) == {"text"}


def test_several_bring_one_after_the_other(start, imported):
    both = f"{start.weights.directory}, {imported},"
    assert changed(start, brought(start, both)) == {"text", "text_projection"}


def test_names_that_bert_had_first(start, tmp_path):
    """As in the files of bert-base-uncased."""
    shutil.copytree(start.weights.directory, tmp_path / "old")
    today = load_file(tmp_path / "old" / WEIGHTS)
    first = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    old = {re.sub("|".join(first), lambda m: first[m[0]], name): x for name, x in today.items()}
    assert old.keys() != today.keys()
    save_file(old, tmp_path / "old" / WEIGHTS)
    found, expected = (brought(start, str(d)) for d in (tmp_path / "old", start.weights.directory))
    assert all(np.array_equal(found[path], expected[path]) for path in expected)


class TestSentenceTransformers:
    """What stands beside the weights."""

    @pytest.fixture
    def directory(self, start, tmp_path):
        directory = shutil.copytree(start.weights.directory, tmp_path / "sentences")
        modules = {"": "Transformer", "1_Pooling": "Pooling", "2_Dense": "Dense"}
        entries = [
            {"path": p, "type": f"sentence_transformers.models.{k}"} for p, k in modules.items()
        ]
        write_json(directory / "modules.json", entries)
        (directory / "1_Pooling").mkdir()
        write_json(directory / "1_Pooling" / "config.json", {"pooling_mode_cls_token": True})
        prompts = {
            "prompts": {"query": "query: ", "passage": "passage: ", "sts": "x", "document": ""}
        }
        write_json(directory / "config_sentence_transformers.json", prompts)
        return directory

    def test_modules_behind_the_pooling_are_not_left_out_unasked(self, start, directory):
        with pytest.raises(UserError, match=r"modules that would be left out: 2_Dense \(Dense\)"):
            brought(start, str(directory))
        assert changed(start, brought(start, str(directory), init_ignore="2_Dense"))

    @pytest.mark.parametrize("name", ["modules.json", "config_sentence_transformers.json"])
    def test_a_spoilt_file_is_named(self, directory, tmp_path, capsys, name):
        write_json(directory / name, [3])
        flags = ["--tower=text", f"--model={directory}", "--ignore=2_Dense"]
        assert main(["import", *flags, f"--output={tmp_path / 'out'}"]) == 2
        assert f"{directory / name}: expected" in capsys.readouterr().err

    def test_another_pooling_is_said(self, start, directory, capsys):
        brought(start, str(directory), init_ignore="2_Dense")
        said = "was trained with 'cls' for config.model.text.pooling, which is 'mean' here\n"
        assert capsys.readouterr().err.endswith(said)

    def test_import_prints_the_prompts(self, directory, tmp_path, capsys):
        flags = ["--tower=text", f"--model={directory}", "--ignore=2_Dense"]
        assert main(["import", *flags, f"--output={tmp_path / 'out'}"]) == 0
        said = capsys.readouterr().out
        assert "config.model.text.pooling = 'cls'" in said
        assert "config.tokenizer.query_prompt = 'query: '" in said
        assert "config.tokenizer.document_prompt = 'passage: '" in said


@pytest.mark.parametrize("how", ["import", "directory"])
def test_adapters_stay_as_they_were_made(start, imported, how):
    source = imported if how == "import" else str(start.weights.directory)
    query = start.params["text"]["blocks_0"]["attention"]["qkv"]
    adapter = {name: np.ones((WIDTH, 2)) for name in ("lora_a", "lora_b")}
    params = jax.tree.map(lambda x: x, start.params)
    params["text"]["blocks_0"]["attention"]["qkv"] = query | adapter
    after = brought(start._replace(params=params), source)
    np.testing.assert_array_equal(after["text/blocks_0/attention/qkv/lora_a"], adapter["lora_a"])
    assert changed(start, after) == {"text", "text_projection"}


@pytest.mark.parametrize("how", ["import", "directory"])
def test_settings_that_the_weights_were_not_trained_with(start, imported, how):
    """They have the same shapes, so that nothing else would tell."""
    source = imported if how == "import" else str(start.weights.directory)
    text = to_dict(start.model.text)
    text["block"]["activation"] = "relu"
    section = {"text": text, "embed_dim": WIDTH, "nlu": {"layer": 1}}
    other = parse({"stages": {}, "stage_order": (), "model": section}).model
    with pytest.raises(UserError, match=r"text: block\.activation='relu' should be 'gelu' for the"):
        brought(start._replace(model=other), source)


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("org/model", True),
        ("model", True),
        ("runs/quick/stages/02_nlu", False),
        ("./model", False),
        ("/model", False),
    ],
)
def test_what_is_looked_up_on_the_hub(source, answer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert init_from.is_pretrained(source) is answer


def test_a_stage_that_is_not_there(start, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="no checkpoint there; train that stage"):
        brought(start, "runs/quick/stages/02_nlu")


class TestBeforeTraining:
    def check(self, source: str, workdir) -> None:
        init_from.check(Stage(steps=1, tasks={}, init_from=source), "config.stages.joint", workdir)

    def test_what_is_there_will_do(self, start, imported, tmp_path):
        self.check(f"{start.weights.directory}, {imported},{imported}/0", tmp_path)
        self.check("", tmp_path)

    def test_what_is_looked_up_later_will_do(self, tmp_path):
        self.check("org/model", tmp_path)
        self.check(f"{tmp_path}/run/stages/02_nlu", tmp_path / "run")

    def test_a_stage_that_is_not_there_will_not(self, imported, tmp_path):
        with pytest.raises(UserError, match=f"{tmp_path}/01_text: no checkpoint there"):
            self.check(f"{imported},{tmp_path}/01_text", tmp_path / "run")

    def test_a_whole_run_will_not(self, tmp_path):
        (tmp_path / "stages" / "01_text").mkdir(parents=True)
        (tmp_path / "config.json").write_text("{}")
        with pytest.raises(UserError, match="joint.init_from=.* is a whole run; .*: 01_text"):
            self.check(str(tmp_path), tmp_path / "run")


def test_an_import_whose_settings_are_none(start, tmp_path):
    (tmp_path / "settings.json").write_text("{}")
    with pytest.raises(UserError, match=r"settings\.json: is none that `import` writes"):
        brought(start, str(tmp_path))


# ---- the verb ----------------------------------------------------------------------------------


def test_import_prints_what_a_config_needs(start, tmp_path, capsys):
    output = tmp_path / "out"
    main(["import", "--tower=text", f"--model={start.weights.directory}", f"--output={output}"])
    shown = capsys.readouterr().out
    for line in (
        "config.model.embed_dim = 32",
        "config.model.text.block.norm_order = 'post'",
        "config.model.text.positions = 'learned'",
        f'config.tokenizer.name = "{output}/tokenizer"',
        f'config.stages.STAGE.init_from = "{output}"',
    ):
        assert line in shown


def test_import_of_pictures_brings_how_they_were_seen(tmp_path, capsys):
    """The processor cuts to half the size that the positions are for: they are resampled."""
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4, "mlp_ratio": 2}
    config = transformers.Dinov2Config(**sizes, image_size=32, patch_size=8)
    saved(transformers.Dinov2Model(config), tmp_path / "dino")
    transformers.BitImageProcessor(
        size={"shortest_edge": 20}, crop_size={"height": 16, "width": 16}
    ).save_pretrained(tmp_path / "dino")
    output = tmp_path / "out"
    flags = ["--tower=image", f"--model={tmp_path / 'dino'}", f"--output={output}"]
    assert main(["import", *flags]) == 0
    shown = capsys.readouterr().out
    assert "config.model.image.size = 16" in shown
    assert "config.data.resize = 20" in shown
    settings = json.loads((output / "settings.json").read_text())
    assert settings["model"]["image"]["size"] == 16
    assert "no processor" not in shown
    (tmp_path / "dino" / "preprocessor_config.json").unlink()
    assert main(["import", *flags[:2], f"--output={tmp_path / 'bare'}"]) == 0
    assert "config.model.image.mean = …" in capsys.readouterr().out


def refusal(capsys, *flags: str) -> str:
    capsys.readouterr()
    assert main(["import", *flags]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    return message


class TestRefusals:
    def test_an_output_that_is_there(self, start, imported, capsys):
        model = f"--model={start.weights.directory}"
        message = refusal(capsys, "--tower=text", model, f"--output={imported}")
        assert "there is something already" in message

    def test_an_image_tower_given_as_text(self, start, capsys, tmp_path):
        model = f"--model={start.weights.directory}"
        message = refusal(capsys, "--tower=image", model, f"--output={tmp_path / 'x'}")
        assert "'bert' has no image tower" in message

    def test_a_broken_regex(self, start, capsys, tmp_path):
        model = f"--model={start.weights.directory}"
        flags = "--tower=text", model, f"--output={tmp_path / 'x'}", "--ignore=("
        assert "--ignore='(' is not a regular expression" in refusal(capsys, *flags)

    def test_no_tokenizer(self, start, capsys, tmp_path):
        lonely = saved(
            transformers.BertModel(transformers.BertConfig(**TEXT_SIZES, **MLP)), tmp_path
        )
        flags = "--tower=text", f"--model={lonely.directory}", f"--output={tmp_path / 'x'}"
        assert f"{tmp_path}: has no tokenizer" in refusal(capsys, *flags)

    def test_a_truncated_file_leaves_nothing_behind(self, start, capsys, tmp_path):
        saved(transformers.CLIPVisionModel(clip_config()), tmp_path)
        file = tmp_path / "model.safetensors"
        file.write_bytes(file.read_bytes()[:-8])
        flags = "--tower=image", f"--model={tmp_path}", f"--output={tmp_path / 'x'}"
        assert "is no whole safetensors file" in refusal(capsys, *flags)
        assert not (tmp_path / "x").exists()


def clip_config() -> transformers.CLIPVisionConfig:
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4}
    return transformers.CLIPVisionConfig(**sizes, **MLP, image_size=32, patch_size=8)
