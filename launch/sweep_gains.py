"""What variants of a sweep gain over one of them, seed by seed and language by language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from unimr_jax.evaluation.summary import by_language

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
    Of the languages those count that both have with every such seed.
    """
    seeds = sorted(s for s in ours if metric in ours[s] and metric in theirs.get(s, {}))
    if not seeds:
        return None
    changes = [ours[seed][metric] - theirs[seed][metric] for seed in seeds]
    of_languages = _changes_by_language(ours, theirs, metric, seeds)
    return Gain(
        mean=fmean(changes),
        spread=stdev(changes) if len(seeds) > 1 else None,
        languages=len(of_languages),
        gaining=sum(change > 0 for change in of_languages.values()),
    )


def _changes_by_language(
    ours: BySeed, theirs: BySeed, metric: str, seeds: Sequence[int]
) -> dict[str, float]:
    """Means over the seeds."""
    task, _, kind = metric.split("/")
    pairs = [
        (by_language(ours[seed], task, kind), by_language(theirs[seed], task, kind))
        for seed in seeds
    ]
    shared = set.intersection(*(set(own) & set(other) for own, other in pairs))
    return {lang: fmean(own[lang] - other[lang] for own, other in pairs) for lang in shared}


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
