"""Out to LINE: with the free reply token while it lives, by push when the message is worth one.

A reply has no retry key, so after an attempt whose outcome is unknown the same reply is tried again:
"Invalid reply token", while the token cannot have expired, then means that it went through before. A
push carries its row's key and is done once however often it is sent.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from bot.errors import LineError, NotAllowed, QuotaExhausted, Rejected, ReplyTokenInvalid, TargetGone
from store import customers
from store.customers import Customer, ReplyToken
from store.db import Database, Transaction
from store.errors import StoreError
from store.queue import outbox
from store.queue.outbox import Job
from store.queue.policy import Drop, Fail, Later, RetryPolicy
from store.queue.worker import JobHandler

if TYPE_CHECKING:
    from bot.line_api import LineApi, Message

Worth = Literal["answer", "notice", "free"]
"""What a message may cost. "answer": somebody waits for it, so it is pushed when its token has died;
"notice": must be known, so it is pushed and waits for a better day; "free": only ever a reply."""
Conclude = Callable[[Transaction], str]

DELIVERY_POLICY = RetryPolicy(base=1.0, cap=60.0, attempts=8)
"""For the kinds sent from here, when something nobody foresaw goes wrong; LINE's own troubles have theirs."""

_OUTAGE: dict[Worth, RetryPolicy] = {
    "answer": RetryPolicy(base=1.0, cap=60.0, attempts=80),  # an hour: later nobody remembers the question
    "notice": RetryPolicy(base=1.0, cap=60.0, attempts=2000),  # a day
    "free": RetryPolicy(base=1.0, cap=15.0, attempts=5),
}
_TOKEN_ROTATION_SECONDS = 60.0
_QUOTA_PAUSE_SECONDS = 6 * 3600.0
_QUOTA_PAUSES = 4
_FACTS = ("reply_token", "token_until", "clean", "pushing")
_PART = 5  # messages per request (reference, "Send reply message")


@dataclass(frozen=True)
class Letter:
    """What is to be sent: to whom (None: to whoever holds the token), how dear it may be, by which token.

    `is_friend` is asked only when a push is due: to others LINE says 200 and delivers nothing.
    """

    to: str | None
    messages: list[Message]
    worth: Worth
    token: ReplyToken | None
    is_friend: Callable[[], bool]


def make_sender(api: LineApi, db: Database) -> JobHandler:
    """The handler of outbox rows of kind "line.message".

    Their payload: `messages`; `worth`; `to` and `customer_id`, unless it is a reply in a group;
    `reply_token` and `token_until` (ISO 8601, UTC) when there is a token. A "notice" without a token
    of its own goes out with the one the customer left, if it is alive.
    """

    def is_friend(customer_id: int | None) -> bool:
        if customer_id is None:
            return False
        return db.transaction(lambda tx: customers.find(tx, customer_id)).friend

    def perform(job: Job) -> Conclude:
        payload = job.payload
        customer_id = payload.get("customer_id")
        token = _kept_in(job)
        if customer_id is not None and payload["worth"] == "notice":
            token = _find_token(db, job, customer_id)
        letter = Letter(
            payload.get("to"), payload["messages"], payload["worth"], token, lambda: is_friend(customer_id)
        )
        return send(api, db, job, letter)

    return perform


def send_to_customer(
    api: LineApi,
    db: Database,
    job: Job,
    customer: Customer,
    messages: list[Message],
    worth: Worth = "notice",
) -> Conclude:
    """Send what a job of any kind has to say to a customer: with a reply token they left, else by push.

    Returns what the job handler is to return. Raises `Later`, `Drop` and `Fail` for the worker.
    """
    token = _find_token(db, job, customer.id)
    letter = Letter(customer.line_user_id, messages, worth, token, lambda: customer.friend)
    return send(api, db, job, letter)


def send(api: LineApi, db: Database, job: Job, letter: Letter) -> Conclude:
    """Send a letter, five messages at a time, going on after the part that an earlier attempt got to.

    Returns what the job handler is to return. Raises `Later`, `Drop` and `Fail` for the worker.
    """
    attempt = _Attempt(api, db, job, letter)
    try:
        outcome = attempt.run()
    except QuotaExhausted as error:
        return attempt.put_off(error)
    except LineError as error:
        raise attempt.verdict(error) from error
    return lambda _tx: outcome


class _Attempt:
    """One attempt at sending a letter. What the next one must know is kept in the job's payload:

    `sent`, how many parts went out; `clean`, how many of the first attempts are known to have sent
    nothing; `pushing`, that from now on only a push will do, because its key guards against a repetition.
    """

    def __init__(self, api: LineApi, db: Database, job: Job, letter: Letter) -> None:
        self._api, self._db, self._job, self._letter = api, db, job, letter
        self._sent: int = job.payload.get("sent", 0)
        self._pushing: bool = job.payload.get("pushing", False)

    def run(self) -> str:
        """Send what is not sent yet; how it went, with LINE's request ids."""
        messages = self._letter.messages
        parts = [messages[start : start + _PART] for start in range(0, len(messages), _PART)]
        ways = []
        for number in range(self._sent, len(parts)):
            ways.append(self._send_part(number, parts[number]))
            self._sent = number + 1
        return ", ".join(ways) or "nothing to send"

    def verdict(self, error: LineError) -> StoreError:
        """What becomes of the job after a call to LINE that failed."""
        why = f"{type(error).__name__}: {error}"
        if isinstance(error, Rejected | TargetGone):
            return Fail(why)
        worth, attempts = self._letter.worth, self._job.attempts
        delay = _OUTAGE[worth].delay_seconds(attempts)
        if delay is None:
            return Drop(why) if worth == "free" else Fail(f"gave up: {why}")
        if isinstance(error, NotAllowed):
            delay = _TOKEN_ROTATION_SECONDS
        facts: dict[str, Any] = {"sent": self._sent}
        if error.may_have_arrived:
            facts["pushing"] = self._pushing
        elif not self._may_have_replied():
            facts["clean"] = attempts
        return Later(why, delay_seconds=delay, facts=facts)

    def put_off(self, error: QuotaExhausted) -> Conclude:
        """What becomes of the job when this month's messages are used up.

        A notice moves to a new row without a lane, because the free answers to the same customer must
        not wait for it; there it may still meet a reply token. After a day it is left to a human.
        """
        job = self._job
        if self._letter.worth != "notice":
            raise Drop(f"message quota exhausted: {error}")
        pauses = job.payload.get("pauses", 0)
        if pauses == _QUOTA_PAUSES:
            raise Fail(f"message quota exhausted: {error}")
        payload = {name: value for name, value in job.payload.items() if name not in _FACTS}
        payload |= {"sent": self._sent, "pauses": pauses + 1}

        def conclude(tx: Transaction) -> str:
            again = outbox.put(
                tx, job.kind, payload, order_id=job.order_id, delay_seconds=_QUOTA_PAUSE_SECONDS
            )
            return f"message quota exhausted, put off as {again}"

        return conclude

    def _send_part(self, number: int, messages: list[Message]) -> str:
        letter = self._letter
        token = None if number or self._pushing else letter.token
        if token and datetime.now(UTC) < token.until:
            try:
                return f"replied {self._api.reply(token.token, messages)}"
            except ReplyTokenInvalid:
                if self._may_have_replied():
                    return "reply unsure"
                if letter.worth != "free":
                    self._remember_pushing()
        if letter.worth == "free":
            raise Drop("no living reply token, and not worth a push")
        if letter.to is None or not letter.is_friend():
            raise Drop("not a friend")
        self._pushing = True
        key = self._job.key if number == 0 else uuid.uuid5(self._job.key, str(number))
        return f"pushed {self._api.push(letter.to, messages, key)}"

    def _may_have_replied(self) -> bool:
        """Whether an earlier attempt timed out or died with its process: its reply may have got through."""
        clean: int = self._job.payload.get("clean", 0)
        return self._job.attempts - 1 > clean

    def _remember_pushing(self) -> None:
        """Note that the token is dead: to an attempt after a crash it would look as if it had been used."""
        self._db.transaction(lambda tx: outbox.note(tx, self._job, {"pushing": True}))


def _kept_in(job: Job) -> ReplyToken | None:
    """The reply token in a job's payload, if it still lives."""
    if not job.payload.get("reply_token"):
        return None
    token = ReplyToken(job.payload["reply_token"], datetime.fromisoformat(job.payload["token_until"]))
    return token if datetime.now(UTC) < token.until else None


def _find_token(db: Database, job: Job, customer_id: int) -> ReplyToken | None:
    """The job's own token, or the one the customer left: taken, and written into the job, so that a crash
    does not lose it. A job that is being pushed must stay with its push."""
    if job.payload.get("pushing"):
        return None

    def take(tx: Transaction) -> ReplyToken | None:
        token = customers.take_token(tx, customer_id)
        if token:
            facts = {"reply_token": token.token, "token_until": token.until.isoformat()}
            outbox.note(tx, job, facts)
        return token

    return _kept_in(job) or db.transaction(take)
