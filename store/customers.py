"""The people who talk to the shop: who they are, what they were asked, where parcels go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from store.db import Transaction, sql
from store.invoices import Invoice
from store.text import storable, storable_json

_SAID_IN = "said_in"
"""The part of a dialog that names, for each other part, the messages its words came from."""
_SOURCES_KEPT = 20


@dataclass(frozen=True)
class Customer:
    """A customer, locked until the end of the transaction that met them.

    Until `human_until` (UTC) a human of the shop talks to them and the bot is quiet; `human_order_id` is what
    about. `pace_left` is what their token bucket holds after the event at hand.
    """

    id: int
    line_user_id: str
    display_name: str
    language: str
    friend: bool
    dialog: dict[str, Any] | None
    recipient_name: str
    phone: str
    address: str
    human_until: datetime | None = None
    human_order_id: int | None = None
    pace_left: float = 0.0

    @property
    def with_human(self) -> bool:
        """Whether the bot is quiet for them."""
        return self.human_until is not None and self.human_until > datetime.now(UTC)

    @property
    def hurried(self) -> bool:
        """Whether their events come faster than 20 at once and one a second after that."""
        return self.pace_left < 0

    @property
    def lane(self) -> str:
        """The lane of everything that is sent to this customer, so that it arrives in order."""
        return f"customer:{self.id}"

    @property
    def has_details(self) -> bool:
        """Whether we know where to send a parcel."""
        return bool(self.recipient_name and self.phone and self.address)


@dataclass(frozen=True)
class ReplyToken:
    """A free way to answer at LINE, good until `until` (UTC)."""

    token: str
    until: datetime


def meet(tx: Transaction, line_user_id: str) -> Customer:
    """The customer of a LINE user id, known or new, with the row locked for this transaction.

    The lock puts everything one customer does in a row, whichever thread or process it runs in. Each
    meeting counts as one event of theirs (`Customer.hurried`).
    """
    row = sql.customer_lock(tx.connection, line_user_id=line_user_id)
    if row is None:
        sql.customer_create(tx.connection, line_user_id=line_user_id)
        row = sql.customer_lock(tx.connection, line_user_id=line_user_id)
    return Customer(*row)


def find(tx: Transaction, customer_id: int) -> Customer:
    """The customer with this id, locked for this transaction; raises LookupError when there is none."""
    row = sql.customer_lock_by_id(tx.connection, id=customer_id)
    if row is None:
        raise LookupError(f"there is no customer {customer_id}")
    return Customer(*row)


def language_of(tx: Transaction, line_user_id: str) -> str | None:
    """The language of somebody at LINE; None for who was never met. Locks nothing."""
    found: str | None = sql.customer_language(tx.connection, line_user_id=line_user_id)
    return found


def set_friend(tx: Transaction, customer: Customer, friend: bool) -> None:
    """Whether the customer follows the shop's account; who does not is sent no push."""
    sql.customer_set_friend(tx.connection, id=customer.id, friend=friend)


def set_promotions(tx: Transaction, customer: Customer, wanted: bool) -> None:
    """Whether the customer wants to be sent advertising."""
    sql.customer_set_promotions(tx.connection, id=customer.id, wanted=wanted)


def set_dialog(
    tx: Transaction, customer: Customer, dialog: dict[str, Any] | None, line_message_id: str = ""
) -> dict[str, Any] | None:
    """Remember where the talk is, part by part, or None when it is nowhere; what is remembered.

    What is new in it came from the words of `line_message_id`, if that names any: with these it is forgotten
    (`forget_said`).
    """
    kept = _with_sources(dialog or {}, customer.dialog or {}, line_message_id) or None
    sql.customer_set_dialog(
        tx.connection, id=customer.id, dialog=None if kept is None else storable_json(kept)
    )
    return kept


def _with_sources(dialog: dict[str, Any], before: dict[str, Any], line_message_id: str) -> dict[str, Any]:
    parts = {name: part for name, part in dialog.items() if name != _SAID_IN}
    sources: dict[str, list[str]] = {}
    for name, part in parts.items():
        ids = list(before.get(_SAID_IN, {}).get(name, ())) if name in before else []
        if line_message_id and part != before.get(name):
            ids = [*ids, storable(line_message_id)][-_SOURCES_KEPT:]
        if ids:
            sources[name] = ids
    return parts | {_SAID_IN: sources} if sources else parts


def forget_said(tx: Transaction, line_user_id: str, line_message_id: str) -> None:
    """Forget every part of the talk that came from the words of this message, which was taken back."""
    dialog = sql.customer_dialog_said_in(
        tx.connection, line_user_id=line_user_id, line_message_id=line_message_id
    )
    if dialog is None:
        return
    sources = dialog.pop(_SAID_IN)
    left = {name: part for name, part in dialog.items() if line_message_id not in sources.get(name, ())}
    if left:
        left[_SAID_IN] = {name: ids for name, ids in sources.items() if name in left}
    sql.customer_forget_dialog(
        tx.connection, line_user_id=line_user_id, dialog=storable_json(left) if left else None
    )


def set_invoice(tx: Transaction, customer: Customer, invoice: Invoice) -> None:
    """How the customer wants the invoice, for this order and the next."""
    sql.customer_set_invoice(
        tx.connection, id=customer.id, kind=invoice.kind, value=invoice.value, title=invoice.title
    )


def keep_token(tx: Transaction, customer: Customer, token: ReplyToken) -> None:
    """Keep a reply token that the answer at hand does not need, for news that may follow shortly."""
    sql.customer_keep_token(tx.connection, id=customer.id, token=token.token, until=token.until)


def take_token(tx: Transaction, customer_id: int) -> ReplyToken | None:
    """Take the kept reply token, so that nobody else uses it; None when there is none alive."""
    row = sql.customer_take_token(tx.connection, id=customer_id)
    return ReplyToken(row.token, row.until) if row and row.token else None
