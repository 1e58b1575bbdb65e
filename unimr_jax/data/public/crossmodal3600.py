"""Crossmodal-3600 (Thapliyal et al. 2022, arXiv 2205.12522): captions written in 36 languages.

The layout is that of the published captions.jsonl; the checksums are as another public project
records them. Neither has been tried here against the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from unimr_jax.data.public.archives import member, parsed, text_lines
from unimr_jax.data.public.download import File
from unimr_jax.data.public.pictures import copy_all_pictures
from unimr_jax.data.public.public_set import PublicSet, Row, Splits
from unimr_jax.data.public.raw import Raw
from unimr_jax.errors import UserError

CAPTIONS = File(
    "captions.zip",
    "https://google.github.io/crossmodal-3600/web-data/captions.zip",
    "7964f969d39319a96769499b199042015754f8d5607b6aad2d1c2c2e55f5e562",
)
IMAGES = File(
    "images.tgz",
    "https://open-images-dataset.s3.amazonaws.com/crossmodal-3600/images.tgz",
    "ba57c58d7f7a35d95315157b609ca280d55ba10a107026f67d2e98371e221188",
)
LANGUAGES = (
    "ar", "bn", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fil", "fr", "he", "hi", "hr",
    "hu", "id", "it", "ja", "ko", "mi", "nl", "no", "pl", "pt", "quz", "ro", "ru", "sv", "sw",
    "te", "th", "tr", "uk", "vi", "zh",
)  # fmt: skip


def _read(raw: Raw, languages: Sequence[str], output: Path) -> Splits:
    captions = _captions(raw.get(CAPTIONS))
    wanted = {f"{own['image/key']}.jpg": f"images/{own['image/key']}.jpg" for own in captions}
    copy_all_pictures(raw.get(IMAGES), wanted, output)
    return {"test": _rows(captions, languages)}


def _captions(archive: Path) -> list[dict]:
    lines = text_lines(member(archive, "captions.jsonl"), "captions.jsonl")
    try:
        rows = [parsed(line) for line in lines if line]
    except ValueError as error:
        raise UserError(f"{archive}: captions.jsonl: {error}; it is another file") from error
    for number, row in enumerate(rows, 1):
        if not _is_whole(row):
            raise UserError(
                f"{archive}: captions.jsonl:{number}: no image/key with captions; another file"
            )
    return rows


def _is_whole(row: object) -> bool:
    try:
        texts = [text for tag in LANGUAGES for text in row.get(tag, {}).get("caption", ())]
        return row["image/key"].isalnum() and all(isinstance(text, str) for text in texts)
    except (KeyError, TypeError, AttributeError):
        return False


def _rows(captions: Sequence[dict], languages: Sequence[str]) -> Iterator[Row]:
    for own in captions:
        key = own["image/key"]
        for tag in languages:
            for number, text in enumerate(own.get(tag, {}).get("caption", ())):
                yield {
                    "id": f"{tag}/{key}/{number}",
                    "lang": tag,
                    "text": text.strip(),
                    "image": f"images/{key}.jpg",
                }


CROSSMODAL3600 = PublicSet(
    description="3,600 photos from around the world, captioned by speakers of 36 languages.",
    licence="CC BY 4.0 (captions); CC BY 2.0 (photos, by their authors)",
    source="https://google.github.io/crossmodal-3600/",
    languages=LANGUAGES,
    read=_read,
)
