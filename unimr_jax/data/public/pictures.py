"""Pictures out of archives into a data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from unimr_jax.data.progress import progress_bar
from unimr_jax.data.public.archives import members
from unimr_jax.errors import UserError, one_line

LARGEST_PICTURE = 1 << 26  # bytes


def copy_pictures(
    archive: Path, path_of: Callable[[str], str | None], total: int, output: Path
) -> set[str]:
    """Writes pictures of an archive or a folder into a data set.

    Args:
      archive: zip, tar or folder.
      path_of: of a name in the archive, the path in the data set; None: not wanted.
      total: about how many, for the progress bar.
      output: the data set's directory.

    Returns:
      The paths in the data set that are there now.
    """
    found = set()
    files = members(archive, lambda name: path_of(name) is not None, LARGEST_PICTURE)
    with progress_bar() as bar:
        for name, content in bar.track(files, total, description=f"pictures: {archive.name}"):
            path = path_of(name)
            _write(output / path, content)
            found.add(path)
    return found


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except (OSError, ValueError) as error:  # a full disk, or what no file can be called
        raise UserError(
            f"{str(path)!r}: cannot be written ({one_line(error)}); "
            "make room, or get the archive again"
        ) from error


def copy_all_pictures(archive: Path, wanted: Mapping[str, str], output: Path) -> None:
    """Writes those whose last name is wanted to the path it maps to; a missing one is an error."""
    found = copy_pictures(archive, lambda name: wanted.get(last_name(name)), len(wanted), output)
    missing = [name for name, path in wanted.items() if path not in found]
    if missing:
        raise UserError(
            f"{archive}: lacks {len(missing):,} of {len(wanted):,} pictures, {missing[0]} for one; "
            "it is another archive than the one expected"
        )


def last_name(name: str) -> str:
    return name.rsplit("/", 1)[-1]
