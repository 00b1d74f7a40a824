"""The way to PostgreSQL: a small pool, and `transaction()`, which re-runs what the database asks to re-run.

Connections are in autocommit mode and transactions are opened in words, so that BEGIN carries the
time limits in its own round trip and COMMIT can carry the last statements in its own. Nothing is kept
in the session: it works the same through PgBouncer in transaction mode.
"""

from __future__ import annotations

import functools
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiosql
import psycopg2
import structlog
from psycopg2 import errors
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, connection
from psycopg2.extras import NamedTupleCursor, register_default_jsonb, register_uuid
from psycopg2.pool import ThreadedConnectionPool

from store.errors import CommitUnknown, DatabaseUnavailable, Rerun

log = structlog.get_logger(__name__)
T = TypeVar("T")
Translate = Callable[[psycopg2.Error], Exception | None]

register_uuid()  # type: ignore[no-untyped-call]
register_default_jsonb()

SQL_FOLDER = Path(__file__).resolve().parent.parent / "sql"
sql: Any = aiosql.from_path(SQL_FOLDER / "queries", "psycopg2", kwargs_only=True)
"""Every query of sql/queries, by name: `sql.order_by_code(tx.connection, code="K7XQ2M9P")`."""

ATTEMPTS = 6
POOL_WAIT_SECONDS = 10.0
_AGAIN = (errors.SerializationFailure, errors.DeadlockDetected)
_LOST = (psycopg2.OperationalError, psycopg2.InterfaceError)
_KEPT = (errors.QueryCanceled, errors.LockNotAvailable)  # OperationalErrors of a connection that lives


class Transaction:
    """An open transaction. `connection` goes to the queries of `sql`."""

    def __init__(self, conn: connection) -> None:
        self.connection = conn
        self._last: list[tuple[str, dict[str, Any], Translate]] = []
        self._after: list[Callable[[], None]] = []

    def last(self, statement: str, parameters: dict[str, Any], translate: Translate) -> None:
        """Run a statement in the same round trip as COMMIT, after everything else.

        Row locks taken there live for one commit only. `translate` turns a database error of the
        statement into an exception of the house, or returns None to let it pass.
        """
        self._last.append((statement, parameters, translate))

    def after_commit(self, hint: Callable[[], None]) -> None:
        """Call `hint` once the transaction is committed (to wake a worker, say); never relied on."""
        self._after.append(hint)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo only what happens inside when it raises; the exception goes on."""
        self._run("SAVEPOINT here")
        try:
            yield
        except BaseException:
            self._run("ROLLBACK TO SAVEPOINT here")
            raise
        self._run("RELEASE SAVEPOINT here")

    def _run(self, words: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(words)

    def _begin(self, opening: str) -> None:
        self._run(opening)

    def _commit(self) -> None:
        with self.connection.cursor() as cursor:
            parts = [cursor.mogrify(words, values) for words, values, _ in self._last]
            try:
                cursor.execute(b";\n".join([*parts, b"COMMIT"]))
            except _LOST as error:
                if self.connection.closed and not isinstance(error, _AGAIN):
                    raise CommitUnknown("the connection broke during COMMIT") from error
                raise
            except psycopg2.Error as error:
                for _, _, translate in self._last:
                    if translated := translate(error):
                        raise translated from error
                raise


class Database:
    """A bounded pool of connections to one database.

    `statement_timeout` and `lock_timeout` are in milliseconds and hold for every transaction; the pool
    opens no connection before the first one is wanted, so it may be made before a fork.
    """

    def __init__(
        self, url: str, *, size: int = 4, statement_timeout: int = 10_000, lock_timeout: int = 5_000
    ) -> None:
        self.url = url
        self.size = size
        self._opening = (
            f"BEGIN; SET LOCAL statement_timeout = {statement_timeout:d}; "
            f"SET LOCAL lock_timeout = {lock_timeout:d}; "
            f"SET LOCAL idle_in_transaction_session_timeout = {6 * statement_timeout:d}"
        )
        self._free = threading.BoundedSemaphore(size)
        self._pool: ThreadedConnectionPool | None = None
        self._pool_lock = threading.Lock()

    def transaction(self, work: Callable[[Transaction], T], *, attempts: int = ATTEMPTS) -> T:
        """Run `work` in a transaction and return what it returns.

        It is run again from the start, after a short random pause, when the database asks for it
        (serialization failure, deadlock), when the connection is lost before COMMIT, or when the work
        itself raises `Rerun`; so `work` must have no effect outside the database. Raises
        `CommitUnknown` when the connection breaks during COMMIT, and `DatabaseUnavailable`.
        """
        for attempt in range(1, attempts + 1):
            try:
                return self._once(work)
            except (*_AGAIN, Rerun, DatabaseUnavailable) as error:
                failure: Exception = error
            except _KEPT:
                raise
            except _LOST as error:
                failure = error
            if attempt == attempts:
                raise failure
            log.info("transaction_rerun", reason=type(failure).__name__, attempt=attempt)
            time.sleep(random.uniform(0, 0.02 * 2**attempt))
        raise AssertionError("a transaction needs at least one attempt")

    def _once(self, work: Callable[[Transaction], T]) -> T:
        with self._connection() as conn:
            tx = Transaction(conn)
            try:
                tx._begin(self._opening)
                result = work(tx)
                tx._commit()
            except BaseException:
                if not conn.closed and conn.get_transaction_status() != TRANSACTION_STATUS_IDLE:
                    tx._run("ROLLBACK")
                raise
        for hint in tx._after:
            hint()
        return result

    def close(self) -> None:
        """Close every idle connection; the database may be used again afterwards."""
        with self._pool_lock:
            if self._pool is not None:
                self._pool.closeall()
                self._pool = None

    @contextmanager
    def _connection(self) -> Iterator[connection]:
        """Lend a connection; a dead one is thrown away, and waiting for one has a limit."""
        if not self._free.acquire(timeout=POOL_WAIT_SECONDS):
            raise DatabaseUnavailable(f"all {self.size} connections were busy for {POOL_WAIT_SECONDS:.0f} s")
        try:
            pool = self._open_pool()
            try:
                conn = pool.getconn()
            except psycopg2.OperationalError as error:
                raise DatabaseUnavailable("the database does not accept a connection") from error
            try:
                conn.autocommit = True
                yield conn
            finally:
                broken = conn.closed or conn.get_transaction_status() != TRANSACTION_STATUS_IDLE
                pool.putconn(conn, close=bool(broken))
        finally:
            self._free.release()

    def _open_pool(self) -> ThreadedConnectionPool:
        with self._pool_lock:
            if self._pool is None:
                self._pool = ThreadedConnectionPool(
                    0,
                    self.size,
                    self.url,
                    cursor_factory=NamedTupleCursor,
                    connect_timeout=5,
                    keepalives_idle=30,
                    application_name="storefront",
                )
                # psycopg2 keeps `minconn` idle connections and opens as many at once; we want to keep
                # all of them and to open none before it is needed.
                self._pool.minconn = self.size
            return self._pool


@functools.cache
def query_text(name: str) -> str:
    """The text of a query of sql/queries, for statements that travel with COMMIT."""
    return str(getattr(sql, name).sql)
