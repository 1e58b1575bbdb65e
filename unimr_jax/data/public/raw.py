"""Where the files of a public set come from: the network, or a folder that somebody filled."""

from __future__ import annotations

from pathlib import Path

from unimr_jax.data.public.download import Downloads, File, checked
from unimr_jax.errors import UserError

_ENDINGS = (".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar")


class Raw:
    """Hands out files by name."""

    def __init__(self, downloads: Path, source: Path | None = None):
        """With a `source` nothing is downloaded: all files have to be there."""
        if source is not None and not source.is_dir():
            raise UserError(f"--source={source}: no such folder; name the one with the files")
        self._directory, self._source = downloads, source
        self._downloads = Downloads(downloads)

    def get(self, file: File) -> Path:
        """The file; of an archive, also the folder that it was unpacked to."""
        if self._source is None:
            return self._downloads.fetch(file)
        path = self.by_hand(file.name)
        if path is None:
            raise UserError(
                f"--source={self._source}: holds no {file.name}; download it from {file.url}"
            )
        if path.is_file():
            checked(path, file.sha256)
        return path

    def by_hand(self, name: str) -> Path | None:
        """A file, or an unpacked archive, that is there already; None if it is not."""
        folder = self._source or self._directory
        stem = next((name.removesuffix(end) for end in _ENDINGS if name.endswith(end)), name)
        return next((folder / own for own in (name, stem) if (folder / own).exists()), None)
