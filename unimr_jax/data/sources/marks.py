"""What a row says and shows, as numbers: two rows that share one are no negatives of each other."""

from __future__ import annotations

import hashlib
import unicodedata

from unimr_jax.data.record import Record

ABSENT = 0
TEXT, _POSITIVE, PICTURE = range(3)  # where each stands among the marks of a row
MARKS = 3


def marks(record: Record, data_set: str) -> tuple[int, int, int]:
    """Of its text, its positive and its picture; ABSENT where it has none.

    A text and a positive that are equal have equal marks: of two translations, one the other way
    round, either text is what the other should find. Language, case, width and white space do not
    count, since towers see little or nothing of them.
    """
    positive = _of_text(record.positive) if record.positive else ABSENT
    picture = _mark("picture", data_set, record.image) if record.image else ABSENT
    return _of_text(record.text), positive, picture


def _of_text(text: str) -> int:
    return _mark("text", " ".join(unicodedata.normalize("NFKC", text).casefold().split()))


def _mark(*parts: str) -> int:
    """63 bits, equal in every process, so that ten million rows hardly ever share one by chance."""
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "little") >> 1) or 1
