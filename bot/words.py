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
from datetime import UTC, date, datetime
from gettext import NullTranslations
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.support import Translations

LOCALE_FOLDER = Path(__file__).resolve().parent / "locale"
TAIPEI = ZoneInfo("Asia/Taipei")
SOURCE = "zh-TW"
"""The language of the texts in the code."""
FOREIGN = "en"
"""What is spoken to those in whose language there is no catalogue, where that is not a kind of Chinese."""
_language: ContextVar[str] = ContextVar("language", default=SOURCE)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak this language (a tag such as `zh-TW` or `en`) inside the block."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def spoken() -> str:
    """The language being spoken."""
    return _language.get()


def languages() -> tuple[str, ...]:
    """The languages there are words for: the one of the code, and one per catalogue."""
    return _languages(LOCALE_FOLDER)


def own_name(language: str) -> str:
    """What those who speak a language call it: 繁體中文, English."""
    if language == SOURCE:
        return "繁體中文"
    name = Locale.parse(language, sep="-").get_language_name() or language
    return name[:1].upper() + name[1:]


def closest(tag: str) -> str:
    """The language to speak to somebody whose LINE speaks `tag` (a BCP 47 tag such as `en-US`)."""
    there = {language.casefold(): language for language in languages()}
    wanted = tag.replace("_", "-").casefold()
    base = wanted.split("-")[0]
    if wanted in there or base in there:
        return there.get(wanted) or there[base]
    return SOURCE if base == "zh" else FOREIGN


def _(text: str) -> str:
    """The text in the language being spoken."""
    return _catalogue(LOCALE_FOLDER, _language.get()).gettext(text)


def plural(text: str, count: int) -> str:
    """The text in the form that goes with so many of something; `{count}` in it becomes the number.

    Chinese has one form, so the code writes one; a catalogue has as many as its language.
    """
    words = _catalogue(LOCALE_FOLDER, _language.get()).ngettext(text, text, count)
    return words.replace("{count}", f"{count:,}")


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
    return _("{year}/{month}/{day}").format(year=local.year, month=local.month, day=local.day)


def weekday(which: date) -> str:
    """A day of Taiwan with its weekday: 11/23（一）."""
    weekdays = (_("一"), _("二"), _("三"), _("四"), _("五"), _("六"), _("日"))
    return _("{month}/{day}（{weekday}）").format(
        month=which.month, day=which.day, weekday=weekdays[which.weekday()]
    )


def minutes_until(time: datetime, now: datetime | None = None) -> int:
    """Whole minutes until a time, rounded up, at least one: nobody is told to hurry for zero minutes."""
    seconds = (time - (now or datetime.now(UTC))).total_seconds()
    return max(1, math.ceil(seconds / 60))


@functools.cache
def _languages(folder: Path) -> tuple[str, ...]:
    catalogues = folder.glob("*/LC_MESSAGES/messages.mo")
    return (SOURCE, *sorted(path.parent.parent.name.replace("_", "-") for path in catalogues))


@functools.cache
def _catalogue(folder: Path, language: str) -> NullTranslations:
    tag = language.replace("-", "_")
    return Translations.load(folder, [tag, tag.split("_")[0]], domain="messages")
