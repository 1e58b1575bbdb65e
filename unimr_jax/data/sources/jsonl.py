"""JSONL: one file per split, one JSON object per line; pictures are files beside it."""

from __future__ import annotations

import json
import os
import sys
import weakref
from pathlib import Path

import numpy as np

from unimr_jax.data.pictures import Picture
from unimr_jax.data.record import BadRecord, Record, parse_record
from unimr_jax.data.sources.description import Description
from unimr_jax.data.sources.shards import SPLITS, check_size, no_such_split

LONGEST = 2**24  # bytes of a line
# Bytes of a file that is kept in memory as a whole. A thread that reads from a file lets others
# have the interpreter, and waits until it gets it back.
KEPT = 2**26
_CHUNK = 2**22  # bytes read at once


class JsonlStore:
    """`SPLIT.jsonl`; a place is a line."""

    patterns = ("*.jsonl",)

    def __init__(self, description: Description, split: str):
        self._description = description
        self._path = _existing_file(description, split)
        self._name = str(self._path)
        self._descriptor = os.open(self._path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._descriptor)
        self._starts = _line_starts(self._descriptor)  # int64 [lines + 1]
        self._whole = self._read_whole() if self._starts[-1] <= KEPT else None
        _warn_of_missing_lines(description, split, self._name, len(self))

    def __len__(self) -> int:
        return len(self._starts) - 1

    def record(self, place: int) -> Record | None:
        where = self.where(place)
        start, end = self._starts[place : place + 2].tolist()
        if end - start > LONGEST:
            found = f"the line has {end - start} bytes"
            raise BadRecord(where, "size", found, f"keep below {LONGEST}")
        line = self._read(start, end)
        if line.isspace():
            return None
        return parse_record(self._description.columns.row(parse_json(line, where)), where)

    def _read_whole(self) -> bytes:
        with open(self._descriptor, "rb", closefd=False) as file:
            return file.read()

    def _read(self, start: int, end: int) -> bytes:
        if self._whole is not None:
            return self._whole[start:end]
        return os.pread(self._descriptor, end - start, start)

    def where(self, place: int) -> str:
        return f"{self._name}:{place + 1}"

    def picture(self, record: Record) -> Picture:
        return self._description.directory.picture(record.image)

    def __str__(self) -> str:
        return self._name


def _existing_file(description: Description, split: str) -> Path:
    """Raises UserError where there is none, or where it is not whole."""
    directory, name = description.directory, f"{split}.jsonl"
    path = directory.file(name)
    if not path.is_file():
        found = [other for other in SPLITS if directory.size(f"{other}.jsonl") is not None]
        raise no_such_split(f"{directory}/{name}", found)
    check_size(description, name)
    return path


def _warn_of_missing_lines(description: Description, split: str, name: str, lines: int) -> None:
    """No error: people edit JSON lines by hand, and seldom the count beside them."""
    splits = description.content.get("splits")
    count = splits.get(split) if isinstance(splits, dict) else None
    if isinstance(count, int) and lines < count:
        print(
            f"{name}: has {lines:,} lines, but {count:,} rows by {description.path}; copy the file "
            "again if it was cut",
            file=sys.stderr,
        )


def _line_starts(descriptor: int) -> np.ndarray:
    """Where every line starts, and the end of the file."""
    starts, offset = [np.zeros(1, np.int64)], 0
    while chunk := os.pread(descriptor, _CHUNK, offset):
        starts.append(np.flatnonzero(np.frombuffer(chunk, np.uint8) == ord("\n")) + (offset + 1))
        offset += len(chunk)
    if starts[-1][-1:].tolist() != [offset]:  # the last line has no newline
        starts.append(np.array([offset]))
    return np.concatenate(starts)


def parse_json(line: bytes, where: str) -> object:
    """Raises BadRecord."""
    try:
        return json.loads(line.decode())
    except UnicodeDecodeError as error:
        found = f"byte {error.start + 1} of the line is not UTF-8"
        raise BadRecord(where, "encoding", found, "save the file as UTF-8") from error
    except json.JSONDecodeError as error:
        raise _not_json(where, f"{error.msg} at character {error.pos + 1}") from error
    except (ValueError, RecursionError) as error:  # numbers too long, nesting too deep
        raise _not_json(where, str(error)) from error


def _not_json(where: str, reason: str) -> BadRecord:
    return BadRecord(where, "JSON", reason, "write one JSON object per line")
