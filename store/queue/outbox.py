"""Work for the outside world, written in the transaction that wants it and done by the worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from store.db import Transaction, sql
from store.errors import LeaseLost
from store.text import storable_json


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
    job_id: int = sql.outbox_put(
        tx.connection,
        kind=kind,
        lane=lane,
        order_id=order_id,
        payload=storable_json(payload),
        delay_seconds=delay_seconds,
    )
    return job_id


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
    """Mark a job done (or dropped: no longer worth doing), saying how it went.

    Raises `LeaseLost` when the lease has passed to another worker, so that its effects roll back.
    """
    status = "dropped" if dropped else "done"
    if sql.outbox_finish(tx.connection, id=job.id, lease=job.lease, status=status, outcome=outcome) != 1:
        raise LeaseLost(f"outbox {job.id}")


def note(tx: Transaction, job: Job, facts: dict[str, Any]) -> None:
    """Add to a job's payload what its next attempt must know."""
    sql.outbox_note(tx.connection, id=job.id, lease=job.lease, payload=storable_json(facts))


def drop_for_order(tx: Transaction, order_id: int, kinds: Sequence[str], why: str) -> int:
    """Drop the waiting jobs of some kinds that belong to an order which has ended."""
    dropped: int = sql.outbox_drop_for_order(tx.connection, order_id=order_id, kinds=list(kinds), outcome=why)
    return dropped
