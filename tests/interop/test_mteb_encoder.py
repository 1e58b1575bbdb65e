"""mteb runs a trained model on its mock tasks; each kind of input takes its own path.

Importing mteb takes seconds, which only the process spends that runs these tests.
"""

from __future__ import annotations

import importlib
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from datasets import Dataset, Features, Image, Value
from PIL import Image as Picture
from torch.utils.data import DataLoader

from tests import runs
from unimr_jax.errors import UserError
from unimr_jax.trained import load_trained

TEXTS = ["a star", "find me the picture with two red stars on it, please", "ein Haus", "blue " * 25]
PICTURES = [Picture.new(*kind) for kind in (("RGB", (9, 9), "red"), ("L", (30, 7)), ("1", (5, 8)))]


@pytest.fixture(scope="module")
def model(trained):
    with runs.one_device():
        return load_trained(trained.workdir)


@pytest.fixture(scope="module")
def encoder(model):
    from unimr_jax.interop.mteb_encoder import MtebEncoder

    return MtebEncoder(model)


@pytest.fixture(scope="module")
def plain(model):
    return model.encoder()


@pytest.fixture
def encode(encoder):
    from mteb.types import PromptType

    def run(prompt_type: str | None = None, **columns: list) -> np.ndarray:
        return encoder.encode(
            loader(columns),
            task_metadata=SimpleNamespace(name="Task"),
            hf_split="test",
            hf_subset="default",
            prompt_type=prompt_type and PromptType(prompt_type),
            batch_size=7,
        )

    return run


def loader(columns: dict[str, list]) -> DataLoader:
    types = {name: Image() if name == "image" else Value("string") for name in columns}
    dataset = Dataset.from_dict(columns, features=Features(types))
    return DataLoader(dataset, batch_size=2, collate_fn=lambda rows: _by_column(rows))


def _by_column(rows: list[dict]) -> dict[str, list]:
    return {name: [row[name] for row in rows] for name in rows[0]}


@pytest.mark.slow
def test_every_text_and_image_mock_task_runs(encoder):
    import mteb
    from mteb.mocks import ALL_MOCK_TASK_TEST_GRID

    wanted = {
        task.metadata.name
        for task in ALL_MOCK_TASK_TEST_GRID
        if set(task.metadata.modalities) <= {"text", "image"}
    }
    results = {name: result for name, result in mteb.mock_run(encoder).items() if result}
    assert results.keys() == wanted and len(wanted) >= 43
    failed = {k: v for k, v in results.items() if not isinstance(v, mteb.results.TaskResult)}
    assert not failed


class TestEncode:
    def test_only_queries_are_encoded_as_queries(self, encode, plain):
        documents, queries = plain.encode_documents(TEXTS), plain.encode_queries(TEXTS).embeddings
        assert not np.allclose(documents, queries, atol=1e-3)
        assert (encode("query", text=TEXTS) == queries).all()
        assert (encode("document", text=TEXTS) == documents).all()
        assert (encode(text=TEXTS) == documents).all()

    @pytest.mark.parametrize("prompt_type", [None, "query"])
    def test_rows_stay_in_order(self, encode, prompt_type):
        rows = [encode(prompt_type, text=[text])[0] for text in TEXTS]
        np.testing.assert_allclose(encode(prompt_type, text=TEXTS), rows, atol=1e-6)

    def test_pictures(self, encode, plain, tmp_path):
        paths = [tmp_path / f"{i}.png" for i in range(len(PICTURES))]
        for path, picture in zip(paths, PICTURES):
            picture.save(path)
        assert (encode(image=PICTURES) == plain.encode_images(paths)).all()

    def test_a_row_of_both_is_the_unit_vector_of_their_sum(self, encode):
        texts = TEXTS[: len(PICTURES)]
        summed = encode(image=PICTURES) + encode("query", text=texts)
        both = encode("query", image=PICTURES, text=texts)
        np.testing.assert_allclose(both, summed / np.linalg.norm(summed, axis=1)[:, None], 1e-5)

    @pytest.mark.parametrize("modality", ["audio", "video"])
    def test_other_modalities(self, encode, modality):
        with pytest.raises(UserError, match=f"task Task: its rows have {modality}; the model"):
            encode(**{"text": ["a"], modality: ["b"]})

    def test_neither_text_nor_image(self, encode):
        with pytest.raises(UserError, match=r"task Task: its columns are \['label'\]; the model"):
            encode(label=["a"])


class TestModelMeta:
    def test_says_what_the_model_is(self, encoder, model):
        meta = encoder.mteb_model_meta
        assert meta.name == "unimr_jax/tiny" and set(meta.modalities) == {"text", "image"}
        assert (meta.embed_dim, meta.max_tokens, meta.similarity_fn_name) == (16, 32, "cosine")
        assert meta.languages == ["deu-Latn", "eng-Latn"]

    def test_the_revision_tells_stages_apart(self, encoder, trained):
        from unimr_jax.interop.mteb_encoder import model_meta

        with runs.one_device():
            other = model_meta(load_trained(trained.workdir, "text"))
        assert other.revision.startswith("text-")
        assert encoder.mteb_model_meta.revision.startswith("joint-")
        assert other.revision.split("-")[1] != encoder.mteb_model_meta.revision.split("-")[1]


def test_without_mteb_the_error_says_how_to_get_it(monkeypatch):
    from unimr_jax.interop import mteb_encoder

    monkeypatch.setitem(sys.modules, "mteb.languages.iso_mappings", None)
    with pytest.raises(UserError, match="mteb: .+; run: pip install 'mteb>=2.26,<3'"):
        importlib.reload(mteb_encoder)
