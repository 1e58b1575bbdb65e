"""Every format gives the same records and the same bytes of pictures."""

from __future__ import annotations

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from tests.data.sources.datasets_of_all_kinds import ROWS, WRITE, contents, describe
from unimr_jax.data.images import ImageReader
from unimr_jax.data.record import BadRecord
from unimr_jax.data.sources import SOURCES, open_split
from unimr_jax.errors import UserError

OWN = ("array_record", "parquet", "webdataset")  # with pictures by the names they came with
EMBEDDED = ("hf", "tfds")


@pytest.fixture
def copy_of(dataset_of, tmp_path):
    """The data set in a format, to be changed."""
    return lambda kind: shutil.copytree(dataset_of(kind), tmp_path / kind)


def test_each_is_tried():
    assert SOURCES.keys() == WRITE.keys()


class TestEqual:
    @pytest.mark.parametrize("kind", OWN)
    def test_written_by_convert(self, dataset_of, kind):
        expected = contents(open_split(dataset_of("jsonl"), "train"))
        assert contents(open_split(dataset_of(kind), "train")) == expected

    @pytest.mark.parametrize("kind", EMBEDDED)
    def test_written_by_their_own_tools(self, dataset_of, kind):
        expected = contents(open_split(dataset_of("jsonl"), "train"))
        found = contents(open_split(dataset_of(kind), "train"))
        for id, (record, picture) in found.items():
            other, bytes_of_other = expected[id]
            assert picture == bytes_of_other
            assert replace(record, image=None) == replace(other, image=None)
        assert found.keys() == ({"a", "b", "c"} if kind == "tfds" else expected.keys())
        assert found["a"][0].image == found["b"][0].image != found["c"][0].image

    def test_a_column_that_no_record_has_may_hold_anything(self, tmp_path):
        import datasets

        row = {"id": "1", "lang": "en", "text": "x", "embedding": b"\xff"}
        table = datasets.Dataset.from_list([row])
        datasets.DatasetDict({"train": table}).save_to_disk(str(tmp_path / "toy"))
        describe(tmp_path / "toy")
        assert open_split(tmp_path / "toy", "train")[0].text == "x"

    @pytest.mark.parametrize("kind", SOURCES)
    def test_rows_by_task_and_language(self, dataset_of, kind):
        source = open_split(dataset_of(kind), "train")
        ids = {source[i].id for i in source.rows("text_to_image", "de")}
        assert ids == {"b"} and source.name == "toy"
        assert len(source.language_ids) == len(source)


class TestPictures:
    @pytest.mark.parametrize("kind", SOURCES)
    def test_equal_ones_are_decoded_once(self, dataset_of, kind):
        source = open_split(dataset_of(kind), "train")
        red = [record for record in map(source.__getitem__, range(len(source))) if record.image]
        reader = ImageReader(8)
        for record in red:
            assert reader.read(source.picture(record)).shape == (8, 8, 3)
        assert reader.read.cache_info().misses == 2  # of three

    @pytest.mark.parametrize("kind", SOURCES)
    def test_threads_read_together(self, dataset_of, kind):
        source = open_split(dataset_of(kind), "train")
        expected = contents(source)
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(contents, [source] * 4)) == [expected] * 4


class TestFormat:
    def test_two_formats_in_one_directory(self, copy_of):
        directory = copy_of("jsonl")
        (directory / "train.parquet").write_bytes(b"")
        with pytest.raises(UserError, match='holds files of jsonl and parquet; say .*"format"'):
            open_split(directory, "train")
        describe(directory, format="jsonl")
        assert len(open_split(directory, "train")) == len(ROWS)

    def test_no_format(self, tmp_path):
        describe(tmp_path)
        with pytest.raises(UserError, match="holds files of no known format"):
            open_split(tmp_path, "train")

    @pytest.mark.parametrize("kind", SOURCES)
    def test_an_absent_split(self, dataset_of, kind):
        with pytest.raises(UserError, match="no such split; the data set has train"):
            open_split(dataset_of(kind), "test")

    @pytest.mark.parametrize(
        ("module", "kind", "name"),
        [
            ("pyarrow.parquet", "parquet", "pyarrow"),
            ("array_record.python.array_record_module", "array_record", "array_record"),
            ("datasets", "hf", "datasets"),
            ("tensorflow_datasets", "tfds", "tensorflow-datasets"),
        ],
    )
    def test_a_missing_package(self, dataset_of, monkeypatch, module, kind, name):
        directory = dataset_of(kind)
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(UserError, match=f"needs the package {name}; pip install {name}"):
            open_split(directory, "train")


class TestColumns:
    def parquet(self, directory, **columns):
        import pyarrow.parquet

        directory.mkdir(exist_ok=True)
        pyarrow.parquet.write_table(pyarrow.table(columns), directory / "train.parquet")
        return directory

    def test_other_names_and_defaults(self, tmp_path):
        toy = self.parquet(tmp_path / "toy", title=["one", "two"], tag=["x", None])
        describe(toy, fields={"text": "title", "intent": "tag"}, defaults={"lang": "en"})
        source = open_split(toy, "train")
        assert [(r.id, r.lang, r.text, r.intent) for r in (source[0], source[1])] == [
            ("0", "en", "one", "x"),
            ("1", "en", "two", None),
        ]

    def test_a_missing_column_says_how_to_map_it(self, tmp_path):
        toy = self.parquet(tmp_path / "toy", title=["one"], lang=["en"])
        describe(toy)
        with pytest.raises(UserError, match=r"no column 'text' .*title, lang.*\"fields\": {\"text"):
            open_split(toy, "train")

    def test_a_column_of_another_type(self, tmp_path):
        toy = self.parquet(tmp_path / "toy", text=[3, 4], lang=["en", "en"])
        describe(toy)
        with pytest.raises(BadRecord, match=r"train.parquet: row 1: field 'text': found 3; write"):
            open_split(toy, "train")

    @pytest.mark.parametrize("key", ["fields", "defaults"])
    def test_a_field_that_no_record_has(self, copy_of, key):
        directory = copy_of("jsonl")
        describe(directory, **{key: {"caption": "text"}})
        with pytest.raises(UserError, match=f"'{key}' names 'caption', which no record has"):
            open_split(directory, "train")

    @pytest.mark.parametrize("column", [["caption"], 3, None])
    def test_a_column_that_is_no_name(self, copy_of, column):
        directory = copy_of("jsonl")
        describe(directory, fields={"text": column})
        message = r"dataset.json: 'fields' has .* for 'text'; write the name of one column"
        with pytest.raises(UserError, match=message):
            open_split(directory, "train")

    def test_bytes_that_are_no_text(self, tmp_path):
        toy = self.parquet(tmp_path / "toy", text=[b"gr\xf6\xdfe"], lang=["de"])
        describe(toy)
        with pytest.raises(BadRecord, match="row 1: encoding: field 'text': byte 3 is not UTF-8"):
            open_split(toy, "train")


class TestShards:
    @pytest.mark.parametrize("kind", OWN)
    def test_one_is_missing(self, copy_of, kind):
        directory = copy_of(kind)
        next(directory.glob("train-00001-of-*")).unlink()
        with pytest.raises(UserError, match="of 2 shards 1 are missing"):
            open_split(directory, "train")

    @pytest.mark.parametrize("kind", OWN)
    def test_one_is_cut_short(self, copy_of, kind):
        directory = copy_of(kind)
        shard = next(directory.glob("train-00001-of-*"))
        shard.write_bytes(shard.read_bytes()[:-1])
        with pytest.raises(UserError, match=r"train-00001.*: has \d+ bytes, but \d+ by .*dataset"):
            open_split(directory, "train")


def test_the_index_is_a_few_numbers_per_row(dataset_of):
    for kind in SOURCES:
        index = open_split(dataset_of(kind), "train")._index
        arrays = [value for value in index if isinstance(value, np.ndarray)]
        assert sum(array.itemsize for array in arrays) <= 16, kind
