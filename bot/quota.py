"""The messages the account may push this month, and who may have the last of them.

LINE counts a push once, whatever it holds; replies cost nothing (Messaging API documentation, "Pricing").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

import structlog

from bot.errors import LineError
from bot.line_api import LineApi
from store import broadcasts
from store.db import Database, Transaction, sql

log = structlog.get_logger(__name__)

RESERVE = 20
"""Messages of a month that are kept for news of money, where no setting says otherwise."""
READ_SECONDS = 300.0
"""How often LINE is asked how many are left, while there is anything to push."""
REFUSED_SECONDS = 300.0
"""How long nothing is pushed after LINE has refused a push for lack of quota."""


class Rank(IntEnum):
    """How much a push is worth; its number says how many reserves it leaves untouched."""

    MONEY = 0  # paid, refunded, money that came late: may have the very last message
    PARCEL = 1  # shipped
    ORDER = 2  # a way to pay is ready, the order has ended
    ANSWER = 3  # somebody asked, and the reply token died before the answer was sent
    OWNER = 4  # the shop's own people: an order, something that needs attention; the console shows it too
    REMINDER = 5  # nice to know
    BROADCAST = broadcasts.RANK  # advertising, for whoever wants it


@dataclass(frozen=True)
class Standing:
    """What is known of this month: `monthly` messages (None: no limit), `used` of them, as of `read_at`.

    `read_at` is None while LINE has not been asked; `refused_at` is when LINE last refused a push for
    lack of quota. Times in UTC.
    """

    monthly: int | None
    used: int
    read_at: datetime | None
    refused_at: datetime | None

    @property
    def left(self) -> int | None:
        """How many pushes are left; None when there is no limit or nothing is known."""
        return None if self.monthly is None else max(0, self.monthly - self.used)


class Quota:
    """This month's messages, for all processes: kept in the database, corrected by LINE's own count."""

    def __init__(self, db: Database, api: LineApi, reserve: int = RESERVE) -> None:
        self._db, self._api, self.reserve = db, api, reserve

    def refresh(self) -> None:
        """Ask LINE how things stand, if it is time; what cannot be learnt now is learnt next time."""
        if not self._db.transaction(
            lambda tx: sql.quota_claim_reading(tx.connection, every_seconds=READ_SECONDS)
        ):
            return
        try:
            monthly, used = self._api.quota(), self._api.quota_used()
        except LineError as error:
            log.warning("line_quota_not_read", error=type(error).__name__)
            return
        log.info("line_quota", monthly=monthly, used=used)
        self._db.transaction(lambda tx: sql.quota_store(tx.connection, monthly=monthly, used=used))

    def take(self, tx: Transaction, rank: Rank, count: int = 1) -> bool:
        """Count messages of this rank; False when what is left is kept for worthier ones."""
        spare = self.reserve * rank
        taken = sql.quota_take(tx.connection, count=count, spare=spare, pause_seconds=REFUSED_SECONDS)
        return bool(taken)

    def refused(self) -> None:
        """LINE says that nothing is left: hold back all pushes for a while, and ask it before the next."""
        self._db.transaction(lambda tx: sql.quota_refused(tx.connection))


def standing(tx: Transaction) -> Standing:
    """This month's messages as far as they are known, for whoever shows them."""
    return Standing(*sql.quota_now(tx.connection))
