"""Writes the embedded data set: pictures, captions, descriptions and noisy requests for them."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice, product
from pathlib import Path
from tempfile import TemporaryDirectory

from unimr_jax.data.scenes import draw, wording
from unimr_jax.data.scenes.language import INTENTS, Language
from unimr_jax.data.scenes.languages import LANGUAGES
from unimr_jax.data.scenes.mention import Gallery, Mention, draw_mention
from unimr_jax.data.scenes.scene import (
    BACKGROUNDS,
    COLOURS,
    COUNTS,
    POSITIONS,
    SHAPES,
    SIZES,
    Group,
    Scene,
)
from unimr_jax.errors import UserError

VERSION = 6  # of what is written; raise it whenever the same seed would give other bytes
ALL = tuple(LANGUAGES)
# Captions whose description is in their own language; the others have it in another one, so that
# language itself tells little about which description is right.
SAME_LANGUAGE_SHARE = 0.25
# Train pictures that leave every one of them something else to name: that 16 main groups show no
# three pairs of shape and colour between them does not happen, whatever the seed.
ENOUGH = 16
MOST_TEST = 10_000  # of some 20,000 that can be told apart, which are drawn until enough differ
ROWS_PER_PICTURE = {"train": 3, "validation": 4, "test": 4}  # captions, and as many queries

Pair = tuple[str, str]  # shape, colour
Row = dict[str, object]

# Pairs that no train picture shows, so that validation and test ask for new combinations of
# known shapes and known colours.
TEST_PAIRS: tuple[Pair, ...] = (
    ("circle", "red"), ("square", "green"), ("triangle", "brown"), ("star", "orange"),
    ("heart", "blue"), ("moon", "black"), ("cross", "yellow"), ("flower", "purple"),
    ("house", "red"), ("tree", "green"), ("circle", "yellow"), ("square", "purple"),
    ("triangle", "blue"), ("star", "purple"), ("heart", "black"), ("moon", "red"),
    ("cross", "orange"), ("flower", "green"), ("house", "blue"), ("tree", "yellow"),
)  # fmt: skip
VALIDATION_PAIRS: tuple[Pair, ...] = (
    ("triangle", "red"), ("star", "blue"), ("heart", "orange"), ("moon", "green"),
    ("cross", "brown"), ("flower", "yellow"), ("house", "purple"), ("tree", "black"),
)  # fmt: skip
TRAIN_PAIRS: tuple[Pair, ...] = tuple(
    pair for pair in product(SHAPES, COLOURS) if pair not in TEST_PAIRS + VALIDATION_PAIRS
)
MAIN_PAIRS = {"train": TRAIN_PAIRS, "validation": VALIDATION_PAIRS, "test": TEST_PAIRS}
OTHER_PAIRS = {
    "train": TRAIN_PAIRS,
    "validation": TRAIN_PAIRS + VALIDATION_PAIRS,
    "test": TRAIN_PAIRS + TEST_PAIRS,
}


def write_scenes(
    output: Path,
    seed: int,
    size: int,
    languages: Sequence[str] = ALL,
    picture_size: int = 64,
    test: int = 0,
) -> None:
    """Writes a data set with `size` train pictures; does nothing where it is there already.

    Raises UserError where `output` holds anything else, a language is unknown, `size` is too small
    or `test`, the pictures of that split (0: as many as `size` asks for), too small or too large.
    """
    _check_languages(languages)
    _check_test(test)
    generator = {
        "name": "scenes",
        "version": VERSION,
        "seed": seed,
        "size": size,
        "languages": list(languages),
        "picture_size": picture_size,
    }
    if pictures_in(size, test) != pictures_in(size):
        generator["test"] = test
    if _is_there(output, generator):
        return
    output = output.resolve()  # "." has no name
    output.parent.mkdir(parents=True, exist_ok=True)
    # Renamed as a whole at the end, so that a half-written set never bears the final name.
    with TemporaryDirectory(dir=output.parent, prefix=f".{output.name}.") as workplace:
        partial = Path(workplace) / output.name
        _write(partial, generator)
        os.replace(partial, output)


def pictures_in(size: int, test: int = 0) -> dict[str, int]:
    """Pictures of each split, from the number of train pictures."""
    return {
        "train": size,
        "validation": min(max(size // 16, 48), 256),
        "test": test or max(60, min(600, size // 8)),
    }


def _pictures(generator: dict) -> dict[str, int]:
    return pictures_in(generator["size"], generator.get("test", 0))


def _check_languages(tags: Sequence[str]) -> None:
    for tag in tags:
        if tag not in LANGUAGES:
            raise UserError(f"languages: {tag!r} is not one of {', '.join(LANGUAGES)}: use those")


def _check_test(pictures: int) -> None:
    if pictures and not ENOUGH <= pictures <= MOST_TEST:
        raise UserError(
            f"scenes: {pictures:,} test pictures (--test, config.data.scenes_test); ask for "
            f"{ENOUGH} to {MOST_TEST:,}, or leave it out for an eighth of those of train"
        )


def _is_there(output: Path, generator: dict) -> bool:
    if not output.exists() or (output.is_dir() and not any(output.iterdir())):
        return False
    if _generator_of(output) == generator and _is_whole(output):
        return True
    raise UserError(
        f"{output}: already holds something else than the scenes asked for (seed "
        f"{generator['seed']}, {_told(generator)}): remove it or name another directory"
    )


def _told(generator: dict) -> str:
    return f"size {generator['size']}, {_pictures(generator)['test']} test pictures"


def _generator_of(output: Path) -> dict | None:
    try:
        return json.loads((output / "dataset.json").read_text("utf-8"))["generator"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_whole(output: Path) -> bool:
    pictures = _pictures(_generator_of(output))
    splits = all((output / f"{split}.jsonl").is_file() for split in pictures)
    return splits and sum(1 for _ in output.glob("images/*.png")) == sum(pictures.values())


def _write(directory: Path, generator: dict) -> None:
    (directory / "images").mkdir(parents=True)
    pictures = _pictures(generator)
    counts = {split: _write_split(directory, split, generator) for split in pictures}
    about = {
        "name": "scenes",
        "description": "Drawings of coloured shapes with captions, long descriptions and noisy "
        "spoken-style requests for them, drawn and written by rule.",
        "licence": "CC0-1.0",
        "source": "generated by unimr_jax.data.scenes",
        "languages": generator["languages"],
        "splits": counts,
        "pictures": pictures,
        "generator": generator,
    }
    (directory / "dataset.json").write_text(json.dumps(about, indent=2) + "\n", "utf-8")


def _write_split(directory: Path, split: str, generator: dict) -> int:
    """Writes the pictures and rows of one split and returns the number of rows."""
    rng = random.Random(f"{generator['seed']}/{split}")
    scenes = draw_scenes(split, _pictures(generator)[split], rng)
    _check_distractors(scenes, generator["size"])
    writer = _RowWriter(split, scenes, [LANGUAGES[tag] for tag in generator["languages"]], rng)
    count = 0
    with (directory / f"{split}.jsonl").open("w", encoding="utf-8") as lines:
        for number, scene in enumerate(scenes):
            image = f"images/{split}-{number:05d}.png"
            draw.draw(scene, rng, generator["picture_size"]).save(directory / image)
            for row in writer.rows(number, image):
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")
                count += 1
    return count


def draw_scenes(split: str, count: int, rng: random.Random) -> list[Scene]:
    """Distinct scenes, whose main group shows a pair that belongs to the split.

    In validation and test no two pictures show the same objects in the same numbers, so that a
    text that names both groups always tells one picture from all others.
    """
    scenes: dict[object, Scene] = {}
    while len(scenes) < count:
        scene = _draw_scene(MAIN_PAIRS[split], OTHER_PAIRS[split], rng)
        scenes.setdefault(scene if split == "train" else _contents(scene), scene)
    return list(scenes.values())


def _check_distractors(scenes: Sequence[Scene], size: int) -> None:
    """Raises UserError where a picture shows all that there is to name beside it."""
    mains = {_pair(scene.main) for scene in scenes}
    if any(mains <= _pairs(scene) for scene in scenes):
        raise UserError(
            f"scenes of size {size}: one of so few pictures shows all that the others show, which "
            f"leaves requests nothing else to mention; ask for {ENOUGH} or more"
        )


def _pairs(scene: Scene) -> set[Pair]:
    return {_pair(scene.main), _pair(scene.other)}


def _pair(group: Group) -> Pair:
    return group.shape, group.colour


def _contents(scene: Scene) -> frozenset:
    groups = (scene.main, scene.other)
    return frozenset((group.shape, group.colour, group.count) for group in groups)


def _draw_scene(mains: Sequence[Pair], others: Sequence[Pair], rng: random.Random) -> Scene:
    main = rng.choice(mains)
    other = rng.choice([pair for pair in others if pair != main])
    here, there = rng.sample(POSITIONS, 2)
    return Scene(
        _draw_group(main, here, rng), _draw_group(other, there, rng), rng.choice(BACKGROUNDS)
    )


def _draw_group(pair: Pair, position: str, rng: random.Random) -> Group:
    return Group(*pair, rng.choice(COUNTS), rng.choice(SIZES), position)


@dataclass
class _Rota:
    """Hands out items so that each is used equally often."""

    items: Sequence[str]
    rng: random.Random

    def __post_init__(self) -> None:
        self._used = Counter(dict.fromkeys(self.items, 0))

    def take(self, count: int) -> list[str]:
        """Different items as long as there are enough, the least used first."""
        order = sorted(self.items, key=lambda item: (self._used[item], self.rng.random()))
        taken = list(islice(cycle(order), count))
        self._used.update(taken)
        return taken


class _RowWriter:
    """Words the rows of a split's pictures."""

    def __init__(
        self,
        split: str,
        scenes: Sequence[Scene],
        languages: Sequence[Language],
        rng: random.Random,
    ) -> None:
        self._split, self._scenes, self._rng = split, scenes, rng
        self._gallery = Gallery(scenes)
        self._languages = {language.tag: language for language in languages}
        self._caption_rota = _Rota(tuple(self._languages), rng)
        self._query_rota = _Rota(tuple(self._languages), rng)
        self._intent_rota = _Rota(INTENTS, rng)

    def rows(self, number: int, image: str) -> list[Row]:
        """Captions and queries of one picture; they share its description in each language."""
        scene, count = self._scenes[number], ROWS_PER_PICTURE[self._split]
        descriptions: dict[str, str] = {}
        worded = [
            *(self._caption_row(scene, tag) for tag in self._caption_rota.take(count)),
            *(self._query_row(scene, tag) for tag in self._query_rota.take(count)),
        ]
        for row in worded:
            tag = row["positive_lang"]
            if tag not in descriptions:
                descriptions[tag] = wording.description(scene, self._languages[tag], self._rng)
            row["positive"] = descriptions[tag]
        return [
            {"id": f"{self._split}-{number:05d}-{index}", "image": image, **row}
            for index, row in enumerate(worded)
        ]

    def _caption_row(self, scene: Scene, tag: str) -> Row:
        language = self._languages[tag]
        mention = self._answerable(scene, language.captions)
        text = wording.caption(scene, mention, language, self._rng)
        return {"lang": tag, "text": text, "positive_lang": self._description_language(tag)}

    def _description_language(self, tag: str) -> str:
        others = [other for other in self._languages if other != tag]
        if not others or self._rng.random() < SAME_LANGUAGE_SHARE:
            return tag
        return self._rng.choice(others)

    def _query_row(self, scene: Scene, tag: str) -> Row:
        language = self._languages[tag]
        intent = self._intent_rota.take(1)[0]
        mention = self._answerable(scene, language.frames[intent])
        text, slots = wording.query(scene, self._distractor(scene), mention, language, self._rng)
        return {"lang": tag, "text": text, "intent": intent, "slots": slots, "positive_lang": tag}

    def _answerable(self, scene: Scene, templates: Sequence[str]) -> Mention:
        """A mention that fits no other picture; in train any mention will do."""
        while True:
            mention = draw_mention(templates, self._rng)
            if self._split == "train" or self._gallery.is_unique(scene, mention):
                return mention

    def _distractor(self, scene: Scene) -> Group:
        """Something that another picture shows, and this one does not."""
        shown = _pairs(scene)
        while True:  # `_check_distractors` has seen that there is one
            group = self._rng.choice(self._scenes).main
            if _pair(group) not in shown:
                return group
