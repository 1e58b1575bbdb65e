"""Data sets evaluated together: what is one picture and what are two."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from unimr_jax.config import Config, Data
from unimr_jax.data.datasets import evaluation_sources, merged_records
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
        "more": source("more", d="blue"),
    }


def test_a_picture_of_two_data_sets_is_one(sources):
    records, pictures = merged_records(sources)
    assert [(r.text, r.image) for r in records] == [
        ("red", "pictures/a.png"),
        ("blue", "pictures/b.png"),
        ("red", "pictures/twin.png"),  # two files of one data set stay two
        ("green", "queries/a.png"),
        ("blue", "pictures/b.png"),
        ("blue", "pictures/b.png"),  # which a third one has as well
    ]
    assert set(pictures) == {record.image for record in records}
    assert pictures["pictures/b.png"].parent.name == "pictures"


def test_data_sets_have_the_names_that_the_config_calls_them(make_dataset, tmp_path):
    """Not those of the directories that links lead to, which may be equal."""
    row = {"id": "1", "lang": "en", "text": "x", "positive": "y", "positive_lang": "en"}
    root, names = tmp_path / "root", ["coco/en", "flickr/en", "link"]
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(make_dataset([row]))
    config = Config(stage_order=(), stages={}, data=Data(root=str(root)))
    sources = evaluation_sources(config, tmp_path, names, "train")
    assert [source.name for source in sources.values()] == names
    assert open_split(root / "link", "train").name == "link"
