"""Orders: the one place where an order changes its state.

Every transition is one short transaction: the order row is locked, the change is guarded in its WHERE,
what happened goes to `order_events`, stock moves with the COMMIT, and whoever must hear of it gets a
notice in the outbox.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from store import addresses, carts, cases, coupons, customers, pickup, stock
from store.carts import Cart, CartLine
from store.customers import Customer
from store.db import Transaction, query_text, sql
from store.delivery_details import Details
from store.errors import CouponTaken, Rerun
from store.order_records import (
    Order,
    OrderLine,
    by_code,
    get,
    lines,
    lock,
    of_cart,
    of_customer,
)
from store.pickup import Pickup
from store.pricing import ATM_LIMIT, LARGEST_TOTAL, Quote, ShippingRule
from store.queue import outbox
from store.queue.outbox import Wish
from store.text import storable_json

__all__ = [
    "CODE_ALPHABET",
    "CODE_LENGTH",
    "SLOW_PAYMENT_SECONDS",
    "CancelOutcome",
    "ChangeOutcome",
    "Charge",
    "Order",
    "OrderLine",
    "PlaceOutcome",
    "SettleOutcome",
    "ask_for_payment",
    "by_code",
    "cancel",
    "change_method",
    "expire",
    "get",
    "least_of",
    "limit_of",
    "lines",
    "lock",
    "notify",
    "of_cart",
    "of_customer",
    "place",
    "record",
    "settle",
]

CODE_ALPHABET = "ABCDEFGHJKMNPQRTUVWXY346789"
"""Without 0 O 1 I L 2 Z 5 S, which people mix up when they read an order number out."""
CODE_LENGTH = 8
SLOW_PAYMENT_SECONDS = 20
"""After this long without a payment link the customer is told that the bank is slow."""
_DICE = secrets.SystemRandom()


class PlaceOutcome(StrEnum):
    """What became of a wish to order."""

    PLACED = "placed"
    ALREADY = "already"  # this cart has become an order before: that order
    EMPTY = "empty"
    SHORT = "short"  # some lines cannot be had in full
    CHANGED = "changed"  # what the customer agreed to is not what it would be now
    COUPON_GONE = "coupon_gone"  # only the coupon is not what it was: `cart.coupon_refusal` says why
    OVER_LIMIT = "over_limit"  # more than the payment method takes, or less
    TOO_DEAR_FOR_PICKUP = "too_dear_for_pickup"  # more than a convenience store takes


class SettleOutcome(StrEnum):
    """What arrived money has done to its order."""

    PAID = "paid"
    DUPLICATE = "duplicate"
    AMOUNT_MISMATCH = "amount_mismatch"
    LATE_REVIVED = "late_revived"
    LATE_REFUND = "late_refund"
    EXTRA_REFUND = "extra_refund"


class ChangeOutcome(StrEnum):
    """What became of a wish to pay otherwise."""

    CHANGED = "changed"
    SAME = "same"  # it is paid that way already
    TOO_LATE = "too_late"  # it does not wait for money any more
    OVER_LIMIT = "over_limit"  # more than the payment method takes, or less


class CancelOutcome(StrEnum):
    """What became of a wish to cancel."""

    CANCELLED = "cancelled"
    ALREADY = "already"
    TOO_LATE = "too_late"


@dataclass(frozen=True)
class Charge:
    """Money that the provider says has arrived: its number, TWD, and when."""

    reference: str
    amount: int
    moved_at: datetime


def limit_of(method: str) -> int:
    """The largest total in TWD that a payment method takes."""
    return ATM_LIMIT if method == "atm" else LARGEST_TOTAL


def least_of(method: str) -> int:
    """The smallest total in TWD that a payment method takes: no bank takes a payment of nothing."""
    return 0 if method == "cod" else 1


def place(
    tx: Transaction,
    customer: Customer,
    cart: Cart,
    details: Details,
    *,
    method: str,
    version: str,
    shipping: ShippingRule,
    ttl_seconds: int,
) -> tuple[PlaceOutcome, Order | None]:
    """Turn the customer's open cart into an order; take its stock and coupon, and write its lines, with the
    COMMIT.

    Only its selected lines are bought; the rest lies in a new open cart. Invoice and note are the cart's.
    `version` is that of the quote the customer agreed to. Stock and the coupon's uses are looked at without
    a lock first, because "sold out" is the common answer in a rush; when somebody is faster after all, the
    transaction is re-run and finds less. A coupon that cannot be used any more and was not part of what the
    customer agreed to is no obstacle.
    """
    quote = cart.quote(shipping)
    if not cart.lines:
        return PlaceOutcome.EMPTY, None
    if cart.short:
        return PlaceOutcome.SHORT, None
    if quote.version != version:
        gone = version == cart.quote_as_chosen(shipping).version
        return PlaceOutcome.COUPON_GONE if gone else PlaceOutcome.CHANGED, None
    if not least_of(method) <= quote.total <= limit_of(method):
        return PlaceOutcome.OVER_LIMIT, None
    if isinstance(details, Pickup) and quote.total > pickup.LIMIT:
        return PlaceOutcome.TOO_DEAR_FOR_PICKUP, None
    actor = f"customer:{customer.id}"
    order = _insert(tx, customer, cart, details, method, quote, ttl_seconds, actor)
    carts.keep_rest(tx, cart)
    if order.status == "pending":
        expiry = Wish("order.expire", {}, delay_seconds=ttl_seconds)
        outbox.put_at_commit(tx, order.id, [*_way_to_pay(order), expiry])
    stock.take_at_commit(tx, order.id, cart.lines, actor)
    _put_lines_at_commit(tx, order.id, cart.lines)
    if order.coupon_id is not None:
        coupons.take_at_commit(tx, order.coupon_id, order.id, customer, actor)
    return PlaceOutcome.PLACED, order


def _insert(
    tx: Transaction,
    customer: Customer,
    cart: Cart,
    details: Details,
    method: str,
    quote: Quote,
    ttl: int,
    actor: str,
) -> Order:
    cash = method == "cod"
    facts: dict[str, Any] = {"total": quote.total, "method": method}
    if quote.coupon_code:
        facts |= {"coupon": quote.coupon_code, "discount": quote.discount}
    row = sql.order_place(
        tx.connection,
        code="".join(_DICE.choices(CODE_ALPHABET, k=CODE_LENGTH)),
        customer_id=customer.id,
        cart_id=cart.id,
        status="preparing" if cash else "pending",
        payment_method=method,
        subtotal=quote.subtotal,
        discount=quote.discount,
        coupon_id=cart.coupon.coupon.id if cart.coupon and quote.coupon_code else None,
        shipping_fee=quote.shipping_fee,
        total=quote.total,
        recipient_name=details.name,
        phone=details.phone,
        address=details.address,
        delivery=details.delivery,
        **addresses.store_of(details),
        invoice_kind=cart.invoice.kind,
        invoice_value=cart.invoice.value,
        invoice_title=cart.invoice.title,
        note=cart.note,
        ttl_seconds=None if cash else ttl,
        actor=actor,
        facts=storable_json(facts),
    )
    if row is None:  # of 27^8 codes
        raise Rerun("another order has this code")
    return Order(*row)


def _put_lines_at_commit(tx: Transaction, order_id: int, bought: Sequence[CartLine]) -> None:
    values = {
        "order_id": order_id,
        "sku_ids": [line.sku_id for line in bought],
        "names": [line.name for line in bought],
        "options": [line.option for line in bought],
        "prices": [line.price for line in bought],
        "quantities": [line.quantity for line in bought],
    }
    tx.last(query_text("order_lines_put"), values, lambda _error: None)


def ask_for_payment(tx: Transaction, order: Order) -> None:
    """Have the worker open a way to pay a pending order; the customer hears of it by a notice."""
    outbox.put_at_commit(tx, order.id, _way_to_pay(order))


def _way_to_pay(order: Order) -> list[Wish]:
    # No lane: a message that is to wait must not hold up those behind it.
    slow = {"what": "payment_slow", "customer_id": order.customer_id}
    return [
        Wish("payment.create", {}, lane=f"payment:{order.id}"),
        Wish("notice", slow, delay_seconds=SLOW_PAYMENT_SECONDS),
    ]


def change_method(tx: Transaction, order_id: int, method: str, ttl_seconds: int, actor: str) -> ChangeOutcome:
    """Have a pending order paid otherwise, within `ttl_seconds` from now (the query limits them).

    The worker asks the bank about the way that was open, closes it there if it can, and opens the other.
    """
    order = lock(tx, order_id)
    if order.status != "pending":
        return ChangeOutcome.TOO_LATE
    if order.payment_method == method:
        return ChangeOutcome.SAME
    if not least_of(method) <= order.total <= limit_of(method):
        return ChangeOutcome.OVER_LIMIT
    record(tx, order_id, actor, "method_changed", {"from": order.payment_method, "to": method})
    if method == "cod":
        sql.order_change_to_cod(tx.connection, id=order_id)
        _stop_timers(tx, order_id, "it is paid at the door")
        outbox.put(tx, "payment.abandon", {}, lane=f"payment:{order_id}", order_id=order_id)
    else:
        sql.order_change_method(tx.connection, id=order_id, method=method, ttl_seconds=ttl_seconds)
        ask_for_payment(tx, order)
    return ChangeOutcome.CHANGED


def settle(tx: Transaction, order_id: int, payment_id: int, charge: Charge, actor: str) -> SettleOutcome:
    """Record money that arrived, first and for ever; then the order tries to become paid."""
    order = _lock_with_customer(tx, order_id)
    new = sql.money_move_record(
        tx.connection,
        order_id=order_id,
        payment_id=payment_id,
        reference=charge.reference,
        kind="PayOut",
        amount=charge.amount,
        moved_at=charge.moved_at,
    )
    if not new:
        return SettleOutcome.DUPLICATE
    outcome = _apply(tx, order, charge, actor)
    record(
        tx, order_id, actor, "money_arrived",
        {"outcome": outcome, "amount": charge.amount, "reference": charge.reference},
    )  # fmt: skip
    if outcome in (SettleOutcome.LATE_REFUND, SettleOutcome.EXTRA_REFUND):
        cases.open_case(tx, cases.Kind.REFUND_DUE, order_id, charge.reference, {"amount": charge.amount})
    elif outcome is SettleOutcome.AMOUNT_MISMATCH:
        facts = {"amount": charge.amount, "expected": order.total}
        cases.open_case(tx, cases.Kind.AMOUNT_MISMATCH, order_id, charge.reference, facts)
    else:
        _stop_timers(tx, order_id, "paid")
    notify(tx, order, outcome, amount=charge.amount)
    return outcome


def _apply(tx: Transaction, order: Order, charge: Charge, actor: str) -> SettleOutcome:
    if charge.amount != order.total:
        return SettleOutcome.AMOUNT_MISMATCH
    if sql.order_set_paid(tx.connection, id=order.id):
        return SettleOutcome.PAID
    if order.status == "cancelled":
        return SettleOutcome.LATE_REFUND
    if order.status != "expired":
        return SettleOutcome.EXTRA_REFUND
    if not _take_again(tx, order, actor):
        return SettleOutcome.LATE_REFUND
    if sql.order_revive(tx.connection, id=order.id) != 1:
        raise AssertionError(f"order {order.id} is locked and expired, and yet cannot be revived")
    return SettleOutcome.LATE_REVIVED


def _take_again(tx: Transaction, order: Order, actor: str) -> bool:
    """Take stock and coupon once more for an order that comes back to life, both or neither."""
    with contextlib.suppress(CouponTaken), tx.savepoint():
        if not stock.take_now(tx, order.id, lines(tx, order.id), actor, order.stock_round + 1):
            return False
        if order.coupon_id is not None:
            customer = customers.find(tx, order.customer_id)
            coupons.take_now(tx, order.coupon_id, order.id, customer, actor, order.stock_round + 1)
        return True
    return False


def _lock_with_customer(tx: Transaction, order_id: int) -> Order:
    """The order, held; where a coupon may be used again, its customer before it.

    A customer's uses are only counted rightly while the customer is locked, and every transition that holds
    both takes the customer first, as a tap does. Whose order it is and which coupon it has never changes.
    """
    order = get(tx, order_id)
    if order.coupon_id is not None:
        customers.find(tx, order.customer_id)
    return lock(tx, order_id)


def cancel(tx: Transaction, order_id: int, actor: str) -> CancelOutcome:
    """Give an order up before anything was paid for it; stock and coupon come back with the COMMIT."""
    order = lock(tx, order_id)
    if not sql.order_cancel(tx.connection, id=order_id):
        return CancelOutcome.ALREADY if order.status == "cancelled" else CancelOutcome.TOO_LATE
    record(tx, order_id, actor, "cancelled")
    _close(tx, order, actor)
    return CancelOutcome.CANCELLED


def expire(tx: Transaction, order_id: int, actor: str = "timer") -> bool:
    """End an unpaid order whose time is over, after the bank has been asked; False when it is not so."""
    order = lock(tx, order_id)
    if not sql.order_expire(tx.connection, id=order_id):
        return False
    record(tx, order_id, actor, "expired")
    _close(tx, order, actor)
    notify(tx, order, "expired")
    return True


def _close(tx: Transaction, order: Order, actor: str) -> None:
    _stop_timers(tx, order.id, "the order has ended")
    if order.payment_method != "cod":
        outbox.put(tx, "payment.abandon", {}, lane=f"payment:{order.id}", order_id=order.id)
    stock.return_at_commit(tx, order.id, lines(tx, order.id), actor, order.stock_round)
    if order.coupon_id is not None:
        coupons.return_at_commit(tx, order.coupon_id, order.id, order.customer_id, actor, order.stock_round)


def _stop_timers(tx: Transaction, order_id: int, why: str) -> None:
    outbox.drop_for_order(tx, order_id, ["order.expire"], why)


def notify(tx: Transaction, order: Order, what: str, **facts: Any) -> None:
    """Have the customer told; `bot/notices.py` finds the words when it is sent."""
    payload = {"what": str(what), "customer_id": order.customer_id, **facts}
    outbox.put(tx, "notice", payload, lane=f"customer:{order.customer_id}", order_id=order.id)


def record(tx: Transaction, order_id: int, actor: str, kind: str, data: dict[str, Any] | None = None) -> None:
    """Write what happened into the order's history."""
    sql.order_event(tx.connection, order_id=order_id, actor=actor, kind=kind, data=storable_json(data or {}))
