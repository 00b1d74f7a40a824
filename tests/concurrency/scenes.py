"""Short scenes in which a guard is needed: each makes the race or the mishap happen for certain.

A scene ends well with every guard on. Where the guard is the database's last one, the scene is a careless
caller's: it does what the program never does, and is refused.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import psycopg2
import requests

from payments import settlement
from store import coupons, customers, orders, refunds, stock
from store.catalogue_file import Row, _store
from store.db import Transaction, sql
from store.errors import LeaseLost
from store.orders import Charge, Order
from store.queue import inbox
from store.queue.policy import Later
from store.queue.worker import Worker
from tests.concurrency.races import run_concurrently
from tests.concurrency.test_coupon_races import late_money_while_ordering_again
from tests.concurrency.test_order_races import tap_at_once
from tests.concurrency.test_settlement_races import claim, opened, perform, settle_five_times, tokens_of
from tests.factories import a_coupon, choose_coupon, fill_cart, line_user, place_in, placed_order, stock_of, stock_up
from tests.integration.dev_bank_merchant import ACCOUNT
from tests.integration.till import Till

BUYERS = 4
REFUSED = (psycopg2.errors.UniqueViolation, psycopg2.errors.CheckViolation)


# Placing


def four_want_the_last_piece(till: Till) -> None:
    (sku,) = stock_up(till.db, stock=1)
    users = [line_user() for _ in range(BUYERS)]
    for user in users:
        fill_cart(till.db, user, {sku.id: 1})
    _all_order_at_once(till, users)


def four_want_the_last_use_of_a_coupon(till: Till) -> None:
    (sku,) = stock_up(till.db, stock=100)
    coupon = a_coupon(till.db, uses_limit=1)
    users = [line_user() for _ in range(BUYERS)]
    for user in users:
        fill_cart(till.db, user, {sku.id: 1})
        choose_coupon(till.db, user, coupon.code)
    _all_order_at_once(till, users)


def _all_order_at_once(till: Till, users: list[str]) -> None:
    """Each has seen what is left before any of them commits."""
    all_have_looked = threading.Barrier(len(users))

    def order(number: int) -> None:
        first = [True]

        def work(tx: Transaction) -> None:
            place_in(tx, customers.meet(tx, users[number]))
            if first:
                first.clear()
                all_have_looked.wait(10)

        till.db.transaction(work)

    run_concurrently(order, len(users))


def checkout_is_tapped_four_times(till: Till) -> None:
    (sku,) = stock_up(till.db)
    user = line_user()
    fill_cart(till.db, user, {sku.id: 2})
    tap_at_once(till.db, user)


def a_coupon_is_used_again_while_late_money_wants_it(till: Till) -> None:
    late_money_while_ordering_again(till.db)
    _mark_paid(till)


def a_file_is_imported_while_stock_is_taken(till: Till) -> list[str]:
    """A late payment has taken its stock again and is about to commit when the merchant's count comes.

    Afterwards what can be sold and what the order holds are together what the merchant has counted.
    """
    (sku,) = stock_up(till.db, stock=10, name="東方美人")
    order = placed_order(till.db, {sku.id: 3})
    payment = _payment(till, order)
    _expire(till, order)
    taken, counting = threading.Event(), threading.Event()

    def count() -> None:
        assert taken.wait(10)
        row = Row(2, sku.code, "東方美人", "75 克", "茶葉", sku.price, None, 8, "", "", active=True)
        counting.set()
        till.db.transaction(lambda tx: _store(tx, [row], {}, "merchant"))

    def work(tx: Transaction) -> None:
        orders.settle(tx, order.id, payment, _charge(order), "bank")
        taken.set()
        counting.wait(10)
        merchant.join(0.4)  # it waits for this transaction's rows

    merchant = threading.Thread(target=count)
    merchant.start()
    till.db.transaction(work, attempts=1)
    merchant.join(10)
    _mark_paid(till)
    left = stock_of(till.db, sku.id)
    return [] if left + 3 == 8 else [f"the merchant counted 8, the order holds 3, and {left} are for sale"]


# The end of an order


def an_order_dies_and_its_stock_is_returned_twice(till: Till) -> None:
    order = placed_order(till.db, {stock_up(till.db)[0].id: 3})
    till.cancel(order)

    def work(tx: Transaction) -> None:
        stock.return_at_commit(tx, order.id, orders.lines(tx, order.id), "careless", order.stock_round)

    with suppress(*REFUSED):
        till.db.transaction(work)


def an_order_dies_and_its_coupon_is_returned_twice(till: Till) -> None:
    first, _second = _order_with_coupon(till), _order_with_coupon(till)
    till.cancel(first)
    assert first.coupon_id is not None
    use = first.coupon_id, first.id, first.customer_id, "careless", first.stock_round
    with suppress(*REFUSED):
        till.db.transaction(lambda tx: coupons.return_at_commit(tx, *use))


def _order_with_coupon(till: Till) -> Order:
    codes = till.rows("SELECT code FROM coupons")
    code = codes[0][0] if codes else a_coupon(till.db, uses_limit=10).code
    user = line_user()
    fill_cart(till.db, user, {till.new_sku(): 1})
    choose_coupon(till.db, user, code)
    order = till.db.transaction(lambda tx: place_in(tx, customers.meet(tx, user))[1])
    assert order is not None
    return order


def a_paid_order_is_cancelled(till: Till) -> None:
    order = placed_order(till.db, {stock_up(till.db)[0].id: 1})
    _settle(till, order)
    till.cancel(order)


def an_order_is_ended_before_its_time(till: Till) -> None:
    order = placed_order(till.db, {stock_up(till.db)[0].id: 1})
    till.db.transaction(lambda tx: orders.expire(tx, order.id))


def money_comes_while_the_timer_asks_the_bank(till: Till) -> None:
    """The bank has said "not paid", then it is paid, then the timer writes down what it has heard."""
    order = opened(till)
    till.run("UPDATE orders SET expires_at = now() WHERE id = %s", order.id)
    till.run("UPDATE outbox SET available_at = now() WHERE kind = 'order.expire'")
    perform(till, claim(till, "order.expire"), lambda: _pay_and_settle(till, order))


# Money


def money_comes_for_a_cancelled_order(till: Till) -> None:
    order = placed_order(till.db, {stock_up(till.db)[0].id: 1})
    payment = _payment(till, order)
    till.cancel(order)
    till.db.transaction(lambda tx: orders.settle(tx, order.id, payment, _charge(order), "bank"))
    _mark_paid(till)


def late_money_comes_when_all_is_sold(till: Till) -> None:
    (sku,) = stock_up(till.db, stock=1)
    late = placed_order(till.db, {sku.id: 1})
    payment = _payment(till, late)
    _expire(till, late)
    placed_order(till.db, {sku.id: 1})
    till.db.transaction(lambda tx: orders.settle(tx, late.id, payment, _charge(late), "bank"))
    _mark_paid(till)


def two_payments_revive_an_order_at_once(till: Till) -> None:
    """Money of two attempts for an expired order: both have seen it expired, if nothing keeps them apart."""
    order = placed_order(till.db, {stock_up(till.db)[0].id: 3})
    payments = []
    for attempt in (1, 2):
        payments.append(_payment(till, order, attempt))
        till.run("UPDATE payments SET status = 'expired'")
    _expire(till, order)
    both_have_looked = threading.Barrier(2)

    def settle(number: int) -> None:
        def work(tx: Transaction) -> None:
            orders.lock(tx, order.id)
            with suppress(threading.BrokenBarrierError):
                both_have_looked.wait(0.3)
            charge = Charge(f"TS{order.id}{number}", order.total, datetime.now(UTC))
            orders.settle(tx, order.id, payments[number], charge, "bank")

        till.db.transaction(work)

    run_concurrently(settle, 2)
    _mark_paid(till)


def five_reports_of_one_payment(till: Till) -> None:
    settle_five_times(till)


def a_transfer_of_a_wrong_amount(till: Till) -> None:
    order = opened(till, "atm")
    till.pay(order, amount=1)
    token = till.merchant.notifications()[-1]["PayToken"]
    _hear(till, order, token)


def a_token_of_another_payment_is_posted(till: Till) -> None:
    (sku,) = stock_up(till.db)
    paid, poor = opened_with(till, sku.id), opened_with(till, sku.id)
    [token] = tokens_of(till, paid, 1)
    _hear(till, poor, token)


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
    perform(till, claim(till, "payment.check"), lambda: _pay_and_settle(till, order))


def money_comes_before_the_bank_has_answered(till: Till) -> None:
    order = till.place()
    till.merchant.fault("notify-first")

    def hear() -> None:
        _take_in(till)
        perform(till, claim(till, "payment.look_up"))

    perform(till, claim(till, "payment.create"), hear)


def a_second_way_to_pay_is_opened(till: Till) -> None:
    order = opened(till)
    with suppress(*REFUSED):
        _payment(till, order, 2)


# Refunds


def a_payment_is_refunded_twice_over(till: Till) -> None:
    order = _paid_at_the_bank(till)
    for key in ("first", "second"):
        _refund(till, order, order.total, key)


def a_refund_is_asked_for_twice(till: Till) -> None:
    order = _paid_at_the_bank(till)
    with suppress(*REFUSED):
        for _ in range(2):
            _refund(till, order, 10, "the same wish")


def _refund(till: Till, order: Order, amount: int, key: str) -> None:
    payment = till.payment(order)
    till.db.transaction(
        lambda tx: refunds.request(tx, order.id, payment.id, amount, False, "asked", "merchant", key)
    )


def _paid_at_the_bank(till: Till) -> Order:
    order = opened(till)
    _pay_and_settle(till, order)
    return order


# Queues


def a_callback_comes_twice(till: Till) -> None:
    order = opened(till)
    token = till.pay(order, notify="return")["ReturnPayToken"]
    for _ in range(2):
        _post(till, order, token)
    _take_in(till)


def a_slow_worker_loses_its_event(till: Till) -> None:
    order = opened(till)
    _post(till, order, till.pay(order, notify="return")["ReturnPayToken"])
    slow = _claim_events(till)
    till.run("UPDATE inbox SET leased_until = now() - interval '1 second'")
    worker = _idle_worker(till)
    for event in (*_claim_events(till), *slow):
        worker.handle(event)


def a_slow_worker_loses_its_job(till: Till) -> None:
    """Two workers have asked the bank about a payment that failed; the first one's lease has run out."""
    order = opened(till)
    token = till.pay(order, result="F", notify="return")["ReturnPayToken"]
    till.put("payment.look_up", order, payment_id=till.payment(order).id, token=token)
    slow = claim(till, "payment.look_up")
    till.run("UPDATE outbox SET leased_until = now() - interval '1 second' WHERE kind = 'payment.look_up'")
    worker = _idle_worker(till)
    for job in (*claim(till, "payment.look_up"), *slow):
        worker.perform(job)


# Helpers


def _charge(order: Order) -> Charge:
    return Charge(f"TS{order.id}", order.total, datetime.now(UTC))


def _payment(till: Till, order: Order, attempt: int = 1) -> int:
    """An attempt that the bank need not know."""
    row = till.db.transaction(
        lambda tx: sql.payment_insert(
            tx.connection, order_id=order.id, attempt=attempt, provider="sinopac", method="card",
            amount=order.total, provider_order_no=f"{order.code}{'AB'[attempt - 1]}",
            callback_key=uuid.uuid4().hex, expires_at=datetime.now(UTC),
        )
    )  # fmt: skip
    return int(row.id)


def _settle(till: Till, order: Order) -> None:
    payment = _payment(till, order)
    till.db.transaction(lambda tx: orders.settle(tx, order.id, payment, _charge(order), "bank"))
    _mark_paid(till)


def _mark_paid(till: Till) -> None:
    """What settlement does besides: an attempt whose money came is paid."""
    till.run(
        "UPDATE payments p SET status = 'paid', provider_ref = m.reference"
        " FROM money_moves m WHERE m.payment_id = p.id"
    )


def _expire(till: Till, order: Order) -> None:
    till.run("UPDATE orders SET expires_at = now() - interval '1 second' WHERE id = %s", order.id)
    assert till.db.transaction(lambda tx: orders.expire(tx, order.id))
    till.run("UPDATE payments SET status = 'expired' WHERE order_id = %s", order.id)


def _pay_and_settle(till: Till, order: Order) -> None:
    [token] = tokens_of(till, order, 1)
    _hear(till, order, token)


def _hear(till: Till, order: Order, token: str) -> None:
    """Have a token looked up; an answer in doubt is asked for once more."""
    till.put("payment.look_up", order, payment_id=till.payment(order).id, token=token)
    jobs = claim(till, "payment.look_up")
    try:
        perform(till, jobs)
    except Later as doubt:
        jobs[0].payload.update(doubt.facts)
        perform(till, jobs)


def _post(till: Till, order: Order, token: str) -> requests.Response:
    return till.post(till.payment(order), "backend", json={"ShopNo": ACCOUNT.shop_no, "PayToken": token})


def _claim_events(till: Till) -> list[inbox.Event]:
    return till.db.transaction(lambda tx: inbox.claim(tx, 5, uuid.uuid4(), 60.0))


def _take_in(till: Till) -> None:
    """Handle every callback that waits."""

    def handle(event: inbox.Event) -> Callable[[Transaction], None]:
        def work(tx: Transaction) -> None:
            settlement.take_in(tx, event)
            inbox.finish(tx, event)

        return work

    while events := _claim_events(till):
        for event in events:
            with suppress(LeaseLost):
                till.db.transaction(handle(event))


def _idle_worker(till: Till) -> Worker:
    jobs = [("payments", 1, till.handlers(300))]
    return Worker(till.db, events={"sinopac": settlement.take_in}, jobs=jobs, inbox_threads=1)

