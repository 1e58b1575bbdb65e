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
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the code beside this script

from unimr_jax.data.pictures import link_or_copy
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
    return "validation" if record.image.split("/")[1].startswith(UNSEEN_STYLE) else "train"


def write_part(source: Path, output: Path, split: Split) -> None:
    """The rows in languages that queries are made in, and their pictures."""
    if output.exists():
        return
    print(f"{output}: writing", flush=True)
    with whole_directory(output) as draft:
        counts = {"train": 0, "validation": 0}
        for name in list(counts):
            for target, row in _rows(source, name, split):
                with (draft / f"{target}.jsonl").open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(row, ensure_ascii=False) + "\n")
                counts[target] += 1
                if "image" in row:
                    link_or_copy(source / row["image"], draft / row["image"])
        about = read_json(source / "dataset.json")
        languages = sorted(set(about["languages"]) & set(LANGUAGES))
        write_json(draft / "dataset.json", {**about, "languages": languages, "splits": counts})


def _rows(source: Path, name: str, split: Split) -> Iterator[tuple[str, dict]]:
    for record in open_split(source, name, check_images=False):
        target = split(record, name)
        if target and record.lang in LANGUAGES:
            yield target, as_row(record)


if __name__ == "__main__":
    sys.exit(main())
