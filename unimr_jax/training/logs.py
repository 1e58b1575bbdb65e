"""What a run leaves to look at: metrics.jsonl, TensorBoard events, progress in the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
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

from unimr_jax.training.events import EventFile
from unimr_jax.whole import write_atomically

METRICS = "metrics.jsonl"

console = Console(stderr=True)


Line = dict[str, Any]  # of metrics.jsonl


class LateLog:
    """Hands each logged step to its readers one log late, so that none waits for the device."""

    def __init__(self, stage: str, readers: Sequence[Callable[[Line], None]]):
        self._stage, self._readers = stage, readers
        self._pending: tuple[int, Any, dict[str, float]] | None = None

    def write(self, step: int, metrics: Any, speed: dict[str, float]) -> None:
        """Queues this step's metrics (still on the device); the readers get those before."""
        self.flush()
        self._pending = (step, metrics, speed)

    def flush(self) -> None:
        """The readers get what is queued; what one of them raises is raised here."""
        if self._pending is None:
            return
        step, metrics, speed = self._pending
        self._pending = None
        line = line_of(self._stage, step, metrics) | speed
        for read in self._readers:
            read(line)


def line_of(stage: str, step: int, metrics: Any) -> Line:
    """Waits for the metrics, which are on the device."""
    return {"stage": stage, "step": step, **jax.tree.map(float, jax.device_get(metrics))}


class MetricsFiles:
    """A line of metrics.jsonl and a TensorBoard event per logged step of a stage."""

    def __init__(self, workdir: Path, stage: str, start_step: int):
        self._path = workdir / METRICS
        _forget_steps_after(self._path, stage, start_step)
        self._events = EventFile(workdir / "tensorboard" / stage, start_step)

    def __enter__(self) -> MetricsFiles:
        return self

    def __exit__(self, *_: Any) -> None:
        self._events.close()

    def write(self, line: Line) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        values = {name: x for name, x in line.items() if name not in ("stage", "step")}
        self._events.write(line["step"], _flatten(values, f"{line['stage']}/"))


def read_history(workdir: Path) -> list[Line]:
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

    def show(self, line: Line) -> None:
        text = describe(line, self._steps)
        self._progress.update(self._bar, status=text.split("  ", 1)[1])
        if self._progress.disable:
            console.print(text, soft_wrap=True, highlight=False)


def describe(line: Line, steps: int) -> str:
    """One line for the terminal: where the stage is, its losses, its pace, and what went wrong."""
    losses = "  ".join(f"{name} {value:.3f}" for name, value in line["loss"].items())
    left = (steps - line["step"]) * line["seconds_per_step"]
    return (
        f"{line['stage']} {line['step']}/{steps}  {losses}  "
        f"{line['examples_per_second']:.0f} examples/s  {left:.0f} s left" + _skipped(line)
    )


def _skipped(line: Line) -> str:
    total = line["skipped"]["total"]
    return f"  {total:.0f} steps skipped (not finite)" if total else ""
