"""Reading archives without unpacking them: nothing in one decides where a file is written."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from unimr_jax.errors import UserError

LARGEST = 1 << 30  # bytes that one member may unpack to
LONGEST = 1 << 26  # bytes of a line
_DAMAGED = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError,
    NotImplementedError, RuntimeError,  # zipfile: unknown compression, encrypted
    UnicodeDecodeError,  # zipfile: the name of a member
)  # fmt: skip
_OPENERS: dict[str, Callable[[Path], IO[bytes]]] = {".gz": gzip.open, ".bz2": bz2.open}

Wanted = Callable[[str], bool]


def members(path: Path, wanted: Wanted, largest: int = LARGEST) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the wanted files of a zip, a tar of any compression or a folder.

    Links and devices are passed over. A member that unpacks to more than `largest` bytes, or an
    archive that is damaged, is a UserError.
    """
    try:
        for name, file in _files(path, wanted):
            with file:
                yield name, _bounded(file, f"{path}: {name}", largest)
    except _DAMAGED as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{path}: cannot be read ({reason}); remove it and start again") from error


def member(path: Path, name: str) -> bytes:
    """The one file of that last name."""
    for _, content in members(path, lambda own: own.rsplit("/", 1)[-1] == name):
        return content
    raise UserError(f"{path}: holds no {name}; it is another archive than the one expected")


def _files(path: Path, wanted: Wanted) -> Iterator[tuple[str, IO[bytes]]]:
    if path.is_dir():
        return _of_folder(path, wanted)
    return _of_zip(path, wanted) if zipfile.is_zipfile(path) else _of_tar(path, wanted)


def _of_folder(path: Path, wanted: Wanted) -> Iterator[tuple[str, IO[bytes]]]:
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path).as_posix()
        if wanted(name) and file.is_file():
            yield name, file.open("rb")


def _of_zip(path: Path, wanted: Wanted) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.is_dir() and wanted(info.filename):
                yield info.filename, archive.open(info)


def _of_tar(path: Path, wanted: Wanted) -> Iterator[tuple[str, IO[bytes]]]:
    with _opened_tar(path) as archive:
        for info in archive:
            if info.isfile() and wanted(info.name):
                yield info.name, archive.extractfile(info)


def _opened_tar(path: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(path, "r|*")
    except TypeError as error:  # tarfile's own, where compression ends within its header
        raise tarfile.ReadError("its first block is cut") from error


def _bounded(file: IO[bytes], where: str, largest: int) -> bytes:
    content = file.read(largest + 1)
    if len(content) > largest:
        raise UserError(f"{where}: unpacks to more than {largest:,} bytes; no file of the set does")
    return content


def lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 text, plain, .gz or .bz2, without their ends."""
    try:
        with _OPENERS.get(path.suffix, Path.open)(path, "rb") as file:
            yield from _decoded(file, path)
    except _DAMAGED as error:
        raise UserError(f"{path}: cannot be read ({error}); remove it and start again") from error


def _decoded(file: IO[bytes], path: Path) -> Iterator[str]:
    number = 0
    while line := file.readline(LONGEST):
        number += 1
        try:
            yield line.decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise UserError(f"{path}:{number}: not UTF-8; it is another file") from error


def text_lines(content: bytes, where: str) -> Iterator[str]:
    """As `lines`, of a member."""
    return _decoded(io.BytesIO(content), Path(where))


def parsed(content: str | bytes) -> Any:
    """What JSON says; ValueError where it is none, or nested deeper than Python goes."""
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
