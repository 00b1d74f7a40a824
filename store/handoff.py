"""A human talks: the bot is quiet for one customer, and what is said is kept for the shop's people.

Kept is only what is said while the bot is quiet or is meant for a human otherwise, for `KEPT_DAYS`, and
nothing of what was taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store import cases, customers
from store.customers import Customer
from store.db import Transaction, sql
from store.queue import outbox
from store.text import storable

SILENCE_SECONDS = 3600
"""After so long without a word from either side the bot is back."""
KEPT_DAYS = 180
REPLY_LIMIT = 2000
"""UTF-16 units of one answer out of the console; LINE takes 5,000."""


@dataclass(frozen=True)
class Owner:
    """A LINE account of the people who run the shop, as the customer it is too."""

    id: int
    line_user_id: str
    language: str


@dataclass(frozen=True)
class Said:
    """One message of a talk (UTC). `direction` is "in" from the customer, "out" from the shop; `kind` is
    LINE's word, and what is no text has no `body`; nor has what was taken back (`unsent_at`)."""

    id: int
    customer_id: int
    order_id: int | None
    direction: str
    kind: str
    body: str
    actor: str
    at: datetime
    unsent_at: datetime | None


def begin(tx: Transaction, customer: Customer, order_id: int | None = None) -> bool:
    """Have the bot be quiet for a customer, who may have asked from one of their orders.

    Opens a case; True when it is a new one, of which the shop's people are to be told.
    """
    sql.handoff_begin(tx.connection, id=customer.id, order_id=order_id, seconds=SILENCE_SECONDS)
    return _open_case(tx, customer.id, order_id)


def end(tx: Transaction, customer: Customer) -> None:
    """Have the bot talk again. The case stays open until a human of the shop closes it."""
    sql.handoff_end(tx.connection, id=customer.id)


def heard(tx: Transaction, customer: Customer, kind: str, text: str = "", line_message_id: str = "") -> None:
    """Keep what a customer says to the human; the hour of silence begins anew.

    Opens a case where the last one was closed: nothing a customer says is left lying.
    """
    keep(tx, customer, customer.human_order_id, kind, text, line_message_id)
    sql.handoff_goes_on(tx.connection, id=customer.id, seconds=SILENCE_SECONDS)
    _open_case(tx, customer.id, customer.human_order_id)


def keep(
    tx: Transaction, customer: Customer, order_id: int | None, kind: str, text: str, line_message_id: str
) -> int:
    """Keep what a customer says for the shop's people, about an order perhaps; the id of the message kept."""
    message_id: int = sql.message_keep(
        tx.connection,
        customer_id=customer.id,
        order_id=order_id,
        direction="in",
        kind=storable(kind),
        body=storable(text),
        line_message_id=storable(line_message_id),
        actor=_reference(customer.id),
    )
    return message_id


def reply(tx: Transaction, customer: Customer, text: str, actor: str) -> int:
    """Answer a customer as a human of the shop; the id of the message kept.

    It goes out by the reply token the customer left, if that lives, else by push. The bot is quiet for an
    hour from now on, so that what the customer says to it reaches the human, and the customer's open case is
    closed: it was answered. Raises ValueError for an empty or too long text.
    """
    words = storable(text).strip()
    if not words or len(words.encode("utf-16-le")) > 2 * REPLY_LIMIT:
        raise ValueError(f"text: between 1 and {REPLY_LIMIT} characters")
    message_id: int = sql.message_keep(
        tx.connection,
        customer_id=customer.id,
        order_id=customer.human_order_id,
        direction="out",
        kind="text",
        body=words,
        line_message_id="",
        actor=actor,
    )
    order_id = customer.human_order_id if customer.with_human else None
    sql.handoff_begin(tx.connection, id=customer.id, order_id=order_id, seconds=SILENCE_SECONDS)
    close_cases(tx, customer.id, actor, "answered")
    post(tx, customer, [{"type": "text", "text": words}])
    return message_id


def talk(tx: Transaction, customer_id: int, *, before_id: int | None = None, limit: int = 50) -> list[Said]:
    """What a customer and the shop's people said, newest first; `before_id` continues a list."""
    rows = sql.messages_of_customer(
        tx.connection, customer_id=customer_id, before_id=before_id or 2**62, limit=limit
    )
    return [Said(*row) for row in rows]


def owners(tx: Transaction, line_user_ids: Sequence[str]) -> list[Owner]:
    """The shop's people at LINE. A push needs a customer, so who never wrote becomes one."""
    if not line_user_ids:
        return []
    ids = [storable(line_user_id) for line_user_id in line_user_ids]
    sql.owners_greet(tx.connection, line_user_ids=ids)
    return [Owner(*row) for row in sql.owners_list(tx.connection, line_user_ids=ids)]


def post(tx: Transaction, to: Customer | Owner, messages: Sequence[dict[str, Any]]) -> None:
    """Send something nobody tapped for: by a reply token that was left, else by push."""
    payload = {"customer_id": to.id, "to": to.line_user_id, "messages": list(messages), "worth": "notice"}
    outbox.put(tx, "line.message", payload, lane=f"customer:{to.id}")


def close_cases(tx: Transaction, customer_id: int, actor: str, why: str) -> None:
    """The customer does not wait for a human any more."""
    cases.close(tx, cases.Kind.WAITING_FOR_HUMAN, _reference(customer_id), actor, why)


def unsend(tx: Transaction, lane: str, line_message_id: str) -> None:
    """Forget the words of a message that was taken back, wherever they are kept.

    LINE asks for it (Messaging API reference, "Unsend event"). `lane` is that of its event: a LINE user,
    group or room.
    """
    if not line_message_id:
        return
    keys = {"lane": storable(lane), "line_message_id": storable(line_message_id)}
    sql.messages_unsend(tx.connection, **keys)
    customers.forget_said(tx, keys["lane"], keys["line_message_id"])
    sql.reviews_unsend(tx.connection, **keys)
    sql.inbox_unsend(tx.connection, **keys)


def forget_old(tx: Transaction, limit: int = 1000) -> int:
    """Delete what is older than `KEPT_DAYS`, at most `limit` messages; how many. A job for every day."""
    return int(sql.messages_forget_old(tx.connection, days=KEPT_DAYS, limit=limit))


def _open_case(tx: Transaction, customer_id: int, order_id: int | None) -> bool:
    """The customer's row is locked, so of two events at once one opens the case and one finds it."""
    kind, reference = cases.Kind.WAITING_FOR_HUMAN, _reference(customer_id)
    if sql.case_is_open(tx.connection, kind=kind, reference=reference):
        return False
    cases.open_case(tx, kind, order_id, reference)
    return True


def _reference(customer_id: int) -> str:
    return f"customer:{customer_id}"
