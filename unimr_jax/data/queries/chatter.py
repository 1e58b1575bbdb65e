"""Real sentences of each language, as noise that no list can exhaust."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from unimr_jax.data.queries.span import MARKS
from unimr_jax.data.sources import SPLITS, open_split
from unimr_jax.errors import UserError

MAX_CHARACTERS = 80
Sentences = Mapping[str, Sequence[str]]  # by language


def read_chatter(directory: Path | None, split: str) -> Sentences:
    """The short whole sentences of that split; none where the data set lacks it.

    A split takes its own alone, so that noise of test is new as well.

    Raises:
      UserError: the directory holds no split at all, or a broken row.
    """
    if directory is None:
        return {}
    _check_data_set(directory)
    if not (directory / f"{split}.jsonl").is_file():
        return {}
    sentences: dict[str, dict[str, None]] = defaultdict(dict)
    source = open_split(directory, split, check_images=False)
    for index in range(len(source)):
        record = source[index]
        if _is_a_sentence(record.text):
            sentences[record.lang][record.text.strip()] = None
    return {language: tuple(texts) for language, texts in sentences.items()}


def _check_data_set(directory: Path) -> None:
    if not any((directory / f"{split}.jsonl").is_file() for split in SPLITS):
        raise UserError(
            f"--chatter={directory}: no rows in JSON lines there; name a data set that has texts"
        )


def _is_a_sentence(text: str) -> bool:
    return len(text) <= MAX_CHARACTERS and text.strip()[-1] in MARKS and "\n" not in text
