"""The device mesh, and which axis of which parameter lies along it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import flax.linen as nn
import jax
from flax.traverse_util import flatten_dict, unflatten_dict
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec
from rich.filesize import decimal
from rich.table import Table

from unimr_jax.config import Mesh as MeshConfig
from unimr_jax.config import choose
from unimr_jax.errors import UserError
from unimr_jax.training import rules

# Logical axis (see models/) → mesh axis. None: every device holds the whole axis.
LOGICAL_AXES = (
    ("vocab", "tensor"),
    ("heads", "tensor"),
    ("mlp", "tensor"),
    ("embed", "fsdp"),
    ("patch", None),
    ("joint", None),
    ("classes", None),
    ("norm", None),
    ("layers", None),
)
BATCH = PartitionSpec(("data", "fsdp"))
OVERRIDES = "config.mesh.overrides"

Override = tuple[str, tuple[str | None, ...]]  # regex over the path, axis of each dimension


def make_mesh(config: MeshConfig) -> Mesh:
    """A mesh over all devices, axes `data`, `fsdp`, `tensor`; a size of −1 takes what is left."""
    sizes = _sizes(config)
    if not fits(config):
        raise UserError(
            f"config.mesh={sizes} does not use {len(jax.devices())} device(s) exactly; "
            "set one axis to -1 to fill"
        )
    # Auto axes: under Explicit ones, jax.make_mesh's default, Linen layers fail.
    return jax.make_mesh(sizes, ("data", "fsdp", "tensor"), (AxisType.Auto,) * 3)


def fits(config: MeshConfig) -> bool:
    """Whether it uses the devices that there are, and all of them."""
    sizes = _sizes(config)
    return min(sizes) >= 1 and math.prod(sizes) == len(jax.devices())


def _sizes(config: MeshConfig) -> tuple[int, int, int]:
    sizes = (config.data, config.fsdp, config.tensor)
    given = math.prod(size for size in sizes if size != -1)
    if sizes.count(-1) != 1 or given <= 0:
        return sizes
    return tuple(len(jax.devices()) // given if size == -1 else size for size in sizes)


def batch_shares(mesh: Mesh) -> int:
    """Into how many parts a batch is cut."""
    return mesh.shape["data"] * mesh.shape["fsdp"]


def place(boxed: Any, mesh: Mesh, overrides: Sequence[Override] = ()) -> dict[str, Any]:
    """Shapes of a tree of boxed (logically partitioned) parameters, each with its sharding.

    Compare losses with those on one device before relying on an override: jax 0.10.2 compiled the
    encoder wrongly, without a word, with ".*/qkv/kernel" as ("tensor", "fsdp") on (2, 2, 2).

    Raises:
      UserError: an override that is broken, or that no parameter uses; a mesh axis that does not
        divide the dimension that lies along it.
    """
    shapes = flatten_dict(nn.meta.unbox(boxed), sep="/")
    logical = nn.logical_to_mesh(nn.get_partition_spec(boxed), LOGICAL_AXES)
    specs = flatten_dict(logical, sep="/") | _overridden(shapes, mesh, overrides)
    for path, shape in shapes.items():
        _check_divisible(path, shape.shape, specs[path], mesh)
    placed = {
        path: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=NamedSharding(mesh, specs[path]))
        for path, x in shapes.items()
    }
    return unflatten_dict(placed, sep="/")


def _overridden(
    shapes: Mapping[str, jax.ShapeDtypeStruct], mesh: Mesh, overrides: Sequence[Override]
) -> dict[str, PartitionSpec]:
    found = rules.match_some([pattern for pattern, _ in overrides], shapes, OVERRIDES)
    for path, i in found.items():
        _check_axes(overrides[i][1], path, shapes[path].shape, mesh, f"{OVERRIDES}[{i}]")
    return {path: PartitionSpec(*overrides[i][1]) for path, i in found.items()}


def _check_axes(
    axes: Sequence[str | None], path: str, shape: tuple[int, ...], mesh: Mesh, key: str
) -> None:
    named = [axis for axis in axes if axis is not None]
    for axis in named:
        choose(mesh.shape, axis, key)
    if len(set(named)) < len(named):
        raise UserError(f"{key}: {axes} names an axis twice; each may cut one dimension")
    if len(axes) != len(shape):
        raise UserError(
            f"{key}: {axes} does not fit {path!r}, which has the dimensions {list(shape)}; "
            "give an axis or None for each"
        )


def _check_divisible(path: str, shape: tuple[int, ...], spec: PartitionSpec, mesh: Mesh) -> None:
    for i, axis in enumerate(spec):
        if axis is not None and shape[i] % mesh.shape[axis]:
            whole = (*spec[:i], None, *spec[i + 1 :])
            raise UserError(
                f"config.mesh.{axis}={mesh.shape[axis]} does not divide dimension {i} of "
                f"{path!r} {list(shape)}; change one of the sizes, or leave that dimension whole: "
                f"put {(path, whole)} first in {OVERRIDES}"
            )


def table(params: dict[str, Any]) -> Table:
    """Where each of the parameters that `place` gave lies, and the memory that it takes there."""
    parameters = Table("parameter", "shape", "mesh axes", "per device", show_footer=True)
    parameters.columns[0].overflow = "fold"  # a path cut short names nothing
    parameters.columns[-1].justify = "right"
    flat = flatten_dict(params, sep="/")
    for path, x in flat.items():
        axes = ", ".join(axis or "–" for axis in x.sharding.spec)
        parameters.add_row(path, str(list(x.shape)), axes, decimal(bytes_per_device(x)))
    parameters.columns[0].footer = f"{len(flat)} parameters"
    parameters.columns[-1].footer = decimal(sum(map(bytes_per_device, flat.values())))
    return parameters


def bytes_per_device(x: jax.ShapeDtypeStruct) -> int:
    return math.prod(x.sharding.shard_shape(x.shape)) * x.dtype.itemsize


def replicated(mesh: Mesh) -> NamedSharding:
    return NamedSharding(mesh, PartitionSpec())


def divisible(batch_size: int, mesh: Mesh) -> int:
    """The next size that the mesh cuts into equal parts."""
    parts = mesh.size // mesh.shape["tensor"]
    return -(-batch_size // parts) * parts


def put_batch(batch: Any, mesh: Mesh) -> Any:
    """Host arrays, this process's share of the batch, as global arrays over the mesh."""
    sharding = NamedSharding(mesh, BATCH)
    return jax.tree.map(lambda x: jax.make_array_from_process_local_data(sharding, x), batch)
