"""What LINE is asked beside the answer: who the customer is, to show that we are at work or have read.

None of it is worth holding anything up: each is a job without a lane, done when there is a moment.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog

from bot import actions, errands, handler
from bot.errors import LineError
from bot.events import Follow, Incoming, Postback, Text
from bot.handler import Converse
from bot.richmenu import linking
from bot.screens.theme import Message, quick_reply
from bot.words import SOURCE, closest, languages, own_name
from store import customers
from store.customers import Customer
from store.db import Database, Transaction, sql
from store.queue import outbox
from store.queue.outbox import Job
from store.queue.policy import Drop
from store.queue.worker import JobHandler
from store.text import storable

if TYPE_CHECKING:
    from bot.line_api import LineApi

log = structlog.get_logger(__name__)

PROFILE, LOADING, READ, GREETING = "line.profile", "line.loading", "line.read", "line.greeting"
GREETING_SECONDS = 3.0
"""How long a greeting waits to learn which language its reader speaks."""
LOADING_SECONDS = 40
"""How long the animation runs at most: until the customer hears that the bank is slow."""
_LOADING_LATE_SECONDS = 10.0
_NAME_LIMIT = 100
_QUICK_REPLIES = 13
"""Suggestions under a message (LINE Messaging API reference, "Quick reply")."""


def with_courtesies(converse: Converse, *, mark_as_read: bool = False) -> Converse:
    """`converse`, and beside it: who is new is greeted as soon as LINE has said which language they speak;
    the profile of whoever is unknown otherwise is fetched, and until it is there the other languages are
    offered; the loading animation is shown while the bank is asked for a way to pay; and, if
    wanted, what the bot answers is marked as read.

    Marks of reading need the account's Chat switched on, and hide from its staff what they have not read.
    """

    def respond(tx: Transaction, customer: Customer, incoming: Incoming) -> list[Message] | None:
        if isinstance(incoming.what, Follow) and not customer.display_name:
            _greet_soon(tx, customer, incoming.what)
            return None
        answer = converse(tx, customer, incoming)
        if not customer.display_name:
            _ask_for_profile(tx, customer)
            answer = answer and _with_languages(answer, customer.language)
        if answer is None and isinstance(incoming.what, Text | Postback):
            _show_loading(tx, customer)
        if mark_as_read and incoming.read_token and not customer.with_human:
            outbox.put(tx, READ, {"token": incoming.read_token})
        return answer

    return respond


def make_courtesy_jobs(api: LineApi, db: Database, converse: Converse) -> dict[str, JobHandler]:
    """The handlers of the outbox rows that `with_courtesies` puts around the same `converse`."""

    def profile(job: Job) -> Callable[[Transaction], str]:
        known = errands.run(job, lambda: api.profile(job.payload["to"]))
        return lambda tx: _keep_profile(tx, job, known)

    def greeting(job: Job) -> Callable[[Transaction], str]:
        try:
            known = api.within(GREETING_SECONDS).profile(job.payload["to"])
        except LineError as error:
            log.warning("line_profile_not_read", error=type(error).__name__)
            known = {}

        def conclude(tx: Transaction) -> str:
            outcome = _keep_profile(tx, job, known) if known else "language unknown"
            _greet(tx, customers.find(tx, job.payload["customer_id"]), job, converse)
            return outcome

        return conclude

    def loading(job: Job) -> Callable[[Transaction], str]:
        if (datetime.now(UTC) - job.created_at).total_seconds() > _LOADING_LATE_SECONDS:
            raise Drop("too late to be of use")
        try:
            api.show_loading(job.payload["to"], LOADING_SECONDS)
        except LineError as error:
            raise Drop(type(error).__name__) from error
        return lambda _tx: "shown"

    def read(job: Job) -> Callable[[Transaction], str]:
        errands.run(job, lambda: api.mark_as_read(job.payload["token"]))
        return lambda _tx: "marked"

    menu = linking.make_linker(api, db)
    return {PROFILE: profile, GREETING: greeting, LOADING: loading, READ: read, linking.KIND: menu}


def _keep_profile(tx: Transaction, job: Job, known: dict[str, Any]) -> str:
    """Store what LINE knows of a customer; a word on it."""
    name = storable(str(known.get("displayName", "")))[:_NAME_LIMIT]
    language = closest(str(known["language"])) if known.get("language") else None
    customer_id = job.payload["customer_id"]
    sql.profile_store(tx.connection, id=customer_id, display_name=name, language=language)
    if language != SOURCE:
        linking.ask(tx, customer_id, job.payload["to"])
    return f"language {language or 'unknown'}"


def _greet_soon(tx: Transaction, customer: Customer, follow: Follow) -> None:
    """The event's reply token is kept with the customer until the greeting takes it."""
    payload = {"customer_id": customer.id, "to": customer.line_user_id, "again": follow.unblocked}
    outbox.put(tx, GREETING, payload)


def _greet(tx: Transaction, customer: Customer, job: Job, converse: Converse) -> None:
    follow = Follow(unblocked=bool(job.payload["again"]))
    now, user = job.created_at, customer.line_user_id
    incoming = Incoming(str(job.key), user, "user", user, False, False, now, None, follow)
    answer = converse(tx, customer, incoming)
    if answer and not customer.display_name:
        _ask_for_profile(tx, customer)
        answer = _with_languages(answer, customer.language)
    if answer and customer.friend:
        handler.post(tx, customer, answer, customers.take_token(tx, customer.id))


def _ask_for_profile(tx: Transaction, customer: Customer) -> None:
    if sql.profile_ask(tx.connection, id=customer.id):
        outbox.put(tx, PROFILE, {"customer_id": customer.id, "to": customer.line_user_id})


def _with_languages(answer: list[Message], language: str) -> list[Message]:
    """The answer with the other languages among its suggestions."""
    suggested = answer[-1].get("quickReply", {}).get("items", [])
    others = [
        quick_reply(own_name(other), actions.encode("language", l=other))
        for other in languages()
        if other != language
    ]
    items = [*others, *suggested][:_QUICK_REPLIES]
    return [*answer[:-1], answer[-1] | {"quickReply": {"items": items}}]


def _show_loading(tx: Transaction, customer: Customer) -> None:
    """Show that we are at work, when no answer means that the bank is being asked."""
    if sql.payment_is_being_opened(tx.connection, customer_id=customer.id):
        outbox.put(tx, LOADING, {"to": customer.line_user_id})
