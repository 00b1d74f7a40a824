"""Broadcasts: one message to many customers, written as a draft, sent in parts, stoppable at any time.

A broadcast that was started is a chain of outbox rows in one lane: a row takes the next customers of the
segment, puts a row for each part of them and one that goes on behind; where there are no more, it ends. So
no transaction holds more than `TAKEN_AT_ONCE` customers, a crash repeats a step and never an effect, and a
broadcast waits for itself alone. Customers are taken in ascending id, and nobody twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from store import segments
from store.db import Transaction, sql
from store.queue import outbox
from store.segments import Kind, Segment

SPREAD, SEND, ASK_QUOTA = "broadcast.spread", "broadcast.send", "broadcast.quota"
RANK = 6
"""How many reserves of the month's messages a broadcast leaves untouched: one more than any other news."""
PART = 500
"""People in one request (LINE Messaging API reference, "Send multicast message")."""
TAKEN_AT_ONCE = 2000
PACE_SECONDS = 1.0
"""Between two parts, so that not everybody comes to the shop in the same moment."""
TEXT_LIMIT = 5000
"""UTF-16 units (LINE Messaging API reference, "Text message")."""
LONGEST_AHEAD = timedelta(days=30)
FRESH = timedelta(hours=1)
"""How old LINE's word about the month's messages may be when a broadcast is decided upon."""
RECIPIENTS_KEPT_DAYS = 180
FORGOTTEN_AT_ONCE = 5000


class Stop(StrEnum):
    """Why a broadcast ended before everybody was tried."""

    HUMAN = "human"
    QUOTA = "quota"  # this month's messages do not suffice, or LINE says so
    LINE = "line"  # LINE could not be reached for too long


@dataclass(frozen=True)
class Draft:
    """What is to be said, with which product below it (an id, or None), and to whom."""

    body: str
    product_id: int | None
    segment: Segment


@dataclass(frozen=True)
class Broadcast:
    """A broadcast as it stands. Times in UTC; `planned` people were to be reached when it was started."""

    id: int
    state: str
    draft: Draft
    version: int
    created_at: datetime
    planned: int | None
    send_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    stopped_why: str
    reached_to: int
    parts: int

    @property
    def lane(self) -> str:
        """The lane of everything that is done for it."""
        return f"broadcast:{self.id}"

    @property
    def waits(self) -> bool:
        """Whether it is to be sent at a later time."""
        return self.state == "sending" and self.send_at is not None and self.send_at > datetime.now(UTC)


@dataclass(frozen=True)
class Budget:
    """This month's messages: `monthly` (None: no limit), `used`, `promised` to other broadcasts, `kept` for
    news of orders. LINE said so at `read_at` (UTC), None for never."""

    monthly: int | None
    used: int
    promised: int
    kept: int
    read_at: datetime | None

    @property
    def known(self) -> bool:
        """Whether LINE has said so lately."""
        return self.read_at is not None and self.read_at > datetime.now(UTC) - FRESH

    @property
    def left(self) -> int | None:
        """Messages left this month; None without a limit."""
        return None if self.monthly is None else max(0, self.monthly - self.used)

    @property
    def free(self) -> int | None:
        """What a broadcast may take of them; None without a limit."""
        return None if self.left is None else max(0, self.left - self.promised - self.kept)

    def fits(self, people: int) -> bool:
        """Whether one message to each of so many people is affordable."""
        return self.free is None or people <= self.free


def create(tx: Transaction, draft: Draft, staff_id: int) -> int:
    """Keep a new draft; its id."""
    return int(sql.broadcast_create(tx.connection, created_by=staff_id, **_columns(draft)))


def edit(tx: Transaction, broadcast_id: int, version: int, draft: Draft) -> bool:
    """Replace a draft as it was at `version`; False when it was edited, sent or deleted meanwhile."""
    return bool(sql.broadcast_edit(tx.connection, id=broadcast_id, version=version, **_columns(draft)))


def discard(tx: Transaction, broadcast_id: int) -> bool:
    """Delete a draft; False when it is none any more."""
    return bool(sql.broadcast_delete(tx.connection, id=broadcast_id))


def find(tx: Transaction, broadcast_id: int) -> Broadcast:
    """One broadcast; raises LookupError when there is none."""
    return _broadcast(sql.broadcast_by_id(tx.connection, id=broadcast_id), broadcast_id)


def budget(tx: Transaction, reserve: int) -> Budget:
    """This month's messages, with `reserve` messages kept for each rank of news before a broadcast."""
    row = sql.broadcast_budget(tx.connection)
    return Budget(row.monthly, row.used, row.promised, reserve * RANK, row.read_at)


def start(tx: Transaction, broadcast: Broadcast, people: int, send_at: datetime | None) -> bool:
    """Have a draft sent, as it is at its version, to about so many people: now or at `send_at` (UTC).

    False when it was edited, sent or deleted meanwhile.
    """
    started = sql.broadcast_start(
        tx.connection, id=broadcast.id, version=broadcast.version, planned=people, send_at=send_at
    )
    if started:
        delay = max(0.0, (send_at - datetime.now(UTC)).total_seconds()) if send_at else 0.0
        _go_on(tx, broadcast, delay)
    return bool(started)


def stop(tx: Transaction, broadcast_id: int, why: Stop) -> bool:
    """What LINE does not have yet is not sent; False when it has ended already."""
    return bool(sql.broadcast_stop(tx.connection, id=broadcast_id, why=why))


def spread(tx: Transaction, broadcast_id: int, reserve: int, pace_seconds: float = PACE_SECONDS) -> str:
    """Take the next customers and have their parts sent, or end; says what was done.

    The first time it is looked once more whether the month's messages suffice.
    """
    row = sql.broadcast_lock(tx.connection, id=broadcast_id)
    if row is None or row.state != "sending":
        return "over"
    broadcast = _broadcast(row, broadcast_id)
    if broadcast.started_at is None and not _still_fits(tx, broadcast, reserve):
        stop(tx, broadcast_id, Stop.QUOTA)
        return "stopped: more people than messages"
    people = segments.page(tx, broadcast.draft.segment, broadcast.reached_to, TAKEN_AT_ONCE)
    if not people:
        sql.broadcast_end(tx.connection, id=broadcast_id)
        return "done"
    number = broadcast.parts
    for number, (language, ids) in enumerate(_parts(people), start=broadcast.parts + 1):
        sql.broadcast_part_put(
            tx.connection, broadcast_id=broadcast_id, number=number, language=language, customer_ids=ids
        )
        wait = pace_seconds * (number - broadcast.parts - 1)
        payload = {"broadcast_id": broadcast_id, "part": number}
        outbox.put(tx, SEND, payload, lane=broadcast.lane, delay_seconds=wait)
    sql.broadcast_advance(tx.connection, id=broadcast_id, reached_to=people[-1][0], parts=number)
    _go_on(tx, broadcast, pace_seconds * (number - broadcast.parts))
    return f"took {len(people)}"


def forget_old(tx: Transaction) -> int:
    """Delete who got the broadcasts of long ago; how many rows (at most `FORGOTTEN_AT_ONCE`)."""
    return int(
        sql.broadcast_recipients_forget(tx.connection, days=RECIPIENTS_KEPT_DAYS, limit=FORGOTTEN_AT_ONCE)
    )


def _still_fits(tx: Transaction, broadcast: Broadcast, reserve: int) -> bool:
    """Its own people are among those promised already."""
    now = budget(tx, reserve)
    others = replace(now, promised=now.promised - (broadcast.planned or 0))
    return others.fits(segments.count(tx, broadcast.draft.segment))


def _go_on(tx: Transaction, broadcast: Broadcast, delay_seconds: float) -> None:
    outbox.put(tx, SPREAD, {"broadcast_id": broadcast.id}, lane=broadcast.lane, delay_seconds=delay_seconds)


def _parts(people: list[tuple[int, str]]) -> Iterator[tuple[str, list[int]]]:
    """Customers in parts of one language, each of `PART` at most."""
    for language in sorted({language for _, language in people}):
        ids = [customer_id for customer_id, theirs in people if theirs == language]
        for start_at in range(0, len(ids), PART):
            yield language, ids[start_at : start_at + PART]


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "body": draft.body,
        "product_id": draft.product_id,
        "segment": draft.segment.kind,
        "segment_value": draft.segment.value,
    }


def _broadcast(row: Any, broadcast_id: int) -> Broadcast:
    if row is None:
        raise LookupError(f"there is no broadcast {broadcast_id}")
    return Broadcast(
        id=row.id,
        state=row.state,
        draft=Draft(row.body, row.product_id, Segment(Kind(row.segment), row.segment_value)),
        version=row.version,
        created_at=row.created_at,
        planned=row.planned,
        send_at=row.send_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        stopped_why=row.stopped_why,
        reached_to=row.reached_to,
        parts=row.parts,
    )
