"""How an order that waits for money can be paid right now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.screens import payment as screens
from bot.screens.theme import Message
from store.db import Transaction, sql
from store.orders import Order


@dataclass(frozen=True)
class Payment:
    """The latest attempt to pay an order."""

    id: int
    order_id: int
    attempt: int
    method: str
    status: str
    pay_url: str | None
    account_no: str | None
    expires_at: datetime
    last_error: str

    @property
    def open(self) -> bool:
        """Whether the customer can pay by it at this moment."""
        return self.status == "waiting" and self.expires_at > datetime.now(UTC)


def newest(tx: Transaction, order_id: int) -> Payment | None:
    """The latest attempt by the present method, or None when the bank has not been asked yet."""
    row = sql.chat_payment_newest(tx.connection, order_id=order_id)
    return Payment(*row) if row else None


def is_asked(tx: Transaction, order_id: int) -> bool:
    """Whether the worker is about to open a way to pay."""
    return bool(sql.chat_payment_is_asked(tx.connection, order_id=order_id))


def ready(order: Order, payment: Payment) -> list[Message]:
    """The way to pay that is open."""
    until = min(payment.expires_at, order.expires_at or payment.expires_at)
    if payment.account_no:
        return screens.ready_account(order, payment.account_no, until)
    return screens.ready_page(order, payment.pay_url or "", until, datetime.now(UTC))


def standing(tx: Transaction, order: Order) -> list[Message]:
    """The way to pay, or why there is none and what to do about it."""
    payment = newest(tx, order.id)
    if payment is not None and payment.open:
        return ready(order, payment)
    if payment is None or payment.status == "creating" or is_asked(tx, order.id):
        return screens.slow(order)
    if payment.status == "failed":
        return screens.failed(order, payment.last_error)
    return screens.lapsed(order)
