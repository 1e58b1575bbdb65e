"""TensorFlow Datasets that were written as ArrayRecord: read at random, without TensorFlow."""

from __future__ import annotations

import posixpath
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

_FEATURES = "features.json"  # lies beside the shards: at the top, in VERSION or in CONFIG/VERSION


class TfdsStore:
    """What `tfds.data_source` reads, from a builder's directory."""

    patterns = (_FEATURES, f"*/{_FEATURES}", f"*/*/{_FEATURES}")

    def __init__(self, description: Description, split: str):
        self._description, self._columns = description, description.columns
        self._name = f"{description.directory}, split {split}"
        tfds = package("tensorflow_datasets", "tensorflow-datasets", self._name)
        builder = _builder(tfds, description, self._name)
        if split not in builder.info.splits:
            raise no_such_split(self._name, list(builder.info.splits))
        features = dict(builder.info.features.items())
        self._columns.check(features, self._name)
        self._classes = {name: f.names for name, f in features.items() if hasattr(f, "names")}
        self._rows = _data_source(tfds, builder, split, features, self._name)

    def __len__(self) -> int:
        return len(self._rows)

    def _row(self, place: int) -> dict[str, Any]:
        try:
            row = self._rows[place]
        except Exception as error:  # protobuf's, ArrayRecord's and the library's own
            raise damaged(self.where(place), error) from error
        return {name: None if _is_empty(value) else value for name, value in row.items()}

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


def _is_empty(value: Any) -> bool:
    """How a text says that it is not there: it cannot be left out."""
    return isinstance(value, bytes) and not value


def _builder(tfds: Any, description: Description, name: str) -> Any:
    directory = description.directory
    found = [below for pattern in TfdsStore.patterns for below in directory.names(pattern)]
    if len(found) != 1:
        raise UserError(
            f"{directory}: {_FEATURES} lies there {len(found)} times, at any depth; "
            "keep one version of one configuration in a data set's directory"
        )
    try:
        builder = tfds.builder_from_directory(directory.tree(posixpath.dirname(found[0])))
        builder.info.features  # noqa: B018  # read from the disk here
    except Exception as error:  # of any type: JSON's, protobuf's and the library's own
        raise _broken(name, error) from error
    if builder.info.file_format != tfds.core.FileFormat.ARRAY_RECORD:
        raise UserError(
            f"{name}: its shards are {builder.info.file_format.value}, which only TensorFlow "
            "reads; prepare it again with file_format='array_record'"
        )
    return builder


def _data_source(tfds: Any, builder: Any, split: str, features: dict[str, Any], name: str) -> Any:
    pictures = [key for key, f in features.items() if isinstance(f, tfds.features.Image)]
    decoders = {key: tfds.decode.SkipDecoding() for key in pictures}
    try:
        return builder.as_data_source(split=split, decoders=decoders or None)
    except Exception as error:
        raise _broken(name, error) from error


def _broken(name: str, error: Exception) -> UserError:
    return UserError(f"{name}: cannot be opened ({one_line(error)}); prepare the data set again")
