"""A data set with negatives is the one of before in all else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.data.sources.datasets_of_all_kinds import contents
from unimr_jax.data.mixture import task_parts
from unimr_jax.data.negatives import check_has_negatives, write_negatives
from unimr_jax.data.sources import SOURCES, open_split
from unimr_jax.errors import UserError

ROWS = [
    {"id": "1", "lang": "en", "text": "a", "positive": "p", "positive_lang": "en"},
    {"id": "2", "lang": "en", "text": "b", "image": "b.png", "negatives": ["old"]},
]


def test_rows_are_those_of_before_and_their_negatives(make_dataset, draw_image, tmp_path):
    dataset = make_dataset(ROWS)
    make_dataset([ROWS[0]], split="validation")
    (dataset / "dataset.json").write_text(json.dumps({"licence": "CC0", "fields": {"id": "id"}}))
    draw_image(dataset / "b.png")
    counts = write_negatives(dataset, tmp_path / "mined", lambda records: [("x", "y"), ()])
    assert counts == (2, 1, 2)
    train = open_split(tmp_path / "mined", "train")
    assert [train[i].negatives for i in range(2)] == [("x", "y"), ()]
    assert (train[0].positive, train[1].text) == ("p", "b")
    assert (tmp_path / "mined" / "b.png").read_bytes() == (dataset / "b.png").read_bytes()
    assert open_split(tmp_path / "mined", "validation")[0].negatives == ()
    about = json.loads((tmp_path / "mined" / "dataset.json").read_text("utf-8"))
    assert about == {"licence": "CC0", "splits": {"train": 2, "validation": 1}}


@pytest.mark.parametrize("row", [{"id": "1", "lang": "en", "text": "alone"}])
def test_without_positives_nothing_is_written(make_dataset, tmp_path, row):
    with pytest.raises(UserError, match="no row of train has a 'positive'"):
        write_negatives(make_dataset([row]), tmp_path / "mined", lambda records: [()])
    assert not list(tmp_path.glob("mined*"))


@pytest.mark.parametrize("kind", SOURCES)
def test_any_format_becomes_json_lines(dataset_of, tmp_path, kind):
    before, mined = contents(open_split(dataset_of(kind), "train")), tmp_path / "mined"
    if kind == "tfds":  # whose rows have no positive
        with pytest.raises(UserError, match="no row of train has a 'positive'"):
            write_negatives(dataset_of(kind), mined, lambda records: [])
        return
    write_negatives(dataset_of(kind), mined, lambda records: [("x",) for _ in records])
    after = contents(open_split(mined, "train"))
    assert after == {
        id: (replace(record, negatives=("x",)), picture) for id, (record, picture) in before.items()
    }


def test_a_picture_with_the_name_of_the_rows_file(make_dataset, draw_image, tmp_path):
    """Its link would be written through, into the data set that was read."""
    dataset = make_dataset([{**ROWS[0], "image": "validation.jsonl/a.png"}])
    draw_image(dataset / "validation.jsonl" / "a.png")
    with pytest.raises(UserError, match="has the name of another file of a data set"):
        write_negatives(dataset, tmp_path / "mined", lambda records: [()])


def test_one_row_with_negatives_is_enough(make_dataset):
    rows = [{**ROWS[0], "id": "2", "negatives": ["n"]}, ROWS[0]]
    sources = {"pairs": open_split(make_dataset(rows), "train")}
    check_has_negatives(
        "text_to_text", task_parts(sources, "text_to_text", weights={"pairs": [1.0]})
    )


def test_no_row_with_negatives(make_dataset):
    sources = {"pairs": open_split(make_dataset(ROWS[:1]), "train")}
    parts = task_parts(sources, "text_to_text", weights={"pairs": [1.0]})
    with pytest.raises(
        UserError, match="text_to_text: .* no row of pairs has; find them with `prep"
    ):
        check_has_negatives("text_to_text", parts)
