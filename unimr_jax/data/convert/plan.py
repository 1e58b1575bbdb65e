"""What a conversion consists of: shards that any machine can write, in any order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from unimr_jax.data.convert.writers import WRITERS, Writer
from unimr_jax.data.pictures import Picture
from unimr_jax.data.progress import progress_if_slow
from unimr_jax.data.record import as_row
from unimr_jax.data.sources import Source, open_splits
from unimr_jax.data.sources.directory import Directory
from unimr_jax.data.sources.shards import PICTURES

_ROWS, _PICTURES = 2**16, 2**13  # in a shard, unless the user says how many shards
NO_PICTURE = -1


@dataclass(frozen=True, eq=False)
class RowShard:
    """Rows of a split, from number `start` on.

    places int64 [n], in the source's store; pictures int64 [n], numbers among the split's
    pictures, or NO_PICTURE.
    """

    file: str
    split: str
    start: int
    places: np.ndarray
    pictures: np.ndarray


@dataclass(frozen=True, eq=False)
class PictureShard:
    """Pictures of a split; places int64 [n] are those of the first row with each.

    `file` is empty where pictures are files of their own.
    """

    file: str
    split: str
    places: np.ndarray


Shard = RowShard | PictureShard


class Plan(NamedTuple):
    """`digest` tells a conversion apart from one of other rows, pictures, format or shards."""

    shards: list[Shard]
    splits: dict[str, int]  # rows
    digest: str
    loose: list[str]  # names of pictures that become files of their own

    @property
    def lengths(self) -> dict[str, list[int]]:
        """Rows of every shard of every split."""
        rows = [shard for shard in self.shards if isinstance(shard, RowShard)]
        return {
            split: [len(shard.places) for shard in rows if shard.split == split]
            for split in self.splits
        }

    @property
    def has_pictures(self) -> bool:
        rows = (shard for shard in self.shards if isinstance(shard, RowShard))
        return any((shard.pictures != NO_PICTURE).any() for shard in rows)


def make_plan(source: Directory, to: str, count: int, **options: Any) -> Plan:
    """Opens and checks every split; `count` shards of each (0: by size), options as `Source`'s.

    Raises:
      UserError: no split, or broken rows beyond what the options allow.
    """
    writer, shards, splits, loose = WRITERS[to], [], {}, []
    digest = hashlib.sha256(f"{to} {count}".encode())
    for split, opened in open_splits(source, **options):
        pictures, first, names = _number_pictures(opened, split, digest)
        shards += _row_shards(split, opened.places, pictures, writer, count)
        shards += _picture_shards(split, opened.places[first], writer, count)
        splits[split] = len(opened)
        loose += names if writer.loose else []
    return Plan(shards, splits, digest.hexdigest(), loose)


def _number_pictures(
    opened: Source, split: str, digest: Any
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The picture's number of every row, every picture's first row, and its name.

    Rows go into the digest, and what pictures weigh: one that was replaced is another.
    """
    numbers: dict[str, int] = {}
    pictures = np.full(len(opened), NO_PICTURE, np.int64)
    first: list[int] = []
    for row in progress_if_slow(range(len(opened)), len(opened), f"planning {split}"):
        record = opened[row]
        digest.update(json.dumps([split, as_row(record)]).encode())
        if record.image is not None:
            pictures[row] = numbers.setdefault(record.image, len(numbers))
            if pictures[row] == len(first):
                first.append(row)
                digest.update(str(_bytes(opened.picture(record))).encode())
    return pictures, np.array(first, np.int64), list(numbers)


def _bytes(picture: Picture) -> int | None:
    """None where it would have to be read to be known."""
    return picture.stat().st_size if isinstance(picture, Path) and picture.is_file() else None


def _row_shards(
    split: str, places: np.ndarray, pictures: np.ndarray, writer: Writer, count: int
) -> Iterator[RowShard]:
    if writer.loose:
        yield RowShard(f"{split}.{writer.extension}", split, 0, places, pictures)
        return
    parts = _parts(len(places), count, _ROWS)
    for number, (start, stop) in enumerate(parts):
        file = f"{split}-{number:05d}-of-{len(parts):05d}.{writer.extension}"
        yield RowShard(file, split, start, places[start:stop], pictures[start:stop])


def _picture_shards(
    split: str, places: np.ndarray, writer: Writer, count: int
) -> Iterator[PictureShard]:
    if writer.pictures is None and not writer.loose:
        return
    parts = _parts(len(places), count, _PICTURES)
    for number, (start, stop) in enumerate(parts):
        numbered = f"{split}-{PICTURES}-{number:05d}-of-{len(parts):05d}.{writer.extension}"
        yield PictureShard("" if writer.loose else numbered, split, places[start:stop])


def _parts(items: int, count: int, size: int) -> list[tuple[int, int]]:
    """Bounds of `count` parts, or of parts of at most `size`; of equal size, none empty."""
    count = min(count or -(-items // size), items)
    bounds = [i * items // count for i in range(count + 1)] if count else []
    return list(zip(bounds, bounds[1:]))
