"""Things with light and shade that several pictures share: the stage, vessels, tins, boxes, leaves."""

import math
from collections.abc import Callable

from dev.catalogue.canvas import Canvas, Outline, Point, Stroke
from dev.catalogue.palette import (
    MOSS,
    PAPER,
    SHADOW,
    TABLE,
    WOOD,
    Colour,
    across,
    down,
    lit,
    rounded_light,
    shaded,
)
from dev.catalogue.shapes import TILT, circle, drum, ellipse, leaf, moved, rounded, spline, turned, wrap

SIDE = 1000
HORIZON = 590.0

Motif = Callable[[Canvas, float, float, float], None]


def stage(tint: Colour, magnified: float = 1.0) -> Canvas:
    """A sheet with the wall, an arch in the category's tint and the table; light comes from the upper left.

    What is put on the stage afterwards appears `magnified` times larger, growing from the front of the table;
    in its units the table begins at y 640. What matters stays in the middle two thirds of the height, because
    lists of products show the pictures cut to 20:13.
    """
    canvas = Canvas(SIDE, SIDE)
    canvas.paint(across(lit(PAPER, 0.6), shaded(PAPER, 0.035), 50), rounded(0, 0, SIDE, SIDE, 1))
    arch = [*ellipse(500, 400, 330, 330, 180, 360), (830, HORIZON), (170, HORIZON)]
    canvas.paint(across(lit(tint, 0.22), shaded(tint, 0.05), 62), arch)
    canvas.paint((255, 252, 244), circle(390, 280, 170), opacity=0.38, blur=70, inside=arch)
    table = [(0.0, HORIZON), (SIDE, HORIZON), (SIDE, SIDE), (0.0, SIDE)]
    canvas.paint(down(shaded(TABLE, 0.05), lit(TABLE, 0.42)), table)
    canvas.paint((255, 250, 240), ellipse(380, 760, 420, 120), opacity=0.45, blur=60, inside=table)
    canvas.magnify(magnified, (500, 850), (500, 800))
    return canvas


def cast(canvas: Canvas, cx: float, y: float, rx: float, ry: float | None = None, reach: float = 0.5) -> None:
    """The shadow of something standing at (cx, y): soft to the right, dark where it touches."""
    depth = rx * TILT if ry is None else ry
    canvas.paint(SHADOW, ellipse(cx + rx * reach, y + 6, rx * 1.25, depth * 0.95), opacity=0.26, blur=20)
    canvas.paint(SHADOW, ellipse(cx + rx * 0.06, y + 4, rx * 1.02, depth * 1.02), opacity=0.45, blur=7)


def footing(canvas: Canvas, base: Outline, reach: float = 70.0) -> None:
    """The shadow of something with corners standing on `base`, falling `reach` units to the right."""
    canvas.paint(SHADOW, base, moved(base, reach * 0.5, 2), moved(base, reach, 4), opacity=0.24, blur=18)
    canvas.paint(SHADOW, moved(base, 4, 3), opacity=0.42, blur=5)


def body(canvas: Canvas, outline: Outline, colour: Colour, depth: float = 1.0) -> None:
    """The side of something round, darker towards its foot."""
    canvas.paint(rounded_light(colour, depth), outline)
    ys = [y for _, y in outline]
    xs = [x for x, _ in outline]
    foot, middle, half = max(ys), (min(xs) + max(xs)) / 2, (max(xs) - min(xs)) / 2
    canvas.paint(
        shaded(colour, 0.6),
        ellipse(middle + half * 0.3, foot, half, half * 0.3),
        opacity=0.28,
        blur=24,
        inside=outline,
    )


def gleam(canvas: Canvas, points: list[Point], width: float, inside: Outline, opacity: float = 0.5) -> None:
    """A soft line of light on something smooth."""
    canvas.paint(
        (255, 253, 246),
        Stroke(spline(points, closed=False), width),
        opacity=opacity,
        blur=width * 0.35,
        inside=inside,
    )


def mouth(canvas: Canvas, cx: float, y: float, r: float, colour: Colour, wall: float = 8.0) -> Outline:
    """The open top of a vessel; returns the outline of its inside, darker towards the light."""
    outer, inner = ellipse(cx, y, r), ellipse(cx, y + 1, r - wall, (r - wall) * TILT)
    canvas.paint(across(lit(colour, 0.5), lit(colour, 0.12)), outer)
    canvas.paint(across(shaded(colour, 0.34), shaded(colour, 0.08)), inner)
    return inner


def liquid(
    canvas: Canvas, cx: float, y: float, r: float, colour: Colour, inside: Outline | None = None
) -> None:
    """A level drink with the light of the window on it."""
    surface = ellipse(cx, y, r)
    canvas.paint(across(shaded(colour, 0.16), lit(colour, 0.22), 25), surface, inside=inside)
    canvas.paint(
        lit(colour, 0.75), ellipse(cx - r * 0.28, y - r * 0.06, r * 0.36, r * 0.055), opacity=0.6, blur=3
    )


def tin(
    canvas: Canvas,
    cx: float,
    base: float,
    r: float,
    height: float,
    colour: Colour,
    motif: Motif | None = None,
    label: Colour = PAPER,
) -> None:
    """A round tea tin with a lid, a paper label and a picture on it."""
    top, rim = base - height, base - height * 0.76
    cast(canvas, cx, base, r)
    side = drum(cx, top, base, r)
    body(canvas, side, colour)
    if motif is not None:
        paper = wrap(cx, base - height * 0.6, base - height * 0.14, r + 1)
        canvas.paint(rounded_light(label, 0.62), paper)
        motif(canvas, cx, base - height * 0.37 + r * TILT, r * 0.46)
    canvas.paint(shaded(colour, 0.7), wrap(cx, rim, rim + 14, r), opacity=0.4, blur=5, inside=side)
    cap = [*ellipse(cx, top, r + 5, None, 180, 360), *ellipse(cx, rim, r + 5, None, 0, 180)]
    canvas.paint(rounded_light(lit(colour, 0.04), 1.05), cap)
    canvas.paint(across(lit(colour, 0.36), lit(colour, 0.08), 20), ellipse(cx, top, r + 5))
    canvas.paint(across(shaded(colour, 0.12), lit(colour, 0.2), 20), ellipse(cx, top + 2, r * 0.84))
    canvas.paint(across(lit(colour, 0.30), lit(colour, 0.06), 20), ellipse(cx, top + 4, r * 0.81))
    gleam(canvas, [(cx - r * 0.62, top + 40), (cx - r * 0.62, base - 26)], r * 0.07, side, 0.28)


def cup(
    canvas: Canvas,
    cx: float,
    base: float,
    r: float,
    colour: Colour,
    drink: Colour | None,
    height: float = 0.95,
) -> None:
    """A small handleless tea cup on its foot; `height` by its radius."""
    top = base - r * height
    cast(canvas, cx, base, r * 0.62)
    canvas.paint(rounded_light(shaded(colour, 0.12)), drum(cx, base - r * 0.14, base, r * 0.46))
    outline = turned(
        cx, [(top, r), (top + r * 0.3, r * 0.95), (top + r * 0.6, r * 0.76), (base - r * 0.1, r * 0.46)]
    )
    body(canvas, outline, colour, 0.8)
    inner = mouth(canvas, cx, top, r, colour, wall=max(4.0, r * 0.06))
    if drink is not None:
        liquid(canvas, cx, top + r * 0.1, r * 0.86, drink, inside=inner)
    gleam(canvas, [(cx - r * 0.6, top + r * 0.34), (cx - r * 0.46, top + r * 0.62)], r * 0.09, outline, 0.6)


def box(
    canvas: Canvas, left: float, top: float, right: float, bottom: float, colour: Colour, lift: float = 60.0
) -> None:
    """A closed carton: its front from `top` to `bottom`, its lid rising by `lift` behind."""
    shift = lift * 0.9
    footing(
        canvas,
        [(left, bottom), (right, bottom), (right + shift, bottom - lift), (left + shift, bottom - lift)],
    )
    front = [(left, top), (right, top), (right, bottom), (left, bottom)]
    side = [(right, top), (right + shift, top - lift), (right + shift, bottom - lift), (right, bottom)]
    lid = [(left, top), (left + shift, top - lift), (right + shift, top - lift), (right, top)]
    canvas.paint(down(shaded(colour, 0.24), shaded(colour, 0.36)), side)
    canvas.paint(across(lit(colour, 0.14), shaded(colour, 0.08), 60), front)
    canvas.paint(across(lit(colour, 0.42), lit(colour, 0.2)), lid)
    canvas.paint(lit(colour, 0.6), Stroke([(left, top), (right, top)], 2.5), opacity=0.7)


def plate(canvas: Canvas, cx: float, y: float, r: float, colour: Colour) -> None:
    """A shallow plate seen from the front, its well a little darker."""
    cast(canvas, cx, y + 18, r * 0.86)
    canvas.paint(rounded_light(shaded(colour, 0.1)), wrap(cx, y, y + 22, r, r * 0.66))
    canvas.paint(across(lit(colour, 0.5), shaded(colour, 0.06), 20), ellipse(cx, y, r))
    canvas.paint(across(shaded(colour, 0.13), lit(colour, 0.2), 20), ellipse(cx, y + 4, r * 0.8))
    canvas.paint(across(shaded(colour, 0.05), lit(colour, 0.3), 20), ellipse(cx, y + 7, r * 0.77))


def board(canvas: Canvas) -> None:
    """A wooden serving board, its top between y 720 and 830."""
    top: Outline = [(200, 720), (800, 720), (880, 830), (120, 830)]
    footing(canvas, [(120, 862), (880, 862), (800, 750), (200, 750)], 40)
    canvas.paint(across(lit(WOOD, 0.36), lit(WOOD, 0.05), 20), top)
    for index, level in enumerate((740, 768, 800)):
        ends = (180 - index * 22, level), (830 + index * 16, level + 3)
        grain = spline([ends[0], (400, level + 6), (620, level - 5), ends[1]], closed=False)
        canvas.paint(shaded(WOOD, 0.2), Stroke(grain, 2.5), opacity=0.3, inside=top)
    canvas.paint(
        down(shaded(WOOD, 0.12), shaded(WOOD, 0.26)), [(120, 830), (880, 830), (880, 862), (120, 862)]
    )
    canvas.paint(lit(WOOD, 0.6), Stroke([(121, 830), (879, 830)], 3), opacity=0.6)


def foliage(canvas: Canvas, x: float, y: float, length: float, degrees: float, colour: Colour = MOSS) -> None:
    """A tea leaf with a lighter half and a midrib."""
    outline = leaf(x, y, length, length * 0.42, degrees)
    canvas.paint(across(lit(colour, 0.2), shaded(colour, 0.14), 60), outline)
    tip = (
        x + length * 0.94 * math.cos(math.radians(degrees)),
        y + length * 0.94 * math.sin(math.radians(degrees)),
    )
    rib = Stroke([(x, y), tip], max(2.0, length * 0.022))
    shade = Stroke([(x + length * 0.1, y + length * 0.1), (tip[0], tip[1] + length * 0.06)], length * 0.18)
    canvas.paint(shaded(colour, 0.5), shade, opacity=0.16, blur=length * 0.04, inside=outline)
    canvas.paint(lit(colour, 0.5), rib, opacity=0.7)
