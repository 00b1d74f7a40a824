"""A shop in which customers use coupons: what the tests of coupons have in common."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from store import carts, coupons, customers, orders
from store.carts import Cart
from store.coupons import Coupon
from store.customers import Customer
from store.db import Database, Transaction
from store.orders import Order, PlaceOutcome
from tests.factories import choose_coupon, fill_cart, line_user, place, scalar, stock_up
from tests.integration.test_orders import overdue

Work = Callable[[Transaction, Customer, Cart], Any]


def goods(db: Database, *, price: int = 400, stock: int = 10) -> int:
    """A SKU of a product nobody sells yet."""
    return stock_up(db, price=price, stock=stock, name=f"茶 {secrets.token_hex(4)}")[0].id


def someone(db: Database, price: int = 400, quantity: int = 2, stock: int = 10) -> str:
    """A customer with something in the cart."""
    user = line_user()
    fill_cart(db, user, {goods(db, price=price, stock=stock): quantity})
    return user


def with_cart(db: Database, user: str, work: Work) -> Any:
    def within(tx: Transaction) -> Any:
        customer = customers.meet(tx, user)
        return work(tx, customer, carts.open_cart(tx, customer))

    return db.transaction(within)


def cart_of(db: Database, user: str) -> Cart:
    cart: Cart = with_cart(db, user, lambda tx, customer, cart: cart)
    return cart


def placed(db: Database, user: str, coupon: Coupon, method: str = "card") -> Order:
    """An order with this coupon."""
    assert choose_coupon(db, user, coupon.code) == now(db, coupon)
    outcome, order = place(db, user, method)
    assert outcome is PlaceOutcome.PLACED
    assert order is not None
    assert order.coupon_id == coupon.id
    return order


def now(db: Database, coupon: Coupon) -> Coupon:
    return db.transaction(lambda tx: coupons.get(tx, coupon.id))


def used(db: Database, coupon: Coupon) -> int:
    return now(db, coupon).used


def ledger(db: Database, coupon: Coupon) -> list[tuple[Any, ...]]:
    def work(tx: Transaction) -> list[tuple[Any, ...]]:
        with tx.connection.cursor() as cursor:
            cursor.execute(
                "SELECT round, reason, used_after FROM coupon_uses WHERE coupon_id = %s ORDER BY id",
                (coupon.id,),
            )
            return [tuple(row) for row in cursor.fetchall()]

    return db.transaction(work)


def set_coupon(db: Database, coupon: Coupon, change: str) -> None:
    scalar(db, f"UPDATE coupons SET {change} WHERE id = %s RETURNING 1", coupon.id)


def expire(db: Database, order: Order) -> None:
    overdue(db, order)
    assert db.transaction(lambda tx: orders.expire(tx, order.id))
