"""Splits of data sets on disk, with random access to their records."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.progress import Progress

from unimr_jax.data.images import BadImage, check_image
from unimr_jax.data.record import BadRecord, Record, field_error, parse_record, shown
from unimr_jax.data.tasks import task_bit, task_mask
from unimr_jax.errors import UserError

SPLITS = ("train", "validation", "test")
_PATIENCE = 3.0  # seconds before a progress bar appears


class JsonlSource:
    """One split: `DIRECTORY/SPLIT.jsonl`, checked row by row once, then read at random.

    Memory holds a few numbers per row, never the rows. `on_bad_record='stop'` raises BadRecord at
    the first broken row; 'skip' leaves broken rows out, reports how many on stderr and raises
    UserError past `max_bad_fraction` of the rows.
    """

    def __init__(
        self,
        directory: Path,
        split: str,
        *,
        on_bad_record: str = "stop",
        max_bad_fraction: float = 0.01,
        check_images: bool = True,
    ):
        if on_bad_record not in ("stop", "skip"):
            raise UserError(f"data.on_bad_record={on_bad_record!r} is unknown; use stop or skip")
        self.directory = Path(directory).resolve()
        self.path = _existing_split(self.directory, split)
        self._descriptor = os.open(self.path, os.O_RDONLY)
        bad = _BadRows(self.path, stop=on_bad_record == "stop")
        rows = _scan(self.path, bad)
        if check_images:
            rows = _without_bad_images(rows, self.directory, bad)
        bad.report(kept=len(rows.line), max_fraction=max_bad_fraction)
        self.languages = rows.languages
        self.language_ids = rows.language  # int16 [rows], index into languages
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows.line)

    def __getitem__(self, index: int) -> Record:
        rows = self._rows
        line = os.pread(self._descriptor, int(rows.size[index]), int(rows.offset[index]))
        return _parse_line(line, f"{self.path}:{rows.line[index]}")

    def __del__(self):
        if hasattr(self, "_descriptor"):
            os.close(self._descriptor)

    @property
    def name(self) -> str:
        """The directory's name: it keeps apart pictures of equal path in two data sets."""
        return self.directory.name

    def image_path(self, record: Record) -> Path:
        return self.directory / record.image

    def rows(self, task: str, language: str | None = None) -> np.ndarray:
        """The indices [n] of the rows that serve the task, in that language or in any."""
        serves = (self._rows.tasks & task_bit(task)).astype(bool)
        if language is not None:
            serves &= self.language_ids == self.languages.index(language)
        return np.flatnonzero(serves)


SOURCES = {"jsonl": JsonlSource}


def open_split(directory: Path, split: str, *, kind: str = "jsonl", **options) -> JsonlSource:
    """Opens a split with the source of that kind; options are those of the source."""
    if kind not in SOURCES:
        raise UserError(f"data source {kind!r} is unknown; choose one of {', '.join(SOURCES)}")
    return SOURCES[kind](directory, split, **options)


# ---- finding the split -------------------------------------------------------------------------


def _existing_split(directory: Path, split: str) -> Path:
    if not directory.is_dir():
        raise UserError(
            f"{directory}: no such data set directory; set its parent with --config.data.root=…"
        )
    _check_description(directory / "dataset.json")
    path = directory / f"{split}.jsonl"
    if not path.is_file():
        found = [name for name in SPLITS if (directory / f"{name}.jsonl").is_file()]
        raise UserError(
            f"{path}: no such split; the data set has {', '.join(found) or 'none'}: "
            "choose one of them or add the file"
        )
    return path


def _check_description(path: Path) -> None:
    if not path.is_file():
        raise UserError(
            f"{path}: missing, so this is no data set; "
            "add it or set the parent of the data sets with --config.data.root=…"
        )
    try:
        description = json.loads(path.read_bytes())
    except ValueError as error:
        raise UserError(f"{path}: not JSON ({error}); mend the file") from error
    if not isinstance(description, dict):
        raise UserError(f"{path}: found {shown(description)}; write a JSON object")


# ---- the pass at opening -----------------------------------------------------------------------


class _Rows(NamedTuple):
    """What is kept of every good row: arrays [rows]."""

    line: np.ndarray  # line number in the file, from 1
    offset: np.ndarray  # of the line's first byte
    size: np.ndarray  # bytes of the line
    language: np.ndarray  # index into languages
    tasks: np.ndarray  # bit mask, see task_mask
    image: np.ndarray  # index into images, or -1
    languages: tuple[str, ...]
    images: tuple[str, ...]


_COLUMNS = {
    "line": np.int64,
    "offset": np.int64,
    "size": np.int32,
    "language": np.int16,
    "tasks": np.uint8,
    "image": np.int32,
}


class _BadRows:
    """Stops at the first broken row, or counts them."""

    def __init__(self, path: Path, stop: bool):
        self.path = path
        self._stop = stop
        self._counts: Counter[str] = Counter()
        self._first: BadRecord | None = None

    def add(self, error: BadRecord) -> None:
        if self._stop:
            raise error
        self._first = self._first or error
        self._counts[error.subject] += 1

    def report(self, *, kept: int, max_fraction: float) -> None:
        bad = self._counts.total()
        if bad > max_fraction * (kept + bad):
            raise UserError(
                f"{self._summary(kept)}; more than data.max_bad_fraction={max_fraction}: "
                "mend the rows or raise it"
            )
        if bad:
            print(f"skipped {self._summary(kept)}", file=sys.stderr)
        if not kept:
            raise UserError(f"{self.path}: no rows; fill the file or choose another split")

    def _summary(self, kept: int) -> str:
        bad = self._counts.total()
        reasons = ", ".join(f"{n} × {subject}" for subject, n in self._counts.most_common())
        return f"{bad} of {kept + bad} rows of {self.path} ({reasons}); the first: {self._first}"


def _scan(path: Path, bad: _BadRows) -> _Rows:
    """Checks every row but its picture."""
    columns: dict[str, list[int]] = {name: [] for name in _COLUMNS}
    languages: dict[str, int] = {}
    images: dict[str, int] = {}
    for line, offset, size, record in _good_rows(path, bad):
        row = (
            line,
            offset,
            size,
            languages.setdefault(record.lang, len(languages)),
            task_mask(record),
            -1 if record.image is None else images.setdefault(record.image, len(images)),
        )
        for column, value in zip(columns.values(), row):
            column.append(value)
    arrays = {name: np.array(columns[name], dtype) for name, dtype in _COLUMNS.items()}
    return _Rows(**arrays, languages=tuple(languages), images=tuple(images))


def _good_rows(path: Path, bad: _BadRows) -> Iterator[tuple[int, int, int, Record]]:
    """Line number, offset, size and record of every row that stands on its own and is new."""
    lines_of_ids: dict[str, int] = {}
    offset = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            start, offset = offset, offset + len(line)
            if line.isspace():
                continue
            where = f"{path}:{number}"
            try:
                record = _parse_line(line, where)
                _check_new(record.id, lines_of_ids, where)
            except BadRecord as error:
                bad.add(error)
                continue
            lines_of_ids[record.id] = number
            yield number, start, len(line), record


def _parse_line(line: bytes, where: str) -> Record:
    try:
        row = json.loads(line.decode())
    except UnicodeDecodeError as error:
        found = f"byte {error.start + 1} of the line is not UTF-8"
        raise BadRecord(where, "encoding", found, "save the file as UTF-8") from error
    except json.JSONDecodeError as error:
        raise _not_json(where, f"{error.msg} at character {error.pos + 1}") from error
    except (ValueError, RecursionError) as error:  # numbers too long, nesting too deep
        raise _not_json(where, str(error)) from error
    return parse_record(row, where)


def _not_json(where: str, reason: str) -> BadRecord:
    return BadRecord(where, "JSON", reason, "write one JSON object per line")


def _check_new(id: str, lines_of_ids: Mapping[str, int], where: str) -> None:
    if id in lines_of_ids:
        found = f"{shown(id)} is also the id of line {lines_of_ids[id]}"
        raise field_error(where, "id", found, "give every row an id of its own")


# ---- pictures ----------------------------------------------------------------------------------


def _without_bad_images(rows: _Rows, directory: Path, bad: _BadRows) -> _Rows:
    """Decodes every distinct picture once; leaves out the rows whose picture is broken."""
    reasons = list(_image_faults(directory, rows.images))
    broken = np.array([*(reason is not None for reason in reasons), False])  # last: no image
    for row in np.flatnonzero(broken[rows.image]):
        where = f"{bad.path}:{rows.line[row]}"
        bad.add(field_error(where, "image", *reasons[rows.image[row]]))
    good = ~broken[rows.image]
    return rows._replace(**{name: getattr(rows, name)[good] for name in _COLUMNS})


def _image_faults(directory: Path, images: Iterable[str]) -> Iterator[tuple[str, str] | None]:
    """For every picture None, or what is wrong with it and how to mend it."""
    paths = [directory / image for image in images]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = pool.map(_image_fault, paths)
        yield from _progress_if_slow(faults, len(paths), f"checking images of {directory.name}")


def _image_fault(path: Path) -> tuple[str, str] | None:
    if not path.is_file():
        return f"{path} does not exist", "add the file or correct the path"
    try:
        check_image(path)
    except BadImage as error:
        return f"{path} cannot be decoded ({error.reason})", "replace the file"
    return None


def _progress_if_slow(items: Iterator, total: int, description: str) -> Iterator:
    """Yields the items; a progress bar appears on stderr once they have taken a while."""
    deadline = time.monotonic() + _PATIENCE
    done = 0
    while done < total and time.monotonic() < deadline:
        yield next(items)
        done += 1
    if done < total:
        with Progress(console=Console(stderr=True), transient=True) as bar:
            yield from bar.track(items, total, completed=done, description=description)
