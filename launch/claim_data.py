"""The real data of configs/claim_real.py, made of published sets in the record format.

    python launch/claim_data.py --root=DATA --output=CLAIM

DATA holds `emoji`, `storybook` and `tatoeba`. CLAIM gets, in the languages that queries are made
in: `emoji`, where validation shows emoji in a drawing style that train never shows; `storybook` and
`tatoeba` as they are split; and `emoji-queries` and `storybook-queries`, whose wordings of
validation train never has, with sentences of tatoeba for chatter.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
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
CAPTIONED = ("emoji", "storybook")
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
    write_part(root / "emoji", output / "emoji", by_style)
    write_part(root / "storybook", output / "storybook", as_it_was)
    write_part(root / "tatoeba", output / "tatoeba", as_it_was)
    for name in CAPTIONED:
        target = output / f"{name}-queries"
        if not target.exists():
            print(f"{target}: writing queries", flush=True)
            write_queries(output / name, target, Wish(seed=seed, chatter=output / "tatoeba"))


def as_it_was(record: Record, split: str) -> str | None:
    return split


def by_style(record: Record, split: str) -> str | None:
    """The emoji of train in two styles, and for validation in the third."""
    if split != "train":
        return None
    if record.image is None:
        raise UserError(f"emoji: row {record.id!r} of {split} has no picture; give it one")
    return "validation" if f"/{UNSEEN_STYLE}" in record.image else "train"


def write_part(source: Path, output: Path, split: Split) -> None:
    """The rows in languages that queries are made in, and their pictures."""
    if output.exists():
        return
    print(f"{output}: writing", flush=True)
    rows: dict[str, list[dict]] = {"train": [], "validation": []}
    for name in rows:
        for target, row in _rows(source, name, split):
            rows[target].append(row)
    with whole_directory(output) as draft:
        for target, own in rows.items():
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in own)
            (draft / f"{target}.jsonl").write_text(lines, encoding="utf-8")
            for image in {row["image"] for row in own if "image" in row}:
                place_picture(source / image, image, draft)
        write_json(draft / "dataset.json", _about(source, rows))


def _rows(source: Path, name: str, split: Split) -> Iterator[tuple[str, dict]]:
    for record in open_split(source, name, check_images=False):
        target = split(record, name)
        if target and record.lang in LANGUAGES:
            yield target, as_row(record)


def _about(source: Path, rows: Mapping[str, Sequence[dict]]) -> dict[str, Any]:
    """The description of the set, with what is kept of it."""
    path = source / "dataset.json"
    if not path.is_file():
        raise UserError(f"{path} is missing; a data set has its name, licence and source there")
    languages = sorted({row["lang"] for own in rows.values() for row in own})
    counts = {split: len(own) for split, own in rows.items()}
    return {**read_json(path), "languages": languages, "splits": counts}


if __name__ == "__main__":
    sys.exit(main())
