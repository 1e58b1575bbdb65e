from __future__ import annotations

import io
import tarfile

import pytest

from tests.data.public.layouts import compressed, tarred, zipped
from unimr_jax.data.public.archives import lines, member, members
from unimr_jax.data.public.pictures import copy_all_pictures
from unimr_jax.errors import UserError


def everything(path) -> dict[str, bytes]:
    return dict(members(path, lambda name: True))


FILES = {"a/b.txt": b"b", "c.txt": b"c"}


def test_zip_tar_and_folder_are_alike(tmp_path):
    folder = tmp_path / "folder"
    (folder / "a").mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    tar, zip = tarred(tmp_path / "f.tar.gz", FILES), zipped(tmp_path / "f.zip", FILES)
    assert everything(folder) == everything(tar) == everything(zip) == FILES


@pytest.mark.parametrize("name", ["../out.jpg", "/tmp/out.jpg", "a/../../out.jpg"])
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_nothing_is_written_outside(tmp_path, pack, name):
    archive = pack(tmp_path / "evil", {name: b"picture"})
    output = tmp_path / "deep" / "set"
    copy_all_pictures(archive, {"out.jpg": "images/out.jpg"}, output)
    written = [own for own in tmp_path.rglob("*") if own.is_file() and own != archive]
    assert written == [output / "images/out.jpg"]


def test_links_are_passed_over(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        info = tarfile.TarInfo("out.jpg")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    assert everything(tmp_path / "a.tar") == {}


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_bomb_is_not_unpacked(tmp_path, pack):
    archive = pack(tmp_path / "bomb", {"zeros": bytes(1 << 20)})
    with pytest.raises(UserError, match="zeros: unpacks to more than 1,000 bytes"):
        list(members(archive, lambda name: True, largest=1000))


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_damaged_archive(tmp_path, pack):
    archive = pack(tmp_path / "archive", {"a": bytes(range(256)) * 64})
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match="cannot be read"):
        everything(archive)


def test_no_archive(tmp_path):
    (tmp_path / "page.zip").write_text("<html>")
    with pytest.raises(UserError, match="page.zip: cannot be read"):
        member(tmp_path / "page.zip", "a")


def test_a_member_is_missing(tmp_path):
    with pytest.raises(UserError, match="holds no captions.jsonl"):
        member(zipped(tmp_path / "a.zip", {"b": b""}), "captions.jsonl")


@pytest.mark.parametrize("name", ["a.gz", "a.bz2"])
def test_lines(tmp_path, name):
    assert list(lines(compressed(tmp_path / name, "één\r\ntwee"))) == ["één", "twee"]


def test_lines_that_are_not_utf8(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"a\n\xff\n")
    with pytest.raises(UserError, match="a.txt:2: not UTF-8"):
        list(lines(tmp_path / "a.txt"))


def test_tar_streams_from_any_compression(tmp_path):
    with tarfile.open(tmp_path / "a.tar.bz2", "w:bz2") as archive:
        info = tarfile.TarInfo("a")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    assert everything(tmp_path / "a.tar.bz2") == {"a": b"x"}


@pytest.mark.parametrize("which", ["in front of the member", "in the directory at the end"])
def test_a_zip_whose_name_of_a_member_is_no_text(tmp_path, which):
    name = "ü"  # which says that names are UTF-8
    archive = zipped(tmp_path / "f.zip", {name: b"x"})
    content, encoded = archive.read_bytes(), name.encode()
    start = content.find(encoded) if which.startswith("in front") else content.rfind(encoded)
    archive.write_bytes(content[:start] + b"\xff\xff" + content[start + 2 :])
    with pytest.raises(UserError, match="f.zip: cannot be read"):
        everything(archive)
