"""What a batch of each task holds."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from unimr_jax.config import Task
from unimr_jax.data.collate import DRAWS, Collate, Example, stable_id
from unimr_jax.data.images import ImageReader, read_image
from unimr_jax.data.labels import Labels
from unimr_jax.data.long_texts import LONG_TEXTS
from unimr_jax.data.shapes import batch_shapes
from unimr_jax.data.sources import open_split
from unimr_jax.data.tasks import TASKS
from unimr_jax.data.tokenizer import Prompts
from unimr_jax.errors import UserError

LABELS = Labels(("alarm", "find"), ("time",))
TEXT = {"text_tokens", "text_mask", "text_id"}
IMAGE = {"image", "image_id"}
POSITIVE = {"positive_tokens", "positive_mask", "positive_id"}
NEGATIVES = {"negatives_tokens", "negatives_mask", "negatives_id"}
NLU = {"intent", "slots"}

TRIPLES = [
    {
        "text": "wake me at 7",
        "image": "a.png",
        "positive": "an alarm at seven",
        "positive_lang": "en",
        "negatives": ["a clock", "a radio", "a dog"],
        "intent": "alarm",
        "slots": [{"start": 11, "end": 12, "label": "time"}],
    },
    {
        "text": "find a dog",
        "image": "b.png",
        "positive": "a dog",
        "positive_lang": "en",
        "intent": "find",
        "slots": [],
    },
]


@pytest.fixture
def examples(make_dataset, draw_image):
    rows = [{"id": str(i), "lang": "en", **row} for i, row in enumerate(TRIPLES)]
    directory = make_dataset(rows)
    for name, colour in (("a.png", (200, 0, 0)), ("b.png", (0, 0, 200))):
        draw_image(directory / name, colour)
    source = open_split(directory, "train")
    return [Example(source, source[i]) for i in range(len(source))]


@pytest.fixture
def make_collate(tokenizer):
    def make(task, **options):
        fixed = {"text_length": 12, "positive_length": 16, "labels": LABELS}
        return Collate(task, tokenizer, **fixed | {"images": ImageReader(8)} | options)

    return make


class TestTasks:
    @pytest.mark.parametrize(
        ("task", "keys"),
        [
            ("text_to_image", TEXT | IMAGE),
            ("text_to_text", TEXT | POSITIVE),
            ("query_to_image", TEXT | IMAGE | NLU),
            ("query_to_text", TEXT | POSITIVE | NLU),
            ("nlu", TEXT | NLU),
        ],
    )
    def test_keys(self, examples, make_collate, task, keys):
        assert set(make_collate(task)(examples)) == keys

    @pytest.mark.parametrize(("negatives", "rows"), [(0, 0), (2, 0), (0, 1)])
    @pytest.mark.parametrize("name", TASKS)
    def test_shapes_are_known_before(self, examples, make_collate, name, negatives, rows):
        numbers = {"text_rows": range(rows), "positive_rows": range(rows)}
        batch = make_collate(name, negatives=negatives, **numbers)(examples)
        task = Task(
            {},
            batch_size=2,
            losses={},
            text_length=12,
            positive_length=16,
            text_rows=rows,
            positive_rows=rows,
            hard_negatives=negatives,
        )
        found = {field: (x.shape, x.dtype) for field, x in batch.items()}
        assert found == batch_shapes(name, task, image_size=8)

    def test_texts(self, examples, make_collate, tokenizer):
        batch = make_collate("query_to_text")(examples)
        encoded = tokenizer.encode([row["text"] for row in TRIPLES], 12)
        assert (batch["text_tokens"] == encoded.tokens).all()
        assert (batch["text_mask"] == encoded.mask).all()
        assert batch["positive_tokens"].shape == batch["positive_mask"].shape == (2, 16)

    def test_images(self, examples, make_collate):
        batch = make_collate("text_to_image")(examples)
        assert batch["image"].shape == (2, 8, 8, 3) and batch["image"].dtype == np.uint8
        for pixels, example in zip(batch["image"], examples):
            assert (pixels == read_image(example.source.picture(example.record), 8)).all()

    def test_pictures_of_one_title_have_one_id(self, examples, make_collate):
        def ids(*titles):
            titled = [e._replace(title=t) for e, t in zip(examples, titles)]
            return make_collate("text_to_image")(titled)["image_id"].tolist()

        first, second = ids(5, 5)
        assert first == second
        assert len({*ids(5, 6), *ids(None, None)}) == 4

    @pytest.mark.parametrize("rows", [0, 1])
    def test_other_texts_are_laid_out_as_texts_are(self, examples, make_collate, rows):
        collate = make_collate("text_to_image", text_rows=range(rows), other_rows=range(rows))
        swapped = [examples[0].record, examples[1].record][::-1]
        batch = collate([e._replace(other=o) for e, o in zip(examples, swapped)])
        of_others = collate(examples[::-1])
        fields = [field for field in batch if field.startswith("other_")]
        assert fields and fields == [f.replace("text", "other") for f in of_others if "text" in f]
        for field in fields:
            assert (batch[field] == of_others[field.replace("other", "text")]).all()
        task = Task({}, 2, {}, text_length=12, text_rows=rows, other_text=True, other_rows=rows)
        shapes = batch_shapes("text_to_image", task, image_size=8)
        assert {field: (x.shape, x.dtype) for field, x in batch.items()} == shapes

    def test_other_images_are_read_as_images_are(self, examples, make_collate):
        collate, swapped = make_collate("text_to_image"), [e.record for e in examples][::-1]
        batch = collate([e._replace(other_image=o) for e, o in zip(examples, swapped)])
        assert (batch["other_image"] == batch["image"][::-1]).all()
        task = Task({}, 2, {}, text_length=12, other_image=True)
        shapes = batch_shapes("text_to_image", task, image_size=8)
        assert {field: (x.shape, x.dtype) for field, x in batch.items()} == shapes

    def test_the_same_picture_is_another_view_of_it(self, examples, make_collate):
        collate = make_collate("text_to_image", augmentation={"brightness": 0.5})
        draws = np.random.default_rng(0).random((len(examples), sum(DRAWS)))
        twice = [e._replace(other_image=e.record) for e in examples]
        batch = collate(twice, draws)
        assert (batch["image"] == collate(examples, draws)["image"]).all()
        assert (batch["image"] != batch["other_image"]).any(axis=(1, 2, 3)).all()

    def test_understanding(self, examples, make_collate):
        batch = make_collate("nlu")(examples)
        assert batch["intent"].tolist() == [0, 1]
        assert batch["slots"].shape == (2, 12)
        assert sorted(set(batch["slots"][0].tolist())) == [-1, 0, 1]
        assert sorted(set(batch["slots"][1].tolist())) == [-1, 0]
        assert (batch["slots"][~batch["text_mask"]] == -1).all()

    def test_an_unknown_intent(self, examples, make_collate):
        with pytest.raises(UserError, match="intent 'alarm' is not one of the 1"):
            make_collate("nlu", labels=Labels(("find",), ("time",)))(examples)


class TestPatches:
    def test_are_a_dictionary_of_known_shapes(self, examples, make_collate):
        images = ImageReader(8, "naflex", patch=4, max_patches=6)
        batch = make_collate("query_to_image", images=images)(examples)
        task = Task({}, batch_size=2, losses={}, text_length=12)
        shapes = batch_shapes("query_to_image", task, image_size=8, patch=4, max_patches=6)
        found = {name: (x.shape, x.dtype) for name, x in batch.pop("image").items()}
        assert (
            found
            == shapes.pop("image")
            == {
                "pixels": ((2, 6, 48), np.uint8),
                "grid": ((2, 2), np.int32),
            }
        )
        assert {name: (x.shape, x.dtype) for name, x in batch.items()} == shapes


class TestPrompts:
    """Queries are texts with an intent; all others are documents."""

    PROMPTS = Prompts("query: ", "passage: ")

    @pytest.mark.parametrize("task", TASKS)
    def test_come_before_texts_by_how_they_are_encoded(
        self, examples, make_collate, tokenizer, task
    ):
        batch = make_collate(task, prompts=self.PROMPTS, negatives=1)(examples)
        prompt = "passage: " if task.startswith("text_") else "query: "
        tokens, mask = tokenizer.tokens([prompt + row["text"] for row in TRIPLES], 12)
        assert (batch["text_tokens"] == tokens).all() and (batch["text_mask"] == mask).all()
        if task.endswith("_to_text"):
            passages = ["passage: " + row["positive"] for row in TRIPLES]
            assert (batch["positive_tokens"] == tokenizer.tokens(passages, 16)[0]).all()
            negative = tokenizer.tokens(["passage: a clock"], 16)[0]
            assert (batch["negatives_tokens"][0] == negative).all()

    def test_leave_ids_and_slots_where_they_were(self, examples, make_collate):
        bare = make_collate("nlu", text_length=24)(examples)
        prompted = make_collate("nlu", text_length=24, prompts=self.PROMPTS)(examples)
        assert (bare["text_id"] == prompted["text_id"]).all()
        for before, after in zip(bare["slots"], prompted["slots"]):
            assert before[before >= 0].tolist() == after[after >= 0].tolist()


class TestNegatives:
    def test_the_first_k_and_masks_for_the_missing(self, examples, make_collate, tokenizer):
        batch = make_collate("text_to_text", negatives=2)(examples)
        assert set(batch) == TEXT | POSITIVE | NEGATIVES
        tokens, mask = tokenizer.tokens(["a clock", "a radio"], 16)
        assert (batch["negatives_tokens"][0] == tokens).all()
        assert (batch["negatives_mask"][0] == mask).all()
        assert batch["negatives_tokens"].shape == (2, 2, 16)
        assert not batch["negatives_mask"][1].any()
        assert batch["negatives_id"].shape == (2, 2)
        assert (batch["negatives_id"][1] == -1).all() and (batch["negatives_id"][0] >= 0).all()

    def test_none_asked_none_given(self, examples, make_collate):
        assert not NEGATIVES & set(make_collate("text_to_text")(examples))


class TestIds:
    def test_equal_items_have_equal_ids(self, make_dataset, draw_image, make_collate):
        pair = {"positive": "p", "positive_lang": "en", "image": "a.png"}
        rows = [
            {"id": "0", "lang": "en", "text": "one", **pair, "negatives": ["q"]},
            {"id": "1", "lang": "de", "text": "one", **pair},
            {"id": "2", "lang": "en", "text": "one", **pair | {"positive": "q", "image": "b.png"}},
        ]
        directory = make_dataset(rows)
        for name in ("a.png", "b.png"):
            draw_image(directory / name)
        source = open_split(directory, "train")
        examples = [Example(source, source[i]) for i in range(3)]
        texts = make_collate("text_to_text", negatives=1)(examples)
        images = make_collate("text_to_image")(examples)
        assert self.groups(texts["text_id"]) == [0, 1, 0]
        assert self.groups(texts["positive_id"]) == [0, 0, 2]
        assert self.groups(images["image_id"]) == [0, 0, 2]
        assert texts["negatives_id"][0, 0] == texts["positive_id"][2]

    def test_one_path_in_two_data_sets_is_two_pictures(
        self, make_dataset, draw_image, make_collate
    ):
        examples = []
        for name in ("one", "two"):
            directory = make_dataset(
                [{"id": "0", "lang": "en", "text": "x", "image": "a.png"}], name=name
            )
            draw_image(directory / "a.png")
            source = open_split(directory, "train")
            examples.append(Example(source, source[0]))
        assert self.groups(make_collate("text_to_image")(examples)["image_id"]) == [0, 1]

    def groups(self, ids):
        assert ids.dtype == np.int32 and (ids >= 0).all()
        return [ids.tolist().index(value) for value in ids.tolist()]

    def test_ids_are_equal_in_every_process(self):
        code = "from unimr_jax.data.collate import stable_id; print(stable_id('en', 'größer'))"
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert int(out.stdout) == stable_id("en", "größer")


class TestAugmentation:
    def test_draws_decide(self, examples, make_collate):
        collate = make_collate("text_to_image", augmentation={"brightness": 0.2})
        draws = np.random.default_rng(0).random((2, sum(DRAWS)))
        plain, bright, again = collate(examples), collate(examples, draws), collate(examples, draws)
        assert (bright["image"] == again["image"]).all()
        assert (bright["image"] != plain["image"]).any()
        assert (bright["image_id"] == plain["image_id"]).all()


class TestPacked:
    """Both texts in one row."""

    def batch(self, examples, make_collate, task, **options):
        rows = {"text_rows": [0], "positive_rows": [0], "text_length": 24, "positive_length": 32}
        return make_collate(task, **rows | options)(examples)

    def test_holds_the_tokens_of_every_text(self, examples, make_collate):
        padded = make_collate("text_to_text", text_length=24, positive_length=32)(examples)
        packed = self.batch(examples, make_collate, "text_to_text")
        for name in ("text", "positive"):
            tokens, mask = packed[f"{name}_tokens"], packed[f"{name}_mask"]
            assert tokens.shape == (1, mask.shape[-1])
            for text, place in enumerate(packed[f"{name}_place"]):
                expected = padded[f"{name}_tokens"][text][padded[f"{name}_mask"][text]]
                np.testing.assert_array_equal(tokens[0][mask[0, place]], expected)

    def test_labels_go_with_their_tokens(self, examples, make_collate):
        padded = make_collate("nlu", text_length=24)(examples)
        packed = self.batch(examples, make_collate, "nlu")
        for text, place in enumerate(packed["text_place"]):
            expected = padded["slots"][text][padded["text_mask"][text]]
            np.testing.assert_array_equal(
                packed["slots"][0][packed["text_mask"][0, place]], expected
            )
        assert np.all(packed["slots"][0][~packed["text_mask"][0].any(axis=0)] == -1)

    def test_places_are_those_of_the_rows_of_all_processes(self, examples, make_collate):
        first = self.batch(examples, make_collate, "nlu")
        other = self.batch(examples, make_collate, "nlu", text_rows=[3])
        _, texts, _ = first["text_mask"].shape
        np.testing.assert_array_equal(other["text_place"], first["text_place"] + 3 * texts)


class TestLongTexts:
    """Windows of captions and passages; queries are read from the start."""

    LONG = " ".join(f"sentence {i} ends here." for i in range(12))
    DRAWS = np.random.default_rng(0).random((2, sum(DRAWS)))

    @pytest.fixture
    def long_rows(self, examples):
        fields = {"text": self.LONG, "positive": self.LONG, "negatives": (self.LONG,)}
        return [e._replace(record=replace(e.record, slots=(), **fields)) for e in examples]

    def batches(self, rows, make_collate, task, **options):
        """With windows, and truncated."""
        collates = (make_collate(task, long_texts=rule, **options) for rule in LONG_TEXTS)
        return {rule: collate(rows, self.DRAWS) for rule, collate in zip(LONG_TEXTS, collates)}

    def test_of_pairs(self, long_rows, make_collate):
        found = self.batches(long_rows, make_collate, "text_to_text", negatives=1)
        whole, parts = found["truncate"], found["chunk"]
        for name in ("text_tokens", "positive_tokens", "negatives_tokens"):
            assert (whole[name] != parts[name]).any()
        assert (parts["negatives_tokens"][:, 0] == parts["positive_tokens"]).all()
        assert all((whole[name] == parts[name]).all() for name in whole if name.endswith("_id"))

    def test_of_queries_the_positive_alone(self, long_rows, make_collate):
        found = self.batches(long_rows, make_collate, "query_to_text")
        whole, parts = found["truncate"], found["chunk"]
        assert (whole["text_tokens"] == parts["text_tokens"]).all()
        assert (whole["positive_tokens"] != parts["positive_tokens"]).any()

    def test_without_draws_the_beginning_is_read(self, long_rows, make_collate):
        collate = make_collate("text_to_text", long_texts="chunk")
        plain = make_collate("text_to_text")
        assert (collate(long_rows)["text_tokens"] == plain(long_rows)["text_tokens"]).all()
