"""Real sentences of each language, as noise that no list can exhaust."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from unimr_jax.data.queries.span import MARKS
from unimr_jax.data.sources import Source, open_splits

MAX_CHARACTERS = 80
Sentences = Mapping[str, Sequence[str]]  # by language


def read_chatter(data_set: str | Path | None) -> Mapping[str, Sentences]:
    """The short whole sentences of every split.

    A split of queries takes its own alone, so that noise of test is new as well.

    Raises:
      UserError: there is no such data set, or a broken row.
    """
    if data_set is None:
        return {}
    return {
        split: _sentences(source) for split, source in open_splits(data_set, check_images=False)
    }


def _sentences(source: Source) -> Sentences:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for index in range(len(source)):
        record = source[index]
        if _is_a_sentence(record.text):
            found[record.lang][record.text.strip()] = None
    return {language: tuple(texts) for language, texts in found.items()}


def _is_a_sentence(text: str) -> bool:
    return len(text) <= MAX_CHARACTERS and text.strip()[-1] in MARKS and "\n" not in text
