"""Recall of queries that mention what they do not ask for ("not the three green circles").

Records do not say which words distract, so a proxy does: what the split's slots of that language
usually hold, found outside the slots of a query that does not hold it itself. Inflected forms that
no slot has are missed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import chain
from statistics import fmean
from typing import NamedTuple

from unimr_jax.evaluation.analysis import plots
from unimr_jax.evaluation.analysis.section import Section, percent, points, spoken
from unimr_jax.evaluation.analysis.subject import Query, Subject, outside, queries_of
from unimr_jax.evaluation.analysis.words import Words, phrases, words
from unimr_jax.evaluation.nlu import Reading

TELLING = 0.5  # of its occurrences lie in slots, else a phrase ("a", "please") tells nothing


class Contrast(NamedTuple):
    """recall@1 of one language's queries without and with a distracting mention."""

    without: float
    distracted: float
    queries: int  # with one


def study(subject: Subject) -> Section | None:
    """None where no language has queries of both kinds."""
    gold = {key: own.gold for key, own in subject.findings.by_text.items()}
    distracted = distracted_texts(gold)
    queries = queries_of(subject.findings)
    by_task = {task: contrasts(own, distracted) for task, own in queries.items()}
    by_task = {task: own for task, own in by_task.items() if own}
    if not by_task:
        return None
    return Section(
        title="Distractors",
        said=[_said(task, own) for task, own in by_task.items()],
        note="recall@1 of queries that mention, outside their slots, what slots of that language "
        "usually hold, against queries that do not (hollow). A proxy, since records do not mark "
        "what distracts: inflected forms that no slot has are missed.",
        values={task: _values(own) for task, own in by_task.items()},
        figures={
            f"{spoken(task)} · without → with a distracting mention": _figure(own)
            for task, own in by_task.items()
        },
    )


def contrasts(queries: Sequence[Query], distracted: Set[tuple[str, str]]) -> dict[str, Contrast]:
    """Of every language that has queries of both kinds; `distracted` by language and text."""
    kinds: dict[str, dict[bool, list[bool]]] = defaultdict(lambda: {False: [], True: []})
    for query in queries:
        kinds[query.lang][(query.lang, query.text) in distracted].append(query.found)
    return {
        lang: Contrast(fmean(own[False]), fmean(own[True]), len(own[True]))
        for lang, own in sorted(kinds.items())
        if all(own.values())
    }


def distracted_texts(readings: Mapping[tuple[str, str], Reading]) -> set[tuple[str, str]]:
    """By language and text, those that say something telling outside the slots, which hold it not.

    Telling is what slots of the language hold and the rest of its texts seldom says.
    """
    by_lang: dict[str, list[tuple[str, Reading]]] = defaultdict(list)
    for (lang, text), reading in readings.items():
        by_lang[lang].append((text, reading))
    return {
        (lang, text)
        for lang, own in by_lang.items()
        for (text, _), distracted in zip(own, are_distracted(own), strict=True)
        if distracted
    }


def are_distracted(texts: Sequence[tuple[str, Reading]]) -> list[bool]:
    """Of texts of one language with their slots."""
    held = [_held(text, reading) for text, reading in texts]
    known = Counter(chain.from_iterable(held))
    lengths = {len(value) for value in known}
    mentioned = [
        [phrase for phrase in _phrases_outside(text, reading, lengths) if phrase in known]
        for text, reading in texts
    ]
    elsewhere = Counter(chain.from_iterable(mentioned))
    telling = {
        value for value, count in known.items() if count >= TELLING * (count + elsewhere[value])
    }
    return [
        bool(telling.intersection(said).difference(own))
        for said, own in zip(mentioned, held, strict=True)
    ]


def _held(text: str, reading: Reading) -> list[Words]:
    values = (words(text[slot.start : slot.end]) for slot in reading.slots)
    return [value for value in values if value]


def _phrases_outside(text: str, reading: Reading, lengths: Set[int]) -> Iterator[Words]:
    for stretch in outside(text, reading.slots):
        yield from phrases(words(stretch), lengths)


def _means(own: Mapping[str, Contrast]) -> tuple[float, float]:
    """Unweighted, over the languages."""
    return (
        fmean(contrast.without for contrast in own.values()),
        fmean(contrast.distracted for contrast in own.values()),
    )


def _said(task: str, own: Mapping[str, Contrast]) -> str:
    without, distracted = _means(own)
    return (
        f"{spoken(task)} recall@1 {percent(distracted)} with a distracting mention "
        f"({sum(contrast.queries for contrast in own.values())} queries), {percent(without)} "
        f"without: {points(distracted - without)} points"
    )


def _values(own: Mapping[str, Contrast]) -> dict[str, dict[str, float]]:
    without, distracted = _means(own)
    means = {"without": without, "with": distracted}
    return {"all": means} | {
        lang: {"without": one.without, "with": one.distracted, "queries_with": one.queries}
        for lang, one in own.items()
    }


def _figure(own: Mapping[str, Contrast]) -> str:
    harmed_first = sorted(own, key=lambda lang: own[lang].distracted - own[lang].without)
    return plots.changes({lang: (own[lang].without, own[lang].distracted) for lang in harmed_first})
