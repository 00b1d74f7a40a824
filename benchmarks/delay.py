"""A network delay between two programs on this machine: a TCP proxy that keeps requests for a while.

What the client sends arrives `seconds` later, what the server answers at once, so a round trip takes
that much longer. Every piece waits by itself: connections do not queue behind each other, and pieces
sent in one go travel together.
"""

from __future__ import annotations

import argparse
import asyncio
import selectors
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.machine import free_port, process, wait_for_port


class _Side(asyncio.Protocol):
    """One end of a connection: passes what it reads to the other end, after `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: deque[bytes] = deque()
        self.transport: Any = None
        self.other: _Side | None = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        self._waiting.append(data)
        if self._seconds:
            asyncio.get_running_loop().call_later(self._seconds, self._deliver)
        else:
            self._deliver()

    def connection_lost(self, _error: Exception | None) -> None:
        if self.other and self.other.transport:
            asyncio.get_running_loop().call_later(self._seconds, self.other.transport.close)

    def _deliver(self) -> None:
        """The oldest piece has waited long enough; timers of one length go off in the order they were set."""
        piece = self._waiting.popleft()
        if self.other and self.other.transport:
            self.other.transport.write(piece)


class _Front(_Side):
    """The client's end: opens the server's end as soon as it is connected."""

    def __init__(self, seconds: float, target: int) -> None:
        super().__init__(seconds)
        self._target = target
        self._opening: asyncio.Task[Any] | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        transport.pause_reading()
        self._opening = asyncio.get_running_loop().create_task(self._open())

    async def _open(self) -> None:
        back = _Side(0)
        self.other, back.other = back, self
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: back, "127.0.0.1", self._target)
        except OSError:
            self.transport.close()
        else:
            self.transport.resume_reading()


@contextmanager
def delayed(target: int, seconds: float) -> Iterator[int]:
    """A port of 127.0.0.1 that leads to the port `target`, `seconds` further away."""
    port = free_port()
    arguments = ["benchmarks.delay", "--port", str(port), "--target", str(target), "--seconds", str(seconds)]
    with process(*arguments) as child:
        wait_for_port(port, child)
        yield port


async def _serve(port: int, target: int, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Front(seconds, target), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delay", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--target", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    # epoll counts in milliseconds and rounds up; select() waits as long as it is told.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    loop.run_until_complete(_serve(options.port, options.target, options.seconds))


if __name__ == "__main__":
    main()
