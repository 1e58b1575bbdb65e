"""Low-rank adapters (LoRA, arXiv 2106.09685) beside the kernels of linear layers.

`Dense` adds x A B to what its kernel gives, A [in, rank] and B [rank, out]. B starts at 0, so that
an adapted model starts as the model it adapts. There is no alpha: with Adam its part is the rate's,
which a stage's rules set for "…/lora_b".

A finished run, adapted in the attention and the MLPs of both towers, its own weights in bfloat16:

    config.model.adapters = (("(image|text)/blocks.*/(qkv|out)", 16), ("(image|text)/.*/up", 8))
    config.stages.tune = {
        "init_from": "runs/base/stages/03_joint",
        "init_include": "(?!.*/lora_).*",  # which that run has not
        "rules": ((".*/lora_[ab]", 1.0, 0.0), (".*", 0.0, 0.0)),
        "frozen_dtype": "bfloat16",
        …
    }
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from flax.traverse_util import flatten_dict, unflatten_dict

Params = dict[str, Any]  # a tree

DOWN, UP = "lora_a", "lora_b"
ADAPTER = r"lora_[ab]"  # regex over the last part of its parameters' paths


def add(params: Params, adapters: Sequence[tuple[str, int]], key: jax.Array) -> Params:
    """Boxed parameters with an adapter for every linear layer that a rule covers.

    Args:
      params: as `unimr.init` boxes them.
      adapters: (regex over a layer's path, "text/blocks_0/attention/qkv"; rank). The first match
        wins; layers without a match stay as they are.
      key: for A.
    """
    flat = flatten_dict(params, sep="/")
    added = {}
    for i, (layer, rank) in enumerate(ranks(flat, adapters).items()):
        down, up = _adapter(flat[f"{layer}/kernel"], rank, jax.random.fold_in(key, i))
        added |= {f"{layer}/{DOWN}": down, f"{layer}/{UP}": up}
    return unflatten_dict(flat | added, sep="/")


def ranks(paths: Sequence[str], adapters: Sequence[tuple[str, int]]) -> dict[str, int]:
    """The rank of every layer that gets an adapter, by its path."""
    found = {}
    for layer in layers(paths):
        rank = next((rank for rule, rank in adapters if re.fullmatch(rule, layer)), None)
        if rank is not None:
            found[layer] = rank
    return found


def layers(paths: Sequence[str]) -> list[str]:
    """Of all parameters' paths those of linear layers, which can be adapted."""
    kernels = (path.removesuffix("/kernel") for path in paths if path.endswith("/kernel"))
    return [path for path in kernels if "convolution" not in path]


def _adapter(kernel: nn.LogicallyPartitioned, rank: int, key: jax.Array) -> tuple[Any, Any]:
    """A and B for a kernel [..., in, out]: what comes before is the layers of a scan."""
    *stacked, inputs, outputs = kernel.value.shape
    *layers, axis_in, axis_out = kernel.names
    scale = inputs**-0.5
    down = scale * jax.random.normal(key, (*stacked, inputs, rank), kernel.value.dtype)
    up = jnp.zeros((*stacked, rank, outputs), kernel.value.dtype)
    return (
        kernel.replace(value=down, names=(*layers, axis_in, None)),
        kernel.replace(value=up, names=(*layers, None, axis_out)),
    )


def merge(params: Params) -> Params:
    """The same function without adapters: each is added to its kernel.

    Kernels in bfloat16 come out as float32, which adapters are in: rounding would undo most of
    what they change.
    """
    flat = flatten_dict(params, sep="/")
    merged = {path: x for path, x in flat.items() if path.split("/")[-1] not in (DOWN, UP)}
    for layer in (path.removesuffix(f"/{DOWN}") for path in flat if path.endswith(f"/{DOWN}")):
        change = jnp.matmul(flat[f"{layer}/{DOWN}"], flat[f"{layer}/{UP}"], precision="highest")
        merged[f"{layer}/kernel"] = merged[f"{layer}/kernel"] + change
    return unflatten_dict(merged, sep="/")
