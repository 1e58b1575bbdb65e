"""Examples per second, without the step that compiles."""

from __future__ import annotations

import time

import pytest

from unimr_jax.training.pace import Pace


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes only when told to."""

    class Clock:
        now = 100.0

        def passes(self, seconds: float) -> None:
            self.now += seconds

    clock = Clock()
    monkeypatch.setattr(time, "perf_counter", lambda: clock.now)
    return clock


def step(pace: Pace, clock, input_seconds: float, step_seconds: float) -> None:
    with pace.waiting_for_input():
        clock.passes(input_seconds)
    clock.passes(step_seconds)
    pace.step_dispatched(metrics=None)


def test_leaves_the_first_step_out(clock):
    pace = Pace(examples_per_step=8)
    step(pace, clock, 5.0, 60.0)
    for _ in range(4):
        step(pace, clock, 0.5, 1.5)
    assert pace.lap() == {"examples_per_second": 4.0, "seconds_per_step": 2.0, "input_wait": 0.25}


def test_every_lap_stands_alone(clock):
    pace = Pace(examples_per_step=8)
    for seconds in (60.0, 1.0):
        step(pace, clock, 0.0, seconds)
    assert pace.lap()["seconds_per_step"] == 1.0
    for _ in range(3):
        step(pace, clock, 0.0, 4.0)
    assert pace.lap()["seconds_per_step"] == 4.0


def test_a_lap_after_the_first_step_has_that_one(clock):
    pace = Pace(examples_per_step=8)
    step(pace, clock, 1.0, 3.0)
    assert pace.lap() == {"examples_per_second": 2.0, "seconds_per_step": 4.0, "input_wait": 0.25}
    step(pace, clock, 0.0, 1.0)
    assert pace.lap()["seconds_per_step"] == 1.0
