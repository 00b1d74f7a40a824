"""Work for the outside world, written in the transaction that wants it and done by the worker."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import structlog

from store.db import Transaction, query_text, sql
from store.queue.inbox import lease_lost
from store.text import storable_json

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Job:
    """A row in hand. `key` is unique for ever (LINE's retry key); `attempts` counts this one."""

    id: int
    key: UUID
    kind: str
    lane: str | None
    order_id: int | None
    payload: dict[str, Any]
    created_at: datetime
    attempts: int
    lease: UUID


@dataclass(frozen=True)
class Wish:
    """Something to be done outside for an order, as `put` takes it."""

    kind: str
    payload: dict[str, Any]
    lane: str | None = None
    delay_seconds: float = 0


class Courier(Protocol):
    """The worker of this process, as the transactions it runs see it."""

    def lease(self, kind: str) -> tuple[UUID, float] | None:
        """A lease for a job of this kind and its seconds, if somebody is free to do it at once."""

    def carry(self, job: Job) -> None:
        """Do a job that was put with such a lease, once it is committed."""

    def wake(self, kind: str) -> None:
        """A hint that there are jobs of this kind."""


def put(
    tx: Transaction,
    kind: str,
    payload: dict[str, Any],
    *,
    lane: str | None = None,
    order_id: int | None = None,
    delay_seconds: float = 0,
) -> int:
    """Ask for something to be done outside after the commit, not before `delay_seconds` have passed.

    Jobs of one lane are done in the order they were put; a job without a lane waits for nobody.
    """
    courier = tx.courier
    if courier is not None:
        tx.after_commit(lambda: courier.wake(kind))
    job_id: int = sql.outbox_put(
        tx.connection,
        kind=kind,
        lane=lane,
        order_id=order_id,
        payload=storable_json(payload),
        delay_seconds=delay_seconds,
    )
    tx.after_commit(lambda: log.info("job_put", job=job_id, kind=kind))
    return job_id


def put_at_commit(tx: Transaction, order_id: int, wishes: Sequence[Wish]) -> None:
    """Ask for several things to be done outside for an order, with the COMMIT; their order is kept."""
    values = {
        "order_id": order_id,
        "kinds": [wish.kind for wish in wishes],
        "lanes": [wish.lane for wish in wishes],
        "payloads": [storable_json(wish.payload) for wish in wishes],
        "delays": [float(wish.delay_seconds) for wish in wishes],
    }
    tx.last(query_text("outbox_put_for_order"), values, lambda _error: None)
    if (courier := tx.courier) is not None:
        for wish in wishes:
            tx.after_commit(functools.partial(courier.wake, wish.kind))


def put_in_hand(tx: Transaction, kind: str, payload: dict[str, Any], *, lane: str) -> None:
    """Ask for something to be done right after the commit, by this process where it can.

    The row is stored under a lease, so nobody has to claim it; the lease of a process that dies runs out.
    Whoever calls it holds a lock that keeps others from doing so for the same lane at the same time.
    """
    courier = tx.courier
    leased = courier.lease(kind) if courier else None
    if courier is None or leased is None:
        put(tx, kind, payload, lane=lane)
        return
    lease, seconds = leased
    text = storable_json(payload)
    row = sql.outbox_put_in_hand(
        tx.connection, kind=kind, lane=lane, payload=text, lease=lease, lease_seconds=seconds
    )
    tx.after_commit(lambda: log.info("job_put", job=row.id, kind=kind))
    if row.lease is None:
        tx.after_commit(lambda: courier.wake(kind))
        return
    job = Job(row.id, row.key, kind, lane, None, json.loads(text), row.created_at, 1, lease)
    tx.after_commit(lambda: courier.carry(job))


def claim(tx: Transaction, kinds: Sequence[str], slots: int, lease: UUID, lease_seconds: float) -> list[Job]:
    """Lease up to `slots` jobs that are due, at most one per lane."""
    rows = sql.outbox_claim(
        tx.connection, kinds=list(kinds), slots=slots, lease=lease, lease_seconds=lease_seconds
    )
    return sorted((Job(*row) for row in rows), key=lambda job: job.id)


def renew(tx: Transaction, jobs: Sequence[Job], lease_seconds: float) -> None:
    """Keep rows that are still being worked on; a lease that was lost stays lost."""
    sql.outbox_renew(
        tx.connection,
        ids=[job.id for job in jobs],
        leases=[job.lease for job in jobs],
        lease_seconds=lease_seconds,
    )


def finish(tx: Transaction, job: Job, outcome: str, *, dropped: bool = False) -> None:
    """Mark a job done (or dropped: no longer worth doing) with the COMMIT, saying how it went.

    COMMIT raises `LeaseLost` when the lease has passed to another worker, so that its effects roll back.
    """
    status = "dropped" if dropped else "done"
    values = {"id": job.id, "lease": job.lease, "status": status, "outcome": outcome}
    tx.last(query_text("outbox_finish"), values, lease_lost)


def note(tx: Transaction, job: Job, facts: dict[str, Any]) -> None:
    """Add to a job's payload what its next attempt must know."""
    sql.outbox_note(tx.connection, id=job.id, lease=job.lease, payload=storable_json(facts))


def drop_for_order(tx: Transaction, order_id: int, kinds: Sequence[str], why: str) -> int:
    """Drop the waiting jobs of some kinds that belong to an order which has ended."""
    dropped: int = sql.outbox_drop_for_order(tx.connection, order_id=order_id, kinds=list(kinds), outcome=why)
    return dropped
