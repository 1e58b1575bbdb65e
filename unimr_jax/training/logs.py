"""What a run leaves to look at: metrics.jsonl, TensorBoard events, progress in the terminal."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import jax
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from unimr_jax.training.checkpoint import write_atomically

console = Console(stderr=True)


class DivergedError(Exception):
    """The loss is no longer a finite number."""


class MetricsLog:
    """Writes a line per logged step, one log late, so that logging never waits for the device."""

    def __init__(self, workdir: Path, stage: str, start_step: int):
        from tensorboardX import SummaryWriter

        self._path = workdir / "metrics.jsonl"
        self._stage = stage
        self._pending: tuple[int, Any, dict[str, float]] | None = None
        _forget_steps_after(self._path, stage, start_step)
        self._events = SummaryWriter(str(workdir / "tensorboard" / stage), purge_step=start_step)

    def write(self, step: int, metrics: Any, speed: dict[str, float]) -> dict[str, Any] | None:
        """Queues this step's metrics (still on the device); writes those of the log before."""
        written = self.flush()
        self._pending = (step, metrics, speed)
        return written

    def flush(self) -> dict[str, Any] | None:
        if self._pending is None:
            return None
        step, metrics, speed = self._pending
        self._pending = None
        values = jax.tree.map(float, jax.device_get(metrics))
        line = {"stage": self._stage, "step": step, **values, **speed}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        for name, value in _flatten(values | speed):
            self._events.add_scalar(f"{self._stage}/{name}", value, step)
        if not math.isfinite(sum(values["loss"].values())):
            raise DivergedError(f"stage {self._stage!r}, step {step}: loss is {values['loss']}")
        return line

    def close(self) -> None:
        self._events.close()


def read_history(workdir: Path) -> list[dict[str, Any]]:
    """All lines of metrics.jsonl."""
    path = workdir / "metrics.jsonl"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _forget_steps_after(path: Path, stage: str, step: int) -> None:
    """Drops what an interrupted run logged beyond the checkpoint that this run resumes from."""
    if not path.exists():
        return
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if _is_whole(line)]
    kept = [
        line
        for line in lines
        if (row := json.loads(line))["stage"] != stage or row["step"] <= step
    ]
    write_atomically(path, "".join(line + "\n" for line in kept))


def _is_whole(line: str) -> bool:
    """False for the last line of a run killed while writing it."""
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _flatten(values: dict[str, Any], prefix: str = ""):
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}", value


def stage_progress() -> Progress:
    """A bar with rate and time left."""
    return Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(table_column=Column(ratio=1)),
        MofNCompleteColumn(),
        TextColumn("{task.fields[status]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def describe(line: dict[str, Any], steps: int) -> str:
    """One line for the terminal: where the stage is, its losses and its pace."""
    losses = "  ".join(f"{name} {value:.3f}" for name, value in line["loss"].items())
    left = (steps - line["step"]) * line["seconds_per_step"]
    return (
        f"{line['stage']} {line['step']}/{steps}  {losses}  "
        f"{line['examples_per_second']:.0f} examples/s  {left:.0f} s left"
    )
