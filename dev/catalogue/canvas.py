"""A sheet to paint on: forms are filled three times too large and shrunk at the end for smooth edges."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from dev.catalogue.palette import Colour, Paint, Ramp, mix

OVERSIZE = 3

Point = tuple[float, float]
Outline = list[Point]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Stroke:
    """A line with round ends; `width` in the same units as the points."""

    points: Sequence[Point]
    width: float


Form = Outline | Stroke


class Canvas:
    """A picture of `width` x `height` units; one unit is one pixel of the finished picture."""

    def __init__(self, width: int, height: int) -> None:
        self._size = (width, height)
        self._image = Image.new("RGB", (width * OVERSIZE, height * OVERSIZE))
        self._scale, self._shift = 1.0, (0.0, 0.0)

    def magnify(self, scale: float, anchor: Point, onto: Point) -> None:
        """Draw what follows `scale` times larger, so that the point `anchor` comes to lie on `onto`."""
        self._scale = scale
        self._shift = (onto[0] - anchor[0] * scale, onto[1] - anchor[1] * scale)

    def paint(
        self,
        paint: Paint,
        *forms: Form,
        opacity: float = 1.0,
        blur: float = 0.0,
        inside: Outline | None = None,
    ) -> None:
        """Lay `paint` on the union of `forms`, softened by `blur` units, within the outline `inside`."""
        forms = tuple(self._seen(form) for form in forms)
        inside = None if inside is None else self._seen_points(inside)
        blur *= self._scale
        reach = math.ceil(blur * 3) * OVERSIZE
        left, top, right, bottom = _box(forms)
        full = (left - reach, top - reach, right + reach, bottom + reach)
        window = _overlap(full, (0, 0, *self._image.size))
        if inside is not None:
            window = _overlap(window, _box([inside]))
        if window[0] >= window[2] or window[1] >= window[3]:
            return
        mask = _mask(forms, full, blur).crop(_within(window, full))
        if inside is not None:
            mask = ImageChops.multiply(mask, _mask([inside], window, 0.0))
        if opacity < 1.0:
            mask = mask.point([round(level * opacity) for level in range(256)])
        if isinstance(paint, Ramp):
            sheet = _gradient(paint, (left, top, right, bottom), window)
            self._image.paste(sheet, window[:2], mask)
        else:
            self._image.paste(paint, window, mask)

    def _seen(self, form: Form) -> Form:
        if isinstance(form, Stroke):
            return Stroke(self._seen_points(form.points), form.width * self._scale)
        return self._seen_points(form)

    def _seen_points(self, points: Sequence[Point]) -> Outline:
        (dx, dy), scale = self._shift, self._scale
        return [(x * scale + dx, y * scale + dy) for x, y in points]

    def jpeg(self, quality: int = 86) -> bytes:
        """The finished picture as a JPEG file."""
        finished = self._image.resize(self._size, Image.Resampling.BOX)
        file = io.BytesIO()
        finished.save(file, "JPEG", quality=quality, subsampling=0, optimize=True)
        return file.getvalue()


def _box(forms: Sequence[Form]) -> Box:
    xs: list[float] = []
    ys: list[float] = []
    for form in forms:
        points = form.points if isinstance(form, Stroke) else form
        margin = form.width if isinstance(form, Stroke) else 0.0
        xs += [x + side for x, _ in points for side in (-margin, margin)]
        ys += [y + side for _, y in points for side in (-margin, margin)]
    return (
        math.floor(min(xs) * OVERSIZE),
        math.floor(min(ys) * OVERSIZE),
        math.ceil(max(xs) * OVERSIZE) + 1,
        math.ceil(max(ys) * OVERSIZE) + 1,
    )


def _overlap(one: Box, other: Box) -> Box:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


def _within(window: Box, full: Box) -> Box:
    return window[0] - full[0], window[1] - full[1], window[2] - full[0], window[3] - full[1]


def _mask(forms: Sequence[Form], box: Box, blur: float) -> Image.Image:
    """Coverage of the forms within `box`. What is very soft is drawn coarsely: it looks the same."""
    coarse = OVERSIZE if blur >= 4 else 1
    size = (box[2] - box[0], box[3] - box[1])
    scale = OVERSIZE / coarse
    mask = Image.new("L", (math.ceil(size[0] / coarse), math.ceil(size[1] / coarse)))
    draw = ImageDraw.Draw(mask)
    for form in forms:
        points = form.points if isinstance(form, Stroke) else form
        placed = [(x * scale - box[0] / coarse, y * scale - box[1] / coarse) for x, y in points]
        if isinstance(form, Stroke):
            _draw_line(draw, placed, form.width * scale)
        else:
            draw.polygon(placed, fill=255)
    if blur:
        mask = mask.filter(ImageFilter.GaussianBlur(blur * scale))
    return mask if coarse == 1 else mask.resize(size, Image.Resampling.BILINEAR)


def _draw_line(draw: ImageDraw.ImageDraw, points: Sequence[Point], width: float) -> None:
    draw.line(points, fill=255, width=max(1, round(width)))
    half = width / 2
    for x, y in points:
        draw.ellipse((x - half, y - half, x + half, y + half), fill=255)


def _gradient(ramp: Ramp, over: Box, window: Box) -> Image.Image:
    """The ramp stretched over the box `over`, as seen through `window`."""
    length = 1024
    strip = Image.new("RGB", (length, 1))
    strip.putdata([_at(ramp, place / (length - 1)) for place in range(length)])
    along = math.cos(math.radians(ramp.angle)), math.sin(math.radians(ramp.angle))
    reaches = [x * along[0] + y * along[1] for x in (over[0], over[2]) for y in (over[1], over[3])]
    start, span = min(reaches), max(max(reaches) - min(reaches), 1.0)
    step = (length - 2) / span
    offset = (window[0] * along[0] + window[1] * along[1] - start) * step
    size = (window[2] - window[0], window[3] - window[1])
    data = (along[0] * step, along[1] * step, offset + 0.5, 0.0, 0.0, 0.0)
    return strip.transform(size, Image.Transform.AFFINE, data, Image.Resampling.NEAREST)


def _at(ramp: Ramp, place: float) -> Colour:
    before = ramp.stops[0]
    for stop in ramp.stops:
        if place <= stop[0]:
            width = stop[0] - before[0]
            return mix(before[1], stop[1], (place - before[0]) / width) if width else stop[1]
        before = stop
    return before[1]
