"""The picture that greets a customer: tea and cakes before a window on the mountains at dawn."""

from dev.catalogue.canvas import Canvas, Outline, Stroke
from dev.catalogue.motifs import mountains
from dev.catalogue.palette import (
    AMBER,
    BLUSH,
    FOREST,
    KRAFT,
    MOSS,
    OCHRE,
    PAPER,
    PERSIMMON,
    PORCELAIN,
    SAGE,
    TABLE,
    Colour,
    across,
    down,
    lit,
    mix,
    shaded,
)
from dev.catalogue.scenes_pastry import cake_bar
from dev.catalogue.scenes_tea import rolled_leaves
from dev.catalogue.scenes_teaware import teapot
from dev.catalogue.shapes import circle, ellipse, rounded, spline, wave
from dev.catalogue.solids import cup, foliage, plate, tin

WIDTH, HEIGHT, EDGE = 1024, 666, 448.0


def welcome() -> Canvas:
    """1024 x 666 (20:13)."""
    canvas = Canvas(WIDTH, HEIGHT)
    canvas.paint(across(lit(PAPER, 0.6), shaded(PAPER, 0.04), 30), rounded(0, 0, WIDTH, HEIGHT, 1))
    _window(canvas)
    table = [(0.0, EDGE), (WIDTH, EDGE), (WIDTH, HEIGHT), (0.0, HEIGHT)]
    canvas.paint(down(shaded(TABLE, 0.05), lit(TABLE, 0.42)), table)
    canvas.paint((255, 250, 240), ellipse(420, 560, 420, 80), opacity=0.5, blur=50, inside=table)
    canvas.magnify(0.6, (500, 800), (512, 552))
    _tea_table(canvas)
    return canvas


def _window(canvas: Canvas) -> None:
    view: Outline = [*ellipse(512, 330, 400, 280, 180, 360), (912, EDGE), (112, EDGE)]
    canvas.paint(shaded(KRAFT, 0.5), ellipse(524, 330, 404, 284, 180, 360), opacity=0.18, blur=14)
    canvas.paint(down(mix(BLUSH, SAGE, 0.45), lit(BLUSH, 0.45)), view)
    canvas.paint((255, 244, 220), circle(656, 206, 120), opacity=0.75, blur=40, inside=view)
    canvas.paint(down(lit(PERSIMMON, 0.18), lit(OCHRE, 0.2)), circle(656, 206, 50), inside=view)
    ridges: tuple[tuple[Colour, list[tuple[float, float]]], ...] = (
        (
            mix(SAGE, FOREST, 0.16),
            [(60, 330), (200, 250), (310, 290), (440, 200), (560, 276), (700, 240), (840, 300), (980, 260)],
        ),
        (
            mix(SAGE, FOREST, 0.38),
            [(60, 350), (180, 320), (330, 350), (480, 300), (640, 340), (790, 270), (980, 350)],
        ),
        (
            mix(MOSS, FOREST, 0.35),
            [(60, 330), (170, 310), (280, 376), (430, 372), (600, 392), (740, 356), (980, 330)],
        ),
        (FOREST, [(60, 400), (240, 392), (380, 420), (560, 414), (720, 420), (850, 386), (980, 400)]),
    )
    for colour, crest in ridges:
        slope = [*spline(crest, closed=False), (980.0, EDGE), (60.0, EDGE)]
        canvas.paint(down(lit(colour, 0.06), lit(colour, 0.34)), slope, inside=view)
    for x, y, width in ((300.0, 330.0, 190.0), (640.0, 372.0, 220.0), (820.0, 320.0, 120.0)):
        canvas.paint((255, 252, 244), ellipse(x, y, width, 12), opacity=0.5, blur=12, inside=view)
    for row in range(3):
        hedge = wave((60, 418 + row * 12), (980, 414 + row * 12), 3, 16 + row * 3, 0.2 * row)
        canvas.paint(lit(MOSS, 0.12), Stroke(hedge, 3), opacity=0.5, inside=view)


def _tea_table(canvas: Canvas) -> None:
    """Laid in the units of a product picture, before a table edge at about y 630."""
    for phase, opacity in ((0.0, 0.5), (0.4, 0.3)):
        canvas.paint(
            (255, 255, 255), Stroke(wave((764, 500), (812, 300), 14, 1.2, phase), 12), opacity=opacity, blur=8
        )
    tin(canvas, 10, 800, 132, 400, FOREST, mountains)
    teapot(canvas)
    cup(canvas, 740, 838, 84, PORCELAIN, AMBER)
    plate(canvas, 1050, 810, 210, PORCELAIN)
    cake_bar(canvas, 920, 690, cut=False)
    cake_bar(canvas, 1030, 740, cut=True)
    rolled_leaves(canvas, 190, 880, 84, 28, 12)
    foliage(canvas, -120, 850, 150, 164, MOSS)
    foliage(canvas, -122, 852, 130, 20, FOREST)
