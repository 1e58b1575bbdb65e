"""Step after step, timed as training runs them: the host is a step ahead of the device."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import jax
import numpy as np
from rich.progress import track

from unimr_jax.training import logs
from unimr_jax.training.stage_step import StageStep
from unimr_jax.training.step import TrainState

WARM_UP = 3  # steps: the first compiles, the next ones fill the pipeline
_COMPILED = "/jax/core/compile/backend_compile_duration"


class Batches(Protocol):
    def next_batches(self) -> dict[str, dict[str, Any]]: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class Timing:
    """What the timed steps of a stage took."""

    first_seconds: float  # the first step, which compiles
    step_seconds: np.ndarray  # [steps]: from the end of one to the end of the next
    input_seconds: np.ndarray  # [steps]: of them, how long the host waited for a batch
    compilations: int  # after the first step: none, if all is well
    tokens: Mapping[str, int]  # of texts in a batch of each task, without padding

    @property
    def step(self) -> float:
        """Seconds, the median."""
        return float(np.median(self.step_seconds))

    @property
    def compile_seconds(self) -> float:
        return max(0.0, self.first_seconds - self.step)

    @property
    def input_share(self) -> float:
        return float(self.input_seconds.sum() / self.step_seconds.sum())


def measure(name: str, step: StageStep, batches: Batches, steps: int) -> tuple[Timing, TrainState]:
    """Times so many steps after a warm-up; returns the state that they lead to as well."""
    clock = _Clock()
    state, tokens, compiled_first = step.state, {}, 0
    count = WARM_UP + steps + 1  # with the last the one before is known to have ended
    with _compilations() as compilations:
        for i in track(range(count), f"{name}: {steps} steps", console=logs.console):
            batch = clock.waits_for(batches.next_batches)
            tokens = tokens or {task: text_tokens(of_task) for task, of_task in batch.items()}
            state, metrics = step(state, batch)
            clock.dispatched(metrics)
            if i == 0:
                jax.block_until_ready(metrics)
                compiled_first = len(compilations)
    jax.block_until_ready(state)
    timing = Timing(
        first_seconds=clock.ends[0] - clock.began,
        step_seconds=np.diff(clock.ends)[WARM_UP - 1 :],
        input_seconds=np.array(clock.waits)[WARM_UP:-1],
        compilations=len(compilations) - compiled_first,
        tokens=tokens,
    )
    return timing, state


class _Clock:
    """Waits for the step before while the next is under way, as `training.pace.Pace` does."""

    def __init__(self):
        self.began = time.perf_counter()
        self.ends: list[float] = []
        self.waits: list[float] = []
        self._running: Any = None

    def waits_for(self, next_batches: Callable) -> dict[str, dict[str, Any]]:
        began = time.perf_counter()
        batch = next_batches()
        self.waits.append(time.perf_counter() - began)
        return batch

    def dispatched(self, metrics: Any) -> None:
        if self._running is not None:
            jax.block_until_ready(self._running)
            self.ends.append(time.perf_counter())
        self._running = metrics


@contextmanager
def _compilations() -> Iterator[list[float]]:
    """Collects the seconds of every compilation."""
    seconds: list[float] = []

    def heard(event: str, duration: float, **_: Any) -> None:
        if event == _COMPILED:
            seconds.append(duration)

    jax.monitoring.register_event_duration_secs_listener(heard)
    try:
        yield seconds
    finally:
        jax.monitoring.unregister_event_duration_listener(heard)


def text_tokens(batch: Mapping[str, Any]) -> int:
    """Of all texts of a batch of one task, without padding."""
    return sum(int(np.asarray(x).sum()) for field, x in batch.items() if field.endswith("_mask"))
