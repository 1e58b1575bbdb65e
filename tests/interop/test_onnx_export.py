"""ONNX graphs give the run's own vectors."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from unimr_jax.__main__ import main
from unimr_jax.data.images import stack
from unimr_jax.data.tokenizer import TextTokenizer
from unimr_jax.errors import UserError
from unimr_jax.interop import onnx_export
from unimr_jax.interop.onnx_export import write_onnx
from unimr_jax.trained import load_trained
from unimr_jax.training import workdir

TEXTS = ["two red stars", "find the blue house from last week, please", "x"]


@pytest.fixture(scope="module")
def run(trained):
    return load_trained(trained.workdir)


def require_packages():
    for package in onnx_export.PACKAGES:
        pytest.importorskip(package, reason=f"needs {package} of requirements-export.txt")


def graph(directory, name, **inputs):
    import onnxruntime

    return onnxruntime.InferenceSession(directory / f"{name}.onnx").run(None, inputs)


def first_pictures(scenes_root):
    return sorted((scenes_root / "scenes" / "images").glob("*.png"))[:3]


def parts(run):
    return run.params, run.config, run.directory / workdir.TOKENIZER, run.labels, ()


def close(found, expected):
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.slow
def test_graphs_of_a_run_and_their_card(run, scenes_root, tmp_path, monkeypatch):
    require_packages()
    exported = tmp_path / "a"
    flags = f"--workdir={run.directory}", "--format=onnx", f"--output={exported}"
    assert main(["export", *flags, "--license=apache-2.0"]) == 0
    card = (exported / "README.md").read_text()
    assert "license: apache-2.0" in card and "scenes" in card
    monkeypatch.chdir(exported)
    names: dict[str, Any] = {}
    exec(re.search(r"```python\n(.*?)```", card, re.DOTALL)[1], names)
    assert names["documents"].shape == names["queries"].shape == (1, run.config.model.embed_dim)
    encoder, tokenizer = run.encoder(), TextTokenizer.load(exported)
    tokens, mask = (x.astype(np.int64) for x in tokenizer.tokens(TEXTS, 27))
    texts = {"input_ids": tokens, "attention_mask": mask}
    close(graph(exported, "encode_document", **texts)[0], encoder.encode_documents(TEXTS))
    vectors, intents, slots = graph(exported, "encode_query", **texts)
    expected = encoder.encode_queries(TEXTS)
    close(vectors, expected.embeddings)
    assert [run.labels.intents[i] for i in intents.argmax(-1)] == list(expected.intents)
    assert slots.shape == (*tokens.shape, len(run.labels.bio))
    pictures = first_pictures(scenes_root)
    pixels = stack([encoder.images.read(path) for path in pictures])
    close(graph(exported, "encode_image", pixels=pixels)[0], encoder.encode_images(pictures))


@pytest.mark.slow
def test_pictures_of_any_shape_as_patches(run, scenes_root, tmp_path, monkeypatch):
    require_packages()
    from unimr_jax.interop import onnx_graphs

    graphs = onnx_graphs._graphs  # of pictures alone, since texts have nothing to do with it
    monkeypatch.setattr(onnx_graphs, "_graphs", lambda config: graphs(config)[:1])
    data = replace(run.config.data, fit="naflex", max_patches=6)
    run = replace(run, config=replace(run.config, data=data))
    write_onnx(tmp_path / "a", *parts(run))
    encoder, pictures = run.encoder(), first_pictures(scenes_root)
    patches = stack([encoder.images.read(path) for path in pictures])
    close(graph(tmp_path / "a", "encode_image", **patches)[0], encoder.encode_images(pictures))


def test_missing_packages_are_named(run, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_export, "find_spec", lambda name: None if "script" in name else name)
    with pytest.raises(UserError, match="ONNX needs onnxscript: run pip install onnxscript"):
        write_onnx(tmp_path / "a", *parts(run))
    assert not list(tmp_path.iterdir())
