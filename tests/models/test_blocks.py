"""Transformer parts."""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from tests.helpers import BATCH, HEADS, LENGTH, WIDTH, random_like, random_texts
from unimr_jax.models.adapters import DOWN, UP
from unimr_jax.models.attention import segments_of
from unimr_jax.models.blocks import (
    MLP,
    Block,
    Dense,
    DenseParts,
    merge_heads,
    split_heads,
    unit,
)
from unimr_jax.models.pooling import POOLINGS, MapPooling, heads_of_64, masked_max
from unimr_jax.models.positions import rotary

RNG = np.random.default_rng(0)
_, MASK = random_texts()


def random(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(np.float32)


def random_states() -> np.ndarray:
    return random(BATCH, LENGTH, WIDTH)


def with_random_params(module: nn.Module, *args):
    """A function of inputs: the module with random parameters."""
    boxed = jax.eval_shape(lambda key: module.init(key, *args), jax.random.key(0))
    variables = random_like(boxed)
    return lambda *inputs, **options: np.asarray(module.apply(variables, *inputs, **options))


def test_heads_are_slices_of_the_width():
    x = random_states()
    heads = split_heads(x, HEADS)
    np.testing.assert_array_equal(heads[:, 1], x[..., WIDTH // HEADS :])
    np.testing.assert_array_equal(merge_heads(heads), x)


class TestDenseParts:
    """Of few rows by one product that is cut, of many by products of their own."""

    def layers(self, bias: bool, adapted: bool) -> tuple[dict, Dense, DenseParts]:
        width, rank = 3 * WIDTH, 2
        params = {"kernel": random(WIDTH, width)}
        params |= {"bias": random(width)} if bias else {}
        params |= {DOWN: random(WIDTH, rank), UP: random(rank, width)} if adapted else {}
        return params, Dense(width, use_bias=bias), DenseParts(width, use_bias=bias, parts=3)

    @pytest.mark.parametrize("bias", [True, False])
    @pytest.mark.parametrize("adapted", [True, False])
    @pytest.mark.parametrize("rows", [2, 2 * WIDTH])
    def test_values_and_gradients_are_those_of_one_layer(self, rows, adapted, bias):
        params, whole, parts = self.layers(bias, adapted)
        x, weights = random(rows, WIDTH), random(rows, 3 * WIDTH)

        def value(layer: nn.Module, params: dict, x: np.ndarray) -> jax.Array:
            y = layer.apply({"params": params}, x)
            return (weights * (y if layer is whole else jnp.concatenate(y, axis=-1))).sum()

        gradients = [jax.value_and_grad(value, (1, 2))(each, params, x) for each in (whole, parts)]
        jax.tree.map(lambda *x: np.testing.assert_allclose(*x, rtol=1e-4, atol=1e-3), *gradients)

    def test_each_is_of_the_type_that_the_layer_computes_in(self):
        params, *_ = self.layers(bias=True, adapted=True)
        layer = DenseParts(3 * WIDTH, parts=3, dtype="bfloat16")
        of_many = layer.apply({"params": params}, random(2 * WIDTH, WIDTH))
        assert [part.dtype for part in of_many] == 3 * [jnp.bfloat16]

    @pytest.mark.parametrize("rows", [2, 2 * WIDTH])
    def test_they_start_as_one_layer_does(self, rows):
        x, key = random(rows, WIDTH), jax.random.key(0)
        whole, parts = (layer.init(key, x) for layer in (Dense(12), DenseParts(12, parts=3)))
        jax.tree.map(np.testing.assert_array_equal, whole, parts)

    def test_few_rows_are_multiplied_once_and_many_part_by_part(self):
        params, _, layer = self.layers(bias=False, adapted=False)

        def products(rows: int) -> int:
            traced = jax.make_jaxpr(layer.apply)({"params": params}, random(rows, WIDTH))
            return str(traced).count("dot_general")

        assert [products(WIDTH - 1), products(WIDTH)] == [1, 3]


@pytest.mark.parametrize("gated", [True, False])
@pytest.mark.parametrize("activation", ["gelu_tanh", "gelu", "silu"])
def test_an_mlp_keeps_what_goes_into_its_activation_and_what_comes_out(activation, gated):
    mlp = MLP(ratio=5.0, dtype="float32", activation=activation, gated=gated)
    x = random_states()
    params = nn.meta.unbox(mlp.init(jax.random.key(0), x))
    _, gradient = jax.vjp(mlp.apply, params, x)
    kept = [x.shape for x in jax.tree.leaves(gradient)]
    into, out = (BATCH, LENGTH, 5 * WIDTH * (1 + gated)), (BATCH, LENGTH, 5 * WIDTH)
    assert sorted(x for x in kept if len(x) == 3 and x[-1] > WIDTH) == sorted([out, into])


class TestRotary:
    def scores(self) -> np.ndarray:
        """Of one query and one key, at every pair of positions."""
        shape = (BATCH, HEADS, LENGTH, WIDTH // HEADS)
        query, key = (rotary(np.broadcast_to(random(shape[-1]), shape)) for _ in range(2))
        return np.asarray(query[0, 0]) @ np.asarray(key[0, 0]).T

    def test_scores_depend_on_distance_alone(self):
        scores = self.scores()
        np.testing.assert_allclose(scores[:-2, :-2], scores[2:, 2:], atol=1e-5)

    def test_scores_tell_distances_apart(self):
        scores = self.scores()
        by_distance = np.sort(np.append(scores[0], scores[1:, 0]))
        assert np.diff(by_distance).min() > 1e-4

    def test_the_first_position_is_not_rotated_and_no_length_changes(self):
        x = random(BATCH, HEADS, LENGTH, WIDTH // HEADS)
        np.testing.assert_array_equal(rotary(x)[..., 0, :], x[..., 0, :])
        lengths = np.linalg.norm(rotary(x), axis=-1)
        np.testing.assert_allclose(lengths, np.linalg.norm(x, axis=-1), rtol=1e-5)


class TestBlock:
    def test_masked_tokens_do_not_change_the_others(self):
        x, segments = random_states(), segments_of(MASK[:, None])
        block = with_random_params(Block(HEADS, rotary_base=10_000.0), x, segments)
        disturbed = block(np.where(MASK[..., None], x, 9.0), segments)
        np.testing.assert_allclose(block(x, segments)[MASK], disturbed[MASK], atol=1e-6)

    def test_without_rotation_it_does_not_know_the_order(self):
        x = random_states()
        block = with_random_params(Block(HEADS), x)
        np.testing.assert_allclose(block(x[:, ::-1]), block(x)[:, ::-1], atol=1e-5)

    def test_film_scales_and_shifts_the_input(self):
        x, scale, shift = (random_states() for _ in range(3))
        block = with_random_params(Block(HEADS), x)
        modulated = x * (1 + scale) + shift
        np.testing.assert_allclose(block(x, film=(scale, shift)), block(modulated), atol=1e-5)

    def test_dropout_is_for_training_only(self):
        x = random_states()
        block = with_random_params(Block(HEADS, dropout=0.5), x)

        def run(seed: int, deterministic: bool):
            return block(x, None, deterministic, rngs={"dropout": jax.random.key(seed)})

        assert np.any(run(0, False) != run(1, False))
        np.testing.assert_array_equal(run(0, True), run(1, True))


def pooled_by_hand(name: str, states: np.ndarray) -> np.ndarray:
    """The pooled state of one text's token states [tokens, width]."""
    return {"mean": states.mean(axis=0), "max": states.max(axis=0), "cls": states[0]}[name]


class TestPooling:
    states = random_states()
    # Two texts in each row: one at its beginning, one at its end, and padding between them.
    two_texts = np.stack([np.arange(LENGTH) < 2, np.arange(LENGTH) >= LENGTH - 3])
    two_texts = np.broadcast_to(two_texts, (BATCH, 2, LENGTH))

    @pytest.mark.parametrize("name", ["mean", "max", "cls"])
    @pytest.mark.parametrize("mask", [MASK[:, None], two_texts], ids=["one text", "two texts"])
    def test_is_over_the_tokens_of_a_text(self, name, mask):
        pooled = POOLINGS[name]("float32")(self.states, mask)
        for row, text in np.ndindex(mask.shape[:2]):
            expected = pooled_by_hand(name, self.states[row, mask[row, text]])
            np.testing.assert_allclose(pooled[row, text], expected, atol=1e-6)

    @pytest.mark.parametrize("mask", [MASK[:, None], two_texts], ids=["one text", "two texts"])
    def test_gradient_of_the_largest(self, mask):
        check_grads(lambda x: masked_max(x, mask), (self.states,), order=1, modes=["rev"])

    def test_values_of_training_are_those_of_inference(self):
        mask = self.two_texts & (np.arange(BATCH) > 0)[:, None, None]  # one row has no texts
        trained, _ = jax.vjp(lambda x: masked_max(x, mask), self.states)
        np.testing.assert_array_equal(trained, masked_max(self.states, mask))

    def test_mean_of_nothing_is_zero(self):
        assert not np.any(POOLINGS["mean"]("float32")(self.states, MASK[:, None] & False))

    def test_map_attends_to_every_token_of_its_text_and_to_no_other(self):
        pool = with_random_params(MapPooling("float32"), self.states, self.two_texts)
        before = pool(self.states, self.two_texts)
        for position in range(LENGTH):
            disturbed = self.states.copy()
            disturbed[:, position] *= 2.0
            change = np.abs(pool(disturbed, self.two_texts) - before).max(axis=-1)
            np.testing.assert_array_equal(change > 1e-4, self.two_texts[..., position])

    def test_map_does_not_know_the_order(self):
        mask = MASK[:, None]
        pool = with_random_params(MapPooling("float32"), self.states, mask)
        flipped = pool(self.states[:, ::-1], mask[..., ::-1])
        np.testing.assert_allclose(flipped, pool(self.states, mask), atol=1e-5)


class TestUnit:
    scales = np.array([[1e-4], [1], [1e2], [1e8]])

    def test_has_length_one_whatever_the_scale(self):
        lengths = np.linalg.norm(unit(random(BATCH, 8) * self.scales), axis=1)
        np.testing.assert_allclose(lengths, 1, rtol=1e-6)

    def test_is_float32(self):
        assert unit(jnp.ones((1, 8), jnp.bfloat16)).dtype == jnp.float32

    def test_of_zero_is_zero_and_its_gradient_finite(self):
        gradient = jax.grad(lambda x: unit(x).sum())(jnp.zeros((BATCH, 8)))
        assert not np.any(unit(jnp.zeros((BATCH, 8))))
        assert np.all(np.isfinite(gradient))


@pytest.mark.parametrize("pooling", POOLINGS)
def test_parameters_stay_float32_under_bfloat16(pooling):
    states = jnp.zeros((BATCH, LENGTH, WIDTH), jnp.bfloat16)
    pooled, variables = jax.eval_shape(
        lambda key: POOLINGS[pooling]("bfloat16").init_with_output(key, states, MASK[:, None]),
        jax.random.key(0),
    )
    assert pooled.dtype == jnp.bfloat16
    assert all(x.dtype == jnp.float32 for x in jax.tree.leaves(variables))


@pytest.mark.parametrize(("width", "heads"), [(16, 1), (64, 1), (128, 2), (200, 2), (768, 12)])
def test_heads_divide_the_width(width, heads):
    assert heads_of_64(width) == heads
