"""Pastries: pineapple cakes, sun cakes, mung bean cakes."""

import math
from random import Random

from dev.catalogue.canvas import Canvas, Outline, Stroke
from dev.catalogue.palette import (
    AMBER,
    BRICK,
    CREAM,
    FOREST,
    HONEY,
    MIST,
    OCHRE,
    PERSIMMON,
    PORCELAIN,
    WHEAT,
    WOOD,
    Colour,
    across,
    down,
    lit,
    mix,
    rounded_light,
    shaded,
)
from dev.catalogue.shapes import (
    TILT,
    blob,
    circle,
    ellipse,
    leaf,
    moved,
    rounded,
    spline,
    turned,
)
from dev.catalogue.solids import board, body, cast, footing, plate, stage

SWEETS_TINT = (247, 224, 184)
CRUST: Colour = (228, 173, 96)


def pineapple_cake() -> Canvas:
    """Pineapple cakes: golden bars, one cut open to its filling, and a small pineapple behind."""
    canvas = stage(SWEETS_TINT)
    _pineapple(canvas, 655, 560)
    plate(canvas, 455, 770, 300, PORCELAIN)
    cake_bar(canvas, 300, 640, False)
    cake_bar(canvas, 478, 652, False)
    cake_bar(canvas, 360, 720, True)
    return canvas


def cake_bar(canvas: Canvas, left: float, top: float, cut: bool) -> None:
    """One pineapple cake, 168 wide and 88 high; cut, its front shows jam between two walls of crust."""
    right, bottom, lift, shift = left + 168, top + 88, 44.0, 42.0
    base = [(left, bottom), (right, bottom), (right + shift, bottom - lift), (left + shift, bottom - lift)]
    footing(canvas, base, 26)
    side = [
        (right - 6, top),
        (right + shift, top - lift),
        (right + shift, bottom - lift),
        (right - 6, bottom),
    ]
    lid = _soft_corners(
        [(left + 2, top + 6), (left + shift, top - lift), (right + shift, top - lift), (right, top + 6)]
    )
    front = rounded(left, top, right, bottom, 12)
    canvas.paint(down(shaded(CRUST, 0.2), shaded(CRUST, 0.34)), side)
    canvas.paint(across(lit(CRUST, 0.42), lit(CRUST, 0.08), 30), lid)
    canvas.paint(shaded(HONEY, 0.15), lid, opacity=0.22)
    canvas.paint(
        lit(CRUST, 0.6), moved(ellipse(left + 80, top - 20, 62, 12), 0, 0), opacity=0.6, blur=8, inside=lid
    )
    canvas.paint(across(lit(CRUST, 0.2), shaded(CRUST, 0.1), 50), front)
    if cut:
        crumb = mix(CRUST, CREAM, 0.5)
        canvas.paint(crumb, front)
        _speckle(canvas, front, crumb, 60, int(left))
        jam = rounded(left + 24, top + 20, right - 24, bottom - 20, 14)
        canvas.paint(across(HONEY, AMBER, 70), jam)
        _speckle(canvas, jam, lit(HONEY, 0.2), 40, int(left) + 1)
        canvas.paint(
            lit(HONEY, 0.7), Stroke([(left + 40, top + 32), (right - 70, top + 31)], 6), opacity=0.6, blur=2
        )
    canvas.paint(lit(CRUST, 0.7), Stroke([(left + 12, top + 3), (right - 10, top + 3)], 4), opacity=0.6)


def _soft_corners(corners: Outline) -> Outline:
    """A quadrilateral whose corners are a little rounded."""
    points: Outline = []
    for index, (x, y) in enumerate(corners):
        for other in (corners[index - 1], corners[(index + 1) % len(corners)]):
            points.append((x + (other[0] - x) * 0.08, y + (other[1] - y) * 0.08))
    return points


def _speckle(canvas: Canvas, inside: Outline, colour: Colour, count: int, seed: int) -> None:
    """Crumbs: lighter and darker grains within an outline."""
    chance = Random(seed)
    xs, ys = [x for x, _ in inside], [y for _, y in inside]
    for index in range(count):
        x, y = chance.uniform(min(xs), max(xs)), chance.uniform(min(ys), max(ys))
        grain = lit(colour, 0.45) if index % 2 else shaded(colour, 0.22)
        canvas.paint(grain, circle(x, y, chance.uniform(1.6, 3.6)), opacity=0.6, inside=inside)


def _pineapple(canvas: Canvas, cx: float, cy: float) -> None:
    cast(canvas, cx, cy + 170, 96)
    for turn, length in (
        (-90, 190),
        (-118, 170),
        (-62, 170),
        (-142, 130),
        (-38, 130),
        (-104, 150),
        (-76, 150),
    ):
        blade = leaf(cx, cy - 128, length, 44, turn)
        canvas.paint(across(lit(FOREST, 0.3), shaded(FOREST, 0.1), 50), blade)
    fruit = ellipse(cx, cy + 10, 122, 168)
    canvas.paint(rounded_light(OCHRE, 1.1), fruit)
    for step in range(-9, 10):
        for lean in (1, -1):
            x = cx + step * 46
            line = [(x - lean * 150, cy - 170), (x, cy + 10), (x + lean * 150, cy + 190)]
            canvas.paint(shaded(OCHRE, 0.42), Stroke(line, 4), opacity=0.45, inside=fruit)
    for row in range(-4, 6):
        for column in range(-3, 4):
            x, y = cx + column * 46 + (23 if row % 2 else 0), cy + 10 + row * 27.5
            canvas.paint(lit(OCHRE, 0.6), circle(x - 3, y - 3, 4), opacity=0.6, inside=fruit)
    canvas.paint(shaded(OCHRE, 0.7), ellipse(cx + 40, cy + 180, 130, 60), opacity=0.3, blur=24, inside=fruit)


def sun_cake() -> Canvas:
    """Sun cakes: a stack of flaky rounds, one broken open to its malt filling."""
    canvas = stage(SWEETS_TINT, 1.15)
    plate(canvas, 440, 770, 270, mix(MIST, PORCELAIN, 0.4))
    for base in (768, 700, 632):
        _flaky_round(canvas, 430 + (8 if base == 700 else 0), base, 178)
    _half_round(canvas, 700, 836)
    return canvas


def _flaky_round(canvas: Canvas, cx: float, base: float, r: float) -> None:
    dough = mix(CREAM, CRUST, 0.42)
    canvas.paint(shaded(CRUST, 0.7), ellipse(cx + 4, base + 2, r - 16, (r - 16) * TILT), opacity=0.4, blur=6)
    side = turned(
        cx, [(base - 50, r - 16), (base - 42, r - 6), (base - 26, r), (base - 10, r - 5), (base, r - 18)]
    )
    body(canvas, side, dough, 0.9)
    for index, level in enumerate((-34, -24, -14)):
        edge = ellipse(cx, base + level, r - 3, r * TILT, 14 + index * 8, 164 - index * 12)
        canvas.paint(shaded(CRUST, 0.3), Stroke(edge, 3), opacity=0.45, inside=side)
    top = ellipse(cx, base - 50, r - 14)
    canvas.paint(across(lit(dough, 0.6), lit(dough, 0.1), 25), top)
    canvas.paint(CRUST, ellipse(cx + 6, base - 48, r * 0.6), opacity=0.7, blur=16, inside=top)
    canvas.paint(
        lit(CRUST, 0.8), ellipse(cx - 54, base - 66, r * 0.4, r * 0.07), opacity=0.5, blur=8, inside=top
    )
    for way in (-1, 1):
        flake = ellipse(cx + way * 8, base - 49, r * (0.62 + way * 0.1), None, 200 - way * 30, 330 - way * 40)
        canvas.paint(shaded(CRUST, 0.1), Stroke(flake, 2.5), opacity=0.4, inside=top)


def _half_round(canvas: Canvas, cx: float, base: float) -> None:
    """A cake broken in two, its face to the viewer."""
    cast(canvas, cx, base, 112, 26)
    back = [*ellipse(cx, base - 78, 116, 34, 180, 360), (cx + 112, base - 20), (cx - 112, base - 20)]
    canvas.paint(across(lit(CRUST, 0.6), lit(CRUST, 0.2), 30), back)
    face = rounded(cx - 116, base - 78, cx + 116, base, 26)
    canvas.paint(across(lit(WHEAT, 0.35), WHEAT, 60), face)
    for level in (-66, -58, -18, -10):
        line = [
            (cx - 104, base + level),
            (cx - 30, base + level - 5),
            (cx + 40, base + level + 3),
            (cx + 104, base + level),
        ]
        canvas.paint(shaded(CRUST, 0.2), Stroke(spline(line, False), 3), opacity=0.5, inside=face)
    malt = rounded(cx - 86, base - 52, cx + 84, base - 26, 12)
    canvas.paint(across(HONEY, AMBER, 40), malt)
    canvas.paint(
        lit(HONEY, 0.7), Stroke([(cx - 66, base - 45), (cx + 10, base - 45)], 5), opacity=0.6, blur=2
    )


def mung_bean_cake() -> Canvas:
    """Mung bean cakes: white domes stamped in red, one cut to its yellow paste."""
    canvas = stage(SWEETS_TINT, 1.12)
    board(canvas)
    _dome(canvas, 345, 742, 128)
    _dome(canvas, 610, 742, 128)
    _cut_dome(canvas, 480, 812, 132)
    return canvas


def _dome(canvas: Canvas, cx: float, base: float, r: float) -> None:
    skin = mix(CREAM, WHEAT, 0.25)
    cast(canvas, cx, base - 14, r * 0.82, r * 0.22, 0.3)
    outline = spline(
        [
            (cx - r, base - 52),
            (cx - r * 0.66, base - 132),
            (cx, base - 156),
            (cx + r * 0.66, base - 132),
            (cx + r, base - 52),
            (cx + r * 0.8, base - 4),
            (cx, base + 18),
            (cx - r * 0.8, base - 4),
        ]
    )
    canvas.paint(across(lit(skin, 0.6), shaded(skin, 0.2), 40), outline)
    canvas.paint(
        shaded(CRUST, 0.35), ellipse(cx + 30, base + 20, r, 34), opacity=0.5, blur=16, inside=outline
    )
    canvas.paint(CRUST, ellipse(cx + 4, base - 142, r * 0.5, 22), opacity=0.45, blur=12, inside=outline)
    canvas.paint((255, 254, 248), ellipse(cx - 48, base - 104, 36, 18), opacity=0.8, blur=12, inside=outline)
    stamp = ellipse(cx + 2, base - 120, 30, 13)
    canvas.paint(across(PERSIMMON, BRICK), stamp)
    for turn in range(5):
        angle = math.radians(72 * turn - 90)
        canvas.paint(
            lit(BRICK, 0.8), ellipse(cx + 2 + 15 * math.cos(angle), base - 120 + 6 * math.sin(angle), 5, 2.4)
        )


def _cut_dome(canvas: Canvas, cx: float, base: float, r: float) -> None:
    skin = mix(CREAM, WHEAT, 0.25)
    cast(canvas, cx, base, r * 0.9, r * 0.2, 0.3)
    outline = spline(
        [
            (cx - r, base - 44),
            (cx - r * 0.66, base - 116),
            (cx, base - 138),
            (cx + r * 0.66, base - 116),
            (cx + r, base - 44),
            (cx + r * 0.86, base - 2),
            (cx, base + 4),
            (cx - r * 0.86, base - 2),
        ]
    )
    canvas.paint(across(lit(skin, 0.5), shaded(skin, 0.1), 40), outline)
    for inset in (9, 17):
        ring = spline(
            [
                (cx - r + inset, base - 44),
                (cx - r * 0.64 + inset * 0.6, base - 116 + inset * 0.7),
                (cx, base - 138 + inset),
                (cx + r * 0.64 - inset * 0.6, base - 116 + inset * 0.7),
                (cx + r - inset, base - 44),
            ],
            False,
        )
        canvas.paint(shaded(CRUST, 0.1), Stroke(ring, 2.5), opacity=0.5)
    bean: Colour = (232, 205, 116)
    paste = spline(
        [
            (cx - r + 30, base - 44),
            (cx - r * 0.5, base - 96),
            (cx, base - 110),
            (cx + r * 0.5, base - 96),
            (cx + r - 30, base - 44),
            (cx + r * 0.6, base - 20),
            (cx, base - 16),
            (cx - r * 0.6, base - 20),
        ]
    )
    canvas.paint(across(lit(bean, 0.25), shaded(bean, 0.12), 60), paste)
    _speckle(canvas, paste, bean, 90, 4)
    canvas.paint(across(mix(AMBER, WOOD, 0.3), shaded(AMBER, 0.35), 60), blob(cx, base - 50, 44, 21, 6, 0.15))
