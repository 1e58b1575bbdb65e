"""One pass over the rows of a split; memory holds a few numbers of each, never the rows."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from pathlib import Path

import numpy as np

from unimr_jax.data.inspection.broken import BrokenRows
from unimr_jax.data.inspection.samples import Samples
from unimr_jax.data.progress import progress_if_slow
from unimr_jax.data.record import BadRecord, Record, field_error, parse_record, shown
from unimr_jax.data.tasks import TASKS, task_mask

NO_IMAGE = -1
_AT_ONCE = 1024  # texts whose lengths are measured together

Lengths = Callable[[Sequence[str]], np.ndarray]


@dataclass
class SplitRows:
    """What one pass leaves of the good rows of a split; arrays are [rows]."""

    line: np.ndarray  # int64, from 1
    text: np.ndarray  # uint64, hash of language and text
    language: np.ndarray  # int32, index into languages
    tasks: np.ndarray  # uint8, see task_mask
    image: np.ndarray  # int32, index into images, or NO_IMAGE
    length: np.ndarray  # int32, of the text
    positive_length: np.ndarray  # int32 [rows with a positive]
    languages: tuple[str, ...]
    images: tuple[str, ...]
    intents: Counter[str]
    slots: Counter[str]
    broken: BrokenRows
    samples: Samples

    def __len__(self) -> int:
        return len(self.line)

    def serving(self, task: str) -> int:
        """How many rows serve the task."""
        return int(np.count_nonzero(self.tasks >> list(TASKS).index(task) & 1))


@dataclass
class _Columns:
    """The arrays of SplitRows while they grow."""

    line: array = field(default_factory=lambda: array("q"))
    text: array = field(default_factory=lambda: array("Q"))
    language: array = field(default_factory=lambda: array("i"))
    tasks: array = field(default_factory=lambda: array("B"))
    image: array = field(default_factory=lambda: array("i"))
    length: list[np.ndarray] = field(default_factory=list)
    positive_length: list[np.ndarray] = field(default_factory=list)
    languages: dict[str, int] = field(default_factory=dict)
    images: dict[str, int] = field(default_factory=dict)
    intents: Counter[str] = field(default_factory=Counter)
    slots: Counter[str] = field(default_factory=Counter)

    def add(self, line: int, record: Record) -> None:
        self.line.append(line)
        self.text.append(text_hash(record.lang, record.text))
        self.language.append(self.languages.setdefault(record.lang, len(self.languages)))
        self.tasks.append(task_mask(record))
        self.image.append(self._image(record))
        if record.intent is not None:
            self.intents[record.intent] += 1
        self.slots.update(slot.label for slot in record.slots)

    def _image(self, record: Record) -> int:
        if record.image is None:
            return NO_IMAGE
        return self.images.setdefault(record.image, len(self.images))

    def measure(self, records: Sequence[Record], lengths: Lengths) -> None:
        self.length.append(lengths([record.text for record in records]))
        positives = [record.positive for record in records if record.positive is not None]
        if positives:
            self.positive_length.append(lengths(positives))


def text_hash(language: str, text: str) -> int:
    """64 bits: two texts of ten million share one with a chance of 1 in 360,000."""
    return int.from_bytes(blake2b(f"{language}\0{text}".encode(), digest_size=8).digest(), "big")


def scan(path: Path, lengths: Lengths) -> SplitRows:
    """Reads every row of a split once; a broken one is counted and left out.

    Args:
      path: DATASET_DIR/SPLIT.jsonl.
      lengths: of texts, in whatever unit the reader wants: n texts to int32 [n].
    """
    columns, broken, samples = _Columns(), BrokenRows(), Samples()
    good = _good_rows(path, broken)
    while batch := list(islice(good, _AT_ONCE)):
        for line, record in batch:
            columns.add(line, record)
            samples.offer(record)
        columns.measure([record for _, record in batch], lengths)
    return _frozen(columns, broken, samples)


def _frozen(columns: _Columns, broken: BrokenRows, samples: Samples) -> SplitRows:
    return SplitRows(
        line=np.array(columns.line, np.int64),
        text=np.array(columns.text, np.uint64),
        language=np.array(columns.language, np.int32),
        tasks=np.array(columns.tasks, np.uint8),
        image=np.array(columns.image, np.int32),
        length=np.concatenate([np.zeros(0, np.int32), *columns.length]),
        positive_length=np.concatenate([np.zeros(0, np.int32), *columns.positive_length]),
        languages=tuple(columns.languages),
        images=tuple(columns.images),
        intents=columns.intents,
        slots=columns.slots,
        broken=broken,
        samples=samples,
    )


def _good_rows(path: Path, broken: BrokenRows) -> Iterator[tuple[int, Record]]:
    """Line number and record of every row that is whole and has an id of its own."""
    lines_of_ids: dict[bytes, int] = {}
    for number, line in _lines(path):
        where = f"{path.name}:{number}"
        try:
            record = _parsed(line, where)
            _check_new(record.id, number, lines_of_ids, where)
        except BadRecord as error:
            broken.add(error)
            continue
        yield number, record


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers; a slow file gets a progress bar."""
    with path.open("rb") as file:
        total = sum(1 for _ in file)
        file.seek(0)
        for number, line in enumerate(progress_if_slow(file, total, f"reading {path.name}"), 1):
            if not line.isspace():
                yield number, line


def _parsed(line: bytes, where: str) -> Record:
    try:
        row = json.loads(line.decode())
    except UnicodeDecodeError as error:
        raise BadRecord(where, "encoding", str(error), "save the file as UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise BadRecord(where, "JSON", str(error), "write one JSON object per line") from error
    return parse_record(row, where)


def _check_new(id: str, number: int, lines_of_ids: dict[bytes, int], where: str) -> None:
    first = lines_of_ids.setdefault(blake2b(id.encode(), digest_size=12).digest(), number)
    if first != number:
        found = f"{shown(id)} is also the id of line {first}"
        raise field_error(where, "id", found, "give every row an id of its own")
