from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from unimr_jax.data.scenes.draw import INKS, draw
from unimr_jax.data.scenes.scene import COLOURS, COUNTS, POSITIONS, SHAPES, Group, Scene

MAIN = Group("circle", "red", 3, "big", "top_left")
OTHER = Group("tree", "blue", 2, "small", "bottom_right")
SCENE = Scene(MAIN, OTHER, "sand")


def pixels(scene: Scene, seed: int = 0, size: int = 64) -> np.ndarray:
    return np.asarray(draw(scene, random.Random(seed), size), dtype=np.int32)


def painted(picture: np.ndarray, colour: str) -> np.ndarray:
    """Where the picture is close to an ink."""
    distance = np.abs(picture - np.array(INKS[colour])).max(axis=-1)
    return distance < 40


def quarter(position: str) -> tuple[slice, slice]:
    rows = slice(0, 32) if position.startswith("top") else slice(32, 64)
    columns = slice(0, 32) if position.endswith("left") else slice(32, 64)
    return rows, columns


def test_same_seed_same_pixels():
    assert draw(SCENE, random.Random(5)).tobytes() == draw(SCENE, random.Random(5)).tobytes()
    assert draw(SCENE, random.Random(5)).tobytes() != draw(SCENE, random.Random(6)).tobytes()


@pytest.mark.parametrize("size", [32, 64, 96])
def test_picture_has_the_asked_size(size):
    assert pixels(SCENE, size=size).shape == (size, size, 3)


@pytest.mark.parametrize("position", POSITIONS)
def test_group_stays_in_its_quarter(position):
    other = replace(OTHER, position="top_left" if position != "top_left" else "top_right")
    ink = painted(pixels(Scene(replace(MAIN, position=position), other, "white")), "red")
    inside = ink[quarter(position)].sum()
    assert inside > 0
    assert inside == ink.sum()


def test_more_objects_take_more_paint():
    areas = [
        painted(pixels(replace(SCENE, main=replace(MAIN, count=n))), "red").sum() for n in COUNTS
    ]
    single = areas[0]
    assert areas == pytest.approx([single * n for n in COUNTS], rel=0.15)


@pytest.mark.parametrize("shape", SHAPES)
def test_big_is_clearly_bigger_than_small(shape):
    big, small = (
        painted(pixels(replace(SCENE, main=Group(shape, "red", 4, size, "top_left"))), "red").sum()
        for size in ("big", "small")
    )
    assert big > 1.7 * small > 0


@pytest.mark.parametrize("colour", COLOURS)
def test_colours_are_not_mistaken_for_one_another(colour):
    picture = pixels(replace(SCENE, main=replace(MAIN, colour=colour)))[quarter("top_left")]
    areas = {ink: painted(picture, ink).sum() for ink in INKS}
    assert max(areas, key=areas.get) == colour


def test_shapes_differ_from_one_another():
    masks = [
        painted(pixels(Scene(Group(shape, "red", 4, "big", "top_left"), OTHER, "white")), "red")
        for shape in SHAPES
    ]
    for index, mask in enumerate(masks):
        for another in masks[index + 1 :]:
            assert (mask ^ another).sum() > 0.15 * (mask | another).sum()
