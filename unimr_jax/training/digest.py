"""Numbers that tell whether two trees of arrays are the same."""

from __future__ import annotations

import hashlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax.traverse_util import flatten_dict
from jax.experimental import multihost_utils


def params_sha256(params: dict[str, Any]) -> str:
    """Digest over parameter paths and bytes, in sorted order; all processes call it together."""
    digest = hashlib.sha256()
    for path, x in sorted(flatten_dict(params, sep="/").items()):
        digest.update(path.encode())
        digest.update(np.ascontiguousarray(_whole(x)).tobytes())
    return digest.hexdigest()


def _whole(x: Any) -> np.ndarray:
    """The array on the host, also where other processes hold parts of it."""
    if isinstance(x, jax.Array) and not (x.is_fully_addressable or x.is_fully_replicated):
        return multihost_utils.process_allgather(x, tiled=True)
    return jax.device_get(x)


def checksums(tree: Any) -> list[int]:
    """Of every leaf, the sum of its words modulo 2³²: exact, so the same on any mesh."""
    return [int(x) for x in jax.device_get([_sum(x) for x in jax.tree.leaves(tree)])]


@jax.jit  # leaf by leaf: what is compiled for a shape serves all of it, in every stage
def _sum(x: jax.Array) -> jax.Array:
    return jnp.sum(_words(x), dtype=jnp.uint32)


def _words(x: jax.Array) -> jax.Array:
    unsigned = jnp.dtype(f"uint{8 * x.dtype.itemsize}")
    return jax.lax.bitcast_convert_type(x, unsigned).astype(jnp.uint32)
