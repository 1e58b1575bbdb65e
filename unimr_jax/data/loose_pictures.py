"""Pictures as files of a data set that is being written."""

from __future__ import annotations

from pathlib import Path

from unimr_jax.data.pictures import Picture, link_or_copy
from unimr_jax.data.sources.description import FILE
from unimr_jax.data.sources.directory import WORKPLACE
from unimr_jax.errors import UserError, one_line

SAMPLES = "samples.md"  # a sheet to read, beside the rows of queries
_RESERVED = (FILE, WORKPLACE, SAMPLES)


def place_picture(picture: Picture, image: str, directory: Path) -> None:
    """Puts it where rows name it, unless it is there; links share the disk where they can.

    Raises:
      UserError: there is no such picture, or no file can have that name.
    """
    refuse_reserved(image, str(directory))
    try:
        _place(picture, directory / image)
    except OSError as error:
        raise no_file(image, str(directory), error) from error


def _place(picture: Picture, target: Path) -> None:
    if isinstance(picture, Path):
        link_or_copy(picture, target)
    elif not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(picture.read())


def refuse_reserved(image: str, directory: str) -> None:
    """A link of such a name would have the rows written into the picture's own data set."""
    top = image.lower().split("/")[0]
    if top in _RESERVED or top.endswith(".jsonl"):
        raise UserError(
            f"{directory}: image {image!r} has the name of another file of a data set; "
            "rename it, or convert to array_record"
        )


def no_file(image: str, directory: str, error: OSError) -> UserError:
    """Of a name that is too long, or a directory's."""
    return UserError(
        f"{directory}: image {image!r} cannot be a file there ({one_line(error)}); "
        "rename it, or convert to array_record"
    )
