"""Hard negatives: a data set once more with them in its train split, and whether a task has any."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from unimr_jax.data.loose_pictures import place_picture
from unimr_jax.data.mixture import Part
from unimr_jax.data.record import Record, as_row
from unimr_jax.data.sources import Source, open_splits
from unimr_jax.data.sources.description import FILE, OF_FILES, read_description
from unimr_jax.data.sources.directory import open_directory
from unimr_jax.errors import UserError
from unimr_jax.whole import whole_directory, write_json

Mine = Callable[[Sequence[Record]], Sequence[tuple[str, ...]]]


class Counts(NamedTuple):
    negatives: int
    rows: int  # that got any
    all: int


def write_negatives(dataset: str, output: Path, mine: Mine) -> Counts:
    """Writes every split, whole or not at all; negatives that rows of train had are replaced.

    Args:
      dataset: a path or an address, of any format.
      output: JSON lines.
      mine: gives every record of the train split its negatives.

    Raises:
      UserError: no such data set, no train split with a positive, or `output` holds something.
    """
    directory = open_directory(dataset)
    sources = dict(open_splits(directory))
    train = list(_records(sources["train"])) if "train" in sources else []
    if not any(record.positive for record in train):
        raise UserError(f"{directory}: no row of train has a 'positive' to find negatives beside")
    with whole_directory(output) as draft:
        found = mine(train)
        for split, source in sources.items():
            _write(draft, split, source, found if split == "train" else None)
        about = read_description(directory).content
        kept = {key: value for key, value in about.items() if key not in OF_FILES}
        rows = {split: len(source) for split, source in sources.items()}
        write_json(draft / FILE, kept | {"splits": rows})
    return Counts(sum(map(len, found)), sum(map(bool, found)), len(train))


def check_has_negatives(task: str, parts: Sequence[Part]) -> None:
    """Raises UserError where no row of the parts has a hard negative; reads no further than one."""
    if not any(part.source[int(row)].negatives for part in parts for row in part.rows):
        names = ", ".join(dict.fromkeys(part.dataset for part in parts))
        raise UserError(
            f"task {task}: hard_negatives asks for 'negatives', which no row of {names} has; find "
            "them with `prepare negatives`, or set hard_negatives to 0"
        )


def _records(source: Source) -> Iterator[Record]:
    return (source[i] for i in range(len(source)))


def _write(
    draft: Path, split: str, source: Source, negatives: Sequence[tuple[str, ...]] | None
) -> None:
    with (draft / f"{split}.jsonl").open("w", encoding="utf-8") as lines:
        for i, record in enumerate(_records(source)):
            if negatives is not None:
                record = replace(record, negatives=negatives[i])
            lines.write(json.dumps(as_row(record), ensure_ascii=False) + "\n")
            if record.image:
                place_picture(source.picture(record), record.image, draft)
