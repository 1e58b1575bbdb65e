"""The training step: losses, their weights, what moves and what does not."""

from __future__ import annotations

import dataclasses
from functools import cache, partial
from unittest.mock import patch

import jax
import numpy as np
import pytest
from flax.traverse_util import flatten_dict

from tests.helpers import BATCH, apply, random_batch, random_params, tiny_model
from tests.training.stages import (
    EVERY_TASK,
    FADING,
    MODEL,
    PARAMS,
    SIZE,
    STAGE,
    Training,
    mesh_of,
    train,
    trained_on_one_device,
)
from unimr_jax.config import Optimizer, Stage, Task
from unimr_jax.losses.schedules import weight_schedule
from unimr_jax.training.step import forward, join_params, split_params

EVERY_LOSS = [f"{task}/{loss}" for task, spec in EVERY_TASK.items() for loss in spec.losses]
FROZEN = {"text/blocks_0/attention/qkv/bias", "image/pooling/key_value/bias"}
NLU = Task({}, BATCH, {"intent": 1.0, "slot": 4.0})
KEY = jax.random.key(0)


@pytest.fixture
def training() -> Training:
    return trained_on_one_device()


def flat(params: dict) -> dict[str, np.ndarray]:
    return flatten_dict(params, sep="/")


class TestEveryTask:
    @pytest.mark.parametrize("loss", EVERY_LOSS)
    def test_its_losses_fall_on_a_batch_seen_again(self, training: Training, loss):
        values = [metrics["losses"][loss] for metrics in training.metrics]
        assert np.all(np.isfinite(values))
        assert values[-1] < 0.9 * values[0]

    def test_many_steps_are_compiled_once(self, training: Training):
        assert len(training.metrics) == STAGE.steps
        assert training.step.jitted._cache_size() == 1

    def test_the_step_counts(self, training: Training):
        assert [int(state.step) for state in training.states] == list(range(STAGE.steps + 1))


@pytest.mark.slow
@pytest.mark.usefixtures("outside_the_persistent_cache")
def test_blocks_of_the_loss_train_as_all_rows_at_once():
    """Blocks on a mesh, where the loss goes over the devices itself; all rows on one device."""

    def metrics(block: int, *mesh: int) -> list[dict]:
        losses = {"softmax": 1.0, "sigmoid": 1.0}
        task = Task({}, SIZE, losses, hard_negatives=1, matryoshka=(4,), loss_block=block)
        stage = dataclasses.replace(STAGE, tasks={"text_to_text": task})
        return train(3, stage, mesh_of(*mesh)).metrics

    with patch.object(jax, "shard_map", wraps=jax.shard_map) as over_devices:
        by_block = metrics(2, 2, 2, 2)
    assert over_devices.called
    same = partial(np.testing.assert_allclose, rtol=1e-5)
    jax.tree.map(same, by_block, metrics(0, 1, 1, 1))


class TestMetrics:
    def test_the_loss_of_a_task_is_the_weighted_sum_of_its_losses(self, training: Training):
        for metrics in training.metrics:
            for task, spec in EVERY_TASK.items():
                names = [f"{task}/{loss}" for loss in spec.losses]
                terms = [metrics["losses"][name] * metrics["loss_weights"][name] for name in names]
                np.testing.assert_allclose(metrics["loss"][task], sum(terms), rtol=1e-6)

    def test_weights_are_those_of_the_config_and_follow_their_schedule(self, training: Training):
        fading = weight_schedule(FADING)
        for step, metrics in enumerate(training.metrics):
            weights = metrics["loss_weights"]
            assert weights["nlu/slot"] == 4.0 and weights["text_to_text/sigmoid"] == 0.5
            np.testing.assert_allclose(weights["query_to_text/softmax"], fading(step))

    def test_the_learning_rate_is_the_one_of_the_step(self, training: Training):
        rates = [metrics["learning_rate"] for metrics in training.metrics]
        peak = STAGE.optimizer.learning_rate
        np.testing.assert_allclose(rates[:3], [peak / 2, peak, peak], rtol=1e-6)
        assert np.all(np.diff(rates[2:]) < 0)


class TestFrozen:
    def test_parameters_are_the_same_to_the_bit(self, training: Training):
        before, after = (flat(training.states[i].params) for i in (0, -1))
        same = {path for path in before if np.array_equal(before[path], after[path])}
        assert same == FROZEN

    def test_parameters_have_no_optimizer_state(self, training: Training):
        adam = training.states[-1].opt_state.inner[1]
        assert adam.mu.keys() == adam.nu.keys() == flat(PARAMS).keys() - FROZEN

    def test_a_stage_of_the_nlu_head_alone_leaves_every_embedding_as_it_is(self):
        """To the bit, also that of queries, since fusion starts as the identity."""
        start = random_params(MODEL)
        start["fuse"] = jax.tree.map(np.zeros_like, start["fuse"])
        rules = (("nlu/.*", 1.0, 1.0), (".*", 0.0, 0.0))
        optimizer = Optimizer(learning_rate=0.1)
        stage = Stage(10, {"nlu": NLU}, rules, optimizer)
        trained = train(3, stage, params=start).states[-1].params
        batch = random_batch("query_to_image", BATCH)
        texts = batch["text_tokens"], batch["text_mask"]

        def embeddings(params: dict) -> list[jax.Array]:
            return [
                apply(MODEL, params, "encode_image", batch["image"]),
                apply(MODEL, params, "encode_document", *texts),
                apply(MODEL, params, "encode_query", *texts).embedding,
            ]

        jax.tree.map(np.testing.assert_array_equal, embeddings(trained), embeddings(start))
        before, after = (apply(MODEL, p, "encode_query", *texts).nlu for p in (start, trained))
        assert np.abs(after.intent_logits - before.intent_logits).max() > 0.1


class TestWeightedGradient:
    """Weights that change from step to step while nothing moves: the rate is 0."""

    @staticmethod
    @cache
    def gradients() -> list[dict[str, np.ndarray]]:
        """Of steps whose (intent, slot) weights are (1, 2), (2, 1) and (3, 0)."""
        line = {"kind": "linear", "transition_steps": 2}
        weights = {
            "intent": line | {"init_value": 1.0, "end_value": 3.0},
            "slot": line | {"init_value": 2.0, "end_value": 0.0},
        }
        still = Optimizer(learning_rate=0.0, schedule="constant", b1=0.0, clip=1e9)
        stage = Stage(3, {"nlu": dataclasses.replace(NLU, losses=weights)}, optimizer=still)
        states = train(3, stage).states
        return [
            state.opt_state.inner[1].mu for state in states[1:]
        ]  # with b1 = 0, the last gradient

    def test_grows_with_the_weight_of_its_loss(self):
        first, second, third = (gradient["nlu/intent/kernel"] for gradient in self.gradients())
        np.testing.assert_allclose(second, 2 * first, rtol=1e-4, atol=1e-7)
        np.testing.assert_allclose(third, 3 * first, rtol=1e-4, atol=1e-7)

    def test_is_zero_at_weight_zero(self):
        first, second, third = (gradient["nlu/slot/kernel"] for gradient in self.gradients())
        np.testing.assert_allclose(first, 2 * second, rtol=1e-4, atol=1e-7)
        assert np.any(second) and not np.any(third)

    def test_adds_up_where_both_losses_reach(self):
        path = "text/embedding/embedding"
        first, second, third = (gradient[path] for gradient in self.gradients())
        assert np.any(second)
        np.testing.assert_allclose(first + third, 2 * second, rtol=1e-4, atol=1e-6)


class TestForward:
    """What each task's losses are given."""

    def outputs(self, task: str, **options):
        batch = random_batch(task, BATCH, **options)
        return batch, forward(MODEL, PARAMS, task, batch, KEY)

    @staticmethod
    def document(batch: dict, name: str) -> jax.Array:
        texts = (batch[f"{name}_{part}"].reshape(-1, 6) for part in ("tokens", "mask"))
        return apply(MODEL, PARAMS, "encode_document", *texts)

    @staticmethod
    def query(batch: dict) -> jax.Array:
        arguments = batch["text_tokens"], batch["text_mask"]
        return apply(MODEL, PARAMS, "encode_query", *arguments).embedding

    def test_text_to_image_pairs_documents_with_pictures(self):
        batch, outputs = self.outputs("text_to_image")
        pictures = apply(MODEL, PARAMS, "encode_image", batch["image"])
        np.testing.assert_array_equal(outputs.pairs.queries, self.document(batch, "text"))
        np.testing.assert_array_equal(outputs.pairs.targets, pictures)
        assert outputs.pairs.bias is None and outputs.intent_logits is None

    def test_another_text_has_the_same_picture(self):
        batch, outputs = self.outputs("text_to_image", other_text=True)
        own, other = outputs.to_targets
        np.testing.assert_array_equal(own.queries, self.document(batch, "text"))
        np.testing.assert_array_equal(other.queries, self.document(batch, "other"))
        np.testing.assert_array_equal(other.targets, own.targets)
        kinds = "other_id", "image_id", "other_id"
        np.testing.assert_array_equal(other.ids, [batch[kind] for kind in kinds])

    def test_both_texts_of_a_picture_are_a_pair(self):
        batch, outputs = self.outputs("text_to_image", other_text=True)
        pairs = outputs.between_texts
        np.testing.assert_array_equal(pairs.queries, self.document(batch, "text"))
        np.testing.assert_array_equal(pairs.targets, self.document(batch, "other"))
        assert len(pairs.ids) == len(pairs.target_ids)

    def test_a_query_has_a_caption_of_its_picture_beside_it(self):
        batch, outputs = self.outputs("query_to_image", other_text=True)
        own, other = outputs.to_targets
        np.testing.assert_array_equal(own.queries, self.query(batch))
        np.testing.assert_array_equal(other.queries, self.document(batch, "other"))
        np.testing.assert_array_equal(outputs.between_texts.queries, self.query(batch))
        np.testing.assert_array_equal(outputs.intent, batch["intent"])

    @pytest.mark.parametrize("other_text", [False, True])
    def test_every_text_has_both_pictures(self, other_text):
        options = {"other_text": other_text, "other_image": True}
        batch, outputs = self.outputs("text_to_image", **options)
        pictures = [
            apply(MODEL, PARAMS, "encode_image", batch[name]) for name in ("image", "other_image")
        ]
        texts = [self.document(batch, name) for name in ("text", "other")[: 1 + other_text]]
        expected = [(text, picture) for picture in pictures for text in texts]
        for pairs, (text, picture) in zip(outputs.to_targets, expected, strict=True):
            np.testing.assert_array_equal(pairs.queries, text)
            np.testing.assert_array_equal(pairs.targets, picture)

    def test_both_pictures_of_a_text_are_a_pair(self):
        batch, outputs = self.outputs("query_to_image", other_image=True)
        pairs = outputs.between_targets
        for vectors, name in ((pairs.queries, "image"), (pairs.targets, "other_image")):
            pictures = apply(MODEL, PARAMS, "encode_image", batch[name])
            np.testing.assert_array_equal(vectors, pictures)
        np.testing.assert_array_equal(pairs.ids, [batch["text_id"], batch["image_id"]])

    def test_query_to_image_pairs_queries_with_pictures_and_reads_their_intents(self):
        batch, outputs = self.outputs("query_to_image")
        np.testing.assert_array_equal(outputs.pairs.queries, self.query(batch))
        np.testing.assert_array_equal(outputs.intent, batch["intent"])
        np.testing.assert_array_equal(outputs.slots, batch["slots"])
        assert np.any(self.query(batch) != self.document(batch, "text"))

    def test_query_to_text_pairs_queries_with_documents(self):
        batch, outputs = self.outputs("query_to_text")
        np.testing.assert_array_equal(outputs.pairs.queries, self.query(batch))
        np.testing.assert_array_equal(outputs.pairs.targets, self.document(batch, "positive"))

    def test_text_to_text_has_hard_negatives_in_the_order_of_their_ids(self):
        batch, outputs = self.outputs("text_to_text", negatives=2)
        pairs = outputs.pairs
        np.testing.assert_array_equal(pairs.negatives, self.document(batch, "negatives"))
        np.testing.assert_array_equal(pairs.negative_ids, BATCH + np.arange(2 * BATCH))

    def test_nlu_has_no_pairs(self):
        batch, outputs = self.outputs("nlu")
        assert outputs.pairs is None
        assert outputs.slot_logits.shape[:2] == batch["slots"].shape

    @pytest.mark.parametrize(
        ("task", "kinds"),
        [
            ("text_to_image", ("text_id", "image_id")),
            ("query_to_text", ("text_id", "positive_id")),
        ],
    )
    def test_ids_are_those_of_text_and_target(self, task, kinds):
        batch = random_batch(task, BATCH)
        batch |= {kind: 10 * i + np.arange(BATCH) for i, kind in enumerate(kinds)}
        ids = forward(MODEL, PARAMS, task, batch, KEY).pairs.ids
        np.testing.assert_array_equal(ids, [batch[kind] for kind in kinds])

    def test_temperature_and_bias_are_those_of_the_task(self):
        _, outputs = self.outputs("text_to_text")
        scale, bias = apply(MODEL, PARAMS, "logit_scale", "text_to_text")
        assert (outputs.pairs.scale, outputs.pairs.bias) == (scale, bias)

    def test_dropout_draws_anew_for_every_key(self):
        model = tiny_model(image={"depth": 0}, text={"depth": 1, "dropout": 0.5})
        batch = random_batch("text_to_text", BATCH)

        def queries(seed: int) -> jax.Array:
            return forward(model, PARAMS, "text_to_text", batch, jax.random.key(seed)).pairs.queries

        np.testing.assert_array_equal(queries(0), queries(0))
        assert np.any(queries(0) != queries(1))


def test_parameters_split_and_join():
    trainable = frozenset({"nlu/slot/kernel", "text/norm/scale"})
    trained, frozen = split_params(PARAMS, trainable)
    assert trained.keys() == trainable
    assert not trained.keys() & frozen.keys()
    assert jax.tree.structure(join_params(trained, frozen)) == jax.tree.structure(PARAMS)
