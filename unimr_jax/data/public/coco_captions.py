"""COCO Captions 2017 (Chen et al. 2015, arXiv 1504.00325): five captions for each photo.

The layout is that of the published captions_*2017.json; the checksum of the annotations is as
another public project records it, and none is known here of the photos. Not tried here against
the network. The captions of COCO's own test photos are not public: there is no test split. Most
photos of `xtd10` are in the train split here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from unimr_jax.data.public.archives import member, parsed
from unimr_jax.data.public.download import File
from unimr_jax.data.public.pictures import copy_all_pictures
from unimr_jax.data.public.public_set import PublicSet, Row, Splits
from unimr_jax.data.public.raw import Raw
from unimr_jax.errors import UserError

BASE = "http://images.cocodataset.org"  # its https certificate is for another name
ANNOTATIONS = File(
    "annotations_trainval2017.zip",
    f"{BASE}/annotations/annotations_trainval2017.zip",
    "113a836d90195ee1f884e704da6304dfaaecff1f023f49b6ca93c4aaae470268",
)
SPLITS = {"train": "train2017", "validation": "val2017"}


class Caption(NamedTuple):
    id: str
    file: str  # of the photo
    text: str


def _read(raw: Raw, languages: Sequence[str], output: Path) -> Splits:
    annotations = raw.get(ANNOTATIONS)
    return {split: _split(raw, annotations, own, output) for split, own in SPLITS.items()}


def _split(raw: Raw, annotations: Path, own: str, output: Path) -> Iterator[Row]:
    name = f"captions_{own}.json"
    captions = _parsed(member(annotations, name), f"{annotations}: {name}")
    photos = raw.get(File(f"{own}.zip", f"{BASE}/zips/{own}.zip"))
    paths = {caption.file: f"images/{own}/{caption.file}" for caption in captions}
    copy_all_pictures(photos, paths, output)
    for id, file, text in captions:
        yield {"id": id, "lang": "en", "text": text, "image": paths[file]}


def _parsed(content: bytes, where: str) -> list[Caption]:
    """Some captions hold line breaks, which become spaces."""
    try:
        found = parsed(content)
        names = {image["id"]: Path(image["file_name"]).name for image in found["images"]}
        return [
            Caption(str(own["id"]), names[own["image_id"]], " ".join(own["caption"].split()))
            for own in found["annotations"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{where}: no COCO captions ({error!r}); it is another file") from error


COCO_CAPTIONS = PublicSet(
    description="Photos of everyday scenes with five English captions each.",
    licence="CC BY 4.0 (captions); photos under the terms of their Flickr authors",
    source="https://cocodataset.org",
    languages=("en",),
    read=_read,
)
