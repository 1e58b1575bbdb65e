"""Weights that change over a stage, of losses and of data sets: any Optax schedule, by name."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

SCHEDULES = {
    "constant": optax.constant_schedule,
    "linear": optax.linear_schedule,
    "cosine": optax.cosine_decay_schedule,
    "warmup_cosine": optax.warmup_cosine_decay_schedule,
    "piecewise": optax.piecewise_constant_schedule,
}


def weight_schedule(spec: float | Mapping[str, Any]) -> optax.Schedule:
    """A number, or {"kind": NAME, …arguments of that Optax schedule}.

    Raises:
      ValueError: an unknown kind or argument; the message lists the known ones.
    """
    if not isinstance(spec, Mapping):
        return optax.constant_schedule(spec)
    arguments = dict(spec)
    kind = arguments.pop("kind", None)
    if kind not in SCHEDULES:
        raise ValueError(f"schedule kind {kind!r} is not one of {', '.join(SCHEDULES)}")
    make = SCHEDULES[kind]
    try:
        schedule = make(**arguments)
        schedule(0)  # where an argument of the wrong type shows
    except (TypeError, AttributeError) as error:
        known = ", ".join(inspect.signature(make).parameters)
        raise ValueError(f"schedule {kind!r}: {error}; its arguments are {known}") from None
    return schedule


def values(spec: float | Mapping[str, Any], steps: int) -> np.ndarray:
    """The weight at each step: float64 [steps].

    In double precision, so that what is decided by them is decided alike on every machine.

    Raises:
      ValueError: as `weight_schedule`.
    """
    with jax.enable_x64(True):
        found = weight_schedule(spec)(jnp.arange(steps))
        return np.broadcast_to(np.asarray(found, np.float64), (steps,))
