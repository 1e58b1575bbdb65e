"""A stage that trains adapters alone, beside a base that is frozen in bfloat16."""

from __future__ import annotations

import dataclasses
import shutil
from functools import cache
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
import pytest
from flax.traverse_util import flatten_dict

from tests import runs
from tests.helpers import apply, random_params, tiny_model
from tests.training.stages import (
    EVERY_TASK,
    STAGE,
    Training,
    batch_of,
    mesh_of,
    step_of,
    train,
)
from unimr_jax.models import adapters
from unimr_jax.trained import load_trained
from unimr_jax.training.aot import Cost, compile_only
from unimr_jax.training.checkpoint import load_params
from unimr_jax.training.run import Run
from unimr_jax.training.stage_step import abstract_params
from unimr_jax.training.step import stage_losses

LAYERS = (("(image|text).*", 4),)
ADAPTERS_ALONE = ((".*/lora_[ab]", 1.0, 0.0), (".*", 0.0, 0.0))
SCANNED = {"depth": 1, "scan_layers": True}
MODEL = tiny_model(image={"depth": 0}, text=SCANNED).clone(adapters=LAYERS)
ADAPTED = random_params(MODEL)
FROZEN_IN_HALF = dataclasses.replace(
    STAGE,
    tasks={"text_to_image": EVERY_TASK["text_to_image"]},
    rules=ADAPTERS_ALONE,
    frozen_dtype="bfloat16",
)


@cache
def training() -> Training:
    with jax.default_matmul_precision("highest"):
        return train(3, FROZEN_IN_HALF, params=ADAPTED, model=MODEL)


def flat(tree: dict) -> dict[str, np.ndarray]:
    return {path: np.asarray(x) for path, x in flatten_dict(tree, sep="/").items()}


def is_adapter(path: str) -> bool:
    return path.endswith((adapters.DOWN, adapters.UP))


class TestStep:
    def test_moves_every_adapter_and_nothing_else(self):
        before, after = flat(ADAPTED), flat(training().states[-1].params)
        for path, x in after.items():
            start = before[path].astype(x.dtype)
            assert np.array_equal(x, start) != is_adapter(path), path

    def test_keeps_moments_of_adapters_alone(self):
        moments = training().states[-1].opt_state.inner[1].mu
        assert moments.keys() == {path for path in flat(ADAPTED) if is_adapter(path)}
        assert all(np.any(x) for x in moments.values())

    def test_stores_what_is_frozen_in_bfloat16_but_scalars(self):
        for state in training().states:
            for path, x in flat(state.params).items():
                full = is_adapter(path) or x.ndim == 0
                assert x.dtype == (jnp.float32 if full else jnp.bfloat16), path
            moments = jax.tree.leaves(state.opt_state)
            assert {x.dtype for x in moments} == {jnp.dtype("float32"), jnp.dtype("int32")}

    @pytest.mark.slow
    @pytest.mark.usefixtures("outside_the_persistent_cache")
    def test_is_the_same_on_a_mesh(self):
        with jax.default_matmul_precision("highest"):
            sharded = train(3, FROZEN_IN_HALF, mesh_of(2, 2, 2), ADAPTED, model=MODEL)
        for actual, expected in zip(sharded.states, training().states):
            for path, x in flat(actual.params).items():
                wanted = flat(expected.params)[path]
                np.testing.assert_allclose(x, wanted, rtol=1e-5, atol=3e-5, err_msg=path)
        for actual, expected in zip(sharded.metrics, training().metrics):
            np.testing.assert_allclose(actual["gradient_norm"], expected["gradient_norm"], 1e-4)


def test_losses_are_those_of_the_same_numbers_in_float32():
    """Nothing computes in the type that parameters are stored in."""
    task = {"query_to_image": EVERY_TASK["query_to_image"]}
    stage = dataclasses.replace(FROZEN_IN_HALF, tasks=task)
    half = step_of(stage, mesh_of(1, 1, 1), ADAPTED, model=MODEL).state.params
    same = jax.tree.map(lambda x: x.astype(jnp.float32), half)
    batches = {name: batch_of(name, EVERY_TASK[name]) for name in task}
    losses = jax.jit(lambda params: stage_losses(MODEL, stage, params, batches, jax.random.key(0)))
    found, expected = losses(half), losses(same)
    assert {x.dtype for x in found.values()} == {jnp.dtype("float32")}
    for key, x in found.items():
        np.testing.assert_allclose(x, expected[key], rtol=1e-5, err_msg=str(key))


def flags(trained: runs.Trained) -> tuple[str, ...]:
    """From a finished run, as the docstring of `adapters` has it."""
    return (
        f"--config.model.adapters={LAYERS}",
        f"--config.stages.text.tasks={{'text_to_image': {runs.task(softmax=1.0)}}}",
        f"--config.stages.text.init_from={trained.workdir / 'stages' / '03_joint'}",
        "--config.stages.text.init_include=(?!.*/lora_).*",
        f"--config.stages.text.rules={ADAPTERS_ALONE}",
        "--config.stages.text.frozen_dtype=bfloat16",
        "--config.stages.text.checkpoint_every=2",
    )


@pytest.fixture(scope="module")
def adapted(trained, scenes_root, tmp_path_factory) -> Path:
    workdir = tmp_path_factory.mktemp("adapted") / "run"
    return runs.train(scenes_root, workdir, "--stages=text", *flags(trained)).workdir


class TestRun:
    @pytest.fixture
    def run(self, adapted, trained, scenes_root):
        with runs.one_device():
            yield Run(runs.tiny_config(scenes_root, *flags(trained)), adapted)

    def test_checkpoints_hold_bfloat16(self, adapted):
        with ocp.PyTreeCheckpointer() as checkpointer:
            path = adapted / "stages" / "01_text" / "4" / "params"
            tree = checkpointer.metadata(path).item_metadata.tree
        types = {path: x.dtype for path, x in flatten_dict(tree, sep="/").items()}
        assert types["text/blocks_0/attention/qkv/kernel"] == jnp.bfloat16
        assert types["text/blocks_0/attention/qkv/lora_a"] == jnp.float32
        assert types["scales/text_to_image_log_scale"] == jnp.float32

    def test_resumed_it_ends_the_same_to_the_bit(
        self, adapted, trained, scenes_root, tmp_path, capsys
    ):
        copy = tmp_path / "run"
        shutil.copytree(adapted, copy)
        stage = copy / "stages" / "01_text"
        shutil.rmtree(stage / "4")
        (stage / "DONE.json").unlink()
        runs.train(scenes_root, copy, "--stages=text", *flags(trained))
        assert "resumed at step 2" in capsys.readouterr().err
        assert runs.done(copy, "01_text") == runs.done(adapted, "01_text")

    def test_the_stage_after_it_has_its_own_type(self, run):
        found = flat(run.initial_params("nlu"))
        assert {x.dtype for x in found.values()} == {jnp.dtype("float32")}
        base = flat(load_params(Path(run.config.stages["text"].init_from), bare(run)))
        for path, x in base.items():
            rounded = x.astype(jnp.bfloat16).astype(np.float32) if x.ndim else x
            np.testing.assert_array_equal(found[path], rounded, err_msg=path)

    def test_is_evaluated_and_merged_gives_the_same_vectors(self, run):
        encoder = load_trained(run.directory, "text").encoder()
        texts = ["a red circle", "zwei blaue Quadrate"]
        tokens = encoder.tokenizer.encode(texts, 16)
        merged = adapters.merge(run.initial_params("nlu"))
        found = apply(run.model, merged, "encode_document", tokens.tokens, tokens.mask)
        np.testing.assert_allclose(encoder.encode_documents(texts), found, atol=1e-5)


def bare(run: Run) -> dict:
    """Shapes of the parameters that are not of adapters."""
    return abstract_params(run.model.clone(adapters=()), run.mesh)


def test_the_compile_check_counts_what_is_frozen_by_half(tmp_path):
    def cost(frozen_dtype: str) -> Cost:
        flags = (
            f"--config.stages.nlu.frozen_dtype={frozen_dtype}",
            "--config.stages.nlu.tasks.nlu.batch_size=2",
        )
        with runs.one_device():
            return compile_only(runs.tiny_config(tmp_path, *flags), "nlu", 3, 2)[0]

    full, half = cost("float32"), cost("bfloat16")
    trained, scalars = 16 * 2 + 17 * 3 + 17 * 5 + 16 * 3, 3
    saved = 2 * (full.parameters - trained - scalars)
    assert saved - 50 < full.arguments - half.arguments < saved + 50
