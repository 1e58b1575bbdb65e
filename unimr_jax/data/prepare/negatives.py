"""`prepare negatives`: hard negatives for the train split, found by a trained model."""

from __future__ import annotations

import argparse
from pathlib import Path

from unimr_jax.data.prepare.preparation import Preparation, add_output
from unimr_jax.flags import fraction, positive


def _add_flags(parser: argparse.ArgumentParser) -> None:
    add_output(parser)
    parser.add_argument("--dataset", required=True, metavar="DIR_OR_ADDRESS")
    parser.add_argument("--workdir", type=Path, required=True, metavar="DIR", help="a training run")
    parser.add_argument("--stage", default="", help="default: the last one done")
    parser.add_argument("--count", type=positive, default=4, help="for each row")
    parser.add_argument(
        "--nearest",
        type=fraction,
        default=0.95,
        help="above this share of the positive's score a passage is taken to be right as well",
    )


def _run(flags: argparse.Namespace) -> None:
    from unimr_jax.data.negatives import write_negatives
    from unimr_jax.retrieval.negatives import mine_negatives
    from unimr_jax.trained import load_trained

    encoder = load_trained(flags.workdir, flags.stage).encoder()

    def mine(records):
        return mine_negatives(encoder, records, flags.count, flags.nearest)

    counts = write_negatives(flags.dataset, flags.output, mine)
    print(f"{flags.output}: {counts.negatives} negatives for {counts.rows} of {counts.all} rows")


NEGATIVES = Preparation("hard negatives, found by a trained model", _add_flags, _run)
