"""Where the picture of a record lies: in a file, or as bytes inside something larger."""

from __future__ import annotations

import io
import posixpath
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol


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
