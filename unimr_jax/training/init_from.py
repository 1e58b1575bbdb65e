"""Where a stage's parameters come from, besides the stage before: `init_from`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from flax.traverse_util import flatten_dict, unflatten_dict

from unimr_jax.config import Stage
from unimr_jax.interop import load
from unimr_jax.interop.importing import SETTINGS, brings
from unimr_jax.interop.weights import Weights, find
from unimr_jax.training import checkpoint

Params = dict[str, Any]  # a tree


def bring(stage: Stage, params: Params) -> Params:
    """The parameters with all that the sources of `stage.init_from` bring, one after the other.

    A source is a stage or a checkpoint in one, the directory of an `import`, or pretrained
    weights: a directory as transformers saves it, or a name on the Hugging Face hub, of which each
    process reads only what its devices hold.

    Raises:
      UserError: a source is not there or does not fit.
      CheckpointError: a checkpoint cannot be read.
    """
    for source in stage.init_from.split(","):
        params = _bring(source.strip(), params, stage)
    return params


def _bring(source: str, params: Params, stage: Stage) -> Params:
    if is_pretrained(source):
        return _from_pretrained(find(source), params, stage)
    include = _both(_extent(Path(source)), stage.init_include)
    return checkpoint.load_params(Path(source), params, include)


def is_pretrained(source: str) -> bool:
    """In the layout of transformers, or, where there is no such path, a name like "org/model"."""
    path = Path(source)
    if path.exists():
        return (path / "config.json").exists() and not checkpoint.steps_of(path)
    return re.fullmatch(r"[\w-][\w.-]*(/[\w.-]+)?", source) is not None


def _extent(directory: Path) -> str:
    """Regex over the parameters that the source has: an import has one tower."""
    settings = directory / SETTINGS
    return json.loads(settings.read_text(encoding="utf-8"))["brings"] if settings.exists() else ".*"


def _both(first: str, second: str) -> str:
    """Matches in full what both do."""
    return rf"(?=(?:{first})\Z)(?:{second})"


def _from_pretrained(weights: Weights, params: Params, stage: Stage) -> Params:
    flat = flatten_dict(params, sep="/")
    extent = _both(brings(load.tower_of(weights)), stage.init_include)
    like = {path: x for path, x in flat.items() if re.fullmatch(extent, path)}
    return unflatten_dict(flat | load.load_tower(weights, like, stage.init_ignore), sep="/")
