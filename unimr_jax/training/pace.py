"""How fast training goes, and how much of the time it waits for input."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax


class Pace:
    """Figures of the steps between two laps; the first step, which compiles, is left out."""

    def __init__(self, examples_per_step: int):
        self._examples_per_step = examples_per_step
        self._first: dict[str, float] = {}
        self._restart()

    @contextmanager
    def waiting_for_input(self) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self._waited += time.perf_counter() - began

    def step_dispatched(self, metrics: Any) -> None:
        """Counts a step; once the first has given its metrics, the clock starts anew."""
        self._steps += 1
        if not self._first:
            jax.block_until_ready(metrics)
            self._first = self._figures()
            self._restart()

    def lap(self) -> dict[str, float]:
        """Figures since the last lap; those of the first step where it is all there is."""
        figures = self._figures() if self._steps else self._first
        self._restart()
        return figures

    def _figures(self) -> dict[str, float]:
        seconds = time.perf_counter() - self._since
        return {
            "examples_per_second": self._examples_per_step * self._steps / seconds,
            "seconds_per_step": seconds / self._steps,
            "input_wait": self._waited / seconds,
        }

    def _restart(self) -> None:
        self._since, self._steps, self._waited = time.perf_counter(), 0, 0.0
