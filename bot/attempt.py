"""One attempt at sending a letter to LINE: how it goes out, and what becomes of it when it does not."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from bot import held
from bot.errors import HeldBack, LineError, QuotaExhausted, Rejected, ReplyTokenInvalid, TargetGone
from bot.held import Held, News
from bot.quota import Quota, Rank
from store import customers
from store.customers import ReplyToken
from store.db import Database, Transaction
from store.errors import StoreError
from store.queue import outbox
from store.queue.outbox import Job
from store.queue.policy import Drop, Fail, Later, RetryPolicy

if TYPE_CHECKING:
    from bot.line_api import LineApi, Message

Worth = Literal["answer", "notice", "fleeting", "free"]
"""What a message may cost. "answer": somebody waits for it, so it is pushed when its token has died;
"notice": must be known, so it is pushed and waits for a better day; "fleeting": stands elsewhere too, so
it is pushed now or never; "free": only ever a reply."""
Conclude = Callable[[Transaction], str]

PART = 5
"""Messages per request (Messaging API reference, "Send reply message", "Send push message")."""
NOTICE_KEPT_SECONDS = 40 * 86_400.0
"""How long a notice is kept for a customer's next message: past the month's end, which brings new quota."""
ANSWER_KEPT_SECONDS = 3600.0
"""How long an answer is: later nobody remembers the question."""

_OUTAGE: dict[Worth, RetryPolicy] = {
    "answer": RetryPolicy(base=1.0, cap=60.0, attempts=80),  # an hour
    "notice": RetryPolicy(base=1.0, cap=60.0, attempts=2000),  # a day
    "fleeting": RetryPolicy(base=1.0, cap=60.0, attempts=2000),
    "free": RetryPolicy(base=1.0, cap=15.0, attempts=5),
}
_FACTS = ("reply_token", "token_until", "clean", "pushing", "news", "counted")
_NOT_A_FRIEND = "not a friend"
_KEPT_FOR_BETTER = "what is left of this month's messages is kept for worthier ones"


@dataclass(frozen=True)
class Post:
    """What every attempt needs: LINE, the database, the month's quota, and the news kept so far."""

    api: LineApi
    db: Database
    quota: Quota
    held: Held


@dataclass(frozen=True)
class Letter:
    """What is to be sent: to whom (None: to whoever holds the token), how dear it may be, by which token."""

    to: str | None
    customer_id: int | None
    messages: list[Message]
    worth: Worth
    rank: Rank
    token: ReplyToken | None


class Attempt:
    """One attempt. What the next one must know is kept in the job's payload:

    `sent`, how many parts went out; `clean`, how many of the first attempts are known to have sent
    nothing; `pushing`, that from now on only a push will do, because its key guards against a repetition;
    `counted`, how many parts are counted in the quota; `news`, what travels along.
    """

    def __init__(self, post: Post, job: Job, letter: Letter) -> None:
        self._post, self._job, self._letter = post, job, letter
        self._sent: int = job.payload.get("sent", 0)
        self._pushing: bool = job.payload.get("pushing", False)
        self._news = [News(**news) for news in job.payload.get("news", [])]

    def run(self) -> str:
        """Send what is not sent yet; how it went, with LINE's request ids. Raises `LineError`."""
        self._give_up_when_old()
        messages = self._letter.messages
        parts = [messages[start : start + PART] for start in range(0, len(messages), PART)]
        ways = []
        for number in range(self._sent, len(parts)):
            ways.append(self._send_part(number, parts[number]))
            self._sent = number + 1
        return ", ".join(ways) or "nothing to send"

    def verdict(self, error: LineError) -> StoreError:
        """What becomes of the job after a call to LINE that failed."""
        why = f"{type(error).__name__}: {error}"
        if isinstance(error, Rejected) and self._news:
            self._let_go(alone=True)  # which of them LINE does not like will show
            return Later(why, delay_seconds=0.0, facts=self._facts(error))
        if isinstance(error, Rejected | TargetGone):
            self._let_go()
            return Fail(why)
        worth, attempts = self._letter.worth, self._job.attempts
        delay = _OUTAGE[worth].delay_seconds(attempts)
        if delay is None:
            self._let_go()
            return Drop(why) if worth == "free" else Fail(f"gave up: {why}")
        return Later(why, delay_seconds=delay, facts=self._facts(error))

    def put_off(self, why: str) -> Conclude:
        """What becomes of the job when it may not be pushed: it waits for the customer's next message,
        out of the way of the free answers to them. Raises `Later` when it waits there already, and `Drop` for
        what is fleeting."""
        if self._letter.worth == "fleeting":
            self._let_go()
            raise Drop(why)
        if held.is_held(self._job):
            self._let_go()
            raise Later(why, delay_seconds=held.AGAIN_SECONDS, facts=self._facts(None) | {"counted": 0})
        payload = {name: value for name, value in self._job.payload.items() if name not in _FACTS}
        payload |= {"sent": self._sent}

        def conclude(tx: Transaction) -> str:
            self._post.held.give_back(tx, self._news)
            return f"{why}; kept as {self._post.held.keep(tx, self._job, payload)}"

        return conclude

    def _send_part(self, number: int, messages: list[Message]) -> str:
        letter, api = self._letter, self._post.api
        token = None if number or self._pushing else letter.token
        if token and datetime.now(UTC) < token.until:
            try:
                return f"replied {api.reply(token.token, self._with_news(number, messages))}"
            except ReplyTokenInvalid:
                if self._may_have_replied():
                    return "reply unsure"
                if letter.worth != "free":
                    self._remember_pushing()
        if letter.worth == "free":
            self._let_go()
            raise Drop("no living reply token, and not worth a push")
        to = self._may_push(number)
        with_news = self._with_news(number, messages)
        self._pushing = True
        key = self._job.key if number == 0 else uuid.uuid5(self._job.key, str(number))
        try:
            return f"pushed {api.push(to, with_news, key)}"
        except QuotaExhausted:
            self._post.quota.refused()
            raise

    def _with_news(self, number: int, messages: list[Message]) -> list[Message]:
        """The first part with as much kept news as goes along; a repetition says the same again."""
        if number:
            return messages
        untouched = not (self._news or self._pushing or self._may_have_replied())
        if untouched and self._letter.customer_id is not None and not self._job.payload.get("alone"):
            room = PART - len(messages)
            self._news = self._post.held.take(self._job, self._letter.customer_id, messages, room)
        told = [message for news in self._news for message in news.messages]
        return _joined([*messages, *told] if held.is_held(self._job) else [*told, *messages])

    def _may_push(self, number: int) -> str:
        """To whom a part may be pushed, counted in the quota once. Raises `HeldBack`, `Drop`."""
        letter, post = self._letter, self._post
        if letter.to is None or letter.customer_id is None:
            raise Drop(_NOT_A_FRIEND)
        to, customer_id = letter.to, letter.customer_id
        post.quota.refresh()

        def ask(tx: Transaction) -> str:
            if not customers.find(tx, customer_id).friend:
                return _NOT_A_FRIEND
            if self._job.payload.get("counted", 0) > number:
                return ""
            if not post.quota.take(tx, letter.rank):
                return _KEPT_FOR_BETTER
            held.note(tx, self._job, {"counted": number + 1})
            return ""

        obstacle = post.db.transaction(ask)
        if obstacle == _NOT_A_FRIEND and letter.worth == "answer":
            self._let_go()
            raise Drop(obstacle)
        if obstacle:
            raise HeldBack(obstacle)
        return to

    def _may_have_replied(self) -> bool:
        """Whether an earlier attempt timed out or died with its process: its reply may have got through."""
        clean: int = self._job.payload.get("clean", 0)
        return self._job.attempts - 1 > clean

    def _facts(self, error: LineError | None) -> dict[str, Any]:
        """What the next attempt must know; None for an attempt that was not even begun."""
        facts: dict[str, Any] = {"sent": self._sent}
        if error is not None and error.may_have_arrived:
            facts["pushing"] = self._pushing
        elif not self._may_have_replied():
            facts["clean"] = self._job.attempts
        return facts

    def _remember_pushing(self) -> None:
        """Note that the token is dead: to an attempt after a crash it would look as if it had been used."""
        self._post.db.transaction(lambda tx: outbox.note(tx, self._job, {"pushing": True}))

    def _let_go(self, *, alone: bool = False) -> None:
        """Keep the news again that travelled with a letter which is not to be."""
        if not self._news:
            return

        def work(tx: Transaction) -> None:
            held.note(tx, self._job, {"news": []})
            self._post.held.give_back(tx, self._news, alone=alone)

        self._post.db.transaction(work)
        self._news = []

    def _give_up_when_old(self) -> None:
        """End what was kept in vain: raises `Drop` for an answer, `Fail` for a notice, which a human sees."""
        if not held.is_held(self._job):
            return
        if self._letter.worth == "answer" and held.age_seconds(self._job) >= ANSWER_KEPT_SECONDS:
            raise Drop("nobody waits for this answer any more")
        if held.age_seconds(self._job) >= NOTICE_KEPT_SECONDS:
            raise Fail("the customer has not been heard of, and no push was possible")


def _joined(messages: list[Message]) -> list[Message]:
    """The messages with all their suggestions gone but the latest, which stand under the last one: LINE shows
    no others (Messaging API reference, "Quick reply")."""
    suggestions = [message["quickReply"] for message in messages if "quickReply" in message]
    bare = [held.bare(message) for message in messages]
    return [*bare[:-1], bare[-1] | {"quickReply": suggestions[-1]}] if suggestions else bare
