"""The pool of `Database`: connections are opened when needed, kept, waited for, and replaced when dead."""

from __future__ import annotations

import threading
import time

import pytest

from store import db as db_module
from store.db import Database, Transaction
from store.errors import DatabaseUnavailable
from tests.concurrency.races import run_concurrently
from tests.integration.wire import Wire, asked


def test_dead_idle_connections_are_replaced_without_a_failure(database_url: str) -> None:
    killer = Database(database_url)
    pool = Database(database_url, size=3)
    together = threading.Barrier(3)
    run_concurrently(lambda _: pool.transaction(lambda _: together.wait(10)), 3)
    assert len(pool._idle) == 3
    for idle in pool._idle:
        killer.transaction(asked("SELECT pg_terminate_backend(%s, 5000)", idle.info.backend_pid))
    assert pool.transaction(asked("SELECT 1"), attempts=1) == 1
    assert len(pool._idle) == 1
    for database in (pool, killer):
        database.close()


def test_connections_are_kept_and_opened_only_when_needed(wire: Wire) -> None:
    db = Database(wire.url)
    assert wire.connections == 0
    for _ in range(3):
        db.transaction(asked("SELECT 1"))
    assert wire.connections == 1
    db.close()


def test_a_full_pool_is_waited_for(database_url: str) -> None:
    db = Database(database_url, size=2)
    results = run_concurrently(lambda n: db.transaction(asked("SELECT %s FROM pg_sleep(0.02)", n)), 12)
    assert results == list(range(12))
    assert len(db._idle) <= 2
    db.close()


def test_waiting_for_a_connection_has_a_limit_and_is_not_repeated(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db_module, "POOL_WAIT_SECONDS", 0.2)
    db = Database(database_url, size=1)

    def work(_: Transaction) -> float:
        begun = time.monotonic()
        with pytest.raises(DatabaseUnavailable, match="busy"):
            db.transaction(asked("SELECT 1"))
        return time.monotonic() - begun

    assert db.transaction(work) < 0.4
    assert db.transaction(asked("SELECT 1")) == 1
    db.close()


def test_a_database_that_is_not_there_is_said() -> None:
    with pytest.raises(DatabaseUnavailable):
        Database("postgresql://127.0.0.1:1/none").transaction(asked("SELECT 1"), attempts=2)
