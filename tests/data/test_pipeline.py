"""Streams of batches: mixed as asked, the same for the same seed, resumed exactly."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

import numpy as np
import pytest

from unimr_jax.data.collate import Collate, stable_id
from unimr_jax.data.images import ImageReader
from unimr_jax.data.labels import Labels
from unimr_jax.data.pipeline import TaskIterators, task_batches
from unimr_jax.data.sources import open_split
from unimr_jax.errors import UserError


def pairs(counts, tag=""):
    """Text pairs, so many per language."""
    return [
        {
            "id": f"{lang}{i}",
            "lang": lang,
            "text": f"{tag}{lang} {i}",
            "positive": f"{tag}{i}",
            "positive_lang": "en",
        }
        for lang, count in counts.items()
        for i in range(count)
    ]


@pytest.fixture
def sources(make_dataset):
    rows = {"large": {"en": 90, "de": 10}, "small": {"en": 7}}
    directories = {name: make_dataset(pairs(c, name), name=name) for name, c in rows.items()}
    return {name: open_split(directory, "train") for name, directory in directories.items()}


@pytest.fixture
def stream(sources, tokenizer):
    def make(**options):
        collate = Collate("text_to_text", tokenizer, text_length=8, positive_length=8)
        given = {
            "weights": {"large": 1.0, "small": 1.0},
            "batch_size": 10,
            "temperature": 1.0,
            "seed": 0,
            "collate": collate,
        }
        return task_batches(sources, "text_to_text", **given | options)

    return make


def ids(batch):
    return batch["text_id"].tolist()


def equal(a, b):
    return a.keys() == b.keys() and all((a[key] == b[key]).all() for key in a)


class TestMixture:
    def test_batches_hold_the_shares(self, sources, stream):
        batches = stream(weights={"large": 3.0, "small": 1.0}, temperature=0.0)
        seen = Counter(id for i in range(40) for id in ids(batches[i]))
        part_of = {
            stable_id(record.lang, record.text): (name, record.lang)
            for name, source in sources.items()
            for record in (source[i] for i in range(len(source)))
        }
        counts = Counter()
        for id, n in seen.items():
            counts[part_of[id]] += n
        assert counts[("large", "en")] == pytest.approx(150, abs=3)
        assert counts[("large", "de")] == pytest.approx(150, abs=3)
        assert counts[("small", "en")] == pytest.approx(100, abs=3)

    def test_weight_zero_leaves_a_data_set_out(self, sources, stream):
        batches = stream(weights={"large": 1.0, "small": 0.0})
        texts = {stable_id("en", f"small{lang} {i}") for lang in ("en",) for i in range(7)}
        assert not texts & {id for i in range(20) for id in ids(batches[i])}

    def test_a_data_set_without_a_weight(self, stream):
        with pytest.raises(UserError, match="data set 'small' has no weight"):
            stream(weights={"large": 1.0})


class TestOrder:
    def test_stays_what_it_was(self, stream):
        """Runs that go on with a newer version go on with their examples and draws."""

        def collate(examples, draws):
            return [e.record.text for e in examples], draws[:, :6].round(9).tolist()

        batches = stream(weights={"large": 3.0, "small": 1.0}, temperature=0.5, collate=collate)
        found = json.dumps([batches[i] for i in (*range(30), 1000)])
        assert hashlib.sha256(found.encode()).hexdigest()[:16] == "200cc58768c93232"

    def test_batch_i_depends_on_seed_and_i_alone(self, stream):
        one, two = stream(), stream()
        later = two[7]
        assert all(equal(one[i], two[i]) for i in (3, 0))
        assert equal(one[7], later)
        assert not equal(stream(seed=1)[7], later)

    def test_every_row_once_per_epoch_in_a_new_order(self, stream):
        batches = stream(weights={"large": 1.0, "small": 0.0}, temperature=1.0)
        epochs = [[id for i in range(10) for id in ids(batches[e * 10 + i])] for e in range(3)]
        assert len(set(epochs[0])) == 100
        assert all(sorted(epoch) == sorted(epochs[0]) for epoch in epochs)
        assert epochs[0] != epochs[1] != epochs[2]

    def test_tasks_have_orders_of_their_own(self, make_dataset, tokenizer):
        rows = [row | {"intent": "x", "slots": []} for row in pairs({"en": 50})]
        sources = {"toy": open_split(make_dataset(rows), "train")}
        options = {"weights": {"toy": 1}, "batch_size": 50, "temperature": 1.0, "seed": 0}
        first = [
            task_batches(
                sources,
                task,
                collate=Collate(task, tokenizer, 8, 8, labels=Labels(("x",), ())),
                **options,
            )[0]
            for task in ("nlu", "query_to_text")
        ]
        assert ids(first[0]) != ids(first[1])

    def test_processes_share_one_global_batch(self, stream):
        whole = stream()
        parts = [stream(share=np.arange(5 * i, 5 * (i + 1))) for i in range(2)]
        for i in (0, 5):
            halves = [part[i] for part in parts]
            joined = {key: np.concatenate([half[key] for half in halves]) for key in halves[0]}
            assert equal(joined, whole[i])

    def test_a_share_need_not_be_in_one_piece(self, stream):
        every_other = stream(share=np.arange(1, 10, 2))[3]
        assert equal(every_other, {key: x[1::2] for key, x in stream()[3].items()})


class TestAugmentation:
    @pytest.fixture
    def pictures(self, make_dataset, draw_image, tokenizer):
        rows = [
            {"id": str(i), "lang": "en", "text": f"t {i}", "image": f"{i}.png"} for i in range(8)
        ]
        directory = make_dataset(rows)
        for i in range(8):
            draw_image(directory / f"{i}.png", (30 * i, 100, 100))
        source = open_split(directory, "train")
        collate = Collate(
            "text_to_image",
            tokenizer,
            text_length=8,
            images=ImageReader(8),
            augmentation={"brightness": 0.2},
        )

        def make(**options):
            given = {"weights": {"toy": 1}, "batch_size": 8, "temperature": 1.0, "seed": 3}
            return task_batches(
                {"toy": source}, "text_to_image", collate=collate, **given | options
            )

        return make

    def test_seeded_by_batch(self, pictures):
        first, again = pictures(), pictures()
        assert equal(first[0], again[0]) and equal(first[9], again[9])
        by_id = [dict(zip(ids(batch), batch["image"])) for batch in (first[0], first[1])]
        assert any((by_id[0][id] != by_id[1][id]).any() for id in by_id[0])

    def test_the_same_on_any_number_of_processes(self, pictures):
        halves = [pictures(share=np.arange(4 * i, 4 * (i + 1)))[4]["image"] for i in range(2)]
        assert (np.concatenate(halves) == pictures()[4]["image"]).all()


class TestTaskIterators:
    def test_in_order(self, stream):
        iterators = TaskIterators({"text_to_text": stream()}, threads=3, buffer=5)
        batches = stream()
        for i in range(20):
            assert equal(iterators.next_batches()["text_to_text"], batches[i])
        iterators.close()

    @pytest.mark.parametrize("steps", [0, 1, 13])
    def test_resumes_exactly(self, stream, steps):
        rising = {"large": np.linspace(1, 0, 20), "small": np.linspace(0, 1, 20)}
        tasks = {
            "text_to_text": stream(),
            "other": stream(seed=5),
            "by schedule": stream(weights=rising),
            "distinct": stream(weights=rising, batch_size=7, no_duplicates=True),
        }
        iterators = TaskIterators(tasks)
        for _ in range(steps):
            iterators.next_batches()
        state = json.loads(json.dumps(iterators.get_state()))
        expected = [iterators.next_batches() for _ in range(6)]
        iterators.close()

        resumed = TaskIterators(tasks, threads=1, buffer=2)
        resumed.next_batches()
        resumed.set_state(state)
        for batches in expected:
            found = resumed.next_batches()
            assert all(equal(found[task], batches[task]) for task in tasks)
        resumed.close()

    def test_a_fault_in_a_thread_reaches_the_caller(self, make_dataset, draw_image, tokenizer):
        directory = make_dataset([{"id": "0", "lang": "en", "text": "t", "image": "a.png"}])
        source = open_split(directory, "train", check_images=False)
        collate = Collate("text_to_image", tokenizer, 8, images=ImageReader(8))
        batches = task_batches(
            {"toy": source},
            "text_to_image",
            weights={"toy": 1},
            batch_size=2,
            temperature=1.0,
            seed=0,
            collate=collate,
        )
        iterators = TaskIterators({"text_to_image": batches})
        with pytest.raises(UserError, match=r"a.png: cannot be decoded"):
            iterators.next_batches()
        iterators.close()


class TestRealData:
    def test_forty_seven_languages(self, shared_data, tokenizer):
        source = open_split(shared_data / "emoji", "validation", check_images=False)
        collate = Collate("text_to_image", tokenizer, 16, images=ImageReader(32))
        batches = task_batches(
            {"emoji": source},
            "text_to_image",
            weights={"emoji": 1.0},
            batch_size=94,
            temperature=0.0,
            seed=0,
            collate=collate,
        )
        lang_of = {}
        for i in range(len(source)):
            record = source[i]
            lang_of.setdefault(stable_id(record.lang, record.text), record.lang)
        counts = Counter(lang_of[id] for i in range(5) for id in ids(batches[i]))
        assert len(counts) == 47 and max(counts.values()) <= 12
