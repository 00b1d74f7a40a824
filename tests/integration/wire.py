"""A line to PostgreSQL that writes down what is asked, and breaks where a test wants it to."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import psycopg2
from psycopg2.extensions import make_dsn

from store.db import Transaction

_WAIT_SECONDS = 10


class Wire:
    """Listens on `url` and passes everything on.

    `asked` holds the text of every query, one per round trip. When `cut_before` says so of a query, the
    line breaks before the server sees it; with `cut_after`, once the server has answered it.
    """

    def __init__(self, database_url: str) -> None:
        with contextlib.closing(psycopg2.connect(database_url)) as conn:
            self._server = (conn.info.host, conn.info.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = make_dsn(
            database_url,
            host="127.0.0.1",
            port=self._listener.getsockname()[1],
            sslmode="disable",
            gssencmode="disable",
        )
        self.asked: list[str] = []
        self.connections = 0
        self.cut_before: Callable[[str], bool] = lambda _: False
        self.cut_after: Callable[[str], bool] = lambda _: False
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no further connections."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        host, port = self._server
        family, address = (
            (socket.AF_UNIX, f"{host}/.s.PGSQL.{port}")
            if host.startswith("/")
            else (socket.AF_INET, (host, port))
        )
        with client, socket.socket(family) as server:
            server.connect(address)
            mute = threading.Event()
            answered = threading.Event()
            threading.Thread(target=_pump, args=(server, client, mute, answered), daemon=True).start()
            for words, raw in _messages(client):
                if words is not None:
                    self.asked.append(words)
                    if self.cut_before(words):
                        break
                    if self.cut_after(words):
                        mute.set()
                        answered.clear()
                        server.sendall(raw)
                        answered.wait(_WAIT_SECONDS)
                        break
                server.sendall(raw)
            for end in (client, server):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)


def _messages(client: socket.socket) -> Iterator[tuple[str | None, bytes]]:
    """What a client sends: the start-up packet, then messages of type, length and content.

    PostgreSQL documentation, 'Message Formats': Q is a simple query, ended by a NUL.
    """
    head = b""
    with contextlib.suppress(ConnectionError):
        while size := _exactly(client, 4):
            body = _exactly(client, struct.unpack("!I", size)[0] - 4)
            yield (body[:-1].decode() if head == b"Q" else None), head + size + body
            head = _exactly(client, 1)


def _exactly(client: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = client.recv(size - len(parts))
        if not part:
            return b""
        parts += part
    return parts


def _pump(
    server: socket.socket, client: socket.socket, mute: threading.Event, answered: threading.Event
) -> None:
    with contextlib.suppress(OSError):
        while data := server.recv(65_536):
            answered.set()
            if not mute.is_set():
                client.sendall(data)
        client.shutdown(socket.SHUT_RDWR)


def ask(tx: Transaction, query: str, *values: object) -> object:
    """The first value a statement answers, if any."""
    with tx.connection.cursor() as cursor:
        cursor.execute(query, values)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def asked(query: str, *values: object) -> Callable[[Transaction], object]:
    """The same, as a transaction's work."""
    return lambda tx: ask(tx, query, *values)
