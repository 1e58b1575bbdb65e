"""Shards in every format that can be written: one function for rows, one for pictures."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from unimr_jax.data.convert import tfds
from unimr_jax.data.sources.packages import package
from unimr_jax.data.sources.stored import picture_name
from unimr_jax.data.sources.tar_samples import PICTURES

# Rows and pictures that a reader unpacks to get at one of them.
_ROWS_PER_GROUP, _PICTURES_PER_GROUP = 128, 16


class Row(NamedTuple):
    """`number` in the split, the row as JSON has it, and its picture where the format keeps both
    together."""

    number: int
    content: dict[str, Any]
    picture: bytes | None


class Picture(NamedTuple):
    """`image` is the rows' name for it."""

    image: str
    content: bytes


class Writer(NamedTuple):
    """A format: how its shards end, and who writes them.

    `pictures` None: in the rows' shards. `loose`: pictures are files, and a split is one shard.
    `metadata` writes files of the format's own into a directory, once all shards are there.
    """

    extension: str
    rows: Callable[[Path, Iterator[Row]], None]
    pictures: Callable[[Path, Iterator[Picture]], None] | None = None
    loose: bool = False
    metadata: Callable[[Path, tfds.Lengths, bool, Mapping[str, Any]], None] | None = None


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()


def write_jsonl(path: Path, rows: Iterable[Row]) -> None:
    with path.open("wb") as file:
        file.writelines(_json(row.content) + b"\n" for row in rows)


# ---- ArrayRecord -------------------------------------------------------------------------------


def write_array_record(path: Path, rows: Iterable[Row]) -> None:
    _write_records(path, (_json(row.content) for row in rows), "group_size:16,zstd")


def write_array_record_pictures(path: Path, pictures: Iterable[Picture]) -> None:
    _write_records(path, (picture.content for picture in pictures), "group_size:1,uncompressed")


def _write_records(path: Path, records: Iterable[bytes], options: str) -> None:
    """A reader unpacks a whole group: 16 rows are as fast as one, and take a tenth of the space."""
    module = package("array_record.python.array_record_module", "array_record", str(path))
    writer = module.ArrayRecordWriter(str(path), options)
    for record in records:
        writer.write(record)
    writer.close()


def write_tfds(path: Path, rows: Iterable[Row]) -> None:
    serialized = tfds.serialized((row.content, row.picture) for row in rows)
    _write_records(path, serialized, "group_size:1,uncompressed")


# ---- Parquet -----------------------------------------------------------------------------------


def write_parquet(path: Path, rows: Iterable[Row]) -> None:
    arrow = package("pyarrow", "pyarrow", str(path))
    text = arrow.string()
    slot = arrow.struct({"start": arrow.int64(), "end": arrow.int64(), "label": text})
    schema = arrow.schema(
        {
            **dict.fromkeys(("id", "lang", "text", "image"), text),
            "image_at": arrow.int64(),
            **dict.fromkeys(("positive", "positive_lang", "intent"), text),
            "negatives": arrow.list_(text),
            "slots": arrow.list_(slot),
        }
    )
    _write_table(path, schema, (row.content for row in rows), _ROWS_PER_GROUP)


def write_parquet_pictures(path: Path, pictures: Iterable[Picture]) -> None:
    arrow = package("pyarrow", "pyarrow", str(path))
    schema = arrow.schema({"image": arrow.string(), "bytes": arrow.binary()})
    rows = ({"image": picture.image, "bytes": picture.content} for picture in pictures)
    _write_table(path, schema, rows, _PICTURES_PER_GROUP)


def _write_table(path: Path, schema: Any, rows: Iterator[dict], per_group: int) -> None:
    arrow = package("pyarrow", "pyarrow", str(path))
    parquet = package("pyarrow.parquet", "pyarrow", str(path))
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while group := list(islice(rows, per_group)):
            writer.write_table(arrow.Table.from_pylist(group, schema))


# ---- WebDataset --------------------------------------------------------------------------------


def write_webdataset(path: Path, rows: Iterable[Row]) -> None:
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for row in rows:
            key = f"{row.number:09d}"
            _add(archive, f"{key}.json", _json(row.content))
            if row.picture is not None:
                _add(archive, f"{key}.{_suffix(row)}", row.picture)


def _suffix(row: Row) -> str:
    """Of the picture's name, else by its first bytes, else any: Pillow looks at the bytes."""
    for name in (row.content["image"], picture_name(row.picture)):
        suffix = PurePosixPath(name).suffix[1:].lower()
        if suffix in PICTURES:
            return suffix
    return "png"


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)  # of no owner and time, so that equal rows give equal shards
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


WRITERS: dict[str, Writer] = {
    "array_record": Writer("array_record", write_array_record, write_array_record_pictures),
    "parquet": Writer("parquet", write_parquet, write_parquet_pictures),
    "jsonl": Writer("jsonl", write_jsonl, loose=True),
    "webdataset": Writer("tar", write_webdataset),
    "tfds": Writer("array_record", write_tfds, metadata=tfds.write_metadata),
}
