"""Broken files of every format: a UserError or rows skipped and counted, and nothing else."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data.sources.corruption import corruptions
from unimr_jax.data.images import read_image
from unimr_jax.data.sources import open_split
from unimr_jax.errors import UserError

# At least 2,000 inputs a run, most where a format has a parser of ours.
INPUTS = {
    "jsonl": 500,
    "webdataset": 500,
    "parquet": 500,
    "array_record": 300,
    "hf": 150,
    "tfds": 150,
}
PATIENCE = 10  # seconds


class Hang(BaseException):
    """No Exception, which the code at test may catch."""


@contextmanager
def no_hang() -> Iterator[None]:
    def stop(*_) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def read_all(directory: Path, **options) -> None:
    """As training would; raises nothing but UserError."""
    try:
        source = open_split(directory, "train", **options)
        for record in (source[i] for i in range(len(source))):
            if record.image is not None:
                read_image(source.picture(record), 8)
    except UserError as error:
        assert "\n" not in str(error) and len(str(error)) < 1500


OPTIONS = st.sampled_from(
    [
        {},
        {"on_bad_record": "skip", "max_bad_fraction": 1.0},
        {"on_bad_record": "skip", "max_bad_fraction": 1.0, "check_images": False},
    ]
)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", INPUTS)
def test_corrupted_bytes(kind, dataset_of, tmp_path, capfd):
    directory = shutil.copytree(dataset_of(kind), tmp_path / "toy")
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    originals = {path: path.read_bytes() for path in files}

    @settings(max_examples=INPUTS[kind], suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.sampled_from(files), corruptions(), OPTIONS)
    def check(path, corrupt, options):
        path.write_bytes(corrupt(originals[path]))
        try:
            with no_hang():
                read_all(directory, **options)
        finally:
            path.write_bytes(originals[path])

    check()
    assert "Traceback" not in capfd.readouterr().err
