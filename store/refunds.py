"""Refunds: the one place where a row of `refunds` changes its state, and what that does to its order.

A wish is granted once (its key), never promises more than is held of its payment (the INSERT's guard, behind
the order's lock), and counts as money only when the bank says that it is back. A refund of everything that
is held ends the order: stock, if it is wanted back, and the coupon return with that transition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from store import cases, coupons, orders, returns, stock
from store.db import Transaction, sql
from store.orders import Order
from store.payment_methods import split
from store.queue import outbox
from store.text import storable_json

OPEN = ("asked", "sending", "accepted")
_LIVING = ("paid", "preparing", "shipped", "completed")


class Outcome(StrEnum):
    """What became of a wish to give money back."""

    ASKED = "asked"
    ALREADY = "already"  # this very wish was granted before
    TOO_MUCH = "too_much"  # more than is held of the payment, and not promised yet
    WHOLE_ONLY = "whole_only"  # a payment in instalments goes back whole or not at all
    RESTOCK_NEEDS_WHOLE = "restock_needs_whole"  # goods come back only with everything that was paid


@dataclass(frozen=True)
class Refund:
    """Money of one payment on its way back; `amount` in TWD, states as in the table's comment."""

    id: int
    order_id: int
    payment_id: int
    key: str
    amount: int
    restock: bool
    reason: str
    actor: str
    status: str
    seen: list[str]
    sent_at: datetime | None
    provider_ref: str | None
    problem_code: str
    problem: str
    created_at: datetime

    @property
    def open(self) -> bool:
        """Whether it is still under way."""
        return self.status in OPEN


@dataclass(frozen=True)
class Holding:
    """What is held of one payment, and what of it refunds under way have been promised; in TWD."""

    payment_id: int
    method: str
    amount: int
    provider_ref: str | None
    held: int
    promised: int

    @property
    def refundable(self) -> int:
        """What may still be asked for."""
        return max(0, self.held - self.promised)

    @property
    def whole_only(self) -> bool:
        """Whether a part cannot go back (code E3600 of Bank SinoPac)."""
        return split(self.method)[1] is not None


def request(
    tx: Transaction,
    order_id: int,
    payment_id: int,
    amount: int,
    restock: bool,
    reason: str,
    actor: str,
    key: str,
) -> Outcome:
    """Ask for `amount` TWD of a payment to be given back; the same `key` again changes nothing.

    `restock` puts the goods of a wholly refunded order back on sale, at once. Raises LookupError where the
    order has no such payment.
    """
    order = orders.lock(tx, order_id)
    if sql.refund_by_key(tx.connection, order_id=order_id, key=key):
        return Outcome.ALREADY
    known = holdings(tx, order_id)
    holding = next((one for one in known if one.payment_id == payment_id), None)
    if holding is None:
        raise LookupError(f"order {order_id} has no payment {payment_id}")
    if holding.whole_only and amount != holding.amount:
        return Outcome.WHOLE_ONLY
    ends = _is_alive(order) and sum(one.refundable for one in known) == amount
    if restock and not ends and order.status != "refunding":
        return Outcome.RESTOCK_NEEDS_WHOLE
    row = amount > 0 and sql.refund_insert(
        tx.connection, order_id=order_id, payment_id=payment_id, key=key, amount=amount, restock=restock,
        reason=reason, actor=actor,
    )  # fmt: skip
    if not row:
        return Outcome.TOO_MUCH
    refund = Refund(*row)
    facts = {"refund": refund.id, "amount": amount, "reason": reason, "restock": restock, "whole": ends}
    orders.record(tx, order_id, actor, "refund_asked", facts)
    if ends:
        _end(tx, order, actor)
    if restock and not sql.stock_is_back(tx.connection, order_id=order_id, round=order.stock_round):
        stock.return_at_commit(tx, order_id, orders.lines(tx, order_id), actor, order.stock_round)
    if ends and order.coupon_id is not None:
        coupons.return_at_commit(tx, order.coupon_id, order_id, order.customer_id, actor, order.stock_round)
    send(tx, refund)
    return Outcome.ASKED


def _is_alive(order: Order) -> bool:
    return order.status in _LIVING and order.payment_method != "cod"


def _end(tx: Transaction, order: Order, actor: str) -> None:
    if sql.order_set_refunding(tx.connection, id=order.id) != 1:
        raise AssertionError(f"order {order.id} is locked and {order.status}, and yet cannot be refunded")
    orders.record(tx, order.id, actor, "refunding")


def send(tx: Transaction, refund: Refund) -> None:
    """Have the worker tell the bank, one refund of a payment after the other."""
    lane = f"refund:{refund.payment_id}"
    outbox.put(tx, "refund.send", {"refund_id": refund.id}, lane=lane, order_id=refund.order_id)


def check(tx: Transaction, refund: Refund, *, interval: float = 0, delay_seconds: float = 0) -> None:
    """Have the worker ask the bank how a refund stands; `interval` is how long it waited the last time."""
    payload = {"refund_id": refund.id, "interval": interval}
    outbox.put(tx, "refund.check", payload, order_id=refund.order_id, delay_seconds=delay_seconds)


def holdings(tx: Transaction, order_id: int) -> list[Holding]:
    """What is held of each payment of an order, oldest first: what a form for refunds can offer."""
    return [Holding(*row) for row in sql.refund_holdings(tx.connection, order_id=order_id)]


def get(tx: Transaction, refund_id: int) -> Refund:
    """A refund; raises LookupError when there is none."""
    row = sql.refund_by_id(tx.connection, id=refund_id)
    if row is None:
        raise LookupError(f"there is no refund {refund_id}")
    return Refund(*row)


def of_order(tx: Transaction, order_id: int) -> list[Refund]:
    """The refunds of an order, oldest first."""
    return [Refund(*row) for row in sql.refunds_of_order(tx.connection, order_id=order_id)]


def of_payment(tx: Transaction, payment_id: int) -> list[Refund]:
    """The refunds of a payment, oldest first."""
    return [Refund(*row) for row in sql.refunds_of_payment(tx.connection, payment_id=payment_id)]


def set_sending(tx: Transaction, refund: Refund, seen: Sequence[str]) -> bool:
    """From here on the bank may know of it; `seen` is what its list held before. False: it is over."""
    return bool(sql.refund_set_sending(tx.connection, id=refund.id, seen=list(seen)))


def put_back(tx: Transaction, refund: Refund) -> None:
    """The bank was not told after all."""
    sql.refund_put_back(tx.connection, id=refund.id)


def accept(tx: Transaction, refund: Refund) -> bool:
    """The bank has taken it on; False when that was known."""
    if not sql.refund_accept(tx.connection, id=refund.id):
        return False
    orders.record(tx, refund.order_id, "bank", "refund_accepted", {"refund": refund.id})
    return True


def finish(tx: Transaction, refund: Refund, reference: str, at: datetime, method: str) -> bool:
    """The money is back at `at`, by the bank's number `reference`; False when that was known."""
    order = orders.lock(tx, refund.order_id)
    if not sql.refund_finish(tx.connection, id=refund.id, provider_ref=reference):
        return False
    _money_is_back(tx, order, refund, reference, at, "bank")
    orders.notify(tx, order, "refunded", amount=refund.amount, method=method)
    return True


def finish_by_hand(tx: Transaction, refund_id: int, actor: str, why: str) -> bool:
    """The merchant has given the money of a failed refund back otherwise (a transfer, cash), and says so.

    False when the refund has not failed, or its money is not held any more.
    """
    order = orders.lock(tx, get(tx, refund_id).order_id)
    refund = get(tx, refund_id)
    reference = f"hand:{refund.id}"
    if not sql.refund_by_hand(tx.connection, id=refund.id, provider_ref=reference):
        return False
    orders.record(tx, order.id, actor, "refunded_by_hand", {"refund": refund.id, "why": why})
    _money_is_back(tx, order, refund, reference, datetime.now(UTC), actor)
    return True


def _money_is_back(
    tx: Transaction, order: Order, refund: Refund, reference: str, at: datetime, actor: str
) -> None:
    recorded = sql.money_move_record(
        tx.connection, order_id=order.id, payment_id=refund.payment_id, reference=reference, kind="Refund",
        amount=-refund.amount, moved_at=at,
    )  # fmt: skip
    if not recorded:
        raise AssertionError(f"the money of {reference} is on record, and not for refund {refund.id}")
    facts = {"refund": refund.id, "amount": refund.amount, "reference": reference}
    orders.record(tx, order.id, actor, "money_returned", facts)
    known = holdings(tx, order.id)
    if not sum(one.held for one in known) and sql.order_set_refunded(tx.connection, id=order.id):
        orders.record(tx, order.id, actor, "refunded")
        returns.settle(tx, order.id, actor)
    for one in known:
        if one.payment_id == refund.payment_id and one.held == 0 and one.provider_ref:
            sql.cases_close_paid_back(
                tx.connection, order_id=order.id, reference=one.provider_ref, closed_by=actor,
                resolution=f"refund {refund.id} of NT${refund.amount} is done",
            )  # fmt: skip


def fail(tx: Transaction, refund: Refund, code: str, problem: str, reference: str | None = None) -> bool:
    """The bank said no, at once or later; `problem` is for the merchant. False when it was over before.

    `reference` is the bank's number for it, where it has given one.
    """
    order = orders.lock(tx, refund.order_id)
    if not sql.refund_fail(tx.connection, id=refund.id, code=code, problem=problem, provider_ref=reference):
        return False
    facts = {"refund": refund.id, "amount": refund.amount, "code": code, "problem": problem}
    orders.record(tx, order.id, "bank", "refund_failed", facts)
    payment = next(one for one in holdings(tx, order.id) if one.payment_id == refund.payment_id)
    sql.case_note(
        tx.connection, kind=cases.Kind.REFUND_DUE, order_id=order.id,
        reference=payment.provider_ref or f"refund:{refund.id}", data=storable_json(facts),
    )  # fmt: skip
    return True
