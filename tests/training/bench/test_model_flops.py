"""Two ways to the FLOPs of a step, in stages of several kinds."""

from __future__ import annotations

import dataclasses

import jax
import pytest

from tests import runs
from unimr_jax import config_file
from unimr_jax.models.nlu import HEAD_BLOCKS
from unimr_jax.training.bench.model_flops import HEAD_BLOCK_FLOPS, block_flops, by_formula, counted
from unimr_jax.training.dataless import DatalessRun
from unimr_jax.training.stage_step import StageStep

RECIPES = (
    ("quickstart.py", "nlu"),  # an NLU head of several blocks, packed rows
    ("quickstart.py", "joint"),  # captions beside requests
    ("emoji.py", "text"),  # a convolutional stem
    ("base.py:tiny", "nlu"),
    ("base.py:tiny", "joint"),  # microbatches, map pooling
)


def both(config, name: str) -> tuple[int, int]:
    run = DatalessRun(config, intents=60, slots=55)
    step, stage = StageStep(run.stage_run(name), run.stage_shapes(name)), config.stages[name]
    with jax.set_mesh(run.mesh):
        exact = counted(config, stage, run.model, step, run.batch_shapes(name))
    return exact, by_formula(config, stage, run.model, step.trainable)


def check(recipe: str, stage: str, *overrides: str, rel: float = 0.03) -> None:
    with runs.one_device():
        exact, formula = both(config_file.load(f"configs/{recipe}", overrides), stage)
    assert formula == pytest.approx(exact, rel=rel)


@pytest.mark.parametrize("recipe, stage", RECIPES)
def test_counting_and_formula_agree(recipe, stage):
    check(recipe, stage)


@pytest.mark.parametrize("block", HEAD_BLOCKS)
def test_of_heads_of_every_block(block):
    check("quickstart.py", "nlu", f"--config.model.nlu.block={block}")


def test_of_a_narrow_head_too():
    """The formula has a gradient of what the head reads as well, which a frozen tower spares."""
    check("quickstart.py", "nlu", "--config.model.nlu.width=64")
    check("claim.py", "nlu", rel=0.1)


@pytest.mark.parametrize("recipe", ["quickstart.py", "base.py:tiny"])
def test_of_fused_documents_too(recipe):
    """Captions, passages and hard negatives are read by the head as well."""
    check(recipe, "joint", "--config.model.nlu.fuse_documents=True")


def test_of_two_pictures_of_a_text_too():
    task = "--config.stages.text.tasks.text_to_image"
    check("emoji.py", "text", f"{task}.other_image=True", f"{task}.losses.views=1.0")


def test_what_is_computed_twice_counts_once():
    with runs.one_device():
        config = runs.tiny_config("nowhere", "--config.tokenizer.vocab_size=600")
        exact, _ = both(config, "text")
        text = config.stages["text"]
        halves = {
            name: dataclasses.replace(task, microbatch=task.batch_size // 2)
            for name, task in text.tasks.items()
        }
        stages = config.stages | {"text": dataclasses.replace(text, tasks=halves)}
        tower = dataclasses.replace(config.model.text, remat="full")
        model = dataclasses.replace(config.model, text=tower)
        again, _ = both(dataclasses.replace(config, stages=stages, model=model), "text")
    assert again == exact


def test_a_block_by_hand():
    # One token of width 2: query, key, value and out 4 · 4, MLP 2 · 8, products 32; and it attends
    # to itself: 2 · 2.
    assert block_flops(1, 2, 2.0) == 2 * (16 + 16 + 4)


def test_a_hidden_width_is_rounded_as_the_model_rounds_it():
    assert block_flops(1, 2, 2.2) == block_flops(1, 2, 2.0)


def test_a_convolution_by_hand():
    # The gated way up 2 · 4, the way down 4; what its taps do is no matrix product.
    assert HEAD_BLOCK_FLOPS["convolution"](1, 2) == 2 * (8 + 4)
