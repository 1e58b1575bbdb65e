"""Lists become vectors in their order; prompts come before texts, and nothing counts them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import jax
import numpy as np
import pytest
from PIL import ExifTags, Image

from tests import runs
from unimr_jax.data.images import BadImage
from unimr_jax.data.tokenizer import Prompts
from unimr_jax.retrieval.encoder import ModelEncoder, _bucket
from unimr_jax.trained import load_trained

TEXTS = ["two red stars", "find the blue house, please", "x"]


@pytest.fixture(scope="module")
def encoder(trained) -> ModelEncoder:
    with runs.one_device():
        yield load_trained(trained.workdir, "nlu").encoder()


@pytest.fixture
def prompted(encoder, monkeypatch) -> ModelEncoder:
    monkeypatch.setattr(encoder, "prompts", Prompts("query: ", "passage: "))
    return encoder


def test_queries_and_documents_have_their_own(encoder, prompted, monkeypatch):
    queries, documents = prompted.encode_queries(TEXTS), prompted.encode_documents(TEXTS)
    monkeypatch.setattr(encoder, "prompts", Prompts())
    spelt = encoder.encode_queries([f"query: {text}" for text in TEXTS])
    np.testing.assert_array_equal(queries.embeddings, spelt.embeddings)
    assert queries.intents == spelt.intents
    passages = encoder.encode_documents([f"passage: {text}" for text in TEXTS])
    np.testing.assert_array_equal(documents, passages)
    assert (documents != encoder.encode_documents(TEXTS)).any(axis=1).all()


def test_slots_are_places_in_the_text_alone(encoder, prompted, monkeypatch):
    found = prompted.encode_queries(TEXTS).slots
    assert any(found)
    for text, slots in zip(TEXTS, found, strict=True):
        for slot in slots:
            assert 0 <= slot.start < slot.end <= len(text)
            assert text[slot.start : slot.end].strip() == text[slot.start : slot.end]


def test_a_model_that_learned_no_intents_reads_none(encoder, prompted, monkeypatch):
    monkeypatch.setattr(encoder, "labels", replace(encoder.labels, intents=()))
    assert prompted.encode_queries(TEXTS).intents == ("", "", "")


def test_vectors_alone_are_those_of_the_full_reading(prompted):
    embeddings = prompted.embed_queries(TEXTS)
    np.testing.assert_allclose(embeddings, prompted.encode_queries(TEXTS).embeddings, atol=1e-6)


def test_tokens_weigh_alike_where_the_gate_has_no_strength_yet(prompted):
    for text, (offsets, weights) in zip(TEXTS, prompted.weigh_tokens(TEXTS), strict=True):
        assert offsets.shape == (len(weights), 2) and offsets.max() <= len(text)
        np.testing.assert_allclose(weights, 1 / len(weights), rtol=1e-5)


def test_without_weights_of_its_fusion_a_token_weighs_as_it_is_in_slots(trained):
    with runs.one_device():
        run = load_trained(trained.workdir, "joint")
        plain = replace(run, model=run.model.clone(fusion="loss_only")).encoder()
        ((_, weights),) = plain.weigh_tokens(TEXTS[:1])
        tokens, mask = plain.padded_queries(TEXTS[:1])
        query = run.model.apply({"params": run.params}, tokens, mask, method="encode_query")
    inside = np.asarray(query.nlu.inside)[mask]
    np.testing.assert_allclose(weights, inside / inside.sum(), rtol=1e-4)


def test_long_lists_are_tokenized_slice_by_slice(encoder, monkeypatch):
    texts = [f"{'the blue house ' * (i % 7)}{i}" for i in range(5 * encoder.batch_size + 3)]
    expected = encoder.encode_documents(texts), encoder.embed_queries(texts)
    readings, weights = encoder.encode_queries(texts), encoder.weigh_tokens(texts)
    sizes = []
    for name in ("encode", "tokens"):
        noted = _noting(getattr(encoder.tokenizer, name), sizes)
        monkeypatch.setattr(encoder.tokenizer, name, noted)
    monkeypatch.setattr("unimr_jax.retrieval.encoder.SLICE", 2)
    found = encoder.encode_documents(texts), encoder.embed_queries(texts)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    sliced = encoder.encode_queries(texts)
    np.testing.assert_allclose(sliced.embeddings, readings.embeddings, atol=1e-6)
    assert (sliced.intents, sliced.slots) == (readings.intents, readings.slots)
    for one, other in zip(encoder.weigh_tokens(texts), weights, strict=True):
        np.testing.assert_array_equal(one.offsets, other.offsets)
    size = encoder.batch_size
    assert sizes == [2 * size, 2 * size, size + 3] * 4


def _noting(tokenize, sizes: list[int]):
    def noted(texts, *rest):
        sizes.append(len(texts))
        return tokenize(texts, *rest)

    return noted


def test_nothing_becomes_nothing(encoder):
    width = encoder.encode_documents(TEXTS).shape[1]
    queries = encoder.encode_queries([])
    for vectors in (
        encoder.encode_documents([]),
        encoder.embed_queries([]),
        encoder.encode_images([]),
        queries.embeddings,
    ):
        assert vectors.shape == (0, width) and vectors.dtype == np.float32
    assert not queries.intents and not queries.slots
    assert list(encoder.weigh_tokens([])) == []


def test_padded_queries_are_one_batch_of_a_length_that_is_compiled(prompted):
    tokens, mask = prompted.padded_queries(TEXTS)
    assert tokens.shape == mask.shape == (3, 32)
    assert mask.any(axis=0).sum() == mask.sum(axis=1).max()


def test_buckets_hold_their_texts_with_little_padding():
    assert _bucket(0, 500) == 16  # of empty texts, which may have no token
    sizes = {length: _bucket(length, 500) for length in range(1, 501)}
    assert all(size >= length for length, size in sizes.items())
    assert all(size < 1.5 * length for length, size in sizes.items() if length > 32)
    assert sorted(set(sizes.values())) == [16, 32, 48, 64, 96, 128, 192, 256, 384, 500]


def test_a_program_holds_no_copy_of_the_parameters(encoder):
    text = encoder.padded_queries(TEXTS)
    picture = np.zeros((1, *[encoder.images.fitting.size] * 2, 3), np.uint8)
    for name in ("document", "query", "query_embedding", "image"):
        program, params = getattr(encoder, f"_{name}").args
        inputs = (picture,) if name == "image" else text
        compiled = program.lower(params, *inputs).compile()
        tower = params["params"]["image" if name == "image" else "text"]
        weights = max(x.nbytes for x in jax.tree.leaves(tower))
        assert compiled.memory_analysis().argument_size_in_bytes > weights


@pytest.fixture(scope="module", params=[(8, 1, 1), (2, 4, 1), (4, 1, 2)])
def spread(trained, request) -> ModelEncoder:
    with runs.mesh(request.param):
        return load_trained(trained.workdir, "joint").encoder()


class TestOnSeveralDevices:
    def test_each_encodes_its_part_of_a_batch(self, spread):
        tokens, mask = spread.padded_queries(TEXTS[:1] * spread.batch_size)
        vectors = spread._document(tokens, mask)
        parts = {shard.index[0].start: shard.data.shape for shard in vectors.addressable_shards}
        assert len(parts) > 1 and len(set(parts.values())) == 1
        assert len(parts) * parts[0][0] == spread.batch_size

    def test_vectors_are_those_of_one(self, spread, trained, tmp_path):
        with runs.one_device():
            one = load_trained(trained.workdir, "joint").encoder()
        Image.effect_noise((60, 60), 90).convert("RGB").save(tmp_path / "a.png")
        pictures = [tmp_path / "a.png"] * 3
        close = partial(np.testing.assert_allclose, atol=1e-5)
        close(spread.encode_images(pictures), one.encode_images(pictures))
        close(spread.encode_documents(TEXTS), one.encode_documents(TEXTS))
        close(spread.encode_queries(TEXTS).embeddings, one.encode_queries(TEXTS).embeddings)
        assert spread.encode_queries(TEXTS).slots == one.encode_queries(TEXTS).slots


def test_pictures_of_an_iterator_are_as_those_of_files(encoder, tmp_path):
    files = [tmp_path / f"{i}.png" for i in range(2 * encoder.batch_size + 3)]
    for i, file in enumerate(files):
        Image.new("RGB", (40, 30 + i % 7), (i, 90, 255 - i)).save(file)
    vectors = encoder.encode_images(files)
    assert vectors.shape[0] == len(files) and len(np.unique(vectors, axis=0)) == len(files)
    np.testing.assert_array_equal(encoder.encode_images(map(Image.open, files)), vectors)


def test_a_picture_may_be_there_twice(encoder, tmp_path):
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = 6
    Image.effect_noise((600, 600), 90).convert("RGB").save(tmp_path / "a.jpg", exif=turned)
    read_when_needed = Image.open(tmp_path / "a.jpg")
    vectors = encoder.encode_images([read_when_needed] * 16)
    np.testing.assert_array_equal(vectors, np.repeat(vectors[:1], 16, axis=0))


def test_a_broken_picture_is_named(encoder, tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(BadImage, match="a.png: cannot be decoded"):
        encoder.encode_images([tmp_path / "a.png"] * 5)
