"""Where a stage's parameters come from, besides the stage before: `init_from`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from flax.traverse_util import flatten_dict, unflatten_dict

from unimr_jax.config import Model, Stage, to_dict
from unimr_jax.errors import UserError
from unimr_jax.interop import load, processors, tower_settings
from unimr_jax.interop.importing import SETTINGS, brings
from unimr_jax.interop.weights import Weights, find
from unimr_jax.models.adapters import ADAPTER
from unimr_jax.training import checkpoint, logs
from unimr_jax.whole import read_json

Params = dict[str, Any]  # a tree


def check(stage: Stage, key: str, workdir: Path) -> None:
    """Finds a source that is not there before anything trains, not when the stage begins.

    What lies in the run's own `workdir` may still come, and a name on the hub is asked for later.

    Raises:
      UserError: as said, with the config's `key` of the stage.
    """
    for source in _sources(stage):
        path = Path(source)
        if stages := sorted(path.glob("stages/*")):
            found = ", ".join(each.name for each in stages)
            raise UserError(
                f"{key}.init_from={source}: is a whole run; name one of its stages: {found}"
            )
        if not is_pretrained(source) and not path.absolute().is_relative_to(workdir.absolute()):
            checkpoint.latest(path)


def bring(stage: Stage, model: Model, params: Params) -> Params:
    """The parameters with all that the sources of `stage.init_from` bring, one after the other.

    A source is a stage or a checkpoint in one, the directory of an `import`, or pretrained
    weights: a directory as transformers saves it, or a name on the Hugging Face hub, of which each
    process reads only what its devices hold.

    Raises:
      UserError: a source is not there, or does not fit the model.
      CheckpointError: a checkpoint cannot be read.
    """
    for source in _sources(stage):
        params = _bring(source, stage, model, params)
    return params


def _sources(stage: Stage) -> list[str]:
    return list(filter(None, map(str.strip, stage.init_from.split(","))))


def _bring(source: str, stage: Stage, model: Model, params: Params) -> Params:
    if is_pretrained(source):
        return _from_pretrained(find(source), stage, model, params)
    directory, include = Path(source), stage.init_include
    if (settings := directory / SETTINGS).exists():
        imported = read_json(settings)
        if not isinstance(imported, dict) or not {"model", "brings"} <= imported.keys():
            raise UserError(f"{settings}: is none that `import` writes; run import again")
        _check(source, imported["model"], model)
        include = _of_tower(imported["brings"], stage)
    return checkpoint.load_params(directory, params, include)


def _check(source: str, needed: dict[str, Any], model: Model) -> None:
    """Of an import or of weights: `needed` has one tower, and the embedding's width."""
    for tower in needed.keys() & {"text", "image"}:
        given = to_dict(getattr(model, tower))
        tower_settings.check_settings(source, tower, needed[tower], given)
        for key, theirs, ours in tower_settings.departures(tower, needed[tower], given):
            logs.console.print(
                f"{source}: was trained with {theirs!r} for {key}, which is {ours!r} here",
                soft_wrap=True,
                highlight=False,
            )


def is_pretrained(source: str) -> bool:
    """In the layout of transformers, or, where there is no such path, a name like "org/model"."""
    path = Path(source)
    if path.exists():
        return (path / "config.json").exists() and not checkpoint.steps_of(path)
    return re.fullmatch(r"[\w-][\w.-]*(/[\w.-]+)?", source) is not None


def _normalisation(weights: Weights, tower: str) -> dict[str, Any]:
    """Of pictures, as far as an image processor that we know tells it."""
    try:
        found = processors.settings_in(weights.directory) if tower == "image" else None
    except UserError as error:
        logs.console.print(f"{error}; so it is not compared", soft_wrap=True, highlight=False)
        return {}
    return {name: found["image"][name] for name in ("mean", "deviation")} if found else {}


def _of_tower(extent: str, stage: Stage) -> str:
    """Regex over what a pretrained tower brings: adapters are the stage's own."""
    return _both(rf"(?!.*/{ADAPTER}\Z)(?:{extent})", stage.init_include)


def _both(first: str, second: str) -> str:
    """Matches in full what both do."""
    return rf"(?=(?:{first})\Z)(?:{second})"


def _from_pretrained(weights: Weights, stage: Stage, model: Model, params: Params) -> Params:
    tower = tower_settings.tower_of(weights)
    family = tower_settings.family_of(weights, tower)
    settings = tower_settings.needed(weights, family) | _normalisation(weights, tower)
    _check(str(weights.directory), {tower: settings}, model)
    flat = flatten_dict(params, sep="/")
    include = _of_tower(brings(tower), stage)
    like = {path: x for path, x in flat.items() if re.fullmatch(include, path)}
    return unflatten_dict(flat | load.load_tower(weights, like, stage.init_ignore), sep="/")
