"""Every row meets every column, a block of rows and a device's columns at a time.

Under a mesh (`jax.set_mesh`) each device keeps its rows; the columns, together with what has been
made of them, go round the ring of devices (arXiv 2310.01889).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
from jax.sharding import PartitionSpec

BATCH_AXES = ("data", "fsdp")  # of the mesh, over which the rows of a batch lie


def batch_axes() -> tuple[str, ...]:
    """The axes of the mesh in use that cut the rows of a batch; none on a single device."""
    mesh = jax.sharding.get_abstract_mesh()
    return tuple(axis for axis in BATCH_AXES if mesh.shape.get(axis, 1) > 1)


def on_each_device(function: Callable, whole: Any, *shares: Any) -> Any:
    """function(axes, whole, *shares): every device has all of `whole`, and its rows of the others.

    `axes` are `batch_axes()`.
    """
    axes = batch_axes()
    function = partial(function, axes)
    if axes:
        rows = PartitionSpec(axes)
        in_specs = PartitionSpec(), *[rows] * len(shares)
        function = jax.shard_map(function, in_specs=in_specs, out_specs=rows)
    return function(whole, *shares)


def fold(tile: Callable, block: int, axes: tuple[str, ...], rows, columns, of_rows, of_columns):
    """Folds `tile` over all blocks of rows and, along `axes`, the columns of all devices.

    Args:
      tile: (rows, columns, of_rows, of_columns) → the new (of_rows, of_columns).
      block: rows in a tile; more than there are means all.
      rows, columns: trees of arrays, along the first axis of which they lie.
      of_rows, of_columns: what to start from.

    Raises:
      ValueError: the rows on a device do not divide into blocks.
    """

    def visit(state, _):
        of_rows, columns, of_columns = state

        def fold_block(of_columns, block_of_rows):
            rows, of_rows = block_of_rows
            of_rows, of_columns = tile(rows, columns, of_rows, of_columns)
            return of_columns, of_rows

        of_columns, of_rows = jax.lax.scan(fold_block, of_columns, (rows, of_rows))
        return (of_rows, *_pass_on((columns, of_columns), axes)), None

    rows, of_rows = _split((rows, of_rows), block)
    devices = jax.lax.axis_size(axes) if axes else 1
    (of_rows, _, of_columns), _ = jax.lax.scan(
        visit, (of_rows, columns, of_columns), length=devices
    )
    return jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), of_rows), of_columns


def _split(rows: Any, block: int) -> Any:
    """Arrays [rows, …] as [blocks, block, …]."""
    size = len(jax.tree.leaves(rows)[0])
    block = min(block, size)
    if size % block:
        raise ValueError(f"{size} rows do not divide into blocks of {block}")
    return jax.tree.map(lambda x: x.reshape(-1, block, *x.shape[1:]), rows)


def _pass_on(visitors: Any, axes: tuple[str, ...]) -> Any:
    """To the next device of the ring; after as many times as there are devices, all are home."""
    if not axes:
        return visitors
    devices = jax.lax.axis_size(axes)
    ring = [(i, (i + 1) % devices) for i in range(devices)]
    return jax.tree.map(lambda x: jax.lax.ppermute(x, axes, ring), visitors)
