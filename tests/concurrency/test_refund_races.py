"""Several people ask for the same money back at once; the twin without the lock promises too much."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from store import orders, refunds
from store.db import Database, query_text, sql
from store.orders import Charge, Order
from store.refunds import Outcome
from tests.concurrency.races import run_concurrently
from tests.concurrency.test_order_races import a_payment
from tests.factories import broken_invariants, placed_order, scalar, stock_of, stock_up

MANY = 8


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url, size=MANY)
    yield database
    database.close()


def paid(db: Database, sku_id: int) -> tuple[Order, int]:
    order = placed_order(db, {sku_id: 2})
    payment = a_payment(db, order)
    charge = Charge(f"TS{order.id}", order.total, datetime.now(UTC))
    db.transaction(lambda tx: orders.settle(tx, order.id, payment, charge, "bank"))
    return order, payment


def ask_at_once(
    db: Database, amount: Callable[[Order], int], key: Callable[[int], str], *, restock: bool = False
) -> tuple[Counter[Outcome], Order, int]:
    (sku,) = stock_up(db, stock=10)
    order, payment = paid(db, sku.id)

    def ask(number: int) -> Outcome:
        wanted, name = amount(order), key(number)
        return db.transaction(
            lambda tx: refunds.request(tx, order.id, payment, wanted, restock, "why", "staff:1", name)
        )

    return Counter(run_concurrently(ask, MANY)), order, sku.id


def promised(db: Database, order: Order) -> object:
    return scalar(db, "SELECT sum(amount) FROM refunds WHERE order_id = %s", order.id)


def more_than_half(order: Order) -> int:
    return order.total // 2 + 1


def test_no_more_is_promised_than_is_held_however_many_ask(db: Database) -> None:
    outcomes, order, _ = ask_at_once(db, more_than_half, str)
    assert outcomes == {Outcome.ASKED: 1, Outcome.TOO_MUCH: MANY - 1}
    assert promised(db, order) == more_than_half(order)
    assert broken_invariants(db) == []


def test_a_form_sent_many_times_at_once_asks_once_and_restocks_once(db: Database) -> None:
    outcomes, order, sku_id = ask_at_once(db, lambda order: order.total, lambda _: "form", restock=True)
    assert outcomes == {Outcome.ASKED: 1, Outcome.ALREADY: MANY - 1}
    assert stock_of(db, sku_id) == 10
    assert scalar(db, "SELECT status FROM orders WHERE id = %s", order.id) == "refunding"
    assert broken_invariants(db) == []


def test_without_the_lock_more_is_promised_than_is_held(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All have looked at what is held before any of them has promised anything."""
    statement = query_text("refund_insert")
    all_have_looked = threading.Barrier(MANY)

    def insert(connection: Any, **wish: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(statement, wish)
            row = cursor.fetchone()
        all_have_looked.wait(10)
        return row

    monkeypatch.setattr(sql, "order_lock", sql.order_by_id)
    monkeypatch.setattr(sql, "refund_insert", insert)
    outcomes, order, _ = ask_at_once(db, more_than_half, str)
    assert outcomes == {Outcome.ASKED: MANY}
    assert promised(db, order) == MANY * more_than_half(order)
