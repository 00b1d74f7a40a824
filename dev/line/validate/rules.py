"""The small language the checks are written in.

A `Check` looks at one value and notes what is wrong with it in a `Report`, under the path of that value. The
functions here make checks out of limits; objects are closed, so a misspelt property is a problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dev.line.validate.text import count_utf16


class Problem(NamedTuple):
    """One thing LINE would refuse: `property` is its path (`messages[0].altText`), `message` the rule."""

    property: str
    message: str


class Report:
    """The problems so far; with `allow_http_loopback`, http to 127.0.0.1 or localhost counts as https."""

    def __init__(self, allow_http_loopback: bool = False) -> None:
        self.allow_http_loopback = allow_http_loopback
        self.problems: list[Problem] = []

    def add(self, path: str, message: str) -> None:
        """Note that the value at `path` breaks the rule `message`."""
        self.problems.append(Problem(path, message))


Check = Callable[[Report, str, Any], None]
Fields = Mapping[str, Check]

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?")
_ASPECT = re.compile(r"([0-9]+(?:\.[0-9]+)?):([0-9]+(?:\.[0-9]+)?)")
_PIXELS = re.compile(r"[0-9]+(?:\.[0-9]+)?px")
_PERCENT = re.compile(r"[0-9]+(?:\.[0-9]+)?%")
_LOOPBACK = re.compile(r"http://(?:127\.0\.0\.1|localhost)(?::[0-9]+)?(?:[/?#]|$)")


def string(most: int | None = None, least: int = 1, count: Callable[[str], int] = count_utf16) -> Check:
    """A string of `least` to `most` characters as `count` counts them."""

    def check(report: Report, path: str, value: Any) -> None:
        if not isinstance(value, str):
            report.add(path, "Must be a string")
        elif len(value) < least:
            report.add(path, "May not be empty" if least == 1 else f"Must have at least {least} characters")
        elif most is not None and len(value) * 2 > most and count(value) > most:
            report.add(path, f"Length must be between {least} and {most}")

    return check


def matching(pattern: str, rule: str) -> Check:
    """A string that matches `pattern` as a whole."""
    compiled = re.compile(pattern)

    def check(report: Report, path: str, value: Any) -> None:
        if not isinstance(value, str) or compiled.fullmatch(value) is None:
            report.add(path, rule)

    return check


def one_of(*choices: str) -> Check:
    """One of the documented words."""

    def check(report: Report, path: str, value: Any) -> None:
        if not isinstance(value, str) or value not in choices:
            report.add(path, f"Must be one of the following values: [{', '.join(choices)}]")

    return check


def integer(least: int | None = None, most: int | None = None) -> Check:
    """A whole number within the bounds."""

    def check(report: Report, path: str, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            report.add(path, "Must be an integer")
        elif least is not None and value < least:
            report.add(path, f"Must be greater than or equal to {least}")
        elif most is not None and value > most:
            report.add(path, f"Must be less than or equal to {most}")

    return check


def number(least: float, most: float) -> Check:
    """A number within the bounds."""

    def check(report: Report, path: str, value: Any) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            report.add(path, "Must be a number")
        elif not least <= value <= most:
            report.add(path, f"Must be between {least} and {most}")

    return check


def boolean(report: Report, path: str, value: Any) -> None:
    """`true` or `false`."""
    if not isinstance(value, bool):
        report.add(path, "Must be true or false")


def colour(report: Report, path: str, value: Any) -> None:
    """`#RRGGBB` or `#RRGGBBAA`."""
    if not isinstance(value, str) or _COLOUR.fullmatch(value) is None:
        report.add(path, "Must be a colour such as #RRGGBB or #RRGGBBAA")


def aspect_ratio(report: Report, path: str, value: Any) -> None:
    """`width:height`, both 1 to 100000, height at most three times the width ("Image", "aspectRatio")."""
    found = _ASPECT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        report.add(path, "Must be {width}:{height}")
        return
    width, height = float(found[1]), float(found[2])
    if not (1 <= width <= 100_000 and 1 <= height <= 100_000):
        report.add(path, "Width and height must be between 1 and 100000")
    elif height > 3 * width:
        report.add(path, "Height must not be more than three times the width")


def measure(*keywords: str, pixels: bool = True, percent: bool = False, negative: bool = False) -> Check:
    """A size or a distance: one of `keywords`, pixels (`12px`) or a share of the parent (`50%`)."""

    def check(report: Report, path: str, value: Any) -> None:
        if isinstance(value, str):
            bare = value.removeprefix("-") if negative else value
            if (
                value in keywords
                or (pixels and _PIXELS.fullmatch(bare))
                or (percent and _PERCENT.fullmatch(bare))
            ):
                return
        forms = [*keywords, *(["{n}px"] if pixels else []), *(["{n}%"] if percent else [])]
        report.add(path, f"Must be one of [{', '.join(forms)}]")

    return check


def percent_encoded(report: Report, path: str, value: str) -> bool:
    """Whether `value` holds only characters that may stand in a URL; notes the problem otherwise."""
    if value.isascii() and value.isprintable() and not set(value) & set(' "<>\\^`{|}'):
        return True
    report.add(path, "Must be percent-encoded as UTF-8")
    return False


def https_url(most: int = 2000) -> Check:
    """An https address of something LINE fetches or a customer's device shows."""

    def check(report: Report, path: str, value: Any) -> None:
        if not isinstance(value, str) or not value:
            report.add(path, "May not be empty" if value == "" else "Must be a string")
        elif count_utf16(value) > most:
            report.add(path, f"Length must be between 1 and {most}")
        elif report.allow_http_loopback and _LOOPBACK.match(value):
            percent_encoded(report, path, value)
        elif re.match(r"https://[^/?#]", value, re.IGNORECASE) is None:
            report.add(path, "Must be an https URL")
        else:
            percent_encoded(report, path, value)

    return check


def array(item: Check, least: int = 0, most: int | None = None) -> Check:
    """A list of `least` to `most` values, each of which `item` accepts."""

    def check(report: Report, path: str, value: Any) -> None:
        if not isinstance(value, list):
            report.add(path, "Must be an array")
            return
        if len(value) < least or (most is not None and len(value) > most):
            bounds = f"between {least} and {most}" if most is not None else f"at least {least}"
            report.add(path, f"Size must be {bounds}")
        for index, element in enumerate(value):
            item(report, f"{path}[{index}]", element)

    return check


def check_fields(
    report: Report, path: str, value: dict[str, Any], fields: Fields, required: tuple[str, ...] = ()
) -> None:
    """Apply `fields` to an object's properties; unknown and missing ones are problems."""
    prefix = f"{path}." if path else ""
    for name in required:
        if name not in value:
            report.add(prefix + name, "Must be specified")
    for name, content in value.items():
        check = fields.get(name)
        if check is None:
            report.add(f"{prefix}{name}", "Unknown property")
        else:
            check(report, prefix + name, content)


def is_object(report: Report, path: str, value: Any) -> bool:
    """Whether `value` is a JSON object; notes the problem otherwise."""
    if isinstance(value, dict):
        return True
    report.add(path, "Must be an object")
    return False


def record(fields: Fields, required: tuple[str, ...] = ()) -> Check:
    """A closed object with these properties."""

    def check(report: Report, path: str, value: Any) -> None:
        if is_object(report, path, value):
            check_fields(report, path, value, fields, required)

    return check


def by_type(kinds: Mapping[str, Check]) -> Check:
    """An object whose `type` decides which check it gets."""
    known = one_of(*kinds)

    def check(report: Report, path: str, value: Any) -> None:
        if not is_object(report, path, value):
            return
        kind = value.get("type")
        if isinstance(kind, str) and kind in kinds:
            kinds[kind](report, path, value)
        else:
            known(report, f"{path}.type", kind)

    return check
