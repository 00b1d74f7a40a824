"""Troubles on order: error statuses, delays, lost and broken connections on the way from LINE to the bot."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Response

from dev.line.chats import Json
from dev.line.errors import ChatError

Kind = Literal["status", "delay", "timeout", "drop", "reset"]
_WORDS = {
    429: "The API rate limit has been exceeded. Try again later.",
    500: "Internal Server Error",
}


@dataclass(slots=True)
class Fault:
    """A trouble of calls to `endpoint` (`*`: all), for the next `times` calls or, with None, until cleared.

    `status` answers with `status`; `delay` answers after `seconds`; `timeout` says nothing for `seconds` and
    then hangs up; `drop` hangs up at once; `reset` breaks the connection. With `after_accepting` the call
    does its work first and the answer alone is lost. `used` counts the calls it has met.
    """

    endpoint: str
    kind: Kind
    status: int = 500
    seconds: float = 10.0
    times: int | None = 1
    after_accepting: bool = False
    used: int = 0


class Faults:
    """The faults in force; the first that fits a call is applied to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._closed = threading.Event()

    def add(self, wanted: Json) -> Fault:
        """Put a fault in force. Raises ChatError 400 for an unknown field or kind."""
        try:
            fault = Fault(**wanted)
        except TypeError:
            raise ChatError(
                400, "A fault has endpoint, kind, status, seconds, times, after_accepting"
            ) from None
        if fault.kind not in get_args(Kind):
            raise ChatError(400, f"kind must be one of {', '.join(get_args(Kind))}")
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._faults.clear()

    def take(self, endpoint: str) -> Fault | None:
        """The fault that this call meets, if any."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                if fault.endpoint in (endpoint, "*"):
                    fault.used += 1
                    if fault.times is not None and fault.used >= fault.times:
                        self._faults.remove(fault)
                    return fault
        return None

    def apply(self, fault: Fault) -> Response | None:
        """Let the fault happen; returns the answer that takes the place of the true one, if one does."""
        if fault.kind in ("delay", "timeout"):
            self._closed.wait(fault.seconds)
        if fault.kind == "delay":
            return None
        if fault.kind == "status":
            message = _WORDS.get(fault.status, "The call failed on request")
            return Response(
                f'{{"message":"{message}"}}', status=fault.status, content_type="application/json"
            )
        return _NoAnswer(broken=fault.kind == "reset")

    def close(self) -> None:
        """End all delays."""
        self._closed.set()


class _NoAnswer(Response):
    """Closes the connection instead of answering."""

    def __init__(self, broken: bool) -> None:
        super().__init__(status=500)
        self._broken = broken

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        connection: Any = environ.get("werkzeug.socket")
        if isinstance(connection, socket.socket):
            if self._broken:
                _reset(connection)
            else:
                connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError("The connection was closed on request")


def _reset(connection: socket.socket) -> None:
    """Send a TCP reset. The server goes on to use `connection`, so it gets a closed one in its place."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    dead, other = socket.socketpair()
    other.close()
    os.dup2(dead.fileno(), connection.fileno())
    dead.close()
