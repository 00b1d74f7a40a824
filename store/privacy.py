"""Forgetting a customer who asks for it, and keeping what the law wants kept.

The business must keep the records of its sales for at least five years (Business Entity Accounting Act of
Taiwan, article 38), so orders stay with their recipient; everything else goes (Personal Data Protection
Act, article 11).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from store import handoff
from store.customers import Customer
from store.db import Transaction, sql

KEPT_YEARS = 5
"""How long orders are kept with their recipients."""


@dataclass(frozen=True)
class Erased:
    """What became of a wish to be forgotten.

    While `under_way` orders still need word to be sent about them, the tie to LINE stays; without any it is
    cut, and the same person at LINE is somebody new.
    """

    under_way: int

    @property
    def tie_cut(self) -> bool:
        """Whether nothing leads from this customer to LINE any more."""
        return not self.under_way


def erase(tx: Transaction, customer: Customer, actor: str | None = None) -> Erased:
    """Forget a customer who is locked (`customers.meet`, `customers.find`), by `actor` or by themselves.

    Erased are name, addresses, invoice, the dialog, the talk with the shop's people, wishes, the
    open cart, the name on reviews, and the stored traffic with LINE; no advertising is sent any more. Orders
    stay as they are.
    """
    who = actor or f"customer:{customer.id}"
    erased = Erased(int(sql.orders_under_way(tx.connection, customer_id=customer.id)))
    for forget in (
        sql.erase_messages, sql.erase_wishes, sql.erase_cart_lines, sql.erase_carts, sql.erase_cart_notes,
        sql.erase_review_names, sql.addresses_forget_all, sql.erase_broadcasts,
    ):  # fmt: skip
        forget(tx.connection, customer_id=customer.id)
    sql.erase_inbox(tx.connection, lane=customer.line_user_id)
    sql.erase_outbox(tx.connection, lane=customer.lane)
    if erased.tie_cut:
        sql.erase_held(tx.connection, lane=f"held:{customer.id}")
        sql.erase_order_events(tx.connection, customer_id=customer.id, actor=who)
    handoff.close_cases(tx, customer.id, who, "erased on request")
    stranger = f"erased:{secrets.token_hex(16)}" if erased.tie_cut else None
    sql.erase_customer(tx.connection, id=customer.id, line_user_id=stranger)
    return erased
