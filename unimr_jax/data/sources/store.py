"""What a kind of data set has to offer: raw rows by place, and the pictures they speak of."""

from __future__ import annotations

from typing import ClassVar, Protocol

from unimr_jax.data.pictures import Picture
from unimr_jax.data.record import Record
from unimr_jax.data.sources.description import Description


class Store(Protocol):
    """One split in one format. Places are 0 to len - 1; several threads read at once.

    Opening raises UserError where the files as a whole cannot be read.
    """

    patterns: ClassVar[tuple[str, ...]]  # globs: a data set with such files is of this kind

    def __init__(self, description: Description, split: str): ...

    def __len__(self) -> int: ...

    def record(self, place: int) -> Record | None:
        """None where the place is blank; raises BadRecord."""

    def where(self, place: int) -> str:
        """For messages: the file, and the line or row in it."""

    def picture(self, record: Record) -> Picture:
        """Of a record that has one."""

    def __str__(self) -> str:
        """The file or the split, for messages."""
