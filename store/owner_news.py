"""What the shop's owners are told of in LINE: new orders, what needs attention, low stock, yesterday.

Nothing is hung on the transactions that make the news, for a checkout must be quick: a timer looks, marks
what it finds as told (`owner_news`) and puts the messages, all in one transaction. So a thing is told once
whatever crashes, and many things in a short time are one message, which finds its words when it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from store import handoff, stock
from store.cases import Kind
from store.db import Transaction, sql
from store.queue import outbox
from store.text import storable
from store.web import TAIWAN

JOB = "owner.notice"
"""The kind of the outbox rows; their payload: `what` (a `News`), `customer_id`, and what it is about."""
LOOK_SECONDS = 60
STOCK_SECONDS = 300
"""How often `look` and `look_at_stock` are worth calling."""
GATHER_SECONDS = {"order": 300.0, "case": 300.0, "low_stock": 1800.0}
"""The first news goes out at once; what follows within this time is gathered into one message."""
MORNING = range(9, 12)
"""The hours of Taiwan in which the summary of yesterday is sent; a day without a worker in them has none."""
MOST = 100
"""So many things a message knows by their ids; it shows a few and counts the rest."""
LOOKED_BACK_DAYS = 30
FORGOTTEN_DAYS = LOOKED_BACK_DAYS + 10
FORGOTTEN_AT_ONCE = 1000


class News(StrEnum):
    """What there is to tell; each kind can be switched off."""

    ORDER = "order"  # paid, or placed with cash on delivery
    CASE = "case"  # something needs attention
    LOW_STOCK = "low_stock"  # a SKU has fallen to `stock.LOW` or under it
    DAILY = "daily"  # yesterday


@dataclass(frozen=True)
class Day:
    """A day of Taiwan: orders that came to be shipped, what was sold in TWD; and what waits now."""

    orders: int
    revenue: int
    to_ship: int
    cases: int
    low_stock: int

    @property
    def quiet(self) -> bool:
        """Whether it is not worth a message: nothing was sold and nothing waits for anybody."""
        return not (self.orders or self.revenue or self.to_ship or self.cases)


@dataclass(frozen=True)
class Friend:
    """An owner as the shop knows them at LINE: `reachable` is None while they never turned up there."""

    line_user_id: str
    name: str
    reachable: bool | None


def look(tx: Transaction, owners: Sequence[str], now: datetime | None = None) -> int:
    """Have the owners (LINE user ids) told of new orders and cases and, in the morning, of yesterday.

    How many messages were put. What is found while nobody wants to know is no news later.
    """
    now = now or datetime.now(UTC)
    kinds = _lock(tx, now)
    put = 0
    span = {"now": now, "days": LOOKED_BACK_DAYS, "most": MOST}
    if _is_due(kinds, News.ORDER):
        put += _tell(tx, kinds, News.ORDER, owners, now, sql.owner_news_orders(tx.connection, **span))
    if _is_due(kinds, News.CASE):
        put += _tell(tx, kinds, News.CASE, owners, now, sql.owner_news_cases(tx.connection, **span))
    if now.astimezone(TAIWAN).hour in MORNING and not kinds[News.DAILY].today:
        put += _tell_of_yesterday(tx, kinds, owners, now)
    return put


def look_at_stock(tx: Transaction, owners: Sequence[str], now: datetime | None = None) -> int:
    """Have the owners told of the SKUs that have fallen to the low-stock threshold; how many messages."""
    now = now or datetime.now(UTC)
    kinds = _lock(tx, now)
    sql.owner_news_risen(tx.connection, threshold=stock.LOW)
    if not _is_due(kinds, News.LOW_STOCK):
        return 0
    found = sql.owner_news_low_stock(tx.connection, now=now, threshold=stock.LOW, most=MOST)
    return _tell(tx, kinds, News.LOW_STOCK, owners, now, found)


def forget_old(tx: Transaction) -> int:
    """Forget what is too old to be looked at, `FORGOTTEN_AT_ONCE` at most; how much. A job for every day."""
    return int(sql.owner_news_forget(tx.connection, days=FORGOTTEN_DAYS, limit=FORGOTTEN_AT_ONCE))


def to_tell_at_once(
    tx: Transaction, owners: Sequence[str], kind: Kind, reference: str
) -> list[handoff.Owner]:
    """Who is to be told of this open case right now, by who knows more of it; it is no news later."""
    sql.owner_news_know_case(tx.connection, kind=kind, reference=reference)
    return handoff.owners(tx, owners) if switches(tx)[News.CASE] else []


def switches(tx: Transaction) -> dict[News, bool]:
    """Which kinds are wanted, in the order of `News`."""
    wanted = {row.kind: row.wanted for row in sql.owner_notices_list(tx.connection)}
    return {kind: wanted[kind] for kind in News}


def switch(tx: Transaction, kind: News, wanted: bool) -> bool:
    """Switch a kind on or off for the whole shop; whether that changed anything."""
    return bool(sql.owner_notice_switch(tx.connection, kind=kind, wanted=wanted))


def friends(tx: Transaction, owners: Sequence[str]) -> list[Friend]:
    """The owners (LINE user ids), and whether each can be told."""
    rows = sql.owner_friends(tx.connection, line_user_ids=[storable(owner) for owner in owners])
    known = {row.line_user_id: row for row in rows}
    return [
        Friend(owner, known[owner].display_name, known[owner].friend)
        if owner in known
        else Friend(owner, "", None)
        for owner in owners
    ]


def day(tx: Transaction, which: date) -> Day:
    """A day of Taiwan in numbers."""
    since = datetime.combine(which, time(), TAIWAN)
    until = since + timedelta(days=1)
    return Day(*sql.owner_day(tx.connection, since=since, until=until, threshold=stock.LOW))


def orders(tx: Transaction, ids: Sequence[int]) -> list[Any]:
    """Orders by id for the message about them, newest first: `id`, `code`, `total` (TWD), `payment_method`,
    `delivery_method`, `name` of the first line, `pieces`. What was given up meanwhile is left out."""
    return list(sql.owner_orders(tx.connection, ids=list(ids)))


def cases(tx: Transaction, ids: Sequence[int]) -> list[Any]:
    """Cases by id that are still open, newest first: `id`, `kind`; `order_id`, `code`, `total` or None."""
    return list(sql.owner_cases(tx.connection, ids=list(ids)))


def low_stock(tx: Transaction, ids: Sequence[int]) -> list[Any]:
    """SKUs by id that are still scarce, scarcest first: `id`, `product_id`, `name`, `option`, `stock`."""
    return list(sql.owner_low_stock(tx.connection, ids=list(ids), threshold=stock.LOW))


def _lock(tx: Transaction, now: datetime) -> dict[str, Any]:
    return {row.kind: row for row in sql.owner_notices_lock(tx.connection, now=now)}


def _is_due(kinds: dict[str, Any], kind: News) -> bool:
    return kinds[kind].age is None or kinds[kind].age >= GATHER_SECONDS[kind]


def _tell(
    tx: Transaction, kinds: dict[str, Any], kind: News, owners: Sequence[str], now: datetime, found: Any
) -> int:
    if not found.count:
        return 0
    sql.owner_notice_told(tx.connection, kind=kind, now=now)
    return _put(tx, owners, kind, found._asdict()) if kinds[kind].wanted else 0


def _tell_of_yesterday(tx: Transaction, kinds: dict[str, Any], owners: Sequence[str], now: datetime) -> int:
    sql.owner_notice_told(tx.connection, kind=News.DAILY, now=now)
    yesterday = (now.astimezone(TAIWAN) - timedelta(days=1)).date()
    if not kinds[News.DAILY].wanted or day(tx, yesterday).quiet:
        return 0
    return _put(tx, owners, News.DAILY, {"day": yesterday.isoformat()})


def _put(tx: Transaction, owners: Sequence[str], kind: News, about: dict[str, Any]) -> int:
    """One message for each owner, in the lane of the customer they are too."""
    told = handoff.owners(tx, owners)
    for owner in told:
        payload = {"what": kind, "customer_id": owner.id, **about}
        outbox.put(tx, JOB, payload, lane=f"customer:{owner.id}")
    return len(told)
