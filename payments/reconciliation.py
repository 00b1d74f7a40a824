"""The bank's books against the shop's: what nobody reported is asked, and a finished day is compared line by
line. What cannot be put right by asking is a case with both sides' figures, opened once."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import structlog

from payments.books import charge_of
from payments.provider import TAIPEI, Progress, Provider, RefundProgress, Refused, Standing, StatementLine
from payments.records import Payment
from payments.refunds import Refunder
from payments.settlement import Settlement
from payments.teller import Doubt, Teller
from store import cases, orders, refunds
from store.db import Database, Transaction, sql
from store.queue import outbox
from store.queue.policy import Later
from store.text import storable_json

log = structlog.get_logger(__name__)
Conclude = Callable[[Transaction], str]

DAILY_AT = time(10, 0, tzinfo=TAIPEI)
"""When a finished day is compared; by then the bank has closed it."""
OLDEST_DAYS = 30
"""How far back the bank tells of a day (豐收款 API 開發規格書 V2.4, 8.7)."""
SWEPT = 200
"""How many forgotten things of a kind one sweep takes up."""

Side = Counter[int]
Key = tuple[str, bool]
"""Our number at the provider, and whether it is about money that went back."""


@dataclass(frozen=True)
class Difference:
    """Where the two books differ: for one attempt and direction, the amounts (TWD) each side has."""

    order_no: str
    refund: bool
    bank: Side
    shop: Side
    lines: tuple[StatementLine, ...]

    @property
    def only_ours(self) -> bool:
        """Whether the bank's day lacks what we have, and has nothing we lack."""
        return not self.bank - self.shop


@dataclass(frozen=True)
class Comparison:
    """A compared day: lines of the bill, what was put right by asking, and what is left for a human."""

    day: date
    lines: int
    settled: int
    differences: int

    def __str__(self) -> str:
        return f"{self.day}: {self.lines} lines, {self.settled} put right, {self.differences} differ"


class Reconciler:
    """Compares. `daily` is the handler of the outbox job that does so every day."""

    def __init__(self, db: Database, provider: Provider, settlement: Settlement, refunder: Refunder) -> None:
        self._db, self._provider = db, provider
        self._settlement, self._refunder = settlement, refunder
        self._books, self._teller = settlement.books, Teller(db, provider)

    def daily(self, job: outbox.Job) -> Conclude:
        """Job `reconcile.daily`: compare the day it names, and the next one when that is over. Days that were
        missed are caught up with, as far back as the bank tells."""
        day = max(date.fromisoformat(job.payload["day"]), today() - timedelta(days=OLDEST_DAYS))
        done = self.compare(day)

        def conclude(tx: Transaction) -> str:
            schedule(tx, day + timedelta(days=1))
            return str(done)

        return conclude

    def ask_undecided(self) -> Counter[str]:
        """Ask about every payment and refund whose end is open; how often which outcome was heard."""
        heard: Counter[str] = Counter()
        name = self._provider.name
        rows = self._db.transaction(lambda tx: list(sql.payments_undecided(tx.connection, provider=name)))
        for payment in [Payment(*row) for row in rows]:
            heard[self._hear(functools.partial(self._settlement.hear, payment))] += 1
        waiting = self._db.transaction(lambda tx: list(sql.refunds_open(tx.connection, provider=name)))
        for row in waiting:
            heard[self._hear(functools.partial(self._refunder.follow, row.id))] += 1
        return heard

    def _hear(self, ask: Callable[[], Conclude]) -> str:
        try:
            return self._db.transaction(ask()) or "still undecided"
        except Later as error:
            log.warning("undecided_not_heard", reason=str(error))
            return "not heard"

    def compare(self, day: date) -> Comparison:
        """Compare a finished Taiwanese day with the bank's bill. Raises `Later` when the bank cannot tell."""
        with self._teller.patience():
            try:
                lines = self._provider.statement(day)
            except Refused as error:
                raise Later(str(error)) from error
        found = self._differences(day, lines)
        explained = {(one.order_no, one.refund) for one in found if self._put_right(day, one)}
        left = [
            one for one in self._differences(day, lines) if (one.order_no, one.refund) not in explained
        ] if found else []  # fmt: skip
        for one in left:
            self._db.transaction(functools.partial(self._open_case, day, one))
        return Comparison(day, len(lines), len(found) - len(left), len(left))

    def _differences(self, day: date, lines: list[StatementLine]) -> list[Difference]:
        """Lines of the bill that are not on record, on whichever day, and money of the day the bill lacks."""
        since = datetime.combine(day, time(), TAIPEI)
        name = self._provider.name

        def read(tx: Transaction) -> tuple[list[Any], list[Any]]:
            numbers = sorted({line.order_no for line in lines})
            of_day = sql.moves_between(
                tx.connection, provider=name, since=since, until=since + timedelta(days=1)
            )
            return list(of_day), list(sql.moves_of_order_nos(tx.connection, provider=name, order_nos=numbers))

        of_day, of_lines = self._db.transaction(read)
        bank = _sides((line.order_no, line.refund, line.amount) for line in lines)
        shop = _sides((row.provider_order_no, row.refund, row.amount) for row in of_lines)
        ours = _sides((row.provider_order_no, row.refund, row.amount) for row in of_day)
        found = []
        for key in sorted(bank.keys() | ours.keys()):
            told, known = bank.get(key, Side()), shop.get(key, Side()) | ours.get(key, Side())
            if told - known or ours.get(key, Side()) - told:
                about = tuple(line for line in lines if (line.order_no, line.refund) == key)
                found.append(Difference(*key, told, known, about))
        return found

    def _put_right(self, day: date, difference: Difference) -> bool:
        """Whether asking explains a difference, or settles it. What was settled is compared again."""
        payment = self._db.transaction(lambda tx: self._payment(tx, difference.order_no))
        if payment is None:
            return False
        if difference.only_ours:
            return self._explained(day, payment, difference)
        if difference.refund:
            for refund in self._db.transaction(lambda tx: refunds.of_payment(tx, payment.id)):
                if refund.status in ("sending", "accepted"):
                    self._db.transaction(self._refunder.follow(refund.id))
        elif not difference.shop:
            charge = charge_of(difference.lines[0])
            self._db.transaction(lambda tx: self._books.paid(tx, payment, charge))
        return False

    def _explained(self, day: date, payment: Payment, difference: Difference) -> bool:
        """Whether money the bill lacks is sound all the same: it is billed on another day, or will be."""
        try:
            standing = self._teller.ask(payment)
        except Doubt:
            return False
        if standing is None:
            return False
        if standing.progress is Progress.WITHDRAWN:
            self._db.transaction(lambda tx: self._books.withdrawn(tx, payment, standing.reference))
            return True
        if difference.refund:
            return _refunded_on_another_day(day, standing, difference.shop)
        if standing.progress is Progress.AUTHORISED:
            job = {"payment_id": payment.id}
            self._db.transaction(lambda tx: outbox.put(tx, "payment.capture", job, order_id=payment.order_id))
            return True
        return standing.progress is Progress.PAID and not _is_on(day, standing.moved_at)

    def _payment(self, tx: Transaction, order_no: str) -> Payment | None:
        row = sql.payment_by_order_no(tx.connection, provider=self._provider.name, provider_order_no=order_no)
        return Payment(*row) if row else None

    def _open_case(self, day: date, difference: Difference, tx: Transaction) -> None:
        payment = self._payment(tx, difference.order_no)
        order_id = payment.order_id if payment else None
        what = "refund" if difference.refund else "receipt"
        kind, reference = cases.Kind.BANK_DISAGREES, f"{day} {what} {difference.order_no}"
        if sql.case_was_opened(tx.connection, kind=kind, reference=reference):
            return
        facts = {
            "why": f"the bill of {day} differs: {what}",
            "bank": sum(difference.bank.elements()),
            "shop": sum(difference.shop.elements()),
            "order_no": difference.order_no,
        }
        if order_id is not None:
            orders.record(tx, order_id, "bank", "bank_disagrees", facts)
        cases.open_case(tx, kind, order_id, reference, facts)


def _sides(moves: Iterable[tuple[str, bool, int]]) -> dict[Key, Side]:
    sides: dict[Key, Side] = {}
    for order_no, refund, amount in moves:
        sides.setdefault((order_no, refund), Side())[amount] += 1
    return sides


def _is_on(day: date, moment: datetime | None) -> bool:
    return moment is not None and moment.astimezone(TAIPEI).date() == day


def _refunded_on_another_day(day: date, standing: Standing, amounts: Side) -> bool:
    elsewhere = Side(
        one.amount
        for one in standing.refunds
        if one.amount and one.progress is RefundProgress.DONE and not _is_on(day, one.moved_at)
    )
    return not amounts - elsewhere


def today() -> date:
    """The day it is in Taiwan."""
    return datetime.now(TAIPEI).date()


def schedule(tx: Transaction, day: date) -> int:
    """Have a day compared once it is over and the bank has closed it; a day has one such job.

    Answers how many were put: 0 where the day has its job.
    """
    due = datetime.combine(day + timedelta(days=1), DAILY_AT)
    delay = max(0.0, (due - datetime.now(UTC)).total_seconds())
    payload = storable_json({"day": day.isoformat()})
    return int(sql.daily_put(tx.connection, payload=payload, delay_seconds=delay))


def ensure_daily(tx: Transaction) -> int:
    """Start the daily comparison where it does not run, or was buried. Work of a timer."""
    return 0 if sql.daily_waits(tx.connection) else schedule(tx, today())


def sweep(tx: Transaction) -> int:
    """Give a job to what has none although its end is open (its own was buried, say); how many there were.

    Work of a timer.
    """
    payments = list(sql.payments_unwatched(tx.connection, limit=SWEPT))
    for payment in payments:
        outbox.put(tx, "payment.check", {"payment_id": payment.id}, order_id=payment.order_id)
        if payment.status == "creating":
            lane = f"payment:{payment.order_id}"
            outbox.put(tx, "payment.create", {}, lane=lane, order_id=payment.order_id)
    forgotten = list(sql.refunds_unwatched(tx.connection, limit=SWEPT))
    for row in forgotten:
        refund = refunds.get(tx, row.id)
        (refunds.check if refund.status == "accepted" else refunds.send)(tx, refund)
    overdue = list(sql.orders_overdue(tx.connection, limit=SWEPT))
    for order in overdue:
        outbox.put(tx, "order.expire", {}, order_id=order.id)
    return len(payments) + len(forgotten) + len(overdue)
