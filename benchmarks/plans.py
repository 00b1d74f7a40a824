"""The query plans behind the figures of `growth`."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import psycopg2

from benchmarks import bill
from benchmarks.contestants import line_user
from benchmarks.machine import connected
from store.db import query_text

_LEASE = {"lease": uuid.UUID(int=0), "lease_seconds": 60.0}


def explain(url: str, size: int) -> str:
    """The plans of a shop with `size` orders, with what they really did; nothing is changed."""
    last = size  # the last order of the history is unpaid
    queries: dict[str, dict[str, Any]] = {
        "customer_lock": {"line_user_id": line_user(1)},
        "cart_open_lock": {"customer_id": 1},
        "order_lock": {"id": last},
        "order_set_paid": {"id": last},
        "order_expire": {"id": last},
        "order_lines_list": {"order_id": last},
        "orders_of_customer": {"customer_id": 1, "statuses": None, "before_id": 2**62, "limit": 10},
        "orders_overdue": {"limit": 20},
        "moves_between": {"provider": "sinopac", "since": bill.DAY, "until": bill.DAY + timedelta(days=1)},
        "moves_of_order_nos": {
            "provider": "sinopac",
            "order_nos": [f"{n:08X}A" for n in range(last - 150, last)],
        },
        "stock_take": {"sku_id": 1, "quantity": 1, "order_id": last, "round": 2, "actor": "benchmark"},
        "outbox_drop_for_order": {"order_id": last, "kinds": ["order.expire"], "outcome": "benchmark"},
        "inbox_claim": {"slots": 4, **_LEASE},
        "outbox_claim": {"slots": 4, "kinds": ["payment.create"], **_LEASE},
    }
    parts = [f"Plans at {size:,} orders"]
    with connected(url) as conn:
        parts += [f"{name}\n{_plan(conn, query_text(name), values)}" for name, values in queries.items()]
    return "\n\n".join(parts)


def _plan(conn: psycopg2.extensions.connection, text: str, values: dict[str, Any]) -> str:
    with conn.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, SUMMARY OFF) {text}", values)
        lines = [str(row[0]) for row in cursor.fetchall()]
        cursor.execute("ROLLBACK")
    return "\n".join(f"  {line}" for line in lines)
