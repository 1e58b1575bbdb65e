"""Directories that fsspec reaches: gs://, s3:// and whatever else it knows."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from unimr_jax.data.pictures import Picture, StoredPicture
from unimr_jax.data.sources.cache import cache_directory, digest
from unimr_jax.data.sources.packages import missing_package
from unimr_jax.errors import UserError, one_line
from unimr_jax.whole import whole_file

# What fsspec itself asks for, for the addresses that people use most.
PACKAGES = {"gs": "gcsfs", "gcs": "gcsfs", "s3": "s3fs", "az": "adlfs", "abfs": "adlfs"}


class RemoteDirectory:
    """A file comes into this machine's cache when it is first read, and again when it changed."""

    def __init__(self, address: str):
        self.address = address.rstrip("/")
        self.name = posixpath.basename(self.address)
        self._mirror = cache_directory() / "mirrors" / digest(self.address)

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        """The file system, and the directory's path there."""
        try:
            import fsspec.core
        except ImportError as error:
            raise missing_package("fsspec", self.address) from error
        scheme = self.address.split("://")[0]
        try:
            return fsspec.core.url_to_fs(self.address)
        except ImportError as error:
            raise missing_package(PACKAGES.get(scheme, scheme), self.address) from error
        except ValueError as error:
            raise UserError(f"{self.address}: {error}; write gs://…, s3://… or a path") from error

    @contextmanager
    def _reaching(self, name: str) -> Iterator[tuple[Any, str]]:
        """The file system and the path there; its errors, of any type, become a UserError."""
        files, root = self._opened
        try:
            yield files, posixpath.join(root, name) if name else root
        except Exception as error:
            raise UserError(
                f"{self.address}/{name}: cannot be reached ({one_line(error)}); "
                "check the address and your credentials"
            ) from error

    def exists(self) -> bool:
        with self._reaching("") as (files, path):
            return files.isdir(path)

    def names(self, pattern: str) -> list[str]:
        with self._reaching(pattern) as (files, path):
            root = self._opened[1]
            return sorted(posixpath.relpath(found, root) for found in files.glob(path))

    def file(self, name: str) -> Path:
        here = self._mirror / name
        with self._reaching(name) as (files, path):
            if files.isfile(path):
                self._fetch(files, path, here)
            elif here.is_file():  # of a file that is no longer there
                here.unlink()
        return here

    def tree(self, name: str) -> Path:
        with self._reaching(name) as (files, path):
            for found in files.find(path):
                below = posixpath.relpath(found, self._opened[1])
                self._fetch(files, found, self._mirror / below)
        return self._mirror / name

    def _fetch(self, files: Any, path: str, here: Path) -> None:
        """Beside the file stands what state of the other one it is."""
        if not here.resolve().is_relative_to(self._mirror.resolve()):  # a bucket may hold "../x"
            raise ValueError("its name leads out of the directory")
        state, seen = files.ukey(path), here.with_name(here.name + ".state")
        if here.is_file() and seen.is_file() and seen.read_text() == state:
            return
        with whole_file(here) as temporary:
            files.get_file(path, str(temporary))
        with whole_file(seen) as temporary:
            temporary.write_text(state)

    def size(self, name: str) -> int | None:
        with self._reaching(name) as (files, path):
            return files.size(path) if files.isfile(path) else None

    def picture(self, image: str) -> Picture:
        return StoredPicture(self, image)

    def read_picture(self, picture: StoredPicture) -> bytes:
        return self.file(picture.image).read_bytes()

    def scratch(self) -> AbstractContextManager[str]:
        return TemporaryDirectory()

    def put(self, file: Path, name: str) -> None:
        with self._reaching(name) as (files, path):
            files.makedirs(posixpath.dirname(path), exist_ok=True)
            files.put_file(str(file), path)
        file.unlink()

    def remove(self, name: str) -> None:
        with self._reaching(name) as (files, path):
            if files.exists(path):
                files.rm(path, recursive=True)

    def __str__(self) -> str:
        return self.address
