"""Rich menus: the object and its picture.

Source: LINE Messaging API reference, "Rich menu object" and "Upload rich menu image".
"""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, UnidentifiedImageError

from dev.line.validate.actions import RICH_MENU, action
from dev.line.validate.rules import (
    Fields,
    Problem,
    Report,
    array,
    boolean,
    integer,
    is_object,
    record,
    string,
)
from dev.line.validate.text import count_graphemes

AREAS = 20
IMAGE_BYTES = 1_000_000
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG"}

_SIZE: Fields = {"width": integer(800, 2500), "height": integer(250)}
_BOUNDS: Fields = {"x": integer(0), "y": integer(0), "width": integer(1), "height": integer(1)}
_MENU: Fields = {
    "size": record(_SIZE, ("width", "height")),
    "selected": boolean,
    "name": string(300, count=count_graphemes),
    "chatBarText": string(14, count=count_graphemes),
    "areas": array(
        record(
            {"bounds": record(_BOUNDS, ("x", "y", "width", "height")), "action": action(RICH_MENU)},
            ("bounds", "action"),
        ),
        most=AREAS,
    ),
}
_menu = record(_MENU, ("size", "selected", "name", "chatBarText", "areas"))


def _check_geometry(report: Report, menu: dict[str, Any]) -> None:
    width, height = menu["size"]["width"], menu["size"]["height"]
    if width / height < 1.45:
        report.add("size", "Width divided by height must be at least 1.45")
    for index, area in enumerate(menu["areas"]):
        bounds = area["bounds"]
        if bounds["x"] + bounds["width"] > width or bounds["y"] + bounds["height"] > height:
            report.add(f"areas[{index}].bounds", "Must lie within the rich menu")


def validate_rich_menu(menu: Any) -> list[Problem]:
    """Everything LINE would refuse in a rich menu object; empty when all is well."""
    report = Report()
    if is_object(report, "", menu):
        _menu(report, "", menu)
    if not report.problems:
        _check_geometry(report, menu)
    return report.problems


def validate_rich_menu_image(data: bytes, content_type: str, menu: dict[str, Any]) -> list[Problem]:
    """Everything LINE would refuse in the picture of `menu`; `data` are the bytes of the upload."""
    expected = _FORMATS.get(content_type)
    if expected is None:
        return [Problem("Content-Type", "Must be image/png or image/jpeg")]
    if len(data) > IMAGE_BYTES:
        return [Problem("body", "Must be at most 1 MB")]
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.verify()
            kind, size = image.format, image.size
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        return [Problem("body", f"Must be a readable image ({type(error).__name__})")]
    if kind != expected:
        return [Problem("body", f"Must be {expected} as the Content-Type says")]
    wanted = (menu["size"]["width"], menu["size"]["height"])
    if size != wanted:
        return [Problem("body", f"Must be {wanted[0]}x{wanted[1]} pixels as the rich menu says")]
    return []
