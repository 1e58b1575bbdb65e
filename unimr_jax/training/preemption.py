"""SIGTERM, which the machine's owner sends before taking it away, stops training at a step."""

from __future__ import annotations

import signal

import jax
from jax.experimental import multihost_utils

from unimr_jax.errors import Foreseen


class Preempted(Foreseen):
    """SIGTERM came; a checkpoint has been saved."""

    exit_code = 143


class Preemption:
    """While entered, SIGTERM asks for a stop instead of ending the process.

    Where processes train together JAX listens for the signal, and makes out a step at which all
    of them stop.
    """

    def __init__(self):
        self._together = jax.distributed.is_initialized()
        self._requested = False
        self._calls = 0

    def __enter__(self) -> Preemption:
        if not self._together:
            self._previous = signal.signal(signal.SIGTERM, self._request)
        return self

    def __exit__(self, *_) -> None:
        if not self._together:
            signal.signal(signal.SIGTERM, self._previous)

    def _request(self, *_) -> None:
        self._requested = True

    def reached(self) -> bool:
        """True after the step to stop at; every process asks once after each step."""
        if not self._together:
            return self._requested
        # Steps are counted over stages and from this start on: JAX stops at the one after the
        # highest yet, and would never meet one that a resumed run or a new stage leaves out.
        self._calls += 1
        return multihost_utils.reached_preemption_sync_point(self._calls)
