"""Pictures in files to vectors, by our encoder and by sentence-transformers, with the same weights.

    python -m tests.benchmarks.encode_pictures

The image tower of CLIP ViT-B/32 at 224 pixels (87.5 M parameters, float32, CPU), as transformers
creates it at random or from `--weights=DIR`. Both decode JPEGs, resize and cut them, and encode
batches of 32, in turns; our pictures are read ahead by threads, and none is kept. The first ones'
vectors must be equal. A ratio above 1 means that ours is faster. Needs sentence-transformers.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from tests.benchmarks import captioned
from tests.benchmarks.encode import BATCH, encoder, row, timed
from tests.benchmarks.sides import Work

SIZES = {"320 × 256": 1, "1280 × 1024": 4}  # name → times 320 × 256 pixels


@dataclass(frozen=True)
class Case:
    weights: Path
    pictures: Path  # a directory with nothing else

    def files(self) -> list[Path]:
        return sorted(self.pictures.iterdir())


def ours(case: Case) -> tuple[Work, dict[str, Any]]:
    from unimr_jax.host import compute_in_the_calling_thread, keep_freed_memory

    keep_freed_memory()
    compute_in_the_calling_thread()
    return timed(encoder(case.weights, "image").encode_images, case.files())


def of_torch(case: Case) -> tuple[Work, dict[str, Any]]:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(case.weights), device="cpu")

    def encode(files: Sequence[Path]) -> np.ndarray:
        pictures = [Image.open(file) for file in files]  # decoded when they are needed
        return model.encode(pictures, batch_size=BATCH, normalize_embeddings=True)

    return timed(encode, case.files())


def write_clip(directory: Path) -> Path:
    """A CLIP at random, whose text tower is as small as can be."""
    import torch
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTokenizer

    vocabulary = {"<|startoftext|>": 0, "<|endoftext|>": 1, "a": 2, "a</w>": 3}
    names = directory / "vocab.json", directory / "merges.txt"
    for name, text in zip(names, (json.dumps(vocabulary), "#version: 0.2\n")):
        name.write_text(text)
    torch.manual_seed(0)
    text = {"vocab_size": len(vocabulary), "num_hidden_layers": 1}
    ends = {"bos_token_id": 0, "eos_token_id": 1}
    CLIPModel(CLIPConfig(text_config=text | ends)).save_pretrained(directory)
    tokenizer = CLIPTokenizer(*map(str, names))
    CLIPProcessor(CLIPImageProcessor(), tokenizer).save_pretrained(directory)
    return directory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--pictures", type=int, default=64)
    parser.add_argument("--weights", type=Path, help="of a CLIP, with its processor")
    flags = parser.parse_args()
    table = Table("", "ours", "sentence-transformers", "ratio", "ratio of core seconds")
    with tempfile.TemporaryDirectory() as scratch:
        weights = flags.weights or write_clip(Path(scratch))
        for name, times in SIZES.items():
            pictures = Path(scratch, name)
            captioned.write_pictures(pictures, flags.pictures, times)
            sides = {"ours": ours, "theirs": of_torch}
            case = Case(weights, pictures)
            cells = row(sides, case, flags.turns, flags.pictures, "pictures")
            table.add_row(name, *cells)
    Console().print(table)


if __name__ == "__main__":
    main()
