"""Attempts to pay: the jobs that open and close a way to pay at the provider."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from payments import records
from payments.provider import Payable, PaymentRequest, Progress, Provider, Refused
from payments.records import ATTEMPT_LETTERS, Payment
from payments.teller import Teller
from store import orders
from store.db import Database, Transaction, sql
from store.payment_methods import split
from store.queue import outbox
from store.queue.policy import Drop, Later, RetryPolicy
from store.shop import Shop

log = structlog.get_logger(__name__)
PAYMENT_POLICY = RetryPolicy(base=2.0, cap=120.0, attempts=2000)
"""For every payment job: a bank that is down for days is still asked; orders end by their own time."""
Conclude = Callable[[Transaction], str]

LAPSED_PAGE_SECONDS = 15.0
"""How soon a page that is over by our clock, but not by the provider's, is asked about again."""


class Cashier:
    """Opens and closes ways to pay. Its methods are handlers of outbox jobs."""

    def __init__(self, db: Database, provider: Provider, shop: Shop, *, check_after: int) -> None:
        self._db, self._provider, self._shop = db, provider, shop
        self._teller = Teller(db, provider)
        self._check_after = check_after

    def create(self, job: outbox.Job) -> Conclude:
        """Job `payment.create`: give the customer a way to pay a pending order, by the method it has now.

        An attempt that was begun before (by a run that crashed or lost its answer, by one whose page has
        lapsed, or by another method) is asked about first, and told again, or replaced, only when no money
        has come of it.
        """
        order_id = _order_id(job)
        payment, begun, method = self._db.transaction(lambda tx: self._current(tx, order_id))
        changed = payment.method != method
        if begun:
            if payment.status == "waiting" and not payment.lapsed and not changed:
                return lambda tx: _announce(tx, order_id, "the way to pay is there already")
            standing = self._teller.ask(payment)
            if standing and standing.arrived:
                return lambda tx: self._check_soon(tx, payment, 0, "paid already")
            if standing and standing.progress is Progress.WAITING and not changed:
                if payment.lapsed:
                    raise Later("the last page can still be paid", delay_seconds=LAPSED_PAGE_SECONDS)
                if payable := standing.payable:
                    return lambda tx: self._opened(tx, payment, payable)
            if changed:
                self._disable(payment)
            if changed or standing or payment.lapsed:  # else its address was lost, and is told again
                over = payment
                payment, begun, _ = self._db.transaction(lambda tx: self._current(tx, order_id, over))
        return self._open(payment)

    def _current(
        self, tx: Transaction, order_id: int, over: Payment | None = None
    ) -> tuple[Payment, bool, str]:
        """The live attempt of the order and True, or a new one and False, when there is none or it is the
        one `over`; and the order's method.

        Raises Drop when the order wants no money any more.
        """
        order = orders.lock(tx, order_id)
        if order.status != "pending":
            raise Drop(f"the order is {order.status}")
        if order.expires_at is None or order.expires_at <= datetime.now(UTC):
            raise Drop("the time of the order is over")
        known = records.of_order(tx, order_id)
        if known and known[0].live:
            if over is None or over.id != known[0].id:
                return known[0], True, order.payment_method
            self._replace(tx, over, order.payment_method)
        if len(known) == len(ATTEMPT_LETTERS):
            raise Drop("too many attempts to pay")
        lifetime = self._provider.lifetime_seconds(split(order.payment_method)[0])
        until = order.expires_at
        if lifetime is not None:
            until = min(until, datetime.now(UTC) + timedelta(seconds=lifetime))
        begun = records.begin(tx, order, self._provider.name, len(known) + 1, until)
        return begun, False, order.payment_method

    def _replace(self, tx: Transaction, over: Payment, method: str) -> None:
        """Close an attempt for a new one. A page of another method cannot be closed at the bank: it is
        watched until it is over, because it may be paid after all."""
        records.close(tx, over, "expired" if over.method == method else "cancelled")
        if over.method != method:
            self._check_soon(tx, over, self._check_after, "")

    def _open(self, payment: Payment) -> Conclude:
        """Have the provider open a way to pay; it may refuse."""
        base = f"{self._shop.public_url}/payments/{self._provider.name}"
        request = PaymentRequest(
            order_no=payment.provider_order_no,
            method=payment.kind,
            amount=payment.amount,
            description=f"{self._shop.name} {payment.provider_order_no[:-1]}",
            expires_at=payment.expires_at,
            backend_url=f"{base}/backend/{payment.callback_key}",
            return_url=f"{base}/return/{payment.callback_key}",
            instalments=split(payment.method)[1],
        )
        try:
            with self._teller.patience():
                payable = self._provider.create(request)
        except Refused as error:
            log.warning("payment_refused", reason=str(error), **records.facts(payment))
            refusal = error
            return lambda tx: self._refused(tx, payment, refusal)
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
        if order.payment_method != payment.method:  # what was asked for since stands behind in the lane
            return f"opened, but it is to be paid by {order.payment_method}"
        return _announce(tx, order.id, "opened")

    def _refused(self, tx: Transaction, payment: Payment, refusal: Refused) -> str:
        order = orders.lock(tx, payment.order_id)
        if records.close(tx, payment, "failed", refusal.text):
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
        order, known = self._db.transaction(
            lambda tx: (orders.get(tx, order_id), records.of_order(tx, order_id))
        )
        if order.status == "pending":
            raise Drop("the order waits for its money again")
        unwanted = [payment for payment in known if payment.live]
        for payment in unwanted:
            self._disable(payment)
        status = "expired" if order.status == "expired" else "cancelled"

        def conclude(tx: Transaction) -> str:
            orders.lock(tx, order_id)
            for payment in unwanted:
                records.close(tx, payment, status)
                self._check_soon(tx, payment, 0, "")
            return f"closed {len(unwanted)}"

        return conclude

    def _disable(self, payment: Payment) -> None:
        try:
            with self._teller.patience():
                self._provider.disable(payment.provider_order_no, payment.kind)
        except (Refused, Later) as error:
            # Refused: paid meanwhile, or unknown there; the check will tell. Lapsed: it ends by itself.
            if isinstance(error, Later) and not payment.lapsed:
                raise
            log.info("payment_not_disabled", reason=str(error), **records.facts(payment))


def _announce(tx: Transaction, order_id: int, outcome: str) -> str:
    orders.notify(tx, orders.get(tx, order_id), "payment_ready")
    return outcome


def _order_id(job: outbox.Job) -> int:
    if job.order_id is None:
        raise Drop("the job names no order")
    return job.order_id
