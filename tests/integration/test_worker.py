"""The worker with its threads: order, retries, dead letters, and a stop in good order."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from store.db import Database, Transaction, sql
from store.errors import DatabaseUnavailable
from store.queue import dispatcher, inbox, outbox
from store.queue.inbox import Arrival, Event
from store.queue.outbox import Job
from store.queue.policy import Drop, Fail, Later, RetryPolicy
from store.queue.worker import Worker
from tests.factories import scalar

SOON = RetryPolicy(base=0.01, cap=0.01, attempts=3)
Make = Callable[..., Worker]


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url, size=8)
    database.transaction(lambda tx: execute(tx, "CREATE TABLE effects (id serial, name text)"))
    yield database
    database.close()


@pytest.fixture
def make(db: Database) -> Iterator[Make]:
    """Makes started workers; those that are left are stopped at the end."""
    workers: list[Worker] = []

    def start(
        handle: Any = None,
        perform: Any = None,
        *,
        threads: int = 3,
        policy: RetryPolicy = SOON,
        give_up: Any = None,
    ) -> Worker:
        worker = Worker(
            db,
            events={"test": handle or effect},
            jobs=[("jobs", threads, {"message": perform or (lambda _: lambda _: "sent")})],
            inbox_threads=threads,
            give_up={"test": give_up} if give_up else {},
            policies={"test": policy, "message": policy},
        )
        worker.start()
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        worker.stop(5)


def execute(tx: Transaction, statement: str, *values: object) -> None:
    with tx.connection.cursor() as cursor:
        cursor.execute(statement, values)


def effect(tx: Transaction, event: Event) -> None:
    execute(tx, "INSERT INTO effects (name) VALUES (%s)", event.event_key)


def effects(db: Database) -> list[str]:
    return str(scalar(db, "SELECT coalesce(string_agg(name, ' ' ORDER BY id), '') FROM effects")).split()


def arrive(db: Database, *events: str) -> None:
    db.transaction(lambda tx: inbox.store(tx, "test", [Arrival(key, key[0], {}) for key in events]))


def put(db: Database, **payload: Any) -> int:
    return db.transaction(lambda tx: outbox.put(tx, "message", payload))


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


def left(db: Database, table: str = "inbox") -> object:
    return scalar(db, f"SELECT count(*) FROM {table} WHERE status = 'waiting'")


def until_empty(db: Database, table: str = "inbox") -> None:
    until(lambda: left(db, table) == 0)


def row(db: Database, table: str) -> tuple[object, ...]:
    """status, attempts, last_error of the only row."""
    columns = "status || '|' || attempts || '|' || last_error"
    return tuple(str(scalar(db, f"SELECT {columns} FROM {table}")).split("|"))


def test_lanes_run_side_by_side_and_each_in_its_order(db: Database, make: Make) -> None:
    side_by_side = threading.Barrier(3)

    def handle(tx: Transaction, event: Event) -> None:
        if event.event_key.endswith("1"):
            side_by_side.wait(10)
        effect(tx, event)

    arrive(db, "a1", "a2", "b1", "a3", "b2", "c1")
    make(handle)
    until_empty(db)
    done = effects(db)
    assert [name for name in done if name[0] == "a"] == ["a1", "a2", "a3"]
    assert [name for name in done if name[0] == "b"] == ["b1", "b2"]


def test_three_workers_with_random_failures_keep_order_and_lose_nothing(db: Database, make: Make) -> None:
    dice = random.Random(7)

    def handle(tx: Transaction, event: Event) -> None:
        effect(tx, event)
        if dice.random() < 0.3:
            raise RuntimeError("as planned")

    events = [f"{lane}{n:02}" for n in range(8) for lane in "abcde"]
    for _ in range(3):
        make(handle, policy=RetryPolicy(base=0.001, cap=0.005, attempts=1000))
    for start in range(0, len(events), 7):
        arrive(db, *events[start : start + 7])
    until_empty(db)
    done = effects(db)
    assert len(done) == len(events)
    for lane in "abcde":
        assert [name for name in done if name[0] == lane] == sorted(n for n in events if n[0] == lane)


def test_a_handler_that_raises_is_tried_again_and_takes_no_neighbour_with_it(
    db: Database, make: Make
) -> None:
    tries = []

    def handle(tx: Transaction, event: Event) -> None:
        effect(tx, event)
        if event.event_key == "a1":
            tries.append(event.attempts)
            if len(tries) < 3:
                raise ValueError("not yet")

    arrive(db, "a1", "b1", "a2")
    make(handle)
    until_empty(db)
    assert tries == [1, 2, 3]
    assert sorted(effects(db)) == ["a1", "a2", "b1"]
    assert scalar(db, "SELECT last_error FROM inbox WHERE event_key = 'a1'") == "ValueError: not yet"


def test_an_event_that_fails_for_good_is_kept_with_its_reason_and_told(db: Database, make: Make) -> None:
    def handle(tx: Transaction, event: Event) -> None:
        if event.event_key == "a1":
            raise ValueError("never \x00 \ud800")
        effect(tx, event)

    def give_up(tx: Transaction, event: Event) -> None:
        execute(tx, "INSERT INTO effects (name) VALUES ('sorry')")

    arrive(db, "a1", "a2")
    make(handle, give_up=give_up)
    until_empty(db)
    assert effects(db) == ["sorry", "a2"]
    dead = "SELECT attempts || ' ' || last_error FROM inbox WHERE status = 'dead'"
    assert scalar(db, dead) == "3 ValueError: never \ufffd \ufffd"


def test_an_event_that_cannot_even_be_told_about_does_not_block_its_lane(db: Database, make: Make) -> None:
    def handle(tx: Transaction, event: Event) -> None:
        if event.event_key == "a1":
            raise ValueError("never")
        effect(tx, event)

    def give_up(tx: Transaction, event: Event) -> None:
        raise RuntimeError("no words")

    arrive(db, "a1", "a2")
    make(handle, give_up=give_up)
    until_empty(db)
    assert effects(db) == ["a2"]
    assert scalar(db, "SELECT last_error FROM inbox WHERE status = 'dead'") == "ValueError: never"


def test_an_event_that_kills_who_handles_it_is_buried_unopened(db: Database, make: Make) -> None:
    arrive(db, "a1", "a2")
    db.transaction(lambda tx: execute(tx, "UPDATE inbox SET attempts = 3 WHERE event_key = 'a1'"))
    make()
    until_empty(db)
    assert effects(db) == ["a2"]
    assert scalar(db, "SELECT status FROM inbox WHERE event_key = 'a1'") == "dead"


def test_a_dead_event_that_is_revived_is_handled(db: Database, make: Make) -> None:
    arrive(db, "a1")
    db.transaction(lambda tx: execute(tx, "UPDATE inbox SET status = 'dead', attempts = 3"))
    db.transaction(lambda tx: sql.inbox_revive(tx.connection, id=scalar(db, "SELECT id FROM inbox")))
    make()
    until_empty(db)
    assert effects(db) == ["a1"]


def test_a_job_that_is_done_says_how_it_went(db: Database, make: Make) -> None:
    put(db)
    make(perform=lambda job: lambda tx: "sent by push")
    until_empty(db, "outbox")
    assert scalar(db, "SELECT status || ' ' || outcome FROM outbox") == "done sent by push"


def test_a_job_that_can_never_succeed_is_buried_at_once(db: Database, make: Make) -> None:
    def perform(job: Job) -> Callable[[Transaction], str]:
        raise Fail("the bank has never heard of it")

    put(db)
    make(perform=perform)
    until_empty(db, "outbox")
    assert row(db, "outbox") == ("dead", "1", "Fail: the bank has never heard of it")


def test_a_job_that_is_no_longer_wanted_is_dropped_with_the_reason(db: Database, make: Make) -> None:
    def perform(job: Job) -> Callable[[Transaction], str]:
        raise Drop("the order is paid")

    put(db)
    make(perform=perform)
    until_empty(db, "outbox")
    assert scalar(db, "SELECT status || ': ' || outcome FROM outbox") == "dropped: the order is paid"


def test_a_job_put_off_knows_next_time_what_was_learnt_and_is_not_counted_out(
    db: Database, make: Make
) -> None:
    seen = []

    def perform(job: Job) -> Callable[[Transaction], str]:
        seen.append(job.payload)
        if len(seen) < 6:  # more often than the policy would try
            raise Later("the bank is busy", delay_seconds=0.01, facts={"asked": len(seen)})
        return lambda tx: "done"

    put(db, who="me")
    make(perform=perform)
    until_empty(db, "outbox")
    assert seen[0] == {"who": "me"}
    assert seen[5] == {"who": "me", "asked": 5}


def test_a_job_put_off_without_a_time_follows_the_policy_to_its_end(db: Database, make: Make) -> None:
    def perform(job: Job) -> Callable[[Transaction], str]:
        raise Later("LINE is down")

    put(db)
    make(perform=perform)
    until_empty(db, "outbox")
    assert row(db, "outbox") == ("dead", "3", "Later: LINE is down")


def test_what_could_not_be_recorded_is_done_again_whole(db: Database, make: Make) -> None:
    tries = []

    def perform(job: Job) -> Callable[[Transaction], str]:
        tries.append(job.key)

        def conclude(tx: Transaction) -> str:
            execute(tx, "INSERT INTO effects (name) VALUES ('told')")
            if len(tries) == 1:
                execute(tx, "SELECT 1 / 0")
            return "done"

        return conclude

    put(db)
    make(perform=perform)
    until_empty(db, "outbox")
    assert effects(db) == ["told"]
    assert len(tries) == 2
    assert len(set(tries)) == 1


def test_a_stop_finishes_what_is_in_hand_and_takes_nothing_new(db: Database, make: Make) -> None:
    begun = threading.Event()

    def handle(tx: Transaction, event: Event) -> None:
        begun.set()
        time.sleep(0.2)
        effect(tx, event)

    arrive(db, "a1", "a2")
    worker = make(handle)
    assert begun.wait(10)
    worker.stop(5)
    assert effects(db) == ["a1"]
    assert left(db) == 1
    assert scalar(db, "SELECT lease FROM inbox WHERE event_key = 'a2'") is None


def test_a_stop_hands_back_what_does_not_end_in_time(db: Database, make: Make) -> None:
    begun, end, ended = threading.Event(), threading.Event(), threading.Event()

    def handle(tx: Transaction, event: Event) -> None:
        effect(tx, event)
        begun.set()
        end.wait(10)
        ended.set()

    arrive(db, "a1")
    late = make(handle)
    assert begun.wait(10)
    late.stop(0.1)
    assert row(db, "inbox") == ("waiting", "0", "")
    make()
    until_empty(db)
    end.set()
    assert ended.wait(10)
    until(lambda: len(db._idle) > 0)
    assert effects(db) == ["a1"]  # what the late one did is undone: its lease had gone


def test_what_an_event_puts_in_hand_is_done_without_anybody_looking_for_it(
    db: Database, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "IDLE_SECONDS", 60.0)
    seen = []

    def handle(tx: Transaction, event: Event) -> None:
        outbox.put_in_hand(tx, "message", {"to": event.lane}, lane=event.lane)

    def perform(job: Job) -> Callable[[Transaction], str]:
        seen.append((job.payload, job.attempts))
        return lambda tx: "sent"

    worker = make(handle, perform)
    time.sleep(0.2)  # it has looked and found nothing
    arrive(db, "a1")
    worker.wake()
    until(lambda: scalar(db, "SELECT count(*) FROM outbox WHERE outcome = 'sent'") == 1)
    assert seen == [({"to": "a"}, 1)]


def test_events_are_taken_a_few_ahead_and_handed_back_by_a_stop(db: Database, make: Make) -> None:
    begun, end = threading.Event(), threading.Event()

    def handle(tx: Transaction, event: Event) -> None:
        begun.set()
        end.wait(10)

    arrive(db, "a1", "b1", "c1", "d1", "e1", "f1")
    worker = make(handle, threads=1)
    assert begun.wait(10)
    assert scalar(db, "SELECT count(*) FROM inbox WHERE lease IS NOT NULL") == 4
    worker.stop(0.1)
    assert scalar(db, "SELECT count(*) FROM inbox WHERE lease IS NOT NULL OR attempts > 0") == 0
    end.set()


def test_a_hint_makes_it_prompt(db: Database, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "IDLE_SECONDS", 60.0)
    worker = make()
    time.sleep(0.2)  # it has looked and found nothing
    arrive(db, "a1")
    worker.wake()
    until_empty(db)


def test_without_a_hint_it_looks_by_itself(db: Database, make: Make) -> None:
    make()
    arrive(db, "a1")
    until_empty(db)


def test_it_goes_on_when_the_database_comes_back(
    db: Database, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "TROUBLE_SECONDS", 0.05)
    make()
    name = scalar(db, "SELECT current_database()")
    admin = psycopg2.connect(make_dsn(db.url, dbname="postgres"))
    admin.autocommit = True
    with contextlib.closing(admin), admin.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        with pytest.raises(DatabaseUnavailable):
            left(db)
        cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    arrive(db, "a1")
    until_empty(db)
