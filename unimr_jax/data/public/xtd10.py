"""XTD10 (Aggarwal and Kale 2020, arXiv 2012.05107): a caption for each of 1,000 COCO photos.

Ten languages and English. A line of each text belongs to the photo on the same line of
test_image_names.txt; German and French come from Multi30k's folder MIC, Japanese from STAIR.
Photos are fetched one by one from COCO, unless images.tar.gz, or a folder `images`, is there. No
checksums are published; not tried here against the network.

The photos come from COCO's train2014 and val2014, and most of these are in the train split of
`coco_captions` (2017): a model that trained on that has seen them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from unimr_jax.data.public.archives import lines
from unimr_jax.data.public.download import File
from unimr_jax.data.public.pictures import copy_all_pictures
from unimr_jax.data.public.public_set import PublicSet, Row, Splits
from unimr_jax.data.public.raw import Raw
from unimr_jax.errors import UserError

BASE = "https://raw.githubusercontent.com/adobe-research/Cross-lingual-Test-Dataset-XTD10/main"
COCO = "http://images.cocodataset.org"
PHOTOS = "images.tar.gz"
FOLDERS = {"de": "MIC", "fr": "MIC", "ja": "STAIR"}
SPELLINGS = {"ja": "jp"}  # of tags in file names
LANGUAGES = (
    "en", "de", "es", "fr", "it", "ja", "ko", "pl", "ru", "tr", "zh",
)  # fmt: skip

_PHOTO = re.compile(r"COCO_(train2014|val2014)_\d{12}\.jpg")


def _read(raw: Raw, languages: Sequence[str], output: Path) -> Splits:
    """All of it is a test set."""
    path = raw.get(File("test_image_names.txt", f"{BASE}/XTD10/test_image_names.txt"))
    names = [line.strip() for line in lines(path)]
    captions = {tag: _captions(raw, tag, len(names)) for tag in languages}
    _fetch_photos(raw, path, names, output)
    return {"test": _rows(names, captions)}


def _captions(raw: Raw, tag: str, expected: int) -> list[str]:
    name = f"test_1kcaptions_{SPELLINGS.get(tag, tag)}.txt"
    path = raw.get(File(name, f"{BASE}/{FOLDERS.get(tag, 'XTD10')}/{name}"))
    captions = [line.strip() for line in lines(path)]
    if len(captions) != expected:
        raise UserError(
            f"{path}: {len(captions):,} lines for {expected:,} photos; it is another file"
        )
    return captions


def _fetch_photos(raw: Raw, path: Path, names: Sequence[str], output: Path) -> None:
    kinds = {name: _kind(name, path) for name in names}
    wanted = {name: f"images/{name}" for name in names}
    folder = raw.by_hand(PHOTOS)
    if folder is None:
        fetched = [raw.get(File(own, f"{COCO}/{kind}/{own}")) for own, kind in kinds.items()]
        folder = fetched[0].parent
    copy_all_pictures(folder, wanted, output)


def _kind(name: str, path: Path) -> str:
    if (match := _PHOTO.fullmatch(name)) is None:
        raise UserError(f"{path}: {name!r} is no name of a COCO photo; it is another file")
    return match[1]


def _rows(names: Sequence[str], captions: Mapping[str, Sequence[str]]) -> Iterator[Row]:
    for tag, own in captions.items():
        for name, text in zip(names, own):
            row_id = f"{tag}/{Path(name).stem}"
            yield {"id": row_id, "lang": tag, "text": text, "image": f"images/{name}"}


XTD10 = PublicSet(
    description="1,000 COCO photos with one caption each in eleven languages: a test set.",
    licence="texts as the repository says, per language; photos under the terms of their authors",
    source="https://github.com/adobe-research/Cross-lingual-Test-Dataset-XTD10",
    languages=LANGUAGES,
    read=_read,
)
