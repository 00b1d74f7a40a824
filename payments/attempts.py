"""Attempts to pay: the one place where a row of `payments` changes its state, and the jobs that open
and close a way to pay at the provider."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from payments.provider import (
    Payable,
    PaymentRequest,
    Progress,
    Provider,
    ProviderError,
    Refused,
    Standing,
)
from store import orders
from store.db import Database, Transaction, sql
from store.queue import outbox
from store.queue.policy import Drop, Later, RetryPolicy
from store.shop import Shop

log = structlog.get_logger(__name__)
PAYMENT_POLICY = RetryPolicy(base=2.0, cap=120.0, attempts=2000)
"""For every payment job: a bank that is down for days is still asked; orders end by their own time."""
Conclude = Callable[[Transaction], str]

ATTEMPT_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LAPSED_PAGE_SECONDS = 15.0
"""How soon a page that is over by our clock, but not by the provider's, is asked about again."""


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


class Doubt(Later):
    """The provider's answer contradicts what was agreed with it; it is asked again before it counts."""

    def __init__(self, why: str, reference: str) -> None:
        super().__init__(why, facts={"doubted": True})
        self.reference = reference


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


def ask(provider: Provider, payment: Payment) -> Standing | None:
    """How an attempt stands at the provider; None when it is not known there.

    Raises `Later` when that cannot be learnt now, and its kind `Doubt` when the answer is about something
    else than was agreed.
    """
    try:
        standing = provider.find(payment.provider_order_no, payment.method)
    except ProviderError as error:
        raise Later(str(error)) from error
    if standing is None:
        return None
    if not payment.is_meant(standing.reference, method_matches=standing.method_matches):
        raise Doubt("the bank's order is another one", standing.reference)
    if standing.amount != payment.amount:
        raise Doubt("the bank's order is of another amount", standing.reference)
    return standing


def note_error(tx: Transaction, payment: Payment, why: str) -> None:
    """Remember what the provider said about a try to pay; the attempt lives on."""
    sql.payment_note_error(tx.connection, id=payment.id, error=why)


class Cashier:
    """Opens and closes ways to pay. Its methods are handlers of outbox jobs."""

    def __init__(self, db: Database, provider: Provider, shop: Shop, *, check_after: int) -> None:
        self._db, self._provider, self._shop = db, provider, shop
        self._check_after = check_after

    def create(self, job: outbox.Job) -> Conclude:
        """Job `payment.create`: give the customer a way to pay a pending order.

        An attempt that was begun before (by a run that crashed or lost its answer, or by one whose page has
        lapsed) is asked about first, and told again, or replaced, only when no money can come of it.
        """
        order_id = _order_id(job)
        payment, begun = self._db.transaction(lambda tx: self._current(tx, order_id))
        if begun:
            if payment.status == "waiting" and not payment.lapsed:
                return lambda tx: _announce(tx, order_id, "the way to pay is there already")
            standing = ask(self._provider, payment)
            if standing and standing.progress is Progress.PAID:
                return lambda tx: self._check_soon(tx, payment, 0, "paid already")
            if standing and standing.progress is Progress.WAITING:
                if payment.lapsed:
                    raise Later("the last page can still be paid", delay_seconds=LAPSED_PAGE_SECONDS)
                if payable := standing.payable:
                    return lambda tx: self._opened(tx, payment, payable)
            if standing or payment.lapsed:  # over, or its address was lost and cannot be asked for
                over = payment
                payment, begun = self._db.transaction(lambda tx: self._current(tx, order_id, over))
        return self._open(payment)

    def _current(self, tx: Transaction, order_id: int, over: Payment | None = None) -> tuple[Payment, bool]:
        """The live attempt of the order and True, or a new one and False, when it is none or the one `over`.

        Raises Drop when the order wants no money any more.
        """
        order = orders.lock(tx, order_id)
        if order.status != "pending":
            raise Drop(f"the order is {order.status}")
        if order.expires_at is None or order.expires_at <= datetime.now(UTC):
            raise Drop("the time of the order is over")
        known = of_order(tx, order_id)
        if known and known[0].live:
            if over is None or over.id != known[0].id:
                return known[0], True
            close(tx, over, "expired")
        attempt = len(known) + 1
        if attempt > len(ATTEMPT_LETTERS):
            raise Drop("too many attempts to pay")
        lifetime = self._provider.lifetime_seconds(order.payment_method)
        until = order.expires_at
        if lifetime is not None:
            until = min(until, datetime.now(UTC) + timedelta(seconds=lifetime))
        row = sql.payment_insert(
            tx.connection,
            order_id=order_id,
            attempt=attempt,
            provider=self._provider.name,
            method=order.payment_method,
            amount=order.total,
            provider_order_no=order.code + ATTEMPT_LETTERS[attempt - 1],
            callback_key=secrets.token_urlsafe(24),
            expires_at=until,
        )
        return Payment(*row), False

    def _open(self, payment: Payment) -> Conclude:
        """Have the provider open a way to pay; it may refuse."""
        base = f"{self._shop.public_url}/payments/{self._provider.name}"
        request = PaymentRequest(
            order_no=payment.provider_order_no,
            method=payment.method,
            amount=payment.amount,
            description=f"{self._shop.name} {payment.provider_order_no[:-1]}",
            expires_at=payment.expires_at,
            backend_url=f"{base}/backend/{payment.callback_key}",
            return_url=f"{base}/return/{payment.callback_key}",
        )
        try:
            payable = self._provider.create(request)
        except Refused as error:
            log.warning("payment_refused", reason=str(error), **facts(payment))
            refusal = error
            return lambda tx: self._refused(tx, payment, refusal)
        except ProviderError as error:
            raise Later(str(error)) from error
        return lambda tx: self._opened(tx, payment, payable)

    def _opened(self, tx: Transaction, payment: Payment, payable: Payable) -> str:
        order = orders.lock(tx, payment.order_id)
        opened = sql.payment_set_waiting(
            tx.connection,
            id=payment.id,
            provider_ref=payable.reference,
            pay_url=payable.pay_url,
            account_no=payable.account_no,
        )
        if not opened:
            return "paid before the bank's answer came"
        self._check_soon(tx, payment, self._check_after, "")
        if order.status != "pending":  # given up while the bank was being told
            outbox.put(tx, "payment.abandon", {}, lane=f"payment:{order.id}", order_id=order.id)
            return f"opened, but the order is {order.status}"
        orders.record(tx, order.id, "bank", "payment_opened", {"attempt": payment.attempt})
        return _announce(tx, order.id, "opened")

    def _refused(self, tx: Transaction, payment: Payment, refusal: Refused) -> str:
        order = orders.lock(tx, payment.order_id)
        if close(tx, payment, "failed", refusal.text):
            orders.record(tx, order.id, "bank", "payment_refused", {"reason": str(refusal)})
            orders.notify(tx, order, "payment_failed", reason=refusal.text)
        return "refused"

    def _check_soon(self, tx: Transaction, payment: Payment, seconds: float, outcome: str) -> str:
        outbox.put(
            tx, "payment.check", {"payment_id": payment.id}, order_id=payment.order_id, delay_seconds=seconds
        )
        return outcome

    def abandon(self, job: outbox.Job) -> Conclude:
        """Job `payment.abandon`: close what is still open at the provider for an order that wants no money.

        A virtual account is disabled; a page cannot be, and ends by itself. Money that comes all the same
        is found by `payment.check`, which keeps looking a while longer.
        """
        order_id = _order_id(job)
        order, known = self._db.transaction(lambda tx: (orders.get(tx, order_id), of_order(tx, order_id)))
        if order.status == "pending":
            raise Drop("the order waits for its money again")
        unwanted = [payment for payment in known if payment.live]
        for payment in unwanted:
            self._disable(payment)
        status = "expired" if order.status == "expired" else "cancelled"

        def conclude(tx: Transaction) -> str:
            orders.lock(tx, order_id)
            for payment in unwanted:
                close(tx, payment, status)
                self._check_soon(tx, payment, 0, "")
            return f"closed {len(unwanted)}"

        return conclude

    def _disable(self, payment: Payment) -> None:
        try:
            self._provider.disable(payment.provider_order_no, payment.method)
        except ProviderError as error:
            # Refused: paid meanwhile, or unknown there; the check will tell. Lapsed: it ends by itself.
            if not isinstance(error, Refused) and not payment.lapsed:
                raise Later(str(error)) from error
            log.info("payment_not_disabled", reason=str(error), **facts(payment))


def _announce(tx: Transaction, order_id: int, outcome: str) -> str:
    orders.notify(tx, orders.get(tx, order_id), "payment_ready")
    return outcome


def _order_id(job: outbox.Job) -> int:
    if job.order_id is None:
        raise Drop("the job names no order")
    return job.order_id


def facts(payment: Payment) -> dict[str, Any]:
    """What a log line or a case says of an attempt: nothing personal."""
    return {"payment": payment.id, "attempt": payment.attempt, "method": payment.method}
