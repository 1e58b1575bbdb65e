"""An exported directory, loaded by the libraries it is for, gives the run's own vectors."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer

from tests.helpers import random_params
from unimr_jax.data.labels import Labels
from unimr_jax.interop.parameters import write_tensors
from unimr_jax.interop.torch_export import (
    state_dict,
    write_sentence_transformer,
    write_torch_model,
)
from unimr_jax.losses.contrastive import Pairs, prefix
from unimr_jax.models.unimr import UniMR
from unimr_jax.trained import load_trained
from unimr_jax.training import workdir
from unimr_jax.training.run import build_model

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

TEXTS = [
    "show me a red circle from last week",
    "[SEP] is five characters, and [PAD] is, too",
    "ein blaues Quadrat " * 20,  # longer than texts are cut to
    "",
    "Grün, 42 ﬁsh — 猫",
]


@pytest.fixture(scope="module")
def run(trained):
    """A finished run as it is on disk: its encoder, and what an export takes."""
    found = load_trained(trained.workdir)
    tokenizer = found.directory / workdir.TOKENIZER
    return found.encoder(), (found.params, found.config, tokenizer, found.labels, ())


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    directory = tmp_path_factory.mktemp("exports") / "sentences"
    write_sentence_transformer(directory, *run[1])
    return directory


@pytest.fixture(scope="module")
def sentences(exported):
    return sentence_transformer(exported, device="cpu")


def sentence_transformer(directory: Path, **settings: str) -> SentenceTransformer:
    # Takes seconds, which only the process spends that runs these tests.
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(directory), trust_remote_code=True, **settings)


@pytest.fixture(scope="module")
def pictures(scenes_root, tmp_path_factory):
    """One of the run's, a wide one that is half transparent, and a JPEG of many times the size."""
    directory = tmp_path_factory.mktemp("pictures")
    Image.new("RGBA", (40, 20), (255, 0, 0, 128)).save(directory / "wide.png")
    ramp = np.arange(300 * 200 * 3).reshape(200, 300, 3) % 251
    Image.fromarray(ramp.astype(np.uint8)).save(directory / "large.jpg")
    one = next((scenes_root / "scenes" / "images").glob("*.png"))
    return [one, directory / "wide.png", directory / "large.jpg"]


def close(found, expected):
    np.testing.assert_allclose(np.asarray(found), expected, atol=1e-5)


class TestSentenceTransformer:
    def test_documents(self, run, sentences):
        expected = run[0].encode_documents(TEXTS)
        close(sentences.encode(TEXTS, batch_size=2), expected)
        close(sentences.encode_document(TEXTS), expected)

    def test_queries_have_what_is_understood_of_them_fused_in(self, run, sentences):
        expected = run[0].encode_queries(TEXTS)
        close(sentences.encode_query(TEXTS, batch_size=2), expected.embeddings)
        assert np.abs(sentences.encode(TEXTS) - expected.embeddings).max() > 1e-3
        found = sentences.encode_query(TEXTS, output_value=None)
        intents = sentences[0].model.config.id2label
        assert [intents[int(x["intent_logits"].argmax())] for x in found] == list(expected.intents)

    def test_pictures(self, run, sentences, pictures):
        expected = run[0].encode_images(pictures)
        close(sentences.encode(pictures), expected)
        close(sentences.encode([{"image": str(path)} for path in pictures]), expected)
        opened = [Image.open(path) for path in pictures[:2]]
        close(sentences.encode_document(opened), expected[:2])

    def test_texts_and_pictures_together(self, run, sentences, pictures):
        found = sentences.encode([TEXTS[0], pictures[0], TEXTS[1], pictures[1]])
        close(found[::2], run[0].encode_documents(TEXTS[:2]))
        close(found[1::2], run[0].encode_images(pictures[:2]))

    def test_prompts_stand_before_texts(self, run, sentences):
        found = sentences.encode_query(TEXTS, prompt="find: ")
        close(found, run[0].encode_queries([f"find: {text}" for text in TEXTS]).embeddings)

    def test_the_runs_own_prompts_come_with_it(self, run, tmp_path):
        params, config, *rest = run[1]
        tokenizer = replace(config.tokenizer, query_prompt="q: ", document_prompt="d: ")
        write_sentence_transformer(
            tmp_path / "a", params, replace(config, tokenizer=tokenizer), *rest
        )
        loaded = sentence_transformer(tmp_path / "a")
        documents = run[0].encode_documents([f"d: {text}" for text in TEXTS])
        close(loaded.encode(TEXTS), documents)
        close(loaded.encode_document(TEXTS), documents)
        queries = run[0].encode_queries([f"q: {text}" for text in TEXTS])
        close(loaded.encode_query(TEXTS), queries.embeddings)

    def test_prefixes_are_ours_once_renormalised(self, run, sentences):
        full = run[0].encode_documents(TEXTS)
        ours = prefix(Pairs(full, full, (), scale=1.0), 8).queries
        close(sentences.encode(TEXTS, truncate_dim=8, normalize_embeddings=True), ours)

    def test_says_what_it_is(self, run, sentences):
        assert sentences.modalities == ["text", "image"]
        assert sentences.max_seq_length == run[0].max_length
        assert sentences.get_embedding_dimension() == 16
        assert sentences.similarity_fn_name == "cosine"

    def test_asks_nothing_once_it_is_trusted(self, exported, monkeypatch):
        asked = []
        monkeypatch.setattr("builtins.input", asked.append)
        sentence_transformer(exported)
        assert asked == []

    def test_saves_itself(self, sentences, tmp_path):
        sentences.save(str(tmp_path / "again"))
        again = sentence_transformer(tmp_path / "again")
        close(again.encode_query(TEXTS), sentences.encode_query(TEXTS))


class TestAutoModel:
    def test_gives_the_same(self, run, tmp_path, pictures):
        write_torch_model(tmp_path / "model", *run[1])
        model = AutoModel.from_pretrained(tmp_path / "model", trust_remote_code=True)
        tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model", trust_remote_code=True)
        inputs = tokenizer(TEXTS, padding=True, truncation=True, return_tensors="pt")
        with torch.no_grad():
            output = model(**inputs, **model.read_images(pictures), task="query")
            close(model(**inputs).text_embeds, run[0].encode_documents(TEXTS))
        close(output.text_embeds, run[0].encode_queries(TEXTS).embeddings)
        close(output.image_embeds, run[0].encode_images(pictures))
        assert output.slot_logits.shape == (*inputs["input_ids"].shape, len(run[0].labels.bio))

    def test_names_intents_and_slots(self, run, exported):
        config = json.loads((exported / "config.json").read_text())
        assert list(config["id2label"].values()) == list(run[0].labels.intents)
        assert config["bio_labels"] == list(run[0].labels.bio)

    def test_of_a_run_without_intents(self, run, tmp_path):
        """Its head has one intent, and "O"."""
        params, config, tokenizer, *_ = run[1]
        labels = Labels((), ())
        model: UniMR = build_model(config, run[0].tokenizer, labels)
        params = random_params(model)
        write_torch_model(tmp_path / "model", params, config, tokenizer, labels, ())
        loaded = AutoModel.from_pretrained(tmp_path / "model", trust_remote_code=True)
        assert loaded.config.num_labels == 1


def test_bfloat16_scalars_and_other_layouts_are_written_as_they_read(tmp_path):
    kernel = jnp.arange(6, dtype=jnp.bfloat16).reshape(2, 3)
    others = {"bias": np.arange(4.0)[::2], "log_scale": np.array(2.0)}
    write_tensors(tmp_path / "a.safetensors", state_dict({"a": {"kernel": kernel, **others}}))
    found = load_file(tmp_path / "a.safetensors")
    np.testing.assert_array_equal(found["a.weight"], [[0, 3], [1, 4], [2, 5]])
    np.testing.assert_array_equal(found["a.bias"], [0, 2])
    assert found["a.log_scale"].shape == () and found["a.weight"].dtype == torch.float32
