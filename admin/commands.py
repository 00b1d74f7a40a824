"""Commands of the console: the first person in it, and the orders as a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO

import click
import psycopg2

from admin import export, passwords, staff
from admin.errors import ConsoleError
from admin.order_filters import Filters
from store.db import Database
from store.errors import StoreError
from store.logs import describe

_DAY = click.DateTime(formats=["%Y-%m-%d"])


def create_admin(db: Database) -> click.Command:
    """`create-admin LOGIN`: somebody who may log in to the console."""

    @click.command("create-admin")
    @click.argument("login")
    @click.option("--role", type=click.Choice(staff.ROLES), default="owner", show_default=True)
    @click.option("--name", default="", help="What the console calls them; the login where it is left out.")
    @click.option(
        "--reset", is_flag=True, help="The login exists: set another password, drop the second factor."
    )
    def command(login: str, role: str, name: str, reset: bool) -> None:
        """Let somebody log in to the console. The password is asked for, or read from ADMIN_PASSWORD or
        standard input."""
        with _one_line_errors():
            known = staff.check_login(login)
            called = staff.check_name(name or known)
            kept = passwords.hash_password(_password(), known)
            if not reset:
                db.transaction(lambda tx: staff.create(tx, known, called, kept, role))
            elif db.transaction(lambda tx: staff.reset(tx, known, kept)) is None:
                _fail(f"there is no login {known} to reset")
        click.echo(f"{known} can log in at /admin/")

    return command


def export_orders(db: Database) -> click.Command:
    """`export-orders`: what the console's download gives, from a shell."""

    @click.command("export-orders")
    @click.argument("file", type=click.File("w", encoding="utf-8", atomic=True), default="-")
    @click.option("--lines", is_flag=True, help="One row per order line instead of one per order.")
    @click.option("--from", "since", type=_DAY, help="The first day (Taiwan), YYYY-MM-DD.")
    @click.option("--to", "until", type=_DAY, help="The last day (Taiwan), YYYY-MM-DD.")
    def command(file: IO[str], lines: bool, since: datetime | None, until: datetime | None) -> None:
        """Write the orders to a CSV file (standard output where none is named), newest first."""
        filters = Filters(since=since.date() if since else None, until=until.date() if until else None)
        with _one_line_errors():
            for piece in export.stream(db, "lines" if lines else "orders", filters):
                file.write(piece)

    return command


def _password() -> str:
    """From ADMIN_PASSWORD, from standard input where that is no terminal, or asked for twice."""
    password = os.environ.get("ADMIN_PASSWORD", "")
    if password:
        return password
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except (ConsoleError, StoreError) as error:
        _fail(str(error))
    except psycopg2.Error as error:
        _fail(f"the database refused: {describe(error)}")


def _fail(sentence: str) -> None:
    click.echo(sentence, err=True)
    sys.exit(1)
