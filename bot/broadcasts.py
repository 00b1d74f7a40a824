"""Sends broadcasts: takes customers a part at a time, and hands each part to LINE in one request.

A part is LINE's retry key: however often it is tried, within the hours that LINE remembers the key, nobody
gets it twice. Before each attempt it is looked who still wants it, whether it was stopped, and whether the
month's messages suffice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.errors import LineError, LineUnavailable, NotAllowed, QuotaExhausted, RateLimited
from bot.line_api import LineApi, Message
from bot.quota import Quota, Rank
from bot.screens import promotions as screens
from bot.screens.theme import with_ways_back
from bot.words import speaking
from store import broadcasts, catalogue
from store.broadcasts import ASK_QUOTA, PACE_SECONDS, SEND, SPREAD, Stop
from store.db import Database, Transaction, sql
from store.queue.outbox import Job
from store.queue.policy import Later, RetryPolicy
from store.queue.worker import JobHandler
from store.shop import Shop

Conclude = Callable[[Transaction], str]

GIVE_UP_SECONDS = 6 * 3600.0
"""How long LINE is waited for: an offer of this morning is none at night, and LINE remembers a retry key
for a day (reference, "Retry failed API requests")."""
_PAUSES = RetryPolicy(base=5.0, cap=300.0, attempts=10_000)


@dataclass(frozen=True)
class Parcel:
    """A part as it goes to LINE."""

    to: list[str]
    messages: list[Message]


def make_broadcast_jobs(
    api: LineApi, db: Database, shop: Shop, quota: Quota, *, pace_seconds: float = PACE_SECONDS
) -> dict[str, JobHandler]:
    """The handlers of the outbox rows that `store.broadcasts` puts."""
    sender = _Sender(api, db, shop, quota)

    def spread(job: Job) -> Conclude:
        quota.refresh()
        broadcast_id = int(job.payload["broadcast_id"])
        return lambda tx: broadcasts.spread(tx, broadcast_id, quota.reserve, pace_seconds)

    def ask_quota(_job: Job) -> Conclude:
        quota.refresh()
        return lambda _tx: "asked"

    return {SPREAD: spread, SEND: sender.send, ASK_QUOTA: ask_quota}


class _Sender:
    def __init__(self, api: LineApi, db: Database, shop: Shop, quota: Quota) -> None:
        self._api, self._db, self._shop, self._quota = api, db, shop, quota

    def send(self, job: Job) -> Conclude:
        """Send the part `part` of the broadcast `broadcast_id`."""
        keys = {"broadcast_id": int(job.payload["broadcast_id"]), "number": int(job.payload["part"])}
        self._quota.refresh()
        packed = self._db.transaction(lambda tx: self._pack(tx, job, keys))
        if not isinstance(packed, Parcel):
            return packed
        try:
            request_id = self._api.multicast(packed.to, packed.messages, job.key)
        except QuotaExhausted:
            self._quota.refused()
            return _stopped(keys, Stop.QUOTA)
        except (LineUnavailable, RateLimited, NotAllowed) as error:
            why = f"{type(error).__name__}: {error}"
            unsure = error.may_have_arrived or _may_have_arrived(job)
            facts = {} if unsure else {"clean": job.attempts}
            raise Later(why, delay_seconds=_PAUSES.delay_seconds(job.attempts), facts=facts) from error
        except LineError as error:
            return _closed(keys, "failed", 0, f"{type(error).__name__}: {error}")
        return _closed(keys, "sent", len(packed.to), "", f"sent to {len(packed.to)} by {request_id}")

    def _pack(self, tx: Transaction, job: Job, keys: dict[str, Any]) -> Parcel | Conclude:
        """Who gets a part and what, counted in the quota once; else what becomes of it."""
        part = sql.broadcast_part(tx.connection, **keys)
        if part is None or part.state != "waiting":
            return lambda _tx: "over"
        late = part.tried_seconds is not None and part.tried_seconds > GIVE_UP_SECONDS
        if part.broadcast_state == "stopped" or late:
            return _given_up(keys, late=late, unsure=_may_have_arrived(job))
        to = [row.line_user_id for row in sql.broadcast_part_people(tx.connection, **keys)]
        if not to:
            return _closed(keys, "sent", 0, "", "nobody is left")
        if part.tried_seconds is None:
            if not self._quota.take(tx, Rank.BROADCAST, len(to)):
                return _stopped(keys, Stop.QUOTA)
            sql.broadcast_part_try(tx.connection, **keys)
        product = catalogue.card(tx, part.product_id) if part.product_id is not None else None
        with speaking(part.language):
            return Parcel(to, with_ways_back(screens.broadcast(self._shop, part.body, product)))


def _may_have_arrived(job: Job) -> bool:
    """Whether an earlier attempt ended with nobody knowing what LINE did, or with its process."""
    clean: int = job.payload.get("clean", 0)
    return job.attempts - 1 > clean


def _closed(keys: dict[str, Any], state: str, sent: int, problem: str, outcome: str = "") -> Conclude:
    def conclude(tx: Transaction) -> str:
        sql.broadcast_part_close(tx.connection, state=state, sent=sent, problem=problem[:300], **keys)
        return outcome or problem

    return conclude


def _stopped(keys: dict[str, Any], why: Stop) -> Conclude:
    def conclude(tx: Transaction) -> str:
        broadcasts.stop(tx, keys["broadcast_id"], why)
        return f"stopped: {why}"

    return conclude


def _given_up(keys: dict[str, Any], *, late: bool, unsure: bool) -> Conclude:
    """Not tried again: somebody stopped it, or LINE was away too long."""

    def conclude(tx: Transaction) -> str:
        if late:
            broadcasts.stop(tx, keys["broadcast_id"], Stop.LINE)
        if unsure:
            problem = "LINE did not answer, so it is not known whether it arrived"
            sql.broadcast_part_close(tx.connection, state="failed", sent=0, problem=problem, **keys)
        return "given up" if late else "stopped"

    return conclude
