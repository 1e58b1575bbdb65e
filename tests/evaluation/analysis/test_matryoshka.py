from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.runs import tiny_config
from unimr_jax.data.record import Record
from unimr_jax.evaluation.analysis import matryoshka
from unimr_jax.evaluation.analysis.matryoshka import (
    prefix,
    sampled,
    trained_widths,
    width_curves,
    widths,
)
from unimr_jax.evaluation.evaluate import find
from unimr_jax.evaluation.scoring import ScoredTask


class Pairs:
    """The first number of a vector tells a from b, the others tell nothing."""

    def encode_documents(self, texts):
        vectors = {"a": (3, 4, 0, 0), "b": (-3, 4, 0, 0)}
        return np.array([vectors[text.lower()] for text in texts], np.float32) / 5


class Backwards(Pairs):
    """Only the last number tells them apart."""

    def encode_documents(self, texts):
        return super().encode_documents(texts)[:, ::-1]


RECORDS = [
    Record(text, "en", text, positive=text.upper(), positive_lang="en") for text in ("a", "b")
]


def test_widths_are_halved_to_a_sixteenth():
    assert widths(128) == [128, 64, 32, 16, 8]
    assert widths(4) == [4, 2, 1]


def test_prefixes_are_unit_vectors():
    cut = prefix(np.array([[3.0, 4.0, 12.0], [0.0, 0.0, 1.0]]), 2)
    np.testing.assert_allclose(cut, [[0.6, 0.8], [0.0, 0.0]])


def test_recall_at_every_width():
    findings = find(Pairs(), RECORDS, Path)
    assert width_curves(findings, 4) == {"text_to_text": {"4": 1.0, "2": 1.0, "1": 1.0}}


def test_a_prefix_that_tells_nothing_finds_nothing():
    findings = find(Backwards(), RECORDS, Path)
    assert width_curves(findings, 4) == {"text_to_text": {"4": 1.0, "2": 0.0, "1": 0.0}}


def test_of_many_queries_some_are_ranked(monkeypatch):
    monkeypatch.setattr(matryoshka, "QUERIES", 1)
    (scored,) = find(Pairs(), RECORDS, Path).scored
    task, ranks = sampled(ScoredTask(scored.task, [np.array([7]), np.array([9])]))
    assert (task.queries.tolist(), ranks) == ([scored.task.queries[1]], [9])
    assert task.positives == (scored.task.positives[1],)
    assert len(task.gallery) == 2


@pytest.mark.parametrize(("stage", "expected"), [("text", [8]), ("joint", [4, 8])])
def test_prefixes_trained_so_far(stage, expected, tmp_path):
    config = tiny_config(
        tmp_path,
        "--config.stages.text.tasks.text_to_image.matryoshka=(8,)",
        "--config.stages.joint.tasks.query_to_image.matryoshka=(4,)",
    )
    assert trained_widths(config, stage) == expected
