"""Races for stock, with real threads; each with a twin that takes the guard away and shows what it is for."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from structlog.testing import capture_logs

from store import customers, stock
from store.db import Database, Transaction, query_text
from store.orders import PlaceOutcome
from tests.concurrency.races import run_concurrently
from tests.factories import (
    Sold,
    broken_invariants,
    fill_cart,
    line_user,
    place_in,
    scalar,
    stock_of,
    stock_up,
)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url, size=50, lock_timeout=20_000)
    yield database
    database.close()


@pytest.fixture
def unguarded(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stock is taken without looking, and nothing in the tables objects."""
    text = query_text("stock_take").replace(" AND stock >= %(quantity)s", "")
    assert text != query_text("stock_take")
    monkeypatch.setattr(stock, "query_text", lambda _: text)
    execute(db, "ALTER TABLE skus DROP CONSTRAINT skus_stock_is_never_negative")
    execute(db, "ALTER TABLE stock_moves DROP CONSTRAINT stock_moves_stock_after_check")


def execute(db: Database, statement: str) -> None:
    def work(tx: Transaction) -> None:
        with tx.connection.cursor() as cursor:
            cursor.execute(statement)

    db.transaction(work)


def buyers(db: Database, count: int, *wanted: Sold) -> list[str]:
    """Customers who have one of each in their carts."""
    users = [line_user() for _ in range(count)]
    for user in users:
        for sku in wanted:
            fill_cart(db, user, {sku.id: 1})
    return users


def all_order_at_once(db: Database, users: list[str]) -> Counter[PlaceOutcome]:
    """Every customer has seen the stock before any of them commits."""
    all_have_looked = threading.Barrier(len(users))

    def order(number: int) -> PlaceOutcome:
        looked: list[int] = []

        def work(tx: Transaction) -> PlaceOutcome:
            outcome, _ = place_in(tx, customers.meet(tx, users[number]))
            if not looked:
                looked.append(all_have_looked.wait(30))
            return outcome

        return db.transaction(work)

    return Counter(run_concurrently(order, len(users)))


def test_last_unit_is_sold_once(db: Database) -> None:
    (sku,) = stock_up(db, stock=1)
    outcomes = all_order_at_once(db, buyers(db, 8, sku))
    assert outcomes == {PlaceOutcome.PLACED: 1, PlaceOutcome.SHORT: 7}
    assert stock_of(db, sku.id) == 0
    assert broken_invariants(db) == []


@pytest.mark.usefixtures("unguarded")
def test_without_its_guard_the_last_unit_is_sold_eight_times(db: Database) -> None:
    (sku,) = stock_up(db, stock=1)
    assert all_order_at_once(db, buyers(db, 8, sku)) == {PlaceOutcome.PLACED: 8}
    assert stock_of(db, sku.id) == -7


def test_fifty_who_want_the_last_ten_make_ten_orders(db: Database) -> None:
    (sku,) = stock_up(db, stock=10)
    outcomes = all_order_at_once(db, buyers(db, 50, sku))
    assert outcomes == {PlaceOutcome.PLACED: 10, PlaceOutcome.SHORT: 40}
    assert stock_of(db, sku.id) == 0
    assert scalar(db, "SELECT count(*) FROM orders") == 10
    assert broken_invariants(db) == []


@pytest.mark.usefixtures("unguarded")
def test_without_the_guard_fifty_buy_the_last_ten(db: Database) -> None:
    (sku,) = stock_up(db, stock=10)
    assert all_order_at_once(db, buyers(db, 50, sku)) == {PlaceOutcome.PLACED: 50}
    assert stock_of(db, sku.id) == -40


ROUNDS = 8


@pytest.fixture
def slow_takes(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A moment passes between the lines of an order, and PostgreSQL looks for deadlocks soon."""
    text = query_text("stock_take") + "; SELECT pg_sleep(0.01)"
    monkeypatch.setattr(stock, "query_text", lambda _: text)
    execute(db, f"ALTER DATABASE {scalar(db, 'SELECT current_database()')} SET deadlock_timeout = '30ms'")
    db.close()  # what is opened from now on knows


def opposite_carts(db: Database) -> Callable[[], int]:
    """Buys in rounds, two carts at a time with the same three SKUs in opposite order; counts deadlocks."""
    skus = stock_up(db, stock=1000, count=3)

    def buy() -> int:
        with capture_logs() as logs:
            for _ in range(ROUNDS):
                users = [*buyers(db, 1, *skus), *buyers(db, 1, *reversed(skus))]
                assert all_order_at_once(db, users) == {PlaceOutcome.PLACED: 2}
        assert [stock_of(db, sku.id) for sku in skus] == [1000 - 2 * ROUNDS] * 3
        return sum(line.get("reason") == "DeadlockDetected" for line in logs)

    return buy


@pytest.mark.usefixtures("slow_takes")
def test_two_carts_in_opposite_order_do_not_deadlock(db: Database) -> None:
    assert opposite_carts(db)() == 0
    assert broken_invariants(db) == []


@pytest.mark.usefixtures("slow_takes")
def test_without_sorting_two_carts_in_opposite_order_deadlock(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock, "_sorted", list)
    assert opposite_carts(db)() > 0
    assert broken_invariants(db) == []  # it is slow, and right all the same
