"""What a picture of the embedded data set shows, before any drawing or wording."""

from __future__ import annotations

from dataclasses import dataclass

SHAPES = (
    "circle", "square", "triangle", "star", "heart", "moon", "cross", "flower", "house", "tree",
)  # fmt: skip
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "brown", "black")
SIZES = ("small", "big")
COUNTS = (1, 2, 3, 4)
POSITIONS = ("top_left", "top_right", "bottom_left", "bottom_right")
BACKGROUNDS = ("white", "grey", "pink", "turquoise", "sand")


@dataclass(frozen=True, slots=True)
class Group:
    """Equal objects standing together. `size` is None where a text leaves it out."""

    shape: str
    colour: str
    count: int
    size: str | None
    position: str


@dataclass(frozen=True, slots=True)
class Scene:
    """Two groups in different quarters of the picture, on a background."""

    main: Group
    other: Group
    background: str
