"""Where the files of a tar archive lie in it. Nothing is unpacked, so no name can lead anywhere.

Read here, not by `tarfile`, which keeps an object per file and on some Python versions loops for
ever on a broken header.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

_BLOCK = 512
_LONGEST_NAME = 2**16  # bytes of an extended header
_REGULAR = (b"0", b"\0", b"7")
_PAX_FIELD = re.compile(rb"([0-9]{1,6}) ")  # "LENGTH KEY=VALUE\n", of that length in all
_LINKS = (b"1", b"2")  # to a file that lies elsewhere: hard, symbolic
_NAMES = (b"x", b"L")  # headers that say what the next one cannot: POSIX's and GNU's


class TarError(Exception):
    """The archive is damaged, for the reason given."""


class Member(NamedTuple):
    """A file: its name, where its first header starts, and its bytes, which a link has none of."""

    name: str
    start: int
    offset: int
    size: int
    is_link: bool = False


def members(descriptor: int, start: int = 0) -> Iterator[Member]:
    """The files of an uncompressed archive from that header on. Raises TarError."""
    end = os.fstat(descriptor).st_size
    at, long_name = start, None
    while header := _header(descriptor, at):
        kind, size, offset = header[156:157], _size(header[124:136]), at + _BLOCK
        if offset + size > end:
            raise TarError(f"cut short at byte {end}")
        at = offset + -(-size // _BLOCK) * _BLOCK
        if kind in _NAMES:
            content = os.pread(descriptor, min(size, _LONGEST_NAME), offset)
            long_name = _long_name(kind, content) or long_name
            continue
        if kind in _REGULAR + _LINKS:
            yield Member(long_name or _name(header), start, offset, size, kind in _LINKS)
        start, long_name = at, None


def _header(descriptor: int, at: int) -> bytes | None:
    """None at the end, which a block of zeros marks."""
    header = os.pread(descriptor, _BLOCK, at)
    if not header.strip(b"\0"):
        return None
    if len(header) < _BLOCK or _checksum(header) != _octal(header[148:156]):
        raise TarError(f"no header at byte {at}")
    return header


def _checksum(header: bytes) -> int:
    return sum(header) - sum(header[148:156]) + 8 * ord(" ")


def _octal(field: bytes) -> int:
    digits = field.strip(b"\0 ") or b"0"
    if not set(digits) <= set(b"01234567"):
        raise TarError(f"a header holds {field!r} for a number")
    return int(digits, 8)


def _size(field: bytes) -> int:
    """Octal digits, or for large files a binary number after 0x80."""
    return int.from_bytes(field[1:], "big") if field[0] == 0x80 else _octal(field)


def _name(header: bytes) -> str:
    name, prefix = (header[a:b].split(b"\0")[0] for a, b in ((0, 100), (345, 500)))
    ustar = header[257:263] == b"ustar\0"  # GNU's older form has other things for a prefix
    return _text(prefix + b"/" + name if ustar and prefix else name)


def _long_name(kind: bytes, content: bytes) -> str | None:
    if kind == b"L":
        return _text(content.split(b"\0")[0])
    while found := _PAX_FIELD.match(content):
        length = int(found[1])
        key, _, value = content[found.end() : length - 1].partition(b"=")
        if key == b"path":
            return _text(value)
        content = content[max(length, 1) :]
    return None


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")
