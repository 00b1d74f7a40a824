"""Small shops for tests: a database with SKUs, customers with carts, orders placed from them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from store import carts, coupons, customers, orders
from store.catalogue_file import Row, _store
from store.coupon_terms import Terms
from store.coupons import Coupon, Refusal
from store.customers import Customer
from store.db import Database, Transaction
from store.delivery_details import Details
from store.orders import Order, PlaceOutcome
from store.pricing import Kind, ShippingRule

SHIPPING = ShippingRule(fee=80, free_from=1500)
DETAILS = Details("王小明", "0912345678", "台北市信義區信義路五段7號")


@dataclass(frozen=True)
class Sold:
    """A SKU for sale in a test."""

    id: int
    code: str
    price: int


def stock_up(
    db: Database, *, stock: int = 10, price: int = 380, count: int = 1, name: str = "高山烏龍"
) -> list[Sold]:
    """`count` SKUs, each its own product, each with `stock` pieces."""
    mark = secrets.token_hex(3)
    rows = [
        Row(
            i + 2,
            f"{mark}-{i}",
            f"{name} {i}" if i else name,
            "75 克",
            "茶葉",
            price,
            None,
            stock,
            "",
            "",
            active=True,
        )
        for i in range(count)
    ]

    def work(tx: Transaction) -> list[Sold]:
        _store(tx, rows, {}, "test")
        with tx.connection.cursor() as cursor:
            cursor.execute("SELECT id, code, price FROM skus WHERE code LIKE %s ORDER BY id", (mark + "-%",))
            return [Sold(*row) for row in cursor.fetchall()]

    return db.transaction(work)


def line_user() -> str:
    """A LINE user id nobody has."""
    return "U" + secrets.token_hex(16)


def fill_cart(db: Database, user: str, wanted: dict[int, int]) -> None:
    """Put so many of each SKU into the customer's cart."""

    def work(tx: Transaction) -> None:
        customer = customers.meet(tx, user)
        for sku_id, quantity in wanted.items():
            carts.add(tx, carts.open_cart(tx, customer), sku_id, quantity)

    db.transaction(work)


def a_coupon(db: Database, kind: Kind = Kind.AMOUNT, value: int = 100, **terms: Any) -> Coupon:
    """A coupon with a code nobody has."""
    code = "T" + secrets.token_hex(4)
    return db.transaction(lambda tx: coupons.create(tx, Terms(code=code, kind=kind, value=value, **terms)))


def choose_coupon(db: Database, user: str, code: str) -> Coupon | Refusal:
    """Choose a coupon for the cart of this LINE user."""

    def work(tx: Transaction) -> Coupon | Refusal:
        customer = customers.meet(tx, user)
        return coupons.choose(tx, customer, carts.open_cart(tx, customer), code)

    return db.transaction(work)


def place_in(
    tx: Transaction, customer: Customer, method: str = "card", ttl_seconds: int = 2400
) -> tuple[PlaceOutcome, Order | None]:
    """Order what lies in the customer's cart, agreeing to today's sums."""
    cart = carts.open_cart(tx, customer)
    return orders.place(
        tx, customer, cart, DETAILS, method=method, version=cart.quote(SHIPPING).version, shipping=SHIPPING,
        ttl_seconds=ttl_seconds,
    )  # fmt: skip


def place(
    db: Database, user: str, method: str = "card", ttl_seconds: int = 2400
) -> tuple[PlaceOutcome, Order | None]:
    """Order what lies in the cart of this LINE user."""
    return db.transaction(lambda tx: place_in(tx, customers.meet(tx, user), method, ttl_seconds))


def placed_order(
    db: Database, wanted: dict[int, int], method: str = "card", ttl_seconds: int = 2400
) -> Order:
    """An order of somebody new."""
    user = line_user()
    fill_cart(db, user, wanted)
    outcome, order = place(db, user, method, ttl_seconds)
    if order is None:
        raise AssertionError(f"the order was not placed: {outcome}")
    return order


def scalar(db: Database, query: str, *values: object) -> object:
    """The single value a query answers."""

    def work(tx: Transaction) -> object:
        with tx.connection.cursor() as cursor:
            cursor.execute(query, values)
            row = cursor.fetchone()
            return row[0] if row else None

    return db.transaction(work)


def stock_of(db: Database, sku_id: int) -> int:
    """What can still be sold of a SKU."""
    return int(str(scalar(db, "SELECT stock FROM skus WHERE id = %s", sku_id)))


BROKEN_INVARIANTS = """
SELECT 'stock is not the sum of its moves: sku ' || s.id FROM skus s
WHERE s.stock <> (SELECT coalesce(sum(m.delta), 0) FROM stock_moves m WHERE m.sku_id = s.id)
UNION ALL
SELECT 'order ' || o.id || ' is ' || o.status || ' and holds ' || held.quantity || ' of sku ' || l.sku_id
FROM orders o JOIN order_lines l ON l.order_id = o.id
CROSS JOIN LATERAL (SELECT coalesce(-sum(m.delta), 0) AS quantity FROM stock_moves m
                    WHERE m.order_id = o.id AND m.sku_id = l.sku_id) held
WHERE held.quantity <> CASE
    WHEN o.status IN ('cancelled', 'expired') THEN 0
    WHEN o.status IN ('refunding', 'refunded')
        AND EXISTS (SELECT 1 FROM refunds r WHERE r.order_id = o.id AND r.restock) THEN 0
    ELSE l.quantity END
UNION ALL
SELECT 'order ' || o.id || ' is ' || o.status || ' with money ' || money.came || ' of ' || o.total
FROM orders o
CROSS JOIN LATERAL (SELECT coalesce(sum(m.amount), 0) AS came
                    FROM money_moves m WHERE m.order_id = o.id AND m.kind = 'PayOut') money
WHERE o.payment_method <> 'cod' AND o.status NOT IN ('pending', 'cancelled', 'expired')
  AND money.came < o.total
UNION ALL
SELECT 'order ' || o.id || ' is ' || o.status || ' with money and nobody knows'
FROM orders o
WHERE o.status IN ('pending', 'cancelled', 'expired')
  AND EXISTS (SELECT 1 FROM money_moves m WHERE m.order_id = o.id)
  AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.order_id = o.id)
UNION ALL
SELECT 'order ' || o.id || ' does not add up' FROM orders o
WHERE o.subtotal <> (SELECT sum(l.unit_price * l.quantity) FROM order_lines l WHERE l.order_id = o.id)
UNION ALL
SELECT 'coupon ' || c.id || ' is used ' || c.used || ' times and not as often as its ledger says'
FROM coupons c
WHERE c.used NOT BETWEEN 0 AND coalesce(c.uses_limit, c.used)
   OR c.used <> (SELECT coalesce(sum(CASE u.reason WHEN 'used' THEN 1 ELSE -1 END), 0)
                 FROM coupon_uses u WHERE u.coupon_id = c.id)
UNION ALL
SELECT 'order ' || o.id || ' is ' || o.status || ' and holds ' || held.uses || ' uses of a coupon'
FROM orders o
CROSS JOIN LATERAL (SELECT coalesce(sum(CASE u.reason WHEN 'used' THEN 1 ELSE -1 END), 0) AS uses
                    FROM coupon_uses u WHERE u.order_id = o.id) held
WHERE held.uses <> CASE
    WHEN o.coupon_id IS NULL OR o.status IN ('cancelled', 'expired', 'refunding', 'refunded') THEN 0
    ELSE 1 END
UNION ALL
SELECT 'use ' || u.id || ' is of another coupon or customer than order ' || o.id
FROM coupon_uses u JOIN orders o ON o.id = u.order_id
WHERE (u.coupon_id, u.customer_id) IS DISTINCT FROM (o.coupon_id, o.customer_id)
UNION ALL
SELECT 'customer ' || held.customer_id || ' holds ' || held.uses || ' uses of coupon ' || c.id
FROM coupons c
JOIN (SELECT u.coupon_id, u.customer_id, sum(CASE u.reason WHEN 'used' THEN 1 ELSE -1 END) AS uses
      FROM coupon_uses u GROUP BY u.coupon_id, u.customer_id) held ON held.coupon_id = c.id
WHERE held.uses NOT BETWEEN 0 AND coalesce(c.uses_per_customer, held.uses)
UNION ALL
SELECT 'order ' || o.id || ' pays for shipping with a coupon for free shipping'
FROM orders o JOIN coupons c ON c.id = o.coupon_id
WHERE c.kind = 'free_shipping' AND (o.shipping_fee <> 0 OR o.discount <> 0)
UNION ALL
SELECT 'order ' || o.id || ' is pending and nothing will end it' FROM orders o
WHERE o.status = 'pending'
  AND NOT EXISTS (SELECT 1 FROM outbox t
                  WHERE t.order_id = o.id AND t.kind = 'order.expire' AND t.status = 'waiting')
"""


def broken_invariants(db: Database) -> list[str]:
    """What is wrong with stock, money and orders, in words; empty when nothing is."""

    def work(tx: Transaction) -> list[str]:
        with tx.connection.cursor() as cursor:
            cursor.execute(BROKEN_INVARIANTS)
            return [str(row[0]) for row in cursor.fetchall()]

    return db.transaction(work)
