"""The dual tower as a whole."""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax.traverse_util import flatten_dict

from tests.helpers import (
    BATCH,
    BIO_LABELS,
    INTENTS,
    LENGTH,
    WIDTH,
    apply,
    boxed_shapes,
    random_images,
    random_params,
    random_texts,
    tiny_model,
    with_more_padding,
)
from unimr_jax.config import Temperature
from unimr_jax.models import unimr

MODEL = tiny_model(depth=1)
PARAMS = random_params(MODEL)
TEXTS = random_texts()


class TestEmbeddings:
    def test_are_unit_vectors(self):
        for embeddings in (
            apply(MODEL, PARAMS, "encode_image", random_images()),
            apply(MODEL, PARAMS, "encode_document", *TEXTS),
            apply(MODEL, PARAMS, "encode_query", *TEXTS).embedding,
        ):
            assert embeddings.shape == (BATCH, MODEL.embed_dim)
            np.testing.assert_allclose(np.linalg.norm(embeddings, axis=-1), 1, rtol=1e-6)

    def test_of_an_empty_text_are_finite_and_so_is_their_gradient(self):
        """A missing hard negative is a text of padding alone."""
        tokens, mask = TEXTS

        @jax.jit
        @jax.value_and_grad
        def total(params: dict) -> jax.Array:
            return apply(MODEL, params, "encode_document", tokens, mask & False).sum()

        value, gradient = total(PARAMS)
        assert np.isfinite(value)
        assert all(np.all(np.isfinite(slope)) for slope in jax.tree.leaves(gradient))

    def test_documents_are_queries_where_documents_are_fused(self):
        fused = tiny_model(depth=1, fuse_documents=True)
        query = apply(fused, PARAMS, "encode_query", *TEXTS).embedding
        np.testing.assert_array_equal(apply(fused, PARAMS, "encode_document", *TEXTS), query)
        assert np.any(apply(MODEL, PARAMS, "encode_document", *TEXTS) != query)

    def test_computed_in_bfloat16_are_float32_like_the_parameters(self):
        model = tiny_model(depth=1, dtype="bfloat16")
        assert all(x.dtype == jnp.float32 for x in jax.tree.leaves(boxed_shapes(model)))
        query = jax.eval_shape(lambda params: apply(model, params, "encode_query", *TEXTS), PARAMS)
        assert query.nlu.feature.dtype == jnp.bfloat16
        assert query.embedding.dtype == query.nlu.intent_logits.dtype == jnp.float32


class TestNLU:
    def test_gives_an_intent_per_text_and_a_label_per_token(self):
        nlu = apply(MODEL, PARAMS, "encode_query", *TEXTS).nlu
        assert nlu.intent_logits.shape == (BATCH, INTENTS)
        assert nlu.slot_logits.shape == (BATCH, LENGTH, BIO_LABELS)

    def test_its_features_follow_from_its_logits(self):
        nlu = apply(MODEL, PARAMS, "encode_query", *TEXTS).nlu
        expected = jax.nn.softmax(nlu.intent_logits) @ PARAMS["nlu"]["intent_embeddings"]
        np.testing.assert_allclose(nlu.feature, expected, atol=1e-6)
        outside = jax.nn.softmax(nlu.slot_logits)[..., 0]
        np.testing.assert_allclose(nlu.inside, 1 - outside, atol=1e-6)

    def test_padding_changes_nothing(self):
        short = apply(MODEL, PARAMS, "encode_query", *TEXTS).nlu
        long = apply(MODEL, PARAMS, "encode_query", *with_more_padding(*TEXTS)).nlu
        np.testing.assert_allclose(long.intent_logits, short.intent_logits, atol=1e-5)
        mask = TEXTS[1]
        slots = long.slot_logits[:, :LENGTH]
        np.testing.assert_allclose(slots[mask], short.slot_logits[mask], atol=1e-5)


class TestTemperatures:
    TASKS = {"text_to_image": Temperature(0.05, 0.02), "text_to_text": Temperature(0.1, bias=-3.0)}
    model = tiny_model(temperatures=TASKS)

    def scale(self, task: str, **changes: float) -> tuple[float, float | None]:
        """Scale and bias of a fresh model, some of its parameters changed."""
        params = {}
        for each in self.TASKS:
            created = self.model.init(jax.random.key(0), each, method=self.model.logit_scale)
            params |= nn.meta.unbox(created["params"]["scales"])
        return apply(self.model, {"scales": params | changes}, "logit_scale", task)

    def test_start_where_the_config_says(self):
        np.testing.assert_allclose(self.scale("text_to_image")[0], 1 / 0.05, rtol=1e-6)
        np.testing.assert_allclose(self.scale("text_to_text")[0], 1 / 0.1, rtol=1e-6)

    def test_each_task_has_its_own(self):
        scale, bias = self.scale("text_to_text", text_to_image_log_scale=1.0)
        np.testing.assert_allclose(scale, 1 / 0.1, rtol=1e-6)
        np.testing.assert_allclose(bias, -3.0)

    def test_are_learned_in_log_space(self):
        scale, _ = self.scale("text_to_image", text_to_image_log_scale=2.0)
        np.testing.assert_allclose(scale, np.exp(2.0), rtol=1e-6)

    def test_are_put_back_on_their_minimum(self):
        params = {
            "scales/text_to_image_log_scale": np.float32(20.0),
            "scales/text_to_text_log_scale": np.float32(2.0),
            "text/norm/scale": np.full(3, 50.0, np.float32),
        }
        bounded = unimr.bounded_scales(self.model, params)
        np.testing.assert_allclose(
            np.exp(bounded.pop("scales/text_to_image_log_scale")), 50.0, rtol=1e-6
        )
        for path, value in bounded.items():
            np.testing.assert_array_equal(value, params[path])

    def test_have_a_bias_where_the_config_has_one(self):
        assert self.scale("text_to_image")[1] is None
        np.testing.assert_allclose(self.scale("text_to_text", text_to_text_bias=-1.0)[1], -1.0)

    def test_a_task_without_one_is_named(self):
        with pytest.raises(KeyError, match="query_to_text"):
            self.scale("query_to_text")

    def test_a_model_without_any_has_no_parameters_for_them(self):
        without, parameters = tiny_model(temperatures={}), boxed_shapes(self.model)
        assert parameters.keys() - boxed_shapes(without).keys() == {"scales"}
        assert len(parameters["scales"]) == 3


def test_a_narrow_head_has_features_as_wide_as_the_text_tower():
    model = tiny_model(depth=1, width=WIDTH // 2)
    shapes = {path: x.shape for path, x in flatten_dict(random_params(model), sep="/").items()}
    assert shapes["nlu/narrow/kernel"] == (WIDTH, WIDTH // 2)
    assert shapes["nlu/block_0/attention/qkv/kernel"] == (WIDTH // 2, 3 * WIDTH // 2)
    assert shapes["nlu/slot/kernel"] == (WIDTH // 2, BIO_LABELS)
    assert shapes["nlu/intent_embeddings"] == (INTENTS, WIDTH)


@pytest.mark.parametrize(
    ("settings", "draws"),
    [
        ({}, False),
        ({"text": {"dropout": 0.1}}, True),
        ({"image": {"dropout": 0.1}}, True),
        ({"fusion_dropout": 0.1}, True),
    ],
)
def test_whether_training_draws(settings, draws):
    assert tiny_model(**settings).draws == draws
