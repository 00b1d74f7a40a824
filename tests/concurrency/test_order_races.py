"""Races for one order, with real threads; each with a twin without its guard, to show what that is for."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from store import customers, orders
from store.db import Database, Transaction, query_text, sql
from store.orders import CancelOutcome, Charge, Order, PlaceOutcome, SettleOutcome
from tests.concurrency.races import run_concurrently
from tests.factories import (
    broken_invariants,
    fill_cart,
    line_user,
    place_in,
    placed_order,
    scalar,
    stock_of,
    stock_up,
)

Statement = Callable[..., Any]


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url, size=8)
    yield database
    database.close()


def execute(db: Database, statement: str) -> None:
    def work(tx: Transaction) -> None:
        with tx.connection.cursor() as cursor:
            cursor.execute(statement)

    db.transaction(work)


def unguarded(statement: str) -> Statement:
    """A stand-in for a query of the house: the row it answers, or how many rows it changed."""

    def run(conn: Any, **parameters: object) -> Any:
        with conn.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchone() if cursor.description else cursor.rowcount

    return run


def rows_of(conn: Any, statement: str, parameters: dict[str, object]) -> list[Any]:
    """What a statement answers, like a query of the house that answers several rows."""
    with conn.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def a_payment(db: Database, order: Order) -> int:
    row = db.transaction(
        lambda tx: sql.payment_insert(
            tx.connection,
            order_id=order.id,
            attempt=1,
            provider="sinopac",
            method=order.payment_method,
            amount=order.total,
            provider_order_no=order.code + "A",
            callback_key=order.code,
            expires_at=datetime.now(UTC),
        )
    )
    return int(row.id)


def settle(db: Database, order: Order, payment: int) -> SettleOutcome:
    charge = Charge(f"TS{order.id}", order.total, datetime.now(UTC))
    return db.transaction(lambda tx: orders.settle(tx, order.id, payment, charge, "bank"))


def overdue(db: Database, order: Order) -> None:
    execute(db, f"UPDATE orders SET expires_at = now() - interval '1 second' WHERE id = {order.id}")


def tap_at_once(db: Database, user: str) -> Counter[PlaceOutcome]:
    def tap(_: int) -> PlaceOutcome:
        return db.transaction(lambda tx: place_in(tx, customers.meet(tx, user))[0])

    return Counter(run_concurrently(tap, 4))


def test_checkout_tapped_twice_makes_one_order(db: Database) -> None:
    (sku,) = stock_up(db)
    user = line_user()
    fill_cart(db, user, {sku.id: 2})
    assert tap_at_once(db, user) == {PlaceOutcome.PLACED: 1, PlaceOutcome.EMPTY: 3}
    assert stock_of(db, sku.id) == 8
    assert broken_invariants(db) == []


def test_without_locks_a_cart_is_ordered_by_every_tap(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    (sku,) = stock_up(db)
    user = line_user()
    fill_cart(db, user, {sku.id: 2})
    columns = query_text("customer_lock").partition("RETURNING")[2].strip(" ;\n")
    meet = f"SELECT {columns} FROM customers WHERE line_user_id = %(line_user_id)s"
    look = query_text("cart_open_lock").partition("FOR NO KEY UPDATE")[0]
    order = unguarded(query_text("order_place").replace(" AND status = 'open'", ""))
    all_have_looked = threading.Barrier(4)

    def wait_and_place(conn: Any, **parameters: object) -> Any:
        all_have_looked.wait(10)
        return order(conn, **parameters)

    monkeypatch.setattr(sql, "customer_lock", unguarded(meet))
    monkeypatch.setattr(sql, "cart_open_lock", lambda conn, **which: rows_of(conn, look, which))
    monkeypatch.setattr(sql, "order_place", wait_and_place)
    execute(db, "DROP INDEX orders_cart_id")
    assert tap_at_once(db, user) == {PlaceOutcome.PLACED: 4}
    assert stock_of(db, sku.id) == 2


def cancel_at_once(db: Database, order: Order) -> Counter[CancelOutcome]:
    return Counter(
        run_concurrently(lambda _: db.transaction(lambda tx: orders.cancel(tx, order.id, "tap")), 8)
    )


def test_cancel_returns_stock_once(db: Database) -> None:
    (sku,) = stock_up(db, stock=10)
    order = placed_order(db, {sku.id: 3})
    assert cancel_at_once(db, order) == {CancelOutcome.CANCELLED: 1, CancelOutcome.ALREADY: 7}
    assert stock_of(db, sku.id) == 10
    assert broken_invariants(db) == []


def test_without_guards_every_cancel_returns_stock(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    (sku,) = stock_up(db, stock=10)
    order = placed_order(db, {sku.id: 3})
    cancel = "UPDATE orders SET status = 'cancelled', closed_at = now() WHERE id = %(id)s"
    monkeypatch.setattr(sql, "order_lock", sql.order_by_id)
    monkeypatch.setattr(sql, "order_cancel", unguarded(cancel))
    execute(db, "DROP INDEX stock_moves_once_per_order")
    assert cancel_at_once(db, order) == {CancelOutcome.CANCELLED: 8}
    assert stock_of(db, sku.id) == 10 + 7 * 3
    assert broken_invariants(db) != []


def test_payment_during_expiry_wins(db: Database) -> None:
    """Whoever comes first: the order ends paid and holds its stock, in its first round or revived."""
    (sku,) = stock_up(db, stock=50)
    for _ in range(10):
        order = placed_order(db, {sku.id: 2})
        payment = a_payment(db, order)
        overdue(db, order)

        def part(number: int, order: Order = order, payment: int = payment) -> object:
            if number:
                return settle(db, order, payment)
            return db.transaction(lambda tx: orders.expire(tx, order.id))

        expired, outcome = run_concurrently(part, 2)
        assert (expired, outcome) in [(False, SettleOutcome.PAID), (True, SettleOutcome.LATE_REVIVED)]
        assert scalar(db, "SELECT status FROM orders WHERE id = %s", order.id) == "paid"
        assert scalar(db, "SELECT stock_round FROM orders WHERE id = %s", order.id) == 1 + int(bool(expired))
    assert stock_of(db, sku.id) == 30
    assert broken_invariants(db) == []


def test_without_guards_an_expiry_overruns_a_payment(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The payment comes between the expiry's look at the order and its write."""
    (sku,) = stock_up(db)
    order = placed_order(db, {sku.id: 2})
    payment = a_payment(db, order)
    overdue(db, order)
    write = unguarded("UPDATE orders SET status = 'expired', closed_at = now() WHERE id = %(id)s")

    def expire(conn: Any, **parameters: object) -> int:
        assert settle(db, order, payment) is SettleOutcome.PAID
        return int(write(conn, **parameters))

    monkeypatch.setattr(sql, "order_lock", sql.order_by_id)
    monkeypatch.setattr(sql, "order_expire", expire)
    assert db.transaction(lambda tx: orders.expire(tx, order.id))
    assert broken_invariants(db) == [f"order {order.id} is expired with money and nobody knows"]


def settle_at_once(db: Database, order: Order) -> Counter[SettleOutcome]:
    payment = a_payment(db, order)
    return Counter(run_concurrently(lambda _: settle(db, order, payment), 5))


def test_five_callbacks_settle_once(db: Database) -> None:
    order = placed_order(db, {stock_up(db)[0].id: 1})
    assert settle_at_once(db, order) == {SettleOutcome.PAID: 1, SettleOutcome.DUPLICATE: 4}
    assert scalar(db, "SELECT sum(amount) FROM money_moves") == order.total
    assert scalar(db, "SELECT count(*) FROM outbox WHERE payload ->> 'what' = 'paid'") == 1
    assert broken_invariants(db) == []


def test_without_their_key_five_callbacks_are_five_payments(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = placed_order(db, {stock_up(db)[0].id: 1})
    record = (
        "INSERT INTO money_moves (order_id, payment_id, reference, kind, amount, moved_at) VALUES "
        "(%(order_id)s, %(payment_id)s, %(reference)s, %(kind)s, %(amount)s, %(moved_at)s)"
    )
    monkeypatch.setattr(sql, "money_move_record", unguarded(record))
    execute(db, "DROP INDEX money_moves_once")
    assert settle_at_once(db, order) == {SettleOutcome.PAID: 1, SettleOutcome.EXTRA_REFUND: 4}
    assert scalar(db, "SELECT sum(amount) FROM money_moves") == 5 * order.total
