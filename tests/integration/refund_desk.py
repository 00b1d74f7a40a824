"""Refunds at the till: paid orders, wishes to give their money back, and how far those are."""

from __future__ import annotations

from typing import Any

from payments.records import Payment
from store import orders, refunds
from store.orders import Order
from store.refunds import Outcome, Refund
from tests.integration.till import Till

STEP = 300.0
"""Seconds of one step of a refund at the bank: a card takes two, a virtual account one, a wallet none."""
LONG = 1e7
"""Longer than any test."""


def paid(till: Till, method: str = "card", **wanted: Any) -> tuple[Order, Payment]:
    """An order whose money is here."""
    order, payment = till.open(method, **wanted)
    till.pay(order)
    till.settled(order, "paid")
    return order, payment


def ask(
    till: Till, order: Order, amount: int | None = None, *, key: str = "form 1", restock: bool = False,
    payment: Payment | None = None,
) -> Outcome:  # fmt: skip
    """Somebody in the console wants money given back; the whole amount unless it says."""
    asked_of = payment or till.payment(order)
    wanted = order.total if amount is None else amount
    why, who = "客人退貨", "staff:1"
    outcome = till.db.transaction(
        lambda tx: refunds.request(tx, order.id, asked_of.id, wanted, restock, why, who, key)
    )
    till.wake()
    return outcome


def wishes(till: Till, order: Order) -> list[Refund]:
    """The refunds of an order, oldest first."""
    return till.db.transaction(lambda tx: refunds.of_order(tx, order.id))


def states(till: Till, order: Order) -> list[str]:
    """How far each refund of an order is."""
    return [refund.status for refund in wishes(till, order)]


def reach(till: Till, order: Order, *wanted: str) -> None:
    """Wait until the refunds of an order have these states."""
    till.until(lambda: states(till, order) == list(wanted))


def looks(till: Till, order: Order) -> int:
    """How often the bank was asked how a refund stands."""
    return len(till.outcomes(order, "refund.check"))


def let_the_bank_finish(till: Till, order: Order, steps: int = 2) -> None:
    """Time passes, at the bank and for the shop, until the bank is through with its steps."""
    till.until(lambda: looks(till, order) > 0)
    for _ in range(steps):
        if "accepted" not in states(till, order):
            return
        before = looks(till, order)
        till.pass_time(order, STEP + 1)
        till.until(lambda before=before: looks(till, order) > before)  # type: ignore[misc]


def shift_sending(till: Till, order: Order, seconds: float) -> None:
    """The bank was told so much earlier."""
    till.run(
        "UPDATE refunds SET sent_at = sent_at - make_interval(secs => %s) WHERE order_id = %s",
        seconds, order.id,
    )  # fmt: skip
    till.pass_time(order, seconds)


def at_bank(till: Till, order: Order) -> list[int]:
    """The amounts of the refunds the bank has begun for an order."""
    return [row["amount"] for there in till.at_bank(order) for row in there["refunds"] if row["RefundStatus"]]


def order_of(till: Till, order: Order) -> Order:
    """The order as it is now."""
    return till.db.transaction(lambda tx: orders.get(tx, order.id))
