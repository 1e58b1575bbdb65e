"""ONNX graphs give the run's own vectors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

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
    """With pictures of any shape, as patches."""
    found = load_trained(trained.workdir)
    data = replace(found.config.data, fit="naflex", max_patches=6)
    return replace(found, config=replace(found.config, data=data))


def parts(run):
    return run.params, run.config, run.directory / workdir.TOKENIZER, run.labels


def close(found, expected):
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.slow
def test_graphs_of_a_run(run, scenes_root, tmp_path):
    for package in onnx_export.PACKAGES:
        pytest.importorskip(package, reason=f"needs {package} of requirements-export.txt")
    import onnxruntime

    def graph(name, **inputs):
        return onnxruntime.InferenceSession(tmp_path / "a" / f"{name}.onnx").run(None, inputs)

    write_onnx(tmp_path / "a", *parts(run))
    encoder, tokenizer = run.encoder(), TextTokenizer.load(tmp_path / "a")
    tokens, mask = (x.astype(np.int64) for x in tokenizer.tokens(TEXTS, 27))
    texts = {"input_ids": tokens, "attention_mask": mask}
    close(graph("encode_document", **texts)[0], encoder.encode_documents(TEXTS))
    vectors, intents, slots = graph("encode_query", **texts)
    expected = encoder.encode_queries(TEXTS)
    close(vectors, expected.embeddings)
    assert [run.labels.intents[i] for i in intents.argmax(-1)] == list(expected.intents)
    assert slots.shape == (*tokens.shape, len(run.labels.bio))
    pictures = sorted((scenes_root / "scenes" / "images").glob("*.png"))[:3]
    patches = stack([encoder.images.read(path) for path in pictures])
    close(graph("encode_image", **patches)[0], encoder.encode_images(pictures))


def test_missing_packages_are_named(run, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_export, "find_spec", lambda name: None if "script" in name else name)
    with pytest.raises(UserError, match="ONNX needs onnxscript: run pip install onnxscript"):
        write_onnx(tmp_path / "a", *parts(run))
    assert not list(tmp_path.iterdir())
