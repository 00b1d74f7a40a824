"""Work that comes round again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from store.db import Database, Transaction
from store.queue import retention, timers
from store.queue.timers import Timer
from store.queue.worker import Worker
from tests.factories import scalar


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def worker(db: Database, table: dict[str, Timer]) -> Worker:
    return Worker(
        db,
        events={},
        jobs=[("timers", 2, {timers.KIND: timers.handler(table)})],
        inbox_threads=1,
        prepare=lambda: timers.ensure(db, table),
    )


def waiting(db: Database) -> int:
    return int(str(scalar(db, "SELECT count(*) FROM outbox WHERE kind = 'timer' AND status = 'waiting'")))


def until(happened: object) -> None:
    deadline = time.monotonic() + 10
    while not happened():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_timer_comes_round_and_two_workers_share_one_row(db: Database) -> None:
    turns: list[float] = []
    together = threading.Semaphore(1)

    def work(tx: Transaction) -> int:
        assert together.acquire(blocking=False), "the same timer ran twice at once"
        turns.append(time.monotonic())
        time.sleep(0.02)
        together.release()
        return 0

    table = {"tick": Timer(0.05, work)}
    both = [worker(db, table), worker(db, table)]
    for one in both:
        one.start()
    until(lambda: len(turns) >= 4)
    for one in both:
        one.stop(5)
    assert waiting(db) == 1


def test_a_timer_with_more_to_do_comes_again_at_once(db: Database) -> None:
    left = [3]

    def work(tx: Transaction) -> int:
        left[0] -= 1
        return 10 if left[0] > 0 else 0

    one = worker(db, {"much": Timer(3600, work, full=10)})
    one.start()
    until(lambda: left[0] == 0)
    one.stop(5)
    assert waiting(db) == 1


def test_a_failing_timer_is_tried_again_and_stays_one_row(db: Database) -> None:
    tries: list[int] = []

    def work(tx: Transaction) -> int:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("not today")
        return 0

    one = worker(db, {"moody": Timer(3600, work)})
    one.start()
    until(lambda: len(tries) == 2)
    one.stop(5)
    assert waiting(db) == 1


def test_a_timer_this_release_does_not_know_is_dropped(db: Database) -> None:
    timers.ensure(db, {"old": Timer(1, lambda tx: 0)})
    one = worker(db, {})
    one.start()
    until(lambda: waiting(db) == 0)
    one.stop(5)


def test_old_finished_rows_are_forgotten_and_dead_ones_stay(db: Database) -> None:
    for status in ("done", "dead"):
        scalar(
            db,
            "INSERT INTO inbox (source, event_key, lane, payload, status, finished_at)"
            " VALUES ('line', %s, 'x', '{}', %s, now() - interval '15 days') RETURNING 1",
            status, status,
        )  # fmt: skip
        scalar(
            db,
            "INSERT INTO outbox (kind, payload, status, finished_at)"
            " VALUES ('line.message', '{}', %s, now() - interval '31 days') RETURNING 1",
            status,
        )
    assert db.transaction(retention.forget_old) == 1
    assert scalar(db, "SELECT string_agg(status, ',') FROM inbox") == "dead"
    assert scalar(db, "SELECT string_agg(status, ',') FROM outbox") == "dead"
