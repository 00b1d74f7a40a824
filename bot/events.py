"""What LINE tells us, read tolerantly from the stored webhook event.

LINE adds event types, properties and values without notice (Messaging API documentation, "Development
guidelines"), so whatever cannot be understood becomes `Other` and keeps what could be read of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

_TIME_LIMIT = 10**14  # milliseconds; the year 5138

SourceKind = Literal["user", "group", "room", "none"]
_SOURCE_IDS: Mapping[str, tuple[SourceKind, str]] = {
    "user": ("user", "userId"),
    "group": ("group", "groupId"),
    "room": ("room", "roomId"),
}


@dataclass(frozen=True)
class Text:
    """Typed words. `mentions_bot` is only ever true in groups."""

    text: str
    message_id: str = ""
    quoted_message_id: str | None = None
    mentions_bot: bool = False


@dataclass(frozen=True)
class Postback:
    """A tapped button. `params` is what a date picker or a rich menu switch adds."""

    data: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Follow:
    """Added the account as a friend, or unblocked it (which LINE does not always know)."""

    unblocked: bool = False


@dataclass(frozen=True)
class Unfollow:
    """Blocked the account."""


@dataclass(frozen=True)
class Unsend:
    """Took a message back; what is stored of it is to be forgotten."""

    message_id: str


@dataclass(frozen=True)
class Join:
    """The account was invited into a group or room."""


@dataclass(frozen=True)
class Leave:
    """The account was removed from a group or room."""


@dataclass(frozen=True)
class Other:
    """Anything else. `is_message` tells a sticker, image, file or location, which a person sent and expects
    an answer to, from an event nobody waits for; `kind` is LINE's word for either."""

    kind: str
    is_message: bool = False


What = Text | Postback | Follow | Unfollow | Unsend | Join | Leave | Other


@dataclass(frozen=True)
class Incoming:
    """One event. `source_id` is the user's, group's or room's id; `at` (UTC) is when it happened, not when
    it was delivered; in `standby` another channel has the chat and nothing may be sent. `read_token` marks a
    message as read; LINE gives one where the account's Chat is on."""

    event_id: str
    user_id: str | None
    source_kind: SourceKind
    source_id: str
    standby: bool
    redelivery: bool
    at: datetime | None
    reply_token: str | None
    what: What
    read_token: str | None = None


def parse(payload: Any) -> Incoming:
    """Read a stored event; any JSON value whatever gives an `Incoming` and no exception."""
    event = _object(payload)
    source = _object(event.get("source"))
    source_kind, id_name = _SOURCE_IDS.get(_text(source.get("type")), ("none", ""))
    return Incoming(
        event_id=_text(event.get("webhookEventId")),
        user_id=_text(source.get("userId")) or None,
        source_kind=source_kind,
        source_id=_text(source.get(id_name)),
        standby=event.get("mode") == "standby",
        redelivery=_object(event.get("deliveryContext")).get("isRedelivery") is True,
        at=_time(event.get("timestamp")),
        reply_token=_text(event.get("replyToken")) or None,
        what=_what(event),
        read_token=_text(_object(event.get("message")).get("markAsReadToken")) or None,
    )


def _what(event: Mapping[str, Any]) -> What:
    kind = _text(event.get("type"))
    read = _READERS.get(kind)
    return (read(_object(event.get(kind))) if read else None) or Other(kind or "unknown")


def _message(message: Mapping[str, Any]) -> What | None:
    kind = _text(message.get("type"))
    text = message.get("text")
    if kind != "text" or not isinstance(text, str):
        return Other(kind or "unknown", is_message=True)
    mentioned = _object(message.get("mention")).get("mentionees")
    return Text(
        text,
        message_id=_text(message.get("id")),
        quoted_message_id=_text(message.get("quotedMessageId")) or None,
        mentions_bot=isinstance(mentioned, list)
        and any(_object(person).get("isSelf") is True for person in mentioned),
    )


def _postback(postback: Mapping[str, Any]) -> What | None:
    data = postback.get("data")
    if not isinstance(data, str):
        return None
    params = _object(postback.get("params"))
    return Postback(data, {name: value for name, value in params.items() if isinstance(value, str)})


_READERS: Mapping[str, Callable[[Mapping[str, Any]], What | None]] = {
    "message": _message,
    "postback": _postback,
    "follow": lambda follow: Follow(unblocked=follow.get("isUnblocked") is True),
    "unfollow": lambda _: Unfollow(),
    "unsend": lambda unsend: Unsend(_text(unsend.get("messageId"))),
    "join": lambda _: Join(),
    "leave": lambda _: Leave(),
}


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _time(milliseconds: Any) -> datetime | None:
    """A moment of LINE's, unless it lies outside the years that anything of ours happens in."""
    if not isinstance(milliseconds, int | float) or not 0 <= milliseconds < _TIME_LIMIT:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
