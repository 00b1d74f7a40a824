"""The way to PostgreSQL: a small pool, and `transaction()`, which re-runs what the database asks to re-run.

Connections are in autocommit mode and transactions are opened in words, so that the first statement
carries BEGIN and the time limits in its own round trip, and COMMIT the last ones. Nothing is kept in the
session: it works the same through PgBouncer in transaction mode.
"""

from __future__ import annotations

import contextlib
import functools
import random
import select
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import aiosql
import psycopg2
import structlog
from psycopg2 import errors
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, connection
from psycopg2.extras import NamedTupleCursor, register_default_jsonb, register_uuid

from store.errors import CommitUnknown, DatabaseUnavailable, Rerun, StoreError

if TYPE_CHECKING:
    from store.queue.outbox import Courier

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
_AGAIN = (errors.SerializationFailure, errors.DeadlockDetected, Rerun, DatabaseUnavailable)


class _Connection(connection):
    """A connection whose `opening` is said together with the next statement."""

    opening = b""
    single = False
    """Whether that statement is all there is; without BEGIN, what travels in one message is one transaction
    (PostgreSQL documentation, "Message Flow", "Multiple Statements in a Simple Query")."""


class _Cursor(NamedTupleCursor):
    connection: _Connection

    def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002 - psycopg2's own name
        """Execute, after opening the transaction if that is still to be done."""
        conn = self.connection
        if conn.opening:
            query, vars = conn.opening + self.mogrify(query, vars), None  # noqa: A001
        elif conn.single:
            raise StoreError("a transaction of a single statement was asked for another one")
        super().execute(query, vars)  # type: ignore[no-untyped-call]
        conn.opening = b""


_CONNECTION: dict[str, Any] = {
    "connection_factory": _Connection,
    "cursor_factory": _Cursor,
    "application_name": "storefront",
    "connect_timeout": 5,  # seconds, like the next three: a server that vanished is given up within a minute
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}


class Transaction:
    """An open transaction. `connection` goes to the queries of `sql`.

    `courier` is whoever carries a job of the outbox from this process at once, where somebody does.
    """

    courier: Courier | None = None

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

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo only what happens inside when it raises; the exception goes on."""
        _run(self.connection, "SAVEPOINT here")
        try:
            yield
        except BaseException:
            # Released too, or a savepoint around this one would roll back to this one.
            _run(self.connection, "ROLLBACK TO SAVEPOINT here; RELEASE SAVEPOINT here")
            raise
        _run(self.connection, "RELEASE SAVEPOINT here")

    def _commit(self) -> None:
        if not self._last and self.connection.get_transaction_status() == TRANSACTION_STATUS_IDLE:
            return  # nothing was asked, or a single statement that is committed already
        with self.connection.cursor() as cursor:
            parts = [cursor.mogrify(words, values) for words, values, _ in self._last]
            try:
                cursor.execute(b";\n".join([*parts, b"COMMIT"]))
            except psycopg2.Error as error:
                if self.connection.closed:
                    raise CommitUnknown("the connection broke during COMMIT") from error
                for _, _, translate in self._last:
                    if translated := translate(error):
                        raise translated from error
                raise
            if cursor.statusmessage != "COMMIT":  # PostgreSQL answers ROLLBACK here, and no error
                raise StoreError("a statement had failed and the work went on: everything is rolled back")


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
        self._limits = (
            f"SET LOCAL statement_timeout = {statement_timeout:d}; "
            f"SET LOCAL lock_timeout = {lock_timeout:d}; "
            f"SET LOCAL idle_in_transaction_session_timeout = {6 * statement_timeout:d}; "
        )
        self._slots = threading.BoundedSemaphore(size)
        self._idle: list[_Connection] = []

    def transaction(
        self,
        work: Callable[[Transaction], T],
        *,
        attempts: int = ATTEMPTS,
        single: bool = False,
        durable: bool = True,
    ) -> T:
        """Run `work` in a transaction and return what it returns.

        It is run again from the start, after a short random pause, when the database asks for it
        (serialization failure, deadlock), when the connection is lost before COMMIT, or when the work
        itself raises `Rerun`; so `work` must have no effect outside the database. Raises
        `CommitUnknown` when the connection breaks during COMMIT, and `DatabaseUnavailable`: when no
        connection can be had or kept, and at once when all have been busy for `POOL_WAIT_SECONDS`.

        `single`: the work asks one statement, which then takes one round trip, and does no harm when it is
        done twice: it is run again also when the connection breaks while it commits.

        Not `durable`: COMMIT does not wait for the disk, so a database that crashes may forget the last
        half second of these transactions, each of them whole. Only for marks in the queues without which a
        row is merely taken in hand once more, by rules that bear it.
        """
        opening = self._limits + ("" if durable else "SET LOCAL synchronous_commit = off; ")
        opening = opening if single else f"BEGIN; {opening}"
        for attempt in range(1, attempts + 1):
            with self._slot():
                try:
                    result, hints = self._once(work, opening.encode(), single)
                    break
                except _AGAIN as error:
                    if attempt == attempts:
                        raise
                    reason = type(error).__name__
            log.info("transaction_rerun", reason=reason, attempt=attempt)
            time.sleep(random.uniform(0, 0.02 * 2**attempt))
        else:
            raise AssertionError("a transaction needs at least one attempt")
        for hint in hints:
            hint()
        return result

    def close(self) -> None:
        """Close every idle connection; the database may be used again afterwards."""
        while self._idle:
            self._idle.pop().close()

    def _once(
        self, work: Callable[[Transaction], T], opening: bytes, single: bool
    ) -> tuple[T, list[Callable[[], None]]]:
        conn = self._connection()
        conn.opening, conn.single = opening, single
        try:
            tx = Transaction(conn)
            result = work(tx)
            tx._commit()
            return result, tx._after
        except psycopg2.Error as error:
            if conn.closed:
                self.close()  # the others that are idle hardly live: each would cost an attempt
                raise DatabaseUnavailable("the connection was lost before COMMIT") from error
            raise
        finally:
            self._give_back(conn)

    @contextlib.contextmanager
    def _slot(self) -> Iterator[None]:
        """The right to one connection; waiting for it has a limit."""
        if not self._slots.acquire(timeout=POOL_WAIT_SECONDS):
            raise DatabaseUnavailable(f"all {self.size} connections were busy for {POOL_WAIT_SECONDS:.0f} s")
        try:
            yield
        finally:
            self._slots.release()

    def _connection(self) -> _Connection:
        """An idle connection that still lives, else a new one."""
        with contextlib.suppress(IndexError):
            while True:
                conn = self._idle.pop()
                if _is_silent(conn):
                    return conn
                conn.close()
        try:
            fresh: _Connection = psycopg2.connect(self.url, **_CONNECTION)
        except psycopg2.OperationalError as error:
            raise DatabaseUnavailable("the database does not accept a connection") from error
        fresh.autocommit = True
        return fresh

    def _give_back(self, conn: _Connection) -> None:
        """Keep a connection for the next transaction; where there is any doubt, close it."""
        with contextlib.suppress(psycopg2.Error):
            conn.opening, conn.single = b"", False
            if conn.get_transaction_status() != TRANSACTION_STATUS_IDLE:
                _run(conn, "ROLLBACK")
            self._idle.append(conn)
            return
        conn.close()


def _is_silent(conn: connection) -> bool:
    """Whether nothing has come in on an idle connection: what a server says unasked is that it hangs up."""
    poll = select.poll()
    poll.register(conn.fileno(), select.POLLIN)
    return not poll.poll(0)


def _run(conn: connection, words: str) -> None:
    with conn.cursor() as cursor:
        cursor.execute(words)


@functools.cache
def query_text(name: str) -> str:
    """The text of a query of sql/queries, for statements that travel with COMMIT."""
    return str(getattr(sql, name).sql)
