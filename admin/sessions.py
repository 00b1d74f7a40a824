"""Sessions: a random token in the browser, its hash in the database, an end in any case."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from store.db import Transaction, sql

IDLE_SECONDS = 2 * 3600
LONGEST_SECONDS = 24 * 3600
CODE_SECONDS = 600
"""How long the second factor may take."""


@dataclass(frozen=True)
class Staff:
    """Somebody who works in the console. `totp`: a second factor is in force; `password_once`: the password
    was given to them and must be replaced before anything else."""

    id: int
    login: str
    name: str
    role: str
    language: str
    totp: bool
    password_once: bool = False

    @property
    def actor(self) -> str:
        """The name in the histories of orders and stock."""
        return f"staff:{self.id}"


@dataclass(frozen=True)
class Session:
    """A living session; at stage "code" the second factor is still missing, at "open" nothing is."""

    stage: str
    staff: Staff


def find(tx: Transaction, token: str) -> Session | None:
    """The session of a token, if it lives; notes that it was seen, at most once a minute."""
    row = sql.session_find(tx.connection, id=_id(token), idle_seconds=IDLE_SECONDS)
    if row is None:
        return None
    if row.stale:
        sql.session_touch(tx.connection, id=_id(token))
    person = Staff(row.id, row.login, row.name, row.role, row.language, row.totp, row.password_once)
    return Session(row.stage, person)


def start(tx: Transaction, token: str, user_id: int, stage: str) -> None:
    """Open a session under a fresh token; also sweeps out what has ended."""
    seconds = LONGEST_SECONDS if stage == "open" else CODE_SECONDS
    sql.session_insert(tx.connection, id=_id(token), user_id=user_id, stage=stage, seconds=seconds)
    sql.sessions_sweep(tx.connection)


def end(tx: Transaction, token: str) -> None:
    """Log out here."""
    sql.session_end(tx.connection, id=_id(token))


def end_all(tx: Transaction, user_id: int) -> int:
    """Log out everywhere; how many sessions that were."""
    ended: int = sql.sessions_end_all(tx.connection, user_id=user_id)
    return ended


def _id(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
