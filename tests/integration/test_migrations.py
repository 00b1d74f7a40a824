"""Migrations: two at once, killed half-way, changed behind one's back; on every PostgreSQL that is here."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from dev.postgres import Postgres, find_bindir
from store.errors import MigrationError
from store.migrate import FOLDER, is_current, migrate
from tests.concurrency.races import run_concurrently

SERVERS = sorted({find_bindir(), *Path("/usr/lib/postgresql").glob("*/bin")})
UNCOMMENTED = """
SELECT c.relname
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'i')
  AND obj_description(c.oid, 'pg_class') IS NULL
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Migrations of a shop of one table."""
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first (id int)")
    return tmp_path


@pytest.fixture
def empty_url(database_url: str) -> str:
    """A database in which nothing was ever migrated."""
    ask(database_url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return database_url


def ask(url: str, query: str) -> list[str]:
    conn = psycopg2.connect(url)
    try:
        with conn, conn.cursor() as cursor:
            cursor.execute(query)
            return [row[0] for row in cursor.fetchall()] if cursor.description else []
    finally:
        conn.close()


def tables(url: str) -> list[str]:
    return ask(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")


@pytest.fixture(params=SERVERS, ids=lambda bindir: bindir.parent.name)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Postgres]:
    with Postgres(tmp_path / "data", fsync=False, bindir=request.param) as postgres:
        yield postgres


def test_the_shops_own_migrations_run_and_every_table_and_index_says_why(server: Postgres) -> None:
    shipped = sorted(path.name for path in FOLDER.glob("*.sql"))
    assert migrate(server.url()) == shipped
    assert migrate(server.url()) == []
    assert ask(server.url(), UNCOMMENTED) == []
    assert is_current(ask(server.url(), "SELECT name FROM schema_migrations"))


def test_each_is_applied_once_and_in_order(empty_url: str, folder: Path) -> None:
    (folder / "0002_second.sql").write_text(
        "ALTER TABLE first ADD note text; COMMENT ON TABLE first IS '100%'"
    )
    assert migrate(empty_url, folder) == ["0001_first.sql", "0002_second.sql"]
    (folder / "0003_third.sql").write_text("CREATE TABLE third (id int)")
    assert migrate(empty_url, folder) == ["0003_third.sql"]
    assert migrate(empty_url, folder) == []


def test_several_that_start_at_once_take_turns(empty_url: str, folder: Path) -> None:
    (folder / "0002_slow.sql").write_text("SELECT pg_sleep(0.2); CREATE TABLE slow (id int)")
    done = run_concurrently(lambda _: migrate(empty_url, folder), 4)
    assert sorted(done) == [[], [], [], ["0001_first.sql", "0002_slow.sql"]]


def test_one_that_was_killed_half_way_leaves_nothing_and_nobody_waits_for_ever(
    empty_url: str, folder: Path
) -> None:
    slow = folder / "0002_slow.sql"
    slow.write_text("CREATE TABLE slow (id int); SELECT pg_sleep(1)")
    words = "import sys, pathlib as p; from store.migrate import *; migrate(sys.argv[1], p.Path(sys.argv[2]))"
    process = subprocess.Popen([sys.executable, "-c", words, empty_url, str(folder)])
    deadline = time.monotonic() + 20
    while not ask(
        empty_url,
        "SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep(1)' AND pid <> pg_backend_pid()",
    ):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert tables(empty_url) == []
    slow.write_text("CREATE TABLE slow (id int)")  # never applied, so it may still change
    assert migrate(empty_url, folder) == ["0001_first.sql", "0002_slow.sql"]
    assert tables(empty_url) == ["first", "schema_migrations", "slow"]


def test_an_applied_file_that_has_changed_is_refused_by_name(empty_url: str, folder: Path) -> None:
    migrate(empty_url, folder)
    (folder / "0001_first.sql").write_text("CREATE TABLE first (id bigint)")
    (folder / "0002_second.sql").write_text("CREATE TABLE second (id int)")
    with pytest.raises(MigrationError, match=r"0001_first\.sql was changed .* write a new migration"):
        migrate(empty_url, folder)
    assert tables(empty_url) == ["first", "schema_migrations"]


def test_a_number_below_an_applied_one_is_refused(empty_url: str, folder: Path) -> None:
    (folder / "0003_third.sql").write_text("CREATE TABLE third (id int)")
    migrate(empty_url, folder)
    (folder / "0002_late.sql").write_text("CREATE TABLE late (id int)")
    with pytest.raises(MigrationError, match=r"0002_late\.sql comes before 0003_third\.sql"):
        migrate(empty_url, folder)


def test_sql_that_fails_is_named_and_leaves_nothing(empty_url: str, folder: Path) -> None:
    (folder / "0002_bad.sql").write_text("CREATE TABLE second (id int); CREATE TABLE second (id int)")
    with pytest.raises(MigrationError, match=r'0002_bad\.sql failed and nothing was changed: .*"second"'):
        migrate(empty_url, folder)
    assert tables(empty_url) == []


def test_an_older_release_runs_on_a_newer_schema(empty_url: str, folder: Path) -> None:
    newer = folder / "0002_newer.sql"
    newer.write_text("CREATE TABLE newer (id int)")
    migrate(empty_url, folder)
    newer.unlink()
    assert migrate(empty_url, folder) == []
    assert is_current(ask(empty_url, "SELECT name FROM schema_migrations"), folder)


def test_a_database_that_is_not_there_is_said(folder: Path) -> None:
    with pytest.raises(MigrationError, match="cannot reach the database"):
        migrate("postgresql://127.0.0.1:1/none", folder)
