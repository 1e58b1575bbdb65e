"""Rows of binary formats: plain values, and pictures that are bytes in a row or beside all rows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from unimr_jax.data.pictures import Archive, Picture, StoredPicture
from unimr_jax.data.record import BadRecord, Record, field_error, parse_record, shown
from unimr_jax.data.sources.columns import FIELDS, Columns
from unimr_jax.data.sources.directory import Directory
from unimr_jax.errors import one_line

IMAGE_NAME = "unimr_image"  # a column of ours: what the picture in the row was called
_MAGIC = {b"\xff\xd8\xff": "jpg", b"\x89PNG": "png", b"RIFF": "webp", b"GIF8": "gif", b"BM": "bmp"}


def stored_record(raw: Mapping[str, Any], columns: Columns, where: str, place: int) -> Record:
    """The record of a row; without an id of its own it is numbered. Raises BadRecord.

    A picture that is bytes in the row is named after them, unless we wrote down its name: rows
    with the same picture are positives of one another.
    """
    row = {"id": str(place)} | columns.row(raw)
    picture = embedded_picture(row.get("image"))
    if picture is not None:
        row["image"] = raw.get(IMAGE_NAME) or picture_name(picture)
    row = {name: _plain(row[name], name, where) for name in FIELDS if name in row}
    if row.get("slots") == []:  # of a row without an intent, too: a table has no other way
        del row["slots"]
    record = parse_record(row, where)
    at = picture_number(raw, where) if picture is None else place
    return record if at is None else replace(record, image_at=at)


def damaged(where: str, error: Exception) -> BadRecord:
    return BadRecord(where, "bytes", one_line(error), "copy or convert the data set again")


def picture_of(record: Record, archive: Archive, directory: Directory) -> Picture:
    """In the archive where the record says so, else a file of the data set."""
    if record.image_at is None:
        return directory.picture(record.image)
    return StoredPicture(archive, record.image, record.image_at)


def embedded_picture(value: Any) -> bytes | None:
    """The bytes of an image column: bytes, or {bytes, path} as Hugging Face's `Image` has it."""
    data = value.get("bytes") if isinstance(value, Mapping) else value
    return data if isinstance(data, bytes) else None


def picture_name(data: bytes) -> str:
    suffix = next((name for magic, name in _MAGIC.items() if data.startswith(magic)), "img")
    return f"images/{hashlib.blake2b(data, digest_size=16).hexdigest()}.{suffix}"


def picture_number(row: Mapping[str, Any], where: str) -> int | None:
    """Which of the pictures beside all rows is this row's."""
    value = row.get("image_at")
    if value is not None and (type(value) is not int or value < 0 or row.get("image") is None):
        raise field_error(where, "image_at", f"found {shown(value)}", "convert the data set again")
    return value


def _plain(value: Any, name: str, where: str) -> Any:
    """As JSON would have it: text for bytes, lists for arrays, objects for columns of a table."""
    if isinstance(value, bytes):
        return _text(value, name, where)
    if isinstance(value, np.generic | np.ndarray):
        return _plain(value.tolist(), name, where)
    if isinstance(value, Mapping):
        return _objects({key: _plain(each, name, where) for key, each in value.items()})
    if isinstance(value, list | tuple):
        return [_plain(each, name, where) for each in value]
    return value


def _text(value: bytes, name: str, where: str) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        found = f"field {name!r}: byte {error.start + 1} is not UTF-8"
        raise BadRecord(where, "encoding", found, "write the text as UTF-8") from error


def _objects(value: dict[str, Any]) -> Any:
    """{start: [0, 4], end: …} → [{start: 0, end: …}, …]: how sequences of objects are stored."""
    columns = list(value.values())
    if not columns or not all(isinstance(column, list) for column in columns):
        return value
    return [dict(zip(value, row)) for row in zip(*columns)]


def with_names(row: dict[str, Any], classes: Mapping[str, list[str]]) -> dict[str, Any]:
    """Numbers of classes replaced by the classes' names; -1, which is no class, by None."""
    named = {}
    for column, names in classes.items():
        number = row.get(column)
        known = number is not None and 0 <= number < len(names)
        named[column] = names[int(number)] if known else None
    return row | named
