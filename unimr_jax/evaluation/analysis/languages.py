"""What every language gains over another report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from unimr_jax.errors import UserError
from unimr_jax.evaluation.analysis import plots
from unimr_jax.evaluation.analysis.section import Section, percent, points, spoken
from unimr_jax.evaluation.analysis.subject import Against, Subject
from unimr_jax.evaluation.summary import NLU_METRICS, by_language, tasks_in


class Gain(NamedTuple):
    """One metric of a language there and here."""

    there: float
    here: float

    @property
    def difference(self) -> float:
        return self.here - self.there


Gains = Mapping[tuple[str, str], Mapping[str, Gain]]  # by task and metric, then language


def study(subject: Subject) -> Section | None:
    """None without another report."""
    if subject.against is None:
        return None
    name = subject.against.name
    compared = gains(subject.against.metrics, subject.metrics)
    return Section(
        title="Gain per language",
        said=[_said(task, metric, own) for (task, metric), own in compared.items()]
        or [f"no task and language in common with {name}"],
        note=f"Against {name} (hollow), in points; the languages that gain least come last.",
        values={"against": name} | {"/".join(key): _values(own) for key, own in compared.items()},
        figures={
            f"{spoken(task)} · {metric.replace('_', ' ')}": _figure(own)
            for (task, metric), own in compared.items()
        },
    )


def read_against(path: Path) -> Against:
    """The metrics.json of another report.

    Raises:
      UserError: no such file, or not of that form.
    """
    try:
        metrics = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"--against={path}: no such file; name a report's metrics.json") from error
    except ValueError as error:
        raise UserError(f"--against={path}: not JSON; name a report's metrics.json") from error
    if not isinstance(metrics, dict) or not all(map(_is_metric, metrics.items())):
        raise UserError(f"--against={path}: no flat metrics; name a report's metrics.json")
    return Against(str(path), metrics)


def _is_metric(item: tuple[str, object]) -> bool:
    return item[0].count("/") == 2 and isinstance(item[1], int | float)


def gains(there: Mapping[str, float], here: Mapping[str, float]) -> Gains:
    """Of every task in both, and of the languages that both have."""
    compared = {}
    for task in tasks_in(here):
        for metric in NLU_METRICS if task == "nlu" else ("recall@1",):
            theirs, ours = (by_language(own, task, metric) for own in (there, here))
            shared = {lang: Gain(theirs[lang], ours[lang]) for lang in ours if lang in theirs}
            if shared:
                compared[task, metric] = shared
    return compared


def share_gaining(own: Mapping[str, Gain]) -> float:
    return fmean(gain.difference > 0 for gain in own.values())


def mean_gain(own: Mapping[str, Gain]) -> float:
    return fmean(gain.difference for gain in own.values())


def _said(task: str, metric: str, own: Mapping[str, Gain]) -> str:
    return (
        f"{spoken(task)} {metric.replace('_', ' ')} {points(mean_gain(own))} points, "
        f"{percent(share_gaining(own))}% of {len(own)} languages gain"
    )


def _values(own: Mapping[str, Gain]) -> dict[str, object]:
    return {
        "gain": {lang: gain.difference for lang, gain in own.items()},
        "mean_gain": mean_gain(own),
        "share_gaining": share_gaining(own),
    }


def _figure(own: Mapping[str, Gain]) -> str:
    gaining_first = sorted(own, key=lambda lang: -own[lang].difference)
    return plots.changes({lang: tuple(own[lang]) for lang in gaining_first})
