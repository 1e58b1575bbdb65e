"""How NLU features enter the query embedding."""

from __future__ import annotations

from functools import cache, partial

import flax.linen as nn
import jax
import numpy as np
import pytest
from flax.traverse_util import flatten_dict, unflatten_dict

from tests.helpers import (
    BATCH,
    LENGTH,
    WIDTH,
    apply,
    random_like,
    random_params,
    random_texts,
    tiny_model,
    with_more_padding,
)
from unimr_jax.config import Model, to_dict
from unimr_jax.models import unimr
from unimr_jax.models.fusion import (
    FUSIONS,
    Films,
    GateFusion,
    focus_weights,
    reweighted_mean,
    slot_mean,
)
from unimr_jax.models.nlu import NLUOutput
from unimr_jax.models.pooling import uniform_weights

FUSED = ("gate", "concat", "cross_attention", "film")
# The parameters that start at zero: through them alone the NLU features come in.
GATES = {
    "gate": ("fuse/strength", "fuse/update/kernel"),
    "concat": ("fuse/update/kernel", "fuse/update/bias"),
    "cross_attention": ("fuse/update/kernel", "fuse/update/bias"),
    "film": ("films/update/kernel", "films/update/bias"),
}
EACH_GATE = [(fusion, path) for fusion, paths in GATES.items() for path in paths]
TEXTS = random_texts()


def flat(params: dict) -> dict[str, np.ndarray]:
    return flatten_dict(params, sep="/")


@cache
def shared_params() -> dict:
    return random_params(tiny_model(fusion="none"))


@cache
def fresh_params(fusion: str) -> dict:
    """The shared parameters, and those of the fusion as a new model has them."""
    _, created = tiny_model(fusion=fusion).apply(
        {"params": shared_params()},
        *TEXTS,
        method="encode_query",
        mutable="params",  # what is missing is initialised
        rngs={"params": jax.random.key(0)},
    )
    return nn.meta.unbox(created["params"])


@cache
def trained_params(fusion: str) -> dict:
    """The shared parameters, and those of the fusion far from where they start."""
    return random_params(tiny_model(fusion=fusion), seed=1) | shared_params()


def query(fusion: str, params: dict) -> jax.Array:
    return apply(tiny_model(fusion=fusion), params, "encode_query", *TEXTS).embedding


def document(fusion: str, params: dict) -> jax.Array:
    return apply(tiny_model(fusion=fusion), params, "encode_document", *TEXTS)


def distances(a: jax.Array, b: jax.Array) -> np.ndarray:
    return np.linalg.norm(np.asarray(a) - np.asarray(b), axis=-1)


class TestStart:
    @pytest.mark.parametrize("fusion", FUSIONS)
    def test_exactly_at_the_model_without_fusion(self, fusion):
        expected = query("none", shared_params())
        np.testing.assert_array_equal(query(fusion, fresh_params(fusion)), expected)

    @pytest.mark.parametrize("fusion", FUSIONS)
    def test_a_query_is_encoded_as_a_document(self, fusion):
        params = fresh_params(fusion)
        np.testing.assert_array_equal(query(fusion, params), document(fusion, params))

    def test_also_when_compiled(self):
        as_query, as_document = (jax.jit(partial(encode, "gate")) for encode in (query, document))
        params = fresh_params("gate")
        np.testing.assert_array_equal(as_query(params), as_document(params))

    @pytest.mark.parametrize("fusion", FUSED)
    def test_gradients_reach_every_gate(self, fusion):
        trained = {path: flat(fresh_params(fusion))[path] for path in GATES[fusion]}

        @jax.jit
        @jax.grad
        def gradient(trained: dict) -> jax.Array:
            params = unflatten_dict(flat(fresh_params(fusion)) | trained, sep="/")
            return query(fusion, params)[:, 0].sum()

        for path, slope in gradient(trained).items():
            assert np.abs(slope).max() > 1e-6, path


class TestFusionDropout:
    """In training the fusion does not see the NLU features of some texts."""

    def embeddings(self, fusion: str, params: dict, training: bool = True) -> np.ndarray:
        model = tiny_model(fusion=fusion, fusion_dropout=0.5)
        texts = random_texts(batch=16)
        rngs = {"dropout": jax.random.key(0)} if training else {}
        encoded = model.apply(
            {"params": params}, *texts, not training, method="encode_query", rngs=rngs
        )
        return np.asarray(encoded.embedding)

    @pytest.mark.parametrize("fusion", FUSED)
    def test_some_queries_know_nothing_of_the_head(self, fusion):
        params = trained_params(fusion)
        other_head = params | {"nlu": random_like(params["nlu"], seed=5)}
        seen = self.embeddings(fusion, params, training=False)
        trained, otherwise = (self.embeddings(fusion, p) for p in (params, other_head))
        hidden = (trained == otherwise).all(axis=1)
        np.testing.assert_array_equal(hidden, (trained != seen).any(axis=1))
        assert 0.2 < hidden.mean() < 0.8

    def test_a_gate_then_leaves_a_query_as_it_is_without(self):
        trained = self.embeddings("gate", trained_params("gate"))
        seen = self.embeddings("gate", trained_params("gate"), training=False)
        plain = self.embeddings("none", shared_params(), training=False)
        is_plain, is_seen = ((trained == x).all(axis=1) for x in (plain, seen))
        np.testing.assert_array_equal(is_plain, ~is_seen)

    def test_each_text_of_a_row_is_hidden_by_itself(self):
        tokens, _ = random_texts(batch=16)
        halves = np.arange(LENGTH) < LENGTH // 2
        masks = np.broadcast_to(np.stack([halves, ~halves]), (16, 2, LENGTH))

        def embeddings(fusion: str, params: dict, rate: float) -> np.ndarray:
            model, rngs = tiny_model(fusion=fusion, fusion_dropout=rate), jax.random.key(1)
            encoded = model.apply(
                {"params": params},
                tokens,
                masks,
                False,
                method="encode_query",
                rngs={"dropout": rngs},
            )
            return np.asarray(encoded.embedding)

        trained = embeddings("gate", trained_params("gate"), 0.5)
        seen = embeddings("gate", trained_params("gate"), 0.0)
        plain = embeddings("none", shared_params(), 0.0)
        is_plain, is_seen = ((trained == x).all(axis=1) for x in (plain, seen))
        np.testing.assert_array_equal(is_plain, ~is_seen)
        of_rows = is_plain.reshape(16, 2)
        assert (of_rows[:, 0] != of_rows[:, 1]).any()

    def test_what_the_head_says_is_for_its_losses_as_ever(self):
        texts = random_texts(batch=16)
        heads = [
            tiny_model(fusion="gate", fusion_dropout=rate).apply(
                {"params": trained_params("gate")},
                *texts,
                False,
                method="encode_query",
                rngs={"dropout": jax.random.key(0)},
            )
            for rate in (0.0, 0.5)
        ]
        jax.tree.map(np.testing.assert_array_equal, heads[0].nlu, heads[1].nlu)


class TestTrained:
    @pytest.mark.parametrize(("fusion", "gate"), EACH_GATE)
    def test_each_gate_alone_moves_every_query(self, fusion, gate):
        params = flat(fresh_params(fusion))
        params |= flat(random_like({gate: params[gate]}))
        moved = query(fusion, unflatten_dict(params, sep="/"))
        assert distances(moved, query("none", shared_params())).min() > 1e-5

    @pytest.mark.parametrize("fusion", FUSED)
    def test_documents_stay_where_they_are(self, fusion):
        expected = document("none", shared_params())
        np.testing.assert_array_equal(document(fusion, trained_params(fusion)), expected)

    @pytest.mark.parametrize("fusion", FUSED)
    def test_padding_changes_nothing(self, fusion):
        model, params = tiny_model(fusion=fusion), trained_params(fusion)
        short = apply(model, params, "encode_query", *TEXTS).embedding
        long = apply(model, params, "encode_query", *with_more_padding(*TEXTS)).embedding
        np.testing.assert_allclose(long, short, atol=1e-6)

    def test_film_leaves_the_layers_that_the_intent_is_read_from(self):
        before, after = (
            apply(tiny_model(fusion="film"), params, "encode_query", *TEXTS).nlu.intent_logits
            for params in (fresh_params("film"), trained_params("film"))
        )
        np.testing.assert_array_equal(before, after)


class TestNLUGradients:
    @staticmethod
    @cache
    def gradient(fusion: str) -> dict[str, np.ndarray]:
        """Of a loss on intents and slots, in every parameter, by path."""
        model = tiny_model(fusion=fusion)

        def loss(params: dict) -> jax.Array:
            nlu = apply(model, params, "encode_query", *TEXTS).nlu
            return (nlu.intent_logits**2).sum() + (nlu.slot_logits**2).sum()

        return flat(jax.jit(jax.grad(loss))(shared_params()))

    @staticmethod
    def reached(fusion: str) -> set[str]:
        gradient = TestNLUGradients.gradient(fusion)
        return {path for path, slope in gradient.items() if np.any(slope)}

    def test_stop_at_the_head_under_none(self):
        assert {path.split("/")[0] for path in self.reached("none")} == {"nlu"}

    def test_reach_the_layers_below_the_head_under_loss_only(self):
        below = {path for path in self.reached("loss_only") if not path.startswith("nlu")}
        assert {path.split("/")[1] for path in below} == {"embedding", "blocks_0"}

    def test_are_the_same_in_the_head(self):
        none, loss_only = self.gradient("none"), self.gradient("loss_only")
        for path in none:
            if path.startswith("nlu/"):
                np.testing.assert_allclose(none[path], loss_only[path], rtol=1e-4, atol=1e-4)


class TestSlotWeights:
    mask = TEXTS[1][:, None]  # [rows, 1 text, length]
    inside = np.random.default_rng(0).random((BATCH, LENGTH)).astype(np.float32)
    states = np.random.default_rng(1).standard_normal((BATCH, LENGTH, WIDTH)).astype(np.float32)

    @pytest.mark.parametrize("strength", [-3.0, 0.0, 2.5])
    def test_are_a_softmax_over_tokens(self, strength):
        exponentials = np.exp(strength * self.inside)[:, None] * self.mask
        expected = exponentials / exponentials.sum(axis=-1, keepdims=True)
        weights = focus_weights(strength * self.inside, self.mask)
        np.testing.assert_allclose(weights, expected, rtol=1e-5)
        assert not np.any(weights[~self.mask])

    def test_without_focus_the_pooled_state_stays_as_it_is(self):
        pooled = self.states[:, :1]
        same = reweighted_mean(pooled, self.states, self.mask, np.zeros_like(self.inside))
        np.testing.assert_array_equal(same, pooled)

    def test_tokens_in_sharp_focus_alone_are_pooled(self):
        focus = np.zeros((BATCH, LENGTH), np.float32)
        focus[:, :2] = 100.0
        pooled = uniform_weights(self.mask) @ self.states
        focused = reweighted_mean(pooled, self.states, self.mask, focus)
        np.testing.assert_allclose(focused[:, 0], self.states[:, :2].mean(axis=1), atol=1e-5)

    def test_slot_mean_weighs_tokens_by_their_posterior(self):
        weights = self.inside * self.mask[:, 0]
        expected = [np.average(x, axis=0, weights=w) for x, w in zip(self.states, weights)]
        mean = slot_mean(self.states, self.mask, self.inside)
        np.testing.assert_allclose(mean[:, 0], expected, atol=1e-5)

    def test_slot_mean_of_a_text_without_slots_is_zero(self):
        assert not np.any(slot_mean(self.states, self.mask, np.zeros_like(self.inside)))


def test_the_gate_is_the_formula_of_its_docstring():
    rng = np.random.default_rng(0)
    pooled, feature = (rng.standard_normal((BATCH, 1, WIDTH)).astype(np.float32) for _ in range(2))
    states, mask = TestSlotWeights.states, TestSlotWeights.mask
    slots = rng.random((BATCH, LENGTH, 2)).astype(np.float32)
    nlu = NLUOutput(intent_logits=None, slot_logits=None, feature=feature, slots=slots)
    params = trained_params("gate")["fuse"]
    fused = GateFusion("float32").apply({"params": params}, pooled, states, mask, nlu)

    focus = params["strength"][0] * slots[..., 0] + params["strength"][1] * slots[..., 1]
    focused = pooled + (focus_weights(focus, mask) - uniform_weights(mask)) @ states
    both = np.concatenate([focused, feature], axis=-1)
    gate = 1 / (1 + np.exp(-(both @ params["gate"]["kernel"] + params["gate"]["bias"])))
    expected = focused + gate * (feature @ params["update"]["kernel"])
    np.testing.assert_allclose(fused, expected, atol=1e-5)


def test_the_gate_notes_the_weights_that_it_pools_by():
    rng = np.random.default_rng(0)
    feature = rng.standard_normal((BATCH, 1, WIDTH)).astype(np.float32)
    states, mask = TestSlotWeights.states, TestSlotWeights.mask
    slots = rng.random((BATCH, LENGTH, 2)).astype(np.float32)
    nlu = NLUOutput(intent_logits=None, slot_logits=None, feature=feature, slots=slots)
    params = trained_params("gate")["fuse"]
    gate = GateFusion("float32")
    _, noted = gate.apply({"params": params}, feature, states, mask, nlu, mutable="intermediates")
    (weights,) = noted["intermediates"]["token_weights"]
    np.testing.assert_array_equal(weights, focus_weights(slots @ params["strength"], mask))


def test_films_are_a_scale_and_a_shift_for_each_layer_and_token():
    features = np.stack([np.ones(WIDTH), 2 * np.ones(WIDTH)])[None]  # of two texts in one row
    mask = np.array([[[1, 1, 0, 0], [0, 0, 1, 0]]], bool)
    kernel = np.repeat(np.arange(4.0), WIDTH)[None] / WIDTH * np.ones((WIDTH, 1))
    params = {"kernel": kernel, "bias": np.zeros(4 * WIDTH)}
    films = Films(layers=2, dtype="float32").apply({"params": {"update": params}}, features, mask)
    of_tokens = np.array([1, 1, 2, 0])[None, :, None] * np.ones(WIDTH)
    for layer, (scale, shift) in enumerate(films):
        np.testing.assert_allclose(scale, 2 * layer * of_tokens, rtol=1e-5)
        np.testing.assert_allclose(shift, (2 * layer + 1) * of_tokens, rtol=1e-5)


def test_data_without_slots_leave_the_gate_no_empty_parameter():
    """Which no checkpoint could hold."""
    model = unimr.build(to_dict(Model()), vocab_size=9, intents=1, bio_labels=1)
    params = flat(jax.eval_shape(lambda key: unimr.init(model, key), jax.random.key(0)))
    assert "fuse/gate/kernel" in params and "fuse/strength" not in params
