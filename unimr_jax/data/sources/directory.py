"""A data set's directory: on this machine, or at an address such as gs://bucket/name."""

from __future__ import annotations

import glob
import os
import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from unimr_jax.data.pictures import Picture

WORKPLACE = ".converting"  # a directory below that one that is being written


class Directory(Protocol):
    """Files are named by their path below the directory, with slashes."""

    name: str

    def exists(self) -> bool: ...

    def names(self, pattern: str) -> list[str]:
        """Of the files that match the glob, sorted."""

    def file(self, name: str) -> Path:
        """Where the file lies on this machine; fetched first where it lies elsewhere."""

    def tree(self, name: str) -> Path:
        """The same of a directory and all that it holds; "" is the directory itself."""

    def size(self, name: str) -> int | None:
        """Bytes; None where there is no such file."""

    def picture(self, image: str) -> Picture: ...

    def scratch(self) -> AbstractContextManager[str]:
        """A directory of this machine to write files in that `put` takes."""

    def put(self, file: Path, name: str) -> None:
        """Moves a file there, under that name: whole or not at all."""

    def remove(self, name: str) -> None:
        """A file, or a directory below with all that it holds."""


def open_directory(address: str | Path | Directory) -> Directory:
    """A directory stands for itself."""
    if not isinstance(address, str | Path):
        return address
    if not is_remote(address):
        return LocalDirectory(Path(address))
    from unimr_jax.data.sources.remote import RemoteDirectory

    return RemoteDirectory(str(address))


def is_remote(address: str | Path) -> bool:
    return "://" in str(address)


class LocalDirectory:
    def __init__(self, path: Path):
        self.path = path.resolve()
        self.name = os.path.basename(os.path.abspath(path))  # a link's own, wherever it leads

    def exists(self) -> bool:
        return self.path.is_dir()

    def names(self, pattern: str) -> list[str]:
        found = glob.iglob(pattern, root_dir=self.path)
        return sorted(name for name in found if (self.path / name).is_file())

    def file(self, name: str) -> Path:
        return self.path / name

    tree = file

    def size(self, name: str) -> int | None:
        path = self.path / name
        return path.stat().st_size if path.is_file() else None

    def picture(self, image: str) -> Picture:
        return self.path / image

    def scratch(self) -> AbstractContextManager[str]:
        below = self.path / WORKPLACE
        below.mkdir(parents=True, exist_ok=True)
        return TemporaryDirectory(dir=below)  # on the same disk, so that a file can be renamed

    def put(self, file: Path, name: str) -> None:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(file, target)

    def remove(self, name: str) -> None:
        path = self.path / name
        if path.is_file():
            path.unlink()
        else:
            shutil.rmtree(path, ignore_errors=True)

    def __str__(self) -> str:
        return str(self.path)
