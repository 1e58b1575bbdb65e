"""Multi30k (Elliott et al. 2016, arXiv 1605.00459): captions of Flickr30k photos, translated.

Texts are those of task 1, one caption per photo and language. The photos are Flickr30k's, which
its makers hand out on request alone: put flickr30k-images.tar.gz, or the folder it unpacks to,
beside the other files. Without them the translations alone make the data set. No checksums are
published; not tried here against the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from unimr_jax.data.public.archives import lines
from unimr_jax.data.public.download import File
from unimr_jax.data.public.pictures import copy_all_pictures
from unimr_jax.data.public.public_set import PublicSet, Row, Splits
from unimr_jax.data.public.raw import Raw
from unimr_jax.errors import UserError

BASE = "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1"
PHOTOS = "flickr30k-images.tar.gz"
SPLITS = {"train": "train", "validation": "val", "test": "test_2016_flickr"}
PIVOT = "en"  # what the others were translated from


def _read(raw: Raw, languages: Sequence[str], output: Path) -> Splits:
    photos = raw.by_hand(PHOTOS)
    if photos is None:
        print(f"multi30k: no {PHOTOS} there, so rows have no picture: translations alone")
    return {split: _split(raw, own, languages, photos, output) for split, own in SPLITS.items()}


def _split(
    raw: Raw, own: str, languages: Sequence[str], photos: Path | None, output: Path
) -> Iterator[Row]:
    names = _names(raw.get(File(f"{own}.txt", f"{BASE}/image_splits/{own}.txt")))
    captions = {tag: _captions(raw, own, tag, len(names)) for tag in {PIVOT, *languages}}
    images: Sequence[str | None] = [None] * len(names)
    if photos is not None:
        images = [f"images/{name}" for name in names]
        copy_all_pictures(photos, dict(zip(names, images)), output)
    return _rows(names, images, {tag: captions[tag] for tag in languages}, captions[PIVOT])


def _names(path: Path) -> list[str]:
    """File names of the photos; what follows a # is the number of the caption."""
    return [Path(line.split("#")[0].strip()).name for line in lines(path) if line.strip()]


def _captions(raw: Raw, own: str, tag: str, expected: int) -> list[str]:
    path = raw.get(File(f"{own}.{tag}.gz", f"{BASE}/raw/{own}.{tag}.gz"))
    captions = [line.strip() for line in lines(path)]
    if len(captions) != expected:
        raise UserError(
            f"{path}: {len(captions):,} lines for {expected:,} photos; it is another file"
        )
    return captions


def _rows(
    names: Sequence[str],
    images: Sequence[str | None],
    captions: Mapping[str, Sequence[str]],
    pivot: Sequence[str],
) -> Iterator[Row]:
    """A caption has the English one as its positive; the English ones need a photo."""
    for tag, own in captions.items():
        for name, image, text, english in zip(names, images, own, pivot):
            row = {"id": f"{tag}/{Path(name).stem}", "lang": tag, "text": text}
            if image is not None:
                row["image"] = image
            if tag != PIVOT:
                row |= {"positive": english, "positive_lang": PIVOT}
            if tag != PIVOT or image is not None:
                yield row


MULTI30K = PublicSet(
    description="Captions of Flickr30k photos and their German, French and Czech translations.",
    licence="CC BY-NC-SA 4.0 (texts); photos under the terms of Flickr30k",
    source="https://github.com/multi30k/dataset",
    languages=("en", "de", "fr", "cs"),
    read=_read,
)
