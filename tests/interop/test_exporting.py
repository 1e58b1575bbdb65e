"""`export`: a directory of each format, whole, with its card."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from unimr_jax.__main__ import main
from unimr_jax.interop.exporting import FORMATS
from unimr_jax.trained import load_trained

TELLING = {  # a file by which the format is known
    "hf": "modeling_unimr.py",
    "sentence-transformers": "modules.json",
    "stablehlo": "encode_query.bin",
}


def export(run: Path, format: str, output: Path, *more: str) -> int:
    flags = f"--workdir={run}", f"--format={format}", f"--output={output}"
    return main(["export", *flags, *more])


def test_every_format_is_written_by_a_test():
    assert FORMATS.keys() == TELLING.keys() | {"onnx"}  # by tests/interop/test_onnx_export.py


@pytest.mark.parametrize("format", TELLING)
def test_a_format_and_its_card(format, trained, tmp_path, capsys):
    output = tmp_path / "out"
    assert export(trained.workdir, format, output, "--license=apache-2.0") == 0
    assert f"{output}: stage 'joint' as {format}" in capsys.readouterr().out
    assert (output / TELLING[format]).exists()
    card = (output / "README.md").read_text()
    assert "license: apache-2.0" in card and "scenes" in card
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("stage, widths", [("text", [8, 16]), ("joint", [4, 8, 16])])
def test_prefixes_are_those_trained_so_far(stage, widths, trained, tmp_path):
    found = load_trained(trained.workdir, stage)
    stages = dict(found.config.stages)
    for name, task, width in (("text", "text_to_image", 8), ("joint", "query_to_image", 4)):
        tasks = stages[name].tasks
        tasks = tasks | {task: replace(tasks[task], matryoshka=(width,))}
        stages[name] = replace(stages[name], tasks=tasks)
    FORMATS["hf"](tmp_path / "a", replace(found, config=replace(found.config, stages=stages)))
    settings = json.loads((tmp_path / "a" / "config.json").read_text())
    assert settings["matryoshka_dimensions"] == widths


class TestRefusals:
    def test_an_unknown_format(self, trained, tmp_path, capsys):
        assert export(trained.workdir, "onxx", tmp_path / "out") == 2
        assert "--format='onxx' is not known; did you mean 'onnx'?" in capsys.readouterr().err

    def test_an_output_that_is_there(self, trained, tmp_path, capsys):
        (tmp_path / "mine").touch()
        assert export(trained.workdir, "hf", tmp_path) == 2
        assert f"{tmp_path}: there is something already" in capsys.readouterr().err
        assert [path.name for path in tmp_path.iterdir()] == ["mine"]

    def test_no_run(self, tmp_path, capsys):
        assert export(tmp_path / "none", "hf", tmp_path / "out") == 2
        assert capsys.readouterr().err.count("\n") == 1
