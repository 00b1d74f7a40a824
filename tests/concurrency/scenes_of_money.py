"""Short scenes of money, refunds and queues in which a guard is needed, like those of `scenes`."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import psycopg2
import pytest

from store import orders, refunds
from store.db import sql
from store.orders import Charge, Order
from tests.concurrency.races import run_concurrently
from tests.concurrency.stage import (
    attempt_of,
    charge_of,
    claim_events,
    end_in_time,
    hear,
    idle_worker,
    mark_paid,
    paid_at_the_bank,
    pay_and_settle,
    post_token,
    take_in,
)
from tests.concurrency.test_settlement_races import claim, opened, perform, settle_five_times, tokens_of
from tests.factories import (
    placed_order,
    stock_up,
)
from tests.integration.till import Till

REFUSED = (psycopg2.errors.UniqueViolation, psycopg2.errors.CheckViolation)
DAY = 86_400


# Money


def money_comes_for_a_cancelled_order(till: Till) -> None:
    order = placed_order(till.db, {stock_up(till.db)[0].id: 1})
    payment = attempt_of(till, order)
    till.cancel(order)
    till.db.transaction(lambda tx: orders.settle(tx, order.id, payment, charge_of(order), "bank"))
    mark_paid(till)


def late_money_comes_when_all_is_sold(till: Till) -> None:
    (sku,) = stock_up(till.db, stock=1)
    late = placed_order(till.db, {sku.id: 1})
    payment = attempt_of(till, late)
    end_in_time(till, late)
    placed_order(till.db, {sku.id: 1})
    till.db.transaction(lambda tx: orders.settle(tx, late.id, payment, charge_of(late), "bank"))
    mark_paid(till)


def two_payments_revive_an_order_at_once(till: Till) -> None:
    """Money of two attempts for an expired order: both have seen it expired, if nothing keeps them apart."""
    order = placed_order(till.db, {stock_up(till.db)[0].id: 3})
    payments = []
    for attempt in (1, 2):
        payments.append(attempt_of(till, order, attempt))
        till.run("UPDATE payments SET status = 'expired'")
    end_in_time(till, order)
    both_have_looked = threading.Barrier(2)
    record = sql.money_move_record

    def record_when_both_have_looked(connection: Any, **move: Any) -> Any:
        with suppress(threading.BrokenBarrierError):
            both_have_looked.wait(1.0)
        return record(connection, **move)

    def settle(number: int) -> None:
        charge = Charge(f"TS{order.id}{number}", order.total, datetime.now(UTC))
        till.db.transaction(lambda tx: orders.settle(tx, order.id, payments[number], charge, "bank"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sql, "money_move_record", record_when_both_have_looked)
        run_concurrently(settle, 2)
    mark_paid(till)


def five_reports_of_one_payment(till: Till) -> None:
    settle_five_times(till)


def a_transfer_of_a_wrong_amount(till: Till) -> None:
    order = opened(till, "atm")
    till.pay(order, amount=1)
    token = till.merchant.notifications()[-1]["PayToken"]
    hear(till, order, token)


def a_token_of_another_payment_is_posted(till: Till) -> None:
    (sku,) = stock_up(till.db)
    paid, poor = opened_with(till, sku.id), opened_with(till, sku.id)
    [token] = tokens_of(till, paid, 1)
    hear(till, poor, token)


def opened_with(till: Till, sku_id: int) -> Order:
    """An order of this SKU that can be paid at the bank."""
    order = till.place(sku=sku_id)
    perform(till, claim(till, "payment.create"))
    return order


def money_comes_while_its_page_is_given_up(till: Till) -> None:
    """A check finds the page over; before it writes so, the money is there."""
    order = opened(till)
    till.run("UPDATE payments SET expires_at = now() - interval '1 hour'")
    till.run("UPDATE outbox SET available_at = now() WHERE kind = 'payment.check'")
    perform(till, claim(till, "payment.check"), lambda: pay_and_settle(till, order))


def money_comes_before_the_bank_has_answered(till: Till) -> None:
    till.place()
    till.merchant.fault("notify-first")

    def hear() -> None:
        take_in(till)
        perform(till, claim(till, "payment.look_up"))

    perform(till, claim(till, "payment.create"), hear)


def a_second_way_to_pay_is_opened(till: Till) -> None:
    order = opened(till)
    with suppress(*REFUSED):
        attempt_of(till, order, 2)


# Refunds


def a_payment_is_refunded_twice_over(till: Till) -> None:
    order = paid_at_the_bank(till)
    for key in ("first", "second"):
        _refund(till, order, order.total, key)


def a_refund_is_asked_for_twice(till: Till) -> None:
    order = paid_at_the_bank(till)
    with suppress(*REFUSED):
        for _ in range(2):
            _refund(till, order, 10, "the same wish")


def the_answer_to_a_refund_is_lost(till: Till) -> None:
    """The bank has begun it, the shop does not know; the worker takes it up once more."""
    order = paid_at_the_bank(till)
    _refund(till, order, 10, "form")
    till.merchant.fault("drop", service="OrderMaintain")
    worker = idle_worker(till)
    for _ in range(2):
        till.run("UPDATE outbox SET available_at = now() WHERE kind = 'refund.send'")
        for job in claim(till, "refund.send"):
            worker.perform(job)
    till.merchant.control("clock", advance_seconds=DAY)
    for job in claim(till, "refund.check"):
        worker.perform(job)


def _refund(till: Till, order: Order, amount: int, key: str) -> None:
    payment = till.payment(order)
    till.db.transaction(
        lambda tx: refunds.request(tx, order.id, payment.id, amount, False, "asked", "merchant", key)
    )


# Queues


def a_callback_comes_twice(till: Till) -> None:
    order = opened(till)
    token = till.pay(order, notify="return")["ReturnPayToken"]
    for _ in range(2):
        post_token(till, order, token)
    take_in(till)


def a_slow_worker_loses_its_event(till: Till) -> None:
    order = opened(till)
    post_token(till, order, till.pay(order, notify="return")["ReturnPayToken"])
    slow = claim_events(till)
    till.run("UPDATE inbox SET leased_until = now() - interval '1 second'")
    worker = idle_worker(till)
    for event in (*claim_events(till), *slow):
        worker.handle(event)


def a_slow_worker_loses_its_job(till: Till) -> None:
    """Two workers have asked the bank about a payment that failed; the first one's lease has run out."""
    order = opened(till)
    token = till.pay(order, result="F", notify="return")["ReturnPayToken"]
    till.put("payment.look_up", order, payment_id=till.payment(order).id, token=token)
    slow = claim(till, "payment.look_up")
    till.run("UPDATE outbox SET leased_until = now() - interval '1 second' WHERE kind = 'payment.look_up'")
    worker = idle_worker(till)
    for job in (*claim(till, "payment.look_up"), *slow):
        worker.perform(job)
