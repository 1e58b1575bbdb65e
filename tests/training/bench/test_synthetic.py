"""Random batches are such as collating gives, and steps can do without the data's code."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from tests import runs
from unimr_jax.config_file import load
from unimr_jax.data.shapes import batch_shapes
from unimr_jax.training.bench.synthetic import synthetic_batch

LIMITS = {"tokens": 50, "intent": 3, "slots": 5}

# What a machine for computing alone does not have.
WITHOUT = """
import sys
for name in ("grain", "PIL", "transformers", "tokenizers", "safetensors", "tensorboardX", "jinja2",
             "matplotlib", "huggingface_hub"):
    sys.modules[name] = None
from unimr_jax.__main__ import main
sys.exit(main())
"""


def tasks():
    packed = "--config.stages.text.tasks.text_to_text.text_rows=4"
    for name, config in {
        "rows of their own": runs.tiny_config("nowhere"),
        "packed": runs.tiny_config("nowhere", packed),
        "emoji": load(str(runs.ROOT / "configs" / "emoji.py"), []),
    }.items():
        for stage in config.stages.values():
            for task_name, task in stage.tasks.items():
                yield pytest.param(config, task_name, task, id=f"{name} {task_name}")


@pytest.mark.parametrize("config, name, task", list(tasks()))
def test_every_field_has_its_shape_and_its_range(config, name, task):
    batch = synthetic_batch(config, name, task, LIMITS)
    shapes = batch_shapes(name, task, config.model.image.size, config.model.image.patch)
    assert {field: (x.shape, x.dtype) for field, x in batch.items()} == {
        field: (shape, np.dtype(dtype)) for field, (shape, dtype) in shapes.items()
    }
    assert batch["text_tokens"].max() < LIMITS["tokens"]
    assert len(set(batch["text_id"].tolist())) == task.batch_size


@pytest.mark.parametrize("config, name, task", list(tasks()))
def test_packed_texts_have_places_of_their_own_with_tokens(config, name, task):
    if not task.text_rows:
        pytest.skip("not packed")
    batch = synthetic_batch(config, name, task, LIMITS)
    mask = batch["text_mask"]  # [rows, texts, length]
    assert mask.sum(axis=1).max() == 1  # no token is of two texts
    places = batch["text_place"]
    assert len(set(places.tolist())) == task.batch_size
    assert mask.reshape(-1, mask.shape[-1])[places].any(axis=1).all()


def test_pictures_of_any_shape_come_as_patches():
    overrides = ("data.fit=naflex", "data.max_patches=12", "model.image.size=32")
    beside = "stages.text.tasks.text_to_image.other_image=True"
    config = runs.tiny_config("nowhere", *(f"--config.{each}" for each in (*overrides, beside)))
    name = "text_to_image"
    task = config.stages["text"].tasks[name]
    batch = synthetic_batch(config, name, task, LIMITS)
    for image in (batch["image"], batch["other_image"]):
        assert image["pixels"].shape == (task.batch_size, 12, 3 * config.model.image.patch**2)
        assert (image["grid"] == [3, 4]).all()


@pytest.mark.slow
def test_needs_nothing_but_jax_and_its_family():
    flags = ["bench", f"--config={runs.TINY}", "--synthetic", "--steps=1", "--stage=nlu"]
    flags += ["--config.model.image.depth=0", "--config.model.text.depth=0"]
    shown = subprocess.run(
        [sys.executable, "-c", WITHOUT, *flags, "--no_compilation_cache"],
        cwd=runs.ROOT,
        capture_output=True,
        text=True,
    )
    assert shown.returncode == 0, shown.stderr
    assert "of the matrix peak" in shown.stdout
