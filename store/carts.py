"""Carts: what a customer means to buy. A cart holds no stock and promises no price."""

from __future__ import annotations

from dataclasses import dataclass

from store import coupons
from store.coupons import Chosen, Refusal
from store.customers import Customer
from store.db import Transaction, sql
from store.pricing import Benefit, Priced, Quote, ShippingRule, quote

MOST_PER_LINE = 99
MOST_LINES = 30


@dataclass(frozen=True)
class CartLine:
    """One SKU in a cart with today's facts; prices in TWD.

    `seen_price` is what the customer was shown; `stock` is what can be sold now.
    """

    sku_id: int
    product_id: int
    name: str
    option: str
    picture: str
    quantity: int
    price: int
    seen_price: int
    stock: int
    active: bool

    @property
    def available(self) -> int:
        """How many of the wanted ones could be had now."""
        return min(self.quantity, self.stock) if self.active else 0


@dataclass(frozen=True)
class Cart:
    """The open cart of a customer, locked for this transaction.

    `coupon` is the one that was chosen, whether it can still be used or not.
    """

    id: int
    payment_method: str | None
    lines: tuple[CartLine, ...]
    coupon: Chosen | None = None

    @property
    def short(self) -> tuple[CartLine, ...]:
        """The lines that cannot be had in full right now."""
        return tuple(line for line in self.lines if line.available < line.quantity)

    @property
    def repriced(self) -> tuple[CartLine, ...]:
        """The lines whose price changed since the customer saw it."""
        return tuple(line for line in self.lines if line.active and line.price != line.seen_price)

    @property
    def subtotal(self) -> int:
        """What the goods cost at today's prices, in TWD."""
        return sum(line.price * line.quantity for line in self.lines)

    @property
    def coupon_refusal(self) -> Refusal | None:
        """Why the chosen coupon cannot be used (any more); None when it can, or none was chosen."""
        return self.coupon.refusal(self.subtotal) if self.coupon else None

    def quote(self, shipping: ShippingRule) -> Quote:
        """What the cart costs at today's prices, with the chosen coupon while it can be used."""
        usable = self.coupon if self.coupon_refusal is None else None
        return self._quote(shipping, usable.coupon.benefit if usable else None)

    def quote_as_chosen(self, shipping: ShippingRule) -> Quote:
        """What it would cost if the chosen coupon could still be used."""
        return self._quote(shipping, self.coupon.coupon.benefit if self.coupon else None)

    def _quote(self, shipping: ShippingRule, benefit: Benefit | None) -> Quote:
        return quote(
            [Priced(line.sku_id, line.price, line.quantity) for line in self.lines], shipping, benefit
        )


@dataclass(frozen=True)
class Change:
    """What became of a wish to put something into the cart.

    `quantity` is what the cart holds of it now; it is less than was wished when stock or the limit of
    99 allows no more, and `limited` says so.
    """

    quantity: int
    limited: bool


def open_cart(tx: Transaction, customer: Customer) -> Cart:
    """The customer's open cart, made when there is none, locked for this transaction."""
    row = sql.cart_open_lock(tx.connection, customer_id=customer.id)
    if row is None:
        sql.cart_create(tx.connection, customer_id=customer.id)
        row = sql.cart_open_lock(tx.connection, customer_id=customer.id)
    lines = tuple(CartLine(*line) for line in sql.cart_lines_list(tx.connection, cart_id=row.id))
    return Cart(row.id, row.payment_method, lines, coupons.chosen(tx, customer, row.coupon_id))


def add(tx: Transaction, cart: Cart, sku_id: int, quantity: int = 1) -> Change | None:
    """Put `quantity` more of a SKU into the cart; None when the SKU is not sold (any more)."""
    held = next((line.quantity for line in cart.lines if line.sku_id == sku_id), 0)
    return set_quantity(tx, cart, sku_id, held + quantity)


def set_quantity(tx: Transaction, cart: Cart, sku_id: int, quantity: int) -> Change | None:
    """Have `quantity` of a SKU in the cart, or as many as there are; 0 removes it.

    None when the SKU is not sold (any more) or the cart has no room for another line.
    """
    sku = sql.sku_by_id(tx.connection, id=sku_id)
    known = any(line.sku_id == sku_id for line in cart.lines)
    if quantity <= 0:
        sql.cart_line_remove(tx.connection, cart_id=cart.id, sku_id=sku_id)
        return Change(0, limited=False)
    if sku is None or not sku.active or (not known and len(cart.lines) >= MOST_LINES):
        return None
    possible = min(quantity, sku.stock, MOST_PER_LINE)
    if possible > 0:
        sql.cart_line_set(tx.connection, cart_id=cart.id, sku_id=sku_id, quantity=possible)
    elif known:
        possible = next(line.quantity for line in cart.lines if line.sku_id == sku_id)
    return Change(possible, limited=possible < quantity)


def remove(tx: Transaction, cart: Cart, sku_id: int) -> None:
    """Take a SKU out of the cart; no harm when it is not in it."""
    sql.cart_line_remove(tx.connection, cart_id=cart.id, sku_id=sku_id)


def clear(tx: Transaction, cart: Cart) -> None:
    """Empty the cart."""
    sql.cart_clear(tx.connection, cart_id=cart.id)


def take_what_is_left(tx: Transaction, cart: Cart) -> None:
    """Cut every line to what can be had now; lines of which nothing is left go."""
    for line in cart.short:
        set_to = line.available
        if set_to:
            sql.cart_line_set(tx.connection, cart_id=cart.id, sku_id=line.sku_id, quantity=set_to)
        else:
            sql.cart_line_remove(tx.connection, cart_id=cart.id, sku_id=line.sku_id)


def prices_seen(tx: Transaction, cart: Cart) -> None:
    """The customer has been shown today's prices and may agree to them."""
    sql.cart_prices_seen(tx.connection, cart_id=cart.id)


def choose_payment(tx: Transaction, cart: Cart, method: str) -> None:
    """Remember how the customer means to pay."""
    sql.cart_set_payment_method(tx.connection, cart_id=cart.id, method=method)
