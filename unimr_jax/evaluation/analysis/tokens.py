"""Which tokens of a query the model keeps and which it drops.

A fusion that weighs tokens (the gate) says so itself; for any other, tokens count by the
probability that they are inside a slot.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import NamedTuple

import numpy as np

from unimr_jax.data.record import Record, Slot
from unimr_jax.data.transitions import continues_word
from unimr_jax.evaluation.analysis import plots
from unimr_jax.evaluation.analysis.section import HeatedText, Piece, Section, percent
from unimr_jax.evaluation.analysis.subject import Subject
from unimr_jax.evaluation.encoder import TokenWeights
from unimr_jax.evaluation.examples import spread

QUERIES = 32  # of a language, that shares are counted on
SHOWN = 24  # texts on the page
STRONGEST = 3.0  # doublings of the plain mean's weight at which the page's colours end


class Share(NamedTuple):
    """Of the weight on a text's tokens, what lies on its gold slots."""

    plain: float  # every token alike
    weighted: float


def study(subject: Subject) -> Section | None:
    """None where no record has slots."""
    chosen = _chosen(list(subject.findings.judged))
    if not chosen:
        return None
    texts = [record.text for record in chosen]
    weights = subject.encoder.weigh_tokens(texts)
    shares = shares_by_language(chosen, weights)
    what = _what(subject.trained.config.model.nlu.fusion)
    mean = Share(*map(fmean, zip(*shares.values(), strict=True)))
    shown = spread(range(len(chosen)), SHOWN)
    return Section(
        title="Tokens kept and dropped",
        said=[
            f"{percent(mean.weighted)}% of the weight ({what}) lies on gold slots, "
            f"{percent(mean.plain)}% if all tokens weigh alike"
        ],
        note=f"Colour: {what}, word by word, above that of a plain mean; faded: below it. "
        "Gold slots are underlined.",
        values={"all": mean._asdict()} | {lang: own._asdict() for lang, own in shares.items()},
        figures={"weight on gold slots · plain mean → model": _figure(shares)},
        texts=[HeatedText(chosen[i].lang, heated(chosen[i], weights[i])) for i in shown],
    )


def _chosen(records: Sequence[Record]) -> list[Record]:
    """At most QUERIES with slots of every language, the languages one after the other."""
    by_lang: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.slots:
            by_lang[record.lang].append(record)
    return [record for lang in sorted(by_lang) for record in spread(by_lang[lang], QUERIES)]


def _what(fusion: str) -> str:
    if fusion == "gate":
        return "weight in the mean that the gate takes"
    return "probability to be inside a slot"


def shares_by_language(
    records: Sequence[Record], weights: Sequence[TokenWeights]
) -> dict[str, Share]:
    """Means over the texts of a language."""
    by_lang: dict[str, list[Share]] = defaultdict(list)
    for record, own in zip(records, weights, strict=True):
        by_lang[record.lang].append(share_on_slots(record.slots, own))
    return {
        lang: Share(*map(fmean, zip(*own, strict=True))) for lang, own in sorted(by_lang.items())
    }


def share_on_slots(slots: Sequence[Slot], tokens: TokenWeights) -> Share:
    """A token that overlaps a slot lies on it. Special tokens lie on none."""
    starts, ends = tokens.offsets.T
    on_slots = np.zeros(len(starts), bool)
    for slot in slots:
        on_slots |= (starts < slot.end) & (ends > slot.start)
    return Share(float(on_slots.mean()), float(tokens.weights[on_slots].sum()))


def heated(record: Record, tokens: TokenWeights) -> list[Piece]:
    """The text cut into words, each with what its tokens weigh beside those of a plain mean."""
    pieces, position = [], 0
    for start, end, weight in _words(record.text, tokens):
        if position < start:
            pieces.append(Piece(record.text[position:start], 0.0))
        gold = any(slot.start < end and slot.end > start for slot in record.slots)
        pieces.append(Piece(record.text[start:end], _heat(weight), gold, f"{weight:.2f}×"))
        position = end
    return [*pieces, Piece(record.text[position:], 0.0)]


def _words(text: str, tokens: TokenWeights) -> Iterator[tuple[int, int, float]]:
    """Start, end and weight of every word, the plain mean's being 1.

    Tokens that share a character, as bytes of it, are of one word.
    """
    goes_on = continues_word([text], tokens.offsets[None])[0]
    relative = tokens.weights * len(tokens.weights)
    start, end, own = 0, 0, []
    for (first, last), joined, weight in zip(tokens.offsets.tolist(), goes_on, relative):
        if first >= last:
            continue
        if own and not joined and first >= end:
            yield start, end, fmean(own)
            own = []
        if not own:
            start = first
        own.append(float(weight))
        end = max(end, last)
    if own:
        yield start, end, fmean(own)


def _heat(weight: float) -> float:
    """From -1 to 1, by doublings; 0 at the weight of a plain mean."""
    doublings = np.log2(max(weight, 2.0**-STRONGEST))
    return float(min(doublings, STRONGEST) / STRONGEST)


def _figure(shares: Mapping[str, Share]) -> str:
    heaviest_first = sorted(shares, key=lambda lang: -shares[lang].weighted)
    return plots.changes({lang: tuple(shares[lang]) for lang in heaviest_first})
