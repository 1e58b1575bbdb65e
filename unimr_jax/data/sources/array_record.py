"""ArrayRecord shards: rows as JSON, and every picture once in shards of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from unimr_jax.data.pictures import Picture, StoredPicture
from unimr_jax.data.record import Record, parse_record
from unimr_jax.data.sources.description import Description
from unimr_jax.data.sources.jsonl import parse_json
from unimr_jax.data.sources.packages import package
from unimr_jax.data.sources.shards import existing_split, picture_shards
from unimr_jax.data.sources.stored import damaged, picture_number, picture_of
from unimr_jax.errors import UserError, one_line

_RANDOM = "readahead_buffer_size:0,max_parallelism:0"


class ArrayRecordStore:
    """`SPLIT-00000-of-0000N.array_record`, as `prepare convert` writes it."""

    patterns = ("*.array_record",)

    def __init__(self, description: Description, split: str):
        self._description = description
        files = description.directory.file
        self._rows = RecordFiles(
            [files(name) for name in existing_split(description, split, "array_record")]
        )
        self._pictures = RecordFiles(
            [files(name) for name in picture_shards(description, split, "array_record")]
        )
        self._name = f"{description.directory}/{split}.array_record"

    def __len__(self) -> int:
        return len(self._rows)

    def record(self, place: int) -> Record:
        where = self.where(place)
        row = parse_json(self._rows.read(place), where)
        record = parse_record(self._description.columns.row(row), where)
        at = picture_number(row, where)
        return record if at is None else replace(record, image_at=at)

    def where(self, place: int) -> str:
        return self._rows.where(place)

    def picture(self, record: Record) -> Picture:
        return picture_of(record, self, self._description.directory)

    def read_picture(self, picture: StoredPicture) -> bytes:
        return self._pictures.read(picture.place)

    def __str__(self) -> str:
        return self._name


class RecordFiles:
    """Several ArrayRecord files as one sequence of bytes."""

    def __init__(self, paths: Sequence[Path]):
        self._paths = paths
        self._readers = [_open(path) for path in paths]
        counts = [reader.num_records() for reader in self._readers]
        self._ends = np.cumsum(counts, dtype=np.int64)  # [files]

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def _locate(self, place: int) -> tuple[int, int]:
        """The file, and the record's number in it."""
        file = int(np.searchsorted(self._ends, place, side="right"))
        return file, place - (int(self._ends[file - 1]) if file else 0)

    def where(self, place: int) -> str:
        file, number = self._locate(place)
        return f"{self._paths[file]}: row {number + 1}"

    def read(self, place: int) -> bytes:
        """Raises BadRecord where the file is damaged there."""
        if not place < len(self):
            raise UserError(f"number {place} is beyond the {len(self)} that the shards hold")
        file, number = self._locate(place)
        try:
            return self._readers[file].read([number])[0]
        except Exception as error:  # the C++ library's, of several types
            raise damaged(self.where(place), error) from error


def _open(path: Path) -> Any:
    module = package("array_record.python.array_record_module", "array_record", str(path))
    try:
        reader = module.ArrayRecordReader(str(path), _RANDOM)
        whole = reader.ok()
    except Exception as error:
        raise _broken(path, one_line(error)) from error
    if not whole:
        raise _broken(path, "cut short, or something else")
    return reader


def _broken(path: Path, reason: str) -> UserError:
    return UserError(f"{path}: no ArrayRecord file ({reason}); copy or convert it again")
