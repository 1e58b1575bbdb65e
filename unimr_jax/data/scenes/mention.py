"""Which of a picture's facts a text tells, and how many pictures of a split they fit."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from unimr_jax.data.scenes.scene import Group, Scene

FIELD = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
SIZE_SHARE = 0.6  # of the noun phrases say how big their objects are


@dataclass(frozen=True, slots=True)
class Mention:
    """A template, and whether its noun phrases tell the sizes.

    Count, colour and shape of a group are told wherever the template names the group; its
    position and the background where the template has a field for them.
    """

    template: str
    main_size: bool
    other_size: bool


def draw_mention(templates: Sequence[str], rng: random.Random) -> Mention:
    return Mention(rng.choice(templates), rng.random() < SIZE_SHARE, rng.random() < SIZE_SHARE)


@cache
def fields(template: str) -> frozenset[tuple[str, str]]:
    """The fields of a template as (name, case); the case is "" where there is none."""
    return frozenset(FIELD.findall(template))


@cache
def names_group(template: str, name: str) -> bool:
    return any(field == name and case != "position" for field, case in fields(template))


def without_untold_sizes(scene: Scene, mention: Mention) -> Scene:
    main = scene.main if mention.main_size else replace(scene.main, size=None)
    other = scene.other if mention.other_size else replace(scene.other, size=None)
    return replace(scene, main=main, other=other)


def told(scene: Scene, mention: Mention) -> tuple:
    """The facts of `scene` that the mention gives away, as a key."""
    scene = without_untold_sizes(scene, mention)
    return (
        _told_of_group(scene.main, "main", mention.template),
        _told_of_group(scene.other, "other", mention.template),
        scene.background if ("background", "") in fields(mention.template) else None,
    )


def _told_of_group(group: Group, name: str, template: str) -> tuple:
    where = group.position if (name, "position") in fields(template) else None
    if not names_group(template, name):
        return (where,)
    return (group.shape, group.colour, group.count, group.size, where)


class Gallery:
    """The pictures of a split, to be asked how many of them a mention fits."""

    def __init__(self, scenes: Sequence[Scene]) -> None:
        self._scenes = scenes
        self._counts: dict[tuple, Counter] = {}

    def is_unique(self, scene: Scene, mention: Mention) -> bool:
        return self._count(mention)[told(scene, mention)] == 1

    def _count(self, mention: Mention) -> Counter:
        kind = (fields_told(mention.template), mention.main_size, mention.other_size)
        if kind not in self._counts:
            self._counts[kind] = Counter(
                key for scene in self._scenes for key in _both_readings(scene, mention)
            )
        return self._counts[kind]


@cache
def fields_told(template: str) -> frozenset[tuple[str, bool]]:
    """What a template tells, whatever the grammatical cases it uses."""
    return frozenset((name, case == "position") for name, case in fields(template))


def _both_readings(scene: Scene, mention: Mention) -> set[tuple]:
    """A reader cannot know which group was meant as the main one: either may fit."""
    swapped = Scene(scene.other, scene.main, scene.background)
    return {told(scene, mention), told(swapped, mention)}
