"""Flex Messages: bubbles, carousels and the components in them.

Source: LINE Messaging API reference, "Flex Message", and the documentation page "Flex Message elements".
"""

from __future__ import annotations

import json
from typing import Any

from dev.line.validate.actions import FLEX_BUTTON, FLEX_PART, action
from dev.line.validate.rules import (
    Check,
    Fields,
    Report,
    array,
    aspect_ratio,
    boolean,
    by_type,
    check_fields,
    colour,
    https_url,
    integer,
    is_object,
    matching,
    measure,
    one_of,
    record,
    string,
)

BUBBLE_BYTES = 30_000
CAROUSEL_BYTES = 50_000
BUBBLES = 12
ANIMATED_IMAGES = 10

_SPACES = ("none", "xs", "sm", "md", "lg", "xl", "xxl")
_SIZES = ("xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl")
_space = measure(*_SPACES)
_padding = measure(*_SPACES, percent=True)
_extent = measure(percent=True)
_font_size = measure(*_SIZES)
_offset = measure(*_SPACES, percent=True, negative=True)
_part_action = action(FLEX_PART)

_PLACED: Fields = {
    "margin": _space,
    "position": one_of("relative", "absolute"),
    "offsetTop": _offset,
    "offsetBottom": _offset,
    "offsetStart": _offset,
    "offsetEnd": _offset,
}
_LETTERING: Fields = {
    "size": _font_size,
    "color": colour,
    "weight": one_of("regular", "bold"),
    "style": one_of("normal", "italic"),
    "decoration": one_of("none", "underline", "line-through"),
}
_GRAVITY = one_of("top", "bottom", "center")
_ALIGN = one_of("start", "end", "center")
_SHRINK = one_of("shrink-to-fit")
_flex = integer(0)

_GRADIENT = record(
    {
        "type": one_of("linearGradient"),
        "angle": matching(
            r"(?:[0-9]|[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9])(?:\.[0-9]+)?deg", "Must be 0deg to 360deg"
        ),
        "startColor": colour,
        "endColor": colour,
        "centerColor": colour,
        "centerPosition": matching(r"(?:[0-9]{1,2}(?:\.[0-9]+)?|100(?:\.0+)?)%", "Must be 0% to 100%"),
    },
    ("type", "angle", "startColor", "endColor"),
)

_button = record(
    {
        "type": one_of("button"),
        **_PLACED,
        "flex": _flex,
        "color": colour,
        "style": one_of("primary", "secondary", "link"),
        "action": action(FLEX_BUTTON),
        "gravity": _GRAVITY,
        "height": one_of("sm", "md"),
        "adjustMode": _SHRINK,
        "scaling": boolean,
    },
    ("action",),
)
_image = record(
    {
        "type": one_of("image"),
        **_PLACED,
        "url": https_url(),
        "flex": _flex,
        "align": _ALIGN,
        "gravity": _GRAVITY,
        "size": measure(*_SIZES, "full", percent=True),
        "aspectRatio": aspect_ratio,
        "aspectMode": one_of("fit", "cover"),
        "backgroundColor": colour,
        "action": _part_action,
        "animated": boolean,
    },
    ("url",),
)
_icon = record(
    {
        "type": one_of("icon"),
        **_PLACED,
        "url": https_url(),
        "size": _font_size,
        "aspectRatio": aspect_ratio,
        "scaling": boolean,
    },
    ("url",),
)
_span = record({"type": one_of("span"), "text": string(), **_LETTERING}, ("text",))
_separator = record({"type": one_of("separator"), "margin": _space, "color": colour})
_filler = record({"type": one_of("filler"), "flex": _flex})

_TEXT: Fields = {
    "type": one_of("text"),
    **_PLACED,
    **_LETTERING,
    "flex": _flex,
    "text": string(),
    "contents": array(by_type({"span": _span}), least=1),
    "align": _ALIGN,
    "gravity": _GRAVITY,
    "wrap": boolean,
    "lineSpacing": measure(),
    "maxLines": integer(0),
    "action": _part_action,
    "adjustMode": _SHRINK,
    "scaling": boolean,
}


def _text(report: Report, path: str, value: Any) -> None:
    check_fields(report, path, value, _TEXT)
    if "text" not in value and "contents" not in value:
        report.add(f"{path}.text", "Must be specified unless contents is")


def _box(report: Report, path: str, value: Any) -> None:
    check_fields(report, path, value, _BOX, ("layout", "contents"))
    contents = value.get("contents")
    if not isinstance(contents, list):
        return
    children = _BASELINE_CHILD if value.get("layout") == "baseline" else _CHILD
    array(children)(report, f"{path}.contents", contents)


def _box_contents(report: Report, path: str, value: Any) -> None:
    """Only that it is a list: what may stand in it depends on the layout, which `_box` knows."""
    if not isinstance(value, list):
        report.add(path, "Must be an array")


_BOX: Fields = {
    "type": one_of("box"),
    **_PLACED,
    "layout": one_of("horizontal", "vertical", "baseline"),
    "contents": _box_contents,
    "flex": _flex,
    "spacing": _space,
    "backgroundColor": colour,
    "borderColor": colour,
    "borderWidth": measure("none", "light", "normal", "medium", "semi-bold", "bold"),
    "cornerRadius": _space,
    "width": _extent,
    "maxWidth": _extent,
    "height": _extent,
    "maxHeight": _extent,
    "paddingAll": _padding,
    "paddingTop": _padding,
    "paddingBottom": _padding,
    "paddingStart": _padding,
    "paddingEnd": _padding,
    "action": _part_action,
    "justifyContent": one_of(
        "center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"
    ),
    "alignItems": one_of("center", "flex-start", "flex-end"),
    "background": by_type({"linearGradient": _GRADIENT}),
}


def _only_in(where: str) -> Check:
    def check(report: Report, path: str, value: Any) -> None:
        report.add(f"{path}.type", f"A component of this type is only allowed in {where}")

    return check


_CHILD = by_type(
    {
        "box": _box,
        "button": _button,
        "image": _image,
        "text": _text,
        "separator": _separator,
        "filler": _filler,
        "icon": _only_in("a baseline box"),
        "span": _only_in("the contents of a text"),
        "video": _only_in("the hero block"),
    }
)
_NOT_BASELINE = _only_in("a horizontal or vertical box")
_BASELINE_CHILD = by_type(
    {
        "icon": _icon,
        "text": _text,
        "filler": _filler,
        "box": _NOT_BASELINE,
        "button": _NOT_BASELINE,
        "image": _NOT_BASELINE,
        "separator": _NOT_BASELINE,
        "span": _only_in("the contents of a text"),
        "video": _only_in("the hero block"),
    }
)

_video = record(
    {
        "type": one_of("video"),
        "url": https_url(),
        "previewUrl": https_url(),
        "altContent": by_type({"box": _box, "image": _image}),
        "aspectRatio": aspect_ratio,
        "action": action(FLEX_PART._replace(kinds=frozenset({"uri"}), name="a video")),
    },
    ("url", "previewUrl", "altContent"),
)
_block = by_type({"box": _box})
_block_style = record({"backgroundColor": colour, "separator": boolean, "separatorColor": colour})
_BLOCKS = ("header", "hero", "body", "footer")
_BUBBLE: Fields = {
    "type": one_of("bubble"),
    "size": one_of("nano", "micro", "deca", "hecto", "kilo", "mega", "giga"),
    "direction": one_of("ltr", "rtl"),
    "header": _block,
    "hero": by_type({"box": _box, "image": _image, "video": _video}),
    "body": _block,
    "footer": _block,
    "styles": record(dict.fromkeys(_BLOCKS, _block_style)),
    "action": _part_action,
}


def _check_size(report: Report, path: str, value: Any, most: int) -> None:
    """Minified UTF-8 JSON; KB is taken as 1000 bytes, the stricter reading."""
    size = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
    if size > most:
        report.add(path, f"Must be at most {most // 1000} KB of JSON; is {size} bytes")


def _hero_kind(bubble: Any) -> Any:
    hero = bubble.get("hero") if isinstance(bubble, dict) else None
    return hero.get("type") if isinstance(hero, dict) else None


def _bubble(report: Report, path: str, value: Any) -> None:
    check_fields(report, path, value, _BUBBLE)
    if not any(name in value for name in _BLOCKS):
        report.add(path, "At least one block must be specified")
    if _hero_kind(value) == "video" and value.get("size", "mega") not in ("kilo", "mega", "giga"):
        report.add(f"{path}.size", "Must be kilo, mega or giga when the hero is a video")
    _check_size(report, path, value, BUBBLE_BYTES)


_CAROUSEL: Fields = {
    "type": one_of("carousel"),
    "contents": array(by_type({"bubble": _bubble}), least=1, most=BUBBLES),
}


def _carousel(report: Report, path: str, value: Any) -> None:
    check_fields(report, path, value, _CAROUSEL, ("contents",))
    bubbles = value.get("contents")
    if isinstance(bubbles, list):
        sizes = {str(bubble.get("size", "mega")) for bubble in bubbles if isinstance(bubble, dict)}
        if len(sizes) > 1:
            report.add(f"{path}.contents", "All bubbles of a carousel must have the same size")
        for index, bubble in enumerate(bubbles):
            if _hero_kind(bubble) == "video":
                report.add(f"{path}.contents[{index}].hero", "A video is not allowed in a carousel")
    _check_size(report, path, value, CAROUSEL_BYTES)


_container = by_type({"bubble": _bubble, "carousel": _carousel})


def _count_animated(value: Any) -> int:
    if isinstance(value, dict):
        own = 1 if value.get("type") == "image" and value.get("animated") is True else 0
        return own + sum(_count_animated(part) for part in value.values())
    return sum(_count_animated(part) for part in value) if isinstance(value, list) else 0


def flex_contents(report: Report, path: str, value: Any) -> None:
    """The `contents` of a Flex Message: one bubble, or a carousel of them."""
    if not is_object(report, path, value):
        return
    _container(report, path, value)
    if _count_animated(value) > ANIMATED_IMAGES:
        report.add(path, f"At most {ANIMATED_IMAGES} animated images are allowed in one message")
