"""Weights found in whatever files they lie, and what is said when they do not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np
import pytest
import torch
import transformers
from jax.sharding import NamedSharding, PartitionSpec

from tests.interop.pretrained import (
    IMAGE,
    MLP,
    SIZES,
    TEXT_SIZES,
    OurImages,
    OurText,
    random_model,
    saved,
    shapes,
    with_tower,
)
from unimr_jax.errors import UserError
from unimr_jax.interop import load, tower_settings, weights
from unimr_jax.interop.weights import Weights

FIRST_KERNEL = "text/blocks_0/attention/qkv/kernel"


def params_of(found: Weights, tower: str = "text", ignore: str = "", **settings) -> load.Flat:
    return load.load_tower(found, shapes(with_tower(found, tower, **settings), tower), ignore)


def assert_equal(found: load.Flat, expected: load.Flat, **tolerance: float) -> None:
    assert found.keys() == expected.keys()
    for path, x in expected.items():
        np.testing.assert_allclose(found[path], x, **tolerance, err_msg=path)


@pytest.fixture(scope="module")
def bert(tmp_path_factory) -> tuple[torch.nn.Module, load.Flat]:
    model = random_model("bert")
    return model, params_of(saved(model, tmp_path_factory.mktemp("bert")))


class TestFiles:
    def test_in_several(self, bert, tmp_path):
        found = saved(bert[0], tmp_path, max_shard_size="20KB")
        assert len(list(tmp_path.glob("*.safetensors"))) > 2
        assert_equal(params_of(found), bert[1])

    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
    def test_of_half_the_width(self, bert, tmp_path, dtype):
        model = random_model("bert").to(dtype)
        found = params_of(saved(model, tmp_path))
        assert found[FIRST_KERNEL].dtype == np.float32
        assert_equal(found, bert[1], atol=0.02)
        assert np.any(found[FIRST_KERNEL] != bert[1][FIRST_KERNEL])

    def test_in_a_scan(self, bert, tmp_path):
        found = params_of(saved(bert[0], tmp_path), scan_layers=True)
        kernels = [bert[1][FIRST_KERNEL.replace("0", str(i))] for i in range(2)]
        np.testing.assert_array_equal(found["text/blocks/attention/qkv/kernel"], kernels)


def masked_lm() -> torch.nn.Module:
    return transformers.BertForMaskedLM(transformers.BertConfig(**TEXT_SIZES, **MLP))


def xlmr_masked_lm() -> torch.nn.Module:
    return transformers.XLMRobertaForMaskedLM(transformers.XLMRobertaConfig(**TEXT_SIZES, **MLP))


def both_towers(model: type, config: type) -> torch.nn.Module:
    text = SIZES | MLP | {"vocab_size": 99, "eos_token_id": 98}
    return model(config(text_config=text, vision_config=IMAGE))


# With heads, with another tower, and so with a prefix before every name.
WHOLE_MODELS: dict[str, tuple[str, Callable[[], torch.nn.Module], Callable]] = {
    "bert": ("text", masked_lm, lambda model: model.bert),
    "roberta": ("text", xlmr_masked_lm, lambda model: model.roberta),
    "clip": (
        "image",
        lambda: both_towers(transformers.CLIPModel, transformers.CLIPConfig),
        lambda model: model.vision_model,
    ),
    "siglip": (
        "image",
        lambda: both_towers(transformers.SiglipModel, transformers.SiglipConfig),
        lambda model: model.vision_model,
    ),
}


@pytest.mark.parametrize("name", WHOLE_MODELS)
def test_of_a_model_of_more_than_the_tower(name, tmp_path):
    tower, make, part = WHOLE_MODELS[name]
    model = make()
    whole = params_of(saved(model, tmp_path / "whole"), tower)
    alone = part(model)
    if name == "clip":
        alone = transformers.CLIPVisionModel(model.config.vision_config)
        alone.load_state_dict(model.vision_model.state_dict(), strict=False)
    expected = params_of(saved(alone, tmp_path / "alone"), tower)
    of_tower = {path: x for path, x in whole.items() if path.startswith(f"{tower}/")}
    assert_equal(of_tower, {path: expected[path] for path in of_tower})


class Spy:
    """A tensor that remembers how much of it was read at once."""

    def __init__(self, array: np.ndarray):
        self._array, self.shape, self.largest = array, array.shape, 0

    def __getitem__(self, index):
        part = self._array[index]
        self.largest = max(self.largest, part.size)
        return part


def test_a_device_reads_what_it_holds():
    mesh = jax.make_mesh((2, 4), ("a", "b"), axis_types=(jax.sharding.AxisType.Auto,) * 2)
    array = np.arange(64, dtype=np.float32).reshape(8, 8)
    spy = Spy(array)
    sharding = NamedSharding(mesh, PartitionSpec("b", "a"))
    found = load.placed(spy, jax.ShapeDtypeStruct((8, 8), np.float32, sharding=sharding))
    np.testing.assert_array_equal(found, array)
    assert spy.largest == 64 // 8


# ---- what does not fit -------------------------------------------------------------------------


def edited(found: Weights, **entries) -> Weights:
    path = found.directory / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))
    return Weights(found.directory)


class TestMisfits:
    @pytest.fixture
    def saved_bert(self, bert, tmp_path) -> Weights:
        return saved(bert[0], tmp_path)

    def test_a_family_without_a_table(self, tmp_path):
        config = transformers.T5Config(d_model=8, num_layers=1, num_heads=2)
        config.save_pretrained(tmp_path)
        with pytest.raises(UserError, match=r"config\.json: model_type 't5' is of no family.*bert"):
            tower_settings.family_of(Weights(tmp_path), "text")

    def test_the_other_tower(self, saved_bert):
        with pytest.raises(UserError, match="'bert' has no image tower.*--tower=text"):
            tower_settings.family_of(saved_bert, "image")

    def test_what_blocks_cannot_do(self, saved_bert):
        found = edited(saved_bert, hidden_act="swish")
        with pytest.raises(UserError, match=r"config\.json: hidden_act='swish' is not supported"):
            tower_settings.needed(found, tower_settings.family_of(found, "text"))

    def test_missing(self, saved_bert):
        found = edited(saved_bert, num_hidden_layers=3)
        with pytest.raises(UserError, match=r"nothing for blocks_2/\S+ \(encoder\.layer\.2\S+\)"):
            params_of(found)
        assert FIRST_KERNEL in params_of(found, ignore=r"blocks_2/.*")

    def test_left_over(self, saved_bert):
        found = edited(saved_bert, num_hidden_layers=1)
        with pytest.raises(UserError, match=r"of no use here: encoder\.layer\.1\S+.* and 11 more"):
            params_of(found)
        assert FIRST_KERNEL in params_of(found, ignore=r"encoder\.layer\.1\..*")

    def test_another_shape(self, saved_bert):
        found = edited(saved_bert, intermediate_size=50)
        with pytest.raises(UserError, match=r"blocks_0/mlp/up/\w+ \(is .*48\] and should be .*50"):
            params_of(found)

    def test_another_shape_may_stay_as_it_was(self, saved_bert):
        found = edited(saved_bert, intermediate_size=50)
        kept = params_of(found, ignore=r"blocks_\d/mlp/.*")
        assert FIRST_KERNEL in kept and "text/blocks_0/mlp/up/kernel" not in kept

    def test_more_tokens_than_vectors(self, saved_bert):
        like = shapes(with_tower(saved_bert, "text"), "text")
        table = "text/embedding/embedding"
        shape = (41, 32)
        like[table] = jax.ShapeDtypeStruct(shape, np.float32, sharding=like[table].sharding)
        with pytest.raises(UserError, match=r"is \[40, 32\].*\[41, 32\] for the tokenizer's"):
            load.load_tower(saved_bert, like)

    def test_more_vectors_than_tokens(self, saved_bert, bert):
        """Tables are padded to round numbers."""
        like = shapes(with_tower(saved_bert, "text"), "text")
        table = "text/embedding/embedding"
        like[table] = jax.ShapeDtypeStruct((37, 32), np.float32, sharding=like[table].sharding)
        found = load.load_tower(saved_bert, like)
        np.testing.assert_array_equal(found[table], bert[1][table][:37])

    def test_the_wrong_tokenizer(self, saved_bert, monkeypatch):
        """Of a table with far more vectors than tokens no padding is the reason."""
        monkeypatch.setattr(load, "PADDING", 3)
        like = shapes(with_tower(saved_bert, "text"), "text")
        table = "text/embedding/embedding"
        like[table] = jax.ShapeDtypeStruct((36, 32), np.float32, sharding=like[table].sharding)
        with pytest.raises(UserError, match=r"is \[40, 32\].*\[36, 32\] for the tokenizer's"):
            load.load_tower(saved_bert, like)


class TestBrokenFiles:
    def test_truncated(self, bert, tmp_path):
        saved(bert[0], tmp_path)
        file = tmp_path / "model.safetensors"
        file.write_bytes(file.read_bytes()[:-100])
        with pytest.raises(UserError, match=r"model\.safetensors: is no whole safetensors file"):
            params_of(Weights(tmp_path))

    def test_a_shard_that_is_not_there(self, bert, tmp_path):
        saved(bert[0], tmp_path, max_shard_size="20KB")
        gone = sorted(tmp_path.glob("*.safetensors"))[0]
        gone.unlink()
        with pytest.raises(UserError, match=rf"index\.json: lists {gone.name}"):
            params_of(Weights(tmp_path))

    def test_an_index_of_nothing(self, bert, tmp_path):
        saved(bert[0], tmp_path, max_shard_size="20KB")
        (tmp_path / "model.safetensors.index.json").write_text("{}")
        with pytest.raises(UserError, match=r"index\.json: has no weight_map"):
            params_of(Weights(tmp_path))

    def test_no_safetensors(self, tmp_path):
        transformers.BertConfig(**TEXT_SIZES, **MLP).save_pretrained(tmp_path)
        (tmp_path / "pytorch_model.bin").touch()
        with pytest.raises(UserError, match=r"neither model\.safetensors nor .*save_pretrained"):
            params_of(Weights(tmp_path))

    def test_no_config(self, tmp_path):
        with pytest.raises(UserError, match=r"config\.json: cannot be read"):
            tower_settings.family_of(Weights(tmp_path), "text")


def test_a_hub_name_without_network(monkeypatch):
    """The hub's own client says so; nothing is guessed."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UserError, match="'org/model' is no directory.*check the name and the net"):
        weights.find("org/model")


def test_a_directory_is_not_looked_up(tmp_path: Path):
    assert weights.find(str(tmp_path)).directory == tmp_path


def test_an_older_modernbert_config(tmp_path):
    """Before transformers 5 the bases of rotations had names of their own."""
    old = {
        "model_type": "modernbert",
        **TEXT_SIZES,
        **MLP,
        "num_hidden_layers": 7,
        "global_attn_every_n_layers": 2,
        "global_rope_theta": 1000.0,
        "local_rope_theta": 100.0,
        "local_attention": 8,
    }
    (tmp_path / "config.json").write_text(json.dumps(old))
    found = Weights(tmp_path)
    settings = tower_settings.needed(found, tower_settings.family_of(found, "text"))
    expected = {"rotary_base": 1000.0, "local_rotary_base": 100.0, "window": 4, "global_every": 2}
    assert settings.items() >= expected.items()


def test_prefixes_of_both_kinds_give_the_same_pictures(tmp_path):
    """What stands before the names changes nothing but the names."""
    model = random_model("siglip")
    ours = OurImages(saved(model, tmp_path / "plain"))
    state = {f"vision_model.{name}": x for name, x in model.state_dict().items()}
    saved(model, tmp_path / "prefixed", state_dict=state)
    again = OurImages(Weights(tmp_path / "prefixed"))
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    np.testing.assert_array_equal(ours(ours.params, images), again(again.params, images))


def test_pooling_as_sentence_transformers_has_it(bert, tmp_path):
    found = saved(bert[0], tmp_path)
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling/config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    tokens, mask = np.array([[3, 4, 5]], np.int32), np.array([[True, True, True]])
    ours = OurText(found)
    states, pooled = ours(ours.params, tokens, mask)
    np.testing.assert_array_equal(pooled[0], states[0, 0])
