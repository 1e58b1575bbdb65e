"""What every set of queries must satisfy, checked on what is about to be written."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations

from unimr_jax.data.queries.compose import Query
from unimr_jax.data.queries.language import INTENTS, SLOT_LABELS
from unimr_jax.data.queries.span import Span
from unimr_jax.errors import Foreseen


class QualityError(Foreseen):
    """Queries that must not be trained on; nothing is written."""


class Quality:
    """Checks query after query, and counts frames and wordings per intent and language."""

    def __init__(self) -> None:
        self._frames: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._wordings: dict[tuple[str, str], set[int]] = defaultdict(set)
        self._intent_frames: dict[tuple[str, str], set[str]] = defaultdict(set)

    def add(self, query: Query, language: str, split: str, span: Span) -> None:
        """Raises QualityError where a slot is not the text it stands for."""
        check_slots(query, span)
        self._frames[language, split][query.frame] += 1
        self._wordings[language, query.intent].add(hash(query.wording))
        self._intent_frames[language, query.intent].add(query.frame)

    def check_frames(self) -> None:
        """Raises QualityError where two splits share a request frame."""
        for (language, split), (other_language, other) in combinations(self._frames, 2):
            if language != other_language:
                continue
            leaked = self._frames[language, split].keys() & self._frames[language, other].keys()
            if leaked:
                raise QualityError(
                    f"{language}: {len(leaked)} frames of {split} are in {other} too, as "
                    f"{min(leaked)!r}; no frame may be in both"
                )

    def table(self) -> str:
        """Frames and distinct wordings, a line per language."""
        header = ["lang", *INTENTS]
        languages = sorted({language for language, _ in self._wordings})
        rows = [header, *([tag, *(self._cell(tag, i) for i in INTENTS)] for tag in languages)]
        return "\n".join("".join(cell.ljust(14) for cell in row).rstrip() for row in rows)

    def counts(self) -> dict[str, dict[str, int]]:
        """Distinct wordings by language and intent."""
        counts: dict[str, dict[str, int]] = defaultdict(dict)
        for language, intent in sorted(self._wordings):
            counts[language][intent] = len(self._wordings[language, intent])
        return dict(counts)

    def _cell(self, language: str, intent: str) -> str:
        key = (language, intent)
        return f"{len(self._intent_frames.get(key, ()))}/{len(self._wordings.get(key, ()))}"


def check_slots(query: Query, span: Span) -> None:
    """Raises QualityError where slots overlap, or the caption's slot is not the caption's span."""
    end = 0
    captions = []
    for slot in query.slots:
        if not end <= slot["start"] < slot["end"] <= len(query.text):
            raise QualityError(f"{query.text!r}: slot {slot} overlaps another or leaves the text")
        if slot["label"] not in SLOT_LABELS:
            raise QualityError(f"{query.text!r}: slot {slot} has an unknown label")
        end = slot["end"]
        if slot["label"] in ("object", "topic"):
            captions.append(query.text[slot["start"] : end])
    if captions != [span.text]:
        raise QualityError(f"{query.text!r}: its slot holds {captions}, the caption {span.text!r}")
