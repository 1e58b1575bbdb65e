"""Low-rank adapters: where they are, that they change nothing at first, that merging keeps all."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax.traverse_util import flatten_dict, unflatten_dict
from jax.sharding import PartitionSpec

from tests.helpers import (
    apply,
    boxed_shapes,
    random_images,
    random_params,
    random_texts,
    tiny_model,
)
from unimr_jax.models import adapters, unimr

DEPTH = 2
# All of both towers but the text's "down", and the head above one of them.
RULES = (("text/.*/down", 1), ("(image|text)/.*", 3), ("image_projection", 2))
SCAN = pytest.mark.parametrize("scan", [False, True], ids=["layer by layer", "scan"])
IMAGES, TEXTS = random_images(), random_texts()


def model_with(rules: tuple = RULES, scan: bool = False, remat: str = "none") -> unimr.UniMR:
    tower = {"depth": DEPTH, "scan_layers": scan, "remat": remat}
    return tiny_model(image=tower, text=tower).clone(adapters=rules)


@cache
def outputs(scan: bool, remat: str = "none") -> Callable[[dict[str, Any]], list[jax.Array]]:
    """Of both towers and the NLU head, by parameters with adapters or without."""
    model = model_with((), scan, remat)

    def run(params: dict[str, Any]) -> list[jax.Array]:
        query = apply(model, params, "encode_query", *TEXTS)
        images = apply(model, params, "encode_image", IMAGES)
        return [images, query.embedding, query.nlu.intent_logits]

    return jax.jit(run)


@cache
def adapted(scan: bool) -> dict[str, Any]:
    """Every adapter random, B too, as after some training."""
    return random_params(model_with(scan=scan))


def with_values(boxed: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    def boxes(x: Any) -> bool:
        return isinstance(x, nn.LogicallyPartitioned)

    return jax.tree.map(lambda box, x: box.replace(value=x), boxed, values, is_leaf=boxes)


class TestAdd:
    def test_gives_a_layer_the_rank_of_the_first_rule_that_matches(self):
        shapes = flatten_dict(nn.meta.unbox(boxed_shapes(model_with())), sep="/")
        ranks = {
            path.removesuffix("/lora_a"): x.shape[-1]
            for path, x in shapes.items()
            if path.endswith("lora_a")
        }
        assert ranks["text/blocks_1/mlp/down"] == 1 and ranks["text/blocks_1/mlp/up"] == 3
        assert ranks["image/blocks_0/mlp/down"] == 3 and ranks["image/stem/patches"] == 3
        assert ranks["image_projection"] == 2
        assert not {"text_projection", "nlu/intent"} & ranks.keys()

    def test_names_the_axes_of_the_kernel_beside_it(self):
        specs = flatten_dict(nn.get_partition_spec(boxed_shapes(model_with())), sep="/")
        assert specs["text/blocks_0/mlp/up/lora_a"] == PartitionSpec("embed", None)
        assert specs["text/blocks_0/mlp/up/lora_b"] == PartitionSpec(None, "mlp")

    def test_stacks_those_of_layers_in_a_scan(self):
        boxed = boxed_shapes(model_with(scan=True))
        shapes = flatten_dict(nn.meta.unbox(boxed), sep="/")
        specs = flatten_dict(nn.get_partition_spec(boxed), sep="/")
        down, up = "image/blocks/mlp/up/lora_a", "image/blocks/mlp/up/lora_b"
        assert (shapes[down].shape, shapes[up].shape) == ((DEPTH, 16, 3), (DEPTH, 3, 64))
        assert specs[down] == PartitionSpec("layers", "embed", None)
        assert specs[up] == PartitionSpec("layers", None, "mlp")

    def test_leaves_convolutions(self):
        model = tiny_model(image={"stem": "convolutional", "patch": 8})
        shapes = nn.meta.unbox(boxed_shapes(model.clone(adapters=(("image/.*", 1),))))
        stem = shapes["image"]["stem"]
        assert "lora_a" in stem["patches"] and "lora_a" not in stem["convolution_0"]

    @SCAN
    def test_starts_as_the_model_that_it_adapts(self, scan):
        bare = model_with((), scan)
        base = random_params(bare)
        boxed = with_values(boxed_shapes(bare), base)
        params = nn.meta.unbox(adapters.add(boxed, RULES, jax.random.key(0)))
        assert jax.tree.map(np.shape, params) == jax.tree.map(np.shape, adapted(scan))
        run = outputs(scan)
        jax.tree.map(np.testing.assert_array_equal, run(params), run(base))

    def test_starts_with_a_as_large_as_keeps_the_size_of_what_it_reads(self):
        kernel = nn.LogicallyPartitioned(jnp.zeros((2, 400, 8)), ("layers", "embed", "mlp"))
        boxed = adapters.add({"up": {"kernel": kernel}}, (("up", 50),), jax.random.key(0))
        down, up = (boxed["up"][name].value for name in (adapters.DOWN, adapters.UP))
        np.testing.assert_allclose(down.std(axis=(1, 2)), 400**-0.5, rtol=0.05)
        assert np.abs(down[0] - down[1]).max() > 0 and not np.any(up)


class TestMerge:
    @SCAN
    def test_computes_the_same_without_adapters(self, scan):
        run, params = outputs(scan), adapted(scan)
        merged = adapters.merge(params)
        bare = nn.meta.unbox(boxed_shapes(model_with((), scan)))
        assert jax.tree.map(np.shape, merged) == jax.tree.map(np.shape, bare)
        found, expected, without = run(merged), run(params), run(without_adapters(params))
        for actual, wanted, other in zip(found, expected, without, strict=True):
            np.testing.assert_allclose(actual, wanted, atol=1e-5)
            assert np.abs(wanted - other).max() > 0.01  # or they would do nothing here

    def test_changes_no_kernel_in_place(self):
        params = adapted(False)
        before = jax.tree.map(np.copy, params)
        adapters.merge(params)
        jax.tree.map(np.testing.assert_array_equal, params, before)

    def test_does_not_round_to_the_type_of_a_frozen_kernel(self):
        layer = {
            "kernel": np.full((4, 4), 1.0, jnp.bfloat16),
            "lora_a": np.full((4, 1), 0.01, np.float32),
            "lora_b": np.full((1, 4), 0.01, np.float32),
        }
        merged = adapters.merge({"layer": layer})["layer"]["kernel"]
        np.testing.assert_allclose(merged, np.full((4, 4), 1.0001, np.float32), rtol=1e-7)


def without_adapters(params: dict[str, Any]) -> dict[str, Any]:
    flat = flatten_dict(params)
    names = adapters.DOWN, adapters.UP
    return unflatten_dict({path: x for path, x in flat.items() if path[-1] not in names})


@SCAN
def test_blocks_that_are_computed_again_have_their_adapters(scan):
    params = adapted(scan)
    for x, expected in zip(outputs(scan, "full")(params), outputs(scan)(params), strict=True):
        np.testing.assert_allclose(x, expected, atol=1e-5)
