"""Outlines as lists of points: everything in the pictures is built of these. Angles in degrees, clockwise."""

import math
from collections.abc import Sequence
from random import Random

from dev.catalogue.canvas import Outline, Point

TILT = 0.27
"""How open a level circle looks from where the pictures are seen: its height by its width."""


def ellipse(
    cx: float, cy: float, rx: float, ry: float | None = None, start: float = 0.0, end: float = 360.0
) -> Outline:
    """An ellipse, or the arc of it from `start` to `end`; without `ry` a level circle seen at TILT."""
    height = rx * TILT if ry is None else ry
    steps = 120
    turns = (math.radians(start + (end - start) * step / steps) for step in range(steps + 1))
    return [(cx + rx * math.cos(turn), cy + height * math.sin(turn)) for turn in turns]


def circle(cx: float, cy: float, r: float) -> Outline:
    """A circle facing the viewer."""
    return ellipse(cx, cy, r, r)


def rounded(left: float, top: float, right: float, bottom: float, r: float) -> Outline:
    """A rectangle with round corners of radius `r`."""
    corners = (
        (right - r, top + r, -90.0),
        (right - r, bottom - r, 0.0),
        (left + r, bottom - r, 90.0),
        (left + r, top + r, 180.0),
    )
    return [point for x, y, turn in corners for point in ellipse(x, y, r, r, turn, turn + 90.0)]


def spline(points: Sequence[Point], closed: bool = True) -> Outline:
    """A smooth curve through the points (Catmull-Rom)."""
    count = len(points)
    last = count if closed else count - 1
    curve: Outline = []
    for index in range(last):
        if closed:
            p0, p1, p2, p3 = (points[(index + shift) % count] for shift in (-1, 0, 1, 2))
        else:
            p0, p1, p2, p3 = (points[min(max(index + shift, 0), count - 1)] for shift in (-1, 0, 1, 2))
        for step in range(16):
            t = step / 16
            curve.append((_bend(p0[0], p1[0], p2[0], p3[0], t), _bend(p0[1], p1[1], p2[1], p3[1], t)))
    return curve if closed else [*curve, points[-1]]


def _bend(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t
    )


def turned(cx: float, profile: Sequence[Point], straight: bool = False) -> Outline:
    """The outline of something turned on a wheel: `profile` is (y, radius) from top to bottom."""
    edge = [(radius, y) for y, radius in profile]
    side = edge if straight else spline(edge, closed=False)
    (top, top_radius), (bottom, bottom_radius) = profile[0], profile[-1]
    return [
        *ellipse(cx, top, top_radius, None, 180.0, 360.0),
        *((cx + radius, y) for radius, y in side),
        *ellipse(cx, bottom, bottom_radius, None, 0.0, 180.0),
        *((cx - radius, y) for radius, y in reversed(side)),
    ]


def drum(cx: float, top: float, bottom: float, r: float, foot: float | None = None) -> Outline:
    """An upright cylinder, or a cone stump whose lower radius is `foot`."""
    return turned(cx, [(top, r), (bottom, r if foot is None else foot)], straight=True)


def wrap(cx: float, top: float, bottom: float, r: float, foot: float | None = None) -> Outline:
    """What a label around a drum shows: bounded by two front arcs."""
    lower = r if foot is None else foot
    return [
        *reversed(ellipse(cx, top, r, None, 0.0, 180.0)),
        *ellipse(cx, bottom, lower, None, 0.0, 180.0),
    ]


def moved(points: Sequence[Point], dx: float, dy: float) -> Outline:
    """The same outline elsewhere."""
    return [(x + dx, y + dy) for x, y in points]


def rotated(points: Sequence[Point], degrees: float, about: Point) -> Outline:
    """The same outline turned about a point."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    ax, ay = about
    return [(ax + (x - ax) * cos - (y - ay) * sin, ay + (x - ax) * sin + (y - ay) * cos) for x, y in points]


def blob(
    cx: float, cy: float, rx: float, ry: float, seed: int, rough: float = 0.1, corners: int = 9
) -> Outline:
    """An ellipse made by hand: irregular, yet the same for the same `seed`."""
    chance = Random(seed)
    points = []
    for index in range(corners):
        turn = 2 * math.pi * index / corners
        swell = 1 + rough * (2 * chance.random() - 1)
        points.append((cx + rx * swell * math.cos(turn), cy + ry * swell * math.sin(turn)))
    return spline(points)


def leaf(x: float, y: float, length: float, width: float, degrees: float) -> Outline:
    """A leaf from its stalk at (x, y), pointing right before it is turned."""
    half = width / 2
    points = [
        (0.0, 0.0),
        (0.22, -0.72),
        (0.5, -1.0),
        (0.8, -0.5),
        (1.0, 0.0),
        (0.8, 0.42),
        (0.5, 0.86),
        (0.22, 0.66),
    ]
    return rotated(spline([(x + length * a, y + half * b) for a, b in points]), degrees, (x, y))


def wave(start: Point, end: Point, height: float, waves: float, phase: float = 0.0) -> Outline:
    """A line from `start` to `end` that swings `height` to either side."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    line = []
    for step in range(61):
        t = step / 60
        swing = height * math.sin(2 * math.pi * (waves * t + phase))
        line.append((start[0] + dx * t - dy / length * swing, start[1] + dy * t + dx / length * swing))
    return line
