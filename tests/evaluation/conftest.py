"""A small split in several languages, and encoders whose metrics are known beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unimr_jax.data.record import Record, Slot
from unimr_jax.evaluation.evaluate import QueryEncoding

COLOURS = {"red": "rot", "green": "grün", "blue": "blau", "black": "schwarz"}


def slot_of(text: str, word: str) -> tuple[Slot, ...]:
    start = text.index(word)
    return (Slot(start, start + len(word), "colour"),)


def rows_of(colour: str, farbe: str) -> list[Record]:
    image = f"images/{colour}.png"
    query, frage = f"Please find {colour} things", f"Finde bitte {farbe}e Dinge"
    passage = f"It was {colour}, a colour that everybody knows."
    triple = {"image": image, "positive": passage, "positive_lang": "en", "intent": "find"}
    return [
        Record(f"1-{colour}", "en", f"all {colour}", image),
        Record(f"2-{colour}", "de", f"ganz {farbe}", image),
        Record(f"3-{colour}", "de", f"{farbe}?", positive=passage, positive_lang="en"),
        Record(f"4-{colour}", "en", query, slots=slot_of(query, colour), **triple),
        Record(f"5-{colour}", "de", frage, slots=slot_of(frage, farbe), **triple),
        Record(f"6-{colour}", "en", f"Good night, {colour}", intent="greet"),
    ]


@pytest.fixture
def records() -> list[Record]:
    return [record for pair in COLOURS.items() for record in rows_of(*pair)]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    for colour in COLOURS:
        Image.new("RGB", (16, 16), colour).save(tmp_path / "images" / f"{colour}.png")
    return tmp_path


@dataclass
class Oracle:
    """Puts everything of one colour at one corner, and has read the answers."""

    records: Sequence[Record]

    def encode_images(self, paths: Sequence[Path]) -> np.ndarray:
        return self.encode_documents([path.stem for path in paths])

    def encode_documents(self, texts: Sequence[str]) -> np.ndarray:
        corners = [
            [any(name in text for name in pair) for pair in COLOURS.items()] for text in texts
        ]
        return np.array(corners, np.float32)

    def encode_queries(self, texts: Sequence[str]) -> QueryEncoding:
        gold = {record.text: record for record in self.records if record.intent}
        return QueryEncoding(
            self.encode_documents(texts),
            [gold[text].intent for text in texts],
            [gold[text].slots for text in texts],
        )


class Constant(Oracle):
    """Cannot tell anything apart and understands nothing."""

    def encode_documents(self, texts: Sequence[str]) -> np.ndarray:
        return np.ones((len(texts), 3), np.float32)

    def encode_queries(self, texts: Sequence[str]) -> QueryEncoding:
        nothing = [()] * len(texts)
        return QueryEncoding(self.encode_documents(texts), ["none"] * len(texts), nothing)


@pytest.fixture
def oracle(records: list[Record]) -> Oracle:
    return Oracle(records)


@pytest.fixture
def constant(records: list[Record]) -> Constant:
    return Constant(records)
