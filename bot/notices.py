"""News of an order, put into words when they are sent: from how things stand then, not when they happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.scenes import paying
from bot.screens import orders as order_screens
from bot.screens import payment as screens
from bot.screens import wishes as wish_screens
from bot.screens.theme import Message, with_ways_back
from bot.words import speaking
from store import catalogue, wishes
from store.customers import Customer
from store.db import Transaction
from store.orders import Order
from store.shop import Shop

_BOUGHT = ("paid", "preparing", "shipped", "completed")
_NEWS: dict[str, tuple[Callable[[Order], list[Message]], tuple[str, ...]]] = {
    "paid": (screens.paid, _BOUGHT),
    "late_revived": (screens.revived, _BOUGHT),
    "expired": (screens.expired, ("expired",)),
    "cancelled": (screens.cancelled, ("cancelled",)),
}
"""News that is told while the order is in one of these states."""
_SHIPPED, _SENT = "shipped", ("shipped", "completed")
_WAITING = ("payment_ready", "payment_slow", "payment_failed", "payment_lapsed")
_BACK = "back_in_stock"
_MONEY: dict[str, Callable[[Order, int], list[Message]]] = {
    "late_refund": screens.late_refund,
    "extra_refund": screens.extra_refund,
    "amount_mismatch": screens.amount_mismatch,
}
"""News of an amount (TWD) that is told in any state: money must never go unmentioned."""
_REFUNDS: dict[str, Callable[[Order, int, str], list[Message]]] = {
    "refund_started": screens.refund_started,
    "refunded": screens.refunded,
}
"""News of an amount (TWD) on its way back to where it was paid from, by this method."""


def render(
    tx: Transaction, shop: Shop, customer: Customer, job_payload: dict[str, Any], order: Order | None
) -> list[Message] | None:
    """The messages of an outbox row of kind "notice", or None when it is no news any more.

    Raises ValueError for news nobody here knows or that lacks its order, so that a human sees the row.
    """
    what = str(job_payload.get("what", ""))
    if what == _BACK:
        return _back_in_stock(tx, shop, customer, int(job_payload["sku_id"]))
    if order is None or what not in (*_NEWS, *_WAITING, *_MONEY, *_REFUNDS, _SHIPPED):
        raise ValueError(f"there are no words for a notice {what!r}")
    with speaking(customer.language):
        messages = _messages(tx, what, job_payload, order)
        return with_ways_back(messages) if messages else None


def _messages(tx: Transaction, what: str, payload: dict[str, Any], order: Order) -> list[Message] | None:
    if what in _MONEY:
        return _MONEY[what](order, int(payload.get("amount", order.total)))
    if what in _REFUNDS:
        method = str(payload.get("method", order.payment_method))
        return _REFUNDS[what](order, int(payload.get("amount", order.total)), method)
    if what in _WAITING:
        return _waiting(tx, what, payload, order) if order.status == "pending" else None
    if what == _SHIPPED:
        return _shipped(payload, order) if order.status in _SENT else None
    screen, states = _NEWS[what]
    return screen(order) if order.status in states else None


def _waiting(tx: Transaction, what: str, payload: dict[str, Any], order: Order) -> list[Message] | None:
    """News of an order that still waits for its money."""
    payment = paying.newest(tx, order.id)
    if what == "payment_failed":
        return screens.failed(order, str(payload.get("reason", "")))
    if what == "payment_slow":
        undecided = payment is None or payment.status == "creating"
        return screens.slow(order) if undecided else None
    is_open = payment is not None and payment.open
    if what == "payment_lapsed":
        opening = is_open or paying.is_asked(tx, order.id) or (payment and payment.status == "creating")
        return None if opening else screens.lapsed(order)
    return paying.ready(order, payment) if payment and is_open else None


def _back_in_stock(tx: Transaction, shop: Shop, customer: Customer, sku_id: int) -> list[Message] | None:
    """What a customer waited for is back, unless it is gone again: then they go on waiting."""
    thing = catalogue.product_of_sku(tx, sku_id)
    sku = next((sku for sku in thing.skus if sku.id == sku_id), None) if thing else None
    if thing is None or sku is None or sku.stock <= 0:
        wishes.wait_again(tx, customer, sku_id)
        return None
    with speaking(customer.language):
        return with_ways_back(wish_screens.back_in_stock(shop, thing, sku))


def _shipped(payload: dict[str, Any], order: Order) -> list[Message]:
    carrier, tracking = str(payload.get("carrier", "")), str(payload.get("tracking", ""))
    return order_screens.shipped(order, carrier, tracking)
