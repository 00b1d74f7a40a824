"""The console's commands: the first person in it, and the orders as a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from admin import commands, passwords
from store.db import Database
from tests.factories import placed_order, scalar, stock_up
from tests.integration.console_house import PASSWORD


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def test_the_first_owner_is_made_with_the_password_from_the_environment(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_PASSWORD", PASSWORD)
    result = CliRunner().invoke(commands.create_admin(db), ["Boss", "--name", "林老闆"])
    assert (result.exit_code, result.output) == (0, "boss can log in at /admin/\n")
    assert scalar(db, "SELECT name || role FROM staff_users WHERE login = 'boss'") == "林老闆owner"
    assert passwords.matches(PASSWORD, str(scalar(db, "SELECT password_hash FROM staff_users")))
    assert PASSWORD not in str(scalar(db, "SELECT after FROM audit_log"))


def test_the_password_may_come_from_standard_input(db: Database) -> None:
    result = CliRunner().invoke(commands.create_admin(db), ["amy", "--role", "viewer"], input=PASSWORD + "\n")
    assert result.exit_code == 0
    assert scalar(db, "SELECT role FROM staff_users WHERE login = 'amy'") == "viewer"


@pytest.mark.parametrize(
    ("arguments", "password", "complaint"),
    [
        (["boss"], "short", "at least 12 characters"),
        (["boss"], "", "at least 12 characters"),
        (["boss"], "x" * 201, "at most 200 characters"),
        (["bosses-of-all"], "bosses-of-all!", "must not be made of the login"),
        (["boss"], "abababababababab", "must not repeat"),
        (["-- x;"], PASSWORD, "login: 2 to 64"),
        (["boss", "--name", "x" * 41], PASSWORD, "name: 1 to 40"),
        (["boss", "--reset"], PASSWORD, "no login boss to reset"),
    ],
)
def test_what_cannot_be_is_one_line_and_status_1(
    db: Database, arguments: list[str], password: str, complaint: str
) -> None:
    result = CliRunner().invoke(
        commands.create_admin(db),
        ["--", *arguments] if arguments[0][0] == "-" else arguments,
        input=password + "\n",
    )
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert result.stderr.count("\n") == 1
    assert scalar(db, "SELECT count(*) FROM staff_users") == 0


def test_a_login_is_taken_once_and_can_be_reset(db: Database) -> None:
    runner, command = CliRunner(), commands.create_admin(db)
    assert runner.invoke(command, ["boss"], input=PASSWORD).exit_code == 0
    again = runner.invoke(command, ["BOSS"], input=PASSWORD)
    assert (again.exit_code, again.stderr) == (1, "the login boss is taken\n")
    new = "quite another kettle"
    assert runner.invoke(command, ["boss", "--reset"], input=new).exit_code == 0
    assert passwords.matches(new, str(scalar(db, "SELECT password_hash FROM staff_users")))


def test_orders_are_exported_to_a_file(db: Database, tmp_path: Path) -> None:
    sku = stock_up(db)[0].id
    order = placed_order(db, {sku: 2})
    target = tmp_path / "orders.csv"
    assert CliRunner().invoke(commands.export_orders(db), [str(target)]).exit_code == 0
    words = target.read_bytes().decode("utf-8-sig")
    assert words.count("\r\n") == 2
    assert f"#{order.code}" in words
    lines = CliRunner().invoke(commands.export_orders(db), ["--lines", "--from", "2020-01-01"])
    assert lines.output.startswith("\ufeff訂單編號")
    assert "高山烏龍" in lines.output
    none = CliRunner().invoke(commands.export_orders(db), ["--to", "2020-01-01"])
    assert none.output.count("\n") == 1


def test_a_database_that_is_away_leaves_no_half_file(tmp_path: Path) -> None:
    target = tmp_path / "orders.csv"
    away = Database("postgresql://nobody@127.0.0.1:1/none?connect_timeout=1")
    result = CliRunner().invoke(commands.export_orders(away), [str(target)])
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
