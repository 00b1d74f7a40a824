"""The bank's word, looked up and turned into what becomes of the order.

Callbacks are hints that bring a token; timers ask unprompted. Both end in `_paid`, once per money.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from payments import attempts
from payments.attempts import Doubt, Payment
from payments.provider import Progress, Provider, ProviderError, Refused, Report, ReportKind, Standing
from store import cases, orders
from store.db import Database, Transaction, sql
from store.orders import SettleOutcome
from store.queue import inbox, outbox
from store.queue.policy import Drop, Later

log = structlog.get_logger(__name__)
Conclude = Callable[[Transaction], str]

LONGEST_CHECK_SECONDS = 3600.0
CHECK_AFTER_END_SECONDS = 120.0
PATIENCE = timedelta(hours=6)
"""How long an unreachable bank may delay the end of an overdue order."""
SAME_TRANSFER = timedelta(minutes=2)
"""The bank tells times to the minute; two reports of one transfer are not further apart than this."""


def take_in(tx: Transaction, event: inbox.Event) -> None:
    """Handle a stored callback: ask the bank, outside this transaction, what its token means."""
    payment = attempts.get(tx, int(event.payload["payment_id"]))
    outbox.put(
        tx,
        "payment.look_up",
        {"payment_id": payment.id, "token": event.payload["token"]},
        lane=f"callback:{payment.id}",  # not that of payment.create, which may be waiting for a long time
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
            report = self._provider.look_up(job.payload["token"], payment.method)
        except Refused as error:
            raise Drop(f"the bank does not know this token: {error}") from error
        except ProviderError as error:
            raise Later(str(error)) from error
        doubt = _doubt(payment, report)
        if doubt and not job.payload.get("doubted"):
            raise doubt
        if not _is_about(payment, report):
            return lambda tx: _disagrees(tx, payment, report.reference, "the token is about another payment")
        if report.kind is not ReportKind.PAYMENT:
            return lambda tx: _note(tx, payment, f"report of {report.kind}")
        if not report.succeeded:
            return lambda tx: _failed(tx, payment, report)
        return lambda tx: _reported(tx, payment, report)

    def check(self, job: outbox.Job) -> Conclude:
        """Job `payment.check`: ask unprompted how an undecided payment stands, again and again until its
        time is over, at growing distances."""
        payment = self._payment(job)
        if payment.status == "paid":
            raise Drop("it is paid")
        doubt, standing = None, None
        try:
            standing = attempts.ask(self._provider, payment)
        except Doubt as error:
            if not job.payload.get("doubted"):
                raise
            doubt = error
        if standing and standing.progress is Progress.PAID:
            charge = _charge(standing)
            return lambda tx: _paid(tx, payment, charge)
        over = datetime.now(UTC) > payment.expires_at + timedelta(seconds=CHECK_AFTER_END_SECONDS)
        over = over or (standing is not None and standing.progress is not Progress.WAITING)

        def conclude(tx: Transaction) -> str:
            if doubt:
                _disagrees(tx, payment, doubt.reference, str(doubt))
            return _over(tx, payment) if over else self._again(tx, payment, job)

        return conclude

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
        overdue = datetime.now(UTC) - (order.expires_at or datetime.now(UTC))
        if overdue < timedelta(0):
            raise Later("its time is not over yet", delay_seconds=-overdue.total_seconds())
        arrived, unheard = [], ""
        for payment in payments:
            if payment.status == "paid":  # its money is in the books, and was not what the order wants
                continue
            try:
                standing = attempts.ask(self._provider, payment)
            except Later as error:
                if overdue < PATIENCE:
                    raise
                unheard = str(error)
                continue
            if standing and standing.progress is Progress.PAID:
                arrived.append((payment, _charge(standing)))
        return lambda tx: _end(tx, order_id, arrived, unheard)

    def _payment(self, job: outbox.Job) -> Payment:
        return self._db.transaction(lambda tx: attempts.get(tx, int(job.payload["payment_id"])))

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


def _is_about(payment: Payment, report: Report) -> bool:
    same = report.order_no == payment.provider_order_no
    return same and payment.is_meant(report.reference, method_matches=report.method_matches)


def _doubt(payment: Payment, report: Report) -> Doubt | None:
    if not _is_about(payment, report):
        return Doubt("the token is about another payment", report.reference)
    if report.kind is ReportKind.PAYMENT and report.amount != payment.amount:
        return Doubt("the payment is of another amount", report.reference)
    return None


def _charge(told: Standing | Report) -> orders.Charge:
    return orders.Charge(told.reference, told.amount, told.moved_at or datetime.now(UTC))


def _paid(tx: Transaction, payment: Payment, charge: orders.Charge) -> SettleOutcome:
    """Money of this attempt has arrived. Whatever else is open for the order is wanted no more."""
    outcome = orders.settle(tx, payment.order_id, payment.id, charge, "bank")
    attempts.mark_paid(tx, payment, charge.reference)
    log.info("payment_settled", outcome=str(outcome), **attempts.facts(payment))
    others = [other for other in attempts.of_order(tx, payment.order_id) if other.live]
    if others and orders.get(tx, payment.order_id).status != "pending":
        lane = f"payment:{payment.order_id}"
        outbox.put(tx, "payment.abandon", {}, lane=lane, order_id=payment.order_id)
    return outcome


def _reported(tx: Transaction, payment: Payment, report: Report) -> str:
    """A report of money. A virtual account can be paid into twice, and the bank has one number for both:
    what cannot be the transfer we know is left to a human."""
    charge = _charge(report)
    outcome = _paid(tx, payment, charge)
    if outcome is SettleOutcome.DUPLICATE and payment.method == "atm":
        known = sql.money_arrived(tx.connection, reference=charge.reference)
        if known.amount != charge.amount or abs(known.moved_at - charge.moved_at) > SAME_TRANSFER:
            why = "the virtual account was paid into again"
            return _disagrees(tx, payment, charge.reference, why, amount=charge.amount)
    return outcome


def _failed(tx: Transaction, payment: Payment, report: Report) -> str:
    """A try to pay failed. The page lets the customer try again until its time is over.

    It is told once per reason: a failure is reported by both messengers, and the page has told it too.
    """
    order = orders.lock(tx, payment.order_id)
    reason = report.reason
    orders.record(tx, order.id, "bank", "payment_failed", {"reason": reason, "attempt": payment.attempt})
    now = attempts.get(tx, payment.id)
    if order.status == "pending" and now.live and now.last_error != reason:
        attempts.note_error(tx, payment, reason)
        orders.notify(tx, order, "payment_failed", reason=reason)
    return "failed"


def _over(tx: Transaction, payment: Payment) -> str:
    orders.lock(tx, payment.order_id)
    return "expired" if attempts.close(tx, payment, "expired") else "closed already"


def _end(tx: Transaction, order_id: int, arrived: list[tuple[Payment, orders.Charge]], unheard: str) -> str:
    for payment, charge in arrived:
        _paid(tx, payment, charge)
    if orders.expire(tx, order_id):
        if unheard:
            reason = {"error": unheard}
            cases.open_case(tx, cases.Kind.PAYMENT_STUCK, order_id, "expired without the bank's word", reason)
        return "expired"
    status = orders.get(tx, order_id).status
    if status == "pending":  # the database's clock is behind ours
        outbox.put(tx, "order.expire", {}, order_id=order_id, delay_seconds=1)
    return status


def _disagrees(tx: Transaction, payment: Payment, reference: str, why: str, **figures: int) -> str:
    said = {"why": why, **figures}
    orders.record(tx, payment.order_id, "bank", "bank_disagrees", {"reference": reference, **said})
    cases.open_case(tx, cases.Kind.BANK_DISAGREES, payment.order_id, reference, said)
    return why


def _note(tx: Transaction, payment: Payment, what: str) -> str:
    orders.record(tx, payment.order_id, "bank", "reported", {"what": what})
    return what
