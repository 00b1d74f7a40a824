"""A migrated database for each test that asks for one, all on a single PostgreSQL server.

The server is started once per run, by the process that was called (the controller under pytest-xdist),
and not at all when only unit tests were collected. Migrations are applied once, into a template that
`database_url` copies.

TEST_DATABASE_URL names a server to use instead (its role may create databases), TEST_POSTGRES_BINDIR the
folder of the PostgreSQL programs to start.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest

from dev.postgres import Postgres, PostgresError
from tests.browser import browser, page, window  # noqa: F401 - fixtures for every room

_PREFIX = f"shop-tests-{os.getuid()}-"
_MEMORY = Path("/dev/shm")
_MEMORY_WANTED = 1 << 30  # bytes; the 64 MB of a container would not hold the data
_SETTINGS = {
    "autovacuum": "off",  # its visits to the template would hold up the copying
    "max_connections": "300",
    "max_wal_size": "128MB",
}
_RUN = pytest.StashKey["_Run"]()


class _Run:
    """What one test run has on disk: the server's data, and `template`, where the workers read."""

    def __init__(self) -> None:
        _sweep(_memory_or_disk())
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_memory_or_disk()))
        self._server: Postgres | None = None
        self._made: _Databases | None = None

    def start(self) -> None:
        """Start the server and make the template, once."""
        if self._made:
            return
        url = os.environ.get("TEST_DATABASE_URL") or self._start_server()
        self._made = _Databases(url, f"test_{secrets.token_hex(4)}")
        self._made.make_template()
        (self.folder / "template").write_text(f"{url}\n{self._made.template}")

    def stop(self) -> None:
        if self._made:
            self._made.drop(self._made.template)
            self._made.close()
        if self._server:
            self._server.stop()
        shutil.rmtree(self.folder)

    def _start_server(self) -> str:
        bindir = os.environ.get("TEST_POSTGRES_BINDIR")
        try:
            self._server = Postgres(
                self.folder / "data",
                fsync=False,
                settings=_SETTINGS,
                bindir=Path(bindir) if bindir else None,
            )
            return self._server.url()
        except PostgresError as error:
            pytest.exit(str(error), returncode=3)


class _Databases:
    """Makes databases from a template and drops them, over one connection to the server."""

    def __init__(self, url: str, template: str) -> None:
        self.template = template
        self._url = url
        self._admin = psycopg2.connect(url, connect_timeout=10)
        self._admin.autocommit = True
        self._count = 0
        self._used: list[str] = []

    def make_template(self) -> None:
        from store.migrate import migrate

        self._run(f"CREATE DATABASE {self.template} TEMPLATE template0")
        migrate(self._url_of(self.template))

    def make(self) -> str:
        """A copy of the template, by its URL. Copying files beats the log where nothing is flushed."""
        self._count += 1
        name = f"{self.template}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{self._count}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {self.template} STRATEGY file_copy")
        # What was made before is dropped now: on a session that is just ending PostgreSQL waits 100 ms.
        self._drop_used()
        self._used.append(name)
        return self._url_of(name)

    def drop(self, name: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def close(self) -> None:
        self._drop_used()
        self._admin.close()

    def _drop_used(self) -> None:
        while self._used:
            self.drop(self._used.pop())

    def _run(self, statement: str) -> None:
        with self._admin.cursor() as cursor:
            cursor.execute(statement)

    def _url_of(self, name: str) -> str:
        parts = urlsplit(self._url)
        return f"{parts.scheme}://{parts.netloc}/{name}" + (f"?{parts.query}" if parts.query else "")


def _memory_or_disk() -> Path:
    """Where the data go: making a database is making 300 files, 10 ms in memory and 300 ms on some disks."""
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _MEMORY_WANTED
    return _MEMORY if roomy else Path(tempfile.gettempdir())


def _sweep(place: Path) -> None:
    """Remove what a killed run left; a server that still runs holds its lock."""
    for lock_path in place.glob(f"{_PREFIX}*/data.lock"):
        with lock_path.open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(lock_path.parent, ignore_errors=True)


def _run_of(config: pytest.Config) -> _Run:
    if _RUN not in config.stash:
        config.stash[_RUN] = _Run()
    return config.stash[_RUN]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the run keeps its files."""
    node.workerinput["run_folder"] = str(_run_of(node.config).folder)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    """Start the server before the first test runs, when there is one that may want it."""
    if not all(name.startswith("tests/unit/") for name in ids):
        _run_of(node.config).start()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How far the crawls went, which is also worth knowing when nothing was found."""
    passed = terminalreporter.stats.get("passed", [])
    crawls = [value for report in passed for name, value in report.user_properties if name == "crawl"]
    for crawl in crawls:
        counted = "{screens:,} screens, {presses:,} presses, {starts} starting points".format(**crawl)
        terminalreporter.write_line(f"crawl in {crawl['of']}: {counted}")
    if len(crawls) > 1:
        screens, presses = (sum(crawl[what] for crawl in crawls) for what in ("screens", "presses"))
        terminalreporter.write_line(f"{len(crawls)} crawls: {screens:,} screens, {presses:,} presses")


def pytest_unconfigure(config: pytest.Config) -> None:
    if _RUN in config.stash:
        config.stash[_RUN].stop()


@pytest.fixture(scope="session")
def _databases(request: pytest.FixtureRequest) -> Iterator[_Databases]:
    workerinput: dict[str, Any] | None = getattr(request.config, "workerinput", None)
    if workerinput:
        folder = Path(workerinput["run_folder"])
    else:
        run = _run_of(request.config)
        run.start()
        folder = run.folder
    url, template = (folder / "template").read_text().split("\n")
    databases = _Databases(url, template)
    yield databases
    databases.close()


@pytest.fixture
def database_url(_databases: _Databases) -> str:
    """The URL of a database of this test's own: every migration applied, nothing in it."""
    return _databases.make()
