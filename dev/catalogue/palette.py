"""The colours every picture shares, and how light and shade are mixed from them."""

from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Ramp:
    """A linear gradient over the box of what it fills.

    `stops` are (place 0-1, colour) in ascending order; `angle` in degrees: 0 runs to the right, 90 downwards.
    """

    stops: tuple[tuple[float, Colour], ...]
    angle: float = 0.0


Paint = Colour | Ramp

PAPER: Colour = (251, 246, 237)
CREAM: Colour = (245, 235, 218)
TABLE: Colour = (233, 219, 197)
INK: Colour = (52, 54, 50)
SHADOW: Colour = (84, 62, 44)
FOREST: Colour = (47, 93, 80)
MOSS: Colour = (112, 145, 101)
SAGE: Colour = (205, 216, 194)
PERSIMMON: Colour = (219, 108, 62)
BRICK: Colour = (160, 68, 45)
OCHRE: Colour = (217, 163, 73)
HONEY: Colour = (226, 143, 36)
AMBER: Colour = (186, 88, 30)
WHEAT: Colour = (242, 217, 167)
PORCELAIN: Colour = (247, 245, 239)
CLAY: Colour = (178, 90, 62)
WOOD: Colour = (199, 152, 101)
WALNUT: Colour = (126, 84, 56)
MIST: Colour = (201, 214, 212)
INDIGO: Colour = (62, 88, 116)
BLUSH: Colour = (243, 209, 188)
KRAFT: Colour = (205, 171, 127)
SUGAR: Colour = (104, 62, 38)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`one` with `share` (0-1) of `other` stirred in."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def lit(colour: Colour, share: float) -> Colour:
    """The colour where light falls on it: stirred with warm white."""
    return mix(colour, (255, 250, 238), share)


def shaded(colour: Colour, share: float) -> Colour:
    """The colour where light does not reach: stirred with a deep warm brown, never with black."""
    return mix(colour, (46, 32, 28), share)


def down(top: Colour, bottom: Colour) -> Ramp:
    """From `top` to `bottom`."""
    return Ramp(((0.0, top), (1.0, bottom)), 90.0)


def across(left: Colour, right: Colour, angle: float = 0.0) -> Ramp:
    """From `left` to `right`, or along `angle`."""
    return Ramp(((0.0, left), (1.0, right)), angle)


def rounded_light(colour: Colour, depth: float = 1.0) -> Ramp:
    """The fall of light over an upright cylinder lit from the upper left; `depth` scales the contrast."""
    return Ramp(
        (
            (0.0, shaded(colour, 0.10 * depth)),
            (0.12, lit(colour, 0.04 * depth)),
            (0.30, lit(colour, 0.26 * depth)),
            (0.52, colour),
            (0.84, shaded(colour, 0.26 * depth)),
            (0.95, shaded(colour, 0.32 * depth)),
            (1.0, shaded(colour, 0.22 * depth)),
        )
    )
