"""README's way from a folder of pictures and a spreadsheet to a run, as far as its batches."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from PIL import Image

from tests import runs
from unimr_jax import __main__ as door
from unimr_jax import config_file
from unimr_jax.errors import UserError
from unimr_jax.training.run import Run

NAMES = {"en": "red {} kites", "de": "{} rote Drachen"}
PICTURES = 60


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """What the commands start from, and where they are given."""
    (tmp_path / "photos").mkdir()
    lines = ["image,lang,text"]
    for number in range(PICTURES):
        Image.new("RGB", (9, 9), (4 * number, 0, 0)).save(tmp_path / "photos" / f"{number}.png")
        lines += [f"{number}.png,{lang},{name.format(number)}" for lang, name in NAMES.items()]
    (tmp_path / "pictures.csv").write_text("\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def prepare(verb: str, leave_out: str = "") -> None:
    """As README has it, but for one of its flags."""
    start, lines = f"python -m unimr_jax prepare {verb} ", (runs.ROOT / "README.md").open()
    command = next(line for line in lines if line.startswith(start))
    assert leave_out in command
    flags = [word for word in shlex.split(command)[3:] if word != leave_out]
    assert door.main(flags) == 0


def opened(folder: Path, *flags: str) -> Run:
    root = f"--config.data.root={folder / 'data'}"
    config = config_file.load(f"{runs.ROOT}/configs/own.py:smoke", (root, *flags))
    with runs.one_device():
        return Run(config, folder / "run")


def test_every_stage_has_its_batches(folder):
    for verb in ("table", "queries"):
        prepare(verb)
    run = opened(folder)
    for stage, settings in run.config.stages.items():
        for task in settings.tasks:
            batch = run.task_batches(stage, task)[0]
            assert batch["text_mask"].any()
            assert ("other_mask" in batch) == (task == "query_to_image")


def test_a_later_stage_does_not_read_the_same_batches_again(folder):
    for verb in ("table", "queries"):
        prepare(verb)
    run = opened(folder)
    first, later = (run.task_batches(stage, "text_to_image")[0] for stage in ("text", "joint"))
    assert first["text_id"].shape == later["text_id"].shape
    assert set(first["text_id"].tolist()) != set(later["text_id"].tolist())


def test_requests_without_captions_get_a_line_before_anything_trains(folder):
    prepare("table")
    prepare("queries", leave_out="--with_captions")
    captions = [
        f"--config.stages.{stage}.tasks.text_to_image.datasets={{'pictures': 1.0}}"
        for stage in ("text", "joint")
    ]
    with pytest.raises(UserError, match="no caption of the pictures.*queries --with_captions"):
        opened(folder, *captions)
    assert not (folder / "run" / "config.json").exists()
