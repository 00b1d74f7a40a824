"""Teas: tins, a folded paper parcel, a jar, tea bags, a bottle for cold brew."""

from random import Random

from dev.catalogue.canvas import Canvas, Outline, Stroke
from dev.catalogue.motifs import blossom, mountains, osmanthus_flower, sprig, sun
from dev.catalogue.palette import (
    AMBER,
    BRICK,
    FOREST,
    HONEY,
    INK,
    KRAFT,
    MOSS,
    OCHRE,
    PAPER,
    PERSIMMON,
    PORCELAIN,
    SAGE,
    WALNUT,
    WHEAT,
    WOOD,
    across,
    down,
    lit,
    mix,
    rounded_light,
    shaded,
)
from dev.catalogue.shapes import TILT, blob, drum, ellipse, moved, rotated, rounded, spline, turned, wrap
from dev.catalogue.solids import body, cast, cup, foliage, footing, gleam, stage, tin

TEA_TINT = SAGE


def rolled_leaves(canvas: Canvas, cx: float, cy: float, rx: float, count: int, seed: int) -> None:
    """A small heap of oolong, rolled into beads."""
    chance = Random(seed)
    beads = sorted(
        ((chance.gauss(0, 0.42), chance.gauss(0, 0.42), chance.random()) for _ in range(count)),
        key=lambda b: b[1],
    )
    canvas.paint(shaded(FOREST, 0.6), ellipse(cx + 8, cy + 8, rx * 0.95, rx * 0.3), opacity=0.4, blur=8)
    for index, (across_heap, along, hue) in enumerate(beads):
        x, y, r = cx + rx * across_heap, cy + rx * 0.3 * along, 11 + 5 * hue
        bead = blob(x, y - (1 - abs(across_heap)) * 8, r * 1.15, r * 0.88, seed * 100 + index, 0.2, 7)
        canvas.paint(across(mix(MOSS, WHEAT, 0.12 + 0.2 * hue), shaded(FOREST, 0.36), 55), bead)


def twisted_leaves(canvas: Canvas, cx: float, cy: float, rx: float, count: int, seed: int) -> None:
    """A small heap of long twisted leaves."""
    chance = Random(seed)
    canvas.paint(shaded(FOREST, 0.6), ellipse(cx + 6, cy + 6, rx * 0.9, rx * 0.28), opacity=0.4, blur=8)
    for _ in range(count):
        x, y = cx + rx * chance.gauss(0, 0.36), cy + rx * 0.26 * chance.gauss(0, 0.45)
        length, turn = 26 + 22 * chance.random(), chance.uniform(-50, 50)
        strip = spline([(x - length, y), (x, y - 8), (x + length, y + 3), (x, y + 3)])
        dark = mix(shaded(FOREST, 0.35), MOSS, chance.random() * 0.75)
        canvas.paint(across(lit(dark, 0.25), dark, 80), rotated(strip, turn, (x, y)))


def oolong() -> Canvas:
    """High mountain oolong: a forest green tin, a golden cup, rolled leaves."""
    canvas = stage(TEA_TINT)
    tin(canvas, 430, 770, 150, 440, FOREST, mountains)
    cup(canvas, 690, 800, 92, PORCELAIN, OCHRE)
    rolled_leaves(canvas, 560, 862, 78, 26, 3)
    return canvas


def black_tea() -> Canvas:
    """Honey-scented black tea: a brick red tin and a red cup."""
    canvas = stage(TEA_TINT)
    cup(canvas, 300, 770, 96, PORCELAIN, AMBER)
    tin(canvas, 570, 790, 158, 400, BRICK, sun, lit(WHEAT, 0.45))
    twisted_leaves(canvas, 330, 858, 86, 24, 8)
    return canvas


def baozhong() -> Canvas:
    """Baozhong: the four-sided paper parcel it is named after, tied with string, and its long leaves."""
    canvas = stage(TEA_TINT)
    footing(canvas, [(290, 750), (600, 800), (730, 715), (420, 670)])
    front: Outline = [(290, 430), (600, 470), (600, 800), (290, 750)]
    side: Outline = [(600, 470), (730, 405), (730, 715), (600, 800)]
    lid: Outline = [(290, 430), (432, 370), (730, 405), (600, 470)]
    white = lit(PAPER, 0.1)
    canvas.paint(across(lit(white, 0.5), shaded(white, 0.08), 60), front)
    canvas.paint(down(shaded(white, 0.2), shaded(white, 0.3)), side)
    canvas.paint(across(lit(white, 0.6), shaded(white, 0.03)), lid)
    canvas.paint(shaded(white, 0.11), [(290, 430), (445, 450), (600, 470), (452, 428)], opacity=0.55)
    canvas.paint(shaded(white, 0.16), [(600, 470), (730, 405), (690, 590)], opacity=0.5)
    label: Outline = [(345, 500), (540, 525), (540, 730), (345, 700)]
    canvas.paint(across(lit(FOREST, 0.1), shaded(FOREST, 0.12), 60), label)
    sprig(canvas, 442, 590, 62)
    twine = shaded(KRAFT, 0.18)
    for points in ([(290, 470), (600, 512), (730, 446)], [(362, 400), (666, 437)]):
        canvas.paint(shaded(twine, 0.5), Stroke(moved(points, 3, 5), 7), opacity=0.25, blur=2)
        canvas.paint(twine, Stroke(points, 6))
    canvas.paint(
        twine, Stroke(spline([(520, 418), (470, 380), (455, 352), (505, 362), (520, 418)], False), 6)
    )
    canvas.paint(
        twine, Stroke(spline([(520, 418), (560, 375), (600, 356), (590, 392), (520, 418)], False), 6)
    )
    twisted_leaves(canvas, 690, 850, 110, 36, 5)
    return canvas


def oriental_beauty() -> Canvas:
    """Oriental Beauty: a slender ochre tin with a blossom, an amber cup."""
    canvas = stage(TEA_TINT)
    tin(canvas, 560, 780, 118, 480, OCHRE, blossom)
    cup(canvas, 320, 800, 98, lit(PERSIMMON, 0.62), HONEY)
    foliage(canvas, 740, 850, 130, -160, MOSS)
    foliage(canvas, 742, 852, 110, -16, FOREST)
    return canvas


def roasted_oolong() -> Canvas:
    """Charcoal-roasted Tieguanyin: an ink-dark stoneware jar under a wooden lid."""
    canvas = stage(TEA_TINT)
    cast(canvas, 470, 775, 150)
    clay = mix(INK, WALNUT, 0.3)
    jar = turned(470, [(430, 118), (452, 126), (500, 178), (590, 198), (690, 186), (750, 156), (775, 140)])
    body(canvas, jar, clay, 1.1)
    canvas.paint(lit(clay, 0.4), Stroke(ellipse(470, 520, 184, 50, 8, 172), 3), opacity=0.35, inside=jar)
    gleam(canvas, [(350, 520), (332, 590), (342, 670)], 20, jar, 0.38)
    canvas.paint(across(BRICK, shaded(BRICK, 0.2)), rounded(420, 590, 520, 690, 10))
    canvas.paint(
        lit(BRICK, 0.75),
        Stroke([(446, 616), (446, 664)], 7),
        Stroke([(470, 612), (470, 668)], 7),
        Stroke([(494, 616), (494, 664)], 7),
    )
    lid = drum(470, 372, 424, 128)
    canvas.paint(rounded_light(WOOD), lid)
    canvas.paint(across(lit(WOOD, 0.42), lit(WOOD, 0.1), 20), ellipse(470, 372, 128))
    for r in (100, 70, 38):
        canvas.paint(shaded(WOOD, 0.2), Stroke(ellipse(474, 373, r), 2), opacity=0.4)
    canvas.paint(rounded_light(shaded(WOOD, 0.1)), drum(470, 338, 370, 24))
    canvas.paint(lit(WOOD, 0.35), ellipse(470, 338, 24))
    cup(canvas, 735, 820, 82, mix(INK, WALNUT, 0.35), AMBER)
    return canvas


def osmanthus_bags() -> Canvas:
    """Osmanthus oolong in bags: two gauze pyramids with tags, small yellow flowers."""
    canvas = stage(TEA_TINT)
    gauze = lit(WHEAT, 0.45)
    for x, y, size in ((610.0, 735.0, 250.0), (390.0, 800.0, 300.0)):
        cast(canvas, x, y - 6, size * 0.52, size * 0.12, 0.3)
        apex, left, right, front = (
            (x, y - size * 1.0),
            (x - size * 0.56, y - 30),
            (x + size * 0.58, y - 40),
            (x + 30, y + 22),
        )
        fill = spline(
            [
                (left[0] + 36, left[1] - 12),
                (x, y - size * 0.42),
                (right[0] - 38, right[1] - 14),
                (x + 26, y + 8),
            ]
        )
        whole = [apex, left, front, right]
        canvas.paint(across(lit(gauze, 0.35), gauze, 60), [apex, left, front])
        canvas.paint(across(shaded(gauze, 0.1), shaded(gauze, 0.2), 60), [apex, front, right])
        canvas.paint(shaded(FOREST, 0.2), fill, opacity=0.8, blur=9, inside=whole)
        chance = Random(int(x))
        for _ in range(46):
            px, py = x + size * chance.uniform(-0.4, 0.42), y - size * chance.uniform(0.0, 0.34)
            speck = blob(px, py, 11, 7, int(px * py), 0.3, 6)
            hue = OCHRE if chance.random() < 0.22 else mix(FOREST, MOSS, chance.random())
            canvas.paint(hue, speck, opacity=0.75, inside=whole)
        canvas.paint(lit(gauze, 0.5), [apex, left, front], opacity=0.2)
        for line in ([apex, left], [apex, front], [apex, right], [left, front, right]):
            canvas.paint(lit(gauze, 0.7), Stroke(line, 3), opacity=0.9)
    string = spline([(390, 502), (350, 420), (270, 470), (222, 560), (205, 640)], closed=False)
    canvas.paint(shaded(KRAFT, 0.1), Stroke(string, 4))
    tag = rotated(rounded(150, 640, 250, 760, 8), 6, (205, 640))
    canvas.paint(shaded(KRAFT, 0.6), moved(tag, 10, 10), opacity=0.3, blur=8)
    canvas.paint(across(FOREST, shaded(FOREST, 0.15), 60), tag)
    osmanthus_flower(canvas, 197, 700, 34)
    for x, y, size in ((560, 860, 24), (640, 842, 20), (700, 872, 26), (250, 868, 22), (770, 828, 18)):
        canvas.paint(shaded(KRAFT, 0.6), ellipse(x + 5, y + 8, size * 0.8, size * 0.4), opacity=0.3, blur=5)
        osmanthus_flower(canvas, x, y, size)
    return canvas


def cold_brew() -> Canvas:
    """Four Seasons cold brew: a tall bottle of pale tea with leaves in it, a glass beside it."""
    canvas = stage(TEA_TINT)
    tea = mix(OCHRE, SAGE, 0.42)
    cast(canvas, 440, 790, 118)
    glass = turned(440, [(290, 54), (350, 54), (420, 70), (480, 114), (540, 122), (790, 118)])
    canvas.paint((255, 255, 252), glass, opacity=0.5)
    drink = turned(440, [(452, 98), (490, 112), (540, 116), (780, 112)])
    canvas.paint(rounded_light(tea, 0.75), drink)
    canvas.paint(lit(tea, 0.4), ellipse(440, 452, 97))
    for x, y, length, turn in (
        (400, 770, 110, -70),
        (470, 780, 120, -112),
        (440, 640, 90, -40),
        (500, 690, 80, -100),
    ):
        foliage(canvas, x, y, length, turn, mix(MOSS, tea, 0.25))
    canvas.paint(tea, drink, opacity=0.22)
    gleam(canvas, [(352, 540), (352, 740)], 18, glass, 0.75)
    gleam(canvas, [(534, 540), (534, 750)], 8, glass, 0.5)
    canvas.paint((255, 255, 255), Stroke(ellipse(440, 790, 118, None, 10, 170), 4), opacity=0.6, inside=glass)
    canvas.paint(rounded_light(WOOD), drum(440, 246, 306, 60))
    canvas.paint(across(lit(WOOD, 0.4), lit(WOOD, 0.1)), ellipse(440, 246, 60))
    canvas.paint(rounded_light(FOREST, 0.8), wrap(440, 360, 384, 58, 64))
    _tumbler(canvas, 670, 815, tea)
    return canvas


def _tumbler(canvas: Canvas, cx: float, base: float, tea: tuple[int, int, int]) -> None:
    cast(canvas, cx, base, 72)
    glass = drum(cx, base - 220, base, 88, 72)
    canvas.paint((255, 255, 252), glass, opacity=0.55)
    drink = drum(cx, base - 150, base - 12, 80, 68)
    canvas.paint(rounded_light(tea, 0.7), drink)
    canvas.paint(lit(tea, 0.45), ellipse(cx, base - 150, 80))
    canvas.paint((255, 255, 255), Stroke(ellipse(cx, base - 220, 87, 87 * TILT), 4), opacity=0.9)
    gleam(canvas, [(cx - 62, base - 190), (cx - 54, base - 40)], 13, glass, 0.75)
