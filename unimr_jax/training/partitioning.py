"""The device mesh, and which axis of which parameter lies along it."""

from __future__ import annotations

import math
from typing import Any

import flax.linen as nn
import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from unimr_jax.config import Mesh as MeshConfig
from unimr_jax.errors import UserError

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
)
BATCH = PartitionSpec(("data", "fsdp"))


def make_mesh(config: MeshConfig) -> Mesh:
    """A mesh over all devices, axes `data`, `fsdp`, `tensor`; a size of −1 takes what is left."""
    sizes = [config.data, config.fsdp, config.tensor]
    devices = len(jax.devices())
    given = math.prod(size for size in sizes if size != -1)
    if sizes.count(-1) == 1 and given > 0:
        sizes[sizes.index(-1)] = devices // given
    if min(sizes) < 1 or math.prod(sizes) != devices:
        raise UserError(
            f"config.mesh={tuple(sizes)} does not use {devices} device(s) exactly; "
            "set one axis to -1 to fill"
        )
    # Auto axes: under Explicit ones, jax.make_mesh's default, Linen layers fail.
    return jax.make_mesh(tuple(sizes), ("data", "fsdp", "tensor"), (AxisType.Auto,) * 3)


def shardings(abstract: Any, mesh: Mesh) -> Any:
    """Shardings of a tree of boxed (logically partitioned) shapes."""
    specs = nn.get_partition_spec(abstract)
    return nn.logical_to_mesh_sharding(specs, mesh, LOGICAL_AXES)


def replicated(mesh: Mesh) -> NamedSharding:
    return NamedSharding(mesh, PartitionSpec())


def put_batch(batch: dict[str, np.ndarray], mesh: Mesh) -> dict[str, jax.Array]:
    """Host arrays, this process's share of the batch, as global arrays over the mesh."""
    sharding = NamedSharding(mesh, BATCH)
    return jax.tree.map(lambda x: jax.make_array_from_process_local_data(sharding, x), batch)
