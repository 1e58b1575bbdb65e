from __future__ import annotations

import json

import pytest

from unimr_jax.errors import UserError
from unimr_jax.evaluation.analysis.languages import (
    Gain,
    gains,
    mean_gain,
    read_against,
    share_gaining,
)

THERE = {
    "query_to_image/en/recall@1": 0.5,
    "query_to_image/de/recall@1": 0.25,
    "query_to_image/fr/recall@1": 0.25,
    "query_to_image/all/recall@1": 1 / 3,
    "query_to_image/en/recall@5": 0.9,
    "nlu/en/slot_f1": 0.5,
}
HERE = {
    "query_to_image/en/recall@1": 0.75,
    "query_to_image/de/recall@1": 0.25,
    "query_to_image/ja/recall@1": 1.0,
    "query_to_image/all/recall@1": 2 / 3,
    "nlu/en/slot_f1": 0.25,
    "text_to_text/en/recall@1": 1.0,
}


def test_gains_of_the_languages_and_tasks_in_both():
    compared = gains(THERE, HERE)
    assert compared == {
        ("query_to_image", "recall@1"): {"de": Gain(0.25, 0.25), "en": Gain(0.5, 0.75)},
        ("nlu", "slot_f1"): {"en": Gain(0.5, 0.25)},
    }
    own = compared["query_to_image", "recall@1"]
    assert (share_gaining(own), mean_gain(own)) == (0.5, 0.125)


def test_another_report_is_read(tmp_path):
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps(THERE))
    assert read_against(path) == (str(path), THERE)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, "no such file"),
        ("{", "not JSON"),
        ("[1]", "no flat metrics"),
        ('{"a": 1}', "no flat metrics"),
        ('{"nlu/en/slot_f1": "1"}', "no flat metrics"),
    ],
)
def test_what_is_no_report_is_said(tmp_path, text, found):
    path = tmp_path / "metrics.json"
    if text:
        path.write_text(text)
    with pytest.raises(UserError, match=f"--against={path}: {found}; name a report's metrics.json"):
        read_against(path)
