"""The loss of each task over all stages, from the lines of metrics.jsonl."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np


class Stage(NamedTuple):
    """Where a stage lies on the axis on which the stages follow one another."""

    name: str
    start: int
    end: int


class Segment(NamedTuple):
    """The logged losses of one task in one stage; both [points]."""

    steps: np.ndarray  # on the common axis
    losses: np.ndarray


def stages_of(history: Iterable[Mapping]) -> list[Stage]:
    """The stages in the order in which they were first logged, each as long as its last step."""
    lengths: dict[str, int] = {}
    for line in history:
        lengths[line["stage"]] = max(line["step"], lengths.get(line["stage"], 0))
    ends = np.cumsum(list(lengths.values())).tolist()
    return [Stage(name, end - lengths[name], end) for name, end in zip(lengths, ends, strict=True)]


def loss_curves(history: Sequence[Mapping]) -> dict[str, list[Segment]]:
    """For every task a segment per stage that trained it.

    Of a step that was logged again after a resumption, the later line counts.
    """
    tasks = dict.fromkeys(task for line in history for task in line["loss"])
    segments = {
        task: [_segment(history, task, stage) for stage in stages_of(history)] for task in tasks
    }
    return {task: [own for own in all_ if len(own.steps)] for task, all_ in segments.items()}


def _segment(history: Iterable[Mapping], task: str, stage: Stage) -> Segment:
    by_step = {
        line["step"]: line["loss"][task]
        for line in history
        if line["stage"] == stage.name and task in line["loss"]
    }
    steps = np.array(sorted(by_step), np.int64)
    return Segment(stage.start + steps, np.array([by_step[step] for step in steps.tolist()]))
