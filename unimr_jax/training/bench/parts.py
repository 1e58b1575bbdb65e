"""Where a step's time goes: its parts, each compiled and timed on its own.

Parts on their own leave out what XLA merges across them, so their sum is near the step's time, not
equal to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from unimr_jax.losses import Outputs
from unimr_jax.training.stage_step import StageRun, StageStep, step_options
from unimr_jax.training.step import (
    TrainState,
    forward,
    join_params,
    microbatches,
    split_params,
    task_losses,
)

Array = jax.Array
Batches = Mapping[str, Mapping[str, Any]]


def part_seconds(
    run: StageRun, step: StageStep, state: TrainState, batches: Batches, repeats: int
) -> dict[str, float]:
    """Median seconds of each part, the backward pass of what trains included; ends `state`."""
    seconds = {}
    # Compiled as the step is, whose parts they are.
    jit = partial(jax.jit, compiler_options=step_options(run.mesh.devices.flat))
    with jax.set_mesh(run.mesh):
        for name, wanted in TOWERS.items():
            tower = jit(_tower(run, step.trainable, wanted))
            seconds[name] = _median(repeats, tower, state.params, state.rng, batches)
        seconds["losses"] = _median(repeats, *_losses(run, state, batches, jit))
        seconds["optimizer"] = _optimizer_seconds(step, state, repeats, jit)
    return seconds


def _image_vectors(task: str, outputs: Outputs) -> Any:
    return (outputs.pairs.targets, outputs.other_targets) if task.endswith("_to_image") else ()


def _text_vectors(task: str, outputs: Outputs) -> Any:
    """Of queries, captions, passages and hard negatives, and what the NLU head reads in them."""
    nlu = outputs.intent_logits, outputs.slot_logits
    pairs = outputs.pairs
    if pairs is None:
        return nlu
    passages = () if task.endswith("_to_image") else (pairs.targets, pairs.negatives)
    return pairs.queries, outputs.others, passages, nlu


# What of a forward pass keeps the part alive in the compiled program; the rest is not computed.
TOWERS: dict[str, Callable[[str, Outputs], Any]] = {
    "image tower": _image_vectors,
    "text tower, NLU": _text_vectors,
}


def _tower(run: StageRun, trainable: frozenset[str], wanted: Callable) -> Callable:
    """The gradient of something that depends on all the wanted numbers, and on no others."""

    def something(trained: dict, frozen: dict, rng: Array, batches: Batches) -> Array:
        params = join_params(trained, frozen)
        total = jnp.zeros(())
        for name, task in run.config.tasks.items():
            outputs = forward(run.model, params, name, batches[name], rng, microbatches(task))
            for x in jax.tree.leaves(wanted(name, outputs)):
                total += (x.astype(jnp.float32) ** 3).sum()
        return total

    def gradient(params: dict, rng: Array, batches: Batches) -> Any:
        return jax.value_and_grad(something)(*split_params(params, trainable), rng, batches)

    return gradient


def _losses(run: StageRun, state: TrainState, batches: Batches, jit: Callable) -> tuple:
    """The losses with their gradient, all at weight 1, and what they are a function of."""
    tasks = run.config.tasks

    @jit
    def encode(params: dict, rng: Array, batches: Batches) -> dict[str, Outputs]:
        return {
            name: forward(run.model, params, name, batches[name], rng, microbatches(task))
            for name, task in tasks.items()
        }

    outputs = encode(state.params, state.rng, batches)
    leaves, tree = jax.tree.flatten(outputs)
    numbers = {i: x for i, x in enumerate(leaves) if jnp.issubdtype(x.dtype, jnp.floating)}

    def total(numbers: dict[int, Array], leaves: list[Array]) -> Array:
        outputs = tree.unflatten([numbers.get(i, x) for i, x in enumerate(leaves)])
        losses = (task_losses(outputs[name], task) for name, task in tasks.items())
        return sum(value for of_task in losses for value in of_task.values())

    return jit(jax.value_and_grad(total)), numbers, leaves


def _optimizer_seconds(step: StageStep, state: TrainState, repeats: int, jit: Callable) -> float:
    """Of updates from gradients that are the parameters themselves; they overwrite the state."""

    def update(trained: dict, opt_state: Any) -> tuple[dict, Any]:
        updates, opt_state = step.optimizer.update(trained, opt_state, trained)
        return jax.tree.map(jnp.add, trained, updates), opt_state

    updated = jit(update, donate_argnums=(0, 1))
    held = split_params(state.params, step.trainable)[0], state.opt_state
    seconds = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        held = jax.block_until_ready(updated(*held))
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds[1:]))


def _median(repeats: int, function: Callable, *inputs: Any) -> float:
    """Seconds, after one call that compiles."""
    seconds = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        jax.block_until_ready(function(*inputs))
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds[1:]))
