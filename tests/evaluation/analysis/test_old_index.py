from __future__ import annotations

from pathlib import Path

import numpy as np

from unimr_jax.evaluation.analysis.old_index import metrics_with
from unimr_jax.evaluation.evaluate import find


def test_texts_search_the_vectors_given(oracle, records):
    findings = find(oracle, records, Path)
    pictures = findings.encoded.embeddings["image"]
    same = metrics_with(findings, pictures)
    assert set(same.values()) == {1.0}
    assert {key.split("/")[0] for key in same} == {"text_to_image", "query_to_image"}
    assert {key.split("/")[2] for key in same} == {"recall@1", "recall@10"}

    swapped = metrics_with(findings, pictures[[1, 0, 2, 3]])
    assert swapped["query_to_image/en/recall@1"] == 0.5
    assert swapped["query_to_image/all/recall@10"] == 1.0


def test_what_was_found_stays_as_it_was(oracle, records):
    findings = find(oracle, records, Path)
    before = findings.encoded.embeddings["image"].copy()
    metrics_with(findings, np.zeros_like(before))
    np.testing.assert_array_equal(findings.encoded.embeddings["image"], before)
