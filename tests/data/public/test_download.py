"""Downloads from a server that misbehaves."""

from __future__ import annotations

import errno
import hashlib
import json
import socket
from pathlib import Path

import pytest

from unimr_jax.data.public import download
from unimr_jax.data.public.download import ATTEMPTS, Downloads, File
from unimr_jax.errors import UserError

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "downloads"


@pytest.fixture
def fetch(site, folder):
    site.files["a.bin"] = CONTENT

    def fetch(sha256: str | None = None, name: str = "a.bin") -> Path:
        return Downloads(folder, pause=0.0).fetch(File(name, site.url(name), sha256))

    return fetch


def test_whole_file(fetch, folder, site):
    assert fetch(SHA256).read_bytes() == CONTENT
    assert json.loads((folder / "downloads.json").read_text()) == {
        "a.bin": {"url": site.url("a.bin"), "sha256": SHA256}
    }
    assert not list(folder.glob("*.part"))


def test_a_file_that_is_there_is_not_asked_for(fetch, site):
    fetch()
    fetch()
    assert len(site.asked) == 1


def test_goes_on_where_the_connection_was_cut(fetch, site):
    site.cuts = [1000, 500]
    assert fetch(SHA256).read_bytes() == CONTENT
    assert site.asked == [None, "bytes=1000-", "bytes=1500-"]


def test_goes_on_in_another_run(fetch, site, folder):
    site.cuts = [1000] + [0] * (ATTEMPTS - 1)
    with pytest.raises(UserError, match=r"cut off after 1,000 of 10,240 bytes, .* 1,000 bytes are"):
        fetch()
    assert not (folder / "a.bin").exists()
    assert fetch().read_bytes() == CONTENT
    assert site.asked[-1] == "bytes=1000-"


def test_starts_over_where_there_are_no_ranges(fetch, site):
    site.ranges, site.cuts = False, [1000]
    assert fetch(SHA256).read_bytes() == CONTENT


def test_starts_over_when_the_file_has_become_another(fetch, site):
    site.cuts = [1000] + [0] * (ATTEMPTS - 1)
    with pytest.raises(UserError):
        fetch()
    site.files["a.bin"], site.etag = CONTENT[::-1], '"v2"'
    assert fetch().read_bytes() == CONTENT[::-1]


def test_a_part_that_was_whole_is_kept(fetch, site, folder):
    folder.mkdir()
    (folder / "a.bin.part").write_bytes(CONTENT)
    assert fetch(SHA256).read_bytes() == CONTENT
    assert site.asked == ["bytes=10240-"]


def test_a_part_longer_than_the_file_is_thrown_away(fetch, site, folder):
    folder.mkdir()
    (folder / "a.bin.part").write_bytes(CONTENT + b"more")
    assert fetch(SHA256).read_bytes() == CONTENT


def test_wrong_checksum_leaves_nothing_behind(fetch, folder):
    with pytest.raises(UserError, match=f"sha256 is {SHA256} and should be 00"):
        fetch("00")
    assert not list(folder.glob("a.bin*.part")) and not (folder / "a.bin").exists()


def test_a_file_without_checksum_must_stay_what_it_was(fetch, folder, site):
    fetch()
    (folder / "a.bin").unlink()
    site.files["a.bin"] = b"another"
    with pytest.raises(UserError, match="should be " + SHA256):
        fetch()


def test_a_busy_server_is_asked_again(fetch, site):
    site.errors = [503, 429]
    assert fetch(SHA256).read_bytes() == CONTENT


def test_not_found_is_said_at_once(fetch, site):
    with pytest.raises(UserError, match=r"nothing: answers 404 .*--source"):
        fetch(name="nothing")
    assert len(site.asked) == 1


def test_no_network(folder, unused_port):
    file = File("a.bin", f"http://127.0.0.1:{unused_port}/a.bin")
    with pytest.raises(UserError, match=r"no connection .*Connection refused.* --source") as raised:
        Downloads(folder, pause=0.0).fetch(file)
    assert "\n" not in str(raised.value)


@pytest.fixture
def unused_port():
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        port = own.getsockname()[1]
    return port


def test_a_full_disk_keeps_what_has_come(fetch, folder, monkeypatch, site):
    def two_chunks(response):
        yield response.read(1000)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(download, "_chunks", two_chunks)
        with pytest.raises(OSError, match="No space left"):
            fetch()
    assert fetch(SHA256).read_bytes() == CONTENT
    assert site.asked[-1] == "bytes=1000-"
