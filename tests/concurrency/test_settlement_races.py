"""Money that arrives at the very moment when somebody else ends the order, or when it is reported again."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from store import orders
from store.db import Transaction, query_text, sql
from store.errors import LeaseLost
from store.orders import CancelOutcome, Order
from store.queue import outbox
from store.queue.outbox import Job
from tests.concurrency.races import run_concurrently
from tests.factories import broken_invariants
from tests.integration.till import Till, open_till

ROUNDS = 6


@pytest.fixture
def till(database_url: str) -> Iterator[Till]:
    with open_till(database_url, notify_delay_seconds=1e6) as till:
        yield till


def opened(till: Till, method: str = "card") -> Order:
    """An order that can be paid at the bank, with no worker that would take part in the race."""
    order = till.place(method)
    perform(till, claim(till, "payment.create"))
    return order


def claim(till: Till, *kinds: str, slots: int = 1) -> list[Job]:
    return till.db.transaction(lambda tx: outbox.claim(tx, kinds, slots, uuid.uuid4(), 60.0))


def perform(till: Till, jobs: list[Job], before_the_end: Callable[[], object] = lambda: None) -> str:
    """Do a job as the worker does; `before_the_end` is called when the bank has answered."""
    [job] = jobs
    conclude = till.handlers(300)[job.kind](job)
    before_the_end()

    def work(tx: Transaction) -> str:
        outbox.finish(tx, job, "")
        return conclude(tx)

    try:
        return till.db.transaction(work)
    except LeaseLost:
        return "dropped"


def tokens_of(till: Till, order: Order, count: int) -> list[str]:
    """As many different PayTokens of one payment."""
    first = till.pay(order, notify="return")["ReturnPayToken"]
    with till.bank.lock:
        known = till.bank.book.tokens[first]
        more = [replace(known, token=till.bank.new_token()) for _ in range(count - 1)]
        till.bank.book.tokens |= {token.token: token for token in more}
    return [first, *(token.token for token in more)]


def look_up_jobs(till: Till, order: Order, count: int = 1) -> list[Job]:
    payment = till.payment(order)
    for token in tokens_of(till, order, count):
        till.put("payment.look_up", order, payment_id=payment.id, token=token)
    return claim(till, "payment.look_up", slots=count)


def settle_five_times(till: Till) -> tuple[Order, list[str]]:
    """Five look-ups of one payment that have all heard the bank before any of them writes."""
    order = opened(till)
    jobs = look_up_jobs(till, order, 5)
    heard = threading.Barrier(5)
    return order, run_concurrently(lambda n: perform(till, [jobs[n]], lambda: heard.wait(10)), 5)


def test_five_look_ups_at_once_settle_once(till: Till) -> None:
    order, outcomes = settle_five_times(till)
    assert sorted(outcomes) == [*["duplicate"] * 4, "paid"]
    assert till.money(order) == [order.total]
    assert till.status(order) == "paid"
    assert broken_invariants(till.db) == []


def test_twin_without_the_unique_money_the_same_payment_counts_five_times(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    till.run("DROP INDEX money_moves_once")
    unguarded = query_text("money_move_record").split("ON CONFLICT")[0]

    def record_whatever(connection: Any, **move: Any) -> int:
        with connection.cursor() as cursor:
            cursor.execute(unguarded, move)
            return int(cursor.rowcount)

    monkeypatch.setattr(sql, "money_move_record", record_whatever)
    order, outcomes = settle_five_times(till)
    assert sorted(outcomes) == [*["extra_refund"] * 4, "paid"]
    assert till.money(order) == [order.total] * 5


def test_a_cancellation_and_a_payment_at_once_leave_the_books_whole(till: Till) -> None:
    seen = set()
    for _ in range(ROUNDS):
        order = opened(till)
        jobs = look_up_jobs(till, order)
        heard = threading.Barrier(2)

        def cancel(order: Order = order, heard: threading.Barrier = heard) -> str:
            heard.wait(10)
            return till.db.transaction(lambda tx: orders.cancel(tx, order.id, "customer"))

        def settle(jobs: list[Job] = jobs, heard: threading.Barrier = heard) -> str:
            return perform(till, jobs, lambda: heard.wait(10))

        cancelled, settled = run_concurrently(lambda n, both=(cancel, settle): both[n](), 2)  # type: ignore[misc]
        seen.add(settled)
        if cancelled is CancelOutcome.CANCELLED:
            assert (settled, till.status(order)) == ("late_refund", "cancelled")
            assert till.cases(order) == ["refund_due"]
        else:
            assert (cancelled, settled) == (CancelOutcome.TOO_LATE, "paid")
            assert till.status(order) == "paid"
        assert till.money(order) == [order.total]
    assert broken_invariants(till.db) == []
    assert seen <= {"paid", "late_refund"}


def test_an_expiry_and_a_payment_at_once_leave_the_books_whole(till: Till) -> None:
    for _ in range(ROUNDS):
        order = opened(till)
        till.run("UPDATE orders SET expires_at = now() WHERE id = %s", order.id)
        till.run("UPDATE outbox SET available_at = now() WHERE kind = 'order.expire'")
        expiry = claim(till, "order.expire")
        asked, paid = threading.Barrier(2), threading.Barrier(2)

        def expire(
            expiry: list[Job] = expiry, asked: threading.Barrier = asked, paid: threading.Barrier = paid
        ) -> str:
            return perform(till, expiry, lambda: (asked.wait(10), paid.wait(10)))

        def pay_and_settle(
            order: Order = order, asked: threading.Barrier = asked, paid: threading.Barrier = paid
        ) -> str:
            asked.wait(10)  # the bank has said: not paid
            return perform(till, look_up_jobs(till, order), lambda: paid.wait(10))

        ended, settled = run_concurrently(lambda n, both=(expire, pay_and_settle): both[n](), 2)  # type: ignore[misc]
        assert (ended, settled) in {("expired", "late_revived"), ("paid", "paid"), ("dropped", "paid")}
        assert till.status(order) == "paid"
        assert till.money(order) == [order.total]
    assert broken_invariants(till.db) == []


def test_a_look_up_a_check_and_an_expiry_at_once_count_the_same_money_once(till: Till) -> None:
    for _ in range(ROUNDS):
        order = opened(till, "atm")
        payment = till.payment(order)
        till.pay(order)
        token = till.merchant.notifications()[-1]["PayToken"]
        till.put("payment.look_up", order, payment_id=payment.id, token=token)
        till.run("UPDATE orders SET expires_at = now() WHERE id = %s", order.id)
        till.run("UPDATE outbox SET available_at = now() WHERE order_id = %s", order.id)
        jobs = claim(till, "payment.look_up", "payment.check", "order.expire", slots=3)
        heard = threading.Barrier(3)
        run_concurrently(
            lambda n, jobs=jobs, heard=heard: perform(till, [jobs[n]], lambda: heard.wait(10)),  # type: ignore[misc]
            3,
        )
        assert till.status(order) == "paid"
        assert till.money(order) == [order.total]
        assert till.cases(order) == []
    assert broken_invariants(till.db) == []
