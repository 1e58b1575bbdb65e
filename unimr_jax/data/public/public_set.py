"""What a public set is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from unimr_jax.data.public.raw import Raw

Row = dict[str, object]
Splits = Mapping[str, Iterable[Row]]


class PublicSet(NamedTuple):
    """A set, and how its own files become rows.

    `read` gets the files, the languages asked for, and the directory of the data set, under which
    it writes pictures; it returns the rows of every split, which may be generators.
    """

    description: str
    licence: str
    source: str  # where it is published
    languages: tuple[str, ...]
    read: Callable[[Raw, Sequence[str], Path], Splits]
