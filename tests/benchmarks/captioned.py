"""A data set of photograph-like pictures and short texts, to time input with."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from unimr_jax.data.tokenizer import train_tokenizer

WIDTH, HEIGHT = 320, 256
OCTAVES = (4, 8, 16, 32, 64, 128)  # cells across; detail of photographs falls with its frequency
_VOCABULARY = """
    a the two three small large red green blue old new little man woman child dog cat horse bird
    street kitchen table window river mountain train bicycle boat umbrella market garden bridge
    sits stands runs holds looks at near under beside behind with in on and of while people play
    summer evening rain snow light shadow wooden painted colourful quiet crowded photograph
"""
WORDS = _VOCABULARY.split()


def write(directory: Path, rows: int) -> Path:
    """Every row: a JPEG of its own at 320 × 256, a caption, and a passage as short as that."""
    write_pictures(directory / "images", rows)
    (directory / "dataset.json").write_text("{}")
    lines = (json.dumps(row) + "\n" for row in _rows(rows))
    (directory / "train.jsonl").write_text("".join(lines))
    train_tokenizer((row["text"] for row in _rows(rows)), 2048, directory / "tokenizer")
    return directory


def write_pictures(directory: Path, count: int, times: int = 1) -> None:
    """JPEGs 0.jpg, 1.jpg … of so many times 320 × 256."""
    directory.mkdir(parents=True)
    sides = times * WIDTH, times * HEIGHT

    def draw(i: int) -> None:
        _picture(i, sides).save(directory / _name(i), quality=85)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(draw, range(count)))


def _name(i: int) -> str:
    return f"{i}.jpg"


def _picture(seed: int, sides: tuple[int, int]) -> Image.Image:
    rng = np.random.default_rng(seed)
    total = np.full((*sides[::-1], 3), 128.0)
    for cells in OCTAVES:
        noise = rng.integers(0, 256, (cells, cells, 3), np.uint8)
        layer = Image.fromarray(noise).resize(sides, Image.Resampling.BICUBIC)
        total += (np.asarray(layer, np.float32) - 128) * 2 / cells**0.5
    return Image.fromarray(np.clip(total, 0, 255).astype(np.uint8))


def texts(count: int, words: tuple[int, int]) -> list[str]:
    """Of so many words, at least and at most."""
    choose = random.Random(0)
    lengths = [choose.randint(*words) for _ in range(count)]
    return [" ".join(choose.choices(WORDS, k=length)) for length in lengths]


def _rows(count: int) -> Iterator[dict[str, str]]:
    choose = random.Random(0)
    for i in range(count):
        text, positive = (" ".join(choose.choices(WORDS, k=choose.randint(6, 14))) for _ in "ab")
        row = {"id": str(i), "lang": "en", "text": text, "image": f"images/{_name(i)}"}
        yield row | {"positive": positive, "positive_lang": "en"}
