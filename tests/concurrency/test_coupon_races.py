"""Coupons that many want at once; each race has a twin with its guard switched off, which loses it."""

from __future__ import annotations

import dataclasses
import threading
from collections import Counter
from collections.abc import Iterator

import psycopg2
import pytest

from store import carts, coupons, customers, orders
from store.coupons import Coupon, Reason, Refusal
from store.db import Database, Transaction
from store.orders import Order, PlaceOutcome, SettleOutcome
from tests.concurrency.races import run_concurrently
from tests.factories import (
    DETAILS,
    SHIPPING,
    a_coupon,
    broken_invariants,
    choose_coupon,
    fill_cart,
    line_user,
    place_in,
    scalar,
)
from tests.integration.coupon_shop import cart_of, expire, goods, ledger, placed, used
from tests.integration.test_orders import pay, status

BUYERS = 50
USES = 10
UNGUARDED_TAKE = """
WITH taken AS (UPDATE coupons SET used = used + 1 WHERE id = %(coupon_id)s RETURNING used)
INSERT INTO coupon_uses (coupon_id, order_id, customer_id, round, reason, used_after, actor)
VALUES (%(coupon_id)s, %(order_id)s, %(customer_id)s, %(round)s, 'used', (SELECT used FROM taken), %(actor)s)
"""


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url, size=BUYERS)
    yield database
    database.close()


def run(db: Database, statement: str) -> None:
    def work(tx: Transaction) -> None:
        with tx.connection.cursor() as cursor:
            cursor.execute(statement)

    db.transaction(work)


def buyers_of(db: Database, coupon: Coupon) -> list[str]:
    """Customers who have all chosen the coupon; two SKUs in the cart, in either order."""
    skus = [goods(db, stock=1000), goods(db, stock=1000)]
    users = [line_user() for _ in range(BUYERS)]
    for number, user in enumerate(users):
        fill_cart(db, user, dict.fromkeys(skus[:: -1 if number % 2 else 1], 1))
        choose_coupon(db, user, coupon.code)
    return users


def rush(db: Database, coupon: Coupon) -> Counter[PlaceOutcome]:
    """All order at once: each has seen the coupon usable before any of them has used it."""
    users = buyers_of(db, coupon)
    versions = {user: cart_of(db, user).quote(SHIPPING).version for user in users}
    decided = threading.Barrier(BUYERS)

    def order(number: int) -> PlaceOutcome:
        first = [True]

        def work(tx: Transaction) -> PlaceOutcome:
            customer = customers.meet(tx, users[number])
            outcome, _ = orders.place(
                tx, customer, carts.open_cart(tx, customer), DETAILS, method="card",
                version=versions[users[number]], shipping=SHIPPING, ttl_seconds=600,
            )  # fmt: skip
            if first:
                first.clear()
                decided.wait(20)
            return outcome

        return db.transaction(work, attempts=20)

    return Counter(run_concurrently(order, BUYERS))


def test_fifty_customers_use_the_last_ten_uses_ten_times(db: Database) -> None:
    coupon = a_coupon(db, uses_limit=USES)
    assert rush(db, coupon) == {PlaceOutcome.PLACED: USES, PlaceOutcome.COUPON_GONE: BUYERS - USES}
    assert used(db, coupon) == USES
    assert sorted(after for _, _, after in ledger(db, coupon)) == list(range(1, USES + 1))
    assert broken_invariants(db) == []


def test_without_the_guard_the_same_rush_oversells(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coupons, "query_text", lambda name: UNGUARDED_TAKE)
    run(db, "ALTER TABLE coupons DROP CONSTRAINT coupons_used_within_limit")
    coupon = a_coupon(db, uses_limit=USES)
    assert rush(db, coupon) == {PlaceOutcome.PLACED: BUYERS}
    assert any(
        problem.startswith(f"coupon {coupon.id} is used 50 times") for problem in broken_invariants(db)
    )


def test_behind_the_guard_the_database_refuses_one_use_too_many(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coupons, "query_text", lambda name: UNGUARDED_TAKE)
    coupon = a_coupon(db, uses_limit=USES)
    with pytest.raises(psycopg2.errors.CheckViolation, match="coupons_used_within_limit"):
        rush(db, coupon)
    assert used(db, coupon) == USES


def test_the_same_customer_twice_at_once_uses_it_once(db: Database) -> None:
    coupon = a_coupon(db, uses_per_customer=1)
    user, sku = line_user(), goods(db)
    db.transaction(lambda tx: customers.meet(tx, user))

    def order(_: int) -> Reason | None:
        def work(tx: Transaction) -> Reason | None:
            customer = customers.meet(tx, user)
            carts.add(tx, carts.open_cart(tx, customer), sku)
            found = coupons.choose(tx, customer, carts.open_cart(tx, customer), coupon.code)
            outcome, _ = place_in(tx, customer)
            assert outcome is PlaceOutcome.PLACED
            return found.reason if isinstance(found, Refusal) else None

        return db.transaction(work)

    assert Counter(run_concurrently(order, 8)) == {None: 1, Reason.USED_BY_YOU: 7}
    assert used(db, coupon) == 1
    assert broken_invariants(db) == []


def late_money_while_ordering_again(db: Database) -> tuple[Coupon, SettleOutcome, PlaceOutcome]:
    """A customer orders with a coupon; late money for an order that had it before comes before the COMMIT."""
    coupon, user, sku = a_coupon(db, uses_per_customer=1), line_user(), goods(db)
    fill_cart(db, user, {sku: 1})
    former = placed(db, user, coupon)
    expire(db, former)
    fill_cart(db, user, {sku: 1})
    choose_coupon(db, user, coupon.code)
    settled: list[SettleOutcome] = []
    bank = threading.Thread(target=lambda: settled.append(pay(db, former)))

    def work(tx: Transaction) -> PlaceOutcome:
        outcome, _ = place_in(tx, customers.meet(tx, user))
        bank.start()
        bank.join(0.5)  # it ends here, or waits for this customer
        return outcome

    outcome = db.transaction(work, attempts=1)
    bank.join(20)
    return coupon, settled[0], outcome


def test_late_money_waits_for_the_customer_who_is_using_the_coupon_again(db: Database) -> None:
    coupon, settled, outcome = late_money_while_ordering_again(db)
    assert (settled, outcome) == (SettleOutcome.LATE_REFUND, PlaceOutcome.PLACED)
    assert used(db, coupon) == 1
    assert broken_invariants(db) == []


def test_without_the_lock_on_the_customer_the_coupon_is_used_twice(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = ", ".join(field.name for field in dataclasses.fields(customers.Customer))
    unlocked_query = f"SELECT {fields} FROM customers WHERE id = %s"

    def unlocked(tx: Transaction, customer_id: int) -> customers.Customer:
        with tx.connection.cursor() as cursor:
            cursor.execute(unlocked_query, (customer_id,))
            return customers.Customer(*cursor.fetchone())

    monkeypatch.setattr(customers, "find", unlocked)
    coupon, settled, outcome = late_money_while_ordering_again(db)
    assert (settled, outcome) == (SettleOutcome.LATE_REVIVED, PlaceOutcome.PLACED)
    assert used(db, coupon) == 2
    assert any("holds 2 uses" in problem for problem in broken_invariants(db))


def test_orders_that_end_and_begin_at_once_neither_deadlock_nor_lose_a_use(db: Database) -> None:
    coupon = a_coupon(db, uses_limit=BUYERS)
    users = buyers_of(db, coupon)
    half = BUYERS // 2
    dying = [order for user in users[:half] if (order := in_one_go(db, user))]
    assert used(db, coupon) == half
    run(db, "UPDATE orders SET expires_at = now() - interval '1 second'")

    def act(number: int) -> bool:
        if number >= half:
            return in_one_go(db, users[number]) is not None
        order = dying[number]
        if number % 2:
            return db.transaction(lambda tx: orders.expire(tx, order.id), attempts=1)
        return db.transaction(lambda tx: orders.cancel(tx, order.id, "customer"), attempts=1) == "cancelled"

    assert run_concurrently(act, BUYERS) == [True] * BUYERS  # attempts=1: a deadlock would be raised
    assert used(db, coupon) == BUYERS - half
    assert broken_invariants(db) == []


def in_one_go(db: Database, user: str) -> Order | None:
    """An order without a second attempt."""
    return db.transaction(lambda tx: place_in(tx, customers.meet(tx, user))[1], attempts=1)


def test_an_order_cancelled_and_expired_at_once_gives_its_coupon_back_once(db: Database) -> None:
    for _ in range(5):
        coupon, user = a_coupon(db), line_user()
        fill_cart(db, user, {goods(db): 1})
        order = placed(db, user, coupon)
        scalar(db, "UPDATE orders SET expires_at = now() WHERE id = %s RETURNING 1", order.id)

        def end(number: int, order: Order = order) -> None:
            if number % 2:
                db.transaction(lambda tx: orders.expire(tx, order.id))
            else:
                db.transaction(lambda tx: orders.cancel(tx, order.id, "customer"))

        run_concurrently(end, 4)
        assert status(db, order) in ("cancelled", "expired")
        assert [reason for _, reason, _ in ledger(db, coupon)] == ["used", "returned"]
    assert broken_invariants(db) == []
