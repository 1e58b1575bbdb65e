"""Pictures out of archives into a data set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from unimr_jax.data.progress import progress_bar
from unimr_jax.data.public.archives import members
from unimr_jax.errors import UserError

LARGEST_PICTURE = 1 << 26  # bytes


def copy_pictures(
    archive: Path, wanted: Mapping[str, str], output: Path, inside: str = ""
) -> set[str]:
    """Writes the pictures of an archive or a folder into a data set.

    Args:
      archive: zip, tar or folder.
      wanted: the last name of every picture, to its path in the data set.
      output: the data set's directory.
      inside: what the whole name in the archive must hold.

    Returns:
      The paths in the data set that are there now.
    """
    found = set()
    files = members(
        archive, lambda name: inside in f"/{name}" and _last(name) in wanted, LARGEST_PICTURE
    )
    with progress_bar() as bar:
        for name, content in bar.track(files, len(wanted), description=f"pictures: {archive.name}"):
            path = wanted[_last(name)]
            (output / path).parent.mkdir(parents=True, exist_ok=True)
            (output / path).write_bytes(content)
            found.add(path)
    return found


def copy_all_pictures(archive: Path, wanted: Mapping[str, str], output: Path) -> None:
    """As `copy_pictures`; a picture that is missing is an error."""
    found = copy_pictures(archive, wanted, output)
    missing = [name for name, path in wanted.items() if path not in found]
    if missing:
        raise UserError(
            f"{archive}: lacks {len(missing):,} of {len(wanted):,} pictures, {missing[0]} for one; "
            "it is another archive than the one expected"
        )


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1]
