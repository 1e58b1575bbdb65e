"""Some of many records."""

from __future__ import annotations

import numpy as np

SEED = 0  # the same records whenever they are asked for


def sample(total: int, most: int) -> list[int]:
    """Indices below `total`, in order: all, or `most` drawn at random.

    Not evenly spaced: where every picture has as many records, captions first, a fixed step may
    meet captions alone.
    """
    if total <= most:
        return list(range(total))
    chosen = np.random.default_rng(SEED).choice(total, most, replace=False, shuffle=False)
    return np.sort(chosen).tolist()
