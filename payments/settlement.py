"""The bank's word, looked up and turned into what becomes of the order.

Callbacks are hints that bring a token; timers ask unprompted. Both end in `Books.paid`, once per money.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from payments import records
from payments.books import Books, charge_of
from payments.provider import Progress, Provider, Refused, Report, ReportKind
from payments.records import Payment
from payments.teller import Doubt, Teller
from store import cases, orders
from store.db import Database, Transaction
from store.queue import inbox, outbox
from store.queue.policy import Drop, Later

Conclude = Callable[[Transaction], str]

LONGEST_CHECK_SECONDS = 3600.0
CHECK_AFTER_END_SECONDS = 120.0
WORTH_REOPENING = timedelta(minutes=2)
"""An order with less time left ends before anybody could pay by a new way."""
PATIENCE = timedelta(hours=6)
"""How long an unreachable bank may delay the end of an overdue order."""


def take_in(tx: Transaction, event: inbox.Event) -> None:
    """Handle a stored callback: ask the bank, outside this transaction, what its token means."""
    payment = records.get(tx, int(event.payload["payment_id"]))
    outbox.put(
        tx,
        "payment.look_up",
        {"payment_id": payment.id, "token": event.payload["token"]},
        lane=f"callback:{payment.id}",  # not that of payment.create, which may be waiting for a long time
        order_id=payment.order_id,
    )


class Settlement:
    """Asks the provider and settles. Its methods are handlers of outbox jobs."""

    def __init__(
        self, db: Database, provider: Provider, *, check_after: int, auto_refund: bool = False
    ) -> None:
        self._db, self._provider = db, provider
        self._teller, self.books = Teller(db, provider), Books(auto_refund=auto_refund)
        self._check_after = check_after

    def look_up(self, job: outbox.Job) -> Conclude:
        """Job `payment.look_up`: what a callback's token means."""
        payment = self._payment(job)
        try:
            with self._teller.patience():
                report = self._provider.look_up(job.payload["token"], payment.kind)
        except Refused as error:
            raise Drop(f"the bank does not know this token: {error}") from error
        doubt = _doubt(payment, report)
        if doubt and not job.payload.get("doubted"):
            raise doubt
        if not _is_about(payment, report):
            why = "the token is about another payment"
            return lambda tx: self.books.disagrees(tx, payment, report.reference, why)
        return lambda tx: self.books.enter(tx, payment, report)

    def check(self, job: outbox.Job) -> Conclude:
        """Job `payment.check`: ask unprompted how an undecided payment stands, again and again until its
        time is over, at growing distances."""
        payment = self._payment(job)
        if payment.status == "paid":
            raise Drop("it is paid")
        try:
            heard = self.hear(payment)
        except Doubt as error:
            if not job.payload.get("doubted"):
                raise
            doubt = error
            return lambda tx: self._doubted(tx, payment, job, doubt)
        return lambda tx: heard(tx) or self._again(tx, payment, job)

    def hear(self, payment: Payment) -> Callable[[Transaction], str]:
        """Ask how a payment stands; what to write about it, which answers "" while it is undecided.

        Raises `Later` and `Doubt` like `Teller.ask`.
        """
        standing = self._teller.ask(payment)
        if standing and standing.arrived:
            charge, pending = charge_of(standing), standing.progress is Progress.AUTHORISED
            return lambda tx: self.books.paid(tx, payment, charge, authorised=pending)
        over = standing is not None and standing.progress is not Progress.WAITING
        if over or _is_over(payment):
            return lambda tx: _close(tx, payment)
        return lambda tx: ""

    def expire(self, job: outbox.Job) -> Conclude:
        """Job `order.expire`: ask the bank, then end an order that was not paid in time."""
        if job.order_id is None:
            raise Drop("the job names no order")
        order_id = job.order_id
        order, payments = self._db.transaction(
            lambda tx: (orders.get(tx, order_id), records.of_order(tx, order_id))
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
                standing = self._teller.ask(payment)
            except Later as error:
                if overdue < PATIENCE:
                    raise
                unheard = str(error)
                continue
            if standing and standing.arrived:
                arrived.append((payment, charge_of(standing), standing.progress is Progress.AUTHORISED))
        return lambda tx: self._end(tx, order_id, arrived, unheard)

    def capture(self, job: outbox.Job) -> Conclude:
        """Job `payment.capture`: take the money of a payment that was only authorised, if it still is."""
        payment = self._payment(job)
        standing = self._teller.ask(payment)
        if standing is None:
            raise Later("the bank does not know the payment")
        if standing.progress is Progress.WITHDRAWN:
            return lambda tx: self.books.withdrawn(tx, payment, standing.reference)
        if standing.progress is not Progress.AUTHORISED:
            raise Drop(f"the payment is {standing.progress}")
        if not self._db.transaction(lambda tx: self.books.wants(tx, payment)):
            raise Drop("its money is on the way back")
        with self._teller.patience():
            try:
                self._provider.capture(payment.provider_order_no, payment.kind)
            except Refused as error:
                raise Later(str(error)) from error  # it was captured or withdrawn meanwhile: ask again
        return lambda tx: self.books.note(tx, payment, "captured by the shop")

    def _payment(self, job: outbox.Job) -> Payment:
        return self._db.transaction(lambda tx: records.get(tx, int(job.payload["payment_id"])))

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

    def _doubted(self, tx: Transaction, payment: Payment, job: outbox.Job, doubt: Doubt) -> str:
        self.books.disagrees(tx, payment, doubt.reference, str(doubt))
        return _close(tx, payment) if _is_over(payment) else self._again(tx, payment, job)

    def _end(
        self, tx: Transaction, order_id: int, arrived: list[tuple[Payment, orders.Charge, bool]], unheard: str
    ) -> str:
        for payment, charge, authorised in arrived:
            self.books.paid(tx, payment, charge, authorised=authorised)
        if orders.expire(tx, order_id):
            if unheard:
                kind, reason = cases.Kind.PAYMENT_STUCK, {"error": unheard}
                cases.open_case(tx, kind, order_id, "expired without the bank's word", reason)
            return "expired"
        status = orders.get(tx, order_id).status
        if status == "pending":  # the database's clock is behind ours
            outbox.put(tx, "order.expire", {}, order_id=order_id, delay_seconds=1)
        return status


def _is_about(payment: Payment, report: Report) -> bool:
    same = report.order_no == payment.provider_order_no
    return same and payment.is_meant(report.reference, method_matches=report.method_matches)


def _doubt(payment: Payment, report: Report) -> Doubt | None:
    if not _is_about(payment, report):
        return Doubt("the token is about another payment", report.reference)
    if report.kind is ReportKind.PAYMENT and report.amount != payment.amount:
        return Doubt("the payment is of another amount", report.reference)
    return None


def _is_over(payment: Payment) -> bool:
    return datetime.now(UTC) > payment.expires_at + timedelta(seconds=CHECK_AFTER_END_SECONDS)


def _close(tx: Transaction, payment: Payment) -> str:
    """Close a way to pay whose time is over, and say so where its order waits on: a new one can be opened."""
    order = orders.lock(tx, payment.order_id)
    if not records.close(tx, payment, "expired"):
        return "closed already"
    waits = order.expires_at is not None and order.expires_at > datetime.now(UTC) + WORTH_REOPENING
    if order.status == "pending" and waits and order.payment_method == payment.method:
        orders.notify(tx, order, "payment_lapsed")
    return "expired"
