"""Orders as they are read: the row, its lines, and the ways to find them. `store/orders.py` changes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.db import Transaction, sql
from store.invoices import Invoice, Kind


@dataclass(frozen=True)
class Order:
    """An order; amounts in TWD, times in UTC. total = subtotal - discount + shipping_fee."""

    id: int
    code: str
    customer_id: int
    cart_id: int
    status: str
    payment_method: str
    subtotal: int
    shipping_fee: int
    total: int
    recipient_name: str
    phone: str
    address: str
    stock_round: int
    placed_at: datetime
    expires_at: datetime | None
    paid_at: datetime | None
    discount: int = 0
    coupon_id: int | None = None
    delivery_method: str = "home"
    store_brand: str = ""
    store_code: str = ""
    store_name: str = ""
    invoice_kind: str = "paper"
    invoice_value: str = ""
    invoice_title: str = ""
    note: str = ""

    @property
    def invoice(self) -> Invoice:
        """How the invoice is wanted."""
        return Invoice(Kind(self.invoice_kind), self.invoice_value, self.invoice_title)

    @property
    def cancellable(self) -> bool:
        """Whether the customer may still give it up by a tap."""
        return self.status == "pending" or (self.status == "preparing" and self.payment_method == "cod")


@dataclass(frozen=True)
class OrderLine:
    """What was bought, at the name and price of that moment (TWD)."""

    sku_id: int
    product_name: str
    option: str
    unit_price: int
    quantity: int


def lock(tx: Transaction, order_id: int) -> Order:
    """The order, held until the end of the transaction; raises LookupError when there is none."""
    return _order(sql.order_lock(tx.connection, id=order_id), order_id)


def get(tx: Transaction, order_id: int) -> Order:
    """The order as it is now; raises LookupError when there is none."""
    return _order(sql.order_by_id(tx.connection, id=order_id), order_id)


def of_cart(tx: Transaction, cart_id: int) -> Order | None:
    """The order a cart has become, if it has."""
    row = sql.order_by_cart(tx.connection, cart_id=cart_id)
    return Order(*row) if row else None


def by_code(tx: Transaction, code: str) -> Order | None:
    """The order with the number people read out."""
    row = sql.order_by_code(tx.connection, code=code)
    return Order(*row) if row else None


def of_customer(
    tx: Transaction,
    customer_id: int,
    *,
    statuses: Sequence[str] | None = None,
    before_id: int | None = None,
    limit: int = 10,
) -> list[Order]:
    """A customer's orders, newest first, in some states (None: in any); `before_id` continues a list."""
    rows = sql.orders_of_customer(
        tx.connection,
        customer_id=customer_id,
        statuses=None if statuses is None else list(statuses),
        before_id=before_id or 2**62,
        limit=limit,
    )
    return [Order(*row) for row in rows]


def lines(tx: Transaction, order_id: int) -> list[OrderLine]:
    """What was bought, in ascending SKU id."""
    return [OrderLine(*row) for row in sql.order_lines_list(tx.connection, order_id=order_id)]


def _order(row: Any, order_id: int) -> Order:
    if row is None:
        raise LookupError(f"there is no order {order_id}")
    return Order(*row)
