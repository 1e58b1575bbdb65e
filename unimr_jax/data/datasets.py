"""The data sets that a config names, opened."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from unimr_jax.config import Config, Data
from unimr_jax.data.pictures import Picture, picture_bytes
from unimr_jax.data.record import Record
from unimr_jax.data.sources import Source, open_split
from unimr_jax.data.sources.description import FILE
from unimr_jax.data.sources.directory import Directory, open_directory


def data_set_directory(data: Data, workdir: Path, name: str) -> Directory:
    root = data.root or str(workdir / "data")
    return open_directory(f"{root.rstrip('/')}/{name}")


def generate_scenes(config: Config, workdir: Path) -> None:
    """Writes the embedded data set where the config asks for it; does nothing if it is there."""
    size, test = config.data.scenes_size, config.data.scenes_test
    if size:
        from unimr_jax.data.scenes.generate import write_scenes

        write_scenes(workdir / "data" / "scenes", seed=config.seed, size=size, test=test)


def training_sources(config: Config, workdir: Path) -> dict[str, Source]:
    """The train split of every data set that a stage's tasks name."""
    names = _training_names(config)
    return {name: _open(config.data, workdir, name, "train") for name in names}


def training_descriptions(config: Config, workdir: Path) -> dict[str, dict[str, Any]]:
    """dataset.json of every data set that a stage's tasks name and that is still there."""
    directories = {
        name: data_set_directory(config.data, workdir, name) for name in _training_names(config)
    }
    files = {name: directory.file(FILE) for name, directory in directories.items()}
    return {
        name: json.loads(file.read_text("utf-8")) for name, file in files.items() if file.is_file()
    }


def _training_names(config: Config) -> list[str]:
    tasks = [task for stage in config.stages.values() for task in stage.tasks.values()]
    return sorted({name for task in tasks for name in task.datasets})


def evaluation_sources(
    config: Config, workdir: Path, names: Iterable[str], split: str
) -> dict[str, Source]:
    return {name: _open(config.data, workdir, name, split) for name in names}


def _open(data: Data, workdir: Path, name: str, split: str) -> Source:
    return open_by_config(data, data_set_directory(data, workdir, name), split, name)


def open_by_config(
    data: Data, dataset: str | Directory, split: str, name: str | None = None
) -> Source:
    """A split of any data set, whose broken rows are treated as the config says."""
    return open_split(
        dataset,
        split,
        name,
        on_bad_record=data.on_bad_record,
        max_bad_fraction=data.max_bad_fraction,
    )


def merged_records(sources: Mapping[str, Source]) -> tuple[list[Record], dict[str, Picture]]:
    """All rows of all sources, and their pictures by image.

    Images are named after their data set as well, so that they stay distinct; but a picture that
    an earlier data set has too, to the byte, is the same one: no query can tell them apart.
    """
    records, pictures, of_bytes = [], {}, {}
    for source in sources.values():
        named = _Names(source, of_bytes if len(sources) > 1 else None)
        for record in (source[i] for i in range(len(source))):
            if record.image:
                name, picture = named(record)
                pictures.setdefault(name, picture)
                record = replace(record, image=name)
            records.append(record)
        of_bytes = named.new | of_bytes  # the name that came first stays
    return records, pictures


class _Names:
    """Name and picture of a record's image, each found once.

    `earlier` has the names of other data sets' pictures by digest; None: there are none.
    """

    def __init__(self, source: Source, earlier: Mapping[bytes, str] | None):
        self._source, self._earlier = source, earlier
        self._names: dict[str, str] = {}
        self.new: dict[bytes, str] = {}

    def __call__(self, record: Record) -> tuple[str, Picture]:
        picture = self._source.picture(record)
        if record.image not in self._names:
            self._names[record.image] = self._name(f"{self._source.name}/{record.image}", picture)
        return self._names[record.image], picture

    def _name(self, name: str, picture: Picture) -> str:
        if self._earlier is None:
            return name
        digest = hashlib.blake2b(picture_bytes(picture), digest_size=16).digest()
        self.new.setdefault(digest, name)
        return self._earlier.get(digest, name)
