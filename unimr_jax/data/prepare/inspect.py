"""`prepare inspect`: what a data set holds, and what is wrong with it."""

from __future__ import annotations

import argparse
from pathlib import Path

from unimr_jax.data.prepare.preparation import Preparation


def _add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dataset", required=True, metavar="DIR_OR_ADDRESS")
    parser.add_argument(
        "--output", type=Path, metavar="FILE.html|DIR", help="a page with samples and pictures"
    )
    parser.add_argument(
        "--tokenizer", default="", metavar="DIR_OR_NAME", help="measures texts; default: characters"
    )


def _run(flags: argparse.Namespace) -> None:
    from rich.console import Console

    from unimr_jax.data.inspection.inspect import inspect
    from unimr_jax.data.inspection.page import write_page
    from unimr_jax.data.inspection.table import format_tables, summary

    found = inspect(flags.dataset, flags.tokenizer)
    Console().print(format_tables(found))
    print(f"{flags.dataset}: {summary(found)}")
    if flags.output:
        print(f"page: {write_page(flags.output, found)}")


INSPECT = Preparation(
    "counts, lengths, duplicates, broken rows and a contact sheet of a data set", _add_flags, _run
)
