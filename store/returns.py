"""Sending goods back: the customer asks, and a human of the shop sees to it.

Consumer Protection Act of Taiwan, article 19: seven days after the goods have come, without a reason.
"""

from __future__ import annotations

from enum import StrEnum

from store import cases, handoff, orders
from store.customers import Customer
from store.db import Transaction, sql

RETURN_DAYS = 7
"""Days of Taiwan that an order can be given back, from the day after it was received."""
_KIND = cases.Kind.RETURN_ASKED


class Standing(StrEnum):
    """Whether an order can be given back."""

    OPEN = "open"  # the customer may ask for it
    ASKED = "asked"  # they have asked, and the shop has not seen to it yet
    OVER = "over"  # the days for it are over
    NOTHING = "nothing"  # it was not sent, or its money is on its way back already


def standing(tx: Transaction, order_id: int) -> Standing:
    """How it stands with giving an order back.

    While nobody has said that the parcel came, no day is counted.
    """
    row = sql.return_standing(tx.connection, id=order_id, reference=_reference(order_id), days=RETURN_DAYS)
    if row is None or not row.sent:
        return Standing.NOTHING
    if row.asked:
        return Standing.ASKED
    return Standing.OPEN if row.in_time else Standing.OVER


def ask(
    tx: Transaction, customer: Customer, order_id: int, words: str = "", line_message_id: str = ""
) -> Standing:
    """Ask to give an order of this customer back, or add words to what was asked; how it stood before.

    Nothing is changed where it was neither open nor asked. The words, of the message `line_message_id`,
    are kept with the customer's talk, where they can be taken back. Raises LookupError like `orders.lock`.
    """
    orders.lock(tx, order_id)
    before = standing(tx, order_id)
    if before not in (Standing.OPEN, Standing.ASKED):
        return before
    facts = {}
    if words:
        facts["message"] = handoff.keep(tx, customer, order_id, "text", words, line_message_id)
    cases.add_to_case(tx, _KIND, order_id, _reference(order_id), facts)
    if before is Standing.OPEN:
        orders.record(tx, order_id, f"customer:{customer.id}", "return_asked")
    return before


def withdraw(tx: Transaction, customer: Customer, order_id: int) -> bool:
    """Keep the goods after all; False where nothing was asked. Raises LookupError like `orders.lock`."""
    orders.lock(tx, order_id)
    actor = f"customer:{customer.id}"
    if not cases.close(tx, _KIND, _reference(order_id), actor, "withdrawn"):
        return False
    orders.record(tx, order_id, actor, "return_withdrawn")
    return True


def settle(tx: Transaction, order_id: int, actor: str) -> None:
    """All the order's money is back: nothing is left to be seen to."""
    cases.close(tx, _KIND, _reference(order_id), actor, "refunded")


def _reference(order_id: int) -> str:
    return f"order:{order_id}"
