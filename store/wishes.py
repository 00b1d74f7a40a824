"""Wishes: who wants to be told when something is back.

Stock changes in the hottest statements of the shop, so nothing is hung on them: a periodic job looks.
"""

from __future__ import annotations

from store.customers import Customer
from store.db import Transaction, sql
from store.queue import outbox

TOLD_PER_PIECE = 3
"""Not everybody who is told buys; more than so many per piece would mostly be told of nothing."""
TOLD_AT_ONCE = 100
DUE_SECONDS = 60
"""How often `due` is worth calling."""


def wish(tx: Transaction, customer: Customer, sku_id: int) -> None:
    """Tell the customer when the SKU is back; wishing twice keeps the first place in the queue.

    The SKU must exist.
    """
    sql.wish_make(tx.connection, customer_id=customer.id, sku_id=sku_id)


def drop(tx: Transaction, customer: Customer, sku_id: int) -> None:
    """The customer does not wait any more; no harm when they did not."""
    sql.wish_drop(tx.connection, customer_id=customer.id, sku_id=sku_id)


def wait_again(tx: Transaction, customer: Customer, sku_id: int) -> None:
    """What was back is gone before the customer could be told: they keep their old place in the queue."""
    sql.wish_wait_again(tx.connection, customer_id=customer.id, sku_id=sku_id)


def due(tx: Transaction, limit: int = TOLD_AT_ONCE) -> int:
    """Have those told whose SKU is back, first come first served; how many (at most `limit`).

    Of each SKU at most three are told per piece in stock, counted since its stock last rose from nothing.
    Two calls at once tell nobody twice. The word goes out as a notice "back_in_stock" with the `sku_id`.
    """
    rows = sql.wishes_tell(tx.connection, per_piece=TOLD_PER_PIECE, limit=limit)
    told = sorted(rows, key=lambda row: int(row.id))
    for row in told:
        payload = {"what": "back_in_stock", "customer_id": row.customer_id, "sku_id": row.sku_id}
        outbox.put(tx, "notice", payload, lane=f"customer:{row.customer_id}")
    return len(told)
