"""Any data set of ours can be built by TensorFlow Datasets, and read back equal."""

from __future__ import annotations

import json
import pickle
import sys

import pytest

from tests.data.sources.datasets_of_all_kinds import ROWS, contents, describe
from unimr_jax.data.sources import SOURCES, open_split
from unimr_jax.errors import UserError


@pytest.fixture
def built(tmp_path):
    """Builds a data set; returns TFDS, the builder and the directory it built into."""

    def build(dataset):
        import tensorflow_datasets as tfds

        from unimr_jax.data.tfds_builder import UnimrRecords

        builder = UnimrRecords.of(str(dataset), data_dir=str(tmp_path / "tfds"))
        builder.download_and_prepare()
        return tfds, builder, tmp_path / "tfds" / "unimr_records" / dataset.name

    return build


@pytest.mark.parametrize("kind", SOURCES)
def test_our_source_reads_it_back_equal(built, dataset_of, kind):
    _, _, directory = built(dataset_of(kind))
    describe(directory)
    expected = contents(open_split(dataset_of(kind), "train"))
    assert contents(open_split(directory, "train")) == expected
    assert "tensorflow" not in sys.modules


def test_it_is_read_by_name_in_the_order_of_the_rows(built, dataset_of, tmp_path):
    tfds, builder, _ = built(dataset_of("jsonl"))
    rows = tfds.data_source(
        "unimr_records/toy",
        split="train",
        data_dir=str(tmp_path / "tfds"),
        decoders={"image": tfds.decode.SkipDecoding()},
    )
    assert [row["id"].decode() for row in rows] == [row["id"] for row in ROWS]
    assert pickle.loads(pickle.dumps(builder)).info.full_name == builder.info.full_name


def test_it_says_what_the_data_set_says_of_itself(built, make_dataset):
    toy = make_dataset([{"id": "1", "lang": "en", "text": "x"}])
    (toy / "dataset.json").write_text(json.dumps({"description": "Toys.", "licence": "CC0-1.0"}))
    _, builder, _ = built(toy)
    assert "image" not in builder.info.features
    assert builder.info.description == "Toys."
    assert builder.info.redistribution_info.license == "CC0-1.0"


def test_a_broken_row_gets_its_line(built, make_dataset, tmp_path):
    toy = make_dataset([{"id": "1", "lang": "en"}])
    with pytest.raises(UserError, match=r"train.jsonl:1: field 'text': missing"):
        built(toy)
    assert not list(tmp_path.glob("tfds/*/*/*"))
