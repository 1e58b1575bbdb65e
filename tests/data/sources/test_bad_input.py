"""Broken files of every format: a UserError or rows skipped and counted, and nothing else."""

from __future__ import annotations

import shutil
import signal
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data.sources.corruption import corruptions
from tests.data.sources.datasets_of_all_kinds import describe
from unimr_jax.data.convert.convert import convert, write_here
from unimr_jax.data.images import read_image
from unimr_jax.data.inspection.inspect import inspect
from unimr_jax.data.inspection.page import render_page
from unimr_jax.data.negatives import write_negatives
from unimr_jax.data.queries.generate import Wish, write_queries
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


VERBS: list[Callable[[Path, Path], object]] = [
    lambda data_set, output: render_page(inspect(data_set)),
    lambda data_set, output: write_queries(data_set, output, Wish(chatter=data_set)),
    lambda data_set, output: write_negatives(data_set, output, lambda rows: [("x",)] * len(rows)),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", INPUTS)
def test_corrupted_bytes_meet_the_verbs_that_read_data_sets(kind, dataset_of, tmp_path):
    directory = shutil.copytree(dataset_of(kind), tmp_path / "toy")
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    originals = {path: path.read_bytes() for path in files}
    before = everything(tmp_path)

    @settings(max_examples=20, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.sampled_from(files), corruptions(), st.sampled_from(VERBS))
    def check(path, corrupt, verb):
        path.write_bytes(corrupt(originals[path]))
        try:
            with no_hang(), suppress(UserError):
                verb(directory, tmp_path / "out")
        finally:
            shutil.rmtree(tmp_path / "out", ignore_errors=True)
            changed = {file for file in files if file.read_bytes() != originals[file]}
            path.write_bytes(originals[path])
        assert changed <= {path} and everything(tmp_path) == before

    check()


class TestBombs:
    """Small files that unpack to large ones."""

    def png(self, side: int) -> bytes:
        """The header of a picture of that many pixels a side, and too little of its body."""
        chunks = [(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))]
        chunks += [(b"IDAT", zlib.compress(bytes(10_000))), (b"IEND", b"")]
        body = b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )
        return b"\x89PNG\r\n\x1a\n" + body

    @pytest.mark.filterwarnings("ignore")  # pytest undoes our own filter
    @pytest.mark.parametrize("side", [10_000, 60_000])
    def test_png(self, make_dataset, side):
        row = {"id": "a", "lang": "en", "text": "x", "image": "a.png"}
        directory = make_dataset([row])
        (directory / "a.png").write_bytes(self.png(side))
        with pytest.raises(UserError, match=r"a.png cannot be decoded \(.* pixels"):
            open_split(directory, "train")

    def test_parquet_row_group(self, tmp_path):
        """40 MB of one letter in less than 128 kB."""
        import pyarrow
        import pyarrow.parquet

        describe(tmp_path)
        text = pyarrow.array(["x" * 2**20] * 40)
        columns = {"text": text, "lang": pyarrow.array(["en"] * 40)}
        pyarrow.parquet.write_table(
            pyarrow.table(columns), tmp_path / "train.parquet", compression="zstd"
        )
        assert (tmp_path / "train.parquet").stat().st_size < 2**17
        with (
            patch("unimr_jax.data.sources.parquet.LARGEST", 2**16),
            pytest.raises(
                UserError, match="a row group unpacks to .*write it again with smaller row groups"
            ),
        ):
            open_split(tmp_path, "train")


class TestLines:
    ROW = {"id": "a", "lang": "en", "text": "x"}

    def test_of_a_hundred_megabytes(self, make_dataset):
        """Is refused by its length, before it is read."""
        directory = make_dataset([self.ROW])
        with (directory / "train.jsonl").open("ab") as file:
            file.write(b'{"id": "b", "lang": "en", "text": "')
            for _ in range(100):
                file.write(b"x" * 2**20)
            file.write(b'"}\n')
        with pytest.raises(UserError, match=r"train.jsonl:2: size: the line has 1048\d+ bytes"):
            open_split(directory, "train")
        skip = {"on_bad_record": "skip", "max_bad_fraction": 0.5}
        assert len(open_split(directory, "train", **skip)) == 1

    def test_of_nul_bytes(self, make_dataset, capsys):
        directory = make_dataset([self.ROW, b"\0" * 4096, b'{"id": "b\0", "lang": "en"}'])
        source = open_split(directory, "train", on_bad_record="skip", max_bad_fraction=0.9)
        assert len(source) == 1 and "2 × JSON" in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["webdataset", "array_record", "parquet"])
def test_nothing_is_written_outside_of_the_output(kind, dataset_of, tmp_path):
    """Names in an archive are what it says; a conversion to files makes paths of them."""
    inside = tmp_path / "inside"
    directory = shutil.copytree(dataset_of(kind), inside / "toy")
    describe(directory)  # without the shards' sizes, which would show every change
    files = sorted(directory.glob("train-*"))
    originals = {path: path.read_bytes() for path in files}
    names = st.sampled_from([b"../../../xx.png", b"/tmp/xxx/xx.png", b"images/../../xx", b"xx"])

    @settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.sampled_from(files), corruptions(), names)
    def check(path, corrupt, name):
        changed = originals[path].replace(b"images/red.png", name.ljust(14)[:14])
        path.write_bytes(corrupt(changed) if len(name) % 2 else changed)
        before = everything(tmp_path)
        try:
            with no_hang(), suppress(UserError), redirect_stdout(None):
                convert(str(directory), str(inside / "copy"), "jsonl", 0, write_here)
        finally:
            shutil.rmtree(inside / "copy", ignore_errors=True)
            path.write_bytes(originals[path])
        assert everything(tmp_path) == before

    check()


def everything(directory: Path) -> set[Path]:
    return set(directory.rglob("*"))
