"""Files and directories that are whole or not there."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from unimr_jax.errors import UserError


@contextmanager
def whole_directory(directory: Path) -> Iterator[Path]:
    """Gives a directory to write into, which takes the name when the block ends without an error.

    Otherwise it is removed; one that a killed process left is called `NAME.tmp` and overwritten.

    Raises:
      UserError: there is something of that name that is no empty directory, or none can be made.
    """
    if directory.exists() and not _is_empty_directory(directory):
        raise UserError(f"{directory}: there is something already; remove it or name another")
    whole = directory.resolve()  # "." has no name
    if not whole.name:
        raise UserError(f"{directory}: has no name; name a directory below it")
    draft = whole.with_name(f"{whole.name}.tmp")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(parents=True)
    except OSError as error:
        raise UserError(f"{draft}: {error.strerror}; name another directory") from error
    try:
        yield draft
        draft.rename(whole)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _is_empty_directory(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path, remedy: str = "copy or download it again") -> Any:
    """Raises UserError, which says what to do, where it is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path}: is no JSON ({error}); {remedy}") from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to; what was written takes the name `path` once the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")  # threads may meet here
    try:
        yield temporary
        flush(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: Path, text: str) -> None:
    """A reader sees the old text or the new."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def flush(path: Path) -> None:
    """To the disk: a machine that goes down leaves no whole name with half a file."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
