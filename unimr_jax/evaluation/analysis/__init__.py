"""What NLU does for queries, question by question: sections of the report, and analysis.json."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from unimr_jax.evaluation.analysis import (
    cost,
    distractors,
    languages,
    matryoshka,
    noise,
    old_index,
    tokens,
)
from unimr_jax.evaluation.analysis.section import Section
from unimr_jax.evaluation.analysis.subject import Subject

# Each answers None where the run or the data have nothing to say to it.
ANALYSES: dict[str, Callable[[Subject], Section | None]] = {
    "tokens": tokens.study,
    "noise": noise.study,
    "distractors": distractors.study,
    "languages": languages.study,
    "old_index": old_index.study,
    "matryoshka": matryoshka.study,
    "cost": cost.study,
}


def analyse(subject: Subject, names: Iterable[str]) -> dict[str, Section]:
    """The sections of those analyses that apply, by name."""
    sections = {name: ANALYSES[name](subject) for name in names}
    return {name: section for name, section in sections.items() if section}
