"""Every distinct picture of a split is decoded once, before anything is trained on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from unimr_jax.data.images import BadImage, check_image
from unimr_jax.data.progress import progress_if_slow
from unimr_jax.data.record import field_error
from unimr_jax.data.sources.bad_rows import BadRows
from unimr_jax.data.sources.index import Scanned, first_rows
from unimr_jax.data.sources.store import Store

Fault = tuple[str, str]  # what is wrong, and how to mend it
_AHEAD = 256  # pictures that wait for a thread


def without_bad_pictures(scanned: Scanned, store: Store, bad: BadRows) -> Scanned:
    """Leaves out the rows whose picture is broken."""
    rows = first_rows(scanned.images)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = progress_if_slow(
            _faults(store, scanned.index.place[rows], pool),
            len(rows),
            f"checking images of {store}",
        )
        broken = {int(scanned.images[row]): fault for row, fault in zip(rows, faults) if fault}
    good = np.isin(scanned.images, list(broken), invert=True)
    for row in np.flatnonzero(~good):
        where = store.where(int(scanned.index.place[row]))
        bad.add(field_error(where, "image", *broken[int(scanned.images[row])]))
    return scanned if good.all() else scanned.only(good)


def _faults(store: Store, places: np.ndarray, pool: Executor) -> Iterator[Fault | None]:
    """Of the pictures of the rows at these places, in their order."""
    for start in range(0, len(places), _AHEAD):
        yield from pool.map(partial(_fault, store), places[start : start + _AHEAD].tolist())


def _fault(store: Store, place: int) -> Fault | None:
    picture = store.picture(store.record(place))
    # Path's own `is_file` raises where a name is too long.
    if isinstance(picture, Path) and not os.path.isfile(picture):
        return f"{picture} does not exist", "add the file or correct the path"
    try:
        check_image(picture)
    except BadImage as error:
        return f"{picture} cannot be decoded ({error.reason})", "replace the file"
    return None
