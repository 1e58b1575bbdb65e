"""Exports as StableHLO: they compute what the model computes, and say what is wrong with them."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export

from tests.helpers import random_images, random_params, random_texts, tiny_model
from unimr_jax.data.tokenizer import TextTokenizer, train_tokenizer
from unimr_jax.errors import UserError
from unimr_jax.interop import stablehlo
from unimr_jax.interop.stablehlo_loader import StableHLO, load_stablehlo
from unimr_jax.models.image_tower import Patches, patchify
from unimr_jax.models.unimr import UniMR

ROOT = Path(__file__).parents[2]
PREPROCESSING = {"labels": {"intents": ["a", "b", "c"], "slots": ["x", "y"]}, "tokenizer": {}}
# Each with options that the other has not: exports take time.
MODELS = {
    "gate": {
        "text": {"positions": "learned", "max_positions": 9, "window": 1, "pooling": "cls"},
        "image": {"pooling": "cls", "resampling": "bicubic"},
        "depth": 1,
    },
    "film": {
        "text": {"scan_layers": True, "remat": "full"},
        "image": {"scan_layers": True, "stem": "convolutional", "patch": 8},
        "fusion": "film",
        "fuse_documents": True,
    },
}


class Exported(NamedTuple):
    model: UniMR
    params: dict[str, Any]
    directory: Path
    loaded: StableHLO

    def agrees(self, name: str, expected: Callable[..., dict], *inputs: np.ndarray) -> None:
        run = jax.jit(lambda params, *inputs: expected(self.model, {"params": params}, *inputs))
        actual = self.loaded.functions[name](*inputs)
        jax.tree.map(
            lambda x, y: np.testing.assert_allclose(x, y, rtol=0, atol=1e-6),
            dict(actual),
            run(self.params, *inputs),
        )


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory) -> TextTokenizer:
    directory = tmp_path_factory.mktemp("tokenizer")
    train_tokenizer(["two red stars", "zwei rote Sterne"], 300, directory)
    return TextTokenizer.load(directory)


def awkward_params(model: UniMR) -> dict[str, Any]:
    """Not in C order, and some in half precision, as a frozen base may be."""
    params = jax.tree.map(np.asfortranarray, random_params(model))
    half = jnp.dtype("bfloat16")
    return params | {"nlu": jax.tree.map(lambda x: x.astype(half), params["nlu"])}


@pytest.fixture(scope="module")
def exports(tmp_path_factory, tokenizer) -> dict[str, Exported]:
    """Look, do not touch."""
    found = {}
    for name, settings in MODELS.items():
        model, directory = tiny_model(**settings), tmp_path_factory.mktemp("export") / name
        params = awkward_params(model)
        stablehlo.write_stablehlo(directory, model, params, tokenizer, PREPROCESSING, 32)
        found[name] = Exported(model, params, directory, load_stablehlo(directory))
    return found


@pytest.fixture(scope="module", params=MODELS)
def exported(request, exports) -> Exported:
    return exports[request.param]


@pytest.fixture(scope="module")
def one(exports) -> Exported:
    return exports["gate"]


@pytest.fixture
def copy(one, tmp_path) -> Path:
    """To be broken."""
    for path in one.directory.glob("*.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    manifest["files"] = {k: v for k, v in manifest["files"].items() if "/" not in k}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def documents(model: UniMR, variables: dict, *texts: np.ndarray) -> dict:
    return {"embedding": model.apply(variables, *texts, method=model.encode_document)}


def queries(model: UniMR, variables: dict, *texts: np.ndarray) -> dict:
    query = model.apply(variables, *texts, method=model.encode_query)
    logits = {"intent_logits": query.nlu.intent_logits, "slot_logits": query.nlu.slot_logits}
    return {"embedding": query.embedding} | logits


def images(model: UniMR, variables: dict, pictures: np.ndarray | Patches) -> dict:
    return {"embedding": model.apply(variables, pictures, method=model.encode_image)}


def patches(model: UniMR, variables: dict, pixels: np.ndarray, grid: np.ndarray) -> dict:
    return images(model, variables, Patches(pixels, grid))


def cut(pictures: np.ndarray, patch: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """All in patches, their grid, and three patches of padding."""
    x = np.asarray(patchify(pictures, patch))
    batch, rows, columns, _ = x.shape
    padded = np.pad(x.reshape(batch, rows * columns, -1), ((0, 0), (0, 3), (0, 0)))
    return padded, np.full((batch, 2), (rows, columns), np.int32)


class TestFunctions:
    def test_texts_of_any_batch_and_length(self, exported):
        exported.agrees("encode_document", documents, *random_texts(3, 7))
        for batch, length in ((2, 3), (5, 9)):
            exported.agrees("encode_query", queries, *random_texts(batch, length))

    def test_images_of_any_batch(self, exported):
        for batch in (1, 3):
            exported.agrees("encode_image", images, random_images(batch))

    def test_patches_of_pictures_of_any_shape(self, one):
        for batch, *shape in ((3, 4, 12), (2, 16, 8)):
            one.agrees("encode_patches", patches, *cut(random_images(batch, *shape)))

    def test_a_picture_in_patches_is_that_picture(self, one):
        picture = random_images(1)
        whole = one.loaded.functions["encode_image"](picture)["embedding"]
        in_patches = one.loaded.functions["encode_patches"](*cut(picture))["embedding"]
        np.testing.assert_allclose(in_patches, whole, atol=1e-6)

    def test_a_convolutional_stem_takes_no_patches(self, exports):
        functions = exports["film"].loaded.functions
        assert sorted(functions) == ["encode_document", "encode_image", "encode_query"]


class TestDirectory:
    def test_every_artifact_is_for_every_platform(self, one):
        artifacts = sorted(one.directory.glob("*.bin"))
        names = ["encode_document", "encode_image", "encode_patches", "encode_query"]
        assert [path.stem for path in artifacts] == names
        for path in artifacts:
            artifact = export.deserialize(bytearray(path.read_bytes()))
            assert artifact.platforms == ("cpu", "cuda", "tpu")

    def test_the_manifest_says_how_to_call(self, one):
        manifest = one.loaded.manifest
        document = manifest["functions"]["encode_document"]
        tokens, mask = document["inputs"]["tokens"], document["inputs"]["mask"]
        assert (tokens["dtype"], tokens["shape"]) == ("int32", ["batch", "length"])
        assert (mask["dtype"], mask["shape"]) == ("bool", ["batch", "length"])
        assert document["outputs"]["embedding"]["shape"] == ["batch", manifest["embed_dim"]]
        assert document["limits"] == {"length": 9}
        assert manifest["preprocessing"] == {"labels": PREPROCESSING["labels"]}

    def test_holds_a_tokenizer_and_the_digest_of_every_other_file(self, one, tokenizer):
        files = {path.relative_to(one.directory).as_posix() for path in one.directory.rglob("*.*")}
        assert files == {"manifest.json", *one.loaded.manifest["files"]}
        again = TextTokenizer.load(one.directory / one.loaded.manifest["tokenizer"])
        texts = ["zwei rote Sterne"]
        np.testing.assert_array_equal(again.tokens(texts, 16), tokenizer.tokens(texts, 16))

    def test_whoever_may_read_one_file_may_read_all(self, one):
        files = [path for path in one.directory.rglob("*") if path.is_file()]
        assert len({path.stat().st_mode for path in files}) == 1

    def test_a_function_reads_no_more_parameters_than_it_needs(self, one):
        functions = one.loaded.manifest["functions"]
        for name, module in (("encode_image", "image"), ("encode_document", "text")):
            modules = {path.split("/")[0] for path in functions[name]["parameters"]}
            assert modules == {module, f"{module}_projection"}

    def test_does_not_tell_where_the_source_lay(self, one):
        for path in one.directory.glob("*.bin"):
            assert str(ROOT).encode() not in path.read_bytes()

    def test_is_read_without_flax_and_our_models(self, one):
        code = (
            "import sys; from pathlib import Path;"
            "from unimr_jax.interop.stablehlo_loader import load_stablehlo;"
            f"load_stablehlo(Path({str(one.directory)!r}));"
            "assert not {'flax', 'unimr_jax.models', 'transformers'} & set(sys.modules)"
        )
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)

    def test_is_whole_or_not_there(self, one, tokenizer, tmp_path, monkeypatch):
        def fail(*_):
            raise OSError("disk full")

        monkeypatch.setattr(stablehlo, "functions_of", lambda model: {})  # they take time
        monkeypatch.setattr(stablehlo, "save_file", fail)
        with pytest.raises(OSError, match="disk full"):
            stablehlo.write_stablehlo(
                tmp_path / "a", one.model, one.params, tokenizer, PREPROCESSING, 32
            )
        assert list(tmp_path.iterdir()) == []


def one_line(error: pytest.ExceptionInfo) -> str:
    message = str(error.value)
    assert "\n" not in message
    return message


class TestErrors:
    @pytest.mark.parametrize("name", ["encode_query.bin", "parameters.safetensors"])
    def test_a_changed_file_is_named(self, copy, name):
        content = bytearray((copy / name).read_bytes())
        content[len(content) // 2] ^= 1
        (copy / name).write_bytes(content)
        with pytest.raises(UserError) as error:
            load_stablehlo(copy)
        assert str(copy / name) in one_line(error)

    @pytest.mark.parametrize("name", ["encode_query.bin", "manifest.json"])
    def test_a_missing_file_is_named(self, copy, name):
        (copy / name).unlink()
        with pytest.raises(UserError, match=f"{name}: missing"):
            load_stablehlo(copy)

    def test_a_broken_manifest_is_named(self, copy):
        (copy / "manifest.json").write_text("{")
        with pytest.raises(UserError, match=r"manifest.json: not JSON"):
            load_stablehlo(copy)

    def test_an_artifact_of_another_jax(self, copy, monkeypatch):
        def deserialize(_):
            raise ValueError("version 99")

        monkeypatch.setattr(export, "deserialize", deserialize)
        with pytest.raises(UserError, match=f"cannot read what jax {jax.__version__} wrote"):
            load_stablehlo(copy)

    def test_a_text_longer_than_positions_were_learned(self, one):
        with pytest.raises(UserError, match="tokens has length 10, and the model takes 9 at most"):
            one.loaded.functions["encode_query"](*random_texts(2, 10))

    def test_without_flatbuffers(self, one, tmp_path, monkeypatch):
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(UserError, match="pip install flatbuffers"):
            load_stablehlo(one.directory)
        with pytest.raises(UserError, match="pip install flatbuffers"):
            stablehlo.write_stablehlo(tmp_path / "a", one.model, one.params, None, {}, 32)
