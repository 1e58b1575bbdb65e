"""Tatoeba: sentences and their English translations, by volunteers.

The weekly exports, a table of sentences and one of links for each language. They change weekly,
so no checksum can be recorded; not tried here against the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

from unimr_jax.data.public.archives import lines
from unimr_jax.data.public.download import File
from unimr_jax.data.public.public_set import PublicSet, Row, Splits
from unimr_jax.data.public.raw import Raw
from unimr_jax.errors import UserError

BASE = "https://downloads.tatoeba.org/exports/per_language"
PIVOT = "eng"
SHARES = {"validation": 1, "test": 1}  # percent of the English sentences
CODES = {
    "af": "afr", "am": "amh", "ar": "ara", "bg": "bul", "bn": "ben", "ca": "cat", "cs": "ces",
    "da": "dan", "de": "deu", "el": "ell", "es": "spa", "et": "est", "fa": "pes", "fi": "fin",
    "fr": "fra", "he": "heb", "hi": "hin", "hr": "hrv", "hu": "hun", "id": "ind", "it": "ita",
    "ja": "jpn", "ka": "kat", "ko": "kor", "ms": "zsm", "nl": "nld", "pl": "pol", "pt": "por",
    "ro": "ron", "ru": "rus", "sk": "slk", "sv": "swe", "sw": "swh", "ta": "tam", "te": "tel",
    "th": "tha", "tl": "tgl", "tr": "tur", "uk": "ukr", "vi": "vie", "xh": "xho", "zh": "cmn",
}  # fmt: skip


def _read(raw: Raw, languages: Sequence[str], output: Path) -> Splits:
    english = _sentences(raw, PIVOT)
    tables = {tag: _pairs(raw, CODES[tag], english) for tag in languages}
    return {split: _rows(tables, split) for split in ("train", *SHARES)}


def _sentences(raw: Raw, code: str) -> dict[str, str]:
    name = f"{code}_sentences.tsv.bz2"
    path = raw.get(File(name, f"{BASE}/{code}/{name}"))
    return {id: text.strip() for id, _, text in _table(path, 3)}


def _pairs(raw: Raw, code: str, english: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Sentences with the first of their translations that is still there, by id."""
    sentences = _sentences(raw, code)
    name = f"{code}-{PIVOT}_links.tsv.bz2"
    pairs: dict[str, tuple[str, str]] = {}
    for id, translation in _table(raw.get(File(name, f"{BASE}/{code}/{name}")), 2):
        if id in sentences and translation in english:
            pairs.setdefault(id, (sentences[id], english[translation]))
    return pairs


def _table(path: Path, columns: int) -> Iterator[list[str]]:
    for number, line in enumerate(lines(path), 1):
        cells = line.split("\t")
        if len(cells) != columns:
            raise UserError(f"{path}:{number}: {len(cells)} columns, not {columns}; another file")
        yield cells


def split_of(english: str) -> str:
    """By the English sentence, so that all its translations are in one split."""
    place = int.from_bytes(blake2b(english.encode(), digest_size=8).digest(), "big") % 100
    for split, share in SHARES.items():
        if place < share:
            return split
        place -= share
    return "train"


def _rows(tables: Mapping[str, Mapping[str, tuple[str, str]]], split: str) -> Iterator[Row]:
    for tag, pairs in tables.items():
        for id, (text, english) in pairs.items():
            if split_of(english) == split:
                yield {
                    "id": f"{tag}/{id}",
                    "lang": tag,
                    "text": text,
                    "positive": english,
                    "positive_lang": "en",
                }


TATOEBA = PublicSet(
    description="Sentences with an English translation each.",
    licence="CC BY 2.0 FR",
    source="https://tatoeba.org",
    languages=tuple(CODES),
    read=_read,
)
