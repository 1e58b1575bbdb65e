"""`prepare NAME`: data sets that can be brought into the record format, by name."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def _scenes(flags: argparse.Namespace) -> None:
    from unimr_jax.data.scenes.generate import write_scenes

    write_scenes(flags.output, seed=flags.seed, size=flags.size)
    print(f"{flags.output}: scenes, seed {flags.seed}, {flags.size} training pictures")


PREPARE: dict[str, Callable[[argparse.Namespace], None]] = {"scenes": _scenes}
