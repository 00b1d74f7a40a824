"""The bank's word, looked up and turned into what becomes of the order.

Callbacks are hints that bring a token; timers ask unprompted. Both end in `_paid`, once per money.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from payments import attempts
from payments.attempts import Payment
from payments.provider import (
    Misconfigured,
    Progress,
    Provider,
    ProviderError,
    Refused,
    Report,
    ReportKind,
    Standing,
    Unavailable,
    Unsure,
)
from store import cases, orders
from store.db import Database, Transaction
from store.queue import inbox, outbox
from store.queue.policy import Drop, Later

log = structlog.get_logger(__name__)
Conclude = Callable[[Transaction], str]

LONGEST_CHECK_SECONDS = 3600.0
CHECK_AFTER_END_SECONDS = 120.0
PATIENCE = timedelta(hours=6)
"""How long an unreachable bank may delay the end of an overdue order."""


def take_in(tx: Transaction, event: inbox.Event) -> None:
    """Handle a stored callback: ask the bank, outside this transaction, what its token means."""
    payment = attempts.get(tx, int(event.payload["payment_id"]))
    outbox.put(
        tx,
        "payment.look_up",
        {"payment_id": payment.id, "token": event.payload["token"]},
        lane=f"payment:{payment.order_id}",
        order_id=payment.order_id,
    )


class Settlement:
    """Asks the provider and settles. Its methods are handlers of outbox jobs."""

    def __init__(self, db: Database, provider: Provider, *, check_after: int) -> None:
        self._db, self._provider = db, provider
        self._check_after = check_after

    def look_up(self, job: outbox.Job) -> Conclude:
        """Job `payment.look_up`: what a callback's token means."""
        payment = self._payment(job)
        try:
            report = self._provider.look_up(job.payload["token"])
        except Refused as error:
            raise Drop(f"the bank does not know this token: {error}") from error
        except (Unavailable, Unsure, Misconfigured) as error:
            raise Later(str(error)) from error
        if report.order_no != payment.provider_order_no or payment.provider_ref not in (
            None,
            report.reference,
        ):
            return lambda tx: _disagrees(tx, payment, report.reference, "the token is about another payment")
        if report.kind is not ReportKind.PAYMENT:
            return lambda tx: _note(tx, payment, f"report of {report.kind}")
        if not report.succeeded:
            return lambda tx: _failed(tx, payment, report)
        moved_at = report.moved_at or datetime.now(UTC)
        charge = orders.Charge(report.reference, report.amount, moved_at)
        return lambda tx: _paid(tx, payment, charge)

    def check(self, job: outbox.Job) -> Conclude:
        """Job `payment.check`: ask unprompted how an undecided payment stands, again and again until its
        time is over, at growing distances."""
        payment = self._payment(job)
        if payment.status == "paid":
            raise Drop("it is paid")
        standing = self._ask(payment)
        if standing is not None and (decided := self._decided(payment, standing)):
            return decided
        if datetime.now(UTC) > payment.expires_at + timedelta(seconds=CHECK_AFTER_END_SECONDS):
            return lambda tx: _over(tx, payment)
        return lambda tx: self._again(tx, payment, job)

    def expire(self, job: outbox.Job) -> Conclude:
        """Job `order.expire`: ask the bank, then end an order that was not paid in time."""
        if job.order_id is None:
            raise Drop("the job names no order")
        order_id = job.order_id
        order, payments = self._db.transaction(
            lambda tx: (orders.get(tx, order_id), attempts.of_order(tx, order_id))
        )
        if order.status != "pending":
            raise Drop(f"the order is {order.status}")
        unreachable = ""
        for payment in payments:
            try:
                standing = self._ask(payment)
            except Later as error:
                if order.expires_at and datetime.now(UTC) < order.expires_at + PATIENCE:
                    raise
                unreachable = str(error)
                continue
            if standing is not None and standing.progress is Progress.PAID:
                charge = _charge(standing)
                return lambda tx, payment=payment, charge=charge: _paid(tx, payment, charge)  # type: ignore[misc]
        return lambda tx: _expire(tx, order_id, unreachable)

    def _payment(self, job: outbox.Job) -> Payment:
        return self._db.transaction(lambda tx: attempts.get(tx, int(job.payload["payment_id"])))

    def _ask(self, payment: Payment) -> Standing | None:
        try:
            return self._provider.find(payment.provider_order_no, payment.method)
        except ProviderError as error:
            raise Later(str(error)) from error

    def _decided(self, payment: Payment, standing: Standing) -> Conclude | None:
        if not standing.method_matches or payment.provider_ref not in (None, standing.reference):
            return lambda tx: _disagrees(tx, payment, standing.reference, "the bank's order is another one")
        if standing.progress is Progress.PAID:
            return lambda tx: _paid(tx, payment, _charge(standing))
        if standing.progress in (Progress.EXPIRED, Progress.WITHDRAWN):
            return lambda tx: _over(tx, payment)
        return None

    def _again(self, tx: Transaction, payment: Payment, job: outbox.Job) -> str:
        before = float(job.payload.get("interval", self._check_after / 2))
        interval = min(LONGEST_CHECK_SECONDS, 2 * before)
        left = (payment.expires_at - datetime.now(UTC)).total_seconds() + CHECK_AFTER_END_SECONDS + 1
        outbox.put(
            tx,
            "payment.check",
            {"payment_id": payment.id, "interval": interval},
            order_id=payment.order_id,
            delay_seconds=max(1.0, min(interval, left)),
        )
        return "still undecided"


def _charge(standing: Standing) -> orders.Charge:
    return orders.Charge(standing.reference, standing.amount, standing.moved_at or datetime.now(UTC))


def _paid(tx: Transaction, payment: Payment, charge: orders.Charge) -> str:
    orders.lock(tx, payment.order_id)
    outcome = orders.settle(tx, payment.order_id, payment.id, charge, "bank")
    attempts.mark_paid(tx, payment, charge.reference)
    log.info("payment_settled", outcome=str(outcome), **attempts.facts(payment))
    return str(outcome)


def _failed(tx: Transaction, payment: Payment, report: Report) -> str:
    """A try to pay failed. The page lets the customer try again until its time is over."""
    order = orders.lock(tx, payment.order_id)
    reason = report.reason
    orders.record(tx, order.id, "bank", "payment_failed", {"reason": reason, "attempt": payment.attempt})
    if order.status == "pending" and attempts.get(tx, payment.id).live:
        attempts.note_error(tx, payment, reason)
        orders.notify(tx, order, "payment_failed", reason=reason)
    return "failed"


def _over(tx: Transaction, payment: Payment) -> str:
    orders.lock(tx, payment.order_id)
    return "expired" if attempts.close(tx, payment, "expired") else "closed already"


def _expire(tx: Transaction, order_id: int, unreachable: str) -> str:
    if not orders.expire(tx, order_id):
        if orders.get(tx, order_id).status == "pending":
            raise Later("its time is not over yet", delay_seconds=1.0)
        return "no longer pending"
    if unreachable:
        reason = {"error": unreachable}
        cases.open_case(tx, cases.Kind.PAYMENT_STUCK, order_id, "expired without the bank's word", reason)
    return "expired"


def _disagrees(tx: Transaction, payment: Payment, reference: str, why: str) -> str:
    orders.record(tx, payment.order_id, "bank", "bank_disagrees", {"reference": reference, "why": why})
    cases.open_case(tx, cases.Kind.BANK_DISAGREES, payment.order_id, reference, {"why": why})
    return why


def _note(tx: Transaction, payment: Payment, what: str) -> str:
    orders.record(tx, payment.order_id, "bank", "reported", {"what": what})
    return what
