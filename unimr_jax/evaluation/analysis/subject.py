"""What there is to analyse, and the queries of a split one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from unimr_jax.data.record import Slot
from unimr_jax.evaluation.examples import Findings

if TYPE_CHECKING:
    from unimr_jax.retrieval.encoder import ModelEncoder
    from unimr_jax.trained import Trained


class Against(NamedTuple):
    """Another report."""

    name: str
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Subject:
    """A trained model and how it did on a split."""

    trained: Trained
    encoder: ModelEncoder
    findings: Findings
    metrics: Mapping[str, float]
    earlier: Trained | None = None  # the stage that an index was built after
    against: Against | None = None


class Query(NamedTuple):
    """A query of a retrieval task; `found`: one of its positives ranks first."""

    lang: str
    text: str
    slots: Sequence[Slot]
    found: bool


def queries_of(findings: Findings) -> dict[str, list[Query]]:
    """The queries with an intent, by the name of their task."""
    texts = findings.benchmark.items("query")
    by_task: dict[str, list[Query]] = defaultdict(list)
    for task, ranks in findings.scored:
        if task.source != "query":
            continue
        for row, own in zip(task.queries, ranks, strict=True):
            text = texts[row]
            slots = findings.by_text[task.lang, text].gold.slots
            by_task[task.name].append(Query(task.lang, text, slots, bool(own[0] == 1)))
    return dict(by_task)


def outside(text: str, slots: Sequence[Slot]) -> Iterator[str]:
    """The stretches of a text before, between and after its slots."""
    position = 0
    for slot in sorted(slots, key=lambda slot: slot.start):
        yield text[position : slot.start]
        position = slot.end
    yield text[position:]
