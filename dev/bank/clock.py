"""The bank's clock: real time plus what tests have advanced it by, written the bank's way in Taiwan time."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

TAIWAN = timezone(timedelta(hours=8))
DAY = 86400.0


class Clock:
    """Tells the time as seconds since 1970 (UTC) and can be moved forward."""

    def __init__(self, advanced: float = 0.0) -> None:
        self.advanced = advanced

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self.advanced

    def advance(self, seconds: float) -> None:
        """Move the bank's clock forward; raises ValueError for a step backwards."""
        if seconds < 0:
            raise ValueError("advance_seconds must not be negative: the bank's clock only moves forward")
        self.advanced += seconds


def taiwan(moment: float) -> datetime:
    """The moment in Taiwan local time."""
    return datetime.fromtimestamp(moment, TAIWAN)


def stamp(moment: float | None) -> str | None:
    """yyyyMMddHHmm in Taiwan time, None for None."""
    return None if moment is None else taiwan(moment).strftime("%Y%m%d%H%M")


def day(moment: float) -> str:
    """yyyyMMdd in Taiwan time."""
    return taiwan(moment).strftime("%Y%m%d")


def read_stamp(text: str) -> float:
    """The moment of a yyyyMMddHHmm text; raises ValueError if it is none."""
    if len(text) != 12 or not (text.isascii() and text.isdigit()):
        raise ValueError(f"not yyyyMMddHHmm: {text!r}")
    return datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=TAIWAN).timestamp()


def read_day(text: str) -> float:
    """The Taiwan midnight at which a yyyyMMdd day begins; raises ValueError if it is none."""
    if len(text) != 8:
        raise ValueError(f"not yyyyMMdd: {text!r}")
    return read_stamp(text + "0000")


def midnight_after(moment: float, days: int) -> float:
    """The Taiwan midnight at the end of the moment's day (days=1), or of a later day."""
    return read_day(day(moment)) + days * DAY
