"""`prepare scenes`: the embedded data set."""

from __future__ import annotations

import argparse

from unimr_jax.data.prepare.preparation import Preparation, add_output
from unimr_jax.flags import positive


def _add_flags(parser: argparse.ArgumentParser) -> None:
    add_output(parser)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=positive, default=6000, help="training pictures")
    parser.add_argument(
        "--test",
        type=positive,
        default=0,
        metavar="N",
        help="test pictures: the more, the harder to find one; default: SIZE/8, at most 600",
    )


def _run(flags: argparse.Namespace) -> None:
    from unimr_jax.data.scenes.generate import write_scenes

    write_scenes(flags.output, seed=flags.seed, size=flags.size, test=flags.test)
    print(f"{flags.output}: scenes, seed {flags.seed}, {flags.size} training pictures")


SCENES = Preparation("pictures, captions and queries, drawn", _add_flags, _run)
