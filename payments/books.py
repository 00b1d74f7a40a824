"""What the bank's word does to the books; called by whoever has asked, in the transaction that ends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog

from payments import records
from payments.provider import Report, ReportKind, Standing, StatementLine
from payments.records import Payment
from store import cases, orders, refunds
from store.db import Transaction, sql
from store.orders import Charge, SettleOutcome
from store.queue import outbox

log = structlog.get_logger(__name__)

SAME_TRANSFER = timedelta(minutes=2)
"""The bank tells times to the minute; two reports of one transfer are not further apart than this."""
CAPTURE_AFTER_SECONDS = 86_400.0
"""The bank captures by itself; an authorisation that has not become money by then is captured by the shop."""
CHECK_AFTER_REPORT_SECONDS = 60.0
"""How soon a refund is asked about again that is still under way although its end was reported."""
_REFUND_BY_RULE = (SettleOutcome.LATE_REFUND, SettleOutcome.EXTRA_REFUND)


def charge_of(told: Standing | Report | StatementLine) -> Charge:
    """The money that the bank tells of."""
    return Charge(told.reference, told.amount, told.moved_at or datetime.now(UTC))


class Books:
    """Writes down what the bank said. With `auto_refund` late and double money goes back by itself."""

    def __init__(self, *, auto_refund: bool) -> None:
        self._auto_refund = auto_refund

    def enter(self, tx: Transaction, payment: Payment, report: Report) -> str:
        """Every (kind, success) of a report that is about this payment."""
        acts = {
            (ReportKind.PAYMENT, True): self.reported,
            (ReportKind.PAYMENT, False): self.failed,
            (ReportKind.CAPTURE, True): self.captured,
            (ReportKind.CAPTURE, False): self.not_captured,
            (ReportKind.REFUND, True): self.refund_reported,
            (ReportKind.REFUND, False): self.refund_reported,
        }
        if act := acts.get((report.kind, report.succeeded)):
            return act(tx, payment, report)
        return self.note(
            tx, payment, f"report of {report.kind}"
        )  # nothing a shop of single payments asks for

    def paid(
        self, tx: Transaction, payment: Payment, charge: Charge, *, authorised: bool = False
    ) -> SettleOutcome:
        """Money of this attempt has arrived. Whatever else is open for the order is wanted no more."""
        outcome = orders.settle(tx, payment.order_id, payment.id, charge, "bank")
        records.mark_paid(tx, payment, charge.reference)
        log.info("payment_settled", outcome=str(outcome), **records.facts(payment))
        if outcome in _REFUND_BY_RULE and self._auto_refund:
            refunds.request(
                tx, payment.order_id, payment.id, charge.amount, False, str(outcome), "rule",
                f"{outcome}:{charge.reference}",
            )  # fmt: skip
        if authorised and outcome is not SettleOutcome.DUPLICATE:
            outbox.put(
                tx, "payment.capture", {"payment_id": payment.id}, order_id=payment.order_id,
                delay_seconds=CAPTURE_AFTER_SECONDS,
            )  # fmt: skip
        others = [other for other in records.of_order(tx, payment.order_id) if other.live]
        if others and orders.get(tx, payment.order_id).status != "pending":
            lane = f"payment:{payment.order_id}"
            outbox.put(tx, "payment.abandon", {}, lane=lane, order_id=payment.order_id)
        return outcome

    def reported(self, tx: Transaction, payment: Payment, report: Report) -> str:
        """PayOut, S. A virtual account can be paid into twice, and the bank has one number for both: what
        cannot be the transfer we know is left to a human."""
        charge = charge_of(report)
        outcome = self.paid(tx, payment, charge)
        if outcome is SettleOutcome.DUPLICATE and payment.method == "atm":
            known = sql.money_arrived(tx.connection, reference=charge.reference)
            if known.amount != charge.amount or abs(known.moved_at - charge.moved_at) > SAME_TRANSFER:
                why = "the virtual account was paid into again"
                return self.disagrees(tx, payment, charge.reference, why, amount=charge.amount)
        return outcome

    def failed(self, tx: Transaction, payment: Payment, report: Report) -> str:
        """PayOut, F: a try to pay failed. The page lets the customer try again until its time is over.

        It is told once per reason: a failure is reported by both messengers, and the page has told it too.
        """
        order, reason = orders.lock(tx, payment.order_id), report.reason
        facts = {"reason": reason, "attempt": payment.attempt}
        orders.record(tx, order.id, "bank", "payment_failed", facts)
        now = records.get(tx, payment.id)
        if order.status == "pending" and now.live and now.last_error != reason:
            records.note_error(tx, payment, reason)
            orders.notify(tx, order, "payment_failed", reason=reason)
        return "failed"

    def captured(self, tx: Transaction, payment: Payment, report: Report) -> str:
        """CaptureOut, S: an authorisation became money; counted now if it was never heard of."""
        outcome = self.paid(tx, payment, charge_of(report))
        self.note(tx, payment, "captured")
        return "captured" if outcome is SettleOutcome.DUPLICATE else outcome

    def not_captured(self, tx: Transaction, payment: Payment, report: Report) -> str:
        """CaptureOut, F: money that was counted on may not come. A human is told, and the bank is asked."""
        outbox.put(tx, "payment.capture", {"payment_id": payment.id}, order_id=payment.order_id)
        why = f"the bank could not capture the payment: {report.reason}"
        return self.disagrees(tx, payment, report.reference, why, amount=report.amount)

    def withdrawn(self, tx: Transaction, payment: Payment, reference: str) -> str:
        """An authorisation that was counted lapsed or was cancelled at the bank: the customer keeps the
        money, so the books give it back, and a human is told what that means for the goods."""
        order = orders.lock(tx, payment.order_id)
        known = refunds.holdings(tx, order.id)
        holding = next(one for one in known if one.payment_id == payment.id)
        if not holding.refundable:
            return "its money is back, or on the way"
        facts = {"why": "the authorisation was withdrawn", "shop": holding.held, "bank": 0}
        cases.open_case(tx, cases.Kind.BANK_DISAGREES, order.id, reference, {**facts, "status": order.status})
        alone = order.status == "paid" and sum(one.refundable for one in known) == holding.refundable
        refunds.request(
            tx, order.id, payment.id, holding.refundable, alone, "the authorisation was withdrawn", "bank",
            f"withdrawn:{reference}",
        )  # fmt: skip
        return "the authorisation was withdrawn"

    def wants(self, tx: Transaction, payment: Payment) -> bool:
        """Whether all money of this payment is to stay in the shop."""
        known = refunds.holdings(tx, payment.order_id)
        return any(one.payment_id == payment.id and one.refundable == payment.amount for one in known)

    def refund_reported(self, tx: Transaction, payment: Payment, report: Report) -> str:
        """VARefundOut, S or F: a refund has ended. Which and how is asked, like everything that is told."""
        waiting = [one for one in refunds.of_payment(tx, payment.id) if one.status in ("sending", "accepted")]
        for refund in waiting:
            refunds.check(tx, refund, interval=CHECK_AFTER_REPORT_SECONDS)
        if not waiting and not refunds.of_payment(tx, payment.id):
            why = "a refund the shop did not ask for"
            return self.disagrees(tx, payment, report.reference, why, amount=report.amount)
        return self.note(tx, payment, f"refund {'done' if report.succeeded else 'failed'}")

    def disagrees(self, tx: Transaction, payment: Payment, reference: str, why: str, **figures: int) -> str:
        """The bank and the shop do not agree: a case, with what both say."""
        said = {"why": why, **figures}
        orders.record(tx, payment.order_id, "bank", "bank_disagrees", {"reference": reference, **said})
        cases.open_case(tx, cases.Kind.BANK_DISAGREES, payment.order_id, reference, said)
        return why

    def note(self, tx: Transaction, payment: Payment, what: str) -> str:
        """Keep in the order's history what the bank reported."""
        orders.record(tx, payment.order_id, "bank", "reported", {"what": what})
        return what
