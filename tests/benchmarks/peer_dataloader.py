"""The same input in PyTorch, as one would write it there to be fast.

Worker processes that live on and work ahead, rows in memory, Pillow, a fast tokenizer that gets a
batch at a time, and one resize that crops and augments at once.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch.utils.data import DataLoader, Dataset, RandomSampler
from transformers import AutoTokenizer

Row = dict[str, Any]


class Rows(Dataset):
    def __init__(self, directory: Path, size: int, augmentation: dict[str, float]):
        self._directory, self._size, self._augmentation = directory, size, augmentation
        lines = (directory / "train.jsonl").read_text().splitlines()
        self._rows = [json.loads(line) for line in lines]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Row:
        row = self._rows[index]
        return row if not self._size else row | {"pixels": self._pixels(row["image"])}

    def _pixels(self, path: str) -> np.ndarray:
        with Image.open(self._directory / path) as file:
            image = file.convert("RGB")
        if self._augmentation:
            return augmented(image, self._size, **self._augmentation)
        fitted = ImageOps.fit(image, (self._size, self._size), Image.Resampling.BICUBIC)
        return np.asarray(fitted)


def augmented(
    image: Image.Image, size: int, shift: float, scale: float, brightness: float, contrast: float
) -> np.ndarray:
    """A part of the middle, moved and scaled; then tones through a table."""

    def signed(largest: float) -> float:
        return random.uniform(-largest, largest)

    side = min(image.size)
    reach = side * (1 + min(signed(scale), 0.0)) / 2
    across, down = (
        min(max(length / 2 + side * signed(shift), reach), length - reach) for length in image.size
    )
    box = (across - reach, down - reach, across + reach, down + reach)
    resized = image.resize((size, size), Image.Resampling.BICUBIC, box)
    tones = (np.arange(256) - 127.5) * (1 + signed(contrast)) + 127.5 + 255 * signed(brightness)
    return np.clip(np.rint(tones), 0, 255).astype(np.uint8)[np.asarray(resized)]


class Collate:
    def __init__(self, tokenizer: Path, length: int):
        self._tokenizer, self._length = AutoTokenizer.from_pretrained(str(tokenizer)), length

    def __call__(self, rows: Sequence[Row]) -> dict[str, Any]:
        batch = {"text": self._tokens([row["text"] for row in rows])}
        if "pixels" in rows[0]:
            pixels = torch.from_numpy(np.stack([row["pixels"] for row in rows]))
            return batch | {"image": pixels}
        return batch | {"positive": self._tokens([row["positive"] for row in rows])}

    def _tokens(self, texts: list[str]) -> dict[str, torch.Tensor]:
        return dict(
            self._tokenizer(
                texts,
                padding="max_length",
                truncation=True,
                max_length=self._length,
                return_tensors="pt",
                return_token_type_ids=False,
            )
        )


def batches(
    directory: Path, size: int, augmentation: dict, batch: int, length: int, workers: int
) -> Iterator[dict[str, Any]]:
    """Endless, shuffled anew every epoch; size 0: texts and positives, without pictures."""
    rows = Rows(directory, size, augmentation)
    return iter(
        DataLoader(
            rows,
            batch_size=batch,
            sampler=RandomSampler(rows, num_samples=10**9),
            num_workers=workers,
            collate_fn=Collate(directory / "tokenizer", length),
            prefetch_factor=2,
        )
    )
