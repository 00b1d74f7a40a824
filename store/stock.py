"""Stock: taken when an order is placed, given back when it dies, every move in the ledger.

The statements run in ascending SKU id, so that two orders never wait for each other in a circle, and
(where they can) in the same round trip as COMMIT, so that a hot SKU is locked for one commit only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import psycopg2
from psycopg2 import errors

from store.db import Transaction, query_text, sql
from store.errors import StockTaken

LOW = 3
"""A SKU of which so few pieces are left runs low."""


class Line(Protocol):
    """Whatever names a SKU and a quantity."""

    @property
    def sku_id(self) -> int: ...
    @property
    def quantity(self) -> int: ...


def take_at_commit(
    tx: Transaction, order_id: int, lines: Iterable[Line], actor: str, round_: int = 1
) -> None:
    """Take the stock of an order with the COMMIT; `StockTaken` then undoes and re-runs the transaction."""
    _at_commit(tx, "stock_take", order_id, lines, actor, round_)


def return_at_commit(tx: Transaction, order_id: int, lines: Iterable[Line], actor: str, round_: int) -> None:
    """Give the stock of a dying order back with the COMMIT; a second return of a round is an error."""
    _at_commit(tx, "stock_return", order_id, lines, actor, round_)


def take_now(tx: Transaction, order_id: int, lines: Iterable[Line], actor: str, round_: int) -> bool:
    """Take the stock of an order at once, all or nothing; False when there is too little."""
    try:
        with tx.savepoint():
            for line in _sorted(lines):
                sql.stock_take(
                    tx.connection,
                    sku_id=line.sku_id,
                    quantity=line.quantity,
                    order_id=order_id,
                    round=round_,
                    actor=actor,
                )
    except errors.NotNullViolation as error:
        if _too_little(error) is None:
            raise
        return False
    return True


def _at_commit(
    tx: Transaction, query: str, order_id: int, lines: Iterable[Line], actor: str, round_: int
) -> None:
    for line in _sorted(lines):
        parameters = {
            "sku_id": line.sku_id,
            "quantity": line.quantity,
            "order_id": order_id,
            "round": round_,
            "actor": actor,
        }
        tx.last(query_text(query), parameters, _too_little)


def _too_little(error: psycopg2.Error) -> Exception | None:
    if isinstance(error, errors.NotNullViolation) and error.diag.column_name == "stock_after":
        return StockTaken("there is too little stock left")
    return None


def _sorted(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: line.sku_id)
