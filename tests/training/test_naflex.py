"""Pictures as patches: through training, its shapes, its microbatches, and encoding."""

from __future__ import annotations

from functools import partial
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
from unimr_jax.trained import load_trained
from unimr_jax.training.dataless import DatalessRun
from unimr_jax.training.partitioning import put_batch
from unimr_jax.training.run import Run
from unimr_jax.training.step import forward, task_losses

TASK = Task({}, BATCH, {"softmax": 1.0, "views": 1.0}, other_image=True)
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
    names = [name for name in ("image", "other_image") if name in batch]
    return batch | {name: stack([cut(x, 4, most) for x in batch[name]]) for name in names}


def of(x: jax.Array | jax.ShapeDtypeStruct) -> tuple:
    return x.shape, x.dtype, x.sharding.spec


def loss_and_gradient(model, batch: dict[str, Any], params: dict, microbatches: int) -> tuple:
    def loss(params: dict) -> jax.Array:
        outputs = forward(model, params, "text_to_image", batch, jax.random.key(0), microbatches)
        return sum(task_losses(outputs, TASK).values())

    return jax.value_and_grad(loss)(params)


class TestStep:
    def test_squares_in_patches_and_microbatches_are_those_squares(self):
        model = tiny_model(text={"depth": 1})
        params = random_params(model)
        batch = random_batch("text_to_image", BATCH, other_image=True)
        run = jax.jit(partial(loss_and_gradient, model), static_argnames="microbatches")
        expected = run(batch, params, microbatches=1)
        found = run(as_patches(batch, most=6), params, microbatches=2)
        close = partial(np.testing.assert_allclose, rtol=1e-4, atol=2e-5)
        jax.tree.map(close, found, expected)

    def test_a_batch_is_cut_over_a_mesh_by_pictures(self):
        batch = as_patches(random_batch("text_to_image", 8), most=6)
        placed = put_batch(batch, mesh_of(2, 2, 1))["image"]
        shapes = {name: x.addressable_shards[0].data.shape for name, x in placed.items()}
        assert shapes == {"pixels": (2, 6, 48), "grid": (2, 2)}


class TestRun:
    @pytest.mark.slow
    def test_compiles_one_step(self, naflex):
        assert [step.jitted._cache_size() for step in naflex.steps] == [1]
        assert runs.done(naflex.workdir, "01_text")["step"] == 4

    def test_takes_batches_of_the_shapes_that_are_known_before(self, naflex, scenes_root):
        with runs.one_device():
            run = Run(config(scenes_root), naflex.workdir)
            expected = DatalessRun(run.config, intents=1, slots=1).batch_shapes("text")
        batches = run.batches("text")
        found = {task: put_batch(x, run.mesh) for task, x in batches.next_batches().items()}
        batches.close()
        assert jax.tree.map(of, found) == jax.tree.map(of, expected)

    def test_encodes_pictures_of_any_shape(self, naflex, scenes_root):
        with runs.one_device():
            encoder = load_trained(naflex.workdir, "text").encoder()
        sources = evaluation_sources(config(scenes_root), naflex.workdir, ["scenes"], "test")
        records, pictures = merged_records(sources)
        paths = [pictures[row.image] for row in records[:3]]
        embeddings = encoder.encode_images(paths)
        assert embeddings.shape == (3, 16) and np.isfinite(embeddings).all()
        assert encoder.images.read(paths[0])["grid"].prod() <= 6
        assert encoder.prompts == ("query: ", "passage: ")
