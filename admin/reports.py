"""What the shop has sold: sums over the days of Taiwan, counted once when a day is over.

An order counts on the day its money came, cash on delivery on the day the customer had the parcel; what went
back is shown beside it, on the day it was written down. So a day that is over never changes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from store.db import Transaction, sql
from store.web import TAIWAN

UNITS = {"day": 30, "week": 12, "month": 12}
"""The periods of a report, and how many of them it shows."""
MOST_ORDERS = 3000
"""Best sellers are counted over so many of the latest orders of a period."""
MOST_CUSTOMERS = 2000
BEST = 10
SETTLED = timedelta(hours=1)
"""How long after midnight a day is over for good: no transaction that began in it is still open."""


@dataclass(frozen=True)
class Span:
    """Consecutive periods by their first days; `since` and `until` (exclusive) are moments in Taiwan."""

    unit: str
    days: tuple[date, ...]
    since: datetime
    until: datetime

    @property
    def last_day(self) -> date:
        """The last day that is shown."""
        return (self.until - timedelta(days=1)).date()


@dataclass(frozen=True)
class Period:
    """One day, week or month: orders sold and their sum, refunds and their sum, in TWD."""

    first_day: date
    orders: int
    amount: int
    refunds: int
    refunded: int


@dataclass(frozen=True)
class Report:
    """All that the page shows. `methods` is (method, orders, TWD), the largest first."""

    span: Span
    periods: tuple[Period, ...]
    methods: tuple[tuple[str, int, int], ...]
    best: tuple[Any, ...]
    conversion: Any
    cases: tuple[Any, ...]

    @property
    def orders(self) -> int:
        """Orders sold in all periods."""
        return sum(period.orders for period in self.periods)

    @property
    def amount(self) -> int:
        """Their sum in TWD."""
        return sum(period.amount for period in self.periods)

    @property
    def refunded(self) -> int:
        """What went back in TWD."""
        return sum(period.refunded for period in self.periods)


def span(unit: str, last: date) -> Span:
    """So many days, weeks (from Monday) or months as a report shows, up to the one with the day `last`."""
    firsts = [_first(unit, last)]
    for _again in range(UNITS[unit] - 1):
        firsts.append(_first(unit, firsts[-1] - timedelta(days=1)))
    days = tuple(reversed(firsts))
    after = _first(unit, days[-1] + timedelta(days={"day": 1, "week": 7, "month": 32}[unit]))
    return Span(unit, days, _midnight(days[0]), _midnight(after))


def read(tx: Transaction, wanted: Span) -> Report:
    """The report of some periods."""
    between = {"since": wanted.since, "until": wanted.until}
    conn = tx.connection
    sales = _sales(tx, wanted, datetime.now(TAIWAN))
    refunds = {row.day: row for row in sql.report_refunds(conn, unit=wanted.unit, **between)}
    best = sql.report_best_sellers(conn, **between, most=MOST_ORDERS, limit=BEST)
    return Report(
        span=wanted,
        periods=tuple(_period(day, sales, refunds.get(day)) for day in wanted.days),
        methods=_methods(sales),
        best=tuple(best),
        conversion=sql.report_conversion(conn, **between, most=MOST_CUSTOMERS),
        cases=tuple(sql.report_cases(conn, **between)),
    )


def _sales(tx: Transaction, wanted: Span, now: datetime) -> list[Any]:
    """The sums by period and payment method; days that are over are counted first, once for ever."""
    today = (now - SETTLED).date()
    closed = _midnight(min(max(today, wanted.since.date()), wanted.until.date()))
    missing = sql.report_days_missing(tx.connection, since=wanted.since.date(), until=closed.date())
    if missing.first:
        since, until = _midnight(missing.first), _midnight(missing.last + timedelta(days=1))
        sql.report_days_count(tx.connection, since=since, until=until)
    rows = sql.report_sales(
        tx.connection, unit=wanted.unit, since_day=wanted.since.date(), closed_day=closed.date(),
        closed=closed, until=wanted.until,
    )  # fmt: skip
    return list(rows)


def _period(day: date, sales: list[Any], back: Any) -> Period:
    sold = [row for row in sales if row.day == day]
    return Period(
        first_day=day,
        orders=sum(row.orders for row in sold),
        amount=sum(row.amount for row in sold),
        refunds=back.refunds if back else 0,
        refunded=back.amount if back else 0,
    )


def _methods(sales: list[Any]) -> tuple[tuple[str, int, int], ...]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in sales:
        sums[row.method][0] += row.orders
        sums[row.method][1] += row.amount
    found = [(method, orders, amount) for method, (orders, amount) in sums.items()]
    return tuple(sorted(found, key=lambda one: -one[2]))


def _first(unit: str, day: date) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TAIWAN)
