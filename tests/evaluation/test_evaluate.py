from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from unimr_jax.data.record import Record
from unimr_jax.evaluation.evaluate import evaluate
from unimr_jax.evaluation.examples import EXAMPLES
from unimr_jax.evaluation.summary import with_means
from unimr_jax.evaluation.table import format_table


def test_an_oracle_is_always_right(oracle, records):
    metrics = evaluate(oracle, records, Path).metrics
    assert set(metrics.values()) == {1.0}


def test_every_task_and_language_has_its_metrics(oracle, records):
    metrics = evaluate(oracle, records, Path).metrics
    retrieval = {"recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10"}
    nlu = {"intent_accuracy", "slot_f1", "exact_match"}
    langs = {
        "text_to_image": {"en", "de", "all"},
        "image_to_text": {"en", "de", "all"},
        "text_to_text": {"de", "all"},
        "query_to_image": {"en", "de", "all"},
        "query_to_text": {"en", "de", "all"},
    }
    expected = {
        f"{task}/{lang}/{own}" for task in langs for lang in langs[task] for own in retrieval
    }
    expected |= {f"nlu/{lang}/{own}" for lang in ("en", "de", "all") for own in nlu}
    assert set(metrics) == expected


def test_a_constant_encoder_gains_nothing_from_ties(constant, records):
    """Four pictures that score the same: each query's positive ranks fourth."""
    metrics = evaluate(constant, records, Path).metrics
    assert metrics["text_to_image/en/recall@1"] == 0
    assert metrics["text_to_image/en/recall@5"] == 1
    assert metrics["text_to_image/en/mrr@10"] == 1 / 4
    assert metrics["nlu/all/exact_match"] == 0
    assert metrics["nlu/all/slot_f1"] == 0


def test_all_is_the_unweighted_mean_of_the_languages_that_have_the_metric():
    metrics = {"nlu/en/slot_f1": 0.5, "nlu/de/slot_f1": 0.1, "nlu/en/exact_match": 0.2}
    means = {"nlu/all/slot_f1": pytest.approx(0.3), "nlu/all/exact_match": 0.2}
    assert with_means(metrics) == metrics | means


def test_queries_of_both_galleries_count_for_their_language(oracle):
    records = [
        Record("1", "de", "rot", positive="red", positive_lang="en"),
        Record("2", "de", "blau", positive="blue", positive_lang="en"),
        Record("3", "de", "blau", positive="vert", positive_lang="fr"),
        Record("4", "de", "grün", positive="bleu, blau", positive_lang="fr"),
    ]
    assert evaluate(oracle, records, Path).metrics["text_to_text/de/recall@1"] == 2 / 4


def test_items_are_encoded_once_each(oracle, records, monkeypatch):
    seen = []
    encode = oracle.encode_documents
    monkeypatch.setattr(
        oracle, "encode_documents", lambda texts: seen.extend(texts) or encode(texts)
    )
    evaluate(oracle, records * 2, Path)
    assert len(seen) == len(set(seen))


def test_examples_show_what_was_found(oracle, records, dataset):
    examples = evaluate(oracle, records, lambda image: dataset / image).examples
    assert 0 < len(examples) <= EXAMPLES
    assert {example.lang for example in examples} == {"en", "de"}
    for example in examples:
        assert [picture.right for picture in example.pictures] == [True, False, False, False]
        assert example.pictures[0].picture == example.positive
        assert example.positive.exists()
        assert (example.judged is not None) == (example.task == "query_to_image")


def test_examples_rank_ties_against_the_model(constant, records):
    assert {example.rank for example in evaluate(constant, records, Path).examples} == {4}


def test_a_split_of_one_kind_of_row_is_enough(oracle):
    captions = [Record("1", "en", "red", "red.png"), Record("2", "en", "blue", "blue.png")]
    evaluation = evaluate(oracle, captions, Path)
    assert {key.split("/")[0] for key in evaluation.metrics} == {"text_to_image", "image_to_text"}
    assert evaluation.confusion.intents == ()

    utterances = [Record("1", "en", "good night", intent="greet")]
    oracle.records = utterances
    evaluation = evaluate(oracle, utterances, Path)
    assert set(evaluation.metrics) == {
        f"nlu/{lang}/{metric}"
        for lang in ("en", "all")
        for metric in ("intent_accuracy", "exact_match")
    }
    assert evaluation.examples == ()


def test_confusion_is_over_all_languages(oracle, records):
    confusion = evaluate(oracle, records, Path).confusion
    assert confusion.intents == ("find", "greet")
    np.testing.assert_array_equal(confusion.counts, [[8, 0], [0, 4]])


def test_the_table_has_means_in_percent_and_the_worst_language():
    metrics = with_means(
        {
            "text_to_image/en/recall@1": 0.912,
            "text_to_image/sw/recall@1": 0.5,
            "nlu/en/intent_accuracy": 0.25,
        }
    )
    console = Console(width=100, file=io.StringIO())
    console.print(format_table(metrics))
    shown = console.file.getvalue()
    assert "70.6" in shown and "sw 50.0" in shown
    assert "25.0" in shown and "en 25.0" not in shown, "one language alone is no worst one"
