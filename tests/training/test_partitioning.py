"""Meshes: where parameters lie, and that a step is the same on every mesh."""

from __future__ import annotations

import dataclasses

import flax.linen as nn
import jax
import numpy as np
import optax
import pytest
from flax.traverse_util import flatten_dict
from jax.sharding import NamedSharding, PartitionSpec

from tests.helpers import boxed_shapes, tiny_model
from tests.training.stages import (
    MODEL,
    PARAMS,
    SIZE,
    STAGE,
    mesh_of,
    train,
    trained_on_one_device,
)
from unimr_jax.config import Mesh, Optimizer
from unimr_jax.errors import UserError
from unimr_jax.models.blocks import POOLINGS
from unimr_jax.models.fusion import FUSIONS
from unimr_jax.training.loop import abstract_params
from unimr_jax.training.optimizer import OPTIMIZERS, make_optimizer
from unimr_jax.training.partitioning import LOGICAL_AXES, make_mesh, put_batch

VARIANTS = [{"fusion": fusion} for fusion in FUSIONS] + [
    {"image": {"pooling": pooling}, "text": {"pooling": pooling}} for pooling in POOLINGS
]
STEPS = 3


@pytest.mark.slow
@pytest.mark.usefixtures("outside_the_persistent_cache")
@pytest.mark.parametrize("shape", [(8, 1, 1), (1, 8, 1), (2, 2, 2), (4, 1, 2)], ids=str)
def test_training_is_the_same_on_every_mesh(shape):
    """Losses, gradients (by their moments) and parameters of some steps of every task."""
    with jax.default_matmul_precision("highest"):
        training, expected = train(STEPS, mesh=mesh_of(*shape)), trained_on_one_device()
    assert training.step.jitted._cache_size() == 1
    jax.tree.map(close, training.metrics, expected.metrics[:STEPS])
    jax.tree.map(close, training.states, expected.states[: STEPS + 1])


def close(actual: np.ndarray, expected: np.ndarray) -> None:
    """To 0.1% of what a parameter moves in these steps (rate 1e-2): Adam divides by the size of a
    gradient, and so brings rounding to light where one is nearly 0.
    """
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=3e-5)


class TestLogicalAxes:
    @staticmethod
    def axes(variant: dict) -> dict[str, tuple[str | None, ...]]:
        """The names of a model's axes, by parameter path."""
        boxed = boxed_shapes(tiny_model(depth=1, **variant))
        return flatten_dict(nn.get_partition_spec(boxed), sep="/")

    @pytest.mark.parametrize("variant", VARIANTS, ids=str)
    def test_every_parameter_names_each_of_its_axes(self, variant):
        boxed = flatten_dict(boxed_shapes(tiny_model(depth=1, **variant)), sep="/")
        for path, parameter in boxed.items():
            assert isinstance(parameter, nn.LogicallyPartitioned), path
            assert len(parameter.names) == parameter.value.ndim, path
            assert {*parameter.names} <= {axis for axis, _ in LOGICAL_AXES} | {None}, path

    def test_every_name_is_used(self):
        specs = [spec for variant in VARIANTS for spec in self.axes(variant).values()]
        used = {name for spec in specs for name in spec} - {None}
        assert used == {axis for axis, _ in LOGICAL_AXES}


class TestShardings:
    def shapes_per_device(self, *mesh: int) -> dict[str, tuple[int, ...]]:
        params = flatten_dict(abstract_params(MODEL, mesh_of(*mesh)), sep="/")
        return {path: x.sharding.shard_shape(x.shape) for path, x in params.items()}

    def test_data_alone_leaves_parameters_whole(self):
        whole = {path: x.shape for path, x in flatten_dict(PARAMS, sep="/").items()}
        assert self.shapes_per_device(8, 1, 1) == whole

    def test_fsdp_and_tensor_cut_kernels_along_one_axis_each(self):
        shapes = self.shapes_per_device(2, 2, 2)
        assert shapes["text/blocks_0/attention/qkv/kernel"] == (16 // 2, 48 // 2)
        assert shapes["text/blocks_0/attention/out/kernel"] == (16 // 2, 16 // 2)
        assert shapes["text/blocks_0/mlp/up/bias"] == (64 // 2,)
        assert shapes["text/embedding/embedding"] == (24 // 2, 16)
        assert shapes["text/norm/scale"] == (16,)

    @pytest.mark.parametrize("name", OPTIMIZERS)
    def test_moments_lie_where_their_parameters_lie(self, name):
        stage = dataclasses.replace(STAGE, optimizer=Optimizer(name))
        state = train(0, stage, mesh_of(2, 2, 2)).step.state
        params = flatten_dict(state.params, sep="/")
        leaves = jax.tree_util.tree_leaves_with_path(state.opt_state)
        moments = [(path[-1].key, x) for path, x in leaves if hasattr(path[-1], "key")]
        assert len(moments) >= len(params) - 2  # the frozen biases
        for path, x in moments:
            assert x.sharding == params[path].sharding, path

    def test_muon_steps_the_same_where_kernels_are_cut(self):
        """The stage above trains with Adam, which treats each number on its own."""
        rng = np.random.default_rng(0)
        axes = {"a/kernel": ("fsdp", "tensor"), "b/kernel": ("tensor", "fsdp"), "b/bias": ("fsdp",)}
        params = {
            path: rng.standard_normal([16] * len(axes[path])).astype(np.float32) for path in axes
        }
        optimizer = make_optimizer(
            dataclasses.replace(STAGE, optimizer=Optimizer("muon")),
            dict.fromkeys(params, (1.0, 1.0)),
            optax.constant_schedule(0.1),
            "stage",
        )

        def step_on(mesh: jax.sharding.Mesh) -> dict[str, jax.Array]:
            layout = {path: NamedSharding(mesh, PartitionSpec(*axes[path])) for path in params}
            placed = jax.device_put(params, layout)
            state = optimizer.init(placed)
            return jax.jit(lambda x: optimizer.update(x, state, x)[0])(placed)

        with jax.default_matmul_precision("highest"):
            jax.tree.map(close, step_on(mesh_of(2, 2, 2)), step_on(mesh_of(1, 1, 1)))

    def test_a_batch_is_cut_over_data_and_fsdp(self):
        batch = {"text_tokens": np.arange(SIZE * 6).reshape(SIZE, 6)}
        placed = put_batch(batch, mesh_of(2, 2, 2))["text_tokens"]
        assert placed.sharding.shard_shape(placed.shape) == (SIZE // 4, 6)
        np.testing.assert_array_equal(placed, batch["text_tokens"])


class TestMakeMesh:
    @pytest.mark.parametrize(
        ("config", "shape"),
        [
            (Mesh(), (8, 1, 1)),
            (Mesh(data=2, fsdp=-1, tensor=2), (2, 2, 2)),
            (Mesh(data=1, fsdp=2, tensor=4), (1, 2, 4)),
        ],
    )
    def test_takes_every_device(self, config, shape):
        mesh = make_mesh(config)
        assert mesh.axis_names == ("data", "fsdp", "tensor")
        assert mesh.devices.shape == shape

    @pytest.mark.parametrize(
        "config",
        [Mesh(3), Mesh(-1, 3), Mesh(-1, -1, 8), Mesh(-1, 0), Mesh(-1, -2, -4)],
        ids=str,
    )
    def test_says_which_sizes_do_not_fit(self, config):
        message = r"config\.mesh=\(.*\) does not use 8 device\(s\) exactly; set one axis to -1"
        with pytest.raises(UserError, match=message):
            make_mesh(config)
