"""An inspection: every split read once, every picture looked at once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from unimr_jax.data.inspection import duplicates
from unimr_jax.data.inspection.duplicates import Repeated, Shared
from unimr_jax.data.inspection.lengths import measure
from unimr_jax.data.inspection.pictures import Broken, Look, look_at_all
from unimr_jax.data.inspection.rows import NO_IMAGE, SplitRows, scan
from unimr_jax.data.record import field_error
from unimr_jax.errors import UserError

SPLITS = ("train", "validation", "test")


@dataclass
class Inspection:
    """What was found; by split where there is a mapping."""

    directory: Path
    unit: str  # of lengths
    splits: Mapping[str, SplitRows]
    pictures: Mapping[str, list[Look | None]]  # as SplitRows.images; None: broken
    repeated_texts: Mapping[str, Repeated]
    repeated_pictures: Mapping[str, int]
    shared_texts: list[Shared]
    shared_pictures: list[Shared]
    look_alikes: list[Shared]
    seconds: float = field(default=0.0)

    @property
    def languages(self) -> list[str]:
        return sorted({tag for rows in self.splits.values() for tag in rows.languages})

    @property
    def broken(self) -> int:
        return sum(rows.broken.counts.total() for rows in self.splits.values())


def inspect(directory: Path, tokenizer: str = "") -> Inspection:
    """Reads a data set of JSONL splits; broken rows and pictures are counted, and end nothing.

    Args:
      directory: holds dataset.json, the splits and the pictures.
      tokenizer: a directory or a name on the Hugging Face hub, to measure texts in tokens.

    Raises:
      UserError: there is no split to read.
    """
    start = time.monotonic()
    lengths, unit = measure(tokenizer)
    splits = {split: scan(path, lengths) for split, path in _paths(directory).items()}
    pictures = {split: _looked_at(directory, split, rows) for split, rows in splits.items()}
    return Inspection(
        directory,
        unit,
        splits,
        pictures,
        {split: duplicates.repeated_texts(rows) for split, rows in splits.items()},
        {split: duplicates.repeated_pictures(looks) for split, looks in pictures.items()},
        duplicates.shared_texts(splits),
        duplicates.shared_pictures(pictures),
        duplicates.look_alikes(pictures),
        time.monotonic() - start,
    )


def _paths(directory: Path) -> dict[str, Path]:
    paths = {split: directory / f"{split}.jsonl" for split in SPLITS}
    found = {split: path for split, path in paths.items() if path.is_file()}
    if not found:
        raise UserError(
            f"--dataset={directory}: holds none of {', '.join(p.name for p in paths.values())}; "
            "name a data set directory"
        )
    return found


def _looked_at(directory: Path, split: str, rows: SplitRows) -> list[Look | None]:
    """The looks of a split's pictures; a row whose picture is broken is counted as broken."""
    looks = look_at_all(directory, rows.images)
    faults = {place: look for place, look in enumerate(looks) if isinstance(look, Broken)}
    wrong = np.isin(rows.image, list(faults)) & (rows.image != NO_IMAGE)
    for row in np.flatnonzero(wrong):
        where = f"{split}.jsonl:{rows.line[row]}"
        rows.broken.add(field_error(where, "image", *faults[int(rows.image[row])]))
    return [None if isinstance(look, Broken) else look for look in looks]
