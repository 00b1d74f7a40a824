"""A finished day of the bank: the bill a provider would send of it, without a provider behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from benchmarks import ages
from payments.provider import Provider, StatementLine
from payments.reconciliation import Comparison, Reconciler
from payments.refunds import Refunder
from payments.settlement import Settlement
from store.db import Database, Transaction

DAY = date(2001, 1, 1)
"""Long before the history begins, so that a bill is as long in a young shop as in an old one."""
LINES = 100


@dataclass(frozen=True)
class _Bank:
    """As much of a provider as a day without differences asks for."""

    lines: list[StatementLine]
    name: str = "sinopac"

    def statement(self, _day: date) -> list[StatementLine]:
        return self.lines


def reconciler(db: Database) -> Reconciler:
    """Whoever compares `DAY` with its bill; the last `LINES` payments of the history are made of it."""

    def bill(tx: Transaction) -> list[Any]:
        return list(ages.sql.bill(tx.connection, day=DAY, lines=LINES))

    lines = [StatementLine(*row) for row in db.transaction(bill)]
    bank = cast(Provider, _Bank(lines))
    return Reconciler(db, bank, Settlement(db, bank, check_after=300), Refunder(db, bank))


def compare(one: Reconciler) -> Comparison:
    """Compare the day; everything is as the bill says, or this raises AssertionError."""
    done = one.compare(DAY)
    if (done.lines, done.settled, done.differences) != (LINES, 0, 0):
        raise AssertionError(f"the day was made to be as billed: {done}")
    return done
