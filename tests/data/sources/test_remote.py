"""Data sets at an address, by a file system that fsspec keeps in memory."""

from __future__ import annotations

from pathlib import Path

import fsspec
import pytest

from tests.data.sources.datasets_of_all_kinds import ROWS, contents
from unimr_jax.config import Data
from unimr_jax.data.convert.convert import convert, write_here
from unimr_jax.data.datasets import data_set_directory
from unimr_jax.data.sources import SOURCES, open_split
from unimr_jax.data.sources.remote import RemoteDirectory
from unimr_jax.errors import UserError


@pytest.fixture
def bucket():
    files = fsspec.filesystem("memory")
    yield files
    files.rm("/bucket", recursive=True)


@pytest.fixture
def uploaded(bucket, dataset_of, monkeypatch, tmp_path):
    """Puts the data set in a format there; returns its address."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def put(kind: str) -> str:
        bucket.put(f"{dataset_of(kind)}/", "/bucket/toy/", recursive=True)
        return "memory://bucket/toy"

    return put


@pytest.mark.parametrize("kind", SOURCES)
def test_is_read_like_a_local_one(uploaded, dataset_of, kind):
    address = uploaded(kind)
    source = open_split(address, "train")
    assert source.name == "toy"
    assert contents(source) == contents(open_split(dataset_of(kind), "train"))


class TestCache:
    def test_files_come_when_they_are_read(self, uploaded, tmp_path):
        source = open_split(uploaded("jsonl"), "train", check_images=False)
        fetched = {path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()}
        assert "train.jsonl" in fetched and "red.png" not in fetched
        source.picture(source[0]).read()
        assert list((tmp_path / "cache").rglob("red.png"))

    def test_nothing_comes_twice(self, uploaded, bucket, monkeypatch):
        address = uploaded("array_record")
        open_split(address, "train")
        monkeypatch.setattr(bucket, "get_file", None)
        assert len(open_split(address, "train")) == len(ROWS)

    def test_what_has_changed_comes_again(self, uploaded, bucket):
        address = uploaded("jsonl")
        open_split(address, "train")
        bucket.pipe("/bucket/toy/train.jsonl", b'{"id": "z", "lang": "en", "text": "new"}\n')
        assert open_split(address, "train")[0].text == "new"

    def test_what_is_gone_there_is_gone_here(self, uploaded, bucket):
        address, row = uploaded("jsonl"), b'{"id": "z", "lang": "en", "text": "new"}\n'
        bucket.pipe("/bucket/toy/test.jsonl", row)
        open_split(address, "train")
        bucket.rm("/bucket/toy/train.jsonl")
        with pytest.raises(UserError, match="train.jsonl: no such split"):
            open_split(address, "train")
        bucket.pipe("/bucket/toy/train.jsonl", row)
        assert open_split(address, "train")[0].text == "new"

    def test_a_broken_transfer_leaves_no_file(self, uploaded, bucket, monkeypatch, tmp_path):
        address = uploaded("jsonl")

        def fail(path, local):
            Path(local).write_bytes(b"half")
            raise OSError("connection reset")

        monkeypatch.setattr(bucket, "get_file", fail)
        with pytest.raises(UserError, match=r"dataset.json: cannot be reached \(connection reset"):
            open_split(address, "train")
        assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]

    def test_a_name_there_cannot_lead_out_of_it(self, uploaded, tmp_path):
        directory = RemoteDirectory(uploaded("jsonl"))
        mirror = directory._mirror
        with pytest.raises(ValueError, match="leads out"):
            directory._fetch(None, "x", mirror / ".." / "x")


class TestAddress:
    def test_of_the_root_in_a_config(self, uploaded, tmp_path):
        uploaded("jsonl")
        directory = data_set_directory(Data(root="memory://bucket/"), tmp_path, "toy")
        assert str(directory) == "memory://bucket/toy" and directory.exists()

    def test_that_is_not_there(self, bucket):
        bucket.mkdir("/bucket")
        with pytest.raises(UserError, match="memory://bucket/none: no such data set directory"):
            open_split("memory://bucket/none", "train")

    def test_of_an_unknown_scheme(self):
        with pytest.raises(UserError, match="xyz://a: .*write gs://"):
            open_split("xyz://a", "train")

    def test_whose_package_is_missing(self, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "gcsfs", None)
        with pytest.raises(UserError, match="gs://a/b: needs the package gcsfs; pip install gcsfs"):
            open_split("gs://a/b", "train")


@pytest.mark.parametrize("to", ["array_record", "jsonl", "tfds"])
def test_can_be_converted_to_and_from(uploaded, bucket, dataset_of, to):
    convert(uploaded("parquet"), "memory://bucket/copy", to, 0, write_here)
    expected = contents(open_split(dataset_of("jsonl"), "train"))
    assert contents(open_split("memory://bucket/copy", "train")) == expected
    assert not bucket.exists("/bucket/copy/.converting")


def test_a_copy_there_is_made_whole_again(uploaded, bucket, dataset_of):
    address = uploaded("parquet")
    convert(address, "memory://bucket/copy", "array_record", 0, write_here)
    (file,) = bucket.glob("/bucket/copy/train-0*")
    bucket.rm(file)
    convert(address, "memory://bucket/copy", "array_record", 0, write_here)
    expected = contents(open_split(dataset_of("jsonl"), "train"))
    assert contents(open_split("memory://bucket/copy", "train")) == expected
