"""The data sets that a config names, opened."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from unimr_jax.config import Config, Data
from unimr_jax.data.record import Record
from unimr_jax.data.sources import JsonlSource, open_split


def data_root(config: Data, workdir: Path) -> Path:
    return Path(config.root) if config.root else workdir / "data"


def generate_scenes(config: Config, workdir: Path) -> None:
    """Writes the embedded data set where the config asks for it; does nothing if it is there."""
    if config.data.scenes_size:
        from unimr_jax.data.scenes.generate import write_scenes

        write_scenes(workdir / "data" / "scenes", seed=config.seed, size=config.data.scenes_size)


def training_sources(config: Config, workdir: Path) -> dict[str, JsonlSource]:
    """The train split of every data set that a stage's tasks name."""
    names = _training_names(config)
    return {name: _open(config.data, workdir, name, "train") for name in names}


def training_descriptions(config: Config, workdir: Path) -> dict[str, dict[str, Any]]:
    """dataset.json of every data set that a stage's tasks name and that is still there."""
    root = data_root(config.data, workdir)
    files = {name: root / name / "dataset.json" for name in _training_names(config)}
    return {
        name: json.loads(file.read_text("utf-8")) for name, file in files.items() if file.is_file()
    }


def _training_names(config: Config) -> list[str]:
    tasks = [task for stage in config.stages.values() for task in stage.tasks.values()]
    return sorted({name for task in tasks for name in task.datasets})


def evaluation_sources(
    config: Config, workdir: Path, names: Iterable[str], split: str
) -> dict[str, JsonlSource]:
    return {name: _open(config.data, workdir, name, split) for name in names}


def _open(data: Data, workdir: Path, name: str, split: str) -> JsonlSource:
    return open_split(
        data_root(data, workdir) / name,
        split,
        on_bad_record=data.on_bad_record,
        max_bad_fraction=data.max_bad_fraction,
    )


def merged_records(sources: dict[str, JsonlSource]) -> list[Record]:
    """All rows of all sources; images are given as full paths, so that they stay distinct."""
    return [
        replace(record, image=str(source.image_path(record))) if record.image else record
        for source in sources.values()
        for record in (source[i] for i in range(len(source)))
    ]
