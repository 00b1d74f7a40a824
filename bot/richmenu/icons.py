"""The drawings on the rich menu's tiles: round lines on a square of 100 units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

Point = tuple[float, float]


@dataclass(frozen=True)
class Pen:
    """Draws in units of a square whose corner is at `left`, `top`; `unit` and `width` (a line's) are pixels.

    Lines lie half on each side of where they are drawn.
    """

    paper: ImageDraw
    left: float
    top: float
    unit: float
    width: int
    color: str

    def line(self, *points: Point, closed: bool = False) -> None:
        """A line through points, with round ends and corners."""
        spots = [self._at(point) for point in ((*points, points[0]) if closed else points)]
        self.paper.line(spots, fill=self.color, width=self.width, joint="curve")
        radius = self.width / 2
        for x, y in spots:
            self.paper.ellipse((x - radius, y - radius, x + radius, y + radius), fill=self.color)

    def ring(self, center: Point, across: float, down: float | None = None) -> None:
        """A circle, or an ellipse, by its half widths."""
        self.paper.ellipse(
            self._box(center, across, down, self.width / 2), outline=self.color, width=self.width
        )

    def dot(self, center: Point, radius: float) -> None:
        """A filled circle."""
        self.paper.ellipse(self._box(center, radius, radius), fill=self.color)

    def arc(self, center: Point, radius: float, start: float, end: float) -> None:
        """A part of a circle, clockwise in degrees from three o'clock."""
        self.paper.arc(
            self._box(center, radius, radius, self.width / 2), start, end, fill=self.color, width=self.width
        )

    def frame(self, left: float, top: float, right: float, bottom: float, corner: float = 8) -> None:
        """A rectangle with round corners."""
        center = ((left + right) / 2, (top + bottom) / 2)
        box = self._box(center, (right - left) / 2, (bottom - top) / 2, self.width / 2)
        self.paper.rounded_rectangle(box, corner * self.unit, outline=self.color, width=self.width)

    def _at(self, point: Point) -> Point:
        return self.left + point[0] * self.unit, self.top + point[1] * self.unit

    def _box(
        self, center: Point, across: float, down: float | None, more: float = 0
    ) -> tuple[float, float, float, float]:
        """The corners of a box by its half widths, and `more` pixels on every side."""
        tall = across if down is None else down
        left, top = self._at((center[0] - across, center[1] - tall))
        right, bottom = self._at((center[0] + across, center[1] + tall))
        return left - more, top - more, right + more, bottom + more


def shelves(pen: Pen) -> None:
    """Four boxes."""
    for left, top in ((12, 12), (56, 12), (12, 56), (56, 56)):
        pen.frame(left, top, left + 32, top + 32)


def lens(pen: Pen) -> None:
    """A magnifying glass."""
    pen.ring((42, 42), 28)
    pen.line((63, 63), (88, 88))


def cart(pen: Pen) -> None:
    """A shopping cart."""
    pen.line((6, 16), (20, 16), (32, 64), (80, 64), (92, 28), (24, 28))
    pen.dot((40, 82), 7)
    pen.dot((72, 82), 7)


def wallet(pen: Pen) -> None:
    """A card to pay with."""
    pen.frame(8, 22, 92, 78)
    pen.line((8, 42), (92, 42))
    pen.line((22, 62), (42, 62))


def question(pen: Pen) -> None:
    """A question mark in a circle."""
    pen.ring((50, 50), 42)
    pen.arc((50, 40), 14, 180, 45)
    pen.line((60, 50), (50, 58), (50, 62))
    pen.dot((50, 75), 5)


def talk(pen: Pen) -> None:
    """Something said."""
    outline = ((16, 16), (84, 16), (90, 22), (90, 62), (84, 68), (46, 68), (26, 88), (26, 68), (16, 68))
    pen.line(*outline, (10, 62), (10, 22), closed=True)
    for x in (32, 50, 68):
        pen.dot((x, 42), 5)


def receipt(pen: Pen) -> None:
    """A bill with a torn edge."""
    pen.line(
        (20, 8), (80, 8), (80, 92), (70, 84), (60, 92), (50, 84), (40, 92), (30, 84), (20, 92), closed=True
    )
    for y, right in ((30, 66), (46, 66), (62, 52)):
        pen.line((34, y), (right, y))


def pin(pen: Pen) -> None:
    """A place on a map."""
    pen.arc((50, 40), 32, 155, 25)
    pen.line((21, 53.5), (50, 92), (79, 53.5))
    pen.ring((50, 40), 11)


def back(pen: Pen) -> None:
    """An arrow that turns round."""
    pen.line((34, 14), (12, 36), (34, 58))
    pen.line((12, 36), (62, 36))
    pen.arc((62, 60), 24, 270, 90)
    pen.line((62, 84), (30, 84))


def globe(pen: Pen) -> None:
    """The world and its languages."""
    pen.ring((50, 50), 42)
    pen.ring((50, 50), 19, 42)
    pen.line((8, 50), (92, 50))


def shield(pen: Pen) -> None:
    """Something kept safe."""
    right = ((50, 8), (84, 20), (84, 48), (76, 68), (64, 82))
    left = ((50, 92), (36, 82), (24, 68), (16, 48), (16, 20))
    pen.line(*right, *left, closed=True)
    pen.line((35, 50), (46, 61), (66, 39))


def book(pen: Pen) -> None:
    """An open book."""
    left = ((50, 24), (36, 16), (10, 16), (10, 78), (36, 78), (50, 86))
    right = ((64, 78), (90, 78), (90, 16), (64, 16))
    pen.line(*left, *right, closed=True)
    pen.line((50, 24), (50, 86))


ICONS: dict[str, Callable[[Pen], None]] = {
    drawing.__name__: drawing
    for drawing in (shelves, lens, cart, wallet, question, talk, receipt, pin, back, globe, shield, book)
}
