"""An inspection as a page that needs nothing but itself."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import jinja2
import numpy as np
from PIL import Image

from unimr_jax.data.images import ImageReader
from unimr_jax.data.inspection import table
from unimr_jax.data.inspection.duplicates import Shared
from unimr_jax.data.inspection.inspect import Inspection
from unimr_jax.data.inspection.lengths import Histogram, histogram, spread
from unimr_jax.data.pictures import Picture
from unimr_jax.data.record import Record
from unimr_jax.whole import write_atomically

THUMBNAIL = 96  # pixels a side
PAGE = "inspection.html"


class Piece(NamedTuple):
    """A stretch of a text; `label` is its slot, if any."""

    text: str
    label: str | None


class Twin(NamedTuple):
    """Two pictures as data: addresses, with their paths; None for one that cannot be shown."""

    left: str
    right: str
    names: tuple[str, str]


def write_page(output: Path, found: Inspection) -> Path:
    """Writes the page to a file, or as inspection.html into a directory; returns its path."""
    page = output if output.suffix == ".html" else output / PAGE
    write_atomically(page, render_page(found))
    return page


def render_page(found: Inspection) -> str:
    """The page as HTML; the template escapes all that comes from the data."""
    template = resources.files(__package__).joinpath("page_template.html").read_text("utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["number"] = lambda value: f"{value:,}" if value else "–"
    return environment.from_string(template).render(
        found=found,
        splits=list(found.splits),
        split_facts=table.split_facts(found),
        languages=[(tag, counts, spread(own)) for tag, counts, own in table.language_facts(found)],
        broken=list(table.broken_facts(found)),
        histograms=list(_histograms(found)),
        labels=list(_labels(found)),
        twins=list(_twins(found)),
        sheet=_sheet(found),
        pieces=pieces,
    )


def pieces(record: Record) -> Iterator[Piece]:
    """The text cut at its slots."""
    position = 0
    for slot in record.slots:
        yield Piece(record.text[position : slot.start], None)
        yield Piece(record.text[slot.start : slot.end], slot.label)
        position = slot.end
    yield Piece(record.text[position:], None)


def _histograms(found: Inspection) -> Iterator[tuple[str, Histogram]]:
    """Of texts and positives, in every split that has them."""
    for split, rows in found.splits.items():
        for name, lengths in (("texts", rows.length), ("positives", rows.positive_length)):
            if len(lengths):
                yield f"{split}: {name}", histogram(lengths)


def _labels(found: Inspection) -> Iterator[tuple[str, list[tuple[str, list[int]]]]]:
    """Intents and slot labels with their counts in every split, the frequent ones first."""
    counters = {
        "intents": [rows.intents for rows in found.splits.values()],
        "slot labels": [rows.slots for rows in found.splits.values()],
    }
    for kind, own in counters.items():
        names = {name for counter in own for name in counter}
        counted = [(name, [counter[name] for counter in own]) for name in names]
        if counted:
            yield kind, sorted(counted, key=lambda item: (-sum(item[1]), item[0]))


def _twins(found: Inspection) -> Iterator[tuple[str, Shared, list[Twin]]]:
    thumbnail = _thumbnails()
    kinds = {"the same bytes": found.shared_pictures, "looking alike": found.look_alikes}
    for kind, several in kinds.items():
        for shared in several:
            one, other = (found.splits[split] for split in shared.splits)
            yield (
                kind,
                shared,
                [
                    Twin(
                        thumbnail(one.pictures[here]),
                        thumbnail(other.pictures[there]),
                        (one.images[here], other.images[there]),
                    )
                    for here, there in shared.examples
                ],
            )


def _sheet(found: Inspection) -> dict[str, list[tuple[str, Record, str | None]]]:
    """By language: rows of every split, with the thumbnail of those whose picture is whole."""
    thumbnail = _thumbnails()
    whole = {
        (split, image): picture
        for split, rows in found.splits.items()
        for image, picture, look in zip(rows.images, rows.pictures, found.pictures[split])
        if look is not None
    }
    return {
        tag: [
            (split, row, thumbnail(picture) if (picture := whole.get((split, row.image))) else None)
            for split, rows in found.splits.items()
            for row in rows.samples.rows.get(tag, ())
        ]
        for tag in found.languages
    }


def _thumbnails() -> Callable[[Picture], str]:
    """Of a picture, a small one as a data: address."""
    read = ImageReader(THUMBNAIL, "pad", cache_mb=0).read

    def thumbnail(picture: Picture) -> str:
        file = io.BytesIO()
        _picture(read(picture)).save(file, "WEBP", quality=80)
        return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"

    return thumbnail


def _picture(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels)
