"""Downloads that go on where they were cut, and that never pass for whole before they are."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from unimr_jax.errors import UserError
from unimr_jax.whole import write_atomically

ATTEMPTS = 5
TIMEOUT = 60.0  # seconds without a byte
MANIFEST = "downloads.json"
_CHUNK = 1 << 20  # bytes
_BROKEN_LINE = (OSError, http.client.HTTPException)  # URLError and timeouts are OSErrors


class File(NamedTuple):
    """A file of a public set.

    `sha256` None: its makers publish none that could be recorded here, or replace the file now and
    then. The sum of the first download is then kept in downloads.json and held against later ones.
    """

    name: str
    url: str
    sha256: str | None = None


class Interrupted(Exception):
    """The connection ended early; what has come is kept, and another try goes on from there."""


class Downloads:
    """The folder that files are fetched into."""

    def __init__(self, directory: Path, pause: float = 1.0):
        """`pause`: seconds before the second attempt; it doubles with every further one."""
        self._directory, self._pause = directory, pause

    def fetch(self, file: File) -> Path:
        """The file, whole; downloaded unless it is there.

        Raises:
          UserError: it cannot be had, or is not what its checksum says.
        """
        target = self._directory / file.name
        if not target.is_file():
            self._directory.mkdir(parents=True, exist_ok=True)
            self._download(file, target)
        elif file.name not in self._known():
            self._keep(file, checked(target, file.sha256))
        return target

    def _download(self, file: File, target: Path) -> None:
        part = target.with_name(target.name + ".part")
        self._complete(file, part)
        expected = file.sha256 or self._known().get(file.name, {}).get("sha256")
        try:
            found = checked(part, expected)
        except UserError:
            part.unlink()
            raise
        os.replace(part, target)
        self._keep(file, found)

    def _complete(self, file: File, part: Path) -> None:
        """Appends to the part until it is all there."""
        for attempt in range(ATTEMPTS):
            try:
                return _append(file, part)
            except Interrupted as error:
                reason = str(error)
            if attempt + 1 < ATTEMPTS:
                print(f"{file.name}: {reason}; trying again", file=sys.stderr)
                time.sleep(self._pause * 2**attempt)
        have = part.stat().st_size if part.is_file() else 0
        raise UserError(
            f"{file.url}: {reason}, {ATTEMPTS} times; {have:,} bytes are kept: start the same "
            "command again to go on, or download the file by hand and name its folder in --source"
        )

    def _known(self) -> dict[str, dict]:
        try:
            return json.loads((self._directory / MANIFEST).read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            path = self._directory / MANIFEST
            raise UserError(f"{path}: not JSON ({error}); remove it") from error

    def _keep(self, file: File, sha256: str) -> None:
        entries = self._known() | {file.name: {"url": file.url, "sha256": sha256}}
        write_atomically(self._directory / MANIFEST, json.dumps(entries, indent=2) + "\n")


def checked(path: Path, sha256: str | None) -> str:
    """The file's checksum; a UserError where it is not the expected one."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 and found != sha256:
        raise UserError(
            f"{path}: sha256 is {found} and should be {sha256}; the file is damaged or another "
            "version: remove it and start again"
        )
    return found


def _append(file: File, part: Path) -> None:
    """One request for what is missing; raises Interrupted where less comes than announced."""
    have = part.stat().st_size if part.is_file() else 0
    with _open(file, part, have) as response:
        if response.status == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            return _all_there(response, part, have)
        have = _starts_at(response, have)
        total = _total(response, have)
        _remember_version(response, part)
        with part.open("r+b" if have else "wb") as out:
            out.seek(have)
            for chunk in _with_progress(_chunks(response), file.name, have, total):
                out.write(chunk)
            size = out.tell()
    if total is not None and size != total:
        raise Interrupted(f"cut off after {size:,} of {total:,} bytes")


def _open(file: File, part: Path, have: int) -> http.client.HTTPResponse | urllib.error.HTTPError:
    request = urllib.request.Request(file.url, headers=_headers(part, have))
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            return error
        if error.code >= 500 or error.code == http.client.TOO_MANY_REQUESTS:
            raise Interrupted(f"answers {error.code} {error.reason}") from error
        raise UserError(
            f"{file.url}: answers {error.code} {error.reason}; "
            f"download {file.name} by hand and name its folder in --source"
        ) from error
    except _BROKEN_LINE as error:
        raise Interrupted(f"no connection ({getattr(error, 'reason', error)})") from error


def _all_there(refusal: urllib.error.HTTPError, part: Path, have: int) -> None:
    """Nothing follows what we have: it is whole, unless the file has become another."""
    if refusal.headers.get("Content-Range") != f"bytes */{have}":
        part.unlink()
        raise Interrupted("is another file than the one begun")


def _starts_at(response: http.client.HTTPResponse, have: int) -> int:
    """Where the answer goes: at the end of what we have, or at the start of the file."""
    if response.status != http.client.PARTIAL_CONTENT:
        return 0  # no ranges there, or another file than the one begun
    span = response.headers.get("Content-Range", "")
    if not span.startswith(f"bytes {have}-"):
        raise UserError(f"{response.url}: sent {span!r} when asked for bytes {have}-; try --source")
    return have


def _headers(part: Path, have: int) -> dict[str, str]:
    """Asks for the rest, of that very version where the server tells versions apart."""
    headers = {"User-Agent": "unimr_jax", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        version = _version_file(part)
        if version.is_file():
            headers["If-Range"] = version.read_text("utf-8")
    return headers


def _version_file(part: Path) -> Path:
    return part.with_name(part.name + ".etag")


def _remember_version(response: http.client.HTTPResponse, part: Path) -> None:
    tag = response.headers.get("ETag", "")
    if tag and not tag.startswith("W/"):
        _version_file(part).write_text(tag, "utf-8")
    else:
        _version_file(part).unlink(missing_ok=True)


def _total(response: http.client.HTTPResponse, have: int) -> int | None:
    """Bytes of the whole file, where the server says."""
    length = response.headers.get("Content-Length")
    return have + int(length) if length is not None else None


def _chunks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while chunk := response.read(_CHUNK):
            yield chunk
    except _BROKEN_LINE as error:
        raise Interrupted(f"connection lost ({error})") from error


def _with_progress(
    chunks: Iterator[bytes], name: str, have: int, total: int | None
) -> Iterator[bytes]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    rates = (TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, *rates, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=total, completed=have)
        for chunk in chunks:
            yield chunk
            bar.advance(task, len(chunk))
