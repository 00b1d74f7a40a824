"""What the scenes have in common: attempts to pay, money that comes, events and jobs in hand."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import requests

from payments import settlement
from store import orders
from store.db import Transaction, sql
from store.errors import LeaseLost
from store.orders import Charge, Order
from store.queue import inbox
from store.queue.policy import Later
from store.queue.worker import Worker
from tests.concurrency.test_settlement_races import claim, opened, perform, tokens_of
from tests.integration.dev_bank_merchant import ACCOUNT
from tests.integration.till import Till


def charge_of(order: Order) -> Charge:
    return Charge(f"TS{order.id}", order.total, datetime.now(UTC))


def attempt_of(till: Till, order: Order, attempt: int = 1) -> int:
    """An attempt that the bank need not know."""
    row = till.db.transaction(
        lambda tx: sql.payment_insert(
            tx.connection, order_id=order.id, attempt=attempt, provider="sinopac", method="card",
            amount=order.total, provider_order_no=f"{order.code}{'AB'[attempt - 1]}",
            callback_key=uuid.uuid4().hex, expires_at=datetime.now(UTC),
        )
    )  # fmt: skip
    return int(row.id)


def pay_for(till: Till, order: Order) -> None:
    payment = attempt_of(till, order)
    till.db.transaction(lambda tx: orders.settle(tx, order.id, payment, charge_of(order), "bank"))
    mark_paid(till)


def mark_paid(till: Till) -> None:
    """What settlement does besides: an attempt whose money came is paid."""
    till.run(
        "UPDATE payments p SET status = 'paid', provider_ref = m.reference"
        " FROM money_moves m WHERE m.payment_id = p.id"
    )


def end_in_time(till: Till, order: Order) -> None:
    till.run("UPDATE orders SET expires_at = now() - interval '1 second' WHERE id = %s", order.id)
    assert till.db.transaction(lambda tx: orders.expire(tx, order.id))
    till.run("UPDATE payments SET status = 'expired' WHERE order_id = %s", order.id)


def pay_and_settle(till: Till, order: Order) -> None:
    [token] = tokens_of(till, order, 1)
    hear(till, order, token)


def hear(till: Till, order: Order, token: str) -> None:
    """Have a token looked up; an answer in doubt is asked for once more."""
    till.put("payment.look_up", order, payment_id=till.payment(order).id, token=token)
    jobs = claim(till, "payment.look_up")
    try:
        perform(till, jobs)
    except Later as doubt:
        jobs[0].payload.update(doubt.facts)
        perform(till, jobs)


def post_token(till: Till, order: Order, token: str) -> requests.Response:
    return till.post(till.payment(order), "backend", json={"ShopNo": ACCOUNT.shop_no, "PayToken": token})


def claim_events(till: Till) -> list[inbox.Event]:
    return till.db.transaction(lambda tx: inbox.claim(tx, 5, uuid.uuid4(), 60.0))


def take_in(till: Till) -> None:
    """Handle every callback that waits."""

    def handle(event: inbox.Event) -> Callable[[Transaction], None]:
        def work(tx: Transaction) -> None:
            settlement.take_in(tx, event)
            inbox.finish(tx, event)

        return work

    while events := claim_events(till):
        for event in events:
            with suppress(LeaseLost):
                till.db.transaction(handle(event))


def idle_worker(till: Till) -> Worker:
    jobs = [("payments", 1, till.handlers(300))]
    return Worker(till.db, events={"sinopac": settlement.take_in}, jobs=jobs, inbox_threads=1)


def paid_at_the_bank(till: Till) -> Order:
    order = opened(till)
    pay_and_settle(till, order)
    return order
