"""The console's two languages: texts are written in Chinese, `english.py` holds them in English."""

from __future__ import annotations

from flask import g, has_request_context

from admin.english import ENGLISH, PLACES


def language() -> str:
    """The reader's language: `zh-TW` or `en`."""
    return str(g.get("language", "zh-TW")) if has_request_context() else "zh-TW"


def _(text: str) -> str:
    """The text in the reader's language; Chinese where nobody has put it into English."""
    return ENGLISH.get(text, text) if language() == "en" else text


def place(text: str) -> str:
    """The name of a place that shows many of what `_` names one of: English tells them apart."""
    return PLACES.get(text, text) if language() == "en" else text
