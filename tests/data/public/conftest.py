"""A server on this machine that can be told to misbehave."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from unimr_jax.data.public.sets import PUBLIC
from unimr_jax.data.public.write import write_public_set
from unimr_jax.data.sources import open_split


@dataclass
class Site:
    """What the server serves, and how badly."""

    files: dict[str, bytes] = field(default_factory=dict)
    ranges: bool = True
    etag: str = '"v1"'
    cuts: list[int] = field(default_factory=list)  # of the next answers, bytes until the cut
    errors: list[int] = field(default_factory=list)  # statuses of the next answers
    asked: list[str | None] = field(default_factory=list)  # the ranges
    address: str = ""

    def url(self, name: str) -> str:
        return f"{self.address}/{name}"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        site: Site = self.server.site
        site.asked.append(self.headers.get("Range"))
        content = site.files.get(self.path.lstrip("/"))
        if site.errors or content is None:
            self.send_error(site.errors.pop(0) if site.errors else 404)
            return
        start = self._start(site)
        if start >= len(content) > 0:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.end_headers()
            return
        self._answer(site, content, start)

    def _start(self, site: Site) -> int:
        asked = self.headers.get("Range")
        if not site.ranges or asked is None or self.headers.get("If-Range", site.etag) != site.etag:
            return 0
        return int(asked.removeprefix("bytes=").rstrip("-"))

    def _answer(self, site: Site, content: bytes, start: int) -> None:
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", site.etag)
        if start:
            span = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self.send_header("Content-Range", span)
        self.end_headers()
        rest = content[start:]
        self.wfile.write(rest[: site.cuts.pop(0)] if site.cuts else rest)

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def site():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.site = Site(address=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server.site
    server.shutdown()
    server.server_close()


@pytest.fixture
def prepared(tmp_path):
    """Prepares a set from files that are there; returns its directory and its rows by split."""

    def prepare(name: str, source: Path, languages: Sequence[str]) -> tuple[Path, dict[str, list]]:
        output = tmp_path / "set"
        counts = write_public_set(name, PUBLIC[name], output, languages, source)
        splits = {split: open_split(output, split) for split in counts}
        return output, {split: [own[i] for i in range(len(own))] for split, own in splits.items()}

    return prepare


@pytest.fixture
def source(tmp_path) -> Path:
    folder = tmp_path / "by_hand"
    folder.mkdir()
    return folder
