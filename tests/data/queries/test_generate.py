import json
import os
import re
from pathlib import Path

import fsspec
import pytest
from PIL import Image

from tests.data.sources.datasets_of_all_kinds import PICTURES, picture
from unimr_jax.__main__ import main
from unimr_jax.data.queries import check
from unimr_jax.data.queries.check import Quality, QualityError, check_slots
from unimr_jax.data.queries.compose import Query
from unimr_jax.data.queries.generate import Wish, write_queries
from unimr_jax.data.queries.span import Span
from unimr_jax.data.sources import SOURCES, open_split, open_splits
from unimr_jax.errors import UserError

NAMES = {"en": ("dog", "cat", "red car"), "de": ("Hund", "Katze", "rotes Auto"), "sw": ("mbwa",)}


def write_data_set(directory: Path, rows: dict[str, list[dict]], **about) -> Path:
    (directory / "images").mkdir(parents=True)
    Image.new("RGB", (4, 4)).save(directory / "images" / "a.png")
    (directory / "dataset.json").write_text(json.dumps({"name": "toys"} | about))
    for split, lines in rows.items():
        text = "".join(json.dumps(row) + "\n" for row in lines)
        (directory / f"{split}.jsonl").write_text(text)
    return directory


def captions(split: str) -> list[dict]:
    return [
        {"id": f"{split}-{lang}-{n}-{copy}", "lang": lang, "text": name, "image": "images/a.png"}
        | ({"positive": "A story.", "positive_lang": "en"} if copy % 2 else {})
        for lang, names in NAMES.items()
        for n, name in enumerate(names)
        for copy in range(20)
    ]


@pytest.fixture
def toys(tmp_path):
    rows = {split: captions(split) for split in ("train", "validation", "test")}
    return write_data_set(tmp_path / "toys", rows, licence="CC0-1.0", source="a shop")


def rows_of(directory: Path, split: str) -> list[dict]:
    return [json.loads(line) for line in (directory / f"{split}.jsonl").open()]


def test_rows_are_queries_with_what_the_captions_had(toys, tmp_path, capsys):
    output = tmp_path / "out"
    written = write_queries(toys, output, Wish(per_caption=2))
    assert written.splits == {"train": 240, "validation": 240, "test": 240}
    assert written.skipped == {"in a language without templates": 60}
    assert "languages without templates: sw" in capsys.readouterr().err
    source = open_split(output, "test")
    assert len(source) == 240
    for number in range(len(source)):
        record = source[number]
        spans = {record.text[slot.start : slot.end] for slot in record.slots}
        assert spans & set(NAMES[record.lang])
        assert record.intent
        assert record.image == "images/a.png"
        assert (record.positive == "A story.") == bool(int(record.id.split("/")[0][-1]) % 2)


def test_captions_may_come_along(toys, tmp_path, capsys):
    out = tmp_path / "out"
    flags = [f"--dataset={toys}", f"--output={out}", "--languages=de", "--with_captions"]
    assert main(["prepare", "queries", *flags]) == 0
    assert "queries and captions" in capsys.readouterr().out
    rows = rows_of(out, "test")
    queries = [row for row in rows if "intent" in row]
    assert [row for row in rows if "intent" not in row] == captions("test")  # Swahili as well
    write_queries(toys, tmp_path / "alone", Wish(languages=("de",)))
    assert queries == rows_of(tmp_path / "alone", "test")
    about = json.loads((out / "dataset.json").read_text())
    assert about["languages"] == ["de", "en", "sw"] and about["queries"] == {"de": 180}
    assert about["splits"]["test"] == len(rows) == len(open_split(out, "test"))


def test_a_split_without_queries_is_left_out(tmp_path):
    rows = {"train": captions("train"), "test": [row for row in captions("test") if _swahili(row)]}
    toys = write_data_set(tmp_path / "toys", rows)
    written = write_queries(toys, tmp_path / "out", Wish())
    about = json.loads((tmp_path / "out" / "dataset.json").read_text())
    assert written.splits == about["splits"] == {"train": 120}
    assert [split for split, _ in open_splits(tmp_path / "out")] == ["train"]


def _swahili(row: dict) -> bool:
    return row["lang"] == "sw"


def test_description_takes_over_licence_and_source(toys, tmp_path):
    write_queries(toys, tmp_path / "out", Wish())
    about = json.loads((tmp_path / "out" / "dataset.json").read_text())
    assert about["licence"] == "CC0-1.0"
    assert about["source"] == "a shop"
    assert about["languages"] == ["de", "en"]
    assert about["queries"] == {"de": 180, "en": 180}
    assert set(about["wordings"]) == {"de", "en"}


def test_same_seed_same_bytes_another_seed_others(toys, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_queries(toys, tmp_path / name, Wish(seed=seed))
    a, b, c = ((tmp_path / name / "train.jsonl").read_bytes() for name in "abc")
    assert a == b != c
    sheets = [(tmp_path / name / "samples.md").read_text() for name in "ab"]
    assert sheets[0] == sheets[1]


def test_a_query_depends_on_its_row_and_seed_alone(toys, tmp_path):
    write_queries(toys, tmp_path / "a", Wish(languages=("de", "en")))
    write_queries(toys, tmp_path / "b", Wish(languages=("de",)))
    german = [row for row in rows_of(tmp_path / "a", "train") if row["lang"] == "de"]
    assert german == rows_of(tmp_path / "b", "train")


def test_wordings_of_one_caption_differ(toys, tmp_path):
    write_queries(toys, tmp_path / "out", Wish(per_caption=3))
    texts = {}
    for row in rows_of(tmp_path / "out", "train"):
        texts.setdefault(row["id"].rsplit("/", 1)[0], set()).add(row["text"])
    assert all(len(wordings) > 1 for wordings in texts.values())


def test_chatter_of_a_split_is_its_own(toys, tmp_path):
    rows = {
        split: [{"id": "1", "lang": "en", "text": f"A {split} sentence."}]
        for split in ("train", "validation")
    }
    chatter = write_data_set(tmp_path / "chat", rows, licence="CC BY 2.0")
    write_queries(toys, tmp_path / "out", Wish(chatter=chatter))
    texts = {s: (tmp_path / "out" / f"{s}.jsonl").read_text() for s in ("train", "validation")}
    for split, text in texts.items():
        assert set(re.findall(r"A (\w+) sentence\.", text)) == {split}
    about = json.loads((tmp_path / "out" / "dataset.json").read_text())
    assert about["chatter"]["licence"] == "CC BY 2.0"


def test_pictures_are_linked_or_copied_across_devices(toys, tmp_path, monkeypatch):
    write_queries(toys, tmp_path / "linked", Wish())
    assert os.path.samefile(toys / "images/a.png", tmp_path / "linked/images/a.png")

    def other_device(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", other_device)
    write_queries(toys, tmp_path / "copied", Wish())
    copy = tmp_path / "copied/images/a.png"
    assert copy.read_bytes() == (toys / "images/a.png").read_bytes()
    assert not os.path.samefile(toys / "images/a.png", copy)


def test_sheet_shows_every_language(toys, tmp_path):
    write_queries(toys, tmp_path / "out", Wish())
    sheet = (tmp_path / "out" / "samples.md").read_text()
    assert {"## de", "## en"} <= set(sheet.splitlines())
    assert re.search(r"\[(Hund|Katze|rotes Auto)\]\((object|topic)\)", sheet)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"languages": ("xx",)}, "--languages: 'xx'"),
        ({"per_caption": 0}, "--per_caption=0"),
        ({"chatter": Path("/nowhere")}, "/nowhere: no such data set"),
        ({"languages": ("fi",)}, "no caption fits"),
        ({"languages": ("fi",), "with_captions": True}, "no caption fits"),
    ],
)
def test_wrong_wishes_leave_nothing(toys, tmp_path, change, message):
    with pytest.raises(UserError, match=message):
        write_queries(toys, tmp_path / "out", Wish(**change))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["toys"]


def test_what_is_there_is_left_alone(toys, tmp_path):
    with pytest.raises(UserError, match="something already"):
        write_queries(tmp_path / "toys", toys, Wish())
    with pytest.raises(UserError, match="none: no such data set"):
        write_queries(tmp_path / "none", tmp_path / "out", Wish())


def test_a_missing_picture_leaves_nothing(toys, tmp_path):
    (toys / "images/a.png").unlink()
    with pytest.raises(UserError, match=r"a\.png: no such picture"):
        write_queries(toys, tmp_path / "out", Wish())
    assert not (tmp_path / "out").exists()


def test_a_leaked_frame_stops_everything(toys, tmp_path, monkeypatch):
    monkeypatch.setattr("unimr_jax.data.queries.compose.wordings_of", lambda split, words: words)
    with pytest.raises(QualityError, match="are in .* too"):
        write_queries(toys, tmp_path / "out", Wish())
    assert not (tmp_path / "out").exists()


def test_frames_are_compared_within_a_language():
    quality, dog = Quality(), Span("dog", False)
    query = Query("the dog", "open", [{"start": 4, "end": 7, "label": "object"}], "f", ("f",))
    quality.add(query, "en", "train", dog)
    quality.add(query, "de", "test", dog)
    quality.check_frames()
    quality.add(query, "en", "test", dog)
    with pytest.raises(QualityError):
        quality.check_frames()


@pytest.mark.parametrize(
    "slots", [[(0, 3)], [(4, 8)], [(4, 7), (5, 7)], [(4, 4)], [], [(4, 7, "colour")]]
)
def test_a_wrong_slot_is_found(slots):
    named = [dict(zip(("start", "end", "label"), (*s, "object")[:3])) for s in slots]
    with pytest.raises(check.QualityError):
        check_slots(Query("the dog", "open", named, "f", ("f",)), Span("dog", False))


def test_command_prints_the_table(toys, tmp_path, capsys):
    flags = [f"--dataset={toys}", f"--output={tmp_path / 'out'}", "--languages=de", "--seed=3"]
    assert main(["prepare", "queries", *flags]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"^de +\d+/\d+ ", shown, re.MULTILINE)
    assert "180 train" not in shown
    assert "60 train" in shown
    assert main(["prepare", "queries", *flags]) == 2


@pytest.mark.parametrize("kind", SOURCES)
def test_captions_may_lie_in_any_format(dataset_of, tmp_path, kind):
    out = tmp_path / "out"
    write_queries(dataset_of(kind), out, Wish(chatter=dataset_of(kind)))
    rows = {row["id"].split("/")[0]: row for row in rows_of(out, "train")}
    found = {id: (out / row["image"]).read_bytes() for id, row in rows.items() if "image" in row}
    assert found == {id: picture(*PICTURES["images/red.png"]) for id in "ab"}  # c is a query
    assert set(rows) == {*"ab"} | ({"d"} if kind != "tfds" else set())  # it holds no row without
    assert len(open_split(out, "train")) == len(rows)


def test_captions_and_chatter_may_lie_at_an_address(toys, tmp_path):
    files = fsspec.filesystem("memory")
    files.put(f"{toys}/", "/queried/toys/", recursive=True)
    address = "memory://queried/toys"
    write_queries(address, tmp_path / "far", Wish(chatter=address))
    write_queries(toys, tmp_path / "near", Wish(chatter=toys))
    assert rows_of(tmp_path / "far", "test") == rows_of(tmp_path / "near", "test")
    assert (tmp_path / "far/images/a.png").read_bytes() == (toys / "images/a.png").read_bytes()
    files.rm("/queried", recursive=True)


@pytest.mark.parametrize("image", ["validation.jsonl", "dataset.json", "samples.md"])
def test_a_picture_named_like_a_file_of_ours(tmp_path, image):
    """Its link would be written through, into the captions' own data set."""
    row = {"id": "1", "lang": "en", "text": "dog", "image": image}
    toys = write_data_set(tmp_path / "toys", {"train": [row], "validation": [row]})
    (toys / "samples.md").write_text("mine")
    before = {path: path.read_bytes() for path in toys.iterdir() if path.is_file()}
    with pytest.raises(UserError, match=f"image '{image}' has the name of another file"):
        write_queries(toys, tmp_path / "out", Wish())
    assert {path: path.read_bytes() for path in before} == before
