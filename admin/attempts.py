"""How often somebody may try: counted per login and per network address, one guarded row each."""

from __future__ import annotations

from store.db import Transaction, sql

WINDOW_SECONDS = 900
LOGIN_LIMIT = 10
"""Wrong passwords for one login, from wherever."""
ADDRESS_LIMIT = 40
"""Attempts from one address: a whole shop may share it."""
CODE_LIMIT = 6
"""Wrong codes of one person's second factor: a chance of 1 in 55,000 per window (three codes are good)."""


def count(tx: Transaction, key: bytes) -> int:
    """One more attempt under this key; how many that makes. Counted before the password is looked at, so
    that guesses sent all at once are counted too."""
    made: int = sql.attempts_count(tx.connection, key=key, window_seconds=WINDOW_SECONDS)
    return made


def forget(tx: Transaction, key: bytes) -> None:
    """It was the right person; also sweeps out what no longer counts."""
    sql.attempts_forget(tx.connection, key=key)
    sql.attempts_sweep(tx.connection, window_seconds=WINDOW_SECONDS)
