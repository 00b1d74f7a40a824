"""Message objects: everything a bot can put into a reply or a push.

Source: LINE Messaging API reference, "Message objects" and "Common properties for messages".
"""

from __future__ import annotations

import re
from typing import Any

from dev.line.validate.actions import QUICK_REPLY, action
from dev.line.validate.flex import flex_contents
from dev.line.validate.rules import (
    Check,
    Fields,
    Problem,
    Report,
    array,
    by_type,
    check_fields,
    https_url,
    integer,
    is_object,
    matching,
    number,
    one_of,
    record,
    string,
)
from dev.line.validate.templates import IMAGEMAP, template

MESSAGES = 5
TEXT = 5000
ALT_TEXT = 1500
QUICK_REPLIES = 13

_quick_reply = record(
    {
        "items": array(
            record(
                {"type": one_of("action"), "imageUrl": https_url(), "action": action(QUICK_REPLY)},
                ("type", "action"),
            ),
            least=1,
            most=QUICK_REPLIES,
        )
    },
    ("items",),
)


def _sender_name(report: Report, path: str, value: Any) -> None:
    string(20)(report, path, value)
    if isinstance(value, str) and "LINE" in value:
        report.add(path, "May not contain the word LINE")


_sender = record({"name": _sender_name, "iconUrl": https_url()})
_COMMON: Fields = {"quickReply": _quick_reply, "sender": _sender}
_alt_text = string(ALT_TEXT)
_identifier = matching(r"[0-9]+", "Must be a number written as a string")
_emoji = record(
    {"index": integer(0), "productId": string(), "emojiId": string()}, ("index", "productId", "emojiId")
)
_mention_target = by_type(
    {
        "user": record({"type": one_of("user"), "userId": string()}, ("userId",)),
        "all": record({"type": one_of("all")}),
    }
)
_substitution = by_type(
    {
        "mention": record({"type": one_of("mention"), "mentionee": _mention_target}, ("mentionee",)),
        "emoji": record(
            {"type": one_of("emoji"), "productId": string(), "emojiId": string()}, ("productId", "emojiId")
        ),
    }
)


def _substitutions(report: Report, path: str, value: Any) -> None:
    if not is_object(report, path, value):
        return
    if len(value) > 100:
        report.add(path, "Size must be at most 100")
    for name, content in value.items():
        if re.fullmatch(r"[A-Za-z0-9_]{1,20}", name) is None:
            report.add(f"{path}.{name}", "A key must be 1 to 20 of A-Z, a-z, 0-9 and _")
        _substitution(report, f"{path}.{name}", content)
    kinds = [content.get("type") for content in value.values() if isinstance(content, dict)]
    for kind in ("mention", "emoji"):
        if kinds.count(kind) > 20:
            report.add(path, f"At most 20 {kind} objects are allowed")


def _message(kind: str, fields: Fields, required: tuple[str, ...]) -> Check:
    return record({"type": one_of(kind), **_COMMON, **fields}, required)


_TEXT_FIELDS: Fields = {
    "type": one_of("text"),
    **_COMMON,
    "text": string(TEXT),
    "emojis": array(_emoji, most=20),
    "quoteToken": string(),
}


def _text(report: Report, path: str, value: Any) -> None:
    check_fields(report, path, value, _TEXT_FIELDS, ("text",))
    emojis, text = value.get("emojis"), value.get("text")
    if not isinstance(emojis, list) or not isinstance(text, str):
        return
    units = text.encode("utf-16-le", "surrogatepass")
    for position, emoji in enumerate(emojis):
        index = emoji.get("index") if isinstance(emoji, dict) else None
        if isinstance(index, int) and index >= 0 and units[2 * index : 2 * index + 2] != b"$\x00":
            report.add(f"{path}.emojis[{position}].index", "Must be the position of a $ in the text")


_TEXT_V2_FIELDS: Fields = {
    "type": one_of("textV2"),
    **_COMMON,
    "text": string(TEXT),
    "substitution": _substitutions,
    "quoteToken": string(),
}
_BRACED = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def _text_v2(report: Report, path: str, value: Any) -> None:
    check_fields(report, path, value, _TEXT_V2_FIELDS, ("text",))
    text, substitution = value.get("text"), value.get("substitution", {})
    if not isinstance(text, str) or not isinstance(substitution, dict):
        return
    for found in _BRACED.finditer(text):
        if found[0] in ("{{", "}}"):
            continue
        if found[1] is None:
            report.add(f"{path}.text", "A single brace must be written twice")
        elif found[1] not in substitution:
            report.add(f"{path}.text", f"No substitution is given for {{{found[1]}}}")


_KINDS: dict[str, Check] = {
    "text": _text,
    "textV2": _text_v2,
    "sticker": _message(
        "sticker",
        {"packageId": _identifier, "stickerId": _identifier, "quoteToken": string()},
        ("packageId", "stickerId"),
    ),
    "image": _message(
        "image",
        {"originalContentUrl": https_url(), "previewImageUrl": https_url()},
        ("originalContentUrl", "previewImageUrl"),
    ),
    "video": _message(
        "video",
        {"originalContentUrl": https_url(), "previewImageUrl": https_url(), "trackingId": string(100)},
        ("originalContentUrl", "previewImageUrl"),
    ),
    "audio": _message(
        "audio",
        {"originalContentUrl": https_url(), "duration": integer(1)},
        ("originalContentUrl", "duration"),
    ),
    "location": _message(
        "location",
        {
            "title": string(100),
            "address": string(100),
            "latitude": number(-90, 90),
            "longitude": number(-180, 180),
        },
        ("title", "address", "latitude", "longitude"),
    ),
    "imagemap": _message(
        "imagemap", {"altText": _alt_text, **IMAGEMAP}, ("altText", "baseUrl", "baseSize", "actions")
    ),
    "template": _message("template", {"altText": _alt_text, "template": template}, ("altText", "template")),
    "flex": _message("flex", {"altText": _alt_text, "contents": flex_contents}, ("altText", "contents")),
    "coupon": _message("coupon", {"couponId": string(), "deliveryTag": string(30)}, ("couponId",)),
}
_messages = array(by_type(_KINDS), least=1, most=MESSAGES)


def validate_messages(messages: Any, allow_http_loopback: bool = False) -> list[Problem]:
    """Everything LINE would refuse in the `messages` of one request; empty when all is well.

    `allow_http_loopback` lets http://127.0.0.1 and http://localhost stand for https, which the real LINE
    refuses: pictures of a shop on a developer's own machine have no certificate.
    """
    report = Report(allow_http_loopback)
    _messages(report, "messages", messages)
    return report.problems
