"""What a run knows of the model that came out of it, for its card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from flax.traverse_util import flatten_dict

from unimr_jax.config import Config, Stage, Task
from unimr_jax.data.datasets import data_set_directory
from unimr_jax.data.record import shown
from unimr_jax.data.sources.description import FILE
from unimr_jax.data.sources.directory import Directory
from unimr_jax.errors import UserError
from unimr_jax.training import checkpoint, workdir
from unimr_jax.whole import read_json

PARTS = {  # modules of the model, by what the card calls them
    "image tower": ("image", "image_projection"),
    "text tower": ("text", "text_projection"),
    "NLU head and fusion": ("nlu", "fuse", "films"),
}


class DataSet(NamedTuple):
    """As its dataset.json has it; empty where that is silent, or no longer there."""

    name: str
    languages: tuple[str, ...]
    licence: str
    source: str


class StageDone(NamedTuple):
    name: str
    steps: int | None  # None: exported before it was done
    params_sha256: str
    tasks: Mapping[str, Task]
    init_from: str


class Measured(NamedTuple):
    """What `evaluate` found, and of what: data, split, stage …"""

    metrics: Mapping[str, float]
    facts: Mapping[str, str]


def data_sets(config: Config, run: Path, stages: list[StageDone]) -> list[DataSet]:
    """Those that the stages were trained on, by name."""
    names = {name for stage in stages for task in stage.tasks.values() for name in task.datasets}
    return [_data_set(data_set_directory(config.data, run, name)) for name in sorted(names)]


def _data_set(directory: Directory) -> DataSet:
    about = _json(directory.file(FILE)) or {}
    licence, source = (str(about.get(key, "")) for key in ("licence", "source"))
    tags = sorted(map(str, about.get("languages", ())))
    return DataSet(directory.name, tuple(tags), licence, source)


def languages(of: list[DataSet]) -> list[str]:
    """Every language of the data sets, sorted."""
    return sorted({tag for data_set in of for tag in data_set.languages})


def stages(config: Config, run: Path, last: str) -> list[StageDone]:
    """The stages up to the last, in order."""
    names = config.stage_order[: config.stage_order.index(last) + 1]
    return [
        _stage(name, config.stages[name], workdir.stage_directory(run, config, name))
        for name in names
    ]


def _stage(name: str, stage: Stage, directory: Path) -> StageDone:
    done = _json(directory / checkpoint.DONE) or {"step": None, "params_sha256": ""}
    return StageDone(name, done["step"], done["params_sha256"], stage.tasks, stage.init_from)


def measured(run: Path, stage: str) -> Measured | None:
    """The run's report, if it is one of this stage."""
    metrics, facts = (_json(run / "report" / name) for name in ("metrics.json", "facts.json"))
    if metrics is None or facts is None or facts["stage"] != stage:
        return None
    return Measured(metrics, facts)


def sizes(params: dict[str, Any]) -> dict[str, int]:
    """Parameters of each of PARTS."""
    of_modules = Counter()
    for path, x in flatten_dict(params, sep="/").items():
        of_modules[path.split("/")[0]] += int(np.prod(x.shape))
    return {part: sum(of_modules[name] for name in names) for part, names in PARTS.items()}


def _json(path: Path) -> dict[str, Any] | None:
    """None where there is no such file."""
    found = read_json(path) if path.is_file() else None
    if not isinstance(found, dict | None):
        raise UserError(f"{path}: found {shown(found)}, not a JSON object; mend or remove it")
    return found
