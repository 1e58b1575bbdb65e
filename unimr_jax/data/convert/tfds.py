"""Rows as TensorFlow Datasets has them, in ArrayRecord shards; TensorFlow is not needed."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from unimr_jax.data.sources.packages import package
from unimr_jax.data.sources.stored import IMAGE_NAME

NAME, VERSION = "unimr_records", "1.0.0"
_NEEDED, _OPTIONAL = ("id", "lang", "text"), ("positive", "positive_lang", "intent")
_TEMPLATE = "{SPLIT}-{SHARD_X_OF_Y}.{FILEFORMAT}"  # as all our shards are named

Lengths = Mapping[str, list[int]]  # split → rows of each of its shards


def features(pictures: bool) -> Any:
    """The `tfds.features.FeaturesDict` of a row; a set without pictures has no column for them."""
    f = _tfds().features
    slot = {"start": np.int64, "end": np.int64, "label": f.Text()}
    columns = {name: f.Text() for name in _NEEDED}
    columns |= {name: f.Text(optional=True) for name in _OPTIONAL}
    columns |= {"negatives": f.Sequence(f.Text()), "slots": f.Sequence(slot)}
    if pictures:
        columns |= {"image": f.Image(), IMAGE_NAME: f.Text(optional=True)}
    return f.FeaturesDict(columns)


def example(row: Mapping[str, Any], picture: bytes | None) -> dict[str, Any]:
    """The values of those features, with pictures; no bytes stand for none."""
    values = {name: row.get(name) for name in (*_NEEDED, *_OPTIONAL)}
    values |= {name: row.get(name, []) for name in ("negatives", "slots")}
    return values | {"image": io.BytesIO(picture or b""), IMAGE_NAME: row.get("image")}


def serialized(rows: Iterator[tuple[Mapping[str, Any], bytes | None]]) -> Iterator[bytes]:
    """Rows and their pictures as `tf.train.Example`."""
    shape = features(pictures=True)  # which readers of a set without pictures do not ask for
    return (shape.serialize_example(example(row, picture)) for row, picture in rows)


def write_metadata(
    directory: Path, lengths: Lengths, pictures: bool, about: Mapping[str, Any]
) -> None:
    """features.json and dataset_info.json, for shards that need not lie there yet."""
    tfds = _tfds()
    from tensorflow_datasets.core.dataset_info import DatasetIdentity

    version = tfds.core.Version(VERSION)
    info = tfds.core.DatasetInfo(
        builder=DatasetIdentity(NAME, version, str(directory), module_name=""),
        features=features(pictures),
        description=about.get("description"),
        homepage=about.get("source"),
        license=about.get("licence"),
    )
    info.set_file_format(tfds.core.FileFormat.ARRAY_RECORD)
    info.set_splits(tfds.core.SplitDict(_splits(tfds, directory, lengths)))
    info.write_to_directory(directory)


def _splits(tfds: Any, directory: Path, lengths: Lengths) -> list[Any]:
    template = tfds.core.ShardedFileTemplate(
        directory, _TEMPLATE, dataset_name=NAME, filetype_suffix="array_record"
    )
    return [
        tfds.core.SplitInfo(split, own, 0, template.replace(split=split))
        for split, own in lengths.items()
    ]


def _tfds() -> Any:
    return package("tensorflow_datasets", "tensorflow-datasets", "TFDS")
