"""News that could not be sent, kept for the customer's next message.

It waits in the outbox, in a lane of its own per customer: in order, holding nobody else up, and looked at
again every hour in case there is quota by then. Whatever is sent to the customer before takes it along.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from store import customers
from store.customers import Customer
from store.db import Database, Transaction, sql
from store.errors import LeaseLost
from store.queue import outbox
from store.queue.outbox import Job
from store.text import storable_json

log = structlog.get_logger(__name__)

Message = dict[str, Any]
Teller = Callable[[Transaction, Customer, dict[str, Any], int | None], list[Message] | None]
"""Puts a job of its kind into words for a customer, from its payload and order id, as things stand now;
None when it is no news any more. Raises ValueError or LookupError for what cannot be put into words."""

AGAIN_SECONDS = 3600.0
_LANE = "held:"
_PART = 5  # messages per request (reference, "Send reply message")
_GLANCE_SECONDS = 1.0


@dataclass(frozen=True)
class News:
    """Kept news in the hands of a message that takes it along: the job it was, and its words."""

    kind: str
    order_id: int | None
    payload: dict[str, Any]
    messages: list[Message]


class Held:
    """The kept news of all customers, told by `tellers`, one for each kind of job."""

    def __init__(self, db: Database, tellers: Mapping[str, Teller]) -> None:
        self._db = db
        self._tellers = {"line.message": _as_written, **tellers}
        self._some, self._look_again_at = False, 0.0

    def take(self, job: Job, customer_id: int, answer: Sequence[Message], room: int) -> list[News]:
        """The news that `job` takes along, in at most `room` messages: from now on it is the job's to send.

        What the `answer` says anyway is not said twice.
        """
        if room < 1 or not self._some_held():
            return []

        def work(tx: Transaction) -> list[News]:
            customer = customers.find(tx, customer_id)
            rows = sql.held_list(tx.connection, lane=lane(customer_id), except_id=job.id, slots=_PART)
            told = self._tell(tx, customer, rows, room)
            _close(tx, [row.id for row, messages in told if messages], "done", f"told with {job.id}")
            _close(tx, [row.id for row, messages in told if not messages], "dropped", "no news any more")
            said = [bare(message) for message in answer]
            taken = [
                News(row.kind, row.order_id, row.payload, [m for m in map(bare, messages) if m not in said])
                for row, messages in told
                if messages
            ]
            if taken:
                note(tx, job, {"news": [asdict(news) for news in taken]})
            return taken

        return self._db.transaction(work)

    def give_back(self, tx: Transaction, news: Iterable[News], *, alone: bool = False) -> None:
        """Keep news again that was taken and not sent; `alone`: it must not travel with others any more."""
        for item in news:
            payload = item.payload | ({"alone": True} if alone else {})
            outbox.put(
                tx,
                item.kind,
                payload,
                lane=lane(int(payload["customer_id"])),
                order_id=item.order_id,
                delay_seconds=AGAIN_SECONDS,
            )
        tx.after_commit(self._look_again)

    def keep(self, tx: Transaction, job: Job, payload: dict[str, Any]) -> int:
        """Keep what a job has to say; the id of the row it waits in."""
        tx.after_commit(self._look_again)
        since = payload.get("held_since") or datetime.now(UTC).isoformat()
        return outbox.put(
            tx,
            job.kind,
            payload | {"held_since": since},
            lane=lane(int(payload["customer_id"])),
            order_id=job.order_id,
            delay_seconds=AGAIN_SECONDS,
        )

    def _tell(
        self, tx: Transaction, customer: Customer, rows: Iterable[Any], room: int
    ) -> list[tuple[Any, list[Message]]]:
        told = []
        for row in rows:
            teller = self._tellers.get(row.kind)
            if teller is None or row.payload.get("alone"):
                continue
            try:
                messages = teller(tx, customer, row.payload, row.order_id) or []
            except (ValueError, LookupError):  # it is buried with its reason when its own turn comes
                log.exception("held_news_without_words", id=row.id, kind=row.kind)
                continue
            room -= len(messages)
            if room < 0:
                break
            told.append((row, messages))
        return told

    def _look_again(self) -> None:
        self._look_again_at = 0.0

    def _some_held(self) -> bool:
        """Whether there is news for anybody at all; looked up once a second, because mostly there is none."""
        now = time.monotonic()
        if now >= self._look_again_at:
            self._some = bool(self._db.transaction(lambda tx: sql.held_any(tx.connection)))
            self._look_again_at = now + _GLANCE_SECONDS
        return self._some


def lane(customer_id: int) -> str:
    """The lane in which a customer's news is kept."""
    return f"{_LANE}{customer_id}"


def is_held(job: Job) -> bool:
    """Whether a job is kept news whose hour has come."""
    return job.lane is not None and job.lane.startswith(_LANE)


def age_seconds(job: Job) -> float:
    """How long ago a kept job was first put aside."""
    since = job.payload.get("held_since")
    return (datetime.now(UTC) - datetime.fromisoformat(since)).total_seconds() if since else 0.0


def note(tx: Transaction, job: Job, facts: dict[str, Any]) -> None:
    """Write facts into a job that must still be ours; raises `LeaseLost` when it is not."""
    written = sql.outbox_note(tx.connection, id=job.id, lease=job.lease, payload=storable_json(facts))
    if written != 1:
        raise LeaseLost(f"outbox {job.id}")


def _as_written(
    _tx: Transaction, _customer: Customer, payload: dict[str, Any], _order_id: int | None
) -> list[Message]:
    """Messages that were written when they were put."""
    messages: list[Message] = payload["messages"][_PART * payload.get("sent", 0) :]
    return messages


def bare(message: Message) -> Message:
    """A message without the suggestions under it."""
    return {name: value for name, value in message.items() if name != "quickReply"}


def _close(tx: Transaction, ids: list[int], status: str, outcome: str) -> None:
    if ids:
        sql.held_close(tx.connection, ids=ids, status=status, outcome=outcome)
