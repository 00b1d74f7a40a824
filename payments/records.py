"""The rows of `payments`, one per attempt to pay: the one place where they change their state."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from store.db import Transaction, sql
from store.orders import Order
from store.payment_methods import split

ATTEMPT_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Payment:
    """One attempt to pay an order; `amount` in TWD. `provider_order_no` is the order's code and a letter."""

    id: int
    order_id: int
    attempt: int
    provider: str
    method: str
    amount: int
    status: str
    provider_order_no: str
    provider_ref: str | None
    callback_key: str
    pay_url: str | None
    account_no: str | None
    expires_at: datetime
    last_error: str

    @property
    def kind(self) -> str:
        """The method as a provider knows it: a card in instalments is a card."""
        return split(self.method)[0]

    @property
    def live(self) -> bool:
        """Whether the customer may still pay by it, as far as we know."""
        return self.status in ("creating", "waiting")

    @property
    def lapsed(self) -> bool:
        """Whether its own time is over (a card page lives shorter than its order)."""
        return self.expires_at <= datetime.now(UTC)

    def is_meant(self, reference: str, *, method_matches: bool) -> bool:
        """Whether an answer of the provider with this number of its own can be about this attempt."""
        return method_matches and self.provider_ref in (None, reference)


def begin(tx: Transaction, order: Order, provider: str, attempt: int, expires_at: datetime) -> Payment:
    """A new attempt to pay an order; the database refuses a second live one."""
    row = sql.payment_insert(
        tx.connection,
        order_id=order.id,
        attempt=attempt,
        provider=provider,
        method=order.payment_method,
        amount=order.total,
        provider_order_no=order.code + ATTEMPT_LETTERS[attempt - 1],
        callback_key=secrets.token_urlsafe(24),
        expires_at=expires_at,
    )
    return Payment(*row)


def get(tx: Transaction, payment_id: int) -> Payment:
    """One attempt; raises LookupError when there is none."""
    row = sql.payment_by_id(tx.connection, id=payment_id)
    if row is None:
        raise LookupError(f"there is no payment {payment_id}")
    return Payment(*row)


def by_callback_key(tx: Transaction, key: str) -> Payment | None:
    """The attempt whose callback addresses hold this key."""
    row = sql.payment_by_callback_key(tx.connection, callback_key=key)
    return Payment(*row) if row else None


def of_order(tx: Transaction, order_id: int) -> list[Payment]:
    """All attempts of an order, newest first."""
    return [Payment(*row) for row in sql.payments_of_order(tx.connection, order_id=order_id)]


def mark_paid(tx: Transaction, payment: Payment, reference: str) -> None:
    """Money of this attempt has arrived, whatever was thought of it before."""
    sql.payment_set_paid(tx.connection, id=payment.id, provider_ref=reference)


def close(tx: Transaction, payment: Payment, status: str, why: str = "") -> bool:
    """End a live attempt unpaid (failed, expired, cancelled); False when it was not live any more."""
    return bool(sql.payment_close(tx.connection, id=payment.id, status=status, error=why))


def note_error(tx: Transaction, payment: Payment, why: str) -> None:
    """Remember what the provider said about a try to pay; the attempt lives on."""
    sql.payment_note_error(tx.connection, id=payment.id, error=why)


def facts(payment: Payment) -> dict[str, Any]:
    """What a log line or a case says of an attempt: nothing personal."""
    return {"payment": payment.id, "attempt": payment.attempt, "method": payment.method}
