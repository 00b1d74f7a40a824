"""What the buttons of our messages say when they are tapped: postback data.

A button lives as long as the chat, and anybody who saw it can send its data again. So data carry ids and
a version, never a price, and reading them never fails: what cannot be read is an old card.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

VERSION = "1"
LIMIT = 300
"""Characters of postback data (LINE Messaging API reference, "Postback action")."""
_FIELDS = 12
_RESERVED = re.compile(r"[%&=+;#\s\x00-\x20\x7f]")


@dataclass(frozen=True)
class Action:
    """A tap that was understood: the name of the action and its parameters."""

    name: str
    values: Mapping[str, str] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """A parameter, or an empty string."""
        return self.values.get(key, "")

    def number(self, key: str) -> int:
        """A parameter that is an id, an offset or a count; 0, which names nothing, when it is none."""
        value = self.text(key)
        return int(value) if re.fullmatch(r"[0-9]{1,15}", value, re.ASCII) else 0


def encode(name: str, **values: str | int) -> str:
    """Postback data for an action. Raises ValueError when they are longer than LINE takes."""
    pairs = {"v": VERSION, "a": name, **values}
    data = "&".join(f"{key}={_quote(str(value))}" for key, value in pairs.items())
    if not fits(data):
        raise ValueError(f"the data of action {name!r} are longer than {LIMIT} characters")
    return data


def fits(data: str) -> bool:
    """Whether LINE takes the data, counted in UTF-16 units as LINE counts."""
    return len(data.encode("utf-16-le", "surrogatepass")) <= 2 * LIMIT


def parse(data: str) -> Action | None:
    """The action of postback data, or None for anything unknown, damaged or of another version."""
    try:
        values = dict(parse_qsl(data, keep_blank_values=True, max_num_fields=_FIELDS))
    except ValueError:
        return None
    if values.pop("v", "") != VERSION or not values.get("a"):
        return None
    return Action(values.pop("a"), values)


def _quote(text: str) -> str:
    """Escape what separates fields and nothing else: Chinese stays one character, not nine."""
    return _RESERVED.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), text)
