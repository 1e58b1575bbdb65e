"""Hugging Face `datasets` as `save_to_disk` leaves them: Arrow files that are mapped to memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from unimr_jax.data.pictures import Picture, StoredPicture
from unimr_jax.data.record import Record
from unimr_jax.data.sources.description import Description
from unimr_jax.data.sources.packages import package
from unimr_jax.data.sources.shards import no_such_split
from unimr_jax.data.sources.stored import (
    damaged,
    embedded_picture,
    picture_of,
    stored_record,
    with_names,
)
from unimr_jax.errors import UserError, one_line


class HuggingFaceStore:
    """A `DatasetDict`, or a `Dataset` of one split."""

    patterns = ("dataset_dict.json", "state.json")

    def __init__(self, description: Description, split: str):
        self._description, self._columns = description, description.columns
        self._name = f"{description.directory}, split {split}"
        below = _splits(description, self._name)
        if split not in below:
            raise no_such_split(self._name, list(below))
        self._rows = _load(description.directory.tree(below[split]), self._name)
        self._columns.check(self._rows.column_names, self._name)
        features = self._rows.features.items()
        self._classes = {name: f.names for name, f in features if hasattr(f, "names")}

    def __len__(self) -> int:
        return len(self._rows)

    def _row(self, place: int) -> dict[str, Any]:
        try:
            return self._rows[place].to_pylist()[0]
        except Exception as error:  # Arrow's, of several types
            raise damaged(self.where(place), error) from error

    def record(self, place: int) -> Record:
        row = with_names(self._row(place), self._classes)
        return stored_record(row, self._columns, self.where(place), place)

    def where(self, place: int) -> str:
        return f"{self._name}: row {place + 1}"

    def picture(self, record: Record) -> Picture:
        return picture_of(record, self, self._description.directory)

    def read_picture(self, picture: StoredPicture) -> bytes:
        return embedded_picture(self._row(picture.place)[self._columns.column("image")])

    def __str__(self) -> str:
        return self._name


def _splits(description: Description, name: str) -> dict[str, str]:
    """The directory of every split."""
    directory = description.directory
    try:
        if directory.size("dataset_dict.json") is not None:
            found = _json(directory.file("dataset_dict.json"))["splits"]
            return {split: split for split in found if "/" not in split and ".." not in split}
        return {_json(directory.file("state.json"))["_split"]: ""}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _broken(name, error) from error


def _json(path: Path) -> Any:
    return json.loads(path.read_bytes())


def _load(path: Path, name: str) -> Any:
    datasets = package("datasets", "datasets", name)
    try:
        rows = datasets.load_from_disk(str(path))
        rows.data.validate(full=True)  # offsets of a damaged file lead anywhere
        return rows.with_format("arrow")
    except Exception as error:  # of any type: JSON's, Arrow's and the library's own
        raise _broken(name, error) from error


def _broken(name: str, error: Exception) -> UserError:
    return UserError(
        f"{name}: cannot be loaded ({one_line(error)}); save it again with save_to_disk"
    )
