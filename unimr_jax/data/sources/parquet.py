"""Parquet: one file or several per split; pictures in the rows, beside them, or in files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from unimr_jax.data.pictures import Picture, StoredPicture
from unimr_jax.data.record import Record
from unimr_jax.data.sources.columns import FIELDS
from unimr_jax.data.sources.description import Description
from unimr_jax.data.sources.packages import package
from unimr_jax.data.sources.shards import existing_split, picture_shards
from unimr_jax.data.sources.stored import damaged, embedded_picture, picture_of, stored_record
from unimr_jax.errors import UserError, one_line

LARGEST = 2**31  # bytes that a row group may unpack to
_GROUPS = 4  # row groups in memory


class ParquetStore:
    """Rows are read a row group at a time: small groups make random access fast."""

    patterns = ("*.parquet", "data/*.parquet")

    def __init__(self, description: Description, split: str):
        self._description, self._columns = description, description.columns
        files = description.directory.file
        self._rows = Tables([files(name) for name in existing_split(description, split, "parquet")])
        self._pictures = Tables(
            [files(name) for name in picture_shards(description, split, "parquet")]
        )
        self._name = f"{description.directory}/{split}.parquet"
        self._columns.check(self._rows.columns, self._name)
        self._wanted = tuple(map(self._columns.column, FIELDS)) + ("image_at",)

    def __len__(self) -> int:
        return len(self._rows)

    def record(self, place: int) -> Record:
        row = self._rows.read(place, self._wanted)
        return stored_record(row, self._columns, self.where(place), place)

    def where(self, place: int) -> str:
        return self._rows.where(place)

    def picture(self, record: Record) -> Picture:
        return picture_of(record, self, self._description.directory)

    def read_picture(self, picture: StoredPicture) -> bytes:
        if len(self._pictures):
            return self._pictures.read(picture.place, ("bytes",))["bytes"]
        column = self._columns.column("image")
        return embedded_picture(self._rows.read(picture.place, (column,))[column])

    def __str__(self) -> str:
        return self._name


class Tables:
    """Several Parquet files as one sequence of rows."""

    def __init__(self, paths: Sequence[Path]):
        self._paths, self._lock = paths, Lock()
        self._files = [_open(path) for path in paths]
        groups = [
            (file, group)
            for file, opened in enumerate(self._files)
            for group in range(opened.num_row_groups)
        ]
        counts = [self._files[f].metadata.row_group(g).num_rows for f, g in groups]
        self._groups, self._ends = groups, np.cumsum(counts, dtype=np.int64)
        self._group = lru_cache(_GROUPS)(self._read_group)

    @property
    def columns(self) -> list[str]:
        return self._files[0].schema_arrow.names

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def _locate(self, place: int) -> tuple[int, int]:
        """The row group, and the row's number in it."""
        group = int(np.searchsorted(self._ends, place, side="right"))
        return group, place - (int(self._ends[group - 1]) if group else 0)

    def where(self, place: int) -> str:
        group, number = self._locate(place)
        return f"{self._paths[self._groups[group][0]]}: row {self._first(group) + number + 1}"

    def _first(self, group: int) -> int:
        """How many rows of its file come before the group."""
        file = self._groups[group][0]
        start = next(g for g, (of, _) in enumerate(self._groups) if of == file)
        before = [int(self._ends[g - 1]) if g else 0 for g in (start, group)]
        return before[1] - before[0]

    def read(self, place: int, columns: tuple[str, ...]) -> dict[str, Any]:
        """Those of the columns that there are. Raises BadRecord where the file is damaged."""
        if not place < len(self):
            raise UserError(f"number {place} is beyond the {len(self)} that the shards hold")
        group, number = self._locate(place)
        try:
            with self._lock:
                table = self._group(group, columns)
            return table.slice(number, 1).to_pylist()[0]
        except Exception as error:  # Arrow's, of several types
            raise damaged(self.where(place), error) from error

    def _read_group(self, group: int, columns: tuple[str, ...]) -> Any:
        file, number = self._groups[group]
        table = self._files[file].read_row_group(number, columns=list(columns), use_threads=False)
        table.validate(full=True)
        return table


def _open(path: Path) -> Any:
    parquet = package("pyarrow.parquet", "pyarrow", str(path))
    try:
        file = parquet.ParquetFile(path, memory_map=True)
        sizes = [file.metadata.row_group(i).total_byte_size for i in range(file.num_row_groups)]
        names = file.schema_arrow.names
    except Exception as error:  # Arrow's, of several types
        raise UserError(
            f"{path}: no Parquet file ({one_line(error)}); copy or convert it again"
        ) from error
    if max(sizes, default=0) > LARGEST:
        raise UserError(
            f"{path}: a row group unpacks to {max(sizes)} bytes, more than {LARGEST}; "
            "write it again with smaller row groups"
        )
    if len(set(names)) < len(names):
        raise UserError(f"{path}: two columns have one name; rename one of them")
    return file
