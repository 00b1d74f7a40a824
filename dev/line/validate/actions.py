"""Action objects: what a button does, and which kinds are allowed where.

Source: LINE Messaging API reference, "Action objects", and the label lengths named with each message type.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

from dev.line.validate.rules import (
    Check,
    Fields,
    Report,
    by_type,
    check_fields,
    matching,
    one_of,
    percent_encoded,
    record,
    string,
)
from dev.line.validate.text import count_graphemes, count_utf16

_EVERYWHERE = frozenset({"postback", "message", "uri", "datetimepicker", "clipboard"})
_QUICK_REPLY_ONLY = frozenset({"camera", "cameraRoll", "location"})


class Place(NamedTuple):
    """Where an action stands: which kinds it may be, and how long its label is (in grapheme clusters)."""

    name: str
    label_most: int
    label_required: bool
    kinds: frozenset[str] = _EVERYWHERE


QUICK_REPLY = Place("a quick reply", 20, True, _EVERYWHERE | _QUICK_REPLY_ONLY)
TEMPLATE = Place("a template", 20, True)
TEMPLATE_DEFAULT = Place("a template's image, title or text", 20, False)
IMAGE_CAROUSEL = Place("an image carousel", 12, False)
RICH_MENU = Place("a rich menu", 20, False, _EVERYWHERE | {"richmenuswitch"})
FLEX_BUTTON = Place("a Flex button", 40, True)
FLEX_PART = Place("a Flex component", 40, False)

_DATA = string(300, least=0)
_TIME_FORMATS = {"date": "%Y-%m-%d", "time": "%H:%M", "datetime": "%Y-%m-%dT%H:%M"}
_TIME_SHAPES = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "time": re.compile(r"\d{2}:\d{2}"),
    "datetime": re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}"),
}


def _uri(report: Report, path: str, value: Any) -> None:
    """http, https, line or tel, at most 1000 characters ("URI action")."""
    string(1000)(report, path, value)
    if not isinstance(value, str) or not value:
        return
    if re.match(r"(?:https?://[^/?#]|line://.|tel:.)", value, re.IGNORECASE) is None:
        report.add(path, "Must be a URI with scheme http, https, line or tel")
    else:
        percent_encoded(report, path, value)


_FIELDS: dict[str, tuple[Fields, tuple[str, ...]]] = {
    "postback": (
        {
            "data": _DATA,
            "displayText": string(300, count=count_graphemes),
            "text": string(300, count=count_graphemes),
            "inputOption": one_of("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"),
            "fillInText": string(300, count=count_graphemes),
        },
        ("data",),
    ),
    "message": ({"text": string(300, count=count_graphemes)}, ("text",)),
    "uri": ({"uri": _uri, "altUri": record({"desktop": _uri})}, ("uri",)),
    "datetimepicker": (
        {
            "data": _DATA,
            "mode": one_of(*_TIME_FORMATS),
            "initial": string(),
            "max": string(),
            "min": string(),
        },
        ("data", "mode"),
    ),
    "clipboard": ({"clipboardText": string(1000)}, ("clipboardText",)),
    "richmenuswitch": (
        {
            "richMenuAliasId": matching(r"[a-z0-9_-]{1,32}", "Must be 1 to 32 of a-z, 0-9, _ and -"),
            "data": _DATA,
        },
        ("richMenuAliasId", "data"),
    ),
    "camera": ({}, ()),
    "cameraRoll": ({}, ()),
    "location": ({}, ()),
}


def _check_postback(report: Report, path: str, value: dict[str, Any]) -> None:
    if "displayText" in value and "text" in value:
        report.add(f"{path}.text", "May not be used together with displayText")
    if "fillInText" in value and value.get("inputOption") != "openKeyboard":
        report.add(f"{path}.fillInText", "Needs inputOption openKeyboard")


def _parse_time(mode: str, value: Any) -> datetime | None:
    if not isinstance(value, str) or _TIME_SHAPES[mode].fullmatch(value) is None:
        return None
    try:
        return datetime.strptime(value.upper(), _TIME_FORMATS[mode])  # noqa: DTZ007 - LINE sends no time zone
    except ValueError:
        return None


def _check_picker(report: Report, path: str, value: dict[str, Any]) -> None:
    mode = value.get("mode")
    if not isinstance(mode, str) or mode not in _TIME_FORMATS:
        return
    times: dict[str, datetime] = {}
    for name in ("initial", "min", "max"):
        if name not in value:
            continue
        moment = _parse_time(mode, value[name])
        if moment is None:
            report.add(f"{path}.{name}", f"Must be a {mode}")
        elif mode != "time" and not 1900 <= moment.year <= 2100:
            report.add(f"{path}.{name}", "Must be between 1900 and 2100")
        else:
            times[name] = moment
    if "min" in times and "max" in times and times["min"] >= times["max"]:
        report.add(f"{path}.max", "Must be later than min")
    initial = times.get("initial")
    if initial is not None and not times.get("min", initial) <= initial <= times.get("max", initial):
        report.add(f"{path}.initial", "Must be between min and max")


_RULES_BETWEEN_FIELDS = {"postback": _check_postback, "datetimepicker": _check_picker}


def _of_kind(kind: str, place: Place) -> Check:
    fields, required = _FIELDS[kind]
    everything: Fields = {
        "type": one_of(kind),
        "label": string(place.label_most, count=count_graphemes),
        **fields,
    }
    required = (*required, "label") if place.label_required else required
    between = _RULES_BETWEEN_FIELDS.get(kind)

    def check(report: Report, path: str, value: Any) -> None:
        if kind not in place.kinds:
            report.add(f"{path}.type", f"A {kind} action is not allowed in {place.name}")
            return
        check_fields(report, path, value, everything, required)
        if between is not None:
            between(report, path, value)

    return check


def action(place: Place) -> Check:
    """The check of an action object that stands at `place`."""
    return by_type({kind: _of_kind(kind, place) for kind in _FIELDS})


def _imagemap_kind(fields: Fields, required: tuple[str, ...], area: Check) -> Check:
    common: Fields = {"type": string(), "area": area, "label": string(100, count=count_graphemes)}
    return record({**common, **fields}, ("area", *required))


def imagemap_action(area: Check) -> Check:
    """The check of an imagemap's action; `area` checks where it may be tapped ("Imagemap action objects")."""
    return by_type(
        {
            "uri": _imagemap_kind({"linkUri": _uri}, ("linkUri",), area),
            "message": _imagemap_kind({"text": string(400, count=count_utf16)}, ("text",), area),
            "clipboard": _imagemap_kind({"clipboardText": string(1000)}, ("clipboardText",), area),
        }
    )
