"""What `bench` shows in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rich.filesize import decimal
from rich.table import Table


def tables(figures: Mapping[str, Any]) -> Iterator[Table]:
    """A column for each stage; then a row for each task."""
    device = f"{figures['devices']} × {figures['device']}, {figures['dtype']}"
    peak = figures["matrix_peak_flops"] / 1e12
    title = f"{device}; a product of large matrices: {peak:.3g} TFLOP/s"
    stages = figures["stages"]
    table = _table(("", *stages), title)
    for row, show in {**_ROWS, **_part_rows(stages), "  rest": _rest}.items():
        table.add_row(row, *map(show, stages.values()))
    yield table
    tasks = _table(("task", *(f"{stage}: {what}" for stage in stages for what in _PER_TASK)))
    for name in dict.fromkeys(name for stage in stages.values() for name in stage["tasks"]):
        tasks.add_row(name, *(x for stage in stages.values() for x in _of_task(stage, name)))
    yield tasks


def _table(columns: tuple[str, ...], title: str | None = None) -> Table:
    table = Table(*columns, title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _of_task(stage: Mapping[str, Any], name: str) -> list[str]:
    figures = stage["tasks"].get(name)
    return [f"{figures[key]:,.0f}" if figures else "–" for key in _PER_TASK.values()]


_PER_TASK = {"examples/s": "examples_per_second", "tokens/s": "tokens_per_second"}


def _part_rows(stages: Mapping[str, Any]) -> dict[str, Callable]:
    parts = dict.fromkeys(part for stage in stages.values() for part in stage["part_ms"])
    return {
        f"  {part}": lambda stage, part=part: _share(stage, stage["part_ms"][part])
        for part in parts
    }


def _share(stage: Mapping[str, Any], milliseconds: float) -> str:
    return f"{milliseconds:.1f} ms {100 * milliseconds / stage['median_ms']:3.0f} %"


def _rest(stage: Mapping[str, Any]) -> str:
    """Negative where the parts on their own take longer than together."""
    return _share(stage, stage["median_ms"] - sum(stage["part_ms"].values()))


def _memory(stage: Mapping[str, Any]) -> str:
    (name,) = (key for key in stage if key.startswith("peak_bytes_of_"))
    return f"{decimal(stage[name])} ({name.removeprefix('peak_bytes_of_')})"


_ROWS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "step, median": lambda stage: f"{stage['median_ms']:.1f} ms",
    "p10–p90": lambda stage: f"{stage['p10_ms']:.1f}–{stage['p90_ms']:.1f} ms",
    "model FLOPs, counted": lambda stage: f"{stage['model_flops_counted'] / 1e9:,.1f} G",
    "  by formula": lambda stage: f"{stage['model_flops_by_formula'] / 1e9:,.1f} G",
    "of the matrix peak": lambda stage: f"{100 * stage['share_of_matrix_peak']:.1f} %",
    "peak memory": _memory,
    "compiled in": lambda stage: f"{stage['compile_seconds']:.1f} s",
    "compiled again": lambda stage: str(stage["compilations_after_first_step"]),
    "waits for input": lambda stage: f"{100 * stage['input_wait']:.1f} %",
    "parts on their own": lambda stage: "",
}
