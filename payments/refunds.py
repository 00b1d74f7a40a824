"""Telling the bank of refunds, and asking how they end. Its methods are handlers of outbox jobs.

Nothing is refunded twice: before a refund is sent, what the bank knows of is written down, and before it is
sent again the bank's list is compared with that. What is new in it is this refund, because one at a time is
sent of a payment, and none while an earlier one is under way that the bank does not list by number yet.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from payments import records
from payments.provider import (
    AlreadyAsked,
    Misconfigured,
    Progress,
    Provider,
    RefundProgress,
    Refused,
    Returned,
    Standing,
    Unavailable,
)
from payments.records import Payment
from payments.teller import Teller
from store import cases, orders, refunds
from store.db import Database, Transaction
from store.queue import outbox
from store.queue.policy import Drop, Later
from store.refunds import Refund

Conclude = Callable[[Transaction], str]

TRACE_SECONDS = 240.0
"""How long after a refund was sent the bank may still list it. While a token for a virtual account lives, 120
seconds (豐收款 API 開發規格書 V2.4, 8.3), the bank refuses another refund as asked for already; the rest is
the longest that a call is on its way before it begins."""
QUEUE_SECONDS = 60.0
"""How soon a refund that stands behind another one of its payment is looked at again."""
CAPTURE_SECONDS = 5.0
FIRST_CHECK_SECONDS = 60.0
LONGEST_CHECK_SECONDS = 3600.0
PATIENCE = timedelta(days=14)
"""A refund that has not ended after this long is shown to a human; it is asked about further on."""


class Refunder:
    """Sends refunds and follows them to their end."""

    def __init__(self, db: Database, provider: Provider) -> None:
        self._db, self._provider = db, provider
        self._teller = Teller(db, provider)

    def send(self, job: outbox.Job) -> Conclude:
        """Job `refund.send`: look first, then do what the payment's state asks for: an authorisation is
        withdrawn, captured money is given back."""
        refund, payment, others = self._read(int(job.payload["refund_id"]))
        if refund.status not in ("asked", "sending"):
            raise Drop(f"the refund is {refund.status}")
        standing = self._look(payment)
        told_before = refund.status == "sending"
        if told_before and (standing.progress is Progress.WITHDRAWN or _trace(refund, others, standing)):
            return lambda tx: _accepted(tx, refund)
        if told_before:
            self._wait_for_trace(refund)
        try:
            return self._act(refund, payment, others, standing)
        except Refused as error:
            if isinstance(error, AlreadyAsked) and told_before:
                # By us: the answer to that was lost, and the bank's list is late.
                return lambda tx: _accepted(tx, refund)
            return _failed(refund, error.code, error.text or str(error))

    def _act(self, refund: Refund, payment: Payment, others: list[Refund], standing: Standing) -> Conclude:
        """What the payment's state asks for. A refusal is raised."""
        number, kind, amount = payment.provider_order_no, payment.kind, refund.amount
        match standing.progress:
            case Progress.WITHDRAWN:
                return self._tell(refund, standing, lambda: None)
            case Progress.AUTHORISED:
                return self._of_authorised(refund, payment, standing)
            case Progress.PAID:
                if _is_occupied(others, standing):
                    why = "another refund of this payment is under way"
                    raise Later(why, delay_seconds=QUEUE_SECONDS)
                return self._tell(refund, standing, lambda: self._provider.refund(number, kind, amount))
        return _failed(refund, "", "銀行的紀錄裡這筆付款還沒有收到錢，請到豐收款後台確認。")

    def check(self, job: outbox.Job) -> Conclude:
        """Job `refund.check`: how a refund the bank took on stands, until it has ended."""
        refund, payment, others = self._read(int(job.payload["refund_id"]))
        if refund.status not in ("sending", "accepted"):
            raise Drop(f"the refund is {refund.status}")
        heard = self.hear(refund, payment, others)
        return lambda tx: heard(tx) or _again(tx, refund, payment, job)

    def follow(self, refund_id: int) -> Conclude:
        """Ask how a refund stands; what to write about it, which answers "" while it is under way."""
        return self.hear(*self._read(refund_id))

    def hear(self, refund: Refund, payment: Payment, others: list[Refund]) -> Conclude:
        """The same for one whose surroundings were read. Raises `Later` and `Doubt` like `Teller.ask`."""
        standing = self._look(payment)
        if standing.progress is Progress.WITHDRAWN:
            found = Returned(standing.reference, refund.amount, RefundProgress.DONE, standing.moved_at)
        else:
            found = _trace(refund, others, standing) or Returned("", None, RefundProgress.RUNNING, None)
        match found.progress:
            case RefundProgress.DONE:
                number = found.number or f"{standing.reference}:{refund.id}"
                at = found.moved_at or datetime.now(UTC)
                return lambda tx: _done(tx, refund, payment, number, at)
            case RefundProgress.FAILED:
                why = "銀行退款失敗，款項還在您的帳上。請確認客人的帳號後再退一次。"
                return _failed(refund, "", why, found.number or None)
        return lambda tx: ""

    def _read(self, refund_id: int) -> tuple[Refund, Payment, list[Refund]]:
        def work(tx: Transaction) -> tuple[Refund, Payment, list[Refund]]:
            refund = refunds.get(tx, refund_id)
            others = [one for one in refunds.of_payment(tx, refund.payment_id) if one.id != refund.id]
            return refund, records.get(tx, refund.payment_id), others

        return self._db.transaction(work)

    def _look(self, payment: Payment) -> Standing:
        standing = self._teller.ask(payment)
        if standing is None:
            raise Later("the bank does not know the payment")
        return standing

    def _wait_for_trace(self, refund: Refund) -> None:
        sent_at = refund.sent_at or datetime.now(UTC)
        left = TRACE_SECONDS - (datetime.now(UTC) - sent_at).total_seconds()
        if left > 0:
            raise Later("the bank may still be at it", delay_seconds=left)

    def _of_authorised(self, refund: Refund, payment: Payment, standing: Standing) -> Conclude:
        """An authorisation is withdrawn whole; for a part it has to become money first."""
        number, kind = payment.provider_order_no, payment.kind
        part = refund.amount < payment.amount
        try:
            if not part:
                return self._tell(refund, standing, lambda: self._provider.cancel(number, kind))
            with self._teller.patience():
                self._provider.capture(number, kind)
        except Refused as error:
            raise Later(str(error)) from error  # it was captured or withdrawn meanwhile: look again
        raise Later("captured, to give a part of it back", delay_seconds=CAPTURE_SECONDS)

    def _tell(self, refund: Refund, standing: Standing, call: Callable[[], None]) -> Conclude:
        """Write down what the bank knows of, then tell it."""
        seen = [one.key for one in standing.refunds]
        if not self._db.transaction(lambda tx: refunds.set_sending(tx, refund, seen)):
            raise Drop("the refund is over")
        with self._teller.patience():
            try:
                call()
            except (Unavailable, Misconfigured):  # nothing was done: the next try need not look for a trace
                self._db.transaction(lambda tx: refunds.put_back(tx, refund))
                raise
        return lambda tx: _accepted(tx, refund)


def _trace(refund: Refund, others: list[Refund], standing: Standing) -> Returned | None:
    """What the bank knows of this refund: what it did not know before it was told, and is nobody else's.

    Earlier refunds that failed before the bank listed any have no number here; their failures come first.
    """
    taken = {one.provider_ref for one in others if one.provider_ref}
    fresh = [
        one
        for one in standing.refunds
        if one.key not in refund.seen and one.number not in taken and one.amount in (None, refund.amount)
    ]
    unnamed = sum(
        one.status == "failed"
        and one.sent_at is not None
        and not (one.problem_code or one.provider_ref)
        and one.amount == refund.amount
        and one.id < refund.id
        for one in others
    )
    failures = [one for one in fresh if one.number and one.progress is RefundProgress.FAILED]
    rest = [one for one in fresh if one not in failures] + failures[unnamed:]
    return rest[0] if rest else None


def _is_occupied(others: list[Refund], standing: Standing) -> bool:
    """Whether another refund of the payment would hide the trace of this one."""
    unlisted = any(one.progress is RefundProgress.RUNNING and not one.number for one in standing.refunds)
    return unlisted or any(one.status == "sending" for one in others)


def _accepted(tx: Transaction, refund: Refund) -> str:
    orders.lock(tx, refund.order_id)
    if refunds.accept(tx, refund):
        refunds.check(tx, refund)
    return "accepted"


def _done(tx: Transaction, refund: Refund, payment: Payment, number: str, at: datetime) -> str:
    return "done" if refunds.finish(tx, refund, number, at, payment.kind) else "done already"


def _failed(refund: Refund, code: str, problem: str, number: str | None = None) -> Conclude:
    return lambda tx: "failed" if refunds.fail(tx, refund, code, problem, number) else "over already"


def _again(tx: Transaction, refund: Refund, payment: Payment, job: outbox.Job) -> str:
    """Look again later; the first time the customer hears that the money is on its way."""
    order = orders.lock(tx, refund.order_id)
    before = float(job.payload.get("interval", 0))
    if not before:
        orders.notify(tx, order, "refund_started", amount=refund.amount, method=payment.kind)
    if datetime.now(UTC) - refund.created_at > PATIENCE:
        facts = {"refund": refund.id, "amount": refund.amount, "why": "the bank has not ended the refund"}
        cases.open_case(tx, cases.Kind.PAYMENT_STUCK, order.id, f"refund:{refund.id}", facts)
    interval = min(LONGEST_CHECK_SECONDS, max(FIRST_CHECK_SECONDS, 2 * before))
    refunds.check(tx, refund, interval=interval, delay_seconds=interval)
    return "under way"
