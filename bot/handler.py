"""What the worker does with an event of LINE: finds the customer, asks the conversation, posts the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot import actions
from bot.events import Follow, Incoming, Join, Other, Postback, Text, Unfollow, Unsend, parse
from bot.screens import service as screens
from bot.screens.theme import with_ways_back
from bot.words import speaking
from store import customers, handoff, pace
from store.customers import Customer, ReplyToken
from store.db import Transaction
from store.queue import outbox
from store.queue.inbox import Event
from store.queue.policy import RetryPolicy
from store.queue.worker import EventHandler

Message = dict[str, Any]
Converse = Callable[[Transaction, Customer, Incoming], list[Message] | None]
"""Decides what an event means and stores what it changes; returns the answer's messages, if there are any."""

EVENT_POLICY = RetryPolicy(base=0.5, cap=5.0, attempts=5)
"""For the inbox source "line": a customer's next tap waits for this one, so it is soon given up."""

REPLY_SECONDS = 50
"""How long we rely on a reply token after its event was received: LINE promises a minute."""
REDELIVERED_SECONDS = 20 * 60
"""A redelivered event's token dies this long after the event itself (reference, "Reply token")."""

GROUP_WORDS = frozenset({"商品", "shop", "購物車", "cart", "訂單", "orders", "說明", "help"})
NEVER_DROPPED = frozenset({"place", "pay", "retry", "cancel_now"})
"""Taps that order, pay or give an order up: done however fast they come."""


def make_handler(converse: Converse) -> EventHandler:
    """The inbox handler of the source "line"."""

    def handle(tx: Transaction, event: Event) -> None:
        incoming = parse(event.payload)
        if isinstance(incoming.what, Unsend):
            handoff.unsend(tx, event.lane, incoming.what.message_id)
        if incoming.standby:
            return
        if incoming.source_kind == "user" and incoming.user_id:
            _handle_customer(tx, event, incoming, incoming.user_id, converse)
        elif incoming.source_kind in ("group", "room") and _asks_in_group(incoming):
            _reply_in_group(tx, event, incoming)

    return handle


def give_up(tx: Transaction, event: Event) -> None:
    """Tell the customer, when an event has failed for good, that nothing came of it."""
    incoming = parse(event.payload)
    if incoming.standby or incoming.source_kind != "user" or not incoming.user_id or not _waits(incoming):
        return
    customer = customers.meet(tx, incoming.user_id)
    with speaking(customer.language):
        messages = with_ways_back(screens.not_done())
    post(tx, customer, messages, _token(event, incoming))


def _handle_customer(
    tx: Transaction, event: Event, incoming: Incoming, user_id: str, converse: Converse
) -> None:
    customer = customers.meet(tx, user_id)
    if customer.hurried and _may_be_dropped(customer, incoming):
        _damp(tx, event, incoming, customer)
        return
    if isinstance(incoming.what, Follow) and not customer.friend:
        incoming = replace(incoming, what=Follow(unblocked=True))  # LINE does not always know it
    if isinstance(incoming.what, Follow | Unfollow):
        customer = replace(customer, friend=isinstance(incoming.what, Follow))
        customers.set_friend(tx, customer, customer.friend)
        if not customer.friend:
            return
    messages = converse(tx, customer, incoming)
    token = _token(event, incoming)
    if messages:
        post(tx, customer, messages, token)
    elif token:
        customers.keep_token(tx, customer, token)


def _may_be_dropped(customer: Customer, incoming: Incoming) -> bool:
    """Whether an event that came too fast may wait or be passed over; what is said to a human may not."""
    match incoming.what:
        case Postback(data=data):
            action = actions.parse(data)
            return action is None or action.name not in NEVER_DROPPED
        case Text() | Other(is_message=True):
            return not customer.with_human
        case _:
            return False


def _damp(tx: Transaction, event: Event, incoming: Incoming, customer: Customer) -> None:
    """Too fast: the customer's last wish waits its turn, what it has overtaken is passed over."""
    if not pace.is_overtaken(tx, event):
        pace.put_off(tx, event, customer)
    elif pace.may_ask_to_slow_down(tx, customer):
        with speaking(customer.language):
            messages = with_ways_back(screens.slow_down())
        post(tx, customer, messages, _token(event, incoming))


def _token(event: Event, incoming: Incoming) -> ReplyToken | None:
    """The event's reply token with the time until which it is good, by LINE's promise."""
    if incoming.reply_token is None:
        return None
    until = event.received_at + timedelta(seconds=REPLY_SECONDS)
    if incoming.redelivery and incoming.at is not None:
        until = min(until, incoming.at + timedelta(seconds=REDELIVERED_SECONDS))
    return ReplyToken(incoming.reply_token, until)


def post(tx: Transaction, customer: Customer, messages: list[Message], token: ReplyToken | None) -> None:
    """Have an answer sent to a customer, who is locked: by the event's token while that lives, or by push."""
    payload = {
        "customer_id": customer.id,
        "to": customer.line_user_id,
        "messages": messages,
        "worth": "answer",
        **_token_facts(token),
    }
    outbox.put_in_hand(tx, "line.message", payload, lane=customer.lane)


def _token_facts(token: ReplyToken | None) -> dict[str, Any]:
    if token is None:
        return {}
    return {"reply_token": token.token, "token_until": token.until.isoformat()}


def _reply_in_group(tx: Transaction, event: Event, incoming: Incoming) -> None:
    """The same few words to everybody: where others read, all that is shown of a customer is a language."""
    token = _token(event, incoming)
    if token is None:
        return
    messages = screens.in_group(customers.language_of(tx, incoming.user_id) if incoming.user_id else None)
    payload = {"messages": messages, "worth": "free", **_token_facts(token)}
    outbox.put(tx, "line.message", payload, lane=f"group:{incoming.source_id}")


def _asks_in_group(incoming: Incoming) -> bool:
    """Whether somebody in a group turned to the shop; the talk of its members is none of our business."""
    match incoming.what:
        case Join() | Postback():
            return True
        case Text() as said:
            return said.mentions_bot or said.text.strip().lower() in GROUP_WORDS
        case _:
            return False


def _waits(incoming: Incoming) -> bool:
    """Whether a person did something and looks for an answer."""
    what = incoming.what
    return isinstance(what, Text | Postback | Follow) or (isinstance(what, Other) and what.is_message)
