"""WebDataset: tar shards where files of equal key make a sample: KEY.jpg, KEY.json or KEY.txt."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np

from unimr_jax.data.pictures import Picture, StoredPicture
from unimr_jax.data.record import BadRecord, Record, parse_record
from unimr_jax.data.sources.description import Description
from unimr_jax.data.sources.jsonl import LONGEST, parse_json
from unimr_jax.data.sources.shards import existing_split
from unimr_jax.data.sources.stored import picture_of
from unimr_jax.data.sources.tar import Member, TarError, members
from unimr_jax.data.sources.tar_samples import (
    ABSENT,
    JSON,
    PICTURE,
    TEXT,
    key_of,
    opened,
    samples_of,
)


class WebDatasetStore:
    """A place is a sample; its picture is named as its JSON's "image" says, else after shard and
    file, since numbering starts anew in every shard.
    """

    patterns = ("*.tar", "train/*.tar", "validation/*.tar", "test/*.tar")

    def __init__(self, description: Description, split: str):
        self._description, self._columns = description, description.columns
        names = existing_split(description, split, "tar")
        self._paths = [description.directory.file(name) for name in names]
        self._shards = [name.removesuffix(".tar") for name in names]
        self._samples = samples_of(self._paths)
        self._name = f"{description.directory}/{split}.tar"

    def __len__(self) -> int:
        return len(self._samples.shard)

    def _member(self, place: int, part: int) -> Member | None:
        start = int(self._samples.starts[place, part])
        if start == ABSENT:
            return None
        with opened(self._paths[self._samples.shard[place]]) as descriptor:
            try:
                return next(members(descriptor, start))
            except (TarError, StopIteration) as error:  # changed since it was indexed
                raise BadRecord(
                    self.where(place), "bytes", "the archive has changed", "start again"
                ) from error

    def _read(self, place: int, member: Member) -> bytes:
        with opened(self._paths[self._samples.shard[place]]) as descriptor:
            return os.pread(descriptor, member.size, member.offset)

    def _text(self, place: int, member: Member) -> bytes:
        if member.size > LONGEST:
            found = f"{member.name} has {member.size} bytes"
            raise BadRecord(self.where(place), "size", found, f"keep below {LONGEST}")
        return self._read(place, member)

    def record(self, place: int) -> Record:
        where = self.where(place)
        json, text, picture = (self._member(place, part) for part in (JSON, TEXT, PICTURE))
        row: Any = parse_json(self._text(place, json), where) if json else {}
        if isinstance(row, dict):
            row = self._completed(row, place, text, picture)
            row = {"id": key_of((json or text or picture).name)} | self._columns.row(row)
        record = parse_record(row, where)
        return replace(record, image_at=place) if picture else record

    def _completed(
        self, row: dict[str, Any], place: int, text: Member | None, picture: Member | None
    ) -> dict[str, Any]:
        """The sample's JSON with what only its other files say."""
        if text and "text" not in row:
            row = row | {"text": _decoded(self._text(place, text), self.where(place))}
        if picture and not isinstance(row.get("image"), str):
            shard = self._shards[self._samples.shard[place]]
            row = row | {"image": f"images/{shard}/{picture.name}"}
        return row

    def where(self, place: int) -> str:
        shard = self._samples.shard[place]
        first = int(np.searchsorted(self._samples.shard, shard))
        return f"{self._paths[shard]}: sample {place - first + 1}"

    def picture(self, record: Record) -> Picture:
        return picture_of(record, self, self._description.directory)

    def read_picture(self, picture: StoredPicture) -> bytes:
        return self._read(picture.place, self._member(picture.place, PICTURE))

    def __str__(self) -> str:
        return self._name


def _decoded(text: bytes, where: str) -> str:
    try:
        return text.decode().strip()
    except UnicodeDecodeError as error:
        found = f"byte {error.start + 1} of the text is not UTF-8"
        raise BadRecord(where, "encoding", found, "save the file as UTF-8") from error
