"""Draws a scene: a 4×4 grid of cells, one object a cell, each group inside its own quarter."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw

from unimr_jax.data.scenes.scene import Group, Scene

Colour = tuple[int, int, int]
Points = list[tuple[float, float]]

GRID = 4  # cells along a side; a quarter is 2×2 of them
SUPERSAMPLING = 4
JITTER = 0.08  # of a cell; the big objects have less room
EXTENT = {"big": 0.98, "small": 0.72}  # of a cell: under 11 pixels of 64 a shape is not to be told
OUTLINE = 2  # pixels of the supersampled canvas
SHADE = 0.06  # how far a colour may be from its nominal value
INKS: dict[str, Colour] = {
    "red": (222, 24, 36),
    "orange": (255, 130, 0),
    "yellow": (255, 232, 20),
    "green": (16, 140, 40),
    "blue": (24, 66, 230),
    "purple": (146, 30, 190),
    "brown": (122, 68, 24),
    "black": (18, 18, 20),
}
HOLE: Colour = (255, 255, 255)
PAPERS: dict[str, Colour] = {
    "white": (250, 250, 250),
    "grey": (176, 178, 182),
    "pink": (255, 190, 210),
    "turquoise": (126, 222, 214),
    "sand": (226, 206, 160),
}
CORNERS = {"top_left": (0, 0), "top_right": (2, 0), "bottom_left": (0, 2), "bottom_right": (2, 2)}


def draw(scene: Scene, rng: random.Random, size: int = 64) -> Image.Image:
    """The scene as an RGB picture of `size` × `size` pixels."""
    canvas = _paper(PAPERS[scene.background], size * SUPERSAMPLING, rng)
    for group in (scene.main, scene.other):
        _draw_group(canvas, group, rng)
    return canvas.reduce(SUPERSAMPLING)


def _paper(colour: Colour, side: int, rng: random.Random) -> Image.Image:
    """A background with soft light and dark patches, so that no two sheets are equal."""
    sheet = Image.new("RGB", (side, side), _shaded(colour, rng, SHADE / 3))
    patches = Image.frombytes("L", (GRID, GRID), bytes(rng.choices(range(12), k=GRID * GRID)))
    patches = patches.resize((side, side), Image.Resampling.BILINEAR)
    return ImageChops.subtract(sheet, Image.merge("RGB", (patches,) * 3))


def _draw_group(canvas: Image.Image, group: Group, rng: random.Random) -> None:
    left, top = CORNERS[group.position]
    cells = [(left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)]
    for column, row in rng.sample(cells, group.count):
        _draw_object(canvas, group, column, row, rng)


def _draw_object(
    canvas: Image.Image, group: Group, column: int, row: int, rng: random.Random
) -> None:
    cell = canvas.width / GRID
    half = cell * EXTENT[group.size] / 2
    room = min(JITTER * cell, cell / 2 - half)
    x = (column + 0.5) * cell + rng.uniform(-room, room)
    y = (row + 0.5) * cell + rng.uniform(-room, room)
    ink = _shaded(INKS[group.colour], rng, SHADE)
    pen = _Pen(ImageDraw.Draw(canvas), x, y, half, ink, outline=_darker(ink))
    SHAPES[group.shape](pen)


def _shaded(colour: Colour, rng: random.Random, spread: float) -> Colour:
    factor = 1 + rng.uniform(-spread, spread)
    return tuple(min(255, round(channel * factor)) for channel in colour)


def _darker(colour: Colour) -> Colour:
    return tuple(round(channel * 0.6) for channel in colour)


class _Pen:
    """Draws in the coordinates of one object: the origin in its middle, ±1 at its edges."""

    def __init__(
        self,
        canvas: ImageDraw.ImageDraw,
        x: float,
        y: float,
        half: float,
        ink: Colour,
        outline: Colour,
    ) -> None:
        self.canvas, self.x, self.y, self.half = canvas, x, y, half
        self.ink, self.outline = ink, outline

    def polygon(self, points: Points) -> None:
        placed = [(self.x + px * self.half, self.y + py * self.half) for px, py in points]
        self.canvas.polygon(placed, fill=self.ink, outline=self.outline, width=OUTLINE)

    def discs(self, centres: Points, radius: float) -> None:
        """Discs grown together: first their outlines, then their inside."""
        for shrink, colour in ((0, self.outline), (OUTLINE, self.ink)):
            for x, y in centres:
                self._ellipse(x, y, radius * self.half - shrink, colour)

    def hole(self, x: float, y: float, radius: float) -> None:
        self._ellipse(x, y, radius * self.half, HOLE)

    def _ellipse(self, x: float, y: float, radius: float, colour: Colour) -> None:
        self.canvas.ellipse(self._box(x, y, radius, radius), fill=colour)

    def block(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        across, down = width / 2 * self.half, height / 2 * self.half
        self.canvas.rectangle(self._box(x, y, across, down), fill=colour)

    def _box(self, x: float, y: float, across: float, down: float) -> tuple[float, ...]:
        """A box of the canvas around (x, y), its half width and height in pixels."""
        middle_x, middle_y = self.x + x * self.half, self.y + y * self.half
        return (middle_x - across, middle_y - down, middle_x + across, middle_y + down)


def _ring(corners: int, radius: float, turn: float = 0.0) -> Points:
    """Points on a circle, the first at the top."""
    angles = [2 * math.pi * corner / corners + turn for corner in range(corners)]
    return [(radius * math.sin(angle), -radius * math.cos(angle)) for angle in angles]


def _circle(pen: _Pen) -> None:
    pen.discs([(0, 0)], 0.95)


def _square(pen: _Pen) -> None:
    pen.polygon([(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)])


def _triangle(pen: _Pen) -> None:
    pen.polygon([(0, -0.98), (1, 0.9), (-1, 0.9)])


def _star(pen: _Pen) -> None:
    tips, notches = _ring(5, 1.08), _ring(5, 0.42, turn=math.pi / 5)
    pen.polygon([point for pair in zip(tips, notches, strict=True) for point in pair])


def _heart(pen: _Pen) -> None:
    angles = [2 * math.pi * step / 48 for step in range(48)]
    pen.polygon([(math.sin(t) ** 3, -_heart_height(t) / 16) for t in angles])


def _heart_height(t: float) -> float:
    return 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t) + 2


def _moon(pen: _Pen) -> None:
    """A crescent: the outer arc down, the inner arc back up."""
    outer = [math.pi * (0.22 + 1.56 * step / 40) for step in range(41)]
    inner = [math.pi * (1.70 - 1.40 * step / 40) for step in range(41)]
    rim = [(0.15 + math.cos(t), math.sin(t)) for t in outer]
    hollow = [(0.52 + 0.76 * math.cos(t), 0.76 * math.sin(t)) for t in inner]
    pen.polygon(rim + hollow)


def _cross(pen: _Pen) -> None:
    arm, edge = 0.3, 0.98
    corner = [(arm, -edge), (arm, -arm), (edge, -arm)]
    turned = [corner]
    for _ in range(3):
        turned.append([(-y, x) for x, y in turned[-1]])
    pen.polygon([point for arms in turned for point in arms])


def _flower(pen: _Pen) -> None:
    pen.discs(_ring(6, 0.62), 0.38)
    pen.hole(0, 0, 0.34)


def _house(pen: _Pen) -> None:
    walls = [(-0.74, 0.0), (-0.74, 0.96), (0.74, 0.96), (0.74, 0.0)]
    pen.polygon([*walls, (1, 0.0), (0, -0.98), (-1, 0.0)])
    pen.block(0, 0.62, 0.44, 0.68, HOLE)


def _tree(pen: _Pen) -> None:
    pen.block(0, 0.6, 0.36, 0.8, pen.outline)
    pen.discs([(-0.42, 0.0), (0.42, 0.0), (0, -0.42), (0, -0.1)], 0.54)


SHAPES = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "heart": _heart,
    "moon": _moon,
    "cross": _cross,
    "flower": _flower,
    "house": _house,
    "tree": _tree,
}
