"""A conversion as a Beam pipeline writes the same bytes."""

from __future__ import annotations

import sys

import pytest

from tests.data.convert.test_convert import files_in
from tests.data.sources.datasets_of_all_kinds import write_jsonl
from unimr_jax.__main__ import main


@pytest.fixture
def convert(tmp_path):
    write_jsonl(tmp_path / "source")

    def run(output: str, *flags: str) -> int:
        arguments = [f"--dataset={tmp_path / 'source'}", f"--output={tmp_path / output}"]
        return main(["prepare", "convert", "--to=array_record", "--shards=2", *arguments, *flags])

    return run


def test_writes_the_same_bytes(convert, tmp_path):
    pytest.importorskip("apache_beam", reason="needs requirements-beam.txt")
    assert convert("here") == 0
    assert convert("beam", "--beam=--runner=DirectRunner") == 0
    assert files_in(tmp_path / "beam") == files_in(tmp_path / "here")


def test_without_the_package(convert, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    assert convert("beam", "--beam=") == 2
    assert "pip install -r requirements-beam.txt" in capsys.readouterr().err
