"""Numbers and choices in forms, read strictly: what cannot be read is named, and nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from flask import request

from admin import labels
from admin.errors import BadInput
from admin.frame import field
from admin.words import _
from store.web import TAIWAN

_DIGITS = 20


def whole(name: str, *, least: int = 0, most: int) -> int:
    """A whole number of the form; raises `BadInput` naming field and rule."""
    number = optional_whole(name, least=least, most=most)
    if number is None:
        raise BadInput(_("請填寫「{name}」。").format(name=labels.field(name)))
    return number


def optional_whole(name: str, *, least: int = 0, most: int) -> int | None:
    """A whole number of the form, or None where the field is empty; raises `BadInput`."""
    text = field(name, _DIGITS).replace(",", "")
    if not text:
        return None
    sentence = _("「{name}」要是 {least} 到 {most} 的整數。")
    fault = BadInput(sentence.format(name=labels.field(name), least=least, most=most))
    digits = text.removeprefix("-") if least < 0 else text
    if not (digits.isascii() and digits.isdigit()):
        raise fault
    number = int(text)
    if not least <= number <= most:
        raise fault
    return number


def one_of(name: str, choices: Sequence[str]) -> str:
    """One of the known words; raises `BadInput`."""
    value = request.form.get(name, "")
    if value not in choices:
        raise BadInput(_("請選擇「{name}」。").format(name=labels.field(name)))
    return value


def required(name: str, longest: int) -> str:
    """A text that must be there; raises `BadInput`."""
    value = field(name, longest)
    if not value:
        raise BadInput(_("請填寫「{name}」。").format(name=labels.field(name)))
    return value


def day(name: str) -> datetime | None:
    """Midnight in Taiwan at the beginning of a day of the form, or None; raises `BadInput`."""
    text = field(name, _DIGITS)
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if not 2000 <= found.year <= 2999:
        raise BadInput(_("「{name}」不是日期。").format(name=labels.field(name)))
    return datetime.combine(found, time(), TAIWAN)


def page_before(text: str) -> int | None:
    """Where a list goes on, from its address; anything else is its beginning."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
