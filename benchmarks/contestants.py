"""Ways to sell the same cart: the shop's own, and those a usual project takes.

The others write less than the shop: no ledger, no history, no outbox. What they cost is to their favour.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import aiosql
import psycopg2
from psycopg2 import errors
from psycopg2.extensions import connection
from psycopg2.extras import NamedTupleCursor

from store import carts, customers, orders
from store.db import Database, Transaction
from store.delivery_details import Details
from store.orders import CODE_ALPHABET, CODE_LENGTH, PlaceOutcome
from store.pricing import ShippingRule

SHIPPING = ShippingRule(fee=80, free_from=1500)
DETAILS = Details("王小明", "0912345678", "台北市信義區信義路五段7號")
TTL_SECONDS = 2400
sql: Any = aiosql.from_path(Path(__file__).parent / "sql" / "checkout.sql", "psycopg2", kwargs_only=True)

Buy = Callable[[int, float], bool]
"""Orders what lies in a cart, trying until a deadline (monotonic seconds); whether it was sold."""


class Contestant(NamedTuple):
    """One buyer's way of buying, and how to hang up afterwards."""

    buy: Buy
    close: Callable[[], None]


class _Line(NamedTuple):
    sku_id: int
    quantity: int
    price: int


def line_user(number: int) -> str:
    """The LINE user id of the customer with this number."""
    return f"U{number:032d}"


def shop(url: str) -> Contestant:
    """As the conversation does it: the customer met and locked, the cart opened, the order placed."""
    db = Database(url, size=1)

    def buy(number: int, _deadline: float) -> bool:
        def work(tx: Transaction) -> PlaceOutcome:
            customer = customers.meet(tx, line_user(number))
            cart = carts.open_cart(tx, customer)
            version = cart.quote(SHIPPING).version
            outcome, _ = orders.place(
                tx, customer, cart, DETAILS,
                method="card", version=version, shipping=SHIPPING, ttl_seconds=TTL_SECONDS,
            )  # fmt: skip
            return outcome

        return db.transaction(work) is PlaceOutcome.PLACED

    db.transaction(lambda tx: None)
    return Contestant(buy, db.close)


def unguarded(url: str) -> Contestant:
    """Read, check, write, each statement by itself: what is taught first and oversells."""
    conn = _connect(url)

    def buy(number: int, _deadline: float) -> bool:
        lines = _cart(conn, number)
        for line in lines:
            stock = sql.stock(conn, sku_id=line.sku_id)
            if stock < line.quantity:
                return False
            sql.set_stock(conn, sku_id=line.sku_id, stock=stock - line.quantity)
        _write(conn, number, lines)
        return True

    return Contestant(buy, conn.close)


def locking(url: str) -> Contestant:
    """A transaction that locks each stock row, looks, and writes: SELECT … FOR UPDATE."""
    conn = _connect(url)

    def attempt(number: int) -> bool:
        lines = _cart(conn, number)
        for line in lines:
            stock = sql.stock_for_update(conn, sku_id=line.sku_id)
            if stock < line.quantity:
                raise _SoldOut
            sql.set_stock(conn, sku_id=line.sku_id, stock=stock - line.quantity)
        _write(conn, number, lines)
        return True

    return Contestant(lambda number, deadline: _in_transaction(conn, attempt, number, deadline), conn.close)


def optimistic(url: str) -> Contestant:
    """A transaction that writes what it computed if nobody was faster, and else starts again."""
    conn = _connect(url)

    def attempt(number: int) -> bool:
        lines = _cart(conn, number)
        for line in lines:
            stock = sql.stock(conn, sku_id=line.sku_id)
            if stock < line.quantity:
                raise _SoldOut
            if not sql.swap_stock(conn, sku_id=line.sku_id, seen=stock, stock=stock - line.quantity):
                return False
        _write(conn, number, lines)
        return True

    return Contestant(lambda number, deadline: _in_transaction(conn, attempt, number, deadline), conn.close)


CONTESTANTS: dict[str, Callable[[str], Contestant]] = {
    "shop": shop,
    "unguarded": unguarded,
    "locking": locking,
    "optimistic": optimistic,
}


class _SoldOut(Exception):
    """There is too little left."""


def _in_transaction(conn: connection, attempt: Callable[[int], bool], number: int, deadline: float) -> bool:
    """Try until the attempt succeeds; a deadlock or a lost race is a reason to try again."""
    while time.monotonic() < deadline:
        _say(conn, "BEGIN")
        try:
            if attempt(number):
                _say(conn, "COMMIT")
                return True
        except errors.DeadlockDetected:
            pass
        except _SoldOut:
            _say(conn, "ROLLBACK")
            return False
        _say(conn, "ROLLBACK")
    return False


def _connect(url: str) -> connection:
    conn = psycopg2.connect(url, connect_timeout=5, cursor_factory=NamedTupleCursor)
    conn.autocommit = True
    return conn


def _say(conn: connection, words: str) -> None:
    with conn.cursor() as cursor:
        cursor.execute(words)


def _cart(conn: connection, number: int) -> list[_Line]:
    return [_Line(*row) for row in sql.cart(conn, cart_id=number)]


def _write(conn: connection, number: int, lines: list[_Line]) -> None:
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    total = sum(line.price * line.quantity for line in lines)
    order_id = sql.add_order(conn, code=code, cart_id=number, total=total)
    for line in lines:
        sql.add_line(conn, order_id=order_id, sku_id=line.sku_id, price=line.price, quantity=line.quantity)
    sql.close_cart(conn, cart_id=number)
