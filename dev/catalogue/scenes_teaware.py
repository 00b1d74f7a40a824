"""Teaware: a gaiwan, a small clay pot, tasting cups, a bamboo tray, a glass pitcher."""

from dev.catalogue.canvas import Canvas, Outline, Stroke
from dev.catalogue.motifs import sprig
from dev.catalogue.palette import (
    AMBER,
    CLAY,
    FOREST,
    HONEY,
    INK,
    MIST,
    MOSS,
    OCHRE,
    PORCELAIN,
    WOOD,
    Colour,
    across,
    down,
    lit,
    mix,
    rounded_light,
    shaded,
)
from dev.catalogue.shapes import TILT, drum, ellipse, rounded, spline, turned
from dev.catalogue.solids import body, cast, cup, foliage, footing, gleam, liquid, mouth, plate, stage

WARE_TINT = MIST
CELADON: Colour = (158, 193, 182)


def gaiwan() -> Canvas:
    """A white porcelain gaiwan on its saucer, the lid resting ajar."""
    canvas = stage(WARE_TINT)
    plate(canvas, 500, 800, 235, PORCELAIN)
    canvas.paint(shaded(PORCELAIN, 0.6), ellipse(520, 806, 120, 30), opacity=0.35, blur=10)
    canvas.paint(rounded_light(shaded(PORCELAIN, 0.12)), drum(500, 770, 800, 84))
    bowl = turned(500, [(520, 208), (560, 196), (640, 176), (720, 128), (776, 86)])
    body(canvas, bowl, PORCELAIN, 0.85)
    sprig(canvas, 500, 640, 62)
    inner = mouth(canvas, 500, 520, 208, PORCELAIN, 9)
    liquid(canvas, 500, 536, 180, OCHRE, inner)
    _lid(canvas)
    gleam(canvas, [(342, 580), (360, 660), (408, 728)], 18, bowl, 0.85)
    return canvas


def _lid(canvas: Canvas) -> None:
    canvas.paint(shaded(OCHRE, 0.7), ellipse(530, 530, 150, 36), opacity=0.28, blur=10)
    dome = spline(
        [
            (320, 478),
            (380, 416),
            (470, 378),
            (560, 378),
            (640, 414),
            (690, 476),
            (600, 520),
            (500, 532),
            (400, 518),
        ]
    )
    canvas.paint(rounded_light(PORCELAIN, 0.85), dome)
    canvas.paint(shaded(PORCELAIN, 0.5), ellipse(560, 530, 190, 40), opacity=0.3, blur=18, inside=dome)
    canvas.paint(lit(FOREST, 0.2), Stroke(ellipse(505, 470, 176, 50, 12, 168), 4), opacity=0.75, inside=dome)
    gleam(canvas, [(392, 452), (440, 412)], 18, dome, 0.9)
    canvas.paint(rounded_light(shaded(PORCELAIN, 0.06)), drum(514, 346, 386, 44, 36))
    canvas.paint(across(lit(PORCELAIN, 0.4), shaded(PORCELAIN, 0.08)), ellipse(514, 346, 44))
    canvas.paint(across(shaded(PORCELAIN, 0.2), shaded(PORCELAIN, 0.05)), ellipse(514, 347, 34))


def clay_pot() -> Canvas:
    """A small pot of red clay with its cup."""
    canvas = stage(WARE_TINT)
    teapot(canvas)
    cup(canvas, 745, 842, 76, CLAY, AMBER)
    return canvas


def teapot(canvas: Canvas) -> None:
    """The pot itself, standing at (470, 775), about 600 wide from handle to spout."""
    cast(canvas, 470, 775, 150)
    spout = spline([(600, 640), (680, 610), (728, 530), (770, 520), (752, 580), (716, 690), (610, 730)])
    canvas.paint(across(CLAY, shaded(CLAY, 0.3), 40), spout)
    canvas.paint(shaded(CLAY, 0.5), ellipse(752, 524, 22, 8))
    grip = spline([(318, 560), (232, 530), (176, 590), (196, 680), (286, 722), (330, 716)], closed=False)
    canvas.paint(shaded(CLAY, 0.16), Stroke(grip, 36))
    canvas.paint(lit(CLAY, 0.3), Stroke([(x - 5, y - 5) for x, y in grip], 10), opacity=0.6, blur=4)
    pot = turned(470, [(500, 110), (524, 150), (580, 200), (650, 212), (720, 184), (775, 128)])
    body(canvas, pot, CLAY, 1.0)
    canvas.paint(shaded(CLAY, 0.4), Stroke(ellipse(470, 504, 112, 32, 5, 175), 4), opacity=0.5, inside=pot)
    gleam(canvas, [(338, 560), (308, 630), (324, 700)], 24, pot, 0.42)
    lid = spline(
        [(352, 494), (392, 452), (470, 436), (548, 452), (588, 494), (548, 520), (470, 530), (392, 520)]
    )
    canvas.paint(rounded_light(lit(CLAY, 0.03)), lid)
    canvas.paint(shaded(CLAY, 0.5), ellipse(500, 524, 110, 22), opacity=0.25, blur=10, inside=lid)
    gleam(canvas, [(400, 476), (440, 456)], 12, lid, 0.55)
    knob = ellipse(470, 414, 32, 28)
    canvas.paint(shaded(CLAY, 0.3), drum(470, 428, 446, 17))
    canvas.paint(across(lit(CLAY, 0.34), shaded(CLAY, 0.26), 45), knob)


def tasting_cups() -> Canvas:
    """Three tasting cups: celadon, rice white, ink."""
    canvas = stage(WARE_TINT, 1.3)
    cup(canvas, 330, 720, 122, CELADON, OCHRE, 1.1)
    cup(canvas, 648, 732, 122, mix(INK, MIST, 0.12), HONEY, 1.1)
    cup(canvas, 480, 846, 132, lit(PORCELAIN, 0.2), OCHRE, 1.1)
    return canvas


def bamboo_tray() -> Canvas:
    """A slatted bamboo tray with a pitcher's worth of calm: two cups and a leaf."""
    canvas = stage(WARE_TINT, 1.06)
    top: Outline = [(230, 640), (800, 640), (900, 790), (110, 790)]
    footing(canvas, [(112, 850), (898, 850), (800, 680), (232, 680)], 50)
    canvas.paint(across(lit(WOOD, 0.38), lit(WOOD, 0.02), 20), top)
    canvas.paint(down(shaded(WOOD, 0.08), shaded(WOOD, 0.3)), rounded(110, 786, 900, 846, 8))
    canvas.paint(lit(WOOD, 0.6), Stroke([(112, 790), (898, 790)], 4), opacity=0.8)
    well: Outline = [(270, 656), (762, 656), (838, 768), (176, 768)]
    canvas.paint(across(shaded(WOOD, 0.32), shaded(WOOD, 0.16), 20), well)
    for slat in range(11):
        a, b = slat / 11, (slat + 0.72) / 11
        y0, y1 = 656 + 112 * a**1.1, 656 + 112 * b**1.1
        left0, right0 = 270 - 94 * (y0 - 656) / 112, 762 + 76 * (y0 - 656) / 112
        left1, right1 = 270 - 94 * (y1 - 656) / 112, 762 + 76 * (y1 - 656) / 112
        bar = [(left0, y0), (right0, y0), (right1, y1), (left1, y1)]
        canvas.paint(across(lit(WOOD, 0.46), lit(WOOD, 0.1)), bar)
    for x in (250.0, 760.0):
        canvas.paint(shaded(WOOD, 0.4), rounded(x - 44, 806, x + 44, 824, 9), opacity=0.6)
    cup(canvas, 355, 716, 124, CELADON, OCHRE, 1.05)
    cup(canvas, 610, 742, 130, PORCELAIN, OCHRE, 1.05)
    foliage(canvas, 440, 758, 110, -14, MOSS)
    return canvas


def glass_pitcher() -> Canvas:
    """A pitcher of clear glass, half full of amber tea, and a small cup."""
    canvas = stage(WARE_TINT)
    cast(canvas, 450, 790, 140)
    handle = spline([(580, 480), (680, 470), (710, 560), (670, 660), (590, 700)], closed=False)
    canvas.paint((255, 255, 255), Stroke(handle, 28), opacity=0.6)
    canvas.paint(shaded(MIST, 0.25), Stroke(handle, 28), opacity=0.16)
    canvas.paint((255, 255, 255), Stroke([(x - 6, y - 6) for x, y in handle], 6), opacity=0.9, blur=1)
    glass = turned(450, [(400, 142), (450, 132), (540, 148), (660, 164), (750, 156), (790, 138)])
    lip = spline([(330, 396), (272, 372), (300, 420), (326, 446)])
    canvas.paint((255, 255, 252), glass, lip, opacity=0.55)
    tea = turned(450, [(560, 142), (660, 156), (745, 148), (776, 132)])
    canvas.paint(rounded_light(HONEY, 0.8), tea)
    canvas.paint(lit(HONEY, 0.5), ellipse(480, 770, 110, 60), opacity=0.55, blur=24, inside=tea)
    canvas.paint(across(shaded(HONEY, 0.08), lit(HONEY, 0.45), 20), ellipse(450, 560, 142))
    canvas.paint((255, 255, 255), Stroke(ellipse(450, 400, 141, 141 * TILT), 5), opacity=0.95)
    canvas.paint((255, 255, 255), Stroke(ellipse(450, 790, 138, 138 * TILT, 8, 172), 5), opacity=0.6)
    gleam(canvas, [(336, 470), (318, 560), (310, 680)], 18, glass, 0.85)
    gleam(canvas, [(570, 480), (592, 600), (594, 700)], 9, glass, 0.6)
    cup(canvas, 730, 840, 80, PORCELAIN, HONEY)
    return canvas
