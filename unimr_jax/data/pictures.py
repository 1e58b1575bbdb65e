"""Where the picture of a record lies: in a file, or as bytes inside something larger."""

from __future__ import annotations

import errno
import io
import os
import posixpath
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from unimr_jax.errors import UserError

# On another device, or where files of others may not be linked, or no file twice.
_NO_LINK = (errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOTSUP)


class Archive(Protocol):
    """What keeps pictures."""

    def read_picture(self, picture: StoredPicture) -> bytes: ...


@dataclass(frozen=True)
class StoredPicture:
    """A picture inside an archive; equal where archive and name are, wherever a copy lies."""

    archive: Archive
    image: str
    place: int = field(default=0, compare=False)

    def read(self) -> bytes:
        return self.archive.read_picture(self)

    @property
    def name(self) -> str:
        return posixpath.basename(self.image)

    def __str__(self) -> str:
        return f"{self.archive}: {self.image}"


Picture = Path | StoredPicture  # hashable, so that a cache can tell pictures apart


def opened(picture: Picture) -> Path | BinaryIO:
    """What Pillow can open."""
    return picture if isinstance(picture, Path) else io.BytesIO(picture.read())


def picture_bytes(picture: Picture) -> bytes:
    return picture.read_bytes() if isinstance(picture, Path) else picture.read()


def link_or_copy(source: Path, target: Path) -> None:
    """Puts a picture into a data set that is written, unless it is there; links share the disk.

    Raises:
      UserError: there is no such picture.
    """
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    source = source.resolve()
    try:
        os.link(source, target)
    except FileNotFoundError as error:
        raise UserError(f"{source}: no such picture; add it or correct the path") from error
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        shutil.copyfile(source, target)
