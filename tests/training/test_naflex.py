"""Pictures as patches: through training, its shapes, its microbatches, and encoding."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from tests import runs
from tests.helpers import BATCH, random_batch, random_params, tiny_model
from tests.training.stages import mesh_of
from unimr_jax.config import Task
from unimr_jax.data.datasets import evaluation_sources, merged_records
from unimr_jax.data.fits import cut
from unimr_jax.data.images import stack
from unimr_jax.evaluation.run import load_encoder
from unimr_jax.training.aot import compile_only
from unimr_jax.training.loop import StageStep
from unimr_jax.training.partitioning import put_batch
from unimr_jax.training.step import forward, task_losses

TASK = Task({}, BATCH, {"softmax": 1.0})
FLAGS = (
    "--stages=text",
    f"--config.stages.text.tasks={{'text_to_image': {runs.task(softmax=1.0)}}}",
    "--config.stages.text.tasks.text_to_image.microbatch=4",
    "--config.data.fit=naflex",
    "--config.data.max_patches=6",
    "--config.data.augment.shift=0",
    "--config.tokenizer.query_prompt=query: ",
    "--config.tokenizer.document_prompt=passage: ",
)


@pytest.fixture(scope="module")
def naflex(scenes_root, tmp_path_factory) -> runs.Trained:
    return runs.train(scenes_root, tmp_path_factory.mktemp("run") / "naflex", *FLAGS)


def config(scenes_root):
    return runs.tiny_config(scenes_root, *(flag for flag in FLAGS if "config" in flag))


def as_patches(batch: dict[str, Any], most: int) -> dict[str, Any]:
    return batch | {"image": stack([cut(image, 4, most) for image in batch["image"]])}


def loss_and_gradient(model, batch: dict[str, Any], params: dict, microbatches: int) -> tuple:
    def loss(params: dict) -> jax.Array:
        outputs = forward(model, params, "text_to_image", batch, jax.random.key(0), microbatches)
        return sum(task_losses(outputs, TASK).values())

    return jax.value_and_grad(loss)(params)


class TestStep:
    @pytest.mark.parametrize("microbatches", [1, 2])
    def test_a_square_in_patches_is_that_square(self, microbatches):
        model = tiny_model(text={"depth": 1})
        params, batch = random_params(model), random_batch("text_to_image", BATCH)
        run = jax.jit(partial(loss_and_gradient, model), static_argnames="microbatches")
        expected = run(batch, params, microbatches=1)
        found = run(as_patches(batch, most=6), params, microbatches=microbatches)
        close = partial(np.testing.assert_allclose, rtol=1e-4, atol=2e-5)
        jax.tree.map(close, found, expected)

    def test_a_batch_is_cut_over_a_mesh_by_pictures(self):
        batch = as_patches(random_batch("text_to_image", 8), most=6)
        placed = put_batch(batch, mesh_of(2, 2, 1))["image"]
        shapes = {name: x.addressable_shards[0].data.shape for name, x in placed.items()}
        assert shapes == {"pixels": (2, 6, 48), "grid": (2, 2)}


class TestRun:
    def test_compiles_one_step(self, naflex):
        assert [step.jitted._cache_size() for step in naflex.steps] == [1]
        assert runs.done(naflex.workdir, "01_text")["step"] == 4

    def test_takes_what_was_counted_without_data(self, naflex, scenes_root, monkeypatch):
        seen = []

        class Recorded(StageStep):
            def __init__(self, *arguments: Any):
                super().__init__(*arguments)
                seen.append(self)

        monkeypatch.setattr("unimr_jax.training.aot.StageStep", Recorded)
        with runs.one_device():
            compile_only(config(scenes_root), "text", intents=1, slots=1)
        assert len(seen) == 1

    def test_encodes_pictures_of_any_shape(self, naflex, scenes_root):
        with runs.one_device():
            encoder = load_encoder(naflex.workdir, config(scenes_root), "text")
        sources = evaluation_sources(config(scenes_root), naflex.workdir, ["scenes"], "test")
        paths = [Path(row.image) for row in merged_records(sources)[:3]]
        embeddings = encoder.encode_images(paths)
        assert embeddings.shape == (3, 16) and np.isfinite(embeddings).all()
        assert encoder.images.read(paths[0])["grid"].prod() <= 6
        assert encoder.prompts == ("query: ", "passage: ")
