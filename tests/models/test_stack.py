"""Layers in one scan, and what of them is kept for the backward pass."""

from __future__ import annotations

from functools import cache
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax.traverse_util import flatten_dict
from jax._src.cudnn import fused_attention_stablehlo
from jax.sharding import NamedSharding, PartitionSpec

from tests.helpers import (
    BATCH,
    HEADS,
    LENGTH,
    WIDTH,
    apply,
    boxed_shapes,
    random_images,
    random_params,
    random_texts,
    tiny_model,
)
from tests.training.stages import mesh_of
from unimr_jax.models import adapters
from unimr_jax.models.blocks import Block
from unimr_jax.models.stack import REMATS, STACK, block_type, init_stack, scan_stack
from unimr_jax.training.flops import bytes_communicated
from unimr_jax.training.stage_step import abstract_params

DEPTH = 2
TEXTS = random_texts()
IMAGES = random_images()


def deep_model(fusion: str = "gate", **tower: Any):
    tower = {"depth": DEPTH} | tower
    return tiny_model(image=tower, text=tower, fusion=fusion, layer=1)


@cache
def params(fusion: str) -> dict[str, Any]:
    return random_params(deep_model(fusion))


def stacked(params: dict[str, Any]) -> dict[str, Any]:
    """The same parameters in the form of towers that scan."""
    return params | {tower: _stacked(params[tower]) for tower in ("image", "text")}


def _stacked(tower: dict[str, Any]) -> dict[str, Any]:
    layers = [tower[f"blocks_{i}"] for i in range(DEPTH)]
    others = {key: value for key, value in tower.items() if not key.startswith("blocks_")}
    return others | {"blocks": jax.tree.map(lambda *x: np.stack(x), *layers)}


def outputs_and_gradient(model, params: dict[str, Any]) -> tuple:
    """Of embeddings and NLU logits of one batch; of documents, whose way
    through the layers is that of queries, no gradient.
    """

    @jax.jit
    def run(params: dict) -> tuple:
        images = apply(model, params, "encode_image", IMAGES)
        documents = apply(model, jax.lax.stop_gradient(params), "encode_document", *TEXTS)
        query = apply(model, params, "encode_query", *TEXTS)
        # Padding is nobody's to compare.
        outputs = images, documents, query.embedding, query.nlu.intent_logits
        numbers = [jnp.arange(x.size).reshape(x.shape) for x in outputs]
        return sum(jnp.sin(n) @ x.T for n, x in zip(numbers, outputs)).sum(), outputs

    return jax.grad(run, has_aux=True)(params)


@cache
def expected(fusion: str) -> tuple:
    gradient, outputs = outputs_and_gradient(deep_model(fusion), params(fusion))
    return jax.device_get((stacked(gradient), outputs))


def close(actual: Any, wanted: Any) -> None:
    def compare(x: np.ndarray, y: np.ndarray) -> None:
        np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-4 * (1 + np.abs(y).max()))

    jax.tree.map(compare, actual, wanted)


class TestScan:
    @pytest.mark.slow
    @pytest.mark.parametrize("fusion", ["gate", "film"])
    def test_computes_what_separate_layers_do(self, fusion):
        model = deep_model(fusion, scan_layers=True)
        close(outputs_and_gradient(model, stacked(params(fusion))), expected(fusion))

    def test_stacks_parameters_and_keeps_their_axes(self):
        boxed = boxed_shapes(deep_model(scan_layers=True))
        wanted = jax.tree.map(np.shape, stacked(params("gate")))
        assert jax.tree.map(np.shape, nn.meta.unbox(boxed)) == wanted
        specs = flatten_dict(nn.get_partition_spec(boxed), sep="/")
        for tower in ("image", "text"):
            assert specs[f"{tower}/blocks/mlp/up/kernel"] == PartitionSpec("layers", "embed", "mlp")
            assert specs[f"{tower}/blocks/mlp_norm/scale"] == PartitionSpec("layers", "norm")

    def test_layers_start_apart_and_as_large_as_a_block_alone(self):
        block, alone = Block(HEADS), nn.initializers.xavier_uniform()
        layers = nn.meta.unbox(init_stack(jax.random.key(0), block, DEPTH, WIDTH))
        kernels = layers["mlp"]["up"]["kernel"]
        assert np.abs(kernels[0] - kernels[1]).max() > 0.01
        wanted = alone(jax.random.key(1), (WIDTH, 4 * WIDTH)).std()
        np.testing.assert_allclose(kernels.std(axis=(1, 2)), wanted, rtol=0.1)

    def test_every_layer_has_dropout_of_its_own(self):
        """Two layers that only drop: what both keep is a quarter, not a half."""
        block, x = Block(HEADS, dropout=0.5), jnp.zeros((BATCH, LENGTH, WIDTH))
        layers = nn.meta.unbox(init_stack(jax.random.key(0), block, 2, WIDTH))
        layers = jax.tree.map(jnp.zeros_like, layers)
        layers["attention"]["out"]["bias"] = np.array([np.full(WIDTH, 1.0), np.full(WIDTH, 9.0)])
        sums = scan_stack(block, layers, x, None, jax.random.key(1))
        assert set(np.unique(sums)) == {0.0, 2.0, 18.0, 20.0}  # each over the 0.5 that is kept
        assert set(np.unique(scan_stack(block, layers, x, None, None))) == {10.0}


@pytest.mark.parametrize("remat", sorted(REMATS.keys() - {"none"}))
@pytest.mark.parametrize("scan", [False, True], ids=["layer by layer", "scan"])
class TestRemat:
    def test_changes_no_value_and_no_gradient(self, scan, remat):
        model = deep_model(scan_layers=scan, remat=remat)
        gradient, outputs = outputs_and_gradient(
            model, stacked(params("gate")) if scan else params("gate")
        )
        close((gradient if scan else stacked(gradient), outputs), expected("gate"))


def temporary_bytes(remat: str, rules: tuple[tuple[str, int], ...] = ()) -> int:
    """What the gradient of a deep stack holds besides its arguments and results."""
    block, x = block_type(remat, in_scan=True)(HEADS), jnp.zeros((BATCH, 64, WIDTH))

    def init(key: jax.Array) -> Any:
        return adapters.add({STACK: init_stack(key, block, 8, WIDTH)}, rules, key)[STACK]

    def loss(layers: Any) -> jax.Array:
        return (scan_stack(block, layers, x, None, None) ** 2).sum()

    layers = nn.meta.unbox(jax.eval_shape(init, jax.random.key(0)))
    compiled = jax.jit(jax.grad(loss)).lower(layers).compile()
    return compiled.memory_analysis().temp_size_in_bytes


def test_the_less_is_kept_the_less_memory_it_takes():
    none, dots, full = (temporary_bytes(remat) for remat in ("none", "dots", "full"))
    assert full < 0.7 * dots and dots < 0.7 * none


def test_what_a_fused_kernel_of_attention_gives_is_kept(monkeypatch):
    """Traced only, since it takes a GPU to run; the backward pass needs it and its logits' sums."""
    for check in ("check_cudnn_version", "check_compute_capability"):
        monkeypatch.setattr(fused_attention_stablehlo, check, lambda *_: 91_000)
    block = block_type("dots")(HEADS, kernel="cudnn", dtype="bfloat16")
    x = jnp.zeros((BATCH, 64, WIDTH), jnp.bfloat16)
    inputs = x, None, True
    params = jax.eval_shape(lambda key: block.init(key, *inputs), jax.random.key(0))

    def loss(params: Any) -> jax.Array:
        return block.apply(params, *inputs).astype(jnp.float32).sum()

    gradient = jax.make_jaxpr(jax.grad(loss))(params)
    assert str(gradient).count("dot_product_attention_fwd_wrapper[") == 1


def test_what_adapters_add_is_computed_again():
    bare, adapted = temporary_bytes("dots"), temporary_bytes("dots", ((".*", 1),))
    assert adapted < 1.25 * bare


@pytest.mark.usefixtures("outside_the_persistent_cache")
def test_on_a_mesh_parameters_come_to_the_rows():
    """Cut along their width, they are gathered layer by layer; the states, far more, stay."""
    mesh = mesh_of(1, 4, 1)
    rows = NamedSharding(mesh, PartitionSpec("fsdp"))
    texts = jax.device_put(random_texts(batch=64, length=32), rows)

    def received(scan: bool) -> int:
        model = deep_model(scan_layers=scan)
        run = jax.jit(lambda params, *texts: apply(model, params, "encode_document", *texts))
        with jax.set_mesh(mesh):
            compiled = run.lower(abstract_params(model, mesh), *texts).compile()
        return bytes_communicated(compiled.as_text())

    assert 0 < received(scan=True) < 1.5 * received(scan=False)


@pytest.mark.usefixtures("outside_the_persistent_cache")
def test_gradients_of_pictures_stay_with_their_rows():
    """What devices hand on are gradients of parameters."""
    mesh, model = mesh_of(8, 1, 1), deep_model()
    images = jax.device_put(random_images(64), NamedSharding(mesh, PartitionSpec("data")))

    @jax.jit
    @jax.grad
    def gradient(params: Any, images: jax.Array) -> jax.Array:
        return apply(model, params, "encode_image", images)[:, 0].sum()

    params = abstract_params(model, mesh)
    with jax.set_mesh(mesh):
        compiled = gradient.lower(params, images).compile()
    of_pictures = [params[part] for part in ("image", "image_projection")]
    trained = sum(4 * x.size for x in jax.tree.leaves(of_pictures))
    assert 0 < bytes_communicated(compiled.as_text()) <= trained
