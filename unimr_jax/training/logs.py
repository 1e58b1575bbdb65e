"""What a run leaves to look at: metrics.jsonl, TensorBoard events, progress in the terminal."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
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

from unimr_jax.errors import Foreseen
from unimr_jax.training.events import EventFile
from unimr_jax.training.files import write_atomically

METRICS = "metrics.jsonl"

console = Console(stderr=True)


class DivergedError(Foreseen):
    """The loss is no longer a finite number."""


class MetricsLog:
    """Writes a line per logged step, one log late, so that logging never waits for the device.

    `show` gets every line once it is written.
    """

    def __init__(
        self, workdir: Path, stage: str, start_step: int, show: Callable[[dict[str, Any]], None]
    ):
        self._path = workdir / METRICS
        self._stage = stage
        self._show = show
        self._pending: tuple[int, Any, dict[str, float]] | None = None
        _forget_steps_after(self._path, stage, start_step)
        self._events = EventFile(workdir / "tensorboard" / stage, start_step)

    def __enter__(self) -> MetricsLog:
        return self

    def __exit__(self, *_: Any) -> None:
        self._events.close()

    def write(self, step: int, metrics: Any, speed: dict[str, float]) -> None:
        """Queues this step's metrics (still on the device); writes those of the log before."""
        self.flush()
        self._pending = (step, metrics, speed)

    def flush(self) -> None:
        """Writes what is queued.

        Raises:
          DivergedError: its loss is not finite.
        """
        if self._pending is None:
            return
        step, metrics, speed = self._pending
        self._pending = None
        values = jax.tree.map(float, jax.device_get(metrics))
        line = {"stage": self._stage, "step": step, **values, **speed}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        self._events.write(step, _flatten(values | speed, f"{self._stage}/"))
        self._show(line)
        if not math.isfinite(sum(values["loss"].values())):
            raise DivergedError(
                f"stage {self._stage!r} diverged: at step {step} the loss is {values['loss']}; "
                "take a lower learning rate, in another --workdir"
            )


def read_history(workdir: Path) -> list[dict[str, Any]]:
    """All lines of metrics.jsonl, but for one that a run is writing or was killed in."""
    path = workdir / METRICS
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if _is_whole(line)]


def _forget_steps_after(path: Path, stage: str, step: int) -> None:
    """Drops what an interrupted run logged beyond the checkpoint that this run resumes from."""
    rows = read_history(path.parent)
    kept = [row for row in rows if row["stage"] != stage or row["step"] <= step]
    write_atomically(path, "".join(json.dumps(row) + "\n" for row in kept))


def _is_whole(line: str) -> bool:
    """False for the last line of a run killed while writing it."""
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}", value


class StageProgress:
    """A bar with losses, pace and time left; where there is no terminal, a line per log."""

    def __init__(self, stage: str, steps: int, start_step: int):
        self._steps = steps
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(table_column=Column(ratio=1)),
            MofNCompleteColumn(),
            TextColumn("{task.fields[status]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._bar = self._progress.add_task(stage, total=steps, completed=start_step, status="")

    def __enter__(self) -> StageProgress:
        self._progress.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._progress.stop()

    def advance(self, step: int) -> None:
        self._progress.update(self._bar, completed=step)

    def show(self, line: dict[str, Any]) -> None:
        text = describe(line, self._steps)
        self._progress.update(self._bar, status=text.split("  ", 1)[1])
        if self._progress.disable:
            console.print(text, soft_wrap=True, highlight=False)


def describe(line: dict[str, Any], steps: int) -> str:
    """One line for the terminal: where the stage is, its losses and its pace."""
    losses = "  ".join(f"{name} {value:.3f}" for name, value in line["loss"].items())
    left = (steps - line["step"]) * line["seconds_per_step"]
    return (
        f"{line['stage']} {line['step']}/{steps}  {losses}  "
        f"{line['examples_per_second']:.0f} examples/s  {left:.0f} s left"
    )
