"""What variants of a sweep gain over one of them, seed by seed and language by language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

Metrics = Mapping[str, float]  # "TASK/LANG/METRIC" → fraction of 1
BySeed = Mapping[int, Metrics]


@dataclass(frozen=True)
class Gain:
    """Of one metric over the same seeds of another variant."""

    mean: float  # over seeds
    spread: float | None  # sample standard deviation over seeds; None of a single one
    languages: int
    gaining: int  # languages whose mean over seeds rises

    def __str__(self) -> str:
        spread = "" if self.spread is None else f" ± {100 * self.spread:.1f}"
        return f"{100 * self.mean:+.1f}{spread} ({self.gaining}/{self.languages})"


def gain(ours: BySeed, theirs: BySeed, metric: str) -> Gain | None:
    """Of "TASK/all/METRIC"; None where the two have no seed in common that has it.

    Seeds are paired, since runs of one seed share what they start from and the order of examples.
    """
    seeds = sorted(s for s in ours if metric in ours[s] and metric in theirs.get(s, {}))
    if not seeds:
        return None
    changes = [ours[seed][metric] - theirs[seed][metric] for seed in seeds]
    by_language = [
        fmean(ours[seed][name] - theirs[seed][name] for seed in seeds)
        for name in _of_languages(metric, ours[seeds[0]])
    ]
    return Gain(
        mean=fmean(changes),
        spread=stdev(changes) if len(seeds) > 1 else None,
        languages=len(by_language),
        gaining=sum(change > 0 for change in by_language),
    )


def _of_languages(metric: str, known: Metrics) -> Iterator[str]:
    task, _, kind = metric.split("/")
    same = re.compile(f"{re.escape(task)}/(?!all/)[^/]+/{re.escape(kind)}")
    return (name for name in known if same.fullmatch(name))


def gains(
    found: Mapping[str, BySeed], against: str, metrics: Sequence[str]
) -> dict[str, dict[str, Gain]]:
    """variant → metric → gain over the variant `against`."""
    of_all = {
        variant: {metric: gain(ours, found[against], metric) for metric in metrics}
        for variant, ours in found.items()
        if variant != against
    }
    return {variant: {m: g for m, g in row.items() if g} for variant, row in of_all.items()}
