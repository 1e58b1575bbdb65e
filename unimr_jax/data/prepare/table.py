"""`prepare table`: a spreadsheet beside a folder of pictures."""

from __future__ import annotations

import argparse
from pathlib import Path

from unimr_jax.data.prepare.preparation import Preparation, add_output


def _add_flags(parser: argparse.ArgumentParser) -> None:
    add_output(parser)
    parser.add_argument(
        "--table", type=Path, required=True, metavar="FILE", help=".csv or .tsv, saved as UTF-8"
    )
    parser.add_argument("--images", type=Path, metavar="DIR", help="what column `image` is in")
    parser.add_argument("--lang", default="", metavar="TAG", help="where no column `lang` says it")
    parser.add_argument(
        "--held_out", type=float, default=0.1, help="share for validation, and again for test"
    )


def _run(flags: argparse.Namespace) -> None:
    from unimr_jax.data.spreadsheet import write_table

    counts = write_table(flags.table, flags.images, flags.output, flags.lang, flags.held_out)
    rows = ", ".join(f"{count} {split}" for split, count in counts.items())
    print(f"{flags.output}: {rows}")


TABLE = Preparation("a spreadsheet and a folder of pictures", _add_flags, _run)
