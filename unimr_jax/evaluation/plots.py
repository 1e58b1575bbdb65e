"""The report's figures, as SVG that takes its colours and type from the page around it.

matplotlib is imported only when a figure is drawn. Labels are tags and names; texts in any script
belong into the page, where the browser has the fonts.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from unimr_jax.evaluation.curves import Segment, Stage
from unimr_jax.evaluation.nlu import Confusion

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Colours that no figure needs for itself, each standing for one of the page's: so a figure follows
# the page between light and dark.
INK, ACCENT, WRONG = "#010101", "#010102", "#010103"
PAGE_COLOURS = {INK: "currentColor", ACCENT: "var(--accent)", WRONG: "var(--wrong)"}
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "font.size": 8,
    "text.parse_math": False,  # a label may hold dollar signs
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
WIDTH = 3.6  # inches
BAR_AXIS = 117  # percent: leaves room for the value beside a full bar
COUNTED_INTENTS = 16  # up to so many, a confusion map has room for its counts
SMOOTHING = 0.025  # the share of its points that a smooth curve averages


def in_page_style(draw: Callable[..., str]) -> Callable[..., str]:
    """matplotlib reads its style both where text is placed and where it is written."""

    @functools.wraps(draw)
    def styled(*args, **kwargs) -> str:
        import matplotlib

        with matplotlib.rc_context(STYLE):
            return draw(*args, **kwargs)

    return styled


@in_page_style
def language_bars(values: Mapping[str, float], mean: float) -> str:
    """One bar per language from 0 to 100 percent, and the mean as a line."""
    figure, axes = new_figure(height=0.35 + 0.2 * len(values))
    places = np.arange(len(values))
    percent = 100 * np.array(list(values.values()))
    axes.barh(places, percent, height=0.68, color=ACCENT, alpha=0.85)
    axes.axvline(100 * mean, color=INK, linewidth=0.8, linestyle=(0, (3, 3)), alpha=0.6)
    for place, value in zip(places, percent, strict=True):
        axes.text(BAR_AXIS, place, f"{value:.1f}", va="center", ha="right", fontsize=7)
    axes.set_yticks(places, list(values))
    axes.set(xlim=(0, BAR_AXIS), ylim=(len(values) - 0.4, -0.6), xticks=(0, 50, 100))
    return as_svg(figure)


@in_page_style
def loss_curve(segments: Sequence[Segment], stages: Sequence[Stage]) -> str:
    """Losses as logged, faint, with their moving average; stages are set apart and named."""
    figure, axes = new_figure(height=1.9)
    for steps, losses in segments:
        axes.plot(steps, losses, color=ACCENT, linewidth=0.8, alpha=0.35)
        axes.plot(steps, _smooth(losses), color=ACCENT, linewidth=1.6)
    for stage in stages[1:]:
        axes.axvline(stage.start, color=INK, linewidth=0.7, linestyle=(0, (2, 3)), alpha=0.5)
    for stage in stages:
        middle = (stage.start + stage.end) / 2
        axes.text(middle, 1.02, stage.name, transform=axes.get_xaxis_transform(), ha="center")
    axes.set(xlim=(0, stages[-1].end), ylim=(0, None))
    axes.locator_params(nbins=5)
    return as_svg(figure)


@in_page_style
def confusion_map(confusion: Confusion) -> str:
    """Gold intents down, predicted across; the darker, the larger the share of the gold intent."""
    size = len(confusion.intents)
    side = 0.5 + 0.2 * size + 0.07 * max(map(len, confusion.intents))  # cells, then labels
    figure, axes = new_figure(height=side, width=side)
    shares = confusion.counts / np.maximum(confusion.counts.sum(axis=1, keepdims=True), 1)
    for gold, predicted in np.argwhere(confusion.counts):
        colour = ACCENT if gold == predicted else WRONG
        corner = (predicted - 0.47, gold - 0.47)
        axes.add_patch(_square(corner, 0.94, colour, 0.1 + 0.6 * shares[gold, predicted]))
        if size <= COUNTED_INTENTS:
            axes.text(predicted, gold, confusion.counts[gold, predicted], ha="center", va="center")
    axes.set_xticks(range(size), confusion.intents, rotation=55, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(size), confusion.intents)
    axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), aspect="equal")
    return as_svg(figure)


def _square(corner: tuple[float, float], side: float, colour: str, alpha: float):
    from matplotlib.patches import Rectangle

    return Rectangle(corner, side, side, facecolor=colour, alpha=alpha, linewidth=0)


def _smooth(values: np.ndarray) -> np.ndarray:
    """Moving average over neighbours on both sides, over fewer at the ends."""
    window = np.ones(1 + 2 * int(len(values) * SMOOTHING / 2))
    return np.convolve(values, window, "same") / np.convolve(np.ones_like(values), window, "same")


def new_figure(height: float, width: float = WIDTH) -> tuple[Figure, Axes]:
    """An empty figure without a frame, of a size in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="tight")
    axes = figure.subplots()
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return figure, axes


def as_svg(figure: Figure) -> str:
    """The figure as an <svg> element without prologue, in the page's colours."""
    file = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(file, format="svg", transparent=True, metadata=nothing)
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    for stand_in, colour in PAGE_COLOURS.items():
        svg = svg.replace(stand_in, colour)
    return svg
