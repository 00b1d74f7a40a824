"""Shops of different age: databases with a thousand, a hundred thousand, a million orders behind them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiosql

from benchmarks.contestants import sql as checkout_sql
from benchmarks.machine import DatabaseServer, connected

SKUS = 1000
STOCK = 1_000_000
ORDERS_PER_CUSTOMER = 10
sql: Any = aiosql.from_path(Path(__file__).parent / "sql" / "growth.sql", "psycopg2", kwargs_only=True)


def grow(server: DatabaseServer, orders: int) -> str:
    """A database whose shop has taken so many orders, with fresh statistics; its address.

    Its sessions do not wait for the disk at COMMIT: that wait is the same at every age and would hide
    what grows.
    """
    name = f"age_{orders}"
    customers = orders // ORDERS_PER_CUSTOMER
    with connected(server.make(name)) as conn:
        sql.unchecked(conn)
        checkout_sql.stock_up(conn, skus=SKUS, stock=STOCK)
        sql.fill_customers(conn, customers=customers)
        sql.fill_carts(conn, orders=orders, customers=customers)
        sql.fill_orders(conn, orders=orders, customers=customers)
        sql.fill_lines(conn, skus=SKUS)
        sql.fill_payments(conn)
        sql.fill_money(conn)
        sql.fill_stock_moves(conn, skus=SKUS)
        sql.fill_events(conn)
        sql.fill_inbox(conn)
        sql.fill_outbox(conn)
        checkout_sql.settle_down(conn)
        with conn.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    return server.url(name)
