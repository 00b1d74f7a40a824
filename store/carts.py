"""Carts: what a customer means to buy. A cart holds no stock and promises no price."""

from __future__ import annotations

from dataclasses import dataclass

from store import coupons
from store.coupons import Chosen, Refusal
from store.customers import Customer
from store.db import Transaction, sql
from store.invoices import PAPER, Invoice, Kind
from store.pricing import Benefit, Priced, Quote, ShippingRule, quote

MOST_PER_LINE = 99
MOST_LINES = 30
NOTE_LIMIT = 100
"""Characters of the note to the shop."""
_FACTS_OF_CART = 8  # columns before those of a line


@dataclass(frozen=True)
class CartLine:
    """One SKU in a cart with today's facts; prices in TWD.

    `seen_price` is what the customer was shown; `stock` is what can be sold now; what is not `selected` is
    kept for another time.
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
    selected: bool = True

    @property
    def available(self) -> int:
        """How many of the wanted ones could be had now."""
        return min(self.quantity, self.stock) if self.active else 0


@dataclass(frozen=True)
class Cart:
    """The open cart of a customer, locked for this transaction.

    `everything` is what lies in it; only `lines`, the selected ones, are bought this time. `coupon` is the
    one that was chosen, whether it can still be used or not. `delivery` is home or cvs (picked up in a
    convenience store), `invoice` what the customer is used to.
    """

    id: int
    payment_method: str | None
    everything: tuple[CartLine, ...]
    coupon: Chosen | None = None
    delivery: str = "home"
    note: str = ""
    invoice: Invoice = PAPER

    @property
    def lines(self) -> tuple[CartLine, ...]:
        """What is bought this time."""
        return tuple(line for line in self.everything if line.selected)

    @property
    def kept(self) -> tuple[CartLine, ...]:
        """What is kept for another time."""
        return tuple(line for line in self.everything if not line.selected)

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
    rows = list(sql.cart_open_lock(tx.connection, customer_id=customer.id))
    if not rows:
        sql.cart_create(tx.connection, customer_id=customer.id)
        rows = list(sql.cart_open_lock(tx.connection, customer_id=customer.id))
    cart = rows[0]
    lines = tuple(CartLine(*row[_FACTS_OF_CART:]) for row in rows if row.sku_id is not None)
    coupon = coupons.chosen(tx, customer, cart.coupon_id)
    invoice = Invoice(Kind(cart.invoice_kind), cart.invoice_value, cart.invoice_title)
    return Cart(cart.id, cart.payment_method, lines, coupon, cart.delivery, cart.note, invoice)


def add(tx: Transaction, cart: Cart, sku_id: int, quantity: int = 1) -> Change | None:
    """Put `quantity` more of a SKU into the cart; None when the SKU is not sold (any more)."""
    held = next((line.quantity for line in cart.everything if line.sku_id == sku_id), 0)
    return set_quantity(tx, cart, sku_id, held + quantity)


def set_quantity(tx: Transaction, cart: Cart, sku_id: int, quantity: int) -> Change | None:
    """Have `quantity` of a SKU in the cart, or as many as there are; 0 removes it.

    None when the SKU is not sold (any more) or the cart has no room for another line.
    """
    sku = sql.sku_by_id(tx.connection, id=sku_id)
    known = any(line.sku_id == sku_id for line in cart.everything)
    if quantity <= 0:
        sql.cart_line_remove(tx.connection, cart_id=cart.id, sku_id=sku_id)
        return Change(0, limited=False)
    if sku is None or not sku.active or (not known and len(cart.everything) >= MOST_LINES):
        return None
    possible = min(quantity, sku.stock, MOST_PER_LINE)
    if possible > 0:
        sql.cart_line_set(tx.connection, cart_id=cart.id, sku_id=sku_id, quantity=possible)
    elif known:
        possible = next(line.quantity for line in cart.everything if line.sku_id == sku_id)
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


def select(tx: Transaction, cart: Cart, sku_id: int, selected: bool) -> None:
    """Buy a line this time, or keep it for another."""
    sql.cart_select(tx.connection, cart_id=cart.id, sku_id=sku_id, selected=selected)


def select_all(tx: Transaction, cart: Cart) -> None:
    """Buy everything this time."""
    sql.cart_select_all(tx.connection, cart_id=cart.id)


def choose_delivery(tx: Transaction, cart: Cart, delivery: str) -> None:
    """Remember how the parcel shall travel: home or cvs."""
    sql.cart_set_delivery(tx.connection, cart_id=cart.id, delivery=delivery)


def set_note(tx: Transaction, cart: Cart, note: str) -> None:
    """What the shop shall know; at most `NOTE_LIMIT` characters."""
    sql.cart_set_note(tx.connection, cart_id=cart.id, note=note)


def keep_rest(tx: Transaction, cart: Cart) -> None:
    """Have a new open cart with what was not bought with this one, which has just been ordered."""
    if cart.kept:
        sql.cart_keep_rest(tx.connection, cart_id=cart.id)
