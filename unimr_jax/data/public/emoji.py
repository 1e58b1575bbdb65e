"""Emoji: drawings of Noto and Twemoji, with the names and keywords that CLDR gives them.

The checksums of the drawings are as other public projects record them; that of CLDR is not known
here. Not tried here against the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from unimr_jax.data.public.archives import members
from unimr_jax.data.public.download import File
from unimr_jax.data.public.pictures import copy_pictures
from unimr_jax.data.public.public_set import PublicSet, Row, Splits
from unimr_jax.data.public.raw import Raw
from unimr_jax.errors import UserError

CLDR = File("cldr-common-46.0.zip", "https://unicode.org/Public/cldr/46/cldr-common-46.0.zip")
STYLES = {
    "noto": File(
        "noto-emoji-2.047.tar.gz",
        "https://github.com/googlefonts/noto-emoji/archive/refs/tags/v2.047.tar.gz",
        "2cfaf5a427eb26334cdb30d98e4a0c005b660504a339249dc54373e566f09b50",
    ),
    "twemoji": File(
        "twemoji-17.0.3.tar.gz",
        "https://github.com/jdecked/twemoji/archive/refs/tags/v17.0.3.tar.gz",
        "a0855654b633045ae2337537e77f1bb4361162f7fcd910e613eaab1d6d9c5fca",
    ),
}
_DRAWINGS = {
    "noto": re.compile(r"/png/128/emoji_u([0-9a-f]+(?:_[0-9a-f]+)*)\.png$"),
    "twemoji": re.compile(r"/assets/72x72/([0-9a-f]+(?:-[0-9a-f]+)*)\.png$"),
}
LANGUAGES = (
    "af", "am", "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi",
    "fil", "fr", "ha", "he", "hi", "hr", "hu", "id", "ig", "it", "ja", "ka", "ko", "ms", "nl",
    "pl", "pt", "ro", "ru", "sk", "sv", "sw", "ta", "te", "th", "tr", "uk", "vi", "yo", "zh",
    "zh-Hant", "zu",
)  # fmt: skip
SHARES = {"validation": 10, "test": 10}  # percent of the emoji
FOLDERS = ("/annotations/", "/annotationsDerived/")
VARIATION = 0xFE0F  # asks for the coloured form; some spell it out, some do not
PERSONS = {0x1F468: 0x1F9D1, 0x1F469: 0x1F9D1}  # man and woman, whose farmers look like a person's
SKIN_TONES = range(0x1F3FB, 0x1F400)

Emoji = tuple[int, ...]  # code points, without VARIATION


class Wording(NamedTuple):
    name: str
    keywords: str  # empty where the name says it all


def _read(raw: Raw, languages: Sequence[str], output: Path) -> Splits:
    wordings = _wordings(raw.get(CLDR), languages)
    emoji = {own for words in wordings.values() for own in words if not set(own) & {*SKIN_TONES}}
    drawings = {
        style: _drawings(raw.get(file), emoji, style, output) for style, file in STYLES.items()
    }
    return {split: _rows(wordings, drawings, split) for split in ("train", *SHARES)}


def _wordings(archive: Path, languages: Sequence[str]) -> dict[str, dict[Emoji, Wording]]:
    """Names and keywords by language; CLDR writes zh_Hant for zh-Hant."""
    tags = {f"{tag.replace('-', '_')}.xml": tag for tag in languages}
    found: dict[str, dict[Emoji, Wording]] = {tag: {} for tag in languages}
    for name, content in members(archive, lambda own: _is_annotation(own, tags)):
        found[tags[name.rsplit("/", 1)[-1]]] |= parse_annotations(content, f"{archive}: {name}")
    if empty := [tag for tag, words in found.items() if not words]:
        raise UserError(f"{archive}: holds no names in {empty[0]}; it is another archive")
    return found


def _is_annotation(name: str, tags: Mapping[str, str]) -> bool:
    return name.rsplit("/", 1)[-1] in tags and any(own in f"/{name}" for own in FOLDERS)


def parse_annotations(content: bytes, where: str) -> dict[Emoji, Wording]:
    """Of an LDML file: <annotation cp="…" type="tts">name</annotation>, keywords without type.

    Inherited names, which CLDR writes as ↑↑↑, are left out.
    """
    try:
        elements = list(ElementTree.fromstring(content).iter("annotation"))
    except (ElementTree.ParseError, LookupError, ValueError) as error:  # the latter of encodings
        raise UserError(f"{where}: no XML ({error}); the archive is another one") from error
    names: dict[Emoji, str] = {}
    keywords: dict[Emoji, str] = {}
    for element in elements:
        own = tuple(code for code in map(ord, element.get("cp", "")) if code != VARIATION)
        text = " ".join((element.text or "").split())
        if own and text and "↑" not in text:
            (names if element.get("type") == "tts" else keywords)[own] = text
    return {
        own: Wording(name, _keywords(name, keywords.get(own, ""))) for own, name in names.items()
    }


def _keywords(name: str, spelt: str) -> str:
    words = [word.strip() for word in spelt.split("|")]
    return (
        "" if not any(word and word != name for word in words) else ", ".join(filter(None, words))
    )


def emoji_of(name: str, style: str) -> Emoji | None:
    """What a file of a style's archive draws; None if it is no drawing of the size we take.

    png/128/emoji_u2764_200d_1f525.png, assets/72x72/2764-fe0f-200d-1f525.png.
    """
    if (found := _DRAWINGS[style].search(f"/{name}")) is None:
        return None
    codes = (int(code, 16) for code in re.split("[-_]", found[1]))
    return tuple(code for code in codes if code != VARIATION)


def _drawings(archive: Path, emoji: Set[Emoji], style: str, output: Path) -> dict[Emoji, str]:
    """The picture of every emoji that the style draws."""
    paths = {own: f"images/{style}/{_code(own)}.png" for own in emoji}
    found = copy_pictures(
        archive, lambda name: paths.get(emoji_of(name, style)), len(paths), output
    )
    if not found:
        raise UserError(f"{archive}: holds no drawings; it is another archive")
    return {own: path for own, path in paths.items() if path in found}


def _code(emoji: Emoji) -> str:
    return "-".join(f"{code:x}" for code in emoji)


def split_of(emoji: Emoji) -> str:
    """By the first code point, so that what shares it (a person's skin, hair and profession) is in
    one split; men and women are with the persons that they look like.
    """
    first = PERSONS.get(emoji[0], emoji[0])
    place = int.from_bytes(blake2b(b"%x" % first, digest_size=8).digest(), "big") % 100
    for split, share in SHARES.items():
        if place < share:
            return split
        place -= share
    return "train"


def _rows(
    wordings: Mapping[str, Mapping[Emoji, Wording]],
    drawings: Mapping[str, Mapping[Emoji, str]],
    split: str,
) -> Iterator[Row]:
    """The name with every drawing, and the keywords with the first one."""
    for tag, words in wordings.items():
        for emoji, wording in words.items():
            styles = [own for own in drawings if emoji in drawings[own]]
            if not styles or split_of(emoji) != split:
                continue
            id = f"{tag}/{_code(emoji)}"
            for style in styles:
                image = drawings[style][emoji]
                yield {"id": f"{id}/{style}", "lang": tag, "text": wording.name, "image": image}
            if wording.keywords:
                image = drawings[styles[0]][emoji]
                row = {"id": f"{id}/keywords", "lang": tag, "text": wording.keywords}
                yield row | {"image": image}


EMOJI = PublicSet(
    description="Drawings of emoji in two styles, with their names and keywords.",
    licence="drawings: Apache-2.0 (Noto Emoji), CC BY 4.0 (Twemoji); texts: Unicode-3.0",
    source="https://github.com/googlefonts/noto-emoji, https://github.com/jdecked/twemoji, "
    "https://cldr.unicode.org",
    languages=LANGUAGES,
    read=_read,
)
