"""Blocks one after another: what is kept of them for the backward pass, and all in one scan."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.extend.core import Primitive
from jax.sharding import PartitionSpec

from unimr_jax.losses.ring import batch_axes
from unimr_jax.models.attention import Array, Segments
from unimr_jax.models.blocks import Block

FUSED_ATTENTION = "dot_product_attention_fwd"  # what jax calls cuDNN's
STACK = "blocks"  # the name of parameters that have a first axis for the layers


def products(primitive: Primitive, *inputs: Any, **params: Any) -> bool:
    """Whether a value is a product with a kernel that takes longer to compute again than to keep,
    or what a fused kernel of attention gives, whose logits were never in memory.

    What an adapter adds is not: as large as what its layer gives, but of a rank's few products.
    """
    if primitive.name.startswith(FUSED_ATTENTION):
        return True
    if not jax.checkpoint_policies.dots_with_no_batch_dims_saveable(primitive, **params):
        return False
    (_, contracted), _ = params["dimension_numbers"]
    kernel = inputs[1]
    summed = math.prod(kernel.shape[axis] for axis in contracted)
    return 8 * summed >= kernel.size // summed


# What a block keeps for the backward pass, which computes the rest again.
REMATS: dict[str, Callable | None] = {
    "none": None,  # keeps everything
    "dots": products,  # not the einsums of attention
    "full": jax.checkpoint_policies.nothing_saveable,  # its input alone
}


def block_type(remat: str, in_scan: bool = False) -> type[Block]:
    """`Block`, with the policy of this name."""
    if REMATS[remat] is None:
        return Block
    # In a scan nothing tempts the compiler to merge the two computations.
    options = {"policy": REMATS[remat], "prevent_cse": not in_scan}
    return nn.remat(Block, static_argnums=(3,), **options)  # `deterministic`


def init_stack(key: Array, block: Block, depth: int, width: int) -> Any:
    """Parameters of so many blocks, [depth, …] each, boxed with their logical axes."""
    inputs = jnp.zeros((1, 1, width)), None, True  # of `Block`, the static one among them

    def init_layer(key: Array) -> Any:
        return block.init(key, *inputs)["params"]

    params = jax.vmap(init_layer)(jax.random.split(key, depth))
    return nn.meta.add_axis(params, 0, {nn.PARTITION_NAME: "layers"})


def stacked_params(tower: nn.Module, block: Block, depth: int, width: int) -> Any:
    """The tower's own; `param` alone would refuse what was added to them since, as adapters are."""
    if tower.has_variable("params", STACK):
        return tower.get_variable("params", STACK)
    return tower.param(STACK, init_stack, block, depth, width)


def scan_stack(
    block: Block,
    params: Any,  # of as many layers as are to run
    x: Array,  # [batch, length, width]
    segments: Segments | None,
    dropout: Array | None,  # a key; None: deterministic
    films: list[tuple[Array, Array]] | None = None,
) -> Array:
    """Compiles one block, however many there are."""
    depth = len(jax.tree.leaves(params)[0])
    keys = None if dropout is None else jax.random.split(dropout, depth)
    stacked_films = jax.tree.map(lambda *of_layers: jnp.stack(of_layers), *films) if films else None

    def step(x: Array, layer: tuple) -> tuple[Array, None]:
        params, key, film = layer
        rngs = None if key is None else {"dropout": key}
        inputs = _cut_by_rows(x), segments, key is None, film
        return block.apply({"params": params}, *inputs, rngs=rngs), None

    return jax.lax.scan(step, x, (params, keys, stacked_films))[0]


def _cut_by_rows(x: Array) -> Array:
    """Every device has its rows; XLA would cut what a scan carries along the parameters' width."""
    axes = batch_axes()
    return jax.lax.with_sharding_constraint(x, PartitionSpec(axes)) if axes else x


def is_stacked(path: str) -> bool:
    """Whether the parameter at this path has a first axis for the layers."""
    return STACK in path.split("/")
