from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from unimr_jax.data.scenes import generate
from unimr_jax.data.scenes.generate import (
    MAIN_PAIRS,
    TEST_PAIRS,
    TRAIN_PAIRS,
    VALIDATION_PAIRS,
    draw_scenes,
    write_scenes,
)
from unimr_jax.data.scenes.language import INTENTS
from unimr_jax.data.scenes.mention import Gallery, Mention
from unimr_jax.data.scenes.scene import COLOURS, SHAPES, Group, Scene
from unimr_jax.errors import UserError

SPLITS = ("train", "validation", "test")
SIZE = 60


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    output = tmp_path_factory.mktemp("data") / "scenes"
    write_scenes(output, seed=7, size=SIZE, picture_size=32)
    return output


def rows(dataset: Path, split: str) -> list[dict]:
    return [
        json.loads(line)
        for line in (dataset / f"{split}.jsonl").read_text("utf-8").split("\n")[:-1]
    ]


def contents(directory: Path) -> dict[str, bytes]:
    files = (path for path in sorted(directory.rglob("*")) if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


def test_same_seed_same_bytes(dataset, tmp_path):
    write_scenes(tmp_path / "again", seed=7, size=SIZE, picture_size=32)
    assert contents(tmp_path / "again") == contents(dataset)


def test_another_seed_other_scenes():
    first, second = (draw_scenes("train", 20, random.Random(seed)) for seed in (1, 2))
    assert first != second


@pytest.mark.parametrize("split", SPLITS)
def test_rows_follow_the_record_format(dataset, split):
    seen = rows(dataset, split)
    assert len({row["id"] for row in seen}) == len(seen)
    for row in seen:
        assert row["text"] and row["positive"]
        assert row["lang"] in generate.ALL and row["positive_lang"] in generate.ALL
        assert ("intent" in row) == ("slots" in row)
        for slot in row.get("slots", ()):
            assert 0 <= slot["start"] < slot["end"] <= len(row["text"])


@pytest.mark.parametrize("split", SPLITS)
def test_every_picture_is_there_and_decodes(dataset, split):
    for image in {row["image"] for row in rows(dataset, split)}:
        with Image.open(dataset / image) as picture:
            assert picture.convert("RGB").size == (32, 32)


def test_dataset_json_counts_the_rows(dataset):
    about = json.loads((dataset / "dataset.json").read_text("utf-8"))
    assert about["splits"] == {split: len(rows(dataset, split)) for split in SPLITS}
    assert about["licence"] == "CC0-1.0"
    assert about["languages"] == list(generate.ALL)


@pytest.mark.parametrize("split", SPLITS)
def test_one_description_per_picture_and_language(dataset, split):
    seen: dict[tuple[str, str], set[str]] = {}
    for row in rows(dataset, split):
        seen.setdefault((row["image"], row["positive_lang"]), set()).add(row["positive"])
    assert all(len(descriptions) == 1 for descriptions in seen.values())
    pictures_of = Counter(text for descriptions in seen.values() for text in descriptions)
    assert max(pictures_of.values()) == 1


@pytest.mark.parametrize("split", SPLITS)
def test_languages_and_intents_are_balanced(dataset, split):
    for key in ("lang", "intent"):
        counts = Counter(row[key] for row in rows(dataset, split) if "intent" in row)
        assert max(counts.values()) - min(counts.values()) <= 1
        assert len(counts) == (len(generate.ALL) if key == "lang" else len(INTENTS))


def test_held_out_pairs_are_held_out():
    assert len(TEST_PAIRS) == len(set(TEST_PAIRS)) == 20
    assert len(VALIDATION_PAIRS) == len(set(VALIDATION_PAIRS)) == 8
    assert len(TRAIN_PAIRS) == 52
    for split in SPLITS:
        for scene in draw_scenes(split, 300, random.Random(0)):
            main, other = ((group.shape, group.colour) for group in (scene.main, scene.other))
            assert main in MAIN_PAIRS[split]
            assert other != main
            assert other in TRAIN_PAIRS or (other in MAIN_PAIRS[split])
            assert scene.main.position != scene.other.position


def test_train_knows_every_shape_and_colour_well():
    assert set(Counter(shape for shape, _ in TRAIN_PAIRS)) == set(SHAPES)
    assert min(Counter(shape for shape, _ in TRAIN_PAIRS).values()) >= 5
    assert set(Counter(colour for _, colour in TRAIN_PAIRS)) == set(COLOURS)
    assert min(Counter(colour for _, colour in TRAIN_PAIRS).values()) >= 6


@pytest.mark.parametrize("split", SPLITS)
def test_scenes_are_distinct(split):
    scenes = draw_scenes(split, 300, random.Random(3))
    assert len(set(scenes)) == 300


def test_gallery_counts_either_group_as_the_one_meant():
    star = Group("star", "red", 2, "big", "top_left")
    moon = Group("moon", "blue", 1, "small", "top_right")
    tree = Group("tree", "green", 1, "small", "top_right")
    wanted, rival = Scene(star, moon, "white"), Scene(tree, star, "white")
    gallery = Gallery([wanted, rival])
    assert not gallery.is_unique(wanted, Mention("find {main.a}", True, True))
    assert not gallery.is_unique(wanted, Mention("find {main.a} {background}", True, True))
    assert gallery.is_unique(wanted, Mention("find {main.a} and {other.a}", False, False))
    assert gallery.is_unique(rival, Mention("find {main.a}", False, False))


@pytest.mark.parametrize("split", ["validation", "test"])
def test_held_out_queries_and_captions_fit_one_picture(monkeypatch, split):
    """Asks every picture, by brute force, whether it fits what was told."""
    drawn: list[tuple[Scene, Mention]] = []
    answerable = generate._RowWriter._answerable

    def recorded(self, scene, templates):
        drawn.append((scene, answerable(self, scene, templates)))
        return drawn[-1][1]

    monkeypatch.setattr(generate._RowWriter, "_answerable", recorded)
    rng = random.Random(5)
    scenes = draw_scenes(split, 60, rng)
    writer = generate._RowWriter(split, scenes, list(generate.LANGUAGES.values()), rng)
    for number in range(len(scenes)):
        writer.rows(number, "picture.png")
    assert len(drawn) == 60 * 8
    for scene, mention in drawn:
        assert [other for other in scenes if _fits(other, scene, mention)] == [scene]


def _fits(candidate: Scene, wanted: Scene, mention: Mention) -> bool:
    readings = ((candidate.main, candidate.other), (candidate.other, candidate.main))
    same_paper = candidate.background == wanted.background
    return (same_paper or "{background}" not in mention.template) and any(
        _group_fits(main, wanted.main, "main", mention.main_size, mention.template)
        and _group_fits(other, wanted.other, "other", mention.other_size, mention.template)
        for main, other in readings
    )


def _group_fits(group: Group, wanted: Group, name: str, with_size: bool, template: str) -> bool:
    where = f"{{{name}.position}}"
    if where in template and group.position != wanted.position:
        return False
    if f"{{{name}." not in template.replace(where, ""):
        return True
    told = ("shape", "colour", "count", "size") if with_size else ("shape", "colour", "count")
    return all(getattr(group, fact) == getattr(wanted, fact) for fact in told)


def test_distractor_is_shown_elsewhere_only():
    rng = random.Random(8)
    scenes = draw_scenes("test", 60, rng)
    writer = generate._RowWriter("test", scenes, [generate.LANGUAGES["en"]], rng)
    for scene in scenes:
        distractor = writer._distractor(scene)
        assert distractor in [other.main for other in scenes]
        for group in (scene.main, scene.other):
            assert (group.shape, group.colour) != (distractor.shape, distractor.colour)


@pytest.mark.parametrize(
    ("size", "asked", "validation", "test"),
    [(100, 0, 48, 60), (6000, 0, 256, 600), (6000, 2400, 256, 2400)],
)
def test_split_sizes(size, asked, validation, test):
    pictures = generate.pictures_in(size, asked)
    assert pictures == {"train": size, "validation": validation, "test": test}


def test_as_many_test_pictures_as_asked_for(tmp_path):
    output = tmp_path / "scenes"
    options = {"seed": 1, "size": 8, "languages": ["en"], "picture_size": 32}
    write_scenes(output, **options, test=70)
    assert len({row["image"] for row in rows(output, "test")}) == 70
    write_scenes(output, **options, test=70)  # whole, and so left alone
    with pytest.raises(UserError, match="size 8, 60 test pictures"):
        write_scenes(output, **options)


def test_as_many_test_pictures_as_there_are_anyway_make_no_other_set(tmp_path):
    for test in (0, 60):
        write_scenes(tmp_path, seed=1, size=8, languages=["en"], picture_size=32, test=test)


@pytest.mark.parametrize("test", [1, 10_001])
def test_too_few_or_too_many_test_pictures(tmp_path, test):
    with pytest.raises(
        UserError, match=r"\(--test, config.data.scenes_test\); ask for 16 to 10,000"
    ):
        write_scenes(tmp_path / "scenes", seed=1, size=8, test=test)
    assert list(tmp_path.iterdir()) == []


def test_one_language_is_enough(tmp_path):
    write_scenes(tmp_path / "scenes", seed=1, size=8, languages=["fr"], picture_size=32)
    seen = rows(tmp_path / "scenes", "train")
    assert {row["lang"] for row in seen} == {row["positive_lang"] for row in seen} == {"fr"}
    assert len(seen) == 8 * 6


def test_whole_set_is_left_alone(tmp_path):
    output = tmp_path / "scenes"
    write_scenes(output, seed=1, size=8, languages=["en"], picture_size=32)
    before = (output / "train.jsonl").stat().st_mtime_ns
    write_scenes(output, seed=1, size=8, languages=["en"], picture_size=32)
    assert (output / "train.jsonl").stat().st_mtime_ns == before


def test_the_empty_directory_that_one_is_in_is_taken(tmp_path, monkeypatch):
    (tmp_path / "scenes").mkdir()
    monkeypatch.chdir(tmp_path / "scenes")
    write_scenes(Path("."), seed=1, size=8, languages=["en"], picture_size=32)
    assert len(rows(tmp_path / "scenes", "train")) == 8 * 6
    assert [path.name for path in tmp_path.iterdir()] == ["scenes"]


def test_other_seed_in_the_same_place_is_refused(tmp_path):
    output = tmp_path / "scenes"
    write_scenes(output, seed=1, size=8, languages=["en"], picture_size=32)
    with pytest.raises(UserError, match=r"scenes: already holds"):
        write_scenes(output, seed=2, size=8, languages=["en"], picture_size=32)


def test_broken_set_is_refused(tmp_path):
    output = tmp_path / "scenes"
    write_scenes(output, seed=1, size=8, languages=["en"], picture_size=32)
    next(output.glob("images/*.png")).unlink()
    with pytest.raises(UserError, match="remove it"):
        write_scenes(output, seed=1, size=8, languages=["en"], picture_size=32)


def test_foreign_directory_is_refused(tmp_path):
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match="remove it"):
        write_scenes(tmp_path / "scenes", seed=1, size=8)


def test_interrupted_run_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(generate.draw, "draw", fail)
    with pytest.raises(KeyboardInterrupt):
        write_scenes(tmp_path / "scenes", seed=1, size=8, languages=["en"])
    assert list(tmp_path.iterdir()) == []


def test_too_few_pictures_to_tell_apart(tmp_path):
    """Nothing that another picture shows is left to name beside what is asked for."""
    with pytest.raises(UserError, match=r"size 1: .* ask for 16 or more"):
        write_scenes(tmp_path / "scenes", seed=1, size=1, languages=["en"])
    assert list(tmp_path.iterdir()) == []


def test_unknown_language_is_the_users_to_mend(tmp_path):
    with pytest.raises(UserError, match="'xx'"):
        write_scenes(tmp_path / "scenes", seed=1, size=8, languages=["en", "xx"])
