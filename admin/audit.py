"""The audit log: every change, with what was and what is, in the transaction that makes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.db import Transaction, sql
from store.text import storable_json

Facts = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One change; `name` is who made it, None for a shell. Times in UTC."""

    id: int
    at: datetime
    name: str | None
    action: str
    subject: str
    before: Facts | None
    after: Facts | None


def record(
    tx: Transaction,
    user_id: int | None,
    action: str,
    subject: str,
    before: Facts | None = None,
    after: Facts | None = None,
) -> None:
    """Write down a change of `subject` (a kind and an id: "order:7"). Never put a secret into the facts."""
    sql.audit_insert(
        tx.connection,
        user_id=user_id,
        action=action,
        subject=subject,
        before=None if before is None else storable_json(before),
        after=None if after is None else storable_json(after),
    )


def newest(tx: Transaction, *, before_id: int | None = None, limit: int = 50) -> list[Entry]:
    """Changes, newest first; `before_id` continues a list."""
    rows = sql.audit_list(tx.connection, before_id=before_id or 2**62, limit=limit)
    return [Entry(*row) for row in rows]
