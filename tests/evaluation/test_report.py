from __future__ import annotations

import base64
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unimr_jax.data.record import Record, Slot
from unimr_jax.evaluation.analysis.section import HeatedText, Piece, Section, Table
from unimr_jax.evaluation.curves import loss_curves, stages_of
from unimr_jax.evaluation.evaluate import Evaluation, evaluate
from unimr_jax.evaluation.nlu import Confusion, Reading
from unimr_jax.evaluation.report import pieces, thumbnail, write_report

HOSTILE = "--></svg><script>alert('$1 & $2')</script>"


def line(stage: str, step: int, **loss: float) -> dict:
    return {"stage": stage, "step": step, "loss": loss}


HISTORY = [
    line("text", 10, text_to_image=4.0),
    line("text", 20, text_to_image=3.0),
    line("joint", 10, text_to_image=2.0, intent=1.0),
    line("joint", 20, text_to_image=1.5, intent=0.5),
]


def section(word: str = "red") -> Section:
    return Section(
        title=f"About noise {word}",
        said=[f"It grows. {word}", "Or not."],
        note=f"Read it so. {word}",
        values={"recall": 0.9, word: 1},
        figures={f"over length {word}": "<svg>noise</svg>"},
        table=Table(("recall", word), [("text", "90.0"), (word, word)]),
        texts=[
            HeatedText("en", [Piece("find ", 0.0), Piece(word, 0.5, True, "2.83×")]),
            HeatedText("ar", [Piece(word, -0.25, False, "0.59×")]),
        ],
    )


class Loads(HTMLParser):
    """Collects the elements of a page and the addresses that they point to."""

    def __init__(self, page: str):
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        pointing = ("src", "href", "xlink:href", "srcset", "action", "data", "poster")
        self.addresses += [value for name, value in attributes if name in pointing]


@pytest.fixture
def evaluation(oracle, records, dataset) -> Evaluation:
    return evaluate(oracle, records, lambda image: dataset / image)


def test_metrics_json_is_the_flat_metrics_sorted(evaluation, tmp_path):
    facts = {"split": "test", "data": "färben"}
    write_report(tmp_path / "report", evaluation, HISTORY, "a title", facts, {})
    metrics = json.loads((tmp_path / "report" / "metrics.json").read_text())
    assert metrics == evaluation.metrics
    assert list(metrics) == sorted(metrics)
    assert json.loads((tmp_path / "report" / "facts.json").read_text("utf-8")) == facts
    files = {"metrics.json", "facts.json", "analysis.json", "index.html"}
    assert {path.name for path in (tmp_path / "report").iterdir()} == files


def test_the_page_needs_nothing_but_itself(evaluation, tmp_path):
    page = write_report(tmp_path, evaluation, HISTORY, "a title", {}, {}).read_text("utf-8")
    addresses = Loads(page).addresses
    assert addresses, "there are pictures"
    assert all(address.startswith(("data:image/png;base64,", "#")) for address in addresses)
    assert "@import" not in page
    assert all(target.startswith("#") for target in re.findall(r"url\((.*?)\)", page))
    assert not {"script", "link", "iframe"} & set(Loads(page).tags)


def test_the_page_shows_each_part(evaluation, tmp_path):
    facts = {"data set": "colours"}
    page = write_report(
        tmp_path, evaluation, HISTORY, "a title", facts, {"noise": section()}
    ).read_text("utf-8")
    parts = ("a title", "colours", "Metrics", "Languages", "Examples", "Intents", "Training")
    for part in (*parts, "About noise", "It grows.", "Or not.", "90.0", "<svg>noise</svg>"):
        assert part in page
    assert 'dir="auto"' in page
    assert re.search(r"<mark[^>]*>grün<bdi>colour</bdi></mark>", page)


def test_what_analyses_found_is_in_a_file_and_on_the_page(evaluation, tmp_path):
    sections = {"noise": section(), "cost": section("blue")}
    page = write_report(tmp_path, evaluation, HISTORY, "a title", {}, sections).read_text("utf-8")
    found = json.loads((tmp_path / "analysis.json").read_text())
    assert found == {"noise": {"recall": 0.9, "red": 1}, "cost": {"recall": 0.9, "blue": 1}}
    kept = '<span class="kept gold" style="--heat:0.50" title="2.83×">red</span>'
    assert f'<p dir="auto">find {kept}</p>' in page
    assert '<span class="dropped" style="--heat:0.25" title="0.59×">blue</span>' in page


def test_everything_is_escaped(oracle, dataset, tmp_path):
    name = f"images/{HOSTILE.replace('/', '')} red.png"
    Image.new("RGB", (8, 8)).save(dataset / name)
    slots = (Slot(0, 3, HOSTILE),)
    text = f"red {HOSTILE}"
    records = [
        Record("1", "en", text, name, intent=HOSTILE, slots=slots),
        Record("2", "en", f"blue {HOSTILE}", "images/blue.png"),
    ]
    oracle.records = records
    evaluation = evaluate(oracle, records, lambda image: dataset / image)
    history = [line(HOSTILE, 1, **{HOSTILE: 1.0}), line(HOSTILE, 2, **{HOSTILE: 0.5})]
    facts = {HOSTILE: HOSTILE}
    hostile = {HOSTILE: section(HOSTILE)}
    page = write_report(tmp_path, evaluation, history, HOSTILE, facts, hostile).read_text("utf-8")
    assert "<script" not in page
    assert page.count("</svg>") == page.count("<svg")
    assert "&lt;script&gt;" in page


def test_a_report_without_history_intents_or_examples(tmp_path):
    metrics = {f"text_to_text/{lang}/recall@1": 0.5 for lang in ("en", "all")}
    evaluation = Evaluation(metrics, Confusion((), np.zeros((0, 0))), ())
    page = write_report(tmp_path, evaluation, [], "a title", {}, {}).read_text("utf-8")
    for part in ("Examples", "Intents", "Training"):
        assert part not in page


def test_stages_follow_one_another():
    assert stages_of(HISTORY) == [("text", 0, 20), ("joint", 20, 40)]
    curves = loss_curves(HISTORY)
    assert [own.steps.tolist() for own in curves["text_to_image"]] == [[10, 20], [30, 40]]
    assert [own.losses.tolist() for own in curves["intent"]] == [[1.0, 0.5]]


def test_of_a_step_logged_twice_the_later_line_counts():
    (segment,) = loss_curves([line("text", 10, a=4.0), line("text", 10, a=3.0)])["a"]
    assert segment.losses.tolist() == [3.0]


def test_pieces_put_the_text_back_together():
    text = "نبهني غدا في التاسعة"
    slots = (Slot(10, 20, "time"), Slot(6, 9, "date"), Slot(7, 12, "overlapping"))
    cut = list(pieces(text, Reading("alarm", slots)))
    assert "".join(piece.text for piece in cut) == text
    assert [(piece.text, piece.label) for piece in cut if piece.label] == [
        (text[6:9], "date"),
        (text[10:20], "time"),
    ]


def shown_by(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(thumbnail(path).source.split(",")[1])))


@pytest.mark.parametrize(
    ("mode", "size", "shown"),
    [("P", (16, 8), (16, 8)), ("CMYK", (400, 200), (112, 56)), ("RGBA", (10, 500), (2, 112))],
)
def test_thumbnails_are_small_pngs(tmp_path: Path, mode, size, shown):
    path = tmp_path / ("picture.tiff" if mode == "CMYK" else "picture.png")
    Image.new(mode, size).save(path)
    small = thumbnail(path)
    image = shown_by(path)
    assert (image.format, image.size) == ("PNG", shown)
    assert small.enlarged == (max(size) < 112)


def test_a_thumbnail_stands_upright(tmp_path: Path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side
    Image.new("RGB", (400, 200)).save(tmp_path / "picture.jpg", exif=exif)
    assert shown_by(tmp_path / "picture.jpg").size == (56, 112)


def test_a_thumbnail_shows_what_the_model_sees(tmp_path: Path):
    Image.fromarray(np.full((8, 8), 0x8000, np.uint16)).save(tmp_path / "grey.png")
    assert (np.asarray(shown_by(tmp_path / "grey.png")) == 128).all()
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert (np.asarray(shown_by(tmp_path / "clear.png")) == 255).all()
