"""Files as the makers of public sets lay them out."""

from __future__ import annotations

import bz2
import gzip
import io
import tarfile
import zipfile
from pathlib import Path

from PIL import Image


def jpeg(colour: tuple[int, int, int] = (200, 30, 30)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (12, 8), colour).save(file, "JPEG")
    return file.getvalue()


def zipped(path: Path, files: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def compressed(path: Path, text: str) -> Path:
    """As .gz or .bz2."""
    compress = {".gz": gzip.compress, ".bz2": bz2.compress}[path.suffix]
    path.write_bytes(compress(text.encode()))
    return path
