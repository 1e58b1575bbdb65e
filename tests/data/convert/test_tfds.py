"""What `prepare convert --to=tfds` writes is a set of TensorFlow Datasets to its own library."""

from __future__ import annotations

import sys

import pytest

from tests.data.sources.datasets_of_all_kinds import ROWS, write_jsonl
from unimr_jax.data.convert.convert import convert, write_here


@pytest.fixture
def converted(tmp_path):
    def run(source, shards: int = 2):
        import tensorflow_datasets as tfds

        convert(str(source), str(tmp_path / "copy"), "tfds", shards, write_here)
        return tfds, tfds.builder_from_directory(str(tmp_path / "copy"))

    return run


def test_the_library_reads_every_shard(converted, tmp_path):
    tfds, builder = converted(write_jsonl(tmp_path / "toy"))
    rows = builder.as_data_source("train", decoders={"image": tfds.decode.SkipDecoding()})
    assert builder.info.splits["train"].shard_lengths == [2, 3]
    assert [row["text"].decode() for row in rows] == [row["text"] for row in ROWS]
    assert rows[3]["intent"] is None and list(rows[3]["negatives"]) == [b"nein", b"ja"]
    assert list(rows[2]["slots"]["end"]) == [14]
    assert "tensorflow" not in sys.modules


def test_it_decodes_the_pictures(converted, make_dataset, draw_image, tmp_path):
    draw_image(tmp_path / "toy" / "a.png", (10, 20, 30), (5, 4))
    _, builder = converted(make_dataset([{"id": "1", "lang": "en", "text": "x", "image": "a.png"}]))
    pixels = builder.as_data_source("train")[0]["image"]
    assert pixels.shape == (4, 5, 3) and pixels[0, 0].tolist() == [10, 20, 30]


def test_a_set_without_pictures_has_no_column_for_them(converted, make_dataset):
    make_dataset([{"id": "1", "lang": "en", "text": "x"}], split="validation")
    _, builder = converted(make_dataset([{"id": "1", "lang": "de", "text": "y"}]))
    assert "image" not in builder.info.features
    assert set(builder.info.splits) == {"train", "validation"}
    assert builder.as_data_source("validation")[0]["text"] == b"x"
