"""A table of texts, and the pictures that it names, as a data set in the record format."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from unimr_jax.data.collate import stable_id
from unimr_jax.data.loose_pictures import place_picture
from unimr_jax.data.record import Record, as_row, field_error, parse_record, shown
from unimr_jax.data.sources import SPLITS
from unimr_jax.data.sources.description import FILE
from unimr_jax.errors import UserError
from unimr_jax.whole import whole_directory, write_json

COLUMNS = ("id", "lang", "text", "image", "positive", "positive_lang", "intent")
DELIMITERS = {".csv": ",", ".tsv": "\t"}


def write_table(
    table: Path, images: Path | None, output: Path, lang: str, held_out: float
) -> dict[str, int]:
    """Writes the data set whole or not at all; returns the rows of each split.

    What has a picture or a passage in common, be it through other rows, goes into one split, so
    that nothing of validation and test is seen in training.

    Args:
      table: comma- or tab-separated, with column names in its first row: `text`, and of `COLUMNS`
        those that there are.
      images: the directory that the column `image` is relative to.
      lang: of rows without one.
      held_out: the share of validation, and that of test.

    Raises:
      UserError: a file is missing or of another kind, or a row is broken.
    """
    if not 0 < held_out < 0.5:
        raise UserError(f"--held_out={held_out} must lie between 0 and 0.5")
    with whole_directory(output) as draft:
        needed = ("text",) if images is None else ("text", "image")
        records = _records(_rows(table, needed), table, lang)
        counts, languages = _write_rows(records, images, draft, held_out)
        _check(table, counts)
        write_json(draft / FILE, _description(table, languages, counts))
    return counts


def _write_rows(
    records: Iterable[tuple[str, Record]], images: Path | None, draft: Path, held_out: float
) -> tuple[dict[str, int], set[str]]:
    """Rows of each split, and the languages."""
    counts, languages = dict.fromkeys(SPLITS, 0), set()
    with ExitStack() as stack:
        files = {
            split: stack.enter_context((draft / f"{split}.jsonl").open("w", encoding="utf-8"))
            for split in SPLITS
        }
        placed = list(records)
        firsts = _firsts([record for _, record in placed])
        for (where, record), first in zip(placed, firsts, strict=True):
            split = _split(placed[first][1], held_out)
            files[split].write(json.dumps(as_row(record), ensure_ascii=False) + "\n")
            counts[split] += 1
            languages.add(record.lang)
            if record.image:
                _place(where, record.image, images, draft)
    return counts, languages


def _records(
    rows: Iterable[tuple[int, Mapping[str, str]]], table: Path, lang: str
) -> Iterator[tuple[str, Record]]:
    """(file:line, record) of every row; a row without an id is named after its line."""
    lines_of_ids: dict[str, int] = {}
    for line, row in rows:
        where = f"{table}:{line}"
        given = {name: value for name, value in row.items() if name in COLUMNS and value}
        defaults = {"id": str(line)} | ({"lang": lang} if lang else {})
        record = parse_record(defaults | given, where)
        first = lines_of_ids.setdefault(record.id, line)
        if first != line:
            found = f"{shown(record.id)} is also the id of line {first}"
            raise field_error(where, "id", found, "give every row an id of its own")
        yield where, record


def _rows(table: Path, needed: Sequence[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """(line, cells by column) of every row of a table that has the columns needed."""
    if table.suffix not in DELIMITERS:
        raise UserError(f"{table}: is no {' or '.join(DELIMITERS)} file; save the table as one")
    line = 1
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter=DELIMITERS[table.suffix], strict=True)
            reader.fieldnames = _header(table, reader.fieldnames or (), needed)
            for row in reader:
                line = reader.line_num
                _check_cells(row, table, line)
                yield line, row
    except UnicodeDecodeError as error:
        raise UserError(f"{table}: is not UTF-8 ({error.reason}); save it as UTF-8") from error
    except csv.Error as error:
        raise _misquoted(f"{table}, after line {line}", str(error)) from error
    except OSError as error:
        raise UserError(f"{table}: cannot be read ({error}); correct the path") from error


def _header(table: Path, names: Sequence[str], needed: Sequence[str]) -> list[str]:
    """The names of the columns, of which no one that we know goes by another spelling."""
    names = [name.strip() for name in names]
    for name in names:
        known = name.lower()
        if known in COLUMNS and (name != known or names.count(name) > 1):
            twice = "is there twice" if name == known else f"is called {name!r}"
            raise UserError(f"{table}: column {known!r} {twice}; call one column {known!r}")
    for name in needed:
        if name not in names:
            found = " ".join(", ".join(filter(None, names)).split()) or "none"
            raise UserError(f"{table}: has no column {name!r} but {found}; name one so")
    return names


def _check_cells(row: Mapping[str | None, str], table: Path, line: int) -> None:
    """A comma or a quotation mark in a text, written as it is, shifts or swallows what follows."""
    if None in row:
        raise _misquoted(f"{table}:{line}", f"{len(row[None])} more cells than columns")
    if table.suffix == ".tsv" and any("\n" in cell for cell in row.values() if cell):
        raise _misquoted(f"{table}:{line}", "a cell goes over several lines")


def _misquoted(where: str, found: str) -> UserError:
    return UserError(
        f"{where}: {found}; put texts with commas, tabs or quotation marks between quotation "
        "marks, and double those inside"
    )


def _firsts(records: Sequence[Record]) -> list[int]:
    """Of every row the first one that it shares a picture or a passage with, be it through others.

    A row that shares nothing has itself.
    """
    towards = list(range(len(records)))  # a row before it of the same group; the first has itself

    def first(row: int) -> int:
        while towards[row] != row:
            towards[row] = row = towards[towards[row]]  # halves the way for those that come after
        return row

    seen: dict[tuple[str, str], int] = {}
    for row, record in enumerate(records):
        for field in ("image", "positive"):
            if value := getattr(record, field):
                one, other = first(row), first(seen.setdefault((field, value), row))
                towards[max(one, other)] = min(one, other)
    return [first(row) for row in range(len(records))]


def _split(record: Record, held_out: float) -> str:
    """By the picture, else by the passage, else by the text: the same in every run."""
    place = stable_id("split", record.image or record.positive or record.text) / 2**31
    if place < held_out:
        return "validation"
    return "test" if place < 2 * held_out else "train"


def _place(where: str, image: str, images: Path | None, draft: Path) -> None:
    if images is None:
        raise UserError(f"{where}: names a picture; say with --images=DIR where it lies")
    if not os.path.isfile(images / image):  # Path's own raises where a name is too long
        found = f"{images / image} does not exist"
        raise field_error(where, "image", found, "correct the path")
    place_picture(images / image, image, draft)


def _check(table: Path, counts: Mapping[str, int]) -> None:
    for split in SPLITS:
        if not counts[split]:
            raise UserError(
                f"{table}: leaves none of {sum(counts.values())} rows for {split} (those that "
                "share a picture or a passage stay together); add rows or set --held_out"
            )


def _description(table: Path, languages: Iterable[str], counts: Mapping[str, int]) -> dict:
    return {
        "name": table.stem,
        "description": f"The table {table.name}.",
        "licence": "not stated",
        "source": table.name,
        "languages": sorted(languages),
        "splits": dict(counts),
    }
