from __future__ import annotations

import json
import re

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.data.conftest import SHARED_DATA
from unimr_jax.__main__ import main
from unimr_jax.data.convert.convert import convert, write_here
from unimr_jax.data.inspection.inspect import inspect
from unimr_jax.data.inspection.page import pieces, render_page, write_page
from unimr_jax.data.inspection.samples import PER_LANGUAGE, Samples
from unimr_jax.data.inspection.table import broken_facts, split_facts
from unimr_jax.data.record import Record, Slot
from unimr_jax.data.sources import SOURCES
from unimr_jax.errors import UserError


def row(id: str, text: str, lang: str = "en", **fields) -> dict:
    return {"id": id, "lang": lang, "text": text, **fields}


def drawing(path, shift: int = 0, quality: int = 90, turned: bool = False) -> str:
    """A picture with something to see; shifted, of other quality or turned it is another."""
    image = Image.new("RGB", (96, 64), "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((8 + shift, 8, 50 + shift, 56), "firebrick")
    draw.rectangle((60, 20, 88, 60), "navy")
    path.parent.mkdir(parents=True, exist_ok=True)
    (image.rotate(90) if turned else image).save(path, quality=quality)
    return f"images/{path.name}"


@pytest.fixture
def dataset(make_dataset, tmp_path):
    images = tmp_path / "toy" / "images"
    one = drawing(images / "one.jpg")
    copy = drawing(images / "copy.jpg")
    alike = drawing(images / "alike.jpg", quality=60)
    other = drawing(images / "other.jpg", turned=True)
    (images / "broken.jpg").write_bytes((images / "one.jpg").read_bytes()[:300])
    request = {"intent": "find", "slots": [{"start": 5, "end": 8, "label": "what"}]}
    make_dataset(
        [
            row("1", "a dog", image=one),
            row("2", "find cat", **request),
            row("3", "ein Hund", "de", positive="a dog", positive_lang="en"),
            row("4", "a dog", image=other),
            b"\xff",
            "{",
            row("1", "twice"),
            row("5", "", image=one),
            row("6", "gone", image="images/gone.jpg"),
            row("7", "broken", image="images/broken.jpg"),
            row("8", "broken too", image="images/broken.jpg"),
        ]
    )
    return make_dataset(
        [row("1", "a dog", image=copy), row("2", "a hound", image=alike), row("3", "a dog", "fi")],
        "validation",
    )


@pytest.fixture
def found(dataset):
    return inspect(dataset)


def test_counts(found):
    assert dict(split_facts(found)) == {
        "rows": [7, 3],
        "broken rows": [7, 0],
        "languages": [2, 2],
        "text_to_image": [5, 3 - 1],
        "text_to_text": [1, 0],
        "nlu": [1, 0],
        "pictures": [4, 2],
        "intents": [1, 0],
        "slot labels": [1, 0],
        "texts repeated": [1, 0],
    }
    assert found.languages == ["de", "en", "fi"]


def test_broken_rows_by_reason_with_the_first(found):
    counted = {subject: (count, first) for subject, count, first in broken_facts(found)}
    assert {subject: count for subject, (count, _) in counted.items()} == {
        "encoding": 1,
        "JSON": 1,
        "field 'id'": 1,
        "field 'text'": 1,
        "field 'image'": 3,
    }
    assert counted["encoding"][1].startswith("train.jsonl:5: ")
    assert "also the id of train.jsonl:1;" in counted["field 'id'"][1]
    assert re.match(r"train.jsonl:9: .*gone.jpg does not exist", counted["field 'image'"][1])


def test_texts_in_two_splits(found):
    """Of equal language."""
    (shared,) = found.shared_texts
    assert (shared.splits, shared.count) == (("train", "validation"), 1)
    ((here, there),) = shared.examples
    places = found.splits["train"].where(here), found.splits["validation"].where(there)
    assert [found.short(place) for place in places] == ["train.jsonl:1", "validation.jsonl:1"]


def test_pictures_in_two_splits(found):
    names = {split: rows.images for split, rows in found.splits.items()}

    def named(shared):
        return [(names["train"][a], names["validation"][b]) for a, b in shared.examples]

    (same,), (alike,) = found.shared_pictures, found.look_alikes
    assert named(same) == [("images/one.jpg", "images/copy.jpg")]
    assert named(alike) == [("images/one.jpg", "images/alike.jpg")]


def test_lengths(found):
    train = found.splits["train"]
    assert found.unit == "characters"
    assert train.length.tolist() == [5, 8, 8, 5, 4, 6, 10]
    assert train.positive_length.tolist() == [5]


def test_lengths_in_tokens(dataset, tokenizer, tmp_path):
    tokenizer.save(tmp_path / "tokenizer")
    found = inspect(dataset, str(tmp_path / "tokenizer"))
    _, mask = tokenizer.tokens(["a dog", "find cat"], 32)
    assert found.unit == "tokens"
    assert found.splits["train"].length[:2].tolist() == mask.sum(axis=1).tolist()


def test_the_page_needs_nothing_but_itself(found, tmp_path):
    page = write_page(tmp_path / "out", found)
    assert page == tmp_path / "out" / "inspection.html"
    html = page.read_text("utf-8")
    assert html.count("data:image/webp;base64,") >= 4
    assert not re.findall(r'(?:src|href)="(?!data:|#)', html)
    assert "<mark>cat<bdi>what</bdi></mark>" in html
    assert write_page(tmp_path / "a.html", found) == tmp_path / "a.html"


def test_the_page_escapes_what_it_shows(make_dataset):
    html = render_page(inspect(make_dataset([row("<b>", "<script>alert()</script>")])))
    assert "<script>" not in html and "&lt;script&gt;" in html and "<b>" not in html


def test_pieces():
    record = Record("1", "en", "find cat now", slots=(Slot(5, 8, "what"),))
    assert list(pieces(record)) == [("find ", None), ("cat", "what"), (" now", None)]


def test_samples_are_even_and_repeatable():
    drawn = np.zeros(1000)
    for seed in range(2):
        samples = Samples()
        for number in range(1000):
            samples.offer(Record(str(number), "en", "text"))
        drawn[[int(own.id) for own in samples.rows["en"]]] += 1
        assert len(samples.rows["en"]) == PER_LANGUAGE, seed
    assert drawn.max() == 2 and drawn.sum() == 2 * PER_LANGUAGE
    assert np.flatnonzero(drawn).max() > PER_LANGUAGE


def test_no_data_set(tmp_path):
    with pytest.raises(UserError, match="dataset.json: missing, so this is no data set"):
        inspect(tmp_path)


@pytest.mark.parametrize("format", ["array_record", "parquet", "webdataset"])
def test_formats_give_the_same(dataset, tmp_path, format):
    for module in {"parquet": ["pyarrow"], "array_record": ["array_record"]}.get(format, []):
        pytest.importorskip(module)
    clean, copy = tmp_path / "clean", tmp_path / "copy"
    options = {"on_bad_record": "skip", "max_bad_fraction": 1.0}
    convert(str(dataset), str(clean), "jsonl", 0, run=write_here, **options)
    convert(str(clean), str(copy), format, 2, run=write_here)
    before, after = inspect(clean), inspect(copy)
    assert split_facts(after) == split_facts(before) and after.broken == 0
    assert after.shared_texts == before.shared_texts
    assert [s.count for s in after.shared_pictures] == [s.count for s in before.shared_pictures]
    assert "data:image/webp" in render_page(after)


def test_an_empty_split(make_dataset):
    found = inspect(make_dataset([]))
    assert "no rows" not in render_page(found)
    assert dict(split_facts(found)) == {}


def test_command(dataset, tmp_path, capsys):
    page = tmp_path / "page.html"
    assert main(["prepare", "inspect", f"--dataset={dataset}", f"--output={page}"]) == 0
    shown = capsys.readouterr().out
    assert "10 rows, 7 broken, 6 pictures" in shown and f"page: {page}" in shown
    assert "look-alikes" in shown and "field 'image'" in shown


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="../shared/data is not there")
@pytest.mark.parametrize("name", ["pictograms", "photos-coco-cc", "xquad", "injongo"])
def test_real_data(name):
    found = inspect(SHARED_DATA / name)
    about = json.loads((SHARED_DATA / name / "dataset.json").read_text("utf-8"))
    assert {split: len(rows) for split, rows in found.splits.items()} == about["splits"]
    assert found.broken == 0


@pytest.mark.parametrize("kind", SOURCES)
def test_any_format_is_inspected(dataset_of, kind):
    found = inspect(dataset_of(kind))
    facts = dict(split_facts(found))
    pictured_only = kind == "tfds"  # its builder left the others out
    assert facts["rows"] == [3 if pictured_only else 5]
    assert facts["pictures"] == [2] and not found.broken
    assert "data:image/" in render_page(found)
