"""Out to LINE: with the free reply token while it lives, by push when the message is worth one.

A reply has no retry key, so after an attempt whose outcome is unknown the same reply is tried again:
"Invalid reply token", while the token cannot have expired, then means that it went through before. A
push carries its row's key and is done once however often it is sent. What may not be pushed, because the
month's quota is needed for worthier news, is kept for the customer's next message (`bot/held.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.attempt import Attempt, Conclude, Letter, Post, Worth
from bot.errors import HeldBack, LineError, QuotaExhausted
from bot.held import Held
from bot.quota import Quota, Rank
from store import customers
from store.customers import Customer, ReplyToken
from store.db import Database, Transaction
from store.queue import outbox
from store.queue.outbox import Job
from store.queue.policy import RetryPolicy
from store.queue.worker import JobHandler

if TYPE_CHECKING:
    from bot.line_api import LineApi, Message

DELIVERY_POLICY = RetryPolicy(base=1.0, cap=60.0, attempts=8)
"""For the kinds sent from here, when something nobody foresaw goes wrong; LINE's own troubles have theirs."""

_RANKS: dict[Worth, Rank] = {
    "answer": Rank.ANSWER, "notice": Rank.ORDER, "fleeting": Rank.OWNER, "free": Rank.REMINDER,
}  # fmt: skip


@dataclass(frozen=True)
class Say:
    """What a job of any kind has to say to a customer, what it may cost, and how much a push is worth."""

    messages: list[Message]
    worth: Worth = "notice"
    rank: Rank = Rank.ORDER


def make_post(api: LineApi, db: Database, *, quota: Quota | None = None, held: Held | None = None) -> Post:
    """The way out, for all handlers of a process: with the shop's own rules, or the usual ones."""
    return Post(api, db, quota or Quota(db, api), held or Held(db, {}))


def make_sender(
    api: LineApi, db: Database, *, quota: Quota | None = None, held: Held | None = None
) -> JobHandler:
    """The handler of outbox rows of kind "line.message".

    Their payload: `messages`; `worth`; `to` and `customer_id`, unless it is a reply in a group;
    `reply_token` and `token_until` (ISO 8601, UTC) when there is a token. A "notice" without a token
    of its own goes out with the one the customer left, if it is alive.
    """
    post = make_post(api, db, quota=quota, held=held)

    def perform(job: Job) -> Conclude:
        payload = job.payload
        customer_id, worth = payload.get("customer_id"), payload["worth"]
        token = _kept_in(job)
        if customer_id is not None and worth == "notice":
            token = _find_token(db, job, customer_id)
        letter = Letter(payload.get("to"), customer_id, payload["messages"], worth, _RANKS[worth], token)
        return send(post, job, letter)

    return perform


def send_to_customer(post: Post, job: Job, customer: Customer, say: Say) -> Conclude:
    """Send what a job of any kind has to say to a customer: with a reply token they left, else by push.

    Returns what the job handler is to return. Raises `Later`, `Drop` and `Fail` for the worker.
    """
    token = _find_token(post.db, job, customer.id)
    letter = Letter(customer.line_user_id, customer.id, say.messages, say.worth, say.rank, token)
    return send(post, job, letter)


def send(post: Post, job: Job, letter: Letter) -> Conclude:
    """Send a letter, five messages at a time, going on after the part that an earlier attempt got to.

    Returns what the job handler is to return. Raises `Later`, `Drop` and `Fail` for the worker.
    """
    attempt = Attempt(post, job, letter)
    try:
        outcome = attempt.run()
    except (HeldBack, QuotaExhausted) as error:
        return attempt.put_off(str(error))
    except LineError as error:
        raise attempt.verdict(error) from error
    return lambda _tx: outcome


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
