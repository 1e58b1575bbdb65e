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
from unimr_jax.data.sources import open_stores
from unimr_jax.data.sources.directory import Directory, open_directory


@dataclass
class Inspection:
    """What was found; by split where there is a mapping."""

    directory: Directory
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

    def short(self, message: str) -> str:
        """With files named from the data set's directory on."""
        return message.replace(f"{self.directory}/", "")

    @property
    def broken(self) -> int:
        return sum(rows.broken.counts.total() for rows in self.splits.values())


def inspect(data_set: str | Path, tokenizer: str = "") -> Inspection:
    """Reads a data set of any format; broken rows and pictures are counted, and end nothing.

    Args:
      data_set: its directory, or an address.
      tokenizer: a directory or a name on the Hugging Face hub, to measure texts in tokens.

    Raises:
      UserError: there is no data set, or no split to read.
    """
    start = time.monotonic()
    lengths, unit = measure(tokenizer)
    splits = {split: scan(store, lengths) for split, store in open_stores(data_set)}
    pictures = {split: _looked_at(rows) for split, rows in splits.items()}
    return Inspection(
        open_directory(data_set),
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


def _looked_at(rows: SplitRows) -> list[Look | None]:
    """The looks of a split's pictures; a row whose picture is broken is counted as broken."""
    looks = look_at_all(rows.pictures)
    faults = {place: look for place, look in enumerate(looks) if isinstance(look, Broken)}
    wrong = np.isin(rows.image, list(faults)) & (rows.image != NO_IMAGE)
    for row in np.flatnonzero(wrong):
        rows.broken.add(field_error(rows.where(row), "image", *faults[int(rows.image[row])]))
    return [None if isinstance(look, Broken) else look for look in looks]
