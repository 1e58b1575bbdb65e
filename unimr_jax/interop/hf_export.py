"""A tower as a directory of transformers' own: one that its `AutoModel` loads without our code.

It holds the tower as far as its pooling. The linear layer that turns pooled states into embeddings
lies beside it as projection.safetensors (weight and bias as `torch.nn.Linear` has them).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from unimr_jax import config as configs
from unimr_jax.config import to_dict
from unimr_jax.interop import load, tower_settings
from unimr_jax.interop.families import FAMILIES, Family
from unimr_jax.interop.names import Arrays
from unimr_jax.interop.parameters import write_tensors
from unimr_jax.whole import write_json

WEIGHTS, PROJECTION = "model.safetensors", "projection.safetensors"
TOWERS = {"text": configs.TextTower, "image": configs.ImageTower}


def family_for(
    tower: str, settings: Mapping[str, Any], pad_id: int = 0, fit: str = ""
) -> Family | None:
    """The family whose architecture computes exactly what a tower of these settings does, or None.

    Args:
      tower: "text" or "image".
      settings: its section of `config.model`. Pooling is no part of a text encoder.
      pad_id: the tokenizer's; RoBERTa counts positions from it.
      fit: `config.data.fit` of an image tower, whose processor gives patches or squares; "": any.
    """
    ours = tower_settings.what_counts(settings, tower)
    of_fit = (f for f in reversed(FAMILIES) if not fit or f.patches == (fit == "naflex"))
    families = (f for f in of_fit if f.tower == tower)
    return next((f for f in families if _holds(f, ours, pad_id)), None)


def _holds(family: Family, ours: load.Flat, pad_id: int) -> bool:
    if family.required.get("pad_token_id", pad_id) != pad_id:
        return False
    if not family.patches:  # positions are for pictures of the one size, so never resampled
        ours = {**ours, **_resampling_of(family)}
    if any(ours[name] != value for name, value in family.constants.items()):
        return False
    there_and_back = tower_settings.settings_from(family, _nested_config(family, ours))
    defaults = tower_settings.what_counts(to_dict(TOWERS[family.tower]()), family.tower)
    again = defaults | there_and_back
    return all(again[name] == value for name, value in ours.items())


def _resampling_of(family: Family) -> dict[str, Any]:
    return {name: value for name, value in family.constants.items() if name == "resampling"}


def _nested_config(family: Family, ours: load.Flat) -> dict[str, Any]:
    entries = {s.entry: s.theirs(ours[name], ours) for name, s in family.settings.items()}
    return tower_settings.nested(dict(family.required) | entries)


def write_tower(
    directory: Path,
    family: Family,
    settings: Mapping[str, Any],
    params: load.Flat,
    special_ids: Mapping[str, int],
) -> None:
    """Writes config.json and weights into an existing directory.

    Args:
      family: as `family_for` found it.
      settings: the tower's section of `config.model`.
      params: float32, by path, of a layer each: those under the tower's name and its projection's.
      special_ids: of a text tower's tokenizer, `pad_token_id` and others.
    """
    tower = family.tower
    of_tower = {
        p.removeprefix(f"{tower}/"): x for p, x in params.items() if p.startswith(f"{tower}/")
    }
    sizes = {"vocab_size": len(of_tower[load.VOCABULARY])} if tower == "text" else {}
    config = _nested_config(family, tower_settings.what_counts(settings, tower)) | {
        "model_type": family.model_type,
        "architectures": [family.architecture],
        "dtype": "float32",
        **family.written,
        **sizes,
        **special_ids,
    }
    write_json(directory / "config.json", config)
    write_tensors(directory / WEIGHTS, tensors_of(family, of_tower))
    kernel, bias = (params[f"{tower}_projection/{name}"] for name in ("kernel", "bias"))
    write_tensors(directory / PROJECTION, {"weight": kernel.T, "bias": bias})


def tensors_of(family: Family, params: load.Flat) -> Arrays:
    """A tower's parameters, by path, as the tensors of a family."""
    modules: dict[str, Arrays] = {}
    for path, x in params.items():
        module, _, name = path.rpartition("/")
        modules.setdefault(module, {})[name] = x
    tensors: Arrays = {}
    for module, own in modules.items():
        tensors |= _written(family, module, own)
    return tensors


def _written(family: Family, module: str, params: Arrays) -> Arrays:
    entry, layer = family.entry(module)
    written = entry.write(params).items()
    return {name.replace("{i}", layer): np.asarray(x, np.float32) for name, x in written}
