"""`shop doctor` on a shop that is well, and on shops that lack one thing each."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask

from app import create_app
from dev.bank import API_PATH, Bank, BankConfig
from dev.bank import create_app as create_bank
from dev.bank.account import Account
from dev.line import Platform, PlatformConfig
from dev.line import create_app as create_line
from dev.serve import Server
from store import checkup, logs
from store.db import Database
from tests.factories import scalar

ROOT = Path(__file__).resolve().parent.parent.parent
NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody listens


@dataclass
class House:
    """A shop that is well, with its settings in hand."""

    env: dict[str, str]
    db: Database
    line: Platform
    bank: Bank
    url: str

    def examine(self, *words: str) -> tuple[int, str]:
        """Exit status and output of `shop doctor`."""
        result = create_app(self.env).test_cli_runner().invoke(args=["shop", "doctor", *words])
        return result.exit_code, result.output

    def complaints(self) -> dict[str, str]:
        """What is wrong, by name: what it says and what to do."""
        status, output = self.examine("--json")
        bad = [check for check in json.loads(output) if not check["ok"]]
        assert status == (1 if bad else 0)
        assert all(check["do"] for check in bad)
        return {check["name"]: f"{check['says']} -> {check['do']}" for check in bad}


class Front:
    """An address that is known before the shop behind it is made."""

    def __init__(self) -> None:
        self.app: Flask | None = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        assert self.app is not None
        return self.app(environ, start_response)


@contextmanager
def house(database_url: str) -> Iterator[House]:
    front = Front()
    platform = PlatformConfig(quota_limit=200)
    with (
        Bank(BankConfig()) as bank,
        Platform(platform) as line,
        Server(create_bank(bank)) as bank_server,
        Server(create_line(line)) as line_server,
        Server(front) as shop_server,
    ):
        owner = line.add_user("老闆").user_id
        account = {f"SINOPAC_{name.upper()}": value for name, value in asdict(Account()).items()}
        env = {
            "DATABASE_URL": database_url,
            "PUBLIC_URL": shop_server.url,
            "SECRET_KEY": "a secret of this test alone and long enough",
            "LINE_CHANNEL_SECRET": platform.secret,
            "LINE_CHANNEL_ACCESS_TOKEN": platform.token,
            "LINE_API_URL": line_server.url,
            "SINOPAC_API_URL": bank_server.url + API_PATH,
            "OWNER_LINE_USER_IDS": owner,
            "LOG_LEVEL": "ERROR",
            **account,
        }
        front.app = create_app(env)
        line.connect(f"{shop_server.url}/line/webhook")
        db = Database(database_url)
        front.app.extensions["shop.worker"].start()
        try:
            place = House(env, db, line, bank, shop_server.url)
            _wait_for_timers(place)
            yield place
        finally:
            front.app.extensions["shop.worker"].stop()
            db.close()


def _wait_for_timers(place: House) -> None:
    for _ in range(100):
        if scalar(place.db, "SELECT count(*) FROM outbox WHERE kind = 'timer'"):
            return
        scalar(place.db, "SELECT pg_sleep(0.05)")
    raise AssertionError("the worker set no timers")


@pytest.fixture(autouse=True)
def _silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The shops of these tests live in this process, whose way of logging is not theirs to set."""
    monkeypatch.setattr(logs, "configure", lambda *_given: None)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
def well(database_url: str) -> Iterator[House]:
    with house(database_url) as place:
        yield place


def test_a_shop_that_is_well_has_nothing_to_complain_of(well: House) -> None:
    status, output = well.examine()
    assert output.endswith("all is well\n")
    assert status == 0
    assert "BAD" not in output
    assert len(output.splitlines()) == 19
    for secret in (well.env["LINE_CHANNEL_ACCESS_TOKEN"], well.env["SINOPAC_A1"], well.env["SECRET_KEY"]):
        assert secret not in output


def _set(**env: str) -> Callable[[House], None]:
    return lambda place: place.env.update(env)


def _run(statement: str) -> Callable[[House], None]:
    return lambda place: scalar(place.db, statement) and None


def _bank_fault(name: str) -> Callable[[House], None]:
    return lambda place: place.bank.faults.add(name) and None


def _quota_used(place: House) -> None:
    place.line.world.quota.used = 195


def _webhook_off(place: House) -> None:
    place.line.connect("")


def _elsewhere(place: House) -> None:
    place.line.connect("https://old.example/line/webhook")


def _shop_is_down(place: House) -> None:
    place.line.connect(f"{NOWHERE}/line/webhook")
    place.env["PUBLIC_URL"] = NOWHERE


def _other_channel(place: House) -> None:
    place.line.config.secret = "the secret of another channel"


def _stranger(place: House) -> None:
    place.env["OWNER_LINE_USER_IDS"] = "U" + "0" * 32


def _wrong_page(place: House) -> None:
    place.env["PUBLIC_URL"] = place.env["LINE_API_URL"]


_OLD_JOB = (
    "INSERT INTO outbox (kind, payload, available_at) VALUES ('nobody.knows', '{}', now() - interval '5 min')"
    " RETURNING 1"
)
_OLD_EVENT = (
    "WITH a AS (INSERT INTO inbox (source, event_key, lane, payload, available_at, leased_until, lease)"
    " VALUES ('line', 'a', 'x', '{}', now() - interval '9 min', now() - interval '5 min', gen_random_uuid())"
    " RETURNING 1) SELECT 1"
)
_DEAD = (
    "INSERT INTO inbox (source, event_key, lane, payload, status) VALUES ('line', 'a', 'x', '{}', 'dead')"
    " RETURNING 1"
)

_ALONG = {
    "plain http": {"webhook"},
    "another page": {"webhook"},
    "a shop that is down": {"webhook test"},
    "no way to LINE": {"clock"},
}
"""What else cannot be well then."""

BROKEN: list[tuple[str, Callable[[House], None], str, str]] = [
    ("a short key", _set(SECRET_KEY="short"), "settings", "SECRET_KEY is shorter"),
    ("no database", _set(DATABASE_URL="postgresql://u:hidden@127.0.0.1:9/x"), "database", "not reachable"),
    (
        "an older schema",
        _run(
            "DELETE FROM schema_migrations WHERE name = (SELECT max(name) FROM schema_migrations) RETURNING 1"
        ),
        "schema",
        "shop migrate",
    ),
    ("a job nobody knows", _run(_OLD_JOB), "worker", "waiting for 300 s"),
    ("a dead event", _run(_DEAD), "dead letters", "1 events and 0 jobs have failed"),
    ("plain http", _set(PUBLIC_URL="http://shop.example"), "public address", "is not https"),
    ("another page", _wrong_page, "public address", "is not the shop"),
    ("a shop that is down", _shop_is_down, "public address", "does not answer"),
    ("a wrong token", _set(LINE_CHANNEL_ACCESS_TOKEN="wrong"), "LINE token", "does not accept"),
    ("no way to LINE", _set(LINE_API_URL=NOWHERE), "LINE token", "could not be asked"),
    ("no webhook", _webhook_off, "webhook", "no address to send events to"),
    ("the old webhook", _elsewhere, "webhook", "https://old.example/line/webhook"),
    ("another channel's secret", _other_channel, "webhook test", "LINE_CHANNEL_SECRET"),
    ("no messages left", _quota_used, "messages", "5 of this month's 200"),
    ("an owner's name", _set(OWNER_LINE_USER_IDS="boss"), "owners", "32 hexadecimal"),
    ("an owner who is no friend", _stranger, "owners", "no friend"),
    ("a wrong gateway key", _set(SINOPAC_KEY_ID="wrong"), "bank", "SINOPAC_KEY_ID"),
    ("an address the bank does not know", _bank_fault("http-499"), "bank", "SINOPAC_PROXY_URL"),
    ("no way to the bank", _set(SINOPAC_API_URL=f"{NOWHERE}/api"), "bank", "no connection"),
    ("a wrong hash value", _set(SINOPAC_B2="0123456789ABCDEF"), "bank keys", "SINOPAC_A1"),
    ("another shop", _set(SINOPAC_SHOP_NO="NOBODY_001"), "bank keys", "SINOPAC_SHOP_NO"),
    ("the bank's maintenance", _bank_fault("M0001"), "bank keys", "M0001"),
    (
        "a proxy that is away",
        _set(SINOPAC_PROXY_URL="http://name:hidden@127.0.0.1:9"),
        "bank",
        "outgoing proxy",
    ),
]


@pytest.mark.parametrize("case", BROKEN, ids=[case[0] for case in BROKEN])
def test_what_is_broken_is_named_with_what_to_do(
    well: House, case: tuple[str, Callable[[House], None], str, str]
) -> None:
    title, breaking, name, words = case
    breaking(well)
    complaints = well.complaints()
    assert words in complaints[name]
    assert "hidden" not in str(complaints)
    assert set(complaints) == {name} | _ALONG.get(title, set())


def test_a_production_bank_without_a_fixed_address_is_named_on_heroku(well: House) -> None:
    well.env["DYNO"] = "run.1"
    assert "quotaguardstatic" in well.complaints()["bank proxy"]


def test_a_webhook_that_is_switched_off_is_named(well: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from dev.line.account_api import AccountApi
    from dev.line.endpoints import Answer

    told = Answer({"endpoint": f"{well.url}/line/webhook", "active": False})
    monkeypatch.setattr(AccountApi, "webhook_endpoint", lambda _self, _call: told)
    with house(well.env["DATABASE_URL"]) as place:
        told.body["endpoint"] = f"{place.url}/line/webhook"  # type: ignore[index]
        assert "Use webhook" in place.complaints()["webhook"]


@pytest.mark.parametrize(("hours", "words"), [(1, "ahead of"), (-1, "behind")])
def test_a_clock_that_is_wrong_is_named(
    well: House, monkeypatch: pytest.MonkeyPatch, hours: int, words: str
) -> None:
    monkeypatch.setattr(checkup, "now", lambda: datetime.now(UTC) + timedelta(hours=hours))
    assert words in well.complaints()["clock"]


def test_a_database_no_worker_has_seen_is_named(well: House) -> None:
    scalar(well.db, "WITH gone AS (DELETE FROM outbox WHERE kind = 'timer' RETURNING 1) SELECT 1")
    assert "no worker has ever run" in well.complaints()["worker"]


def test_a_connection_without_tls_is_named_unless_it_stays_on_this_machine() -> None:
    assert checkup._check_encryption("postgresql://db.example/shop", encrypted=True).ok
    assert checkup._check_encryption("postgresql:///shop?host=/tmp", encrypted=False).ok
    bad = checkup._check_encryption("postgresql://db.example/shop", encrypted=False)
    assert "sslmode=require" in bad.do
    assert not bad.ok


def test_connections_that_are_nearly_used_up_are_named() -> None:
    assert checkup._check_connections(17, 20).ok
    assert "18 of 20" in checkup._check_connections(18, 20).says
    assert not checkup._check_connections(18, 20).ok


def test_cash_on_delivery_alone_asks_nothing_of_the_bank(well: House) -> None:
    well.env["PAYMENT_METHODS"] = "cod"
    status, output = well.examine("--json")
    assert status == 0
    assert {"bank proxy", "bank keys"}.isdisjoint(check["name"] for check in json.loads(output))


def test_an_environment_that_is_not_complete_is_told_in_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "shop", "doctor"],
        cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "missing: " in done.stderr
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
