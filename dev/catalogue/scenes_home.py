"""Things for the house: soap, a candle, a tote bag, handkerchiefs, incense."""

from dev.catalogue.canvas import Canvas, Outline, Stroke
from dev.catalogue.motifs import mountains, osmanthus_flower, sprig
from dev.catalogue.palette import (
    CREAM,
    FOREST,
    INDIGO,
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
    Colour,
    across,
    down,
    lit,
    mix,
    rounded_light,
    shaded,
)
from dev.catalogue.shapes import circle, drum, ellipse, moved, rotated, rounded, spline, wave, wrap
from dev.catalogue.solids import cast, foliage, footing, gleam, stage

HOME_TINT: Colour = (226, 214, 219)


def soap() -> Canvas:
    """Three bars of soap, stacked: wormwood green, camellia cream, cypress ochre; bubbles and a leaf."""
    canvas = stage(HOME_TINT, 1.12)
    canvas.paint(shaded(KRAFT, 0.7), rounded(314, 752, 700, 796, 22), opacity=0.34, blur=12)
    _bar(canvas, 300, 784, (156, 174, 132))
    _bar(canvas, 318, 704, mix(CREAM, WHEAT, 0.3))
    _bar(canvas, 296, 624, (221, 180, 128))
    for x, y, r in ((716, 812, 42), (776, 838, 26), (676, 846, 20), (742, 752, 16), (250, 856, 22)):
        _bubble(canvas, x, y, r)
    foliage(canvas, 500, 536, 120, -38, MOSS)
    foliage(canvas, 502, 538, 100, -150, FOREST)
    return canvas


def _bar(canvas: Canvas, left: float, bottom: float, colour: Colour) -> None:
    right, top, lift = left + 330, bottom - 70, 48.0
    whole = rounded(left, top - lift, right + 24, bottom, 34)
    canvas.paint(across(lit(colour, 0.08), shaded(colour, 0.3), 25), whole)
    canvas.paint(
        shaded(colour, 0.5),
        Stroke([(left + 10, bottom - 4), (right + 16, bottom - 4)], 14),
        opacity=0.3,
        blur=9,
        inside=whole,
    )
    lid = rounded(left + 4, top - lift, right + 20, top + 12, 28)
    canvas.paint(across(lit(colour, 0.5), lit(colour, 0.16), 20), lid)
    stamp = ellipse((left + right) / 2 + 12, top - 16, 64, 17)
    canvas.paint(shaded(colour, 0.2), stamp, opacity=0.6)
    canvas.paint(lit(colour, 0.3), moved(stamp, 1, 3), opacity=0.7)
    gleam(canvas, [(left + 36, top + 26), (left + 150, top + 26)], 9, whole, 0.5)


def _bubble(canvas: Canvas, x: float, y: float, r: float) -> None:
    canvas.paint(
        shaded(KRAFT, 0.5), ellipse(x + r * 0.3, y + r * 0.95, r * 0.9, r * 0.22), opacity=0.25, blur=5
    )
    canvas.paint(across((255, 255, 255), (214, 222, 230), 55), circle(x, y, r), opacity=0.6)
    canvas.paint((255, 255, 255), Stroke(circle(x, y, r - 1.5), 2.5), opacity=0.85)
    canvas.paint((255, 255, 255), ellipse(x - r * 0.36, y - r * 0.4, r * 0.24, r * 0.16), opacity=0.95)


def candle() -> Canvas:
    """A soy candle in amber glass, lit; osmanthus beside it."""
    canvas = stage(HOME_TINT, 1.1)
    canvas.paint((255, 214, 138), circle(460, 400, 190), opacity=0.55, blur=80)
    cast(canvas, 460, 800, 160)
    amber: Colour = (188, 108, 52)
    glass = drum(460, 480, 800, 165)
    canvas.paint(rounded_light(amber, 1.0), glass)
    wax = drum(460, 540, 790, 154)
    canvas.paint(rounded_light(mix(CREAM, amber, 0.35), 0.8), wax, opacity=0.5)
    canvas.paint(across(shaded(amber, 0.2), amber), ellipse(460, 480, 165))
    pool = ellipse(460, 532, 151, 40)
    canvas.paint(across(shaded(amber, 0.25), shaded(amber, 0.05)), ellipse(460, 484, 156))
    canvas.paint(across(lit(WHEAT, 0.5), WHEAT), pool, inside=ellipse(460, 484, 156))
    canvas.paint(
        (255, 236, 180), ellipse(460, 516, 80, 16), opacity=0.9, blur=10, inside=ellipse(460, 484, 156)
    )
    canvas.paint(INK, Stroke([(460, 512), (458, 466)], 7))
    flame = spline([(460, 488), (430, 458), (432, 420), (458, 350), (486, 420), (490, 458)])
    canvas.paint((255, 220, 140), flame, opacity=0.8, blur=14)
    canvas.paint(down((255, 206, 104), (240, 128, 44)), flame)
    canvas.paint((255, 246, 214), spline([(460, 482), (446, 460), (459, 416), (474, 460)]))
    canvas.paint(lit(amber, 0.6), Stroke(ellipse(460, 480, 163, 163 * 0.27, 0, 180), 5), opacity=0.8)
    paper = wrap(460, 590, 730, 166)
    canvas.paint(rounded_light(PAPER, 0.6), paper)
    for x, y, size in ((460, 700, 30), (418, 676, 22), (504, 682, 22)):
        osmanthus_flower(canvas, x, y, size)
    gleam(canvas, [(326, 530), (326, 780)], 15, glass, 0.55)
    foliage(canvas, 676, 842, 130, -14, FOREST)
    for x, y, size in ((690, 830, 28), (742, 862, 24), (648, 866, 22)):
        osmanthus_flower(canvas, x, y, size)
    return canvas


def tote_bag() -> Canvas:
    """A canvas tote standing up, mountains printed on it."""
    canvas = stage(HOME_TINT, 0.95)
    cloth = mix(CREAM, PAPER, 0.35)
    footing(canvas, [(270, 806), (716, 806), (730, 776), (286, 776)], 70)
    back = spline([(410, 420), (420, 250), (500, 190), (580, 250), (592, 420)], False)
    canvas.paint(shaded(cloth, 0.26), Stroke(back, 26))
    bag = [
        (270, 400),
        *spline([(270, 400), (390, 410), (500, 414), (610, 410), (730, 400)], False),
        (730, 400),
        *spline([(730, 400), (722, 600), (734, 770), (716, 806)], False),
        *spline([(716, 806), (500, 814), (270, 806)], False),
        *spline([(270, 806), (256, 770), (268, 600), (270, 400)], False),
    ]
    canvas.paint(across(lit(cloth, 0.4), shaded(cloth, 0.16), 30), bag)
    for points, width, strength in (
        ([(300, 430), (330, 600), (310, 790)], 34, 0.10),
        ([(690, 430), (664, 620), (700, 800)], 60, 0.16),
        ([(420, 780), (520, 796), (640, 770)], 30, 0.12),
    ):
        canvas.paint(
            shaded(cloth, 0.6), Stroke(spline(points, False), width), opacity=strength, blur=20, inside=bag
        )
    canvas.paint(
        (255, 255, 250),
        Stroke(spline([(350, 440), (372, 600), (352, 770)], False), 30),
        opacity=0.4,
        blur=18,
        inside=bag,
    )
    mountains(canvas, 500, 610, 128)
    hem = spline([(270, 436), (390, 446), (500, 450), (610, 446), (729, 436)], False)
    canvas.paint(shaded(cloth, 0.4), Stroke(hem, 2.5), opacity=0.5)
    front = spline(
        [(396, 470), (398, 330), (420, 240), (500, 196), (580, 240), (602, 330), (604, 470)], False
    )
    canvas.paint(shaded(cloth, 0.6), Stroke(moved(front, 5, 7), 30), opacity=0.2, blur=6, inside=bag)
    canvas.paint(across(lit(cloth, 0.25), shaded(cloth, 0.14)), Stroke(front, 30))
    for x in (396, 604):
        cross = [(x - 9, 452), (x + 9, 472)], [(x + 9, 452), (x - 9, 472)]
        canvas.paint(FOREST, *(Stroke(line, 3) for line in cross))
    return canvas


def handkerchiefs() -> Canvas:
    """Three folded handkerchiefs with printed flowers, fanned on top of each other."""
    canvas = stage(HOME_TINT)
    rope = spline([(-20, 262), (240, 300), (500, 312), (760, 300), (1020, 262)], False)
    canvas.paint(shaded(KRAFT, 0.5), Stroke(moved(rope, 14, 18), 4), opacity=0.2, blur=5)
    canvas.paint(shaded(KRAFT, 0.12), Stroke(rope, 6))
    for cx, top, lean, colour in (
        (245, 302, 2.0, INDIGO),
        (500, 314, 0.0, mix(MOSS, FOREST, 0.35)),
        (755, 302, -2.0, PERSIMMON),
    ):
        _hanging(canvas, cx, top, lean, colour)
    cast(canvas, 330, 850, 70)
    pot = drum(330, 770, 850, 74, 60)
    canvas.paint(rounded_light(PORCELAIN), pot)
    canvas.paint(across(shaded(OCHRE, 0.5), shaded(OCHRE, 0.3)), ellipse(330, 772, 64))
    for length, turn, colour in (
        (130, -60, FOREST),
        (140, -122, MOSS),
        (110, -160, FOREST),
        (110, -24, MOSS),
        (130, -92, MOSS),
    ):
        foliage(canvas, 330, 772, length, turn, colour)
    return canvas


def _hanging(canvas: Canvas, cx: float, top: float, lean: float, colour: Colour) -> None:
    """A printed square of cloth on the line, held by two wooden pegs."""

    def placed(points: Outline) -> Outline:
        return rotated(points, lean, (cx, top))

    half, length = 112.0, 300.0
    cloth = placed(
        [
            *spline([(cx - half, top), (cx, top + 10), (cx + half, top)], False),
            *spline(
                [
                    (cx + half + 4, top + length),
                    (cx + 56, top + length + 16),
                    (cx, top + length + 2),
                    (cx - 56, top + length + 16),
                    (cx - half - 4, top + length),
                ],
                False,
            ),
        ]
    )
    canvas.paint(shaded(KRAFT, 0.6), moved(cloth, 18, 22), opacity=0.24, blur=14)
    canvas.paint(across(lit(colour, 0.16), shaded(colour, 0.08), 40), cloth)
    for row in range(6):
        for column in range(-2, 3):
            x = cx + (column + (0.5 if row % 2 else 0.0)) * 58
            if abs(x - cx) < half - 26:
                _print(canvas, *placed([(x, top + 50 + row * 43)])[0], colour)
    hem = placed(rounded(cx - half + 12, top + 20, cx + half - 12, top + length - 10, 4))
    canvas.paint(lit(colour, 0.7), Stroke([*hem, hem[0]], 3), opacity=0.8)
    for offset, width, strength in ((-46, 34, 0.22), (62, 44, 0.26)):
        fold = placed([(cx + offset, top), (cx + offset * 0.9, top + length + 20)])
        canvas.paint(shaded(colour, 0.6), Stroke(fold, width), opacity=strength, blur=16, inside=cloth)
    ridge = placed([(cx - 4, top), (cx, top + length + 20)])
    canvas.paint(lit(colour, 0.6), Stroke(ridge, 30), opacity=0.3, blur=14, inside=cloth)
    for x in (cx - half + 22, cx + half - 22):
        peg = placed(rounded(x - 9, top - 26, x + 9, top + 32, 6))
        canvas.paint(shaded(KRAFT, 0.7), moved(peg, 5, 6), opacity=0.3, blur=4)
        canvas.paint(across(lit(WOOD, 0.35), shaded(WOOD, 0.1)), peg)
        canvas.paint(shaded(WOOD, 0.4), Stroke(placed([(x - 9, top), (x + 9, top)]), 3), opacity=0.7)


def _print(canvas: Canvas, x: float, y: float, colour: Colour) -> None:
    petals = [ellipse(x + dx, y + dy, 8.5, 8.5) for dx, dy in ((0, -9), (9, 0), (0, 9), (-9, 0))]
    canvas.paint(lit(colour, 0.72), *petals, opacity=0.9)
    canvas.paint(OCHRE, circle(x, y, 4))


def incense() -> Canvas:
    """Cypress incense in a stoneware holder, its smoke rising; a paper tube of sticks."""
    canvas = stage(HOME_TINT, 1.04)
    for phase, opacity in ((0.0, 0.55), (0.35, 0.3)):
        smoke = wave((392, 470), (430, 150), 26, 1.3, phase)
        canvas.paint((255, 255, 255), Stroke(smoke, 14), opacity=opacity, blur=8)
    cast(canvas, 390, 800, 140)
    stone = mix(INK, SAGE, 0.45)
    canvas.paint(rounded_light(stone), drum(390, 750, 800, 150, 136))
    canvas.paint(across(lit(stone, 0.4), lit(stone, 0.08), 20), ellipse(390, 750, 150))
    canvas.paint(across(shaded(stone, 0.25), shaded(stone, 0.05), 20), ellipse(390, 753, 120))
    canvas.paint(lit(KRAFT, 0.5), ellipse(390, 757, 104, 25))
    canvas.paint(across(lit(stone, 0.3), shaded(stone, 0.1)), drum(390, 738, 754, 20))
    canvas.paint(WALNUT, Stroke([(390, 744), (392, 486)], 7))
    canvas.paint((255, 140, 70), circle(392, 480, 14), opacity=0.6, blur=7)
    canvas.paint(PERSIMMON, circle(392, 480, 6))
    cast(canvas, 650, 790, 84)
    sticks = [(-46, 6), (-24, -6), (0, 3), (22, -8), (44, 5), (-34, 14), (10, 14), (32, 16)]
    for dx, lean in sticks:
        canvas.paint(
            across(lit(WALNUT, 0.2), shaded(WALNUT, 0.2)),
            Stroke([(650 + dx, 520), (650 + dx + lean, 380 + abs(lean))], 8),
        )
    tube = drum(650, 500, 790, 88)
    canvas.paint(rounded_light(FOREST), tube)
    canvas.paint(rounded_light(PAPER, 0.6), wrap(650, 590, 730, 89))
    sprig(canvas, 650, 672, 46)
    gleam(canvas, [(598, 540), (598, 770)], 9, tube, 0.4)
    canvas.paint(shaded(FOREST, 0.35), Stroke([*ellipse(650, 500, 86, None, 0, 180)], 6), opacity=0.8)
    return canvas
