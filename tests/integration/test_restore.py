"""`ops/backup` and `ops/restore`: the whole shop in a file, and out of it again."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from dev.postgres import find_bindir
from store import migrate, pictures
from store.db import Database
from store.queue import inbox
from store.queue.inbox import Arrival
from tests.factories import broken_invariants, placed_order, scalar, stock_up

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def bindir() -> Path:
    """A PostgreSQL with the programs to dump and restore, not older than the server of the tests."""
    folder = Path(os.environ.get("TEST_POSTGRES_BINDIR") or find_bindir())
    if not (folder / "pg_dump").exists():
        found = shutil.which("pg_dump")
        if found is None:
            pytest.skip("there is no pg_dump here")
        folder = Path(found).resolve().parent
    return folder


@pytest.fixture
def empty_url(database_url: str) -> Iterator[str]:
    """A database with nothing in it, beside the other."""
    name = database_url.partition("?")[0].rpartition("/")[2]
    admin = psycopg2.connect(database_url, connect_timeout=10)
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}_restored TEMPLATE template0")
    yield database_url.replace(f"/{name}", f"/{name}_restored")
    with admin.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}_restored WITH (FORCE)")
    admin.close()


def run(bindir: Path, *command: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "PG_BINDIR": str(bindir)}
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def counts(db: Database) -> dict[str, object]:
    """How many rows each table has."""
    names = scalar(
        db,
        "SELECT json_agg(tablename) FROM pg_tables WHERE schemaname = 'public'",
    )
    assert isinstance(names, list)
    return {name: scalar(db, f"SELECT count(*) FROM {name}") for name in names}


def a_lived_in_shop(db: Database) -> None:
    """Orders in several states, with their stock, timers and events."""
    skus = stock_up(db, count=3, stock=20)
    for number in range(12):
        placed_order(db, {skus[number % 3].id: 1}, method=("card", "atm", "cod")[number % 3])
    db.transaction(lambda tx: inbox.store(tx, "line", [Arrival("e1", "lane", {"type": "follow"})]))


def test_a_restored_shop_is_the_shop_that_was_and_goes_on(
    database_url: str, empty_url: str, bindir: Path, tmp_path: Path
) -> None:
    db = Database(database_url)
    a_lived_in_shop(db)
    before = counts(db)
    file = str(tmp_path / "shop.dump")
    saved = run(bindir, "ops/backup", file, database_url)
    assert saved.returncode == 0, saved.stderr
    assert (tmp_path / "shop.dump").stat().st_mode & 0o077 == 0, "only its owner may read a backup"
    placed_order(db, {stock_up(db, name="鐵觀音")[0].id: 1})  # what comes later is not in the file
    db.close()

    put_back = run(bindir, "ops/restore", file, empty_url)
    assert put_back.returncode == 0, put_back.stderr
    restored = Database(empty_url)
    assert counts(restored) == before
    assert broken_invariants(restored) == []
    assert migrate.migrate(empty_url) == []
    more = stock_up(restored, name="凍頂烏龍")[0]
    placed_order(restored, {more.id: 2})  # the numbers go on where they were
    assert broken_invariants(restored) == []
    restored.close()


def test_nothing_is_overwritten(database_url: str, bindir: Path, tmp_path: Path) -> None:
    file = str(tmp_path / "shop.dump")
    assert run(bindir, "ops/backup", file, database_url).returncode == 0
    again = run(bindir, "ops/backup", file, database_url)
    assert again.returncode == 1
    assert "exists already" in again.stderr
    into = run(bindir, "ops/restore", file, database_url)
    assert into.returncode == 1
    assert "not empty" in into.stderr


def test_a_backup_says_which_pictures_it_does_not_hold(
    database_url: str, bindir: Path, tmp_path: Path
) -> None:
    db = Database(database_url)
    here = pictures.examine(b"\xff\xd8\xff here")
    away = replace(pictures.examine(b"\xff\xd8\xff away"), content=None)
    db.transaction(lambda tx: pictures.store(tx, here))
    assert "copy the bucket" not in run(bindir, "ops/backup", str(tmp_path / "a"), database_url).stdout
    db.transaction(lambda tx: pictures.store(tx, away))
    said = run(bindir, "ops/backup", str(tmp_path / "b"), database_url).stdout
    assert "1 pictures are in the object storage and not in this file" in said
    db.close()


def test_a_backup_that_fails_leaves_no_file(bindir: Path, tmp_path: Path) -> None:
    failed = run(bindir, "ops/backup", str(tmp_path / "shop.dump"), "postgresql://u@127.0.0.1:9/x")
    assert failed.returncode != 0
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_restores_nothing(
    database_url: str, empty_url: str, bindir: Path, tmp_path: Path
) -> None:
    file = tmp_path / "shop.dump"
    assert run(bindir, "ops/backup", str(file), database_url).returncode == 0
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert run(bindir, "ops/restore", str(file), empty_url).returncode != 0
    with psycopg2.connect(empty_url, connect_timeout=10) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        assert cursor.fetchone() == (0,)
    connection.close()
