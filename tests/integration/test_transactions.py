"""`Database.transaction()`: what it re-runs, what it does not, and what it costs on the wire."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psycopg2
import pytest
from psycopg2 import errors
from psycopg2.extensions import make_dsn

from store.db import Database, Transaction
from store.errors import CommitUnknown, DatabaseUnavailable, Rerun, StockTaken, StoreError
from tests.concurrency.races import run_concurrently
from tests.factories import fill_cart, line_user, place, stock_of, stock_up
from tests.integration.wire import Wire, ask, asked


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    database.transaction(lambda tx: ask(tx, "CREATE TABLE notes (id int PRIMARY KEY, n int NOT NULL)"))
    database.transaction(lambda tx: ask(tx, "INSERT INTO notes VALUES (1, 0), (2, 0)"))
    yield database
    database.close()


def note(db: Database, number: int) -> object:
    return db.transaction(asked("SELECT n FROM notes WHERE id = %s", number))


def kill(db: Database, pid: object) -> None:
    db.transaction(asked("SELECT pg_terminate_backend(%s, 5000)", pid))


def test_a_serialization_failure_runs_the_work_again(db: Database) -> None:
    runs = []

    def work(tx: Transaction) -> None:
        ask(tx, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        seen = ask(tx, "SELECT n FROM notes WHERE id = 1")
        runs.append(seen)
        if len(runs) <= 2:
            db.transaction(asked("UPDATE notes SET n = n + 10 WHERE id = 1"))  # a rival gets in between
        ask(tx, "UPDATE notes SET n = n + 1 WHERE id = 1")

    db.transaction(work)
    assert runs == [0, 10, 20]
    assert note(db, 1) == 21


def test_a_failure_at_commit_runs_the_work_again(db: Database) -> None:
    """Two that read what the other writes: SERIALIZABLE lets only one of them commit."""
    runs = []

    def work(tx: Transaction) -> None:
        runs.append(1)
        ask(tx, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        total = ask(tx, "SELECT sum(n) FROM notes")
        if len(runs) == 1:
            db.transaction(rival)
        ask(tx, "UPDATE notes SET n = %s + 1 WHERE id = 1", total)

    def rival(tx: Transaction) -> None:
        ask(tx, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        total = ask(tx, "SELECT sum(n) FROM notes")
        ask(tx, "UPDATE notes SET n = %s + 5 WHERE id = 2", total)

    db.transaction(work)
    assert len(runs) == 2
    assert (note(db, 1), note(db, 2)) == (6, 5)


def test_of_two_that_wait_for_each_other_both_finish(db: Database) -> None:
    both_hold_one = threading.Barrier(2)
    runs = []

    def run(number: int) -> None:
        first, second = (1, 2) if number else (2, 1)
        met: list[int] = []

        def work(tx: Transaction) -> None:
            runs.append(first)
            ask(tx, "UPDATE notes SET n = n + 1 WHERE id = %s", first)
            if not met:
                met.append(both_hold_one.wait(10))
            ask(tx, "UPDATE notes SET n = n + 1 WHERE id = %s", second)

        db.transaction(work)

    run_concurrently(run, 2)
    assert (note(db, 1), note(db, 2)) == (2, 2)
    assert len(runs) == 3  # one was the victim


def test_a_backend_killed_before_commit_is_replaced_and_the_work_run_again(db: Database) -> None:
    pids = []

    def work(tx: Transaction) -> None:
        pids.append(ask(tx, "SELECT pg_backend_pid()"))
        ask(tx, "UPDATE notes SET n = n + 1 WHERE id = 1")
        if len(pids) == 1:
            kill(db, pids[0])
        ask(tx, "UPDATE notes SET n = n + 1 WHERE id = 2")

    db.transaction(work)
    assert len(set(pids)) == 2
    assert (note(db, 1), note(db, 2)) == (1, 1)


def test_a_connection_lost_every_time_is_a_database_that_is_not_available(db: Database) -> None:
    def work(tx: Transaction) -> None:
        kill(db, ask(tx, "SELECT pg_backend_pid()"))
        ask(tx, "SELECT 1")

    with pytest.raises(DatabaseUnavailable):
        db.transaction(work, attempts=2)


@pytest.mark.parametrize("committed", [False, True])
def test_a_connection_cut_during_commit_is_said_and_nothing_is_run_again(
    db: Database, wire: Wire, committed: bool
) -> None:
    away = Database(wire.url)
    runs = []

    def work(tx: Transaction) -> None:
        runs.append(1)
        ask(tx, "UPDATE notes SET n = n + 1 WHERE id = 1")
        tx.after_commit(lambda: runs.append(2))

    if committed:
        wire.cut_after = lambda words: "COMMIT" in words
    else:
        wire.cut_before = lambda words: "COMMIT" in words
    with pytest.raises(CommitUnknown):
        away.transaction(work)
    assert runs == [1]
    assert note(db, 1) == int(committed)


def test_a_backend_killed_while_it_commits_is_said_and_nothing_is_run_again(db: Database) -> None:
    """The COMMIT carries a statement that waits for a row, so that there is time to kill it."""
    runs = []
    held, let_go = threading.Event(), threading.Event()
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%COMMIT'"

    def hold(tx: Transaction) -> None:
        ask(tx, "UPDATE notes SET n = n + 1 WHERE id = 1")
        held.set()
        let_go.wait(10)

    def work(tx: Transaction) -> None:
        runs.append(ask(tx, "SELECT pg_backend_pid()"))
        tx.last("UPDATE notes SET n = n + %(by)s WHERE id = 1", {"by": 10}, lambda _: None)

    def part(number: int) -> None:
        if number == 0:
            db.transaction(hold)
            return
        held.wait(10)
        if number == 1:
            with pytest.raises(CommitUnknown):
                db.transaction(work)
            let_go.set()
            return
        while not db.transaction(asked(waiting)):
            time.sleep(0.01)
        kill(db, runs[0])

    run_concurrently(part, 3)
    assert len(runs) == 1
    assert note(db, 1) == 1


def test_the_work_may_ask_to_be_run_again(db: Database) -> None:
    runs = []

    def work(tx: Transaction) -> str:
        runs.append(1)
        ask(tx, "UPDATE notes SET n = n + 1 WHERE id = 1")
        if len(runs) < 3:
            raise Rerun("the facts have changed")
        return "done"

    assert db.transaction(work) == "done"
    assert note(db, 1) == 1


def test_a_rerun_that_never_ends_is_told_after_the_last_attempt(db: Database) -> None:
    runs = []

    def work(_: Transaction) -> None:
        runs.append(1)
        raise StockTaken("always")

    with pytest.raises(StockTaken):
        db.transaction(work, attempts=3)
    assert len(runs) == 3


def test_a_last_statement_that_fails_becomes_a_word_of_the_house_and_undoes_everything(db: Database) -> None:
    def work(tx: Transaction) -> None:
        ask(tx, "UPDATE notes SET n = 7 WHERE id = 1")
        tx.last("UPDATE notes SET n = 9 WHERE id = 2", {}, lambda _: None)
        tx.last("INSERT INTO notes VALUES (%(id)s, NULL)", {"id": 3}, translate)

    def translate(error: psycopg2.Error) -> Exception | None:
        return StockTaken("none left") if isinstance(error, errors.NotNullViolation) else None

    with pytest.raises(StockTaken):
        db.transaction(work, attempts=1)
    assert (note(db, 1), note(db, 2)) == (0, 0)


def test_an_error_of_a_last_statement_that_nobody_translates_passes_as_it_is(db: Database) -> None:
    def work(tx: Transaction) -> None:
        tx.last("INSERT INTO notes VALUES (1, 1)", {}, lambda _: None)

    with pytest.raises(errors.UniqueViolation):
        db.transaction(work)


def test_work_that_goes_on_after_a_failed_statement_is_not_taken_for_committed(db: Database) -> None:
    hints = []

    def work(tx: Transaction) -> None:
        tx.after_commit(lambda: hints.append(1))
        ask(tx, "UPDATE notes SET n = 1 WHERE id = 1")
        with pytest.raises(errors.UniqueViolation):
            ask(tx, "INSERT INTO notes VALUES (1, 1)")

    with pytest.raises(StoreError, match="rolled back"):
        db.transaction(work)
    assert hints == []
    assert note(db, 1) == 0


def test_a_savepoint_undoes_only_what_is_inside(db: Database) -> None:
    def inner(tx: Transaction) -> None:
        with tx.savepoint():
            ask(tx, "UPDATE notes SET n = 2 WHERE id = 2")
            with tx.savepoint():
                ask(tx, "INSERT INTO notes VALUES (1, 1)")

    def work(tx: Transaction) -> None:
        ask(tx, "UPDATE notes SET n = 1 WHERE id = 1")
        with pytest.raises(errors.UniqueViolation):
            inner(tx)

    db.transaction(work)
    assert (note(db, 1), note(db, 2)) == (1, 0)


def test_the_limits_hold_inside_and_do_not_leak_out(database_url: str) -> None:
    db = Database(database_url, size=1, statement_timeout=200, lock_timeout=100)
    show = "SELECT current_setting('statement_timeout') || ' ' || current_setting('lock_timeout')"
    assert db.transaction(asked(show)) == "200ms 100ms"
    with db._idle[0].cursor() as cursor:
        cursor.execute(show)
        assert cursor.fetchone() == ("0 0",)
    with pytest.raises(errors.QueryCanceled):
        db.transaction(asked("SELECT pg_sleep(10)"))
    db.close()


def test_a_lock_is_waited_for_only_so_long(db: Database, database_url: str) -> None:
    impatient = Database(database_url, lock_timeout=50)
    write = "UPDATE notes SET n = n + 1 WHERE id = 1"

    def work(tx: Transaction) -> None:
        ask(tx, write)
        with pytest.raises(errors.LockNotAvailable):
            impatient.transaction(asked(write))

    db.transaction(work)
    assert note(db, 1) == 1
    impatient.close()


def test_a_transaction_that_asks_nothing_says_nothing(wire: Wire) -> None:
    db = Database(wire.url)
    db.transaction(lambda tx: None)
    assert wire.asked == []
    db.close()


def test_a_single_statement_is_limited_and_committed_in_one_round_trip(db: Database, wire: Wire) -> None:
    away = Database(wire.url, statement_timeout=5000)
    write = "UPDATE notes SET n = 7 WHERE id = 1 RETURNING current_setting('statement_timeout')"
    assert away.transaction(asked(write), single=True) == "5s"
    assert len(wire.asked) == 1
    assert note(db, 1) == 7
    away.close()


def test_a_single_statement_is_refused_a_second_one(db: Database) -> None:
    def work(tx: Transaction) -> None:
        ask(tx, "SELECT 1")
        ask(tx, "UPDATE notes SET n = 1 WHERE id = 1")

    with pytest.raises(StoreError, match="another one"):
        db.transaction(work, single=True)
    assert note(db, 1) == 0


def test_a_single_statement_is_run_again_when_its_answer_is_lost(db: Database, wire: Wire) -> None:
    away = Database(wire.url)
    cuts = [True]
    wire.cut_after = lambda _: bool(cuts and cuts.pop())
    assert away.transaction(asked("UPDATE notes SET n = 3 WHERE id = 1 RETURNING n"), single=True) == 3
    assert len(wire.asked) == 2
    away.close()


def test_only_what_may_be_forgotten_does_not_wait_for_the_disk(database_url: str) -> None:
    db = Database(make_dsn(database_url, options="-c synchronous_commit=on"))  # off where tests run
    show = asked("SELECT current_setting('synchronous_commit')")
    kinds = [
        db.transaction(show),
        db.transaction(show, durable=False),
        db.transaction(show, single=True, durable=False),
        db.transaction(show),
    ]
    assert kinds == ["on", "off", "off", "on"]
    db.close()


def test_a_first_statement_that_cannot_even_be_read_leaves_the_next_in_a_transaction(db: Database) -> None:
    def work(tx: Transaction) -> None:
        with pytest.raises(errors.SyntaxError):
            ask(tx, "SELEC 1")
        ask(tx, "UPDATE notes SET n = 1 WHERE id = 1")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        db.transaction(work)
    assert note(db, 1) == 0


def test_any_exception_of_the_work_rolls_back_and_keeps_the_connection(db: Database) -> None:
    def work(tx: Transaction) -> None:
        ask(tx, "UPDATE notes SET n = 1 WHERE id = 1")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        db.transaction(work)
    assert note(db, 1) == 0
    assert len(db._idle) == 1


def test_hints_run_after_the_commit_and_only_then(db: Database) -> None:
    seen: list[object] = []
    runs = []

    def work(tx: Transaction) -> None:
        runs.append(1)
        tx.after_commit(lambda: seen.append(note(db, 1)))
        ask(tx, "UPDATE notes SET n = n + 1 WHERE id = 1")
        if len(runs) == 1:
            raise Rerun("once more")

    db.transaction(work)
    assert seen == [1]


def test_limits_and_last_statements_cost_no_round_trip_of_their_own(database_url: str, wire: Wire) -> None:
    shop = Database(database_url)
    skus = stock_up(shop, count=3)
    user = line_user()
    fill_cart(shop, user, {sku.id: 1 for sku in skus})
    db = Database(wire.url)
    place(db, user)
    trips = wire.asked[next(i for i, words in enumerate(wire.asked) if words.startswith("BEGIN")) :]
    assert len(trips) == 4  # customer, cart with its lines, order, and the rest with COMMIT
    assert trips[0].count("SET LOCAL") == 3
    assert [("UPDATE skus" in words) for words in trips] == [False] * (len(trips) - 1) + [True]
    assert trips[-1].count("UPDATE skus") == 3
    assert trips[-1].endswith(";\nCOMMIT")
    touched = [trips[-1].index(f"WHERE id = {sku.id} AND") for sku in skus]
    assert touched == sorted(touched)
    assert [stock_of(shop, sku.id) for sku in skus] == [9, 9, 9]
    for database in (shop, db):
        database.close()
