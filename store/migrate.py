"""Bring the schema up to date: the files of sql/migrations, in the order of their names, each once.

All that is missing is applied in one transaction under a transaction-level advisory lock, so two
that start at once take turns, and one that is killed half-way leaves nothing behind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import psycopg2

from store.db import SQL_FOLDER, sql
from store.errors import MigrationError

FOLDER = SQL_FOLDER / "migrations"


def migrate(database_url: str, folder: Path = FOLDER) -> list[str]:
    """Apply the migrations that are missing and return their names, oldest first.

    Raises `MigrationError` when a file that was applied has changed, when a new one would come before
    an applied one, or when PostgreSQL refuses one; the schema is then as it was before.
    """
    files = _read(folder)
    try:
        conn = psycopg2.connect(database_url, connect_timeout=10, application_name="storefront-migrate")
    except psycopg2.OperationalError as error:
        raise MigrationError(f"cannot reach the database: {str(error).strip()}") from error
    try:
        with conn:
            sql.migrations_lock(conn)
            sql.migrations_create_table(conn)
            applied = dict(sql.migrations_applied(conn))
            missing = _missing(files, applied)
            for name in missing:
                _apply(conn, name, files[name])
        return missing
    finally:
        conn.close()


def is_current(applied: Iterable[str], folder: Path = FOLDER) -> bool:
    """Whether every migration this release ships is among the applied names."""
    return not not_applied(applied, folder)


def not_applied(applied: Iterable[str], folder: Path = FOLDER) -> list[str]:
    """The names of the migrations this release ships that are not among the applied ones, oldest first."""
    return sorted(set(_read(folder)) - set(applied))


def _read(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("[0-9]*.sql"))}


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _missing(files: dict[str, str], applied: dict[str, str]) -> list[str]:
    for name, checksum in applied.items():
        # A name this release does not know was applied by a newer one (a rollback is under way): fine.
        if name in files and _checksum(files[name]) != checksum:
            raise MigrationError(
                f"{name} was changed after it had been applied; put it back and write a new migration instead"
            )
    missing = [name for name in files if name not in applied]
    newest = max((name for name in applied if name in files), default="")
    for name in missing:
        if name < newest:
            raise MigrationError(
                f"{name} comes before {newest}, which is already applied; give it a higher number"
            )
    return missing


def _apply(conn: psycopg2.extensions.connection, name: str, text: str) -> None:
    try:
        with conn.cursor() as cursor:
            cursor.execute(text)
    except psycopg2.Error as error:
        raise MigrationError(f"{name} failed and nothing was changed: {str(error).strip()}") from error
    sql.migrations_record(conn, name=name, checksum=_checksum(text))
