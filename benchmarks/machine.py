"""What a benchmark runs on: a durable PostgreSQL of its own, and processes that end with it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg2

from dev.postgres import Postgres
from store.migrate import migrate

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 30.0
STOP_SECONDS = 25.0
_SETTINGS = {
    "max_connections": "200",
    # A checkpoint or a vacuum in the middle of a two-second round would be measured as the contestant's.
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
    "shared_buffers": "512MB",
}
DURABLE = "PostgreSQL with fsync and synchronous_commit on; autovacuum off, no checkpoint inside a round"


class BenchmarkError(Exception):
    """A benchmark cannot be run; the message says why."""


class DatabaseServer:
    """A PostgreSQL server on 127.0.0.1 that makes migrated databases."""

    def __init__(self, server: Postgres, port: int) -> None:
        self.port = port
        self.bindir = server.bindir

    def url(self, dbname: str, port: int | None = None) -> str:
        """The address of a database over TCP, through a proxy on `port` if one is named."""
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{dbname}"

    def make(self, dbname: str, template: str | None = None) -> str:
        """A migrated database, or a copy of another one; its address."""
        with connected(self.url("postgres")) as conn, conn.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {dbname} TEMPLATE {template or 'template0'}")
        migrate(self.url(dbname))
        return self.url(dbname)


@contextmanager
def database_server() -> Iterator[DatabaseServer]:
    """A fresh server on disk, thrown away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="shop-bench-"))
    port = free_port()
    try:
        with Postgres(folder / "data", settings=_SETTINGS, port=port) as server:
            yield DatabaseServer(server, port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def connected(url: str) -> Iterator[psycopg2.extensions.connection]:
    """A connection in autocommit mode."""
    conn = psycopg2.connect(url, connect_timeout=10)
    conn.autocommit = True
    try:
        yield conn
    finally:
        conn.close()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def process(*arguments: str, env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A Python module run as a process of its own: it ends with this one, or at the end of the block."""
    command = [sys.executable, "-m", "dev.tether", str(os.getpid()), sys.executable, "-m", *arguments]
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(timeout=5)


def wait_for_port(port: int, child: subprocess.Popen[bytes]) -> None:
    """Wait until a process listens; raises BenchmarkError when it ends or takes too long."""
    _wait(child, f"port {port}", lambda: _listens(port))


def wait_for_page(url: str, child: subprocess.Popen[bytes]) -> None:
    """Wait until a process answers with 200; raises BenchmarkError when it ends or takes too long."""
    _wait(child, url, lambda: _answers(url))


def _wait(child: subprocess.Popen[bytes], what: str, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise BenchmarkError(f"the process behind {what} ended with status {child.returncode}")
        if ready():
            return
        time.sleep(0.05)
    raise BenchmarkError(f"{what} was not ready within {READY_SECONDS:.0f} seconds")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
