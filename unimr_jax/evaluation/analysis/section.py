"""What an analysis found, in a form that terminal, program and page can show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Table(NamedTuple):
    """The first cell of a row names it."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


class Piece(NamedTuple):
    """A stretch of a text."""

    text: str
    heat: float  # from -1, dropped, over 0, as any other, to 1, kept
    gold: bool = False  # in a slot
    title: str = ""


class HeatedText(NamedTuple):
    lang: str
    pieces: Sequence[Piece]


@dataclass(frozen=True)
class Section:
    title: str
    said: Sequence[str]  # what was found, in a line or a few
    note: str  # how to read it
    values: Mapping[str, Any]  # what goes to analysis.json
    figures: Mapping[str, str] = field(default_factory=dict)  # SVG by caption
    table: Table | None = None
    texts: Sequence[HeatedText] = ()


def percent(value: float) -> str:
    return f"{100 * value:.1f}"


def points(difference: float) -> str:
    """A difference of shares, in points, with its sign."""
    return f"{round(100 * difference, 1) + 0.0:+.1f}"  # no -0.0


def spoken(task: str) -> str:
    """text_to_image → text → image."""
    return "understanding" if task == "nlu" else task.replace("_to_", " → ").replace("_", " ")
