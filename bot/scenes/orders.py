"""The customer's orders: seen by their owner alone."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.actions import Action
from bot.scenes import Answer, Scene, Talk, paying
from bot.screens import cart as cart_screens
from bot.screens import orders as screens
from bot.screens import payment as payment_screens
from bot.screens import receipts
from bot.screens.checkout import choices
from bot.screens.orders import Contents
from bot.screens.theme import Message
from store import carts, fulfilment, orders, returns
from store.db import sql
from store.orders import CancelOutcome, ChangeOutcome, Order
from store.returns import Standing

PAGE = 10


def listed(talk: Talk, action: Action | None = None) -> Answer:
    """The newest orders, or those `before` an id; of the states behind tab `s` alone, if one is named."""
    before = action.number("before") if action else 0
    tab = action.text("s") if action and action.text("s") in screens.TABS else ""
    found = orders.of_customer(
        talk.tx,
        talk.customer.id,
        statuses=screens.TABS.get(tab),
        before_id=before or None,
        limit=PAGE + 1,
    )
    shown = found[:PAGE]
    rows = sql.chat_orders_contents(talk.tx.connection, order_ids=[order.id for order in shown])
    contents = {row.order_id: Contents(row.name, row.pieces) for row in rows}
    return screens.listed(shown, contents, more=len(found) > PAGE, tab=tab)


def detail(talk: Talk, action: Action) -> Answer:
    """One order."""
    order = own(talk, action)
    return show(talk, order) if order else screens.not_yours()


def show(talk: Talk, order: Order) -> list[Message]:
    """An order that is known to be the customer's."""
    sent = order.status in ("shipped", "completed", "refunding", "refunded")
    shipment = fulfilment.shipment(talk.tx, order.id) if sent else None
    returning = returns.standing(talk.tx, order.id) if sent else Standing.NOTHING
    return screens.detail(order, orders.lines(talk.tx, order.id), shipment, returning)


def receipt(talk: Talk, action: Action) -> Answer:
    """What was paid for, and how."""
    order = own(talk, action)
    if order is None:
        return screens.not_yours()
    if not receipts.has_receipt(order):
        return show(talk, order)
    return receipts.receipt(talk.shop, order, orders.lines(talk.tx, order.id))


def by_code(talk: Talk, typed: str) -> Answer:
    """The customer's order with a typed number; None when the words are no such number."""
    found = re.fullmatch(r"#?\s*([A-Z0-9]{8})", typed.upper(), re.ASCII)
    order = orders.by_code(talk.tx, found[1]) if found else None
    return show(talk, order) if order and order.customer_id == talk.customer.id else None


def pay(talk: Talk, action: Action) -> Answer:
    """How to pay an order."""
    order = own(talk, action)
    if order is None:
        return screens.not_yours()
    return paying.standing(talk.tx, order) if order.status == "pending" else show(talk, order)


def retry(talk: Talk, action: Action) -> Answer:
    """Pay again: by the way that is open, or by a new one, which the bank has to be asked for first."""
    order = own(talk, action)
    if order is None or order.status != "pending":
        return show(talk, order) if order else screens.not_yours()
    payment = paying.newest(talk.tx, order.id)
    if payment is None or payment.status == "creating" or payment.open or paying.is_asked(talk.tx, order.id):
        return paying.standing(talk.tx, order)
    orders.ask_for_payment(talk.tx, order)
    return None


def change_method(talk: Talk, action: Action) -> Answer:
    """Pay otherwise: how?"""
    order = own(talk, action)
    if order is None:
        return screens.not_yours()
    return _methods(talk, order) if order.status == "pending" else show(talk, order)


def _methods(talk: Talk, order: Order) -> Answer:
    every = choices(talk.shop, order.total, order.delivery_method)
    return payment_screens.other_methods(order, [one for one in every if one.method != order.payment_method])


def method_to(talk: Talk, action: Action) -> Answer:
    """Pay by `m` from now on. The bank is asked for the new way, and its answer comes as a notice."""
    order, method = own(talk, action), action.text("m")
    if order is None:
        return screens.not_yours()
    if method not in talk.shop.offered_methods:
        return change_method(talk, action)
    actor = f"customer:{talk.customer.id}"
    outcome = orders.change_method(talk.tx, order.id, method, talk.shop.order_ttl(method), actor)
    now = orders.get(talk.tx, order.id)
    match outcome:
        case ChangeOutcome.CHANGED:
            return payment_screens.now_cod(now) if method == "cod" else None
        case ChangeOutcome.SAME:
            return paying.standing(talk.tx, now)
        case ChangeOutcome.OVER_LIMIT:
            return _methods(talk, now)
        case ChangeOutcome.TOO_LATE:
            return show(talk, now)


def ask_cancel(talk: Talk, action: Action) -> Answer:
    """Cancel, with a question first."""
    order = own(talk, action)
    if order is None:
        return screens.not_yours()
    return screens.ask_cancel(order) if order.cancellable else _not_cancellable(talk, order)


def cancel(talk: Talk, action: Action) -> Answer:
    """Cancel now."""
    order = own(talk, action)
    if order is None:
        return screens.not_yours()
    if orders.cancel(talk.tx, order.id, f"customer:{talk.customer.id}") is CancelOutcome.CANCELLED:
        return payment_screens.cancelled(replace(order, status="cancelled"))
    return _not_cancellable(talk, orders.get(talk.tx, order.id))


def _not_cancellable(talk: Talk, order: Order) -> Answer:
    ended = order.status in ("cancelled", "expired")
    return show(talk, order) if ended else screens.too_late(order)


def reorder(talk: Talk, action: Action) -> Answer:
    """Put what was bought into the cart again; a second tap adds nothing to the first."""
    order = own(talk, action)
    if order is None:
        return screens.not_yours()
    missing = 0
    for line in orders.lines(talk.tx, order.id):
        cart = carts.open_cart(talk.tx, talk.customer)
        held = next((there.quantity for there in cart.everything if there.sku_id == line.sku_id), 0)
        change = carts.set_quantity(talk.tx, cart, line.sku_id, max(held, line.quantity))
        missing += change is None or change.quantity < line.quantity
    cart = carts.open_cart(talk.tx, talk.customer)
    return [screens.reordered(missing), *cart_screens.contents(cart, talk.quote(cart))]


def own(talk: Talk, action: Action) -> Order | None:
    """The order a button names, if it is this customer's."""
    try:
        order = orders.get(talk.tx, action.number("id"))
    except LookupError:
        return None
    return order if order.customer_id == talk.customer.id else None


ACTIONS: dict[str, Scene] = {
    "orders": listed,
    "order": detail,
    "pay": pay,
    "retry": retry,
    "cancel": ask_cancel,
    "cancel_now": cancel,
    "reorder": reorder,
    "receipt": receipt,
    "change_method": change_method,
    "method_to": method_to,
}
