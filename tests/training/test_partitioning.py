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
from rich.console import Console
from rich.filesize import decimal

from tests.helpers import boxed_shapes, tiny_model
from tests.training.stages import (
    EVERY_TASK,
    IN_MICROBATCHES,
    MODEL,
    PARAMS,
    SIZE,
    STAGE,
    STEPS,
    TWO_TASKS,
    mesh_of,
    train,
    trained_on_one_device,
    two_tasks_on_one_device,
)
from unimr_jax.config import Mesh, Optimizer
from unimr_jax.data.tasks import TASKS
from unimr_jax.errors import UserError
from unimr_jax.losses import CONTRASTIVE, LOSSES
from unimr_jax.models.fusion import FUSIONS
from unimr_jax.models.pooling import POOLINGS
from unimr_jax.training.optimizer import OPTIMIZERS, make_optimizer
from unimr_jax.training.partitioning import (
    LOGICAL_AXES,
    bytes_per_device,
    make_mesh,
    put_batch,
    table,
)
from unimr_jax.training.stage_step import abstract_params

VARIANTS = [{"fusion": fusion} for fusion in FUSIONS] + [
    {"image": {"pooling": pooling}, "text": {"pooling": pooling}} for pooling in POOLINGS
]
VARIANTS += [{"image": {"scan_layers": True}, "text": {"scan_layers": True}}]
VARIANTS += [{"width": 8}, {"block": "convolution"}]
OTHERWISE = (("text/embedding/embedding", ("fsdp", None)), (".*/mlp/up/kernel", (None, "tensor")))


@pytest.mark.slow
@pytest.mark.usefixtures("outside_the_persistent_cache")
@pytest.mark.parametrize(
    ("shape", "stage", "overrides", "on_one_device"),
    [
        ((8, 1, 1), TWO_TASKS, (), two_tasks_on_one_device),
        ((1, 8, 1), TWO_TASKS, (), two_tasks_on_one_device),
        ((2, 2, 2), STAGE, OTHERWISE, trained_on_one_device),
        ((4, 1, 2), IN_MICROBATCHES, (), two_tasks_on_one_device),
    ],
    ids=["data", "fsdp", "all three, with overrides", "data and tensor, in microbatches"],
)
def test_training_is_the_same_on_every_mesh(shape, stage, overrides, on_one_device):
    """Losses, gradients (by their moments) and parameters of some steps.

    Each mesh compiles a step of its own: of every task on one of them, of two on the others.
    """
    with jax.default_matmul_precision("highest"):
        training = train(STEPS, stage, mesh_of(*shape), overrides=overrides)
        expected = on_one_device()
    assert training.step.jitted._cache_size() == 1
    jax.tree.map(close, training.metrics, expected.metrics[:STEPS])
    jax.tree.map(close, training.states, expected.states[: STEPS + 1])
    for state, same in zip(training.states, expected.states):
        jax.tree.map(close_gradient, state.opt_state.inner[1].mu, same.opt_state.inner[1].mu)


def test_training_covers_every_task_and_loss():
    tasks = EVERY_TASK.values()
    assert EVERY_TASK.keys() == TASKS.keys()
    assert {loss for task in tasks for loss in task.losses} == LOSSES.keys()
    with_negatives = [task.losses for task in tasks if task.hard_negatives]
    assert {loss for losses in with_negatives for loss in losses} == {*CONTRASTIVE}
    assert any(task.matryoshka for task in tasks)


def test_two_tasks_have_every_loss_but_that_of_a_third():
    found = {loss for task in TWO_TASKS.tasks.values() for loss in task.losses}
    assert found == LOSSES.keys() - {"paraphrase", "views"}


def close(actual: np.ndarray, expected: np.ndarray) -> None:
    """To 0.1% of what a parameter moves in these steps (rate 1e-2): Adam divides by the size of a
    gradient, and so brings rounding to light where one is nearly 0.
    """
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=3e-5)


def close_gradient(actual: np.ndarray, expected: np.ndarray) -> None:
    """Clipped gradients have norm 1, and their moments after a step a tenth of that."""
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-6)


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

    def test_an_override_wins_over_the_logical_axes(self):
        first = ("text/.*/up/kernel", ("tensor", None))
        params = abstract_params(MODEL, mesh_of(2, 2, 2), (first, (".*/up/kernel", (None, None))))
        blocks = params["text"]["blocks_0"]
        assert blocks["mlp"]["up"]["kernel"].sharding.spec == PartitionSpec("tensor", None)
        assert blocks["mlp"]["down"]["kernel"].sharding.spec == PartitionSpec("tensor", "fsdp")
        up = params["image"]["pooling"]["mlp"]["up"]["kernel"]
        assert up.sharding.spec == PartitionSpec(None, None)

    @pytest.mark.parametrize(
        ("override", "said"),
        [
            (("txt/.*", (None,)), "overrides[0]: no parameter is left for 'txt/.*'; delete"),
            (("(", (None,)), "overrides[0]: '(' is not a regular expression"),
            (("text/norm/.*", ("fdsp",)), "overrides[0]='fdsp' is not known; did you mean 'fsdp'?"),
            (
                (".*/qkv/kernel", ("fsdp", "fsdp")),
                "overrides[0]: ('fsdp', 'fsdp') names an axis twice; each may cut one dimension",
            ),
            (
                ("text/.*/qkv/kernel", ("fsdp",)),
                "overrides[0]: ('fsdp',) does not fit 'text/blocks_0/attention/qkv/kernel', which "
                "has the dimensions [16, 48]; give an axis or None for each",
            ),
        ],
    )
    def test_a_wrong_override_is_one_line(self, override, said):
        with pytest.raises(UserError) as error:
            abstract_params(MODEL, mesh_of(2, 2, 2), (override,))
        assert said in str(error.value) and "\n" not in str(error.value)

    def test_an_axis_that_does_not_divide_is_one_line_whose_mend_works(self):
        mesh = mesh_of(1, 1, 5)
        whole = (".*/kernel", (None, None)), (".*/bias", (None,))
        with pytest.raises(UserError) as error:
            abstract_params(MODEL, mesh, whole)
        mend = ("text/embedding/embedding", (None, None))
        assert str(error.value) == (
            "config.mesh.tensor=5 does not divide dimension 0 of 'text/embedding/embedding' "
            f"[24, 16]; change one of the sizes, or leave that dimension whole: put {mend} first "
            "in config.mesh.overrides"
        )
        abstract_params(MODEL, mesh, (mend, *whole))

    def test_the_table_tells_where_parameters_lie_and_what_they_take(self, capsys):
        params = abstract_params(MODEL, mesh_of(2, 2, 2))
        Console(width=120).print(table(params))
        shown = " ".join(capsys.readouterr().out.split())
        assert "text/blocks_0/attention/qkv/kernel │ [16, 48] │ fsdp, tensor │ 768 bytes" in shown
        assert "text/norm/scale │ [16] │ – │ 64 bytes" in shown
        held = sum(bytes_per_device(x) for x in jax.tree.leaves(params))
        assert f"{len(jax.tree.leaves(params))} parameters" in shown and decimal(held) in shown

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
