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

    With several processes JAX listens for the signal, and makes out a step at which all stop.
    """

    def __init__(self):
        self._requested = False
        self._calls = 0

    def __enter__(self) -> Preemption:
        if jax.process_count() == 1:
            self._previous = signal.signal(signal.SIGTERM, self._request)
        return self

    def __exit__(self, *_) -> None:
        if jax.process_count() == 1:
            signal.signal(signal.SIGTERM, self._previous)

    def _request(self, *_) -> None:
        self._requested = True

    def reached(self) -> bool:
        """True after the step to stop at; every process asks once after each step."""
        if jax.process_count() == 1:
            return self._requested
        # Steps are counted over stages and from this start on: JAX stops at the one after the
        # highest yet, and would never meet one that a resumed run or a new stage leaves out.
        self._calls += 1
        return multihost_utils.reached_preemption_sync_point(self._calls)
