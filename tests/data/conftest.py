"""Small data sets on disk, and a small tokenizer of many scripts."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from tests.data.many_scripts import MANY_SCRIPTS
from unimr_jax.data.tokenizer import TextTokenizer, train_tokenizer

settings.register_profile("data", deadline=None)  # the first call of anything is slow
settings.load_profile("data")

SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory) -> TextTokenizer:
    return train_tokenizer(MANY_SCRIPTS * 4, 700, tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture
def make_dataset(tmp_path):
    """Writes rows (objects, or lines as text or bytes) as a split and returns its directory."""

    def make(rows, split: str = "train", name: str = "toy") -> Path:
        directory = tmp_path / name
        directory.mkdir(exist_ok=True)
        (directory / "dataset.json").write_text(json.dumps({"name": name}))
        (directory / f"{split}.jsonl").write_bytes(b"".join(_line(row) for row in rows))
        return directory

    return make


def _line(row) -> bytes:
    if isinstance(row, bytes):
        return row + b"\n"
    return (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)).encode() + b"\n"


@pytest.fixture
def draw_image():
    """Writes a picture of one colour."""

    def draw(path: Path, colour=(200, 30, 30), size=(20, 16)) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.broadcast_to(np.array(colour, np.uint8), (size[1], size[0], len(colour)))
        Image.fromarray(np.ascontiguousarray(pixels)).save(path)
        return path

    return draw


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the real data sets in {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def cache_of_its_own(monkeypatch, tmp_path_factory):
    """Nothing of a test stays in the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def dataset_of(tmp_path_factory) -> Callable[[str], Path]:
    """The directory of the data set in a format. Look, do not touch."""

    @cache
    def make(kind: str) -> Path:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            from tests.data.sources.datasets_of_all_kinds import WRITE

            return WRITE[kind](tmp_path_factory.mktemp(kind) / "toy")

    return make
