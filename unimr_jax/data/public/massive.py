"""MASSIVE (FitzGerald et al. 2022, arXiv 2204.08582): assistant utterances, intents and slots.

The layout is that of the makers' README; the checksum of release 1.0 is as several public projects
record it. Neither has been tried here against the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from unimr_jax.data.public.archives import members, parsed, text_lines
from unimr_jax.data.public.download import File
from unimr_jax.data.public.public_set import PublicSet, Row, Splits
from unimr_jax.data.public.raw import Raw
from unimr_jax.errors import UserError

ARCHIVE = File(
    "amazon-massive-dataset-1.0.tar.gz",
    "https://amazon-massive-nlu-dataset.s3.amazonaws.com/amazon-massive-dataset-1.0.tar.gz",
    "7df623fd2d300a4d235d6ee5bd396c9a28258d3a0ccb29abdb054506eba153f8",
)
SPLITS = {"train": "train", "dev": "validation", "test": "test"}
LOCALES = (
    "af-ZA", "am-ET", "ar-SA", "az-AZ", "bn-BD", "cy-GB", "da-DK", "de-DE", "el-GR", "en-US",
    "es-ES", "fa-IR", "fi-FI", "fr-FR", "he-IL", "hi-IN", "hu-HU", "hy-AM", "id-ID", "is-IS",
    "it-IT", "ja-JP", "jv-ID", "ka-GE", "km-KH", "kn-IN", "ko-KR", "lv-LV", "ml-IN", "mn-MN",
    "ms-MY", "my-MM", "nb-NO", "nl-NL", "pl-PL", "pt-PT", "ro-RO", "ru-RU", "sl-SL", "sq-AL",
    "sv-SE", "sw-KE", "ta-IN", "te-IN", "th-TH", "tl-PH", "tr-TR", "ur-PK", "vi-VN", "zh-CN",
    "zh-TW",
)  # fmt: skip
# Regions are dropped, but for the two ways to write Chinese.
LANGUAGES = {"zh-Hant" if own == "zh-TW" else own[:2]: own for own in LOCALES}

_SLOT = re.compile(r"\[\s*([^\[\]:]*?)\s*:\s*([^\[\]]*?)\s*\]")


class Annotated(NamedTuple):
    """A text with its slots, as the record format has them."""

    text: str
    slots: list[dict[str, object]]


def parse_annotation(annotated: str) -> Annotated | None:
    """`wake me at [time : five am]` → text and exact slots; None where brackets do not fit.

    The text is the annotation without its brackets and without white space at its ends, so that
    offsets are right by construction, whatever the row's own `utt` is.
    """
    text, slots, position = "", [], 0
    annotated = annotated.strip()
    for found in _SLOT.finditer(annotated):
        text += annotated[position : found.start()]
        label, value = found.groups()
        if not label or not value:
            return None
        slots.append({"start": len(text), "end": len(text) + len(value), "label": label})
        text += value
        position = found.end()
    text += annotated[position:]
    return None if "[" in text or "]" in text else Annotated(text, slots)


def _read(raw: Raw, languages: Sequence[str], output: Path) -> Splits:
    archive = raw.get(ARCHIVE)
    return {
        split: _rows(_parsed(archive, languages), partition) for partition, split in SPLITS.items()
    }


def _rows(parsed: Iterable[tuple[str, dict]], partition: str) -> Iterator[Row]:
    malformed = 0
    for tag, own in parsed:
        if own["partition"] != partition:
            continue
        annotated = parse_annotation(own["annot_utt"])
        if annotated is None:
            malformed += 1
            continue
        yield {
            "id": f"{tag}/{own['id']}",
            "lang": tag,
            "text": annotated.text,
            "intent": own["intent"],
            "slots": annotated.slots,
        }
    if malformed:
        print(f"{partition}: left out {malformed:,} rows whose brackets do not fit")


def _parsed(archive: Path, languages: Sequence[str]) -> Iterator[tuple[str, dict]]:
    """The rows of the languages' files."""
    tags = {f"{LANGUAGES[tag]}.jsonl": tag for tag in languages}
    for name, content in members(archive, lambda own: own.rsplit("/", 1)[-1] in tags):
        file = name.rsplit("/", 1)[-1]
        for number, line in enumerate(text_lines(content, name), 1):
            yield tags[file], _checked(line, f"{archive}: {name}:{number}")


def _checked(line: str, where: str) -> dict:
    try:
        row = parsed(line)
        if all(isinstance(row[key], str) for key in ("id", "partition", "intent", "annot_utt")):
            return row
    except (ValueError, KeyError, TypeError):
        pass
    raise UserError(f"{where}: no row of MASSIVE 1.0; it is another file")


MASSIVE = PublicSet(
    description="Utterances to an assistant, localised from English, with 60 intents and 55 slots.",
    licence="CC BY 4.0",
    source="https://github.com/alexa/massive",
    languages=tuple(LANGUAGES),
    read=_read,
)
