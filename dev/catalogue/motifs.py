"""Small pictures for labels: each is drawn around (x, y) within about `size`."""

from dev.catalogue.canvas import Canvas, Stroke
from dev.catalogue.palette import BRICK, FOREST, MOSS, OCHRE, PERSIMMON, SAGE, across, lit, mix
from dev.catalogue.shapes import circle, ellipse, moved, rotated, spline
from dev.catalogue.solids import foliage


def mountains(canvas: Canvas, x: float, y: float, size: float) -> None:
    """Three ranges and a sun in a round window."""
    window = circle(x, y, size)
    canvas.paint(across(lit(SAGE, 0.5), SAGE, 90), window)
    canvas.paint(PERSIMMON, circle(x + size * 0.3, y - size * 0.34, size * 0.2), inside=window)
    for colour, drop, shift in (
        (mix(SAGE, FOREST, 0.35), -0.12, -0.3),
        (MOSS, 0.18, 0.35),
        (FOREST, 0.48, -0.15),
    ):
        ridge = [(-1.6, 1.6), (-1.1, 0.3), (-0.55, 0.12), (0.0, -0.42), (0.5, 0.1), (1.0, 0.2), (1.6, 1.6)]
        points = [(x + size * (a + shift), y + size * (b + drop)) for a, b in ridge]
        canvas.paint(colour, spline(points), inside=window)


def sun(canvas: Canvas, x: float, y: float, size: float) -> None:
    """A low sun over two lines of field."""
    canvas.paint(across(OCHRE, PERSIMMON, 90), ellipse(x, y, size * 0.72, size * 0.72, 180, 360))
    for row, width in enumerate((1.0, 0.7, 0.4)):
        level = y + size * (0.16 + 0.2 * row)
        canvas.paint(BRICK, Stroke([(x - size * width, level), (x + size * width, level)], size * 0.07))


def blossom(canvas: Canvas, x: float, y: float, size: float) -> None:
    """A five-petalled flower."""
    petal = ellipse(x, y - size * 0.5, size * 0.34, size * 0.44)
    for turn in range(5):
        canvas.paint(across(lit(PERSIMMON, 0.45), PERSIMMON, 70), rotated(petal, turn * 72, (x, y)))
    canvas.paint(OCHRE, circle(x, y, size * 0.2))
    canvas.paint(lit(OCHRE, 0.5), moved(circle(x, y, size * 0.08), -size * 0.05, -size * 0.05))


def sprig(canvas: Canvas, x: float, y: float, size: float) -> None:
    """Two leaves and a bud: the part of the tea bush that is picked."""
    canvas.paint(FOREST, Stroke([(x, y + size), (x, y)], size * 0.08))
    foliage(canvas, x, y + size * 0.62, size * 1.1, -152, MOSS)
    foliage(canvas, x, y + size * 0.48, size * 1.1, -30, FOREST)
    foliage(canvas, x, y + size * 0.1, size * 0.95, -92, MOSS)


def osmanthus(canvas: Canvas, x: float, y: float, size: float) -> None:
    """A cluster of small four-petalled flowers."""
    for dx, dy, part in (
        (0.0, 0.0, 0.5),
        (-0.62, 0.3, 0.42),
        (0.6, 0.36, 0.42),
        (-0.1, -0.66, 0.4),
        (0.1, 0.74, 0.38),
    ):
        osmanthus_flower(canvas, x + size * dx, y + size * dy, size * part)


def osmanthus_flower(canvas: Canvas, x: float, y: float, size: float) -> None:
    """One flower of the sweet osmanthus."""
    petal = ellipse(x, y - size * 0.5, size * 0.36, size * 0.44)
    for turn in range(4):
        canvas.paint(across(lit(OCHRE, 0.5), OCHRE, 70), rotated(petal, 45 + turn * 90, (x, y)))
    canvas.paint(PERSIMMON, circle(x, y, size * 0.16))
