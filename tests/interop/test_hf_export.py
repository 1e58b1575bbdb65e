"""Towers that transformers loads as its own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import transformers
from flax.traverse_util import flatten_dict
from safetensors.numpy import load_file

from tests.interop.pretrained import (
    IMAGES,
    TEXT,
    OurImages,
    OurText,
    random_model,
    saved,
    with_tower,
)
from unimr_jax import config as configs
from unimr_jax.config import to_dict
from unimr_jax.interop import hf_export
from unimr_jax.interop.parameters import by_layer

PAD = {"bert": 0, "xlm_roberta": 1, "modernbert": 0}


def settings_of(model, tower: str) -> dict:
    """A tower's section of the config that it was built of."""
    module, fields = getattr(model, tower), to_dict(hf_export.TOWERS[tower]())
    own = {name: getattr(module, name) for name in fields}
    return own | {"block": dict(module.block)}


def exported(ours, tower: str, directory, pad_id: int = 0) -> str:
    """Writes the tower; returns the family's name."""
    settings = settings_of(ours.model, tower)
    family = hf_export.family_for(tower, settings, pad_id)
    special = {"pad_token_id": pad_id} if tower == "text" else {}
    hf_export.write_tower(directory, family, settings, by_layer(ours.params), special)
    return family.model_type


def loaded(directory) -> torch.nn.Module:
    """Without a parameter that the directory lacks, but for BERT's own head."""
    model, info = transformers.AutoModel.from_pretrained(directory, output_loading_info=True)
    assert not [name for name in info["missing_keys"] if not name.startswith("pooler.")]
    assert not info["unexpected_keys"] and not info["mismatched_keys"]
    return model.eval()


@pytest.mark.parametrize("scan", [False, True], ids=["layer by layer", "scan"])
@pytest.mark.parametrize("name", TEXT)
def test_a_text_tower_comes_back_as_it_came(name, scan, tmp_path):
    if scan and name == "modernbert":
        pytest.skip("its layers differ from one another, so that none scans them")
    original = random_model(name)
    ours = OurText(saved(original, tmp_path / "original"), scan_layers=scan)
    (tmp_path / "again").mkdir()
    assert exported(ours, "text", tmp_path / "again", PAD[name]) == original.config.model_type
    again = loaded(tmp_path / "again")
    tokens = torch.arange(3, 15).reshape(2, 6)
    mask = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0]])
    inputs = {"input_ids": tokens * mask + PAD[name] * (1 - mask), "attention_mask": mask}
    with torch.no_grad():
        expected = original(**inputs).last_hidden_state
        found = again(**inputs).last_hidden_state
    seen = mask.bool()
    np.testing.assert_allclose(found[seen], expected[seen], atol=1e-5)


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_tower_comes_back_as_it_came(name, tmp_path):
    original = random_model(name)
    ours = OurImages(saved(original, tmp_path / "original"))
    (tmp_path / "again").mkdir()
    exported(ours, "image", tmp_path / "again")
    again = loaded(tmp_path / "again")
    tensors = flatten_dict(by_layer(ours.params), sep="/")
    pixels = torch.randn(2, 3, 32, 32)
    inputs = {"pixel_values": pixels}
    if name == "siglip2":
        pixels = pixels.reshape(2, 3, 4, 8, 4, 8).permute(0, 2, 4, 3, 5, 1).reshape(2, 16, -1)
        shapes = torch.tensor([[4, 4], [4, 4]])
        ones = torch.ones(2, 16).long()
        inputs = {"pixel_values": pixels, "pixel_attention_mask": ones, "spatial_shapes": shapes}
    with torch.no_grad():
        expected, found = (
            getattr(model, "vision_model", model)(**inputs).pooler_output
            for model in (original, again)
        )
    np.testing.assert_allclose(found, expected, atol=1e-5)
    projection = load_file(tmp_path / "again" / hf_export.PROJECTION)
    np.testing.assert_array_equal(projection["weight"].T, tensors["image_projection/kernel"])


@pytest.mark.parametrize("tower", ["text", "image"])
def test_a_tower_of_our_own_is_none_of_theirs(tower):
    settings = to_dict(hf_export.TOWERS[tower]())
    assert hf_export.family_for(tower, settings) is None


def test_a_change_to_a_setting_that_they_lack_makes_it_ours(tmp_path):
    weights = saved(random_model("bert"), tmp_path)
    settings = settings_of(with_tower(weights, "text"), "text")
    assert hf_export.family_for("text", settings).model_type == "bert"
    assert hf_export.family_for("text", settings | {"window": 3}) is None
    gated = settings | {"block": settings["block"] | {"gated_mlp": True}}
    assert hf_export.family_for("text", gated) is None
    assert configs.TextTower().pooling == "mean"
    assert hf_export.family_for("text", settings | {"pooling": "cls"}) is not None
    assert hf_export.family_for("text", settings | {"embedding_deviation": 0.1}) is not None


def test_without_a_window_all_layers_see_all(tmp_path):
    """A window of 0 is none here, and there hides a token's neighbours."""
    weights = saved(random_model("modernbert"), tmp_path)
    settings = settings_of(with_tower(weights, "text"), "text") | {"window": 0}
    assert hf_export.family_for("text", settings) is None
    family = hf_export.family_for("text", settings | {"global_every": 1})
    (tmp_path / "again").mkdir()
    ours = OurText(weights, window=0, global_every=1)
    special = {"pad_token_id": 0}
    hf_export.write_tower(tmp_path / "again", family, settings, by_layer(ours.params), special)
    assert set(loaded(tmp_path / "again").config.layer_types) == {"full_attention"}


@pytest.mark.parametrize(
    "fit, resampling, name",
    [
        ("naflex", "bilinear", "siglip2_vision_model"),
        ("naflex", "bicubic", None),
        ("crop", "bilinear", "siglip_vision_model"),  # at the one size that it has, all alike
        ("stretch", "bicubic", "siglip_vision_model"),
    ],
)
def test_patches_and_squares_go_to_architectures_of_their_own(tmp_path, fit, resampling, name):
    settings = settings_of(with_tower(saved(random_model("siglip"), tmp_path), "image"), "image")
    family = hf_export.family_for("image", settings | {"resampling": resampling}, fit=fit)
    assert (family and family.model_type) == name
