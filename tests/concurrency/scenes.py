"""Short scenes of orders in which a guard is needed: each makes the race or the mishap happen for certain.

A scene ends well with every guard on. Where the guard is the database's last one, the scene is a careless
caller's: it does what the program never does, and is refused.
"""

from __future__ import annotations

import threading
from contextlib import suppress

import psycopg2

from store import coupons, customers, orders, stock
from store.catalogue_file import Row, _store
from store.db import Transaction
from store.orders import Order
from tests.concurrency.races import run_concurrently
from tests.concurrency.stage import (
    attempt_of,
    charge_of,
    end_in_time,
    mark_paid,
    pay_and_settle,
    pay_for,
)
from tests.concurrency.test_coupon_races import late_money_while_ordering_again
from tests.concurrency.test_order_races import tap_at_once
from tests.concurrency.test_settlement_races import claim, opened, perform
from tests.factories import (
    a_coupon,
    choose_coupon,
    fill_cart,
    line_user,
    place_in,
    placed_order,
    stock_of,
    stock_up,
)
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
    mark_paid(till)


def a_file_is_imported_while_stock_is_taken(till: Till) -> list[str]:
    """A late payment has taken its stock again and is about to commit when the merchant's count comes.

    Afterwards what can be sold and what the order holds are together what the merchant has counted.
    """
    (sku,) = stock_up(till.db, stock=10, name="東方美人")
    order = placed_order(till.db, {sku.id: 3})
    payment = attempt_of(till, order)
    end_in_time(till, order)
    taken, counting = threading.Event(), threading.Event()

    def count() -> None:
        assert taken.wait(10)
        row = Row(2, sku.code, "東方美人", "75 克", "茶葉", sku.price, None, 8, "", "", active=True)
        counting.set()
        till.db.transaction(lambda tx: _store(tx, [row], {}, "merchant"))

    def work(tx: Transaction) -> None:
        orders.settle(tx, order.id, payment, charge_of(order), "bank")
        taken.set()
        counting.wait(10)
        merchant.join(0.4)  # it waits for this transaction's rows

    merchant = threading.Thread(target=count)
    merchant.start()
    till.db.transaction(work, attempts=1)
    merchant.join(10)
    mark_paid(till)
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
    pay_for(till, order)
    till.cancel(order)


def an_order_is_ended_before_its_time(till: Till) -> None:
    order = placed_order(till.db, {stock_up(till.db)[0].id: 1})
    till.db.transaction(lambda tx: orders.expire(tx, order.id))


def money_comes_while_the_timer_asks_the_bank(till: Till) -> None:
    """The bank has said "not paid", then it is paid, then the timer writes down what it has heard."""
    order = opened(till)
    till.run("UPDATE orders SET expires_at = now() WHERE id = %s", order.id)
    till.run("UPDATE outbox SET available_at = now() WHERE kind = 'order.expire'")
    perform(till, claim(till, "order.expire"), lambda: pay_and_settle(till, order))
