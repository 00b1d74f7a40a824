"""The shop's words in the customer's language, and how numbers and times are written.

The texts in the code are those of 繁體中文; another language is a gettext catalogue in `bot/locale`. A
text a catalogue lacks stays as it is, so a half-translated shop still speaks.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from gettext import NullTranslations
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.support import Translations

LOCALE_FOLDER = Path(__file__).resolve().parent / "locale"
TAIPEI = ZoneInfo("Asia/Taipei")
_language: ContextVar[str] = ContextVar("language", default="zh-TW")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak this language (a tag such as `zh-TW` or `en`) inside the block."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def _(text: str) -> str:
    """The text in the language being spoken."""
    return _catalogue(_language.get()).gettext(text)


def money(amount: int) -> str:
    """An amount of TWD: NT$1,680."""
    return f"NT${amount:,}"


def moment(time: datetime) -> str:
    """A point in time as the people of Taiwan read it: 11/23（一）23:59."""
    local = time.astimezone(TAIPEI)
    weekdays = (_("一"), _("二"), _("三"), _("四"), _("五"), _("六"), _("日"))
    return _("{month}/{day}（{weekday}）{clock}").format(
        month=local.month, day=local.day, weekday=weekdays[local.weekday()], clock=f"{local:%H:%M}"
    )


def day(time: datetime) -> str:
    """The day of a point in time in Taiwan: 2026/11/23."""
    local = time.astimezone(TAIPEI)
    return f"{local.year}/{local.month}/{local.day}"


def minutes_until(time: datetime, now: datetime | None = None) -> int:
    """Whole minutes until a time, rounded up, at least one: nobody is told to hurry for zero minutes."""
    seconds = (time - (now or datetime.now(UTC))).total_seconds()
    return max(1, math.ceil(seconds / 60))


@functools.cache
def _catalogue(language: str) -> NullTranslations:
    tag = language.replace("-", "_")
    return Translations.load(LOCALE_FOLDER, [tag, tag.split("_")[0]], domain="messages")
