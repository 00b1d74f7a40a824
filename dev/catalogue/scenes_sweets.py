"""Sweets: nougat in wrappers, egg rolls."""

import math
from random import Random

from dev.catalogue.canvas import Canvas, Outline, Stroke
from dev.catalogue.palette import (
    BRICK,
    FOREST,
    OCHRE,
    PAPER,
    PERSIMMON,
    PORCELAIN,
    SAGE,
    WHEAT,
    Colour,
    across,
    lit,
    mix,
    shaded,
)
from dev.catalogue.shapes import (
    circle,
    ellipse,
    leaf,
    moved,
    rotated,
    rounded,
)
from dev.catalogue.solids import cup, footing, plate, stage

SWEETS_TINT = (247, 224, 184)
CRUST: Colour = (228, 173, 96)


def nougat() -> Canvas:
    """Nougat: a heap of twisted wrappers and two bare pieces with peanuts in them."""
    canvas = stage(SWEETS_TINT, 1.12)
    rose = lit(PERSIMMON, 0.45)
    plate(canvas, 470, 775, 330, lit(WHEAT, 0.45))
    for x, y, turn, colour in (
        (370, 690, -14, PAPER),
        (585, 692, 15, SAGE),
        (470, 628, 4, rose),
        (275, 755, 9, rose),
        (478, 752, -7, PAPER),
        (668, 762, -12, SAGE),
    ):
        _wrapped(canvas, x, y, turn, colour)
    _bare(canvas, 640, 842)
    _bare(canvas, 470, 862)
    return canvas


def _wrapped(canvas: Canvas, x: float, y: float, turn: float, colour: Colour) -> None:
    def placed(points: Outline) -> Outline:
        return rotated(points, turn, (x, y))

    canvas.paint(
        shaded(CRUST, 0.7),
        moved(placed(rounded(x - 120, y - 10, x + 120, y + 50, 20)), 14, 16),
        opacity=0.26,
        blur=12,
    )
    for way in (-1, 1):
        fan = [
            (x + way * 78, y - 9),
            (x + way * 140, y - 44),
            (x + way * 132, y - 16),
            (x + way * 148, y + 2),
            (x + way * 132, y + 18),
            (x + way * 140, y + 46),
            (x + way * 78, y + 9),
        ]
        canvas.paint(across(lit(colour, 0.5), shaded(colour, 0.14), 90), placed(fan))
        for dy in (-20, 0, 20):
            canvas.paint(
                shaded(colour, 0.4),
                Stroke(placed([(x + way * 80, y + dy * 0.2), (x + way * 128, y + dy)]), 2.5),
                opacity=0.35,
            )
    bar = placed(rounded(x - 88, y - 42, x + 88, y + 42, 20))
    canvas.paint(across(lit(colour, 0.55), shaded(colour, 0.2), 90 + turn), bar)
    canvas.paint(
        lit(colour, 0.9), Stroke(placed([(x - 62, y - 24), (x + 50, y - 24)]), 9), opacity=0.6, blur=3
    )
    canvas.paint(BRICK if colour != SAGE else FOREST, placed(circle(x, y + 3, 19)), opacity=0.85)
    canvas.paint(lit(colour, 0.6), placed(leaf(x - 11, y + 3, 22, 12, 0)))


def _bare(canvas: Canvas, left: float, top: float) -> None:
    milk = mix(PAPER, WHEAT, 0.25)
    base = [(left, top + 62), (left + 140, top + 62), (left + 168, top + 36), (left + 28, top + 36)]
    footing(canvas, base, 20)
    lid = [(left, top + 2), (left + 28, top - 26), (left + 168, top - 26), (left + 138, top + 2)]
    side = [(left + 136, top), (left + 168, top - 26), (left + 168, top + 36), (left + 136, top + 62)]
    front = rounded(left, top, left + 140, top + 62, 10)
    canvas.paint(shaded(milk, 0.26), side)
    canvas.paint(lit(milk, 0.6), lid)
    canvas.paint(across(lit(milk, 0.2), shaded(milk, 0.1), 60), front)
    chance = Random(int(left))
    for column in range(4):
        x, y = left + 24 + column * 32, top + 20 + 24 * chance.random()
        nut = rotated(ellipse(x, y, 15, 10), chance.uniform(-40, 40), (x, y))
        canvas.paint(across(lit(CRUST, 0.2), shaded(CRUST, 0.2), 60), nut, inside=front)
        canvas.paint(lit(CRUST, 0.6), circle(x - 4, y - 3, 3.4), opacity=0.8, inside=front)


def egg_rolls() -> Canvas:
    """Egg rolls: a pyramid of golden tubes with their spirals to the front, a red tin behind."""
    canvas = stage(SWEETS_TINT)
    cup(canvas, 745, 790, 84, PORCELAIN, OCHRE)
    plate(canvas, 420, 800, 300, mix(SAGE, PORCELAIN, 0.3))
    for row, count in enumerate((4, 3, 2, 1)):
        for column in range(count):
            x = 282 + column * 94 + row * 47
            _tube(canvas, x, 762 - row * 80, 47)
    return canvas


def _tube(canvas: Canvas, x: float, y: float, r: float) -> None:
    length, rise = 150.0, 62.0
    outline = [*ellipse(x, y, r, r, 45, 225), *ellipse(x + length, y - rise, r, r, 225, 405)]
    canvas.paint(shaded(CRUST, 0.7), moved(outline, 10, 9), opacity=0.28, blur=8)
    canvas.paint(across(lit(CRUST, 0.4), shaded(CRUST, 0.28), 68), outline)
    canvas.paint(
        shaded(CRUST, 0.3), Stroke([(x + 14, y - r + 10), (x + length, y - rise - r + 14)], 3), opacity=0.5
    )
    canvas.paint(across(lit(CRUST, 0.5), lit(CRUST, 0.12), 50), circle(x, y, r))
    coil = []
    for step in range(140):
        turn, reach = step * 0.14, (r - 5) * (1 - step / 150)
        coil.append((x + reach * math.cos(turn + 0.6), y + reach * math.sin(turn + 0.6)))
    canvas.paint(shaded(CRUST, 0.34), Stroke(coil, 4.2), opacity=0.85)
    canvas.paint(shaded(CRUST, 0.6), circle(x, y, r * 0.16), opacity=0.7)
