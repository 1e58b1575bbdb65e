"""The real data of configs/claim_real.py, made of published sets in the record format.

    python launch/claim_data.py --root=DATA --output=CLAIM

DATA holds `emoji` (its pictures in a directory for each style, one of them `twemoji…`),
`storybook` and `tatoeba`. CLAIM gets, in the languages that queries are made
in: `emoji`, where validation shows emoji in a drawing style that train never shows; `emoji-names`,
their names in other languages with the English ones, the same in both splits; `storybook` and
`tatoeba` as they are split; and of all but `tatoeba` the queries (`emoji-queries` and so on), whose
wordings of validation train never has, with sentences of tatoeba for chatter. Those for pictures
stand beside the captions that they are made of.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the code beside this script

from unimr_jax.data.loose_pictures import place_picture
from unimr_jax.data.queries.generate import Wish, write_queries
from unimr_jax.data.queries.languages import LANGUAGES
from unimr_jax.data.record import Record, as_row
from unimr_jax.data.sources import open_split
from unimr_jax.errors import UserError
from unimr_jax.whole import read_json, whole_directory, write_json

UNSEEN_STYLE = "twemoji"
ASKED_FOR = ("emoji", "emoji-names", "storybook")
WITH_CAPTIONS = ("emoji", "storybook")
Rows = dict[str, list[dict]]  # by split
Split = Callable[[Record, str], str | None]  # where a row of a split goes; None: nowhere


def main(argv: Sequence[str] | None = None) -> int:
    """Writes what is not there yet; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, required=True, metavar="DATA")
    parser.add_argument("--output", type=Path, required=True, metavar="CLAIM")
    parser.add_argument("--seed", type=int, default=0)
    flags = parser.parse_args(argv)
    try:
        write_claim(flags.root, flags.output, flags.seed)
    except UserError as error:
        print(f"claim_data: {error}", file=sys.stderr)
        return UserError.exit_code
    return 0


def write_claim(root: Path, output: Path, seed: int) -> None:
    """Raises UserError where a set is missing or broken."""
    for name, write in parts(root, output, seed).items():
        if not (output / name).exists():
            print(f"{output / name}: writing", flush=True)
            write(output / name)


def parts(root: Path, output: Path, seed: int) -> dict[str, Callable[[Path], object]]:
    """What writes each set, in an order in which those come first that others are made of."""
    chatter = output / "tatoeba"
    wishes = {
        of: Wish(seed, chatter=chatter, with_captions=of in WITH_CAPTIONS) for of in ASKED_FOR
    }
    return {
        "emoji": partial(write_part, root / "emoji", by_style),
        "storybook": partial(write_part, root / "storybook", as_it_was),
        "tatoeba": partial(write_part, root / "tatoeba", as_it_was),
        "emoji-names": partial(write_names, output / "emoji"),
        **{f"{of}-queries": partial(write_queries, output / of, wish=wishes[of]) for of in wishes},
    }


def as_it_was(record: Record, split: str) -> str | None:
    return split


def by_style(record: Record, split: str) -> str | None:
    """The emoji of train in all styles but one, and for validation in that one."""
    if split != "train":
        return None
    if record.image is None:
        raise UserError(f"emoji: row {record.id!r} of {split} has no picture; give it one")
    return "validation" if f"/{UNSEEN_STYLE}" in record.image else "train"


def write_part(source: Path, split: Split, output: Path) -> None:
    """The rows in languages that queries are made in, and their pictures."""
    rows: Rows = {"train": [], "validation": []}
    for name in rows:
        for target, row in _rows(source, name, split):
            rows[target].append(row)
    _write(source, output, rows)


def _rows(source: Path, name: str, split: Split) -> Iterator[tuple[str, dict]]:
    for record in open_split(source, name, check_images=False):
        target = split(record, name)
        if target and record.lang in LANGUAGES:
            yield target, as_row(record)


def write_names(emoji: Path, output: Path) -> None:
    """What pictures are called in each language, and in English: texts without the pictures."""
    splits = ("train", "validation")
    rows = {split: names(open_split(emoji, split, check_images=False)) for split in splits}
    if not all(rows.values()):
        raise UserError(
            f"{emoji}: a split has no picture with a text in English and one in another language, "
            f"of which {output.name} is made; give it such rows"
        )
    _write(emoji, output, rows, description="Names of emoji with the English ones.")


def names(records: Iterable[Record]) -> list[dict]:
    """Rows of a name and the English one; a picture's first text in a language is its name."""
    named: dict[tuple[str | None, str], Record] = {}
    for record in records:
        named.setdefault((record.image, record.lang), record)
    rows = {}
    for (image, lang), own in named.items():
        english = named.get((image, "en"))
        if english and lang != "en":
            positive = {"positive": english.text, "positive_lang": "en"}
            row = {"id": own.id, "lang": lang, "text": own.text, **positive}
            rows.setdefault((lang, own.text, english.text), row)
    return list(rows.values())


def _write(source: Path, output: Path, rows: Rows, **about: str) -> None:
    """The set, described as its source but for `about`."""
    with whole_directory(output) as draft:
        for target, own in rows.items():
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in own)
            (draft / f"{target}.jsonl").write_text(lines, encoding="utf-8")
            for image in {row["image"] for row in own if "image" in row}:
                place_picture(source / image, image, draft)
        write_json(draft / "dataset.json", _about(source, rows) | {"name": output.name} | about)


def _about(source: Path, rows: Rows) -> dict[str, Any]:
    """The description of the set, with what is kept of it."""
    path = source / "dataset.json"
    if not path.is_file():
        raise UserError(f"{path} is missing; a data set has its name, licence and source there")
    languages = sorted({row["lang"] for own in rows.values() for row in own})
    counts = {split: len(own) for split, own in rows.items()}
    return {**read_json(path), "languages": languages, "splits": counts}


if __name__ == "__main__":
    sys.exit(main())
