"""One pass over the rows of a split; memory holds a few numbers of each, never the rows."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice

import numpy as np

from unimr_jax.data.inspection.broken import BrokenRows
from unimr_jax.data.inspection.samples import Samples
from unimr_jax.data.pictures import Picture
from unimr_jax.data.progress import progress_if_slow
from unimr_jax.data.record import BadRecord, Record, field_error, shown
from unimr_jax.data.sources.store import Store
from unimr_jax.data.tasks import TASKS, task_mask

NO_IMAGE = -1
_AT_ONCE = 1024  # texts whose lengths are measured together

Lengths = Callable[[Sequence[str]], np.ndarray]


@dataclass
class SplitRows:
    """What one pass leaves of the good rows of a split; arrays are [rows]."""

    store: Store
    place: np.ndarray  # int64, in the store
    text: np.ndarray  # uint64, hash of language and text
    language: np.ndarray  # int32, index into languages
    tasks: np.ndarray  # uint8, see task_mask
    image: np.ndarray  # int32, index into images, or NO_IMAGE
    length: np.ndarray  # int32, of the text
    positive_length: np.ndarray  # int32 [rows with a positive]
    languages: tuple[str, ...]
    images: tuple[str, ...]
    pictures: tuple[Picture, ...]  # of the images
    intents: Counter[str]
    slots: Counter[str]
    broken: BrokenRows
    samples: Samples

    def __len__(self) -> int:
        return len(self.place)

    def where(self, row: int) -> str:
        """For messages."""
        return self.store.where(int(self.place[row]))

    def serving(self, task: str) -> int:
        """How many rows serve the task."""
        return int(np.count_nonzero(self.tasks >> list(TASKS).index(task) & 1))


@dataclass
class _Columns:
    """The arrays of SplitRows while they grow."""

    place: array = field(default_factory=lambda: array("q"))
    text: array = field(default_factory=lambda: array("Q"))
    language: array = field(default_factory=lambda: array("i"))
    tasks: array = field(default_factory=lambda: array("B"))
    image: array = field(default_factory=lambda: array("i"))
    length: list[np.ndarray] = field(default_factory=list)
    positive_length: list[np.ndarray] = field(default_factory=list)
    languages: dict[str, int] = field(default_factory=dict)
    images: dict[str, int] = field(default_factory=dict)
    pictures: list[Picture] = field(default_factory=list)
    intents: Counter[str] = field(default_factory=Counter)
    slots: Counter[str] = field(default_factory=Counter)

    def add(self, place: int, record: Record, store: Store) -> None:
        self.place.append(place)
        self.text.append(text_hash(record.lang, record.text))
        self.language.append(self.languages.setdefault(record.lang, len(self.languages)))
        self.tasks.append(task_mask(record))
        self.image.append(self._image(record, store))
        if record.intent is not None:
            self.intents[record.intent] += 1
        self.slots.update(slot.label for slot in record.slots)

    def _image(self, record: Record, store: Store) -> int:
        if record.image is None:
            return NO_IMAGE
        if record.image not in self.images:
            self.pictures.append(store.picture(record))
        return self.images.setdefault(record.image, len(self.images))

    def measure(self, records: Sequence[Record], lengths: Lengths) -> None:
        self.length.append(lengths([record.text for record in records]))
        positives = [record.positive for record in records if record.positive is not None]
        if positives:
            self.positive_length.append(lengths(positives))


def text_hash(language: str, text: str) -> int:
    """64 bits: two texts of ten million share one with a chance of 1 in 360,000."""
    return int.from_bytes(blake2b(f"{language}\0{text}".encode(), digest_size=8).digest(), "big")


def scan(store: Store, lengths: Lengths) -> SplitRows:
    """Reads every row of a split once; a broken one is counted and left out.

    Args:
      store: of the split.
      lengths: of texts, in whatever unit the reader wants: n texts to int32 [n].
    """
    columns, broken, samples = _Columns(), BrokenRows(), Samples()
    good = _good_rows(store, broken)
    while batch := list(islice(good, _AT_ONCE)):
        for place, record in batch:
            columns.add(place, record, store)
            samples.offer(record)
        columns.measure([record for _, record in batch], lengths)
    return _frozen(store, columns, broken, samples)


def _frozen(store: Store, columns: _Columns, broken: BrokenRows, samples: Samples) -> SplitRows:
    return SplitRows(
        store=store,
        place=np.array(columns.place, np.int64),
        text=np.array(columns.text, np.uint64),
        language=np.array(columns.language, np.int32),
        tasks=np.array(columns.tasks, np.uint8),
        image=np.array(columns.image, np.int32),
        length=np.concatenate([np.zeros(0, np.int32), *columns.length]),
        positive_length=np.concatenate([np.zeros(0, np.int32), *columns.positive_length]),
        languages=tuple(columns.languages),
        images=tuple(columns.images),
        pictures=tuple(columns.pictures),
        intents=columns.intents,
        slots=columns.slots,
        broken=broken,
        samples=samples,
    )


def _good_rows(store: Store, broken: BrokenRows) -> Iterator[tuple[int, Record]]:
    """Place and record of every row that is whole and has an id of its own."""
    places_of_ids: dict[bytes, int] = {}
    for place in progress_if_slow(range(len(store)), len(store), f"reading {store}"):
        try:
            record = store.record(place)
            if record is not None:
                _check_new(record.id, place, places_of_ids, store)
        except BadRecord as error:
            broken.add(error)
            continue
        if record is not None:
            yield place, record


def _check_new(id: str, place: int, places_of_ids: dict[bytes, int], store: Store) -> None:
    digest = blake2b(id.encode(), digest_size=12).digest()
    first = places_of_ids.setdefault(digest, place)
    if first != place:
        found = f"{shown(id)} is also the id of {store.where(first)}"
        raise field_error(store.where(place), "id", found, "give every row an id of its own")
