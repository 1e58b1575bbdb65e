"""The real data of the claim: a drawing style kept for validation, queries with unseen wordings."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from launch import claim_data
from unimr_jax.data.record import Record


def write(directory, split: str, rows: list[dict]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / f"{split}.jsonl").open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
    for row in rows:
        if "image" in row:
            path = directory / row["image"]
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (8, 8)).save(path)
    languages = sorted({"en", "sw", *(row["lang"] for row in rows)})
    about = {"name": directory.name, "languages": languages, "splits": {}}
    (directory / "dataset.json").write_text(json.dumps(about))


def emoji(lang: str, name: str, style: str) -> dict:
    image = f"images/{style}-train/{name}.png"
    return {"id": f"{lang}/{name}/{style}", "lang": lang, "text": f"red {name}", "image": image}


@pytest.fixture
def root(tmp_path):
    """Three little sets in the layout of the published ones."""
    styles, names = ("noto", "blob", "twemoji"), ("heart", "car", "tree")
    rows = [emoji(lang, name, style) for lang in ("en", "fi") for name in names for style in styles]
    write(tmp_path / "emoji", "train", [*rows, emoji("sw", "gari", "noto")])
    write(tmp_path / "emoji", "validation", [emoji("en", "unseen", "noto")])
    sentence = {"lang": "en", "text": "It rains.", "positive": "Il pleut.", "positive_lang": "fr"}
    for name in ("storybook", "tatoeba"):
        for split in ("train", "validation"):
            rows = [{"id": f"{split}/{i}", **sentence} for i in range(3)]
            write(tmp_path / name, split, rows)
    return tmp_path


def rows(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_validation_is_the_style_that_train_never_shows(root, tmp_path):
    output = tmp_path / "claim"
    assert claim_data.main([f"--root={root}", f"--output={output}"]) == 0
    train, held = (rows(output / "emoji" / f"{split}.jsonl") for split in ("train", "validation"))
    assert len(train) == 12 and len(held) == 6
    assert all("twemoji" in row["image"] for row in held)
    assert not any("twemoji" in row["image"] or row["lang"] == "sw" for row in train)
    about = json.loads((output / "emoji" / "dataset.json").read_text())
    assert about["languages"] == ["en", "fi"] and about["splits"] == {"train": 12, "validation": 6}


def test_every_caption_gets_a_request_beside_it(root, tmp_path):
    output = tmp_path / "claim"
    claim_data.main([f"--root={root}", f"--output={output}"])
    both = rows(output / "emoji-queries" / "validation.jsonl")
    captions = rows(output / "emoji" / "validation.jsonl")
    asked = [row for row in both if "intent" in row]
    assert [row for row in both if "intent" not in row] == captions
    assert {row["image"] for row in asked} == {row["image"] for row in captions}
    assert all(row["intent"] and row["slots"] for row in asked)
    assert all((output / "emoji-queries" / row["image"]).is_file() for row in asked)


def named(lang: str, text: str, image: str, suffix: str = "") -> Record:
    return Record(id=f"{lang}/{image}{suffix}", lang=lang, text=text, image=image)


CHERRIES = [
    named("de", "Kirschen", "noto/cherries.png"),
    named("de", "Kirschen", "blob/cherries.png"),
    named("de", "Frucht, rot", "noto/cherries.png", "/keywords"),
    named("en", "cherries", "noto/cherries.png"),
    named("en", "cherries", "blob/cherries.png"),
    named("en", "berry, fruit", "noto/cherries.png", "/keywords"),
]


def test_names_go_with_the_english_name_of_the_same_picture_once():
    (row,) = claim_data.names(CHERRIES)
    assert row == {
        "id": "de/noto/cherries.png",
        "lang": "de",
        "text": "Kirschen",
        "positive": "cherries",
        "positive_lang": "en",
    }


def test_a_name_of_two_pictures_goes_with_both_of_their_english_names():
    home = [named("ja", "家", "house.png"), named("ja", "家", "home.png")]
    english = [named("en", "house", "house.png"), named("en", "home", "home.png")]
    assert [row["positive"] for row in claim_data.names(home + english)] == ["house", "home"]


def test_a_picture_that_english_does_not_name_gives_no_row():
    assert claim_data.names(CHERRIES[:3]) == []


def test_names_are_asked_for_without_a_picture(root, tmp_path):
    output = tmp_path / "claim"
    claim_data.main([f"--root={root}", f"--output={output}"])
    for split in ("train", "validation"):
        asked = rows(output / "emoji-names-queries" / f"{split}.jsonl")
        assert sorted(row["positive"] for row in asked) == ["red car", "red heart", "red tree"]
        assert all(row["lang"] == "fi" and "image" not in row for row in asked)
    about = json.loads((output / "emoji-names-queries" / "dataset.json").read_text())
    assert about["name"] == "emoji-names-queries"
    about = json.loads((output / "emoji-names" / "dataset.json").read_text())
    assert about["description"] == "Names of emoji with the English ones."


def test_emoji_in_english_alone_get_a_line(root, tmp_path, capsys):
    path = root / "emoji" / "train.jsonl"
    english = [row for row in rows(path) if row["lang"] == "en"]
    path.write_text("".join(json.dumps(row) + "\n" for row in english), encoding="utf-8")
    output = tmp_path / "claim"
    assert claim_data.main([f"--root={root}", f"--output={output}"]) != 0
    assert "emoji: a split has no picture with a text in English and" in capsys.readouterr().err
    assert not (output / "emoji-names").exists()


def test_what_is_there_stays(root, tmp_path, capsys):
    output = tmp_path / "claim"
    claim_data.main([f"--root={root}", f"--output={output}"])
    capsys.readouterr()
    assert claim_data.main([f"--root={root}", f"--output={output}"]) == 0
    assert capsys.readouterr().out == ""


def test_a_missing_set_gets_a_line(tmp_path, capsys):
    assert claim_data.main([f"--root={tmp_path}/none", f"--output={tmp_path}/claim"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("claim_data: ") and said.count("\n") == 1 and "none/emoji" in said


def test_an_emoji_without_a_picture_gets_a_line(root, tmp_path, capsys):
    write(root / "emoji", "train", [{"id": "a", "lang": "en", "text": "x", "positive": "y",
                                     "positive_lang": "en"}])  # fmt: skip
    assert claim_data.main([f"--root={root}", f"--output={tmp_path}/claim"]) == 2
    assert "emoji: row 'a' of train has no picture; give it one" in capsys.readouterr().err


def test_a_picture_named_as_a_file_of_the_set_is_refused(root, tmp_path, capsys):
    """A link of that name would have the new description written into the old one."""
    before = (root / "storybook" / "dataset.json").read_bytes()
    row = {"id": "a", "lang": "en", "text": "x", "image": "dataset.json"}
    (root / "storybook" / "train.jsonl").write_text(json.dumps(row) + "\n")
    assert claim_data.main([f"--root={root}", f"--output={tmp_path}/claim"]) == 2
    assert "image 'dataset.json' has the name of another file" in capsys.readouterr().err
    assert (root / "storybook" / "dataset.json").read_bytes() == before


def test_a_set_without_its_description_gets_a_line(root, tmp_path, capsys):
    (root / "tatoeba" / "dataset.json").unlink()
    assert claim_data.main([f"--root={root}", f"--output={tmp_path}/claim"]) == 2
    said = capsys.readouterr().err
    assert "tatoeba" in said and "dataset.json" in said and said.count("\n") == 1
    assert not (tmp_path / "claim" / "tatoeba").exists()
