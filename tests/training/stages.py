"""A tiny stage that has every task and every loss, and runs of it on any mesh."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jax
from jax.sharding import AxisType, Mesh

from tests.helpers import random_batch, random_params, tiny_model
from unimr_jax.config import Optimizer, Stage, Task
from unimr_jax.models.unimr import UniMR
from unimr_jax.training.partitioning import Override
from unimr_jax.training.stage_step import StageRun, StageStep, abstract_params, stage_shapes
from unimr_jax.training.step import TrainState

SIZE, STEPS = 8, 3
FADING = {"kind": "linear", "init_value": 2.0, "end_value": 1.0, "transition_steps": 4}
EVERY_TASK = {
    "text_to_image": Task(
        {},
        SIZE,
        {"softmax": 1.0, "paraphrase": 0.5, "views": 0.5},
        other_text=True,
        other_image=True,
    ),
    "text_to_text": Task({}, SIZE, {"sigmoid": 0.5}, hard_negatives=1),
    "query_to_image": Task({}, SIZE, {"sigmoid": 1.0, "intent": 0.2, "slot": 1.0}),
    "query_to_text": Task({}, SIZE, {"softmax": FADING}, hard_negatives=1, matryoshka=(4,)),
    "nlu": Task({}, SIZE, {"intent": 1.0, "slot": 4.0}),
}
RULES = (
    # The gradient of a key's bias is 0, but for rounding, which Adam would blow up.
    (".*/(qkv|key_value)/bias", 0.0, 0.0),
    ("image/.*", 0.3, 1.0),
    (".*", 1.0, 1.0),
)
STAGE = Stage(
    steps=30,
    tasks=EVERY_TASK,
    rules=RULES,
    optimizer=Optimizer(learning_rate=1e-2, warmup_steps=2),
)
# Both towers, hard negatives and every loss but two, in half the program of every task.
TWO_TASKS = dataclasses.replace(
    STAGE, tasks={name: EVERY_TASK[name] for name in ("query_to_image", "query_to_text")}
)
IN_MICROBATCHES = dataclasses.replace(
    STAGE,
    tasks={
        name: dataclasses.replace(task, microbatch=SIZE // 2)
        for name, task in TWO_TASKS.tasks.items()
    },
)
MODEL = tiny_model(image={"depth": 0}, text={"depth": 1})  # the fewer layers, the sooner compiled
PARAMS = random_params(MODEL)


@dataclass
class Training:
    """What became of the parameters, step by step; copies, since each step overwrites its state."""

    step: StageStep
    states: list[TrainState]  # states[i] after i steps
    metrics: list[dict[str, Any]]  # metrics[i] of step i, the first being 0


def train(
    steps: int,
    stage: Stage = STAGE,
    mesh: Mesh | None = None,
    params: dict[str, Any] = PARAMS,
    overrides: Sequence[Override] = (),
    model: UniMR = MODEL,
) -> Training:
    """Trains the model on one batch, the same at every step."""
    step = step_of(stage, mesh or mesh_of(1, 1, 1), params, overrides, model)
    batches = {name: batch_of(name, task) for name, task in stage.tasks.items()}
    state, states, metrics = step.state, [jax.device_get(step.state)], []
    for _ in range(steps):
        state, of_step = step(state, batches)
        states.append(jax.device_get(state))
        metrics.append(jax.device_get(of_step))
    return Training(step, states, metrics)


def step_of(
    stage: Stage,
    mesh: Mesh,
    params: dict[str, Any] = PARAMS,
    overrides: Sequence[Override] = (),
    model: UniMR = MODEL,
) -> StageStep:
    shapes = stage_shapes(stage, abstract_params(model, mesh, overrides), "stage")
    run = StageRun("tiny", "stage", stage, model, mesh, 0, Path(), Path(), {})
    return StageStep(
        run,
        jax.tree.map(
            lambda x, like: jax.device_put(x.astype(like.dtype), like.sharding), params, shapes
        ),
    )


def batch_of(name: str, task: Task) -> dict[str, Any]:
    """Random rows; the first and the last have the same text."""
    others = {"other_text": task.other_text, "other_image": task.other_image}
    batch = random_batch(name, task.batch_size, task.hard_negatives, **others)
    ids = batch["text_id"].copy()
    ids[-1] = ids[0]
    return batch | {"text_id": ids}


@cache
def trained_on_one_device() -> Training:
    """The whole stage: compiled once for all tests that look at it."""
    return train(STAGE.steps)


@cache
def two_tasks_on_one_device() -> Training:
    """A few of its steps, with two of its tasks."""
    return train(STEPS, TWO_TASKS)


def mesh_of(data: int, fsdp: int, tensor: int) -> Mesh:
    """A mesh over the first devices."""
    shape = (data, fsdp, tensor)
    devices = jax.devices()[: data * fsdp * tensor]
    return jax.make_mesh(shape, ("data", "fsdp", "tensor"), (AxisType.Auto,) * 3, devices=devices)
