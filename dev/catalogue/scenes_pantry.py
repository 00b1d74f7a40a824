"""Pantry, dry: thread noodles, brown sugar, mushrooms."""

import math
from random import Random

from dev.catalogue.canvas import Canvas, Outline, Stroke
from dev.catalogue.palette import (
    BLUSH,
    BRICK,
    CREAM,
    FOREST,
    KRAFT,
    OCHRE,
    PERSIMMON,
    SAGE,
    SUGAR,
    WHEAT,
    Colour,
    across,
    down,
    lit,
    mix,
    rounded_light,
    shaded,
)
from dev.catalogue.shapes import (
    circle,
    drum,
    ellipse,
    moved,
    rotated,
    rounded,
    spline,
    turned,
    wrap,
)
from dev.catalogue.solids import board, body, cast, gleam, mouth, stage

PANTRY_TINT = BLUSH


def thread_noodles() -> Canvas:
    """Hand-pulled thread noodles: three hanks, each tied in the middle with a ribbon."""
    canvas = stage(PANTRY_TINT, 1.1)
    board(canvas)
    for cx, cy, turn, colour, ribbon in (
        (500, 700, 1.5, lit(WHEAT, 0.55), FOREST),
        (490, 772, -1.5, lit(WHEAT, 0.62), FOREST),
        (500, 650, -4.0, mix(CREAM, PERSIMMON, 0.36), BRICK),
    ):
        _hank(canvas, cx, cy, turn, colour, ribbon)
    return canvas


def _hank(canvas: Canvas, cx: float, cy: float, turn: float, colour: Colour, ribbon: Colour) -> None:
    """A skein lying down: strands that bulge towards both ends and are folded back there."""
    chance = Random(int(cx + cy))

    def placed(points: Outline) -> Outline:
        return rotated(points, turn, (cx, cy))

    def strand(lane: float) -> Outline:
        wide, waist, tip = 56 * lane, 38 * lane, 262 - 34 * lane * lane
        half = [(tip, cy + wide * 0.8), (190, cy + wide), (70, cy + waist * 1.12)]
        return spline(
            [*((cx - x, y) for x, y in half), (cx, cy + waist), *((cx + x, y) for x, y in reversed(half))],
            False,
        )

    outer = placed(
        [
            *strand(-1.0),
            *ellipse(cx + 226, cy, 44, 45, -80, 80),
            *reversed(strand(1.0)),
            *ellipse(cx - 226, cy, 44, 45, 100, 260),
        ]
    )
    canvas.paint(shaded(KRAFT, 0.6), moved(outer, 12, 14), opacity=0.34, blur=12)
    canvas.paint(down(lit(colour, 0.25), shaded(colour, 0.24)), outer)
    for index in range(40):
        lane = (index + chance.random()) / 40 * 2 - 1
        tone = lit(colour, 0.6) if index % 2 else shaded(colour, 0.2)
        canvas.paint(tone, Stroke(placed(strand(lane)), 2.4), opacity=0.8, inside=outer)
    canvas.paint(
        shaded(colour, 0.6), placed(ellipse(cx, cy + 62, 270, 40)), opacity=0.22, blur=14, inside=outer
    )
    canvas.paint(
        (255, 252, 242), placed(ellipse(cx - 120, cy - 30, 120, 12)), opacity=0.5, blur=10, inside=outer
    )
    band = placed(rounded(cx - 36, cy - 44, cx + 36, cy + 44, 8))
    canvas.paint(across(lit(ribbon, 0.18), shaded(ribbon, 0.26), 80), band)
    sheen = Stroke(placed([(cx - 36, cy - 18), (cx + 36, cy - 18)]), 8)
    canvas.paint(lit(ribbon, 0.5), sheen, opacity=0.4, blur=4, inside=band)


def brown_sugar() -> Canvas:
    """Brown sugar: broken blocks in a stoneware bowl."""
    canvas = stage(PANTRY_TINT)
    cast(canvas, 480, 800, 150)
    glaze = mix(CREAM, SAGE, 0.4)
    canvas.paint(rounded_light(shaded(glaze, 0.15)), drum(480, 770, 800, 110))
    bowl = turned(480, [(590, 262), (640, 250), (710, 200), (776, 112)])
    body(canvas, bowl, glaze, 0.9)
    mouth(canvas, 480, 590, 262, glaze, 12)
    for x, y, size, seed in (
        (340, 560, 66, 1),
        (610, 560, 68, 2),
        (480, 540, 74, 3),
        (400, 500, 66, 4),
        (560, 492, 68, 5),
        (478, 440, 64, 6),
        (420, 596, 60, 7),
        (540, 600, 62, 8),
    ):
        _lump(canvas, x, y, size, seed)
    gleam(canvas, [(262, 660), (318, 726)], 20, bowl, 0.5)
    _lump(canvas, 780, 812, 58, 9)
    _lump(canvas, 858, 842, 36, 10)
    return canvas


def _lump(canvas: Canvas, x: float, y: float, size: float, seed: int) -> None:
    """A broken block: a light top, a middle front, a dark right side."""
    chance = Random(seed)
    jog = [(chance.uniform(-0.12, 0.12), chance.uniform(-0.12, 0.12)) for _ in range(7)]
    shape = [(-1.0, -0.3), (-0.1, -0.85), (0.95, -0.42), (1.0, 0.5), (0.2, 0.95), (-0.9, 0.6), (0.12, 0.05)]
    a, b, c, d, e, f, g = (
        (x + size * (px + jx), y + size * 0.82 * (py + jy))
        for (px, py), (jx, jy) in zip(shape, jog, strict=True)
    )
    canvas.paint(shaded(SUGAR, 0.5), moved([a, b, c, d, e, f], 8, 12), opacity=0.4, blur=8)
    canvas.paint(across(lit(SUGAR, 0.42), lit(SUGAR, 0.2), 40), [a, b, c, g])
    canvas.paint(across(lit(SUGAR, 0.12), SUGAR, 70), [a, g, e, f])
    canvas.paint(across(shaded(SUGAR, 0.2), shaded(SUGAR, 0.4), 70), [g, c, d, e])
    canvas.paint(lit(SUGAR, 0.55), Stroke([a, g, c], 3), opacity=0.5)
    for _ in range(26):
        px, py = x + size * chance.uniform(-0.8, 0.8), y + size * chance.uniform(-0.6, 0.6)
        canvas.paint(
            lit(OCHRE, 0.3), circle(px, py, chance.uniform(1.2, 2.8)), opacity=0.5, inside=[a, b, c, d, e, f]
        )


def mushrooms() -> Canvas:
    """Dried shiitake on a woven basket tray."""
    canvas = stage(PANTRY_TINT, 1.15)
    cast(canvas, 490, 768, 310, reach=0.2)
    canvas.paint(rounded_light(shaded(KRAFT, 0.1)), wrap(490, 720, 776, 340, 300))
    canvas.paint(across(lit(KRAFT, 0.4), shaded(KRAFT, 0.05), 20), ellipse(490, 720, 340))
    inner = ellipse(490, 724, 312)
    canvas.paint(across(shaded(KRAFT, 0.2), lit(KRAFT, 0.2), 20), inner)
    for step in range(-16, 17):
        for lean in (-1, 1):
            x = 490 + step * 38
            canvas.paint(
                shaded(KRAFT, 0.4),
                Stroke([(x - lean * 150, 640), (x + lean * 150, 810)], 3),
                opacity=0.3,
                inside=inner,
            )
    for x, y, r, face in (
        (330, 690, 82, True),
        (640, 680, 88, True),
        (480, 640, 92, True),
        (400, 762, 88, True),
        (600, 764, 78, False),
        (500, 722, 70, True),
    ):
        _shiitake(canvas, x, y, r, face)
    return canvas


def _shiitake(canvas: Canvas, x: float, y: float, r: float, face: bool) -> None:
    cap: Colour = (128, 88, 60)
    canvas.paint(shaded(cap, 0.6), ellipse(x + 12, y + r * 0.42, r, r * 0.36), opacity=0.4, blur=10)
    if not face:
        canvas.paint(across(lit(cap, 0.1), shaded(cap, 0.2), 60), ellipse(x, y, r, r * 0.58))
        gills = ellipse(x, y - 3, r * 0.86, r * 0.46)
        canvas.paint(across(lit(KRAFT, 0.5), lit(KRAFT, 0.1), 40), gills)
        for turn in range(0, 360, 9):
            end = (x + r * math.cos(math.radians(turn)), y - 3 + r * 0.54 * math.sin(math.radians(turn)))
            canvas.paint(shaded(KRAFT, 0.35), Stroke([(x, y - 3), end], 2), opacity=0.5, inside=gills)
        canvas.paint(across(lit(KRAFT, 0.4), shaded(KRAFT, 0.2), 50), ellipse(x, y - 8, r * 0.2, r * 0.17))
        return
    crown = spline(
        [
            (x - r, y + r * 0.14),
            (x - r * 0.8, y - r * 0.46),
            (x, y - r * 0.78),
            (x + r * 0.8, y - r * 0.46),
            (x + r, y + r * 0.14),
            (x + r * 0.6, y + r * 0.44),
            (x, y + r * 0.52),
            (x - r * 0.6, y + r * 0.44),
        ]
    )
    canvas.paint(across(lit(cap, 0.3), shaded(cap, 0.3), 52), crown)
    chance = Random(int(x + y))
    for turn in range(0, 360, 45):
        angle = math.radians(turn + chance.uniform(-14, 14))
        near, far = r * chance.uniform(0.1, 0.3), r * chance.uniform(0.62, 0.86)
        middle = (near + far) / 2
        crack = [
            (x + reach * math.cos(angle + lean), y - r * 0.2 + reach * 0.6 * math.sin(angle + lean))
            for reach, lean in ((near, 0.0), (middle, 0.13), (far, 0.02), (middle, -0.05))
        ]
        canvas.paint(lit(KRAFT, 0.35), spline(crack), opacity=0.7, blur=1.2, inside=crown)
    canvas.paint(
        shaded(cap, 0.6),
        ellipse(x + r * 0.36, y + r * 0.4, r * 0.9, r * 0.36),
        opacity=0.4,
        blur=14,
        inside=crown,
    )
    canvas.paint(
        lit(cap, 0.7),
        ellipse(x - r * 0.36, y - r * 0.4, r * 0.26, r * 0.12),
        opacity=0.5,
        blur=8,
        inside=crown,
    )
