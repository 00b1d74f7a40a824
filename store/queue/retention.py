"""How long finished rows of the queues are kept: long enough to refuse repeats and to answer questions."""

from __future__ import annotations

from store.db import Transaction, sql

INBOX_DAYS = 14
"""LINE and the bank repeat themselves for hours at most."""
OUTBOX_DAYS = 30
AT_ONCE = 1000


def forget_old(tx: Transaction) -> int:
    """Delete finished rows that are past their time, `AT_ONCE` of each queue at most; dead ones stay."""
    inbox = sql.inbox_forget(tx.connection, days=INBOX_DAYS, limit=AT_ONCE)
    outbox = sql.outbox_forget(tx.connection, days=OUTBOX_DAYS, limit=AT_ONCE)
    return max(int(inbox), int(outbox))
