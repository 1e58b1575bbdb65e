"""A stage's optimizer: what trains, at which rate, with which decay."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import jax
import optax
import optax.contrib

from unimr_jax.config import Optimizer, Stage, choose
from unimr_jax.models.stack import is_stacked
from unimr_jax.training import rules

Params = dict[str, jax.Array]  # by path, "text/blocks_0/mlp/up/kernel"
MATRICES = ("/kernel", "/taps")  # what paths end in: of linear layers, and of convolutions


def _muon(config: Optimizer) -> optax.GradientTransformation:
    """Orthogonalised momentum for matrices (arXiv 2502.16982), Adam for everything else.

    Scaled to the size of Adam's updates (their section 2.2), so that rates mean the same. On
    `scenes`, single runs of 150 steps from scratch came to recall@1 0.24 to 0.55 with it and
    stayed near chance with AdamW at a few rates and temperatures; why was not tested.
    """

    def kind(params: Params) -> dict[str, str]:
        return {path: "muon" if path.endswith(MATRICES) else "adam" for path in params}

    def as_large_as_adam(updates: Params, _) -> Params:
        return _map_by_path(lambda path, x: 0.2 * max(_matrix_shape(path, x)) ** 0.5 * x, updates)

    def as_matrices(updates: Params) -> Params:
        axes = optax.contrib.MuonDimensionNumbers  # what they leave out is a batch of matrices
        return _map_by_path(
            lambda path, x: axes(tuple(range(is_stacked(path), x.ndim - 1)), x.ndim - 1), updates
        )

    muon = optax.chain(
        optax.contrib.scale_by_muon(beta=config.b1, weight_dimension_numbers=as_matrices),
        optax.stateless(as_large_as_adam),
    )
    return optax.partition({"muon": muon, "adam": optax.scale_by_adam(config.b1, config.b2)}, kind)


def _map_by_path(function: Callable[[str, jax.Array], Any], params: Params) -> dict[str, Any]:
    """Of the parameters that are there: `optax.partition` leaves empty nodes for the others."""
    return jax.tree.map_with_path(lambda path, x: function(path[0].key, x), params)


def _layer_shape(path: str, x: jax.Array) -> tuple[int, ...]:
    """Of one layer's parameter, where those of several layers are stacked."""
    return x.shape[is_stacked(path) :]


def _matrix_shape(path: str, kernel: jax.Array) -> tuple[int, int]:
    """(inputs, outputs); a convolution's inputs are all that one of its windows sees."""
    *inputs, outputs = _layer_shape(path, kernel)
    return math.prod(inputs), outputs


OPTIMIZERS: dict[str, Callable[[Optimizer], optax.GradientTransformation]] = {
    "adamw": lambda c: optax.scale_by_adam(c.b1, c.b2),
    "muon": _muon,
    "lion": lambda c: optax.scale_by_lion(c.b1, c.b2),
}
SCHEDULES: dict[str, Callable[[float, int], optax.Schedule]] = {
    "constant": lambda peak, steps: optax.constant_schedule(peak),
    "cosine": lambda peak, steps: optax.cosine_decay_schedule(peak, steps),
    "linear": lambda peak, steps: optax.linear_schedule(peak, 0.0, steps),
}


def learning_rate(config: Optimizer, steps: int, key: str) -> optax.Schedule:
    """Linear warm-up, then the named schedule over the rest of the stage."""
    decay = choose(SCHEDULES, config.schedule, f"{key}.schedule")
    after = decay(config.learning_rate, max(1, steps - config.warmup_steps))
    if not config.warmup_steps:
        return after
    warmup = optax.linear_schedule(0.0, config.learning_rate, config.warmup_steps)
    # One step ahead, so that the first step of a warm-up is not lost at rate 0.
    return optax.join_schedules([lambda step: warmup(step + 1), after], [config.warmup_steps])


def multipliers(stage: Stage, params: Mapping[str, jax.Array], key: str) -> dict[str, tuple]:
    """For every parameter (learning-rate multiplier, weight-decay multiplier); rate 0: frozen."""
    matched = rules.match([rule[0] for rule in stage.rules], params, f"{key}.rules")
    return {path: stage.rules[i][1:] for path, i in matched.items()}


def make_optimizer(
    stage: Stage, factors: Mapping[str, tuple[float, float]], schedule: optax.Schedule, key: str
) -> optax.GradientTransformation:
    """Clip, precondition, decoupled decay (matrices only), then the rate of each parameter.

    `factors` has the trainable parameters alone, and so must gradients and parameters.
    """
    config = stage.optimizer
    decays = {path: config.weight_decay * decay for path, (_, decay) in factors.items()}
    rates = {path: rate for path, (rate, _) in factors.items()}

    def is_matrix(path: str, x: jax.Array) -> bool:
        return len(_layer_shape(path, x)) > 1

    def decay(updates: Params, params: Params) -> Params:
        return {
            path: u + decays[path] * params[path] if is_matrix(path, params[path]) else u
            for path, u in updates.items()
        }

    return optax.chain(
        optax.clip_by_global_norm(config.clip),
        choose(OPTIMIZERS, config.name, f"{key}.optimizer.name")(config),
        optax.stateless(decay),
        optax.stateless(lambda updates, _: {path: rates[path] * u for path, u in updates.items()}),
        optax.scale_by_learning_rate(schedule),
    )
