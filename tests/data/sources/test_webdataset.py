"""Tar shards of other people's tools."""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.sources.datasets_of_all_kinds import describe, picture
from unimr_jax.data.datasets import merged_records
from unimr_jax.data.pictures import picture_bytes
from unimr_jax.data.record import BadRecord
from unimr_jax.data.sources import open_split, tar_samples
from unimr_jax.data.sources.tar import members
from unimr_jax.errors import UserError

RED = picture((200, 30, 30), "JPEG")


def write_tar(path: Path, files: dict[str, bytes], format: int = tarfile.PAX_FORMAT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=format) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def add_link(path: Path, name: str, target: str, kind: bytes) -> None:
    link = tarfile.TarInfo(name)
    link.type, link.linkname = kind, target
    with tarfile.open(path, "a") as archive:
        archive.addfile(link)


@pytest.fixture
def toy(tmp_path):
    """Writes shards of the split train; returns the data set."""

    def write(*shards: dict[str, bytes], **about) -> Path:
        for number, files in enumerate(shards):
            write_tar(tmp_path / "toy" / f"train-{number:06d}.tar", files)
        describe(tmp_path / "toy", **{"defaults": {"lang": "en"}} | about)
        return tmp_path / "toy"

    return write


class TestSamples:
    def test_pictures_with_texts(self, toy):
        shards = {"a.jpg": RED, "a.txt": b"one\n", "b.jpg": RED, "b.txt": b"two"}, {"c.txt": b"3"}
        source = open_split(toy(*shards), "train")
        records = [source[i] for i in range(3)]
        assert [(r.id, r.text, r.image) for r in records] == [
            ("a", "one", "images/train-000000/a.jpg"),
            ("b", "two", "images/train-000000/b.jpg"),
            ("c", "3", None),
        ]
        assert picture_bytes(source.picture(records[1])) == RED

    def test_of_equal_names_in_two_shards_are_two(self, toy):
        """Packing tools number the samples of every shard from 0."""
        row = {"text": "x", "lang": "en"}
        samples = [
            {"0.json": json.dumps(row | {"uid": str(i)}).encode(), "0.jpg": picture(colour, "JPEG")}
            for i, colour in enumerate([(200, 30, 30), (30, 30, 200)])
        ]
        source = open_split(toy(*samples, fields={"id": "uid"}), "train")
        records, pictures = merged_records({"toy": source})
        found = [picture_bytes(pictures[record.image]) for record in records]
        assert found == [sample["0.jpg"] for sample in samples]
        assert source.picture(source[0]) != source.picture(source[1])

    @pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.SYMTYPE])
    def test_a_link_says_how_to_pack_what_it_stands_for(self, toy, kind):
        directory = toy({"a.jpg": RED, "a.txt": b"one", "b.txt": b"two"})
        add_link(directory / "train-000000.tar", "b.jpg", "a.jpg", kind)
        with pytest.raises(UserError, match="b.jpg is a link; use tar --dereference --hard-deref"):
            open_split(directory, "train")

    def test_a_link_to_what_is_not_read_does_no_harm(self, toy):
        directory = toy({"a.txt": b"one"})
        add_link(directory / "train-000000.tar", "README", "a.txt", tarfile.SYMTYPE)
        assert open_split(directory, "train")[0].text == "one"

    def test_json_with_columns_of_its_own(self, toy):
        row = json.dumps({"caption": "one", "key": 7, "url": "http://x"}).encode()
        directory = toy({"x/a.json": row, "x/a.cls": b"3"}, fields={"text": "caption"})
        record = open_split(directory, "train")[0]
        assert (record.id, record.text) == ("x/a", "one")

    def test_a_key_ends_at_the_first_dot(self, toy):
        source = open_split(toy({"d.1/a.seg.png": RED, "d.1/a.txt": b"x"}), "train")
        assert (source[0].id, source[0].image) == ("d.1/a", None)

    def test_a_text_that_is_no_utf8(self, toy):
        with pytest.raises(BadRecord, match=r"tar: sample 2: encoding: byte 1 of the text"):
            open_split(toy({"a.txt": b"x"}, {"b.txt": b"x", "c.txt": b"\xff"}), "train")


class TestIndex:
    def test_is_made_once(self, toy, monkeypatch):
        directory = toy({"a.txt": b"one"})
        open_split(directory, "train")
        monkeypatch.setattr(tar_samples, "_index", None)
        assert open_split(directory, "train")[0].text == "one"

    def test_is_made_again_for_a_file_that_changed(self, toy):
        open_split(toy({"a.txt": b"one"}), "train")
        assert len(open_split(toy({"a.txt": b"one", "b.txt": b"two"}), "train")) == 2

    def test_an_interrupted_one_leaves_nothing(self, toy, monkeypatch, tmp_path):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

        def fail(*_, **__):
            raise KeyboardInterrupt

        monkeypatch.setattr(tar_samples.np, "savez", fail)
        with pytest.raises(KeyboardInterrupt):
            open_split(toy({"a.txt": b"one"}), "train")
        assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


class TestTar:
    @given(
        st.dictionaries(
            st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1)
            .map(lambda name: name.strip("/"))
            .filter(lambda name: name.strip("/\n") == name and name),
            st.binary(max_size=1100),
            max_size=4,
        ),
        st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
        st.integers(0, 300),
    )
    def test_finds_what_tarfile_wrote(self, files, format, longer):
        files = {name + "n" * longer: content for name, content in files.items()}
        path = write_tar(Path(os.environ["XDG_CACHE_HOME"]) / "some.tar", files, format)
        descriptor = os.open(path, os.O_RDONLY)
        found = {m.name: os.pread(descriptor, m.size, m.offset) for m in members(descriptor)}
        starts = [next(members(descriptor, m.start)).name for m in members(descriptor)]
        os.close(descriptor)
        assert found == files and starts == list(files)

    @pytest.mark.parametrize("content", [b"no tar" * 99, RED * 3, b"\x1f\x8b" + b"0" * 600])
    def test_something_else(self, toy, content):
        directory = toy({"a.txt": b"one"})
        (directory / "train-000000.tar").write_bytes(content)
        with pytest.raises(UserError, match=r"train-000000.tar: no whole tar archive"):
            open_split(directory, "train")

    @pytest.mark.parametrize("size", [b"77777777777\0", b"\x80" + b"\xff" * 11, b"-0000000100\0"])
    def test_a_size_beyond_the_file(self, toy, size):
        directory = toy({"a.txt": b"one"})
        path = directory / "train-000000.tar"
        content = bytearray(path.read_bytes())
        content[124:136] = size
        content[148:156] = b" " * 8
        content[148:156] = b"%06o\0 " % sum(content[:512])
        path.write_bytes(content)
        with pytest.raises(UserError, match="no whole tar archive without compression"):
            open_split(directory, "train")

    def test_a_name_that_leads_elsewhere(self, toy):
        directory = toy({"../../../evil.jpg": RED, "../../../evil.txt": b"one"})
        with pytest.raises(BadRecord, match="'image': .*does not lie in the data set directory"):
            open_split(directory, "train")

    def test_a_name_from_the_root_lies_below_the_shard(self, toy):
        directory = toy({"/evil.jpg": RED, "/evil.txt": b"one"})
        assert open_split(directory, "train")[0].image == "images/train-000000/evil.jpg"
