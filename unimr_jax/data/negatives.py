"""A data set once more, with hard negatives in its train split."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from unimr_jax.data.pictures import picture_bytes
from unimr_jax.data.record import Record, as_row
from unimr_jax.data.sources import SPLITS, Source, open_split
from unimr_jax.errors import UserError
from unimr_jax.whole import whole_directory

Mine = Callable[[Sequence[Record]], Sequence[tuple[str, ...]]]


class Counts(NamedTuple):
    negatives: int
    rows: int  # that got any
    all: int


def write_negatives(dataset: Path, output: Path, mine: Mine) -> Counts:
    """Writes it whole or not at all; negatives that rows had are replaced.

    Args:
      dataset: of any format, in a directory.
      output: JSON lines.
      mine: gives every record of the train split its negatives.

    Raises:
      UserError: no such data set, nothing with a positive in it, or `output` holds something.
    """
    with whole_directory(output) as draft:
        sources = {split: open_split(dataset, split) for split in _splits(dataset)}
        train = [sources["train"][i] for i in range(len(sources["train"]))]
        if not any(record.positive for record in train):
            raise UserError(f"{dataset}: no row of train has a 'positive' to find negatives beside")
        found = mine(train)
        counts = Counts(sum(map(len, found)), sum(map(bool, found)), len(train))
        _write(draft, "train", sources["train"], found)
        for split in sources.keys() - {"train"}:
            _write(draft, split, sources[split])
        _describe(dataset, draft)
    return counts


def _splits(dataset: Path) -> list[str]:
    about = _description(dataset)
    known = about.get("splits") or {"train": 0}
    return [split for split in SPLITS if split in known or split == "train"]


def _description(dataset: Path) -> dict:
    try:
        about = json.loads((dataset / "dataset.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{dataset / 'dataset.json'}: {error}; name a data set") from error
    return about if isinstance(about, dict) else {}


def _write(
    draft: Path, split: str, source: Source, negatives: Sequence[tuple[str, ...]] | None = None
) -> None:
    with (draft / f"{split}.jsonl").open("w", encoding="utf-8") as lines:
        for i in range(len(source)):
            record = source[i]
            if negatives is not None:
                record = replace(record, negatives=negatives[i])
            lines.write(json.dumps(as_row(record), ensure_ascii=False) + "\n")
            if record.image and not (draft / record.image).exists():
                (draft / record.image).parent.mkdir(parents=True, exist_ok=True)
                (draft / record.image).write_bytes(picture_bytes(source.picture(record)))


def _describe(dataset: Path, draft: Path) -> None:
    """As it was, in the format and under the names that it has now."""
    about = {k: v for k, v in _description(dataset).items() if k not in ("format", "fields")}
    (draft / "dataset.json").write_text(
        json.dumps(about, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
