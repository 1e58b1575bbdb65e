"""Digests compare runs; checksums find a changed bit, and do not depend on the mesh."""

from __future__ import annotations

import hashlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import NamedSharding, PartitionSpec

from tests.training.stages import mesh_of
from tests.training.states import state_at
from unimr_jax.training.digest import checksums, params_sha256


def test_the_digest_is_over_sorted_paths_and_bytes():
    digest = hashlib.sha256()
    for path, x in (
        ("nlu/kernel", np.full((2, 2), -1, np.float32)),
        ("noise", np.asarray(state_at(1).params["noise"])),
        ("text/bias", np.ones(3, np.float32)),
        ("text/kernel", np.arange(1, 7, dtype=np.float32).reshape(2, 3)),
    ):
        digest.update(path.encode() + x.tobytes())
    assert params_sha256(state_at(1).params) == digest.hexdigest()


def test_the_digest_does_not_depend_on_layout_in_memory():
    rows = {"x": np.arange(6.0).reshape(2, 3)}
    assert params_sha256(rows) == params_sha256({"x": np.asfortranarray(rows["x"])})


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16, jnp.int32, jnp.uint8])
def test_a_changed_bit_changes_the_checksum_of_its_leaf(dtype):
    x = np.asarray(jax.random.uniform(jax.random.key(0), (3, 8)).astype(dtype))
    changed = x.copy()
    changed.view(np.uint8)[1, 5] ^= 64
    before, after = checksums({"a": x, "b": x}), checksums({"a": x, "b": changed})
    assert before[0] == after[0] and before[1] != after[1]


def test_checksums_are_the_same_on_any_mesh():
    x = jax.random.normal(jax.random.key(0), (8, 4))
    layout = NamedSharding(mesh_of(2, 2, 2), PartitionSpec("data", "tensor"))
    assert checksums([jax.device_put(x, layout)]) == checksums([x])
