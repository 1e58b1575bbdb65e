"""Writes a data set of intent-rich queries, made from the captions of another."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from unimr_jax.data.loose_pictures import SAMPLES, place_picture
from unimr_jax.data.queries.captions import NO_TEMPLATES, Captions, read_captions
from unimr_jax.data.queries.chatter import Sentences, read_chatter
from unimr_jax.data.queries.check import Quality
from unimr_jax.data.queries.compose import Material, Query, compose
from unimr_jax.data.queries.language import Language
from unimr_jax.data.queries.languages import LANGUAGES
from unimr_jax.data.queries.samples import PER_LANGUAGE, sheet
from unimr_jax.data.queries.span import Span
from unimr_jax.data.record import Record, as_row
from unimr_jax.data.sources import Source, open_splits
from unimr_jax.data.sources.description import FILE, read_description
from unimr_jax.data.sources.directory import open_directory
from unimr_jax.errors import UserError
from unimr_jax.whole import whole_directory

VERSION = 3  # of what is written; raise it whenever the same seed would give other bytes
ALL = tuple(LANGUAGES)


class Written(NamedTuple):
    """What was made: rows by split, the table of wordings, captions left out by reason."""

    splits: dict[str, int]
    table: str
    skipped: Counter[str]


@dataclass(frozen=True)
class Wish:
    """What queries are asked for."""

    seed: int = 0
    per_caption: int = 1
    languages: Sequence[str] = ALL
    chatter: str | Path | None = None  # a data set
    with_captions: bool = False  # all rows of the data set, each before the queries made of it


def write_queries(dataset: str | Path, output: Path, wish: Wish) -> Written:
    """Writes `per_caption` queries for every caption of every split, whole or not at all; and the
    rows of `dataset` too, if the wish is so.

    The same seed and data sets give the same bytes. Pictures are hard links where the file system
    allows them, and copies where the data set keeps them inside its files.

    Args:
      dataset: of captions, in any format: a path or an address.
      output: JSON lines.

    Raises:
      UserError: a language has no templates, `dataset` is none, or `output` holds something.
      QualityError: a query failed the checks.
    """
    _check(wish)
    with whole_directory(output) as draft:
        return _Writer(dataset, draft, wish).write()


def _check(wish: Wish) -> None:
    for tag in wish.languages:
        if tag not in LANGUAGES:
            raise UserError(f"--languages: {tag!r} is not one of {', '.join(LANGUAGES)}: use those")
    if wish.per_caption < 1:
        raise UserError(f"--per_caption={wish.per_caption}: ask for one query or more")


class _Writer:
    """Writes split after split, checking and counting on the way."""

    def __init__(self, dataset: str | Path, output: Path, wish: Wish):
        self._dataset, self._output, self._wish = open_directory(dataset), output, wish
        self._chatter = read_chatter(wish.chatter)
        self._quality = Quality()
        self._skipped: Counter[str] = Counter()
        self._unspoken: set[str] = set()
        self._samples: dict[str, list[Query]] = defaultdict(list)
        self._made: Counter[str] = Counter()
        self._languages: set[str] = set()

    def write(self) -> Written:
        sources = open_splits(self._dataset, check_images=False)
        counts = {split: self._write_split(split, source) for split, source in sources}
        counts = {split: count for split, count in counts.items() if count}
        if not self._made:
            raise UserError(f"{self._dataset}: no caption fits; {_told(self._skipped)}")
        self._quality.check_frames()
        self._write_description(counts)
        (self._output / SAMPLES).write_text(sheet(self._samples), "utf-8")
        _say(self._skipped, self._unspoken)
        return Written(counts, self._quality.table(), self._skipped)

    def _write_split(self, split: str, source: Source) -> int:
        """Returns the number of rows; a split of none gets no file."""
        captions = read_captions(source, self._wish.languages)
        self._skipped.update(captions.skipped)
        self._unspoken.update(set(source.languages) - set(self._wish.languages))
        count, path = 0, self._output / f"{split}.jsonl"
        with path.open("w", encoding="utf-8") as lines:
            for record, row in self._rows(captions, split):
                if record.image:
                    place_picture(source.picture(record), record.image, self._output)
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")
                self._languages.add(record.lang)
                count += 1
        if not count:
            path.unlink()  # who opens the data set would find a split without rows
        return count

    def _rows(self, captions: Captions, split: str) -> Iterator[tuple[Record, dict]]:
        """What is written, each with the record whose picture it has."""
        with_captions = self._wish.with_captions
        for index in range(len(captions.source)) if with_captions else captions.spans:
            record = captions.source[index]
            if with_captions:
                yield record, as_row(record)
            if index in captions.spans:
                for query in self._queries(captions, record, captions.spans[index], split):
                    yield record, query

    def _queries(
        self, captions: Captions, record: Record, span: Span, split: str
    ) -> Iterator[dict[str, object]]:
        """Rows that the caption `span` of the record gives."""
        chatter, all_spans = self._chatter.get(split, {}), captions.by_language[record.lang]
        material = _material(record, span, all_spans, chatter, split)
        for number in range(self._wish.per_caption):
            rng = random.Random(f"{self._wish.seed}/{split}/{record.id}/{number}")
            query = compose(material, rng)
            self._note(query, record.lang, split, span)
            yield _row(record, query, number)

    def _note(self, query: Query, language: str, split: str, span: Span) -> None:
        """Checks the query and keeps some, each of them equally likely, for the sheet."""
        self._quality.add(query, language, split, span)
        self._made[language] += 1
        kept, made = self._samples[language], self._made[language]
        place = random.Random(f"{self._wish.seed}/{language}/{made}").randrange(made)
        if len(kept) < PER_LANGUAGE:
            kept.append(query)
        elif place < PER_LANGUAGE:
            kept[place] = query

    def _write_description(self, counts: dict[str, int]) -> None:
        captions = read_description(self._dataset).content
        name = captions.get("name", self._dataset.name)
        about = {
            "name": f"{name}-queries",
            "description": "Noisy requests with intent and slots, written by rule from the "
            f"captions of {name}.",
            "licence": captions.get("licence", "as the captions; not stated there"),
            "source": captions.get("source", "not stated with the captions"),
            **self._chatter_credit(),
            "languages": sorted(self._languages),
            "splits": counts,
            "queries": dict(sorted(self._made.items())),
            "wordings": self._quality.counts(),
            "generator": {
                "name": "queries",
                "version": VERSION,
                "seed": self._wish.seed,
                "per_caption": self._wish.per_caption,
                "with_captions": self._wish.with_captions,
            },
        }
        path = self._output / FILE
        path.write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", "utf-8")

    def _chatter_credit(self) -> dict[str, dict]:
        if self._wish.chatter is None:
            return {}
        about = read_description(open_directory(self._wish.chatter)).content
        return {"chatter": {key: about.get(key) for key in ("name", "licence", "source")}}


def _material(
    record: Record, span: Span, captions: Sequence[Span], chatter: Sentences, split: str
) -> Material:
    language: Language = LANGUAGES[record.lang]
    sentences = chatter.get(record.lang, ())
    has_image, has_positive = record.image is not None, record.positive is not None
    return Material(language, split, span, has_image, has_positive, captions, sentences)


def _row(record: Record, query: Query, number: int) -> dict[str, object]:
    row: dict[str, object] = {"id": f"{record.id}/query-{number}", "lang": record.lang}
    row |= {"text": query.text, "intent": query.intent, "slots": query.slots}
    if record.image is not None:
        row["image"] = record.image
    if record.positive is not None:
        row |= {"positive": record.positive, "positive_lang": record.positive_lang}
    return row


def _say(skipped: Counter[str], unspoken: Iterable[str]) -> None:
    if skipped:
        print(f"skipped captions: {_told(skipped)}", file=sys.stderr)
    if skipped[NO_TEMPLATES]:
        print(f"languages without templates: {', '.join(sorted(unspoken))}", file=sys.stderr)


def _told(skipped: Counter[str]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in skipped.most_common())
