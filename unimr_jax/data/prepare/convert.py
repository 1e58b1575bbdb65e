"""`prepare convert`: a data set in another format."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from unimr_jax.data.prepare.preparation import Preparation
from unimr_jax.flags import fraction, positive

if TYPE_CHECKING:
    from unimr_jax.data.convert.convert import Run

FORMATS = ("array_record", "parquet", "jsonl", "webdataset", "tfds")


def _add_flags(parser: argparse.ArgumentParser) -> None:
    where = "DIR_OR_ADDRESS"
    parser.add_argument("--dataset", required=True, metavar=where, help="also gs://… and s3://…")
    parser.add_argument("--to", required=True, choices=FORMATS)
    parser.add_argument("--output", required=True, metavar=where)
    parser.add_argument("--shards", type=positive, default=0, metavar="N", help="default: by size")
    parser.add_argument("--on_bad_record", choices=("stop", "skip"), default="stop")
    parser.add_argument("--max_bad_fraction", type=fraction, default=0.01, help="with skip")
    parser.add_argument(
        "--beam",
        metavar="OPTIONS",
        help='write the shards as an Apache Beam pipeline: --beam="--runner=DirectRunner"',
    )
    parser.epilog = "Interrupted, the same command goes on. --output is a data set once it is done."


def _run(flags: argparse.Namespace) -> None:
    from unimr_jax.data.convert.convert import convert, write_here

    convert(
        flags.dataset,
        flags.output,
        flags.to,
        flags.shards,
        run=write_here if flags.beam is None else _beam(flags.beam),
        on_bad_record=flags.on_bad_record,
        max_bad_fraction=flags.max_bad_fraction,
    )


def _beam(options: str) -> Run:
    from unimr_jax.data.convert.beam import write_with_beam

    return write_with_beam(options)


CONVERT = Preparation("a data set in another format, in shards", _add_flags, _run)
