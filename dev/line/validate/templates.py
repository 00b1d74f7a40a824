"""Template messages and imagemaps: the older, fixed forms.

Source: LINE Messaging API reference, "Template messages" and "Imagemap message".
"""

from __future__ import annotations

from typing import Any

from dev.line.validate.actions import IMAGE_CAROUSEL, TEMPLATE, TEMPLATE_DEFAULT, action, imagemap_action
from dev.line.validate.rules import (
    Check,
    Fields,
    Report,
    array,
    by_type,
    check_fields,
    colour,
    https_url,
    integer,
    is_object,
    one_of,
    record,
    string,
)
from dev.line.validate.text import count_graphemes

_title = string(40, count=count_graphemes)
_IMAGE_LOOK: Fields = {
    "imageAspectRatio": one_of("rectangle", "square"),
    "imageSize": one_of("cover", "contain"),
}


def _panel(actions: int) -> Fields:
    return {
        "thumbnailImageUrl": https_url(),
        "imageBackgroundColor": colour,
        "title": _title,
        "text": string(),
        "defaultAction": action(TEMPLATE_DEFAULT),
        "actions": array(action(TEMPLATE), least=1, most=actions),
    }


def _check_text(report: Report, path: str, value: dict[str, Any], most: int) -> None:
    """The text has room for `most` clusters alone, 60 beside an image or a title."""
    with_picture = "title" in value or "thumbnailImageUrl" in value
    text = value.get("text")
    if isinstance(text, str) and text:
        string(60 if with_picture else most, count=count_graphemes)(report, f"{path}.text", text)


_BUTTONS: Fields = {"type": one_of("buttons"), **_IMAGE_LOOK, **_panel(4)}


def _buttons(report: Report, path: str, value: Any) -> None:
    check_fields(report, path, value, _BUTTONS, ("text", "actions"))
    _check_text(report, path, value, 160)


_confirm = record(
    {
        "type": one_of("confirm"),
        "text": string(240, count=count_graphemes),
        "actions": array(action(TEMPLATE), least=2, most=2),
    },
    ("text", "actions"),
)

_COLUMN: Fields = _panel(3)


def _column(report: Report, path: str, value: Any) -> None:
    if is_object(report, path, value):
        check_fields(report, path, value, _COLUMN, ("text", "actions"))
        _check_text(report, path, value, 120)


_CAROUSEL: Fields = {
    "type": one_of("carousel"),
    **_IMAGE_LOOK,
    "columns": array(_column, least=1, most=10),
}


def _carousel(report: Report, path: str, value: Any) -> None:
    check_fields(report, path, value, _CAROUSEL, ("columns",))
    columns = value.get("columns")
    if not isinstance(columns, list) or not all(isinstance(column, dict) for column in columns):
        return
    counts = {len(column["actions"]) for column in columns if isinstance(column.get("actions"), list)}
    if len(counts) > 1:
        report.add(f"{path}.columns", "All columns must have the same number of actions")
    for name in ("thumbnailImageUrl", "title"):
        if len({name in column for column in columns}) > 1:
            report.add(f"{path}.columns", f"Either all columns or none must have {name}")


_image_carousel = record(
    {
        "type": one_of("image_carousel"),
        "columns": array(
            record({"imageUrl": https_url(), "action": action(IMAGE_CAROUSEL)}, ("imageUrl", "action")),
            least=1,
            most=10,
        ),
    },
    ("columns",),
)

template: Check = by_type(
    {"buttons": _buttons, "confirm": _confirm, "carousel": _carousel, "image_carousel": _image_carousel}
)
"""The check of the `template` property of a template message."""

_area = record(
    {"x": integer(0), "y": integer(0), "width": integer(1), "height": integer(1)},
    ("x", "y", "width", "height"),
)
_IMAGEMAP_LINK: Fields = {"linkUri": https_url(1000), "label": string(30)}

IMAGEMAP: Fields = {
    "baseUrl": https_url(),
    "baseSize": record({"width": integer(1040, 1040), "height": integer(1)}, ("width", "height")),
    "actions": array(imagemap_action(_area), most=50),
    "video": record(
        {
            "originalContentUrl": https_url(),
            "previewImageUrl": https_url(),
            "area": _area,
            "externalLink": record(_IMAGEMAP_LINK, ("linkUri", "label")),
        },
        ("originalContentUrl", "previewImageUrl", "area"),
    ),
}
"""What an imagemap message has besides the properties of every message and its altText."""
