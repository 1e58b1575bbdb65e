"""One small data set in every format, written as its own tools write it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from unimr_jax.data.convert.convert import convert, write_here
from unimr_jax.data.pictures import picture_bytes
from unimr_jax.data.record import Record
from unimr_jax.data.sources import Source

Row = dict[str, Any]
SLOT = {"start": 9, "end": 14, "label": "color"}
ROWS: list[Row] = [
    {"id": "a", "lang": "en", "text": "a small red thing", "image": "images/red.png"},
    {"id": "b", "lang": "de", "text": "größer 円 😀", "image": "images/red.png"},
    {"id": "c", "lang": "en", "text": "show the green one", "image": "images/green.jpg"}
    | {"intent": "find", "slots": [SLOT]},
    {"id": "d", "lang": "en", "text": "hello", "positive": "hallo", "positive_lang": "de"}
    | {"negatives": ["nein", "ja"]},
    {"id": "e", "lang": "sw", "text": "amka saa moja", "intent": "alarm"},
]
PICTURES = {"images/red.png": ((200, 30, 30), "PNG"), "images/green.jpg": ((30, 200, 30), "JPEG")}


def picture(colour: tuple[int, int, int], format: str) -> bytes:
    file = io.BytesIO()
    pixels = np.full((12, 16, 3), colour, np.uint8)
    pixels[:6] //= 2
    Image.fromarray(pixels).save(file, format)
    return file.getvalue()


def write_jsonl(directory: Path) -> Path:
    (directory / "images").mkdir(parents=True)
    describe(directory)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)
    (directory / "train.jsonl").write_text(text, "utf-8")
    for name, drawn in PICTURES.items():
        (directory / name).write_bytes(picture(*drawn))
    return directory


def describe(directory: Path, **more: Any) -> None:
    (directory / "dataset.json").write_text(json.dumps({"name": directory.name, **more}), "utf-8")


def _converted(to: str) -> Callable[[Path], Path]:
    def write(directory: Path) -> Path:
        source = write_jsonl(directory.with_name(f"{directory.name}-source"))
        convert(str(source), str(directory), to, 0 if to == "jsonl" else 2, write_here)
        return directory

    return write


def _embedded() -> Iterator[Row]:
    """The rows with the picture itself in place of its path."""
    for row in ROWS:
        image = row.get("image")
        yield {**row, "image": picture(*PICTURES[image]) if image else None}


def write_hf(directory: Path) -> Path:
    import datasets
    from datasets import ClassLabel, Features, Image, List, Value

    text = Value("string")
    slot = {"start": Value("int64"), "end": Value("int64"), "label": text}
    features = Features(
        dict.fromkeys(("id", "lang", "caption", "positive", "positive_lang"), text)
        | {"image": Image(), "intent": ClassLabel(names=["find", "alarm"])}
        | {"negatives": List(text), "slots": List(slot)}
    )
    rows = [
        {**dict.fromkeys(features), **row, "caption": row["text"]}
        | {"image": {"bytes": row["image"], "path": None} if row["image"] else None}
        for row in _embedded()
    ]
    for row in rows:
        del row["text"]
    table = datasets.Dataset.from_list(rows, features=features)
    datasets.DatasetDict({"train": table}).save_to_disk(str(directory))
    describe(directory, fields={"text": "caption"})
    return directory


def write_tfds(directory: Path) -> Path:
    """The rows with a picture; what is not there is empty, or class -1."""
    import tensorflow_datasets as tfds

    class Toy(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            features = {"caption": tfds.features.Text(), "tag": tfds.features.Text()}
            features |= {"image": tfds.features.Image(), "key": tfds.features.Text()}
            features |= {"positive": tfds.features.Text(), "positive_lang": tfds.features.Text()}
            features["intent"] = tfds.features.ClassLabel(names=["find", "alarm"])
            slot = {"start": np.int64, "end": np.int64, "label": tfds.features.Text()}
            features["slots"] = tfds.features.Sequence(slot)
            return self.dataset_info_from_configs(features=tfds.features.FeaturesDict(features))

        def _split_generators(self, _):
            return {"train": self._generate_examples()}

        def _generate_examples(self):
            for row in _embedded():
                if row["image"]:
                    image = io.BytesIO(row["image"])
                    found = {"caption": row["text"], "tag": row["lang"], "key": row["id"]}
                    found |= {"positive": "", "positive_lang": "", "image": image}
                    found |= {"intent": row.get("intent", -1), "slots": row.get("slots", [])}
                    yield row["id"], found

    builder = Toy(data_dir=str(directory), file_format="array_record")
    builder.download_and_prepare()
    (directory / "toy" / "1.0.0").rename(directory / "1.0.0")
    describe(directory, fields={"text": "caption", "lang": "tag", "id": "key"})
    return directory


WRITE: dict[str, Callable[[Path], Path]] = {
    "jsonl": write_jsonl,
    "array_record": _converted("array_record"),
    "parquet": _converted("parquet"),
    "webdataset": _converted("webdataset"),
    "hf": write_hf,
    "tfds": write_tfds,
}


def contents(source: Source) -> dict[str, tuple[Record, bytes | None]]:
    """Every record and the bytes of its picture, by id."""
    records = [source[i] for i in range(len(source))]
    return {
        record.id: (record, picture_bytes(source.picture(record)) if record.image else None)
        for record in records
    }
