"""The rows of inbox and outbox: who may take which, and when."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from store.db import Database, Transaction, query_text, sql
from store.errors import LeaseLost
from store.queue import inbox, outbox
from store.queue.inbox import Arrival, Event
from store.queue.outbox import Job
from store.queue.policy import RetryPolicy
from store.queue.worker import Worker
from tests.factories import scalar

ANY_DB = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def run(db: Database, statement: str, *values: object) -> None:
    def work(tx: Transaction) -> None:
        with tx.connection.cursor() as cursor:
            cursor.execute(statement, values)

    db.transaction(work)


def arrive(db: Database, *events: str, payload: dict[str, Any] | None = None) -> int:
    """Store events named lane and number, like `a1`."""
    arrivals = [Arrival(key, key[0], payload or {"key": key}) for key in events]
    return db.transaction(lambda tx: inbox.store(tx, "test", arrivals))


def take(db: Database, slots: int = 10, seconds: float = 60) -> list[Event]:
    return db.transaction(lambda tx: inbox.claim(tx, slots, uuid.uuid4(), seconds))


def take_jobs(db: Database, *kinds: str, slots: int = 10) -> list[Job]:
    return db.transaction(lambda tx: outbox.claim(tx, kinds or ("message",), slots, uuid.uuid4(), 60))


def finish(db: Database, event: Event) -> None:
    db.transaction(lambda tx: inbox.finish(tx, event))


def put(db: Database, name: str, kind: str = "message", lane: str | None = None, delay: float = 0) -> int:
    return db.transaction(lambda tx: outbox.put(tx, kind, {"name": name}, lane=lane, delay_seconds=delay))


def keys(events: list[Event]) -> list[str]:
    return [event.event_key for event in events]


def names(jobs: list[Job]) -> list[str]:
    return [job.payload["name"] for job in jobs]


def test_an_event_that_is_known_is_not_stored_again(db: Database) -> None:
    assert arrive(db, "a1", "a2", "a1") == 2
    assert arrive(db, "a2", "a3") == 1
    assert scalar(db, "SELECT string_agg(event_key, ' ' ORDER BY id) FROM inbox") == "a1 a2 a3"


def test_the_same_key_of_another_sender_is_another_event(db: Database) -> None:
    arrive(db, "a1")
    assert db.transaction(lambda tx: inbox.store(tx, "other", [Arrival("a1", "a", {})])) == 1


@ANY_DB
@given(words=st.text(st.characters(exclude_categories=()), max_size=20), number=st.floats() | st.integers())
@example(words="before\x00after \ud83d half a pair", number=float("nan"))
def test_whatever_strings_an_event_holds_it_is_stored(db: Database, words: str, number: float) -> None:
    key = str(uuid.uuid4())
    arrive(db, key, payload={words: [words, {"deep": words}, number]})
    run(db, "UPDATE inbox SET status = 'dead' WHERE event_key <> %s", key)
    (event,) = take(db)
    ((name, (inner, _, _)),) = event.payload.items()
    assert name == inner
    assert len(name) == len(words)
    finish(db, event)


def test_one_event_of_a_lane_is_in_hand_at_a_time_and_in_order(db: Database) -> None:
    arrive(db, "a1", "b1", "a2", "b2", "c1")
    first = take(db)
    assert keys(first) == ["a1", "b1", "c1"]
    assert take(db) == []
    finish(db, first[1])
    assert keys(take(db)) == ["b2"]


def test_an_event_stored_late_under_an_earlier_number_waits_for_the_one_in_hand(db: Database) -> None:
    def late(tx: Transaction) -> list[Event]:
        inbox.store(tx, "test", [Arrival("a1", "a", {})])  # takes its number now, is seen after the commit
        arrive(db, "a2")
        return take(db)

    in_hand = db.transaction(late)
    assert keys(in_hand) == ["a2"]
    assert take(db) == []
    finish(db, in_hand[0])
    assert keys(take(db)) == ["a1"]


def test_rows_being_taken_by_somebody_else_are_passed_over(db: Database) -> None:
    arrive(db, "a1", "a2", "b1")

    def work(tx: Transaction) -> tuple[list[Event], list[Event]]:
        return inbox.claim(tx, 1, uuid.uuid4(), 60), take(db)

    mine, theirs = db.transaction(work)
    assert (keys(mine), keys(theirs)) == (["a1"], ["b1"])


def test_a_lease_that_ran_out_passes_on_and_the_late_one_undoes_its_effects(db: Database) -> None:
    arrive(db, "a1", "a2")
    (slow,) = take(db, seconds=-1)
    (quick,) = take(db)
    assert (slow.event_key, quick.event_key, quick.attempts) == ("a1", "a1", 2)

    def work(tx: Transaction) -> None:
        outbox.put(tx, "message", {})
        inbox.finish(tx, slow)

    with pytest.raises(LeaseLost):
        db.transaction(work)
    assert scalar(db, "SELECT count(*) FROM outbox") == 0
    finish(db, quick)
    assert keys(take(db)) == ["a2"]


def test_a_job_whose_lease_ran_out_cannot_be_finished_by_the_late_one(db: Database) -> None:
    put(db, "m1", lane="a")
    (slow,) = take_jobs(db)
    run(db, "UPDATE outbox SET leased_until = now() - interval '1 second'")
    (quick,) = take_jobs(db)
    with pytest.raises(LeaseLost):
        db.transaction(lambda tx: outbox.finish(tx, slow, "sent"))
    db.transaction(lambda tx: outbox.finish(tx, quick, "sent"))
    assert quick.key == slow.key  # LINE is asked with the same retry key


class Porter:
    """A courier with a free hand."""

    def __init__(self) -> None:
        self.carried: list[Job] = []
        self.woken: list[str] = []

    def lease(self, _kind: str) -> tuple[uuid.UUID, float] | None:
        return uuid.uuid4(), 60.0

    def carry(self, job: Job) -> None:
        self.carried.append(job)

    def wake(self, kind: str) -> None:
        self.woken.append(kind)


def put_in_hand(db: Database, name: str, lane: str, courier: Porter | None, then: Any = None) -> None:
    def work(tx: Transaction) -> None:
        tx.courier = courier
        outbox.put_in_hand(tx, "message", {"name": name}, lane=lane)
        if then:
            then()

    db.transaction(work)


def test_a_job_put_in_hand_is_carried_after_the_commit_and_taken_by_nobody_else(db: Database) -> None:
    porter = Porter()
    put_in_hand(db, "a1", "a", porter, then=lambda: porter.carried == [] or pytest.fail("too early"))
    (job,) = porter.carried
    assert (job.kind, job.lane, job.payload, job.attempts) == ("message", "a", {"name": "a1"}, 1)
    assert take_jobs(db) == []
    db.transaction(lambda tx: outbox.finish(tx, job, "sent"))
    assert scalar(db, "SELECT status || ' ' || (key = %s) FROM outbox", job.key) == "done true"


def test_a_job_put_in_hand_waits_for_what_is_before_it_in_its_lane(db: Database) -> None:
    porter = Porter()
    put(db, "a1", lane="a")
    put_in_hand(db, "a2", "a", porter)
    put_in_hand(db, "b1", "b", porter)
    assert (names(porter.carried), porter.woken) == (["b1"], ["message"])
    assert names(take_jobs(db)) == ["a1"]


def test_a_job_put_in_hand_by_a_transaction_that_fails_is_carried_by_nobody(db: Database) -> None:
    porter = Porter()
    with pytest.raises(ZeroDivisionError):
        put_in_hand(db, "a1", "a", porter, then=lambda: 1 // 0)
    assert porter.carried == []
    assert scalar(db, "SELECT count(*) FROM outbox") == 0


def test_a_job_put_in_hand_of_a_process_that_died_is_taken_over(db: Database) -> None:
    put_in_hand(db, "a1", "a", Porter())
    run(db, "UPDATE outbox SET leased_until = now() - interval '1 second'")
    assert [(job.payload["name"], job.attempts) for job in take_jobs(db)] == [("a1", 2)]


def test_where_nobody_carries_a_job_it_waits_to_be_claimed(db: Database) -> None:
    put_in_hand(db, "a1", "a", None)
    assert [(job.payload["name"], job.attempts) for job in take_jobs(db)] == [("a1", 1)]


def test_jobs_of_a_lane_go_in_order_and_a_job_without_a_lane_waits_for_nobody(db: Database) -> None:
    put(db, "a1", lane="a")
    put(db, "a2", lane="a")
    put(db, "free1")
    put(db, "free2")
    assert names(take_jobs(db)) == ["a1", "free1", "free2"]


def test_a_timer_does_not_hold_up_what_comes_after_it(db: Database) -> None:
    put(db, "expire", "timer", delay=3600)
    put(db, "m1", lane="a")
    assert names(take_jobs(db, "message", "timer")) == ["m1"]


def test_each_kind_is_taken_by_those_who_know_it(db: Database) -> None:
    put(db, "m1", "message")
    put(db, "p1", "payment")
    assert names(take_jobs(db, "payment")) == ["p1"]


def test_a_retried_job_keeps_its_place_in_its_lane(db: Database) -> None:
    put(db, "a1", lane="a")
    put(db, "a2", lane="a")
    (job,) = take_jobs(db)
    keys = {"id": job.id, "lease": job.lease}
    db.transaction(lambda tx: sql.outbox_retry(tx.connection, delay_seconds=3600, error="busy", **keys))
    assert take_jobs(db) == []
    run(db, "UPDATE outbox SET available_at = now()")
    assert names(take_jobs(db)) == ["a1"]


def test_the_backlog_of_one_lane_hides_nobody(db: Database) -> None:
    arrive(db, *[f"a{n}" for n in range(150)], "b1", "c1")
    assert keys(take(db)) == ["a0", "b1", "c1"]
    for n in range(150):
        put(db, f"a{n}", lane="a")
    for lane in ("b", "c", None):
        put(db, f"{lane}1", lane=lane)
    assert names(take_jobs(db)) == ["a0", "b1", "c1", "None1"]


def pages_read(db: Database, query: str, **parameters: object) -> int:
    def work(tx: Transaction) -> int:
        with tx.connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + query_text(query), parameters)
            row = cursor.fetchone()
            plan = row[0][0]["Plan"] if row else {}
            return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])

    return db.transaction(work)


@pytest.mark.parametrize("analyzed", [False, True])
def test_taking_an_event_costs_the_same_behind_a_long_backlog(db: Database, analyzed: bool) -> None:
    fill = (
        "INSERT INTO inbox (source, event_key, lane, payload, status) "
        "SELECT 'test', %s || n, %s || n %% %s, '{}', %s FROM generate_series(1, %s) AS n"
    )
    run(db, fill, "done", "lane", 500, "done", 20_000)
    run(db, fill, "busy", "busy", 3, "waiting", 3_000)
    run(db, fill, "calm", "calm", 50, "waiting", 50)
    if analyzed:
        run(db, "ANALYZE inbox")
    claim = {"slots": 8, "lease": uuid.uuid4(), "lease_seconds": 60}
    assert pages_read(db, "inbox_claim", **claim) < 2_000


@pytest.mark.parametrize("analyzed", [False, True])
def test_taking_a_job_costs_the_same_before_many_timers(db: Database, analyzed: bool) -> None:
    run(
        db,
        "INSERT INTO outbox (kind, payload, available_at) "
        "SELECT 'timer', '{}', now() + interval '1 day' FROM generate_series(1, 20000)",
    )
    put(db, "m1", lane="a")
    if analyzed:
        run(db, "ANALYZE outbox")
    claim = {"kinds": ["timer", "message"], "slots": 8, "lease": uuid.uuid4(), "lease_seconds": 60}
    assert pages_read(db, "outbox_claim", **claim) < 500


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from(["work", "work", "work", "fail", "take", "expire", "crash"])
    ),
    max_size=40,
)


@ANY_DB
@given(lanes=st.lists(st.sampled_from("abc"), min_size=1, max_size=10), steps=STEPS)
def test_any_interleaving_keeps_the_order_of_a_lane_and_every_effect_once(
    db: Database, lanes: list[str], steps: list[tuple[int, str]]
) -> None:
    """Three workers take, finish, fail, are late or vanish, in any order."""
    run(db, "CREATE TABLE IF NOT EXISTS effects (id serial, event_key text)")
    run(db, "TRUNCATE inbox, effects")
    events = [f"{lane}{n}" for n, lane in enumerate(lanes)]
    arrive(db, *events)
    failing = False

    def handler(tx: Transaction, event: Event) -> None:
        with tx.connection.cursor() as cursor:
            cursor.execute("INSERT INTO effects (event_key) VALUES (%s)", (event.event_key,))
        if failing:
            raise RuntimeError("as planned")

    policies = {"test": RetryPolicy(base=0.0, attempts=1000)}
    worker = Worker(db, events={"test": handler}, jobs=[], inbox_threads=0, policies=policies)
    hands: dict[int, list[Event]] = {0: [], 1: [], 2: []}
    for who, action in steps:
        if action == "expire":
            run(db, "UPDATE inbox SET leased_until = now() - interval '1 second' WHERE lease IS NOT NULL")
            continue
        hand = hands[who]
        hand[:] = hand or take(db, slots=1)
        failing = action == "fail"
        if hand and action in ("work", "fail"):
            worker.handle(hand[0])
        if action != "take":
            hand.clear()  # a crash, too, leaves nothing behind but its lease
    failing = False
    run(db, "UPDATE inbox SET leased_until = NULL")
    while rest := take(db):
        for event in rest:
            worker.handle(event)
    done = str(scalar(db, "SELECT coalesce(string_agg(event_key, ' ' ORDER BY id), '') FROM effects")).split()
    assert sorted(done) == sorted(events)
    for lane in "abc":
        assert [key for key in done if key[0] == lane] == [key for key in events if key[0] == lane]
