"""`prepare queries`: intent-rich queries from the captions of any data set."""

from __future__ import annotations

import argparse

from unimr_jax.data.prepare.preparation import Preparation, add_output
from unimr_jax.flags import positive


def _add_flags(parser: argparse.ArgumentParser) -> None:
    add_output(parser)
    parser.add_argument("--dataset", required=True, metavar="DIR_OR_ADDRESS", help="captions")
    parser.add_argument(
        "--chatter", metavar="DIR_OR_ADDRESS", help="a data set whose sentences become noise"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--per_caption", type=positive, default=1, metavar="N", help="wordings of each"
    )
    parser.add_argument("--languages", default="", metavar="A,B", help="default: all we know")
    parser.add_argument(
        "--with_captions",
        action="store_true",
        help="write the captions too: one data set has both, as other_text and other_image want it",
    )


def _run(flags: argparse.Namespace) -> None:
    from unimr_jax.data.queries.generate import ALL, Wish, write_queries

    languages = tuple(tag for tag in flags.languages.split(",") if tag) or ALL
    wish = Wish(flags.seed, flags.per_caption, languages, flags.chatter, flags.with_captions)
    written = write_queries(flags.dataset, flags.output, wish)
    print(f"request frames/distinct wordings\n{written.table}")
    beside = " and captions" if flags.with_captions else ""
    rows = ", ".join(f"{count} {split}" for split, count in written.splits.items())
    print(f"{flags.output}: queries{beside}, seed {flags.seed}: {rows}; read samples.md")


QUERIES = Preparation("requests with intent and slots, from captions", _add_flags, _run)
