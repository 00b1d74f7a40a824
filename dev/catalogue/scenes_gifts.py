"""Gifts: two teas in a tray with a bow, a box of tea and cakes."""

from dev.catalogue.canvas import Canvas, Outline, Stroke
from dev.catalogue.motifs import blossom, mountains, sprig, sun
from dev.catalogue.palette import (
    BRICK,
    FOREST,
    HONEY,
    OCHRE,
    PAPER,
    PERSIMMON,
    PORCELAIN,
    SAGE,
    WHEAT,
    Colour,
    across,
    down,
    lit,
    mix,
    shaded,
)
from dev.catalogue.shapes import moved, rounded, spline
from dev.catalogue.solids import box, footing, plate, stage, tin

GIFT_TINT: Colour = (146, 171, 152)


def tea_gift() -> Canvas:
    """Two tins in an open box with a ribbon before them."""
    canvas = stage(GIFT_TINT, 1.06)
    wood = lit(WHEAT, 0.25)
    footing(canvas, [(200, 822), (760, 822), (820, 762), (260, 762)], 60)
    canvas.paint(
        down(shaded(wood, 0.24), shaded(wood, 0.4)), [(260, 640), (820, 640), (820, 770), (260, 770)]
    )
    canvas.paint(
        across(shaded(wood, 0.18), shaded(wood, 0.3)), [(200, 700), (260, 640), (260, 770), (200, 822)]
    )
    tin(canvas, 376, 790, 124, 440, FOREST, mountains)
    tin(canvas, 646, 790, 124, 440, BRICK, sun, lit(WHEAT, 0.45))
    canvas.paint(
        down(shaded(wood, 0.16), shaded(wood, 0.3)), [(760, 700), (820, 640), (820, 762), (760, 822)]
    )
    front: Outline = [(200, 700), (760, 700), (760, 822), (200, 822)]
    canvas.paint(across(lit(wood, 0.42), shaded(wood, 0.06), 30), front)
    canvas.paint(lit(wood, 0.8), Stroke([(202, 701), (758, 701)], 4), opacity=0.8)
    canvas.paint(
        across(lit(PERSIMMON, 0.1), shaded(PERSIMMON, 0.12)), [(200, 738), (760, 738), (760, 778), (200, 778)]
    )
    canvas.paint(shaded(PERSIMMON, 0.24), [(760, 738), (820, 684), (820, 722), (760, 778)])
    _bow(canvas, 480, 758)
    return canvas


def _bow(canvas: Canvas, x: float, y: float) -> None:
    ribbon = PERSIMMON
    for way in (-1, 1):
        tail = [
            (x, y),
            (x + way * 54, y + 92),
            (x + way * 72, y + 74),
            (x + way * 96, y + 82),
            (x + way * 22, y - 4),
        ]
        canvas.paint(across(shaded(ribbon, 0.06), shaded(ribbon, 0.22)), tail)
    for way in (-1, 1):
        loop = spline(
            [
                (x, y),
                (x + way * 48, y - 52),
                (x + way * 112, y - 54),
                (x + way * 118, y - 6),
                (x + way * 58, y + 22),
            ]
        )
        canvas.paint(shaded(ribbon, 0.6), moved(loop, 5, 8), opacity=0.22, blur=6)
        canvas.paint(across(lit(ribbon, 0.24), shaded(ribbon, 0.14), 60), loop)
        hollow = spline(
            [(x + way * 30, y - 8), (x + way * 62, y - 34), (x + way * 100, y - 32), (x + way * 92, y - 6)]
        )
        canvas.paint(shaded(ribbon, 0.34), hollow, opacity=0.8)
    canvas.paint(
        across(lit(ribbon, 0.3), shaded(ribbon, 0.16), 50), rounded(x - 24, y - 26, x + 24, y + 24, 14)
    )


def tea_and_cake_gift() -> Canvas:
    """A lidded box tied with a ribbon, a small tin on it, a cake beside it."""
    canvas = stage(GIFT_TINT, 1.08)
    box(canvas, 230, 580, 700, 800, lit(mix(FOREST, SAGE, 0.1), 0.02), 96)
    tin(canvas, 500, 556, 84, 210, OCHRE, blossom)
    canvas.paint(
        across(lit(OCHRE, 0.3), shaded(OCHRE, 0.1), 60), [(300, 580), (336, 580), (336, 800), (300, 800)]
    )
    canvas.paint(lit(OCHRE, 0.42), [(300, 580), (386, 484), (422, 484), (336, 580)])
    canvas.paint(across(lit(PAPER, 0.3), shaded(PAPER, 0.08), 60), rounded(420, 640, 600, 742, 8))
    sprig(canvas, 510, 676, 44)
    plate(canvas, 720, 838, 120, PORCELAIN)
    cake: Colour = (228, 173, 96)
    footing(canvas, [(664, 836), (760, 836), (786, 812), (690, 812)], 16)
    canvas.paint(shaded(cake, 0.26), [(756, 780), (786, 756), (786, 812), (756, 836)])
    canvas.paint(across(lit(cake, 0.5), lit(cake, 0.2), 30), [(664, 784), (692, 756), (786, 756), (758, 784)])
    canvas.paint(across(lit(cake, 0.24), shaded(cake, 0.08), 60), rounded(662, 780, 760, 836, 8))
    canvas.paint(across(HONEY, shaded(HONEY, 0.2), 60), rounded(680, 796, 744, 822, 8))
    return canvas
