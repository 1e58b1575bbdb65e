"""Operations and bytes are counted as often as a step performs them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest
from jax.sharding import NamedSharding

from tests.training.stages import mesh_of
from tests.training.test_gradient_cache import BATCH_OF_TWO, COUNT, LAYERS, ROWS, WIDTH, cached
from unimr_jax.training.flops import bytes_communicated, matrix_flops
from unimr_jax.training.partitioning import BATCH

LAYER = 2 * ROWS * WIDTH * WIDTH  # multiplications and additions of a layer over the batch


def counted(function, *arguments) -> int:
    return matrix_flops(jax.jit(function).trace(*arguments).jaxpr.jaxpr)


def squares(layers: jax.Array, batch: dict) -> jax.Array:
    return (cached(layers, batch)["x"] ** 2).sum()


@pytest.mark.parametrize(
    ("dimensions", "left", "right"),
    [("ij,jk->ik", (3, 5), (5, 7)), ("bij,bjk->bik", (2, 3, 5), (2, 5, 7)), ("i,i->", (9,), (9,))],
)
def test_products_are_as_xla_counts_them(dimensions, left, right):
    product = jax.jit(lambda x, y: jnp.einsum(dimensions, x, y))
    shapes = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in (left, right)]
    by_xla = product.lower(*shapes).cost_analysis()["flops"]
    assert counted(product, *shapes) == pytest.approx(by_xla, abs=2)


def test_a_convolution_is_a_product_at_every_place():
    def convolve(images, kernel):
        return jax.lax.conv_general_dilated(
            images, kernel, (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )

    shapes = [jax.ShapeDtypeStruct(s, jnp.float32) for s in ((2, 8, 8, 3), (3, 3, 3, 5))]
    assert counted(convolve, *shapes) == 2 * (2 * 4 * 4 * 5) * (3 * 3 * 3)


def test_a_loop_counts_each_time_and_a_replay_as_well():
    assert counted(lambda layers: cached(layers, BATCH_OF_TWO), LAYERS) == len(LAYERS) * LAYER
    passes = counted(jax.grad(squares), LAYERS, BATCH_OF_TWO) / LAYER
    first = 1  # whose input needs no gradient
    assert passes == (1 + 1 + 2) * len(LAYERS) - first


def test_bytes_of_a_loop_count_each_time():
    """The gradient is summed over the devices once for every microbatch."""
    placed = jax.device_put(BATCH_OF_TWO, NamedSharding(mesh_of(4, 2, 1), BATCH))
    compiled = jax.jit(jax.grad(squares)).lower(LAYERS, placed).compile()
    assert bytes_communicated(compiled.as_text()) == COUNT * LAYERS.nbytes
