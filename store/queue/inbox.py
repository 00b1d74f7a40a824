"""Events from outside, stored before they are answered and handled in order per lane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg2
from psycopg2 import errors

from store import metrics
from store.db import Transaction, query_text, sql
from store.errors import LeaseLost
from store.metrics import meter
from store.text import storable_json


@dataclass(frozen=True)
class Arrival:
    """An event to store. `key` is the sender's own id of it; events of one `lane` keep their order."""

    key: str
    lane: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Event:
    """A stored event in hand, leased until its lease runs out; `attempts` counts this one."""

    id: int
    source: str
    event_key: str
    lane: str
    payload: dict[str, Any]
    received_at: datetime
    attempts: int
    lease: UUID


def store(tx: Transaction, source: str, arrivals: Sequence[Arrival]) -> int:
    """Store events with one INSERT and return how many were new; known ones are passed over."""
    new: int = sql.inbox_store(
        tx.connection,
        source=source,
        event_keys=[arrival.key for arrival in arrivals],
        lanes=[arrival.lane for arrival in arrivals],
        payloads=[storable_json(arrival.payload) for arrival in arrivals],
    )
    if new:
        tx.after_commit(lambda: meter.count(metrics.EVENTS, new, source=source))
    return new


def claim(tx: Transaction, slots: int, lease: UUID, lease_seconds: float) -> list[Event]:
    """Lease up to `slots` events, at most one per lane."""
    rows = sql.inbox_claim(tx.connection, slots=slots, lease=lease, lease_seconds=lease_seconds)
    return sorted((Event(*row) for row in rows), key=lambda event: event.id)


def renew(tx: Transaction, events: Sequence[Event], lease_seconds: float) -> None:
    """Keep rows that are still being worked on; a lease that was lost stays lost."""
    sql.inbox_renew(
        tx.connection,
        ids=[event.id for event in events],
        leases=[event.lease for event in events],
        lease_seconds=lease_seconds,
    )


def finish(tx: Transaction, event: Event) -> None:
    """Mark an event done with the COMMIT of the transaction that holds its effects.

    COMMIT raises `LeaseLost` when the lease has passed to another worker, so that the effects roll back.
    """
    tx.last(query_text("inbox_finish"), {"id": event.id, "lease": event.lease}, lease_lost)


def lease_lost(error: psycopg2.Error) -> Exception | None:
    """What it means that a row of a queue would have lost its status when it was finished."""
    if isinstance(error, errors.NotNullViolation) and error.diag.column_name == "status":
        return LeaseLost(f"a row of the {error.diag.table_name}")
    return None
