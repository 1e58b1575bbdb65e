"""The figures of the analyses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from unimr_jax.evaluation.analysis.section import points
from unimr_jax.evaluation.plots import ACCENT, INK, WRONG, as_svg, in_page_style, new_figure

BESIDE = 128  # percent: where the difference is written


@in_page_style
def changes(values: Mapping[str, tuple[float, float]]) -> str:
    """From the first share (hollow) to the second of every row, and the difference in points."""
    figure, axes = new_figure(height=0.35 + 0.2 * len(values))
    for place, pair in enumerate(values.values()):
        before, after = 100 * np.array(pair)
        colour = ACCENT if after >= before else WRONG
        axes.plot((before, after), (place, place), color=colour, linewidth=2, alpha=0.45)
        axes.plot(before, place, "o", markersize=4, color=INK, markerfacecolor="none", alpha=0.6)
        axes.plot(after, place, "o", markersize=5, color=colour)
        axes.text(BESIDE, place, points(pair[1] - pair[0]), va="center", ha="right", fontsize=7)
    axes.set_yticks(range(len(values)), list(values))
    axes.set(xlim=(-2, BESIDE), ylim=(len(values) - 0.4, -0.6), xticks=(0, 50, 100))
    return as_svg(figure)


@in_page_style
def curve(
    places: Sequence[float], shares: Sequence[float], queries: int | Sequence[int], doubling: bool
) -> str:
    """Shares in percent over places, with their standard errors; `doubling`: every place is twice
    the one before.
    """
    figure, axes = new_figure(height=1.8)
    shares = np.asarray(shares)
    errors = np.sqrt(shares * (1 - shares) / np.asarray(queries))
    axes.errorbar(
        places, 100 * shares, 100 * errors, color=ACCENT, linewidth=1.4, marker="o", markersize=4
    )
    for place, share in zip(places, 100 * shares, strict=True):
        above = (0, 7) if share < 80 else (0, -13)
        axes.annotate(
            f"{share:.1f}", (place, share), above, textcoords="offset points", ha="center"
        )
    if doubling:
        axes.set_xscale("log", base=2)
    axes.set_xticks(places, [f"{place:.0f}" for place in places], minor=False)
    axes.minorticks_off()
    axes.set(ylim=(0, 100), yticks=(0, 50, 100))
    axes.margins(x=0.1)
    return as_svg(figure)
