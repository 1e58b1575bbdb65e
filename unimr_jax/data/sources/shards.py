"""The files of a split: `SPLIT.EXT`, or shards named after it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unimr_jax.data.sources.description import Description
from unimr_jax.data.sources.directory import Directory
from unimr_jax.errors import UserError

SPLITS = ("train", "validation", "test")
PICTURES = "images"  # SPLIT-images-…: shards of pictures, which rows name by number

# As we, the Hub's data sets and WebDataset's tools name shards.
_PATTERNS = ("{split}.{ext}", "{split}-*.{ext}", "data/{split}-*.{ext}", "{split}/*.{ext}")
_NUMBERED = re.compile(r"(.*)-(\d+)-of-(\d+)\b.*")


def existing_split(description: Description, split: str, extension: str) -> list[str]:
    """The files of the split's rows, in order; raises UserError where they are not whole."""
    directory = description.directory
    names = _rows(directory, split, extension)
    if not names:
        found = [name for name in SPLITS if _rows(directory, name, extension)]
        raise no_such_split(f"{directory}/{split}.{extension}", found)
    _check(description, names)
    return names


def picture_shards(description: Description, split: str, extension: str) -> list[str]:
    """The files of the split's pictures, in order; they may be none."""
    names = description.directory.names(f"{split}-{PICTURES}-*.{extension}")
    _check(description, names)
    return names


class NoSuchSplit(UserError):
    """The data set is there, but not that split of it."""


def no_such_split(name: str, found: Sequence[str]) -> NoSuchSplit:
    return NoSuchSplit(
        f"{name}: no such split; the data set has {', '.join(found) or 'none'}: "
        "choose one of them or add the file"
    )


def _rows(directory: Directory, split: str, extension: str) -> list[str]:
    for pattern in _PATTERNS:
        names = directory.names(pattern.format(split=split, ext=extension))
        names = [name for name in names if f"{split}-{PICTURES}-" not in name]
        if names:
            return names
    return []


def _check(description: Description, names: Sequence[str]) -> None:
    _check_complete(description.directory, names)
    for name in names:
        check_size(description, name)


def _check_complete(directory: Directory, names: Sequence[str]) -> None:
    """Where shards count themselves, none may be missing."""
    matches = [match for name in names if (match := _NUMBERED.fullmatch(name))]
    counts = {int(match[3]) for match in matches}
    if not matches:
        return
    missing = set(range(max(counts))) - {int(match[2]) for match in matches}
    if missing or len(counts) > 1 or len(matches) > max(counts):
        raise UserError(
            f"{directory}/{names[0]}: of {max(counts)} shards {len(missing)} are missing, or those "
            "of another number lie beside them; copy the split again, whole"
        )


def check_size(description: Description, name: str) -> None:
    """A copy that was cut short is found without reading it."""
    expected = description.shards.get(name, {}).get("bytes")
    size = description.directory.size(name)
    if expected is not None and size != expected:
        raise UserError(
            f"{description.directory}/{name}: has {size} bytes, but {expected} by "
            f"{description.path}; copy the file again or, if it was changed on purpose, take its "
            "entry out of 'shards' there"
        )
