"""Progress that shows only where there is time to look at it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import ProgressColumn as Column
from rich.text import Text

PATIENCE = 3.0  # seconds before a progress bar appears

Item = TypeVar("Item")


def progress_if_slow(items: Iterable[Item], total: int, description: str) -> Iterator[Item]:
    """Yields the items; a bar with rate and time left comes up on stderr once they take a while."""
    items = iter(items)
    deadline = time.monotonic() + PATIENCE
    done = 0
    while done < total and time.monotonic() < deadline:
        yield next(items)
        done += 1
    if done < total:
        with progress_bar() as bar:
            yield from bar.track(items, total, completed=done, description=description)


def progress_bar() -> Progress:
    """On stderr, where that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate())
    return Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


class _Rate(Column):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="progress.data.speed")
