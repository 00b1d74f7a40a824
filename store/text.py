"""Text from outside, made fit for PostgreSQL, which stores neither NUL nor half a surrogate pair."""

from __future__ import annotations

import contextlib
import json
import math
import re
from typing import Any

FORMULA = r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]*[=+\-@＝＋－＠]"
"""The beginning of a text that a spreadsheet would run (OWASP, "CSV Injection"): with the full-width forms,
which Excel takes for the narrow ones, and with the white space and unseen marks that it may skip."""
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with every character that UTF-8 or PostgreSQL cannot hold replaced by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def utf16(text: str) -> int:
    """The length as LINE counts it (Messaging API documentation, "Character counting in a text")."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def storable_json(value: Any) -> str:
    """A JSON text of `value` that a jsonb column takes whatever its strings hold."""
    with contextlib.suppress(ValueError):  # NaN, or half a surrogate pair: UnicodeEncodeError is one too
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
        if "\\u0000" not in text:
            return text
    return json.dumps(_clean(value), ensure_ascii=False, allow_nan=False)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
