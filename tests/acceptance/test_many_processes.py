"""Past one process: three web and two worker processes on one database, alone and behind PgBouncer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg2
import pytest
import requests

from dev.line import PlatformConfig
from tests.acceptance.test_shopping import check_out, fill_cart, uris
from tests.acceptance.town import ROOT, Town, free_port, town, wait_until, words_of
from tests.factories import broken_invariants, scalar

CUSTOMERS = 12
STEPDOWN = ROOT / "dev" / "stepdown.py"


@contextmanager
def worker(shops: Town, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """One `shop worker` process; it must end in good order."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", "shop", "worker"],
            cwd=ROOT, env=shops.shop.env, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        yield process
        process.terminate()
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait(timeout=10)


@contextmanager
def many(database_url: str, folder: Path) -> Iterator[Town]:
    """A town whose shop has three web processes, without threads for the worker, and two workers."""
    line = PlatformConfig(redelivery=True, redelivery_delays=(0.5, 1, 2, 4, 8), quota_limit=None)
    with (
        town(database_url, folder, line=line, WEB_CONCURRENCY="3", WORKER_THREADS="0") as shops,
        ExitStack() as stack,
    ):
        for number in range(2):
            stack.enter_context(worker(shops, folder / f"worker-{number}.log"))
        yield shops
        stack.close()
        assert shops.shop.stop() == 0


def shop_by_card(shops: Town, number: int) -> None:
    """The way of one customer from hello to paid."""
    user = shops.customer(f"顧客{number}")
    fill_cart(shops, user)
    check_out(shops, user, "信用卡")
    placed = shops.wait_for_text(user, "訂單已成立", 60)
    assert any(url.startswith(shops.bank_url) for url in uris(placed))
    order_no = scalar(
        shops.db,
        "SELECT p.provider_order_no FROM payments p JOIN orders o ON o.id = p.order_id"
        " JOIN customers c ON c.id = o.customer_id WHERE c.line_user_id = %s",
        user,
    )
    paid = requests.post(
        f"{shops.bank_url}/control/card/pay",
        json={"OrderNo": order_no, "result": "S", "notify": "both"},
        timeout=30,
    ).json()
    back = requests.post(paid["ReturnURL"], data=paid["form"], timeout=30, allow_redirects=False)
    assert back.status_code == 303
    shops.wait_for_text(user, "已付款", 60)
    told = [message for message in shops.line.messages(user) if "已付款" in words_of(message)]
    assert len(told) == 1, "a payment was announced twice"


def everybody_shops(shops: Town) -> None:
    """All at once; and then the books are in order."""
    with ThreadPoolExecutor(CUSTOMERS) as pool:
        list(pool.map(lambda number: shop_by_card(shops, number), range(CUSTOMERS)))
    assert scalar(shops.db, "SELECT count(*) FROM orders WHERE status = 'paid'") == CUSTOMERS
    assert scalar(shops.db, "SELECT count(*) FROM money_moves") == CUSTOMERS
    assert scalar(shops.db, "SELECT count(*) FROM inbox WHERE status = 'dead'") == 0
    assert scalar(shops.db, "SELECT count(*) FROM outbox WHERE status = 'dead'") == 0
    timers = scalar(shops.db, "SELECT count(*) - count(DISTINCT lane) FROM outbox WHERE kind = 'timer'"
                              " AND status = 'waiting'")  # fmt: skip
    assert timers == 0, "two workers set the same timer twice"
    assert broken_invariants(shops.db) == []


def test_shopping_holds_with_three_web_and_two_worker_processes(database_url: str, tmp_path: Path) -> None:
    with many(database_url, tmp_path) as shops:
        everybody_shops(shops)


@pytest.fixture
def pgbouncer() -> str:
    """The program; CI installs it where it may, and elsewhere a machine without it skips."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("no PgBouncer here: install it (Debian: apt-get install pgbouncer)")
    return program


@contextmanager
def bouncer(program: str, database_url: str, folder: Path) -> Iterator[str]:
    """PgBouncer in transaction mode before the database, with fewer connections than the shop's processes
    want; its URL."""
    name = urlsplit(database_url).path.lstrip("/")
    port, options = free_port(), _server_of(database_url)
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n{name} = {options} dbname={name}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        "auth_type = any\npool_mode = transaction\ndefault_pool_size = 6\nmax_client_conn = 100\n"
        "server_reset_query = DISCARD ALL\n"
    )
    with (folder / "pgbouncer.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(STEPDOWN), str(os.getpid()), program, str(settings)],
            stdout=log, stderr=log,
        )  # fmt: skip
    url = f"postgresql://shop@127.0.0.1:{port}/{name}"
    try:
        wait_until(lambda: _answers(url, process), 30, "PgBouncer")
        yield url
    finally:
        process.kill()
        process.wait(timeout=10)


def _server_of(database_url: str) -> str:
    """How PgBouncer reaches the server: the words of its own configuration."""
    parts = urlsplit(database_url)
    asked = {key: values[0] for key, values in parse_qs(parts.query).items() if key in ("host", "port")}
    asked.setdefault("host", parts.hostname or "127.0.0.1")
    asked.setdefault("port", str(parts.port or 5432))
    asked["user"] = parts.username or "postgres"
    if parts.password:
        asked["password"] = parts.password
    return " ".join(f"{key}={value}" for key, value in asked.items())


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "PgBouncer has ended: see pgbouncer.log"
    try:
        psycopg2.connect(url, connect_timeout=5).close()
    except psycopg2.OperationalError:
        return False
    return True


def test_shopping_holds_through_pgbouncer_in_transaction_mode(
    database_url: str, tmp_path: Path, pgbouncer: str
) -> None:
    with bouncer(pgbouncer, database_url, tmp_path) as url, many(url, tmp_path) as shops:
        everybody_shops(shops)
        _the_commands_work_too(shops)


def _the_commands_work_too(shops: Town) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "shop", "migrate"],
        cwd=ROOT, env=shops.shop.env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "up to date" in done.stdout
