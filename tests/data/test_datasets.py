"""Data sets evaluated together: what is one picture and what are two."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from unimr_jax.data.datasets import merged_records
from unimr_jax.data.sources import open_split


@pytest.fixture
def sources(tmp_path):
    """`queries` has a copy of one picture of `pictures`, and another one of the same path."""

    def source(name: str, **colours: str):
        directory = tmp_path / name
        directory.mkdir()
        rows = []
        for image, colour in colours.items():
            Image.new("RGB", (2, 2), colour).save(directory / f"{image}.png")
            rows.append({"id": image, "lang": "en", "text": colour, "image": f"{image}.png"})
        (directory / "dataset.json").write_text("{}")
        (directory / "test.jsonl").write_text("\n".join(map(json.dumps, rows)))
        return open_split(directory, "test")

    return {
        "pictures": source("pictures", a="red", b="blue", twin="red"),
        "queries": source("queries", a="green", c="blue"),
    }


def test_a_picture_of_two_data_sets_is_one(sources):
    records, pictures = merged_records(sources)
    assert [(r.text, r.image) for r in records] == [
        ("red", "pictures/a.png"),
        ("blue", "pictures/b.png"),
        ("red", "pictures/twin.png"),  # two files of one data set stay two
        ("green", "queries/a.png"),
        ("blue", "pictures/b.png"),
    ]
    assert set(pictures) == {record.image for record in records}
    assert pictures["pictures/b.png"].parent.name == "pictures"
