"""A spreadsheet and a folder of pictures become a data set, or one line says why not."""

from __future__ import annotations

import json
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from PIL import Image

from tests.data.sources.corruption import corruptions
from unimr_jax.data.collate import stable_id
from unimr_jax.data.sources import open_split
from unimr_jax.data.spreadsheet import write_table
from unimr_jax.errors import UserError

PICTURES = 60


@pytest.fixture
def folder(tmp_path):
    """PICTURES pictures in a folder below, and a table of two captions of each."""
    images = tmp_path / "photos"
    (images / "a").mkdir(parents=True)
    lines = ["image,lang,text,price"]
    for i in range(PICTURES):
        Image.new("RGB", (4, 4), (i, 0, 0)).save(images / "a" / f"{i}.png")
        lines += [f'a/{i}.png,en,"number {i}, in red",3', f"a/{i}.png,,Nummer {i},"]
    (tmp_path / "table.csv").write_text("\n".join(lines), "utf-8")
    return tmp_path


def written(folder, name: str = "table.csv", lang: str = "de", **options):
    given = {"images": folder / "photos", "output": folder / "data", "held_out": 0.1} | options
    return write_table(folder / name, lang=lang, **given)


def test_every_row_is_in_one_split_with_its_picture(folder):
    counts = written(folder)
    assert sum(counts.values()) == 2 * PICTURES and min(counts.values()) > 0
    of_splits = []
    for split, count in counts.items():
        source = open_split(folder / "data", split)
        records = [source[i] for i in range(len(source))]
        assert len(records) == count
        assert {(r.lang, r.text.startswith("Nummer")) for r in records} <= {
            ("en", False),
            ("de", True),
        }
        of_splits.append({record.image for record in records})
    train, validation, test = of_splits
    assert len(train | validation | test) == PICTURES
    assert not (train & validation or train & test or validation & test)
    about = json.loads((folder / "data" / "dataset.json").read_text("utf-8"))
    assert about["languages"] == ["de", "en"] and about["splits"] == counts


def test_a_picture_stays_in_its_split_when_rows_are_added(folder):
    written(folder)
    before = (folder / "data" / "test.jsonl").read_text("utf-8").splitlines()
    table = folder / "table.csv"
    table.write_text(table.read_text("utf-8") + "\na/0.png,en,once more,", "utf-8")
    written(folder, output=folder / "again")
    after = (folder / "again" / "test.jsonl").read_text("utf-8").splitlines()
    assert set(before) <= set(after)


def splits_of(folder, lines: list[str], header: str = "id,lang,text,image,positive,positive_lang"):
    """{id: split} of a table with these lines after those that fill every split."""
    filling = [f"f{i},en,filling {i},,," for i in range(PICTURES)]
    (folder / "table.csv").write_text("\n".join([header, *filling, *lines]), "utf-8")
    shutil.rmtree(folder / "data", ignore_errors=True)
    return {
        json.loads(line)["id"]: split
        for split in written(folder)
        for line in (folder / "data" / f"{split}.jsonl").read_text("utf-8").splitlines()
    }


def test_a_picture_and_a_passage_in_common_is_one_split(folder):
    """Row by row another picture with the passage of the one before, and another passage of it."""
    chain = [f"{i},en,text {i},a/{(i + 1) // 2}.png,passage {i // 2},en" for i in range(40)]
    found = splits_of(folder, chain)
    assert len({found[str(i)] for i in range(40)}) == 1
    backwards = splits_of(folder, chain[::-1])
    assert len({backwards[str(i)] for i in range(40)}) == 1


def test_rows_of_pictures_or_passages_of_their_own_go_by_their_first_field(folder):
    pictures = [f"p{i},en,a {i},a/{i}.png,," for i in range(PICTURES)]
    passages = [f"q{i},en,b {i},,passage {i},en" for i in range(PICTURES)]
    both = [f"b{i},en,c {i},a/{i}.png,own {i},en" for i in range(PICTURES)]
    found = splits_of(folder, pictures + passages)
    of_both = splits_of(folder, both)
    assert all(of_both[f"b{i}"] == found[f"p{i}"] for i in range(PICTURES))
    expected = [_place_of(f"passage {i}") for i in range(PICTURES)]
    assert [found[f"q{i}"] for i in range(PICTURES)] == expected


def _place_of(key: str) -> str:
    place = stable_id("split", key) / 2**31
    return "validation" if place < 0.1 else "test" if place < 0.2 else "train"


def test_tabs_and_a_byte_order_mark(folder):
    rows = [f"question {i}\tanswer {i}\ten" for i in range(PICTURES)]
    text = "\ufefftext\tpositive\tpositive_lang\n" + "\n".join(rows)
    (folder / "table.tsv").write_text(text, "utf-8")
    counts = written(folder, "table.tsv", "en", images=None)
    assert sum(counts.values()) == PICTURES
    assert open_split(folder / "data", "train")[0].positive.startswith("answer")


BROKEN = {
    r"table.csv:3: field 'id': '7' is also the id of line 2": (
        b"id,text\n7,x\n7,y\n",
        {"images": None},
    ),
    "no column 'text' but image, caption": (b"image,caption\na/0.png,x\n", {}),
    "is not UTF-8": (b"text\ncaf\xe9\n", {}),
    r"table.csv:2: field 'lang': missing": (b"text\nx\n", {"lang": "", "images": None}),
    "a caption a caption .* does not exist": (b"text,image\nx," + b"a caption " * 99, {}),
    "nothing.png does not exist": (b"text,image\nx,nothing.png\n", {}),
    "does not lie in the data set": (b"text,image\nx,../table.csv\n", {}),
    "say with --images=DIR": (b"text,image\nx,a/0.png\n", {"images": None}),
    "leaves none of 1 rows for (train|validation).*share a picture or a passage stay together": (
        b"text,image\nx,a/0.png\n",
        {},
    ),
    "--held_out=0.5 must lie between": (b"text\nx\n", {"held_out": 0.5}),
}


@pytest.mark.parametrize("said", BROKEN)
def test_what_is_wrong_is_one_line_and_leaves_nothing(folder, said):
    content, options = BROKEN[said]
    (folder / "table.csv").write_bytes(content)
    with pytest.raises(UserError, match=said) as error:
        written(folder, **options)
    assert "\n" not in str(error.value)
    assert not (folder / "data").exists() and not (folder / "data.tmp").exists()


@pytest.mark.parametrize(
    "name, header, line, said",
    [
        ("a.csv", "image,lang,text", "a/0.png,en,Two red stars, on grey", "a.csv:3: 1 more cells"),
        ("a.tsv", "image\tlang\ttext", 'a/0.png\ten\t"Stop" sign', "a.tsv, after line 2: '\\t' ex"),
        ("a.tsv", "image\tlang\ttext", 'a/0.png\ten\t"Stop\na\t"', "a.tsv:4: a cell goes over"),
        ("a.csv", "Image,lang,text", "a/0.png,en,x", "column 'image' is called 'Image'; call one"),
        ("a.csv", "image,text,text", "a/0.png,en,x", "column 'text' is there twice; call one"),
        (
            "a.csv",
            "picture,lang,text",
            "a/0.png,en,x",
            "has no column 'image' but picture, lang",
        ),
    ],
)
def test_nothing_is_lost_in_silence(folder, name, header, line, said):
    tab = "\t" if name.endswith("tsv") else ","
    (folder / name).write_text("\n".join([header, tab.join(["a/1.png", "en", "y"]), line]))
    with pytest.raises(UserError, match=said):
        written(folder, name)


def test_spaces_around_names_of_columns(folder):
    text = (folder / "table.csv").read_text().replace("image,lang", " image , lang", 1)
    (folder / "table.csv").write_text(text)
    assert sum(written(folder).values()) == 2 * PICTURES


@pytest.mark.parametrize("name", ["table.xlsx", "missing.csv"])
def test_files_of_other_kinds(folder, name):
    with pytest.raises(UserError, match=name):
        written(folder, name)


def test_a_picture_named_like_a_file_of_ours_is_not_written_through(folder):
    photo = folder / "photos" / "dataset.json"
    Image.new("RGB", (4, 4)).save(photo, "PNG")
    before = photo.read_bytes()
    table = folder / "table.csv"
    table.write_text(table.read_text("utf-8") + "\ndataset.json,en,odd,", "utf-8")
    with pytest.raises(UserError, match=r"image 'dataset.json' has the name of .*; rename it"):
        written(folder)
    assert photo.read_bytes() == before and not (folder / "data").exists()


def test_corrupted_bytes(folder):
    whole = (folder / "table.csv").read_bytes()
    broken = folder / "broken.csv"

    @settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
    @given(corruptions())
    def check(corrupt):
        broken.write_bytes(corrupt(whole))
        try:
            written(folder, "broken.csv")
        except UserError as error:
            assert "\n" not in str(error)
        finally:
            shutil.rmtree(folder / "data", ignore_errors=True)

    check()


def test_a_header_of_several_lines_is_shown_in_one(folder):
    (folder / "table.csv").write_text('"a\nb",lang\n1,en\n')
    with pytest.raises(UserError, match=r"no column 'text' but a b, lang; name one so"):
        written(folder)
