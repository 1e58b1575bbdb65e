"""Metrics as a table for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from unimr_jax.evaluation.summary import Score, score, tables


def format_table(metrics: Mapping[str, float]) -> Group:
    """Tasks down, metrics across, in percent: the mean over languages and the worst language."""
    return Group(*(_table(metrics, tasks, columns) for columns, tasks in tables(metrics)))


def _table(metrics: Mapping[str, float], tasks: Sequence[str], columns: Sequence[str]) -> Table:
    table = Table()
    table.add_column("task")
    for column in columns:
        table.add_column(column, justify="right")
    for task in tasks:
        table.add_row(task, *(_cell(score(metrics, task, column)) for column in columns))
    return table


def _cell(value: Score | None) -> Text:
    if value is None:
        return Text("–")
    cell = Text(f"{100 * value.mean:.1f}", style="bold")
    if value.worst < value.mean:
        cell.append(f"\n{value.worst_lang} {100 * value.worst:.1f}", style="not bold dim")
    return cell
