"""What a NAME of `prepare` is made of."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Preparation(NamedTuple):
    """One NAME: its line in the help, its own flags, and what it does with them."""

    help: str
    add_flags: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], None]


def add_output(parser: argparse.ArgumentParser) -> None:
    """The flag of all that write a data set."""
    parser.add_argument("--output", type=Path, required=True, metavar="DATASET_DIR")
