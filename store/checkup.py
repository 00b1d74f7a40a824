"""What `shop doctor` looks at beneath LINE and the bank: settings, database, worker, address, clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import psycopg2
import requests

from settings import Settings
from store import migrate
from store.db import Database, Transaction, sql
from store.errors import DatabaseUnavailable

SECRET_LENGTH = 32
STALE_SECONDS = 60.0
"""Work that nobody has taken up for so long is taken up by nobody."""
SKEW_SECONDS = 10.0
TIME_LIMITS = (5.0, 10.0)  # seconds to connect, and without a byte of the answer
_NEARLY_FULL = 0.9
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: how it is, and what to do about it where it is not `ok`."""

    name: str
    ok: bool
    says: str
    do: str = ""


def check_settings(settings: Settings) -> Iterator[Check]:
    """What can be told from the settings alone; that they are complete is why the program runs at all."""
    weak = [key for key in (settings.secret_key, *settings.old_secret_keys) if len(key) < SECRET_LENGTH]
    worker = "in the web process" if settings.worker_threads else "in a process of its own"
    if weak:
        yield Check(
            "settings",
            False,
            f"SECRET_KEY is shorter than {SECRET_LENGTH} characters, and links signed with it can be forged",
            "set it to the output of: python3 -c 'import secrets; print(secrets.token_hex(32))'",
        )
    else:
        methods = ", ".join(settings.payment_methods)
        yield Check("settings", True, f"complete; {methods}; the worker runs {worker}")


def check_database(settings: Settings, db: Database) -> Iterator[Check]:
    """The server, the way to it, the schema, and whether a worker empties the queues."""
    try:
        server, encrypted, migrations, connections = db.transaction(_look_at_server, attempts=1)
    except DatabaseUnavailable as error:
        words = str(error.__cause__ or error).strip().splitlines()[0]
        yield Check(
            "database", False, f"not reachable: {words}", "check DATABASE_URL; on Heroku: heroku pg:info"
        )
        return
    yield Check("database", True, f"PostgreSQL {server}")
    yield _check_encryption(settings.database_url, encrypted)
    yield _check_connections(*connections)
    missing = migrate.not_applied(migrations)
    if missing:
        words = f"{len(missing)} migrations are not applied, from {missing[0]} on"
        yield Check("schema", False, words, "run: flask --app app shop migrate")
        return
    yield Check("schema", True, f"current, {len(migrations)} migrations")
    yield from db.transaction(_look_at_queues)


def _look_at_server(tx: Transaction) -> tuple[str, bool, list[str], tuple[int, int]]:
    conn = tx.connection
    row = sql.checkup_server(conn)
    known = sql.migrations_table_exists(conn)
    applied = [migration.name for migration in sql.migrations_applied(conn)] if known else []
    return row.version, bool(conn.info.ssl_in_use), applied, (row.used, row.allowed)


def _check_encryption(url: str, encrypted: bool) -> Check:
    if encrypted:
        return Check("database TLS", True, "the connection is encrypted")
    host = psycopg2.extensions.parse_dsn(url).get("host", "")
    if not host or host.startswith("/") or host in _LOOPBACK:
        return Check("database TLS", True, "not encrypted, and it does not leave this machine")
    return Check(
        "database TLS", False, "the connection is not encrypted", "add sslmode=require to DATABASE_URL"
    )


def _check_connections(used: int, allowed: int) -> Check:
    words = f"{used} of {allowed} connections are in use"
    if used < _NEARLY_FULL * allowed:
        return Check("connections", True, words)
    return Check("connections", False, words, "run fewer processes or lower DATABASE_POOL: docs/scaling.md")


def _look_at_queues(tx: Transaction) -> list[Check]:
    conn = tx.connection
    waited = max(sql.checkup_oldest_event(conn) or 0.0, sql.checkup_oldest_job(conn) or 0.0)
    dead = sql.checkup_dead(conn)
    start = "start one: WORKER_THREADS=2 in the web process, or heroku ps:scale worker=1"
    if waited > STALE_SECONDS:
        words = f"work has been waiting for {waited:.0f} s and nobody takes it up"
        worker = Check("worker", False, words, start + "; its log says why it stands still")
    elif not sql.checkup_timers(conn):
        worker = Check("worker", False, "no worker has ever run on this database", start)
    else:
        worker = Check("worker", True, "everything that is due is taken up")
    words = f"{dead.inbox} events and {dead.outbox} jobs have failed for good"
    where = "look at them, and try them again, on the console's first page: /admin/"
    letters = Check("dead letters", not (dead.inbox or dead.outbox), words, where)
    return [worker, letters if not letters.ok else Check("dead letters", True, "none")]


def check_public_url(settings: Settings) -> Iterator[Check]:
    """Whether the outside finds this shop at PUBLIC_URL."""
    url, host = settings.public_url, urlsplit(settings.public_url).hostname or ""
    if not url.startswith("https://") and host not in _LOOPBACK:
        yield Check("public address", False, f"{url} is not https", "LINE and the bank call https alone")
        return
    do = "set PUBLIC_URL to this deployment's own address, and look whether the web process runs"
    try:
        answer = requests.get(f"{url}/healthz", timeout=TIME_LIMITS, allow_redirects=False)
    except requests.exceptions.SSLError:
        yield Check("public address", False, f"{url} has no certificate that is trusted here", do)
    except requests.RequestException as error:
        yield Check("public address", False, f"{url} does not answer ({type(error).__name__})", do)
    else:
        if answer.status_code == requests.codes.ok and '"ok"' in answer.text[:200]:
            yield Check("public address", True, f"the shop answers at {url}")
        else:
            words = f"what answers at {url} is not the shop (HTTP {answer.status_code})"
            yield Check("public address", False, words, do)


def check_clock(settings: Settings) -> Iterator[Check]:
    """This machine's clock against the one that LINE dates its answers by."""
    try:
        # Without a token: LINE refuses, and dates its refusal.
        answer = requests.head(f"{settings.line.api_url}/v2/bot/info", timeout=TIME_LIMITS)
        theirs = parsedate_to_datetime(answer.headers["Date"]).replace(tzinfo=UTC)
    except (requests.RequestException, KeyError, ValueError):
        yield Check(
            "clock", False, "LINE's time could not be read", "check LINE_API_URL and the way out to it"
        )
        return
    skew = (now() - theirs).total_seconds()
    if abs(skew) <= SKEW_SECONDS:
        yield Check("clock", True, f"within {SKEW_SECONDS:.0f} s of LINE's")
    else:
        words = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} LINE's"
        yield Check("clock", False, words, "set this machine's clock; reply tokens and nonces live a minute")


def now() -> datetime:
    """This machine's time, UTC."""
    return datetime.now(UTC)
