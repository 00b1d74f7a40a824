"""Pantry, in jars, bottles and pouches: honey, sesame oil, dried mango."""

import math
from random import Random

from dev.catalogue.canvas import Canvas, Stroke
from dev.catalogue.motifs import sun
from dev.catalogue.palette import (
    AMBER,
    BLUSH,
    BRICK,
    FOREST,
    HONEY,
    INK,
    KRAFT,
    OCHRE,
    PAPER,
    PERSIMMON,
    PORCELAIN,
    SUGAR,
    WHEAT,
    WOOD,
    Colour,
    across,
    lit,
    mix,
    rounded_light,
    shaded,
)
from dev.catalogue.shapes import drum, ellipse, moved, rotated, rounded, spline, turned, wrap
from dev.catalogue.solids import body, cast, foliage, footing, gleam, plate, stage

PANTRY_TINT = BLUSH


def honey() -> Canvas:
    """Longan honey: a jar full of light, and a wooden dipper."""
    canvas = stage(PANTRY_TINT)
    cast(canvas, 440, 790, 176)
    glass = turned(440, [(390, 130), (410, 134), (450, 172), (500, 180), (790, 178)])
    canvas.paint((255, 252, 240), glass, opacity=0.6)
    gold = turned(440, [(440, 156), (500, 171), (778, 169)])
    canvas.paint(rounded_light(HONEY, 0.95), gold)
    canvas.paint(lit(HONEY, 0.55), ellipse(400, 740, 120, 90), opacity=0.5, blur=36, inside=gold)
    paper = wrap(440, 540, 690, 179, 177)
    canvas.paint(rounded_light(PAPER, 0.6), paper)
    for row, count in enumerate((2, 3, 2)):
        for column in range(count):
            x, y = 440 + (column - (count - 1) / 2) * 50, 622 + row * 43
            cell = [
                (x + 25 * math.sin(math.radians(60 * k)), y + 25 * math.cos(math.radians(60 * k)))
                for k in range(6)
            ]
            canvas.paint(across(lit(OCHRE, 0.15), HONEY, 60), cell)
    gleam(canvas, [(300, 470), (296, 770)], 20, glass, 0.7)
    lid = drum(440, 318, 386, 142)
    body(canvas, lid, OCHRE, 1.0)
    canvas.paint(across(lit(OCHRE, 0.45), lit(OCHRE, 0.1), 20), ellipse(440, 318, 142))
    canvas.paint(across(lit(OCHRE, 0.2), lit(OCHRE, 0.4), 20), ellipse(440, 321, 118))
    _dipper(canvas)
    return canvas


def _dipper(canvas: Canvas) -> None:
    canvas.paint(shaded(WOOD, 0.7), ellipse(740, 868, 150, 20), opacity=0.32, blur=12)
    canvas.paint(across(lit(WOOD, 0.3), shaded(WOOD, 0.2), 60), Stroke([(660, 836), (880, 720)], 20))
    canvas.paint(lit(WOOD, 0.6), Stroke([(700, 808), (874, 717)], 5), opacity=0.6, blur=1.5)
    for step in range(5):
        x, y = 690 - step * 25, 820 + step * 13.2
        r = (36, 46, 50, 44, 32)[step]
        disc = rotated(ellipse(x, y, 13, r), -28, (x, y))
        canvas.paint(across(lit(WOOD, 0.28), shaded(WOOD, 0.28), 90), disc)
    canvas.paint(
        across(lit(HONEY, 0.35), HONEY, 90),
        spline([(590, 850), (640, 872), (700, 874), (740, 884), (690, 902), (600, 900), (560, 880)]),
        opacity=0.95,
    )
    canvas.paint(lit(HONEY, 0.8), Stroke([(600, 872), (664, 884)], 6), opacity=0.7, blur=2)


def sesame_oil() -> Canvas:
    """Black sesame oil: a tall dark bottle, a dish of seeds."""
    canvas = stage(PANTRY_TINT)
    cast(canvas, 430, 780, 108)
    bottle = turned(430, [(290, 38), (390, 40), (430, 56), (490, 106), (540, 112), (780, 112)])
    body(canvas, bottle, mix(SUGAR, INK, 0.25), 1.15)
    canvas.paint(AMBER, ellipse(470, 560, 60, 150), opacity=0.4, blur=34, inside=bottle)
    gleam(canvas, [(346, 520), (344, 760)], 15, bottle, 0.6)
    gleam(canvas, [(404, 310), (402, 410)], 8, bottle, 0.5)
    paper = wrap(430, 560, 720, 113)
    canvas.paint(rounded_light(lit(WHEAT, 0.4), 0.7), paper)
    sun(canvas, 430, 660, 54)
    canvas.paint(rounded_light(BRICK), drum(430, 246, 312, 46))
    canvas.paint(across(lit(BRICK, 0.35), lit(BRICK, 0.05)), ellipse(430, 246, 46))
    plate(canvas, 700, 820, 130, PORCELAIN)
    chance = Random(21)
    for _ in range(150):
        x, y = chance.gauss(0, 0.36), chance.gauss(0, 0.36)
        if x * x + y * y > 0.62:
            continue
        px, py = 700 + 96 * x, 820 + 26 * y - 10 * (1 - abs(x))
        seed = rotated(ellipse(px, py, 7.5, 4.2), chance.uniform(-60, 60), (px, py))
        canvas.paint(across(lit(INK, 0.3), shaded(INK, 0.4), 60), seed)
    return canvas


def dried_mango() -> Canvas:
    """Dried mango: a kraft pouch with a window of orange, slices, half a fresh fruit."""
    canvas = stage(PANTRY_TINT)
    _pouch(canvas)
    mango: Colour = (240, 160, 52)
    for x, y, turn, length in ((700, 792, -16, 250), (640, 852, 5, 270), (800, 848, -30, 200)):
        _slice(canvas, x, y, turn, length, mango)
    return canvas


def _slice(canvas: Canvas, x: float, y: float, turn: float, length: float, colour: Colour) -> None:
    """One long dried slice, wavy at its edges and wrinkled along its grain."""
    edge = [
        (-0.5, -4),
        (-0.36, -24),
        (-0.12, -20),
        (0.12, -28),
        (0.36, -20),
        (0.5, -2),
        (0.38, 18),
        (0.12, 14),
        (-0.12, 24),
        (-0.36, 16),
    ]
    outline = rotated(spline([(x + length * a, y + b) for a, b in edge]), turn, (x, y))
    canvas.paint(shaded(AMBER, 0.4), moved(outline, 8, 10), opacity=0.34, blur=8)
    canvas.paint(across(lit(colour, 0.3), mix(colour, PERSIMMON, 0.45), 75), outline)
    for row, lean in ((-10, 3), (0, -4), (9, 3)):
        crease = [(x - length * 0.38, y + row), (x, y + row + lean), (x + length * 0.4, y + row - lean)]
        canvas.paint(
            shaded(colour, 0.3), Stroke(rotated(spline(crease, False), turn, (x, y)), 2.5), opacity=0.4
        )
        canvas.paint(
            lit(colour, 0.6),
            Stroke(moved(rotated(spline(crease, False), turn, (x, y)), 0, -3), 2),
            opacity=0.5,
        )


def _pouch(canvas: Canvas) -> None:
    footing(canvas, [(270, 790), (590, 790), (600, 745), (280, 745)], 60)
    bag = [
        (286, 300),
        (594, 300),
        *spline([(594, 300), (600, 500), (612, 740), (596, 792)], False),
        *spline([(596, 792), (440, 806), (284, 792)], False),
        *spline([(284, 792), (268, 740), (280, 500), (286, 300)], False),
    ]
    canvas.paint(rounded_light(KRAFT, 0.8), bag)
    canvas.paint(
        shaded(KRAFT, 0.6),
        spline([(600, 340), (560, 520), (600, 760), (640, 760), (640, 340)]),
        opacity=0.24,
        blur=16,
        inside=bag,
    )
    canvas.paint(
        lit(KRAFT, 0.7),
        spline([(300, 380), (330, 560), (304, 760), (284, 760), (286, 380)]),
        opacity=0.4,
        blur=14,
        inside=bag,
    )
    canvas.paint(shaded(KRAFT, 0.14), [(286, 300), (594, 300), (596, 350), (284, 350)])
    for x in range(292, 594, 9):
        canvas.paint(lit(KRAFT, 0.3), Stroke([(x, 304), (x, 346)], 2.5), opacity=0.5)
    canvas.paint(shaded(KRAFT, 0.5), Stroke([(284, 372), (597, 372)], 2.5), opacity=0.5)
    canvas.paint(lit(PAPER, 0.2), ellipse(441, 545, 112, 132))
    fruit = rotated(
        spline(
            [(350, 560), (372, 480), (440, 452), (510, 486), (532, 560), (490, 622), (420, 636), (368, 612)]
        ),
        -14,
        (441, 545),
    )
    canvas.paint(across((247, 190, 72), PERSIMMON, 50), fruit)
    canvas.paint(BRICK, ellipse(510, 500, 70, 60), opacity=0.4, blur=26, inside=fruit)
    canvas.paint((255, 246, 220), ellipse(402, 516, 26, 14), opacity=0.7, blur=8, inside=fruit)
    foliage(canvas, 450, 462, 96, -28, FOREST)
    canvas.paint(rounded_light(FOREST, 0.6), rounded(340, 706, 542, 724, 9))
