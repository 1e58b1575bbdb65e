"""Splits of data sets, with random access to their records: one module and one line per format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from unimr_jax.config import choose
from unimr_jax.data.sources.array_record import ArrayRecordStore
from unimr_jax.data.sources.description import Description, read_description
from unimr_jax.data.sources.directory import Directory, open_directory
from unimr_jax.data.sources.hf import HuggingFaceStore
from unimr_jax.data.sources.jsonl import JsonlStore
from unimr_jax.data.sources.parquet import ParquetStore
from unimr_jax.data.sources.shards import SPLITS, NoSuchSplit
from unimr_jax.data.sources.source import Source
from unimr_jax.data.sources.store import Store
from unimr_jax.data.sources.tfds import TfdsStore
from unimr_jax.data.sources.webdataset import WebDatasetStore
from unimr_jax.errors import UserError

__all__ = ["SOURCES", "SPLITS", "Source", "format_of", "open_split", "open_splits", "open_stores"]

SOURCES: dict[str, type[Store]] = {
    "jsonl": JsonlStore,
    "array_record": ArrayRecordStore,
    "parquet": ParquetStore,
    "tfds": TfdsStore,
    "hf": HuggingFaceStore,
    "webdataset": WebDatasetStore,
}


def open_split(
    data_set: str | Path | Directory, split: str, name: str | None = None, **options
) -> Source:
    """Opens a split of the data set at a path or an address; options are those of `Source`.

    `name` is what the data set is called; None: as its directory.

    Raises:
      UserError: no such data set or split, or files that cannot be read.
      BadRecord: see `Source`.
    """
    directory = open_directory(data_set)
    return Source(name or directory.name, open_store(directory, split), **options)


def open_splits(data_set: str | Path | Directory, **options) -> Iterator[tuple[str, Source]]:
    """Every split that the data set has, opened one after the other; options as above.

    Raises:
      UserError: as above, or none at all.
    """
    name = open_directory(data_set).name
    for split, store in open_stores(data_set):
        yield split, Source(name, store, **options)


def open_stores(data_set: str | Path | Directory) -> Iterator[tuple[str, Store]]:
    """The same, not checked."""
    missing = []
    for split in SPLITS:
        try:
            store = open_store(data_set, split)
        except NoSuchSplit as error:
            missing.append(error)
        else:
            yield split, store
    if len(missing) == len(SPLITS):
        raise missing[0]


def open_store(data_set: str | Path | Directory, split: str) -> Store:
    """The rows of a split as they lie there, not checked."""
    description = read_description(open_directory(data_set))
    return SOURCES[format_of(description)](description, split)


def format_of(description: Description) -> str:
    """The one that dataset.json names, else the one that the files show."""
    if description.format is not None:
        choose(SOURCES, str(description.format), f"{description.path}: 'format'")
        return description.format
    names = description.directory.names
    found = [kind for kind, store in SOURCES.items() if any(map(names, store.patterns))]
    if len(found) != 1:
        raise UserError(
            f"{description.directory}: holds files of {' and '.join(found) or 'no known format'}; "
            f'say which in {description.path}: "format": one of {", ".join(SOURCES)}'
        )
    return found[0]
