"""The samples of tar shards, found in one pass and kept for the next time."""

from __future__ import annotations

import os
import posixpath
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np

from unimr_jax.data.progress import progress_if_slow
from unimr_jax.data.sources.cache import cache_directory, digest
from unimr_jax.data.sources.tar import Member, TarError, members
from unimr_jax.errors import UserError
from unimr_jax.whole import whole_file

PICTURES = ("jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff")
JSON, TEXT, PICTURE = range(3)
ABSENT = -1
_PARTS = {"json": JSON, "txt": TEXT} | dict.fromkeys(PICTURES, PICTURE)


class Samples(NamedTuple):
    """shard int32 [n], in order; starts int64 [n, 3]: the headers of its parts, or ABSENT."""

    shard: np.ndarray
    starts: np.ndarray


def samples_of(paths: Sequence[Path]) -> Samples:
    """Raises UserError where a shard is damaged."""
    state = "\n".join(map(_state, paths))
    cached = cache_directory() / "tar" / f"{digest(state)}.npz"
    if not cached.is_file():
        found = _index(paths)
        with whole_file(cached) as temporary, temporary.open("wb") as file:
            np.savez(file, **found._asdict())
    with np.load(cached) as arrays:
        return Samples(arrays["shard"], arrays["starts"])


def _state(path: Path) -> str:
    """A file that has changed has another."""
    stat = path.stat()
    return f"{path} {stat.st_size} {stat.st_mtime_ns}"


def _index(paths: Sequence[Path]) -> Samples:
    shard, starts = array("i"), array("q")
    for number, path in enumerate(progress_if_slow(paths, len(paths), "indexing tar shards")):
        for parts in _samples(path):
            shard.append(number)
            starts.extend(parts)
    return Samples(np.array(shard, np.int32), np.array(starts, np.int64).reshape(-1, 3))


def _samples(path: Path) -> Iterator[list[int]]:
    """The starts of the parts of every sample that has any."""
    try:
        with opened(path) as descriptor:
            for _, files in groupby(members(descriptor), lambda member: key_of(member.name)):
                parts = _parts(files)
                if any(start != ABSENT for start in parts):
                    yield parts
    except TarError as error:
        raise UserError(
            f"{path}: no whole tar archive without compression ({error}); copy or pack it again"
        ) from error


def _parts(files: Iterable[Member]) -> list[int]:
    parts = [ABSENT] * 3
    for member in files:
        extension = member.name.rsplit("/", 1)[-1].partition(".")[2].lower()
        if extension in _PARTS:
            _refuse_link(member)
            parts[_PARTS[extension]] = member.start
    return parts


def _refuse_link(member: Member) -> None:
    """`tar` writes one where two names have one file: what it stands for would go unread."""
    if member.is_link:
        raise TarError(f"{member.name} is a link; use tar --dereference --hard-dereference")


def key_of(name: str) -> str:
    """The name up to the first dot of its last part."""
    head, tail = posixpath.split(name)
    return posixpath.join(head, tail.split(".")[0])


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """A file descriptor."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
