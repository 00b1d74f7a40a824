"""Listings: what search reads, kept right by whoever changes a product.

An order changes stock and must be quick, so it never touches a listing. What a listing says of stock and
popularity is therefore only a hint for the order of results, brought up to date now and then by
`refresh_popularity`; whether something can be bought now is asked of the SKUs themselves.
"""

from __future__ import annotations

from collections.abc import Iterable

from store.db import Database, Transaction, sql
from store.search_terms import EDITION, Texts, name_key, vector

RECENT_ORDERS = 2_000
"""Popularity is counted over so many of the latest orders."""
BEST_SELLERS = 1_000
"""So many products have a popularity at all; a search may have to look at each of them."""
RECENT_MOVES = 5_000
"""The hint about stock is put right for the SKUs of so many of the latest moves of stock."""
_BATCH = 500


def refresh(tx: Transaction, product_ids: Iterable[int]) -> None:
    """List these products as they are now; what has no active SKU any more is taken off the list.

    To be called in every transaction that changes a product, its category's name or its SKUs (not for a
    mere change of stock), after the change. The products stay locked until its end, so that of two
    changes at once the later one sees what the earlier one did.
    """
    wanted = sorted(set(product_ids))
    for start in range(0, len(wanted), _BATCH):
        _refresh(tx, wanted[start : start + _BATCH])


def refresh_popularity(tx: Transaction) -> int:
    """Bring the hints up to date from the latest orders and moves of stock; answers how many changed.

    A job for every few minutes. Its work is bounded by `RECENT_ORDERS` and `RECENT_MOVES`, whatever the
    size of the shop. Popularity is the number of recent orders that have the product (given-up orders
    left out), in steps that widen, so that one order more rarely moves a row.
    """
    changed = sql.listings_refresh_popularity(tx.connection, orders=RECENT_ORDERS, sellers=BEST_SELLERS)
    changed += sql.listings_refresh_stock_hint(tx.connection, moves=RECENT_MOVES)
    return int(changed)


def catch_up(db: Database) -> int:
    """List what is not listed yet or was listed by older rules, and answer how many products that were.

    To be run by every release, after the migrations. Works in short transactions and may be stopped and
    started again at any time.
    """
    done = 0
    after = 0
    while True:
        found = db.transaction(lambda tx, after=after: _catch_up(tx, after))  # type: ignore[misc]
        if not found:
            return done
        done += len(found)
        after = found[-1]


def _catch_up(tx: Transaction, after: int) -> list[int]:
    rows = sql.listings_missing(tx.connection, edition=EDITION, after=after, limit=_BATCH)
    product_ids = [row.id for row in rows]
    if product_ids:
        _refresh(tx, product_ids)
    return product_ids


def _refresh(tx: Transaction, product_ids: list[int]) -> None:
    conn = tx.connection
    list(sql.listings_lock_products(conn, product_ids=product_ids))
    rows = list(sql.listings_read(conn, product_ids=product_ids))
    sql.listings_write(
        conn,
        product_ids=[row.id for row in rows],
        category_ids=[row.category_id for row in rows],
        positions=[row.position for row in rows],
        prices_from=[row.price_from for row in rows],
        prices_to=[row.price_to for row in rows],
        in_stock=[row.in_stock for row in rows],
        name_keys=[name_key(row.name) for row in rows],
        words=[
            vector(
                Texts(row.name, (row.category, *row.options, *row.codes), row.description), row.category_id
            )
            for row in rows
        ],
        edition=EDITION,
    )
    listed = {row.id for row in rows}
    if gone := [product_id for product_id in product_ids if product_id not in listed]:
        sql.listings_delete(conn, product_ids=gone)
