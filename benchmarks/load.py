"""Customers who tap: signed webhooks over connections that stay open, and the wait for the reply."""

from __future__ import annotations

import base64
import hmac
import itertools
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_TIME_LIMIT = 10.0  # seconds for an answer; whoever waits longer has failed
_JOIN_SECONDS = 30.0
_TAPS_EACH = 15  # then somebody else taps: the shop damps whoever taps more than 20 times in a few seconds

Event = dict[str, Any]
Make = Callable[[int], Event]
"""What is particular to the event with a number: `type`, and `message` or `postback`."""


@dataclass(frozen=True)
class Load:
    """What a round brought: seconds from event to answer for each one that worked, and how many did not."""

    latencies: tuple[float, ...]
    failed: int
    seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds


def words(text: str) -> Make:
    """Somebody types."""
    return lambda number: {"type": "message", "message": {"type": "text", "id": str(number), "text": text}}


def tap(data: str) -> Make:
    """Somebody presses a button."""
    return lambda _number: {"type": "postback", "postback": {"data": data}}


def post_events(port: int, secret: str, make: Make, *, connections: int, seconds: float) -> Load:
    """Every event comes from another customer and counts when the webhook has answered 200."""
    run = secrets.token_hex(4)

    def work(lane: Lane) -> bool:
        number = next(lane.numbers)
        body, _ = _body(run, number, f"U{run}{number:024x}", 0, make)
        return lane.wire.post(body, _sign(secret, body)) == 200

    return _run(port, work, connections, seconds)


def tap_and_wait(port: int, secret: str, make: Make, *, customers: int, seconds: float) -> Load:
    """So many customers at a time tap again when the last reply was accepted at LINE; a tap counts when that
    is so. After `_TAPS_EACH` another customer comes in the place of one."""
    run = secrets.token_hex(4)

    def work(lane: Lane) -> bool | float:
        number = next(lane.numbers)
        lane.taps += 1
        user = f"U{run}{lane.number:08x}{lane.taps // _TAPS_EACH:016x}"
        body, token = _body(run, number, user, lane.port, make)
        began = time.time()
        if lane.wire.post(body, _sign(secret, body)) != 200:
            return False
        accepted = lane.wait_for(token)
        return accepted - began if accepted else False

    return _run(port, work, customers, seconds)


class Lane:
    """One customer at a time on one connection, with a port of its own for the news of its replies."""

    def __init__(self, number: int, port: int, numbers: itertools.count[int]) -> None:
        self.number, self.numbers, self.taps = number, numbers, 0
        self.wire = Wire(port)
        self._news = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._news.bind(("127.0.0.1", 0))
        self._news.settimeout(_TIME_LIMIT)
        self.port: int = self._news.getsockname()[1]

    def wait_for(self, token: str) -> float | None:
        """When the reply with this token was accepted (UNIX time), or None after the time limit."""
        try:
            while True:
                name, _, at = self._news.recv(200).decode().partition(" ")
                if name == token:
                    return float(at)
        except TimeoutError:
            return None

    def close(self) -> None:
        """Hang up."""
        self.wire.close()
        self._news.close()


class Wire:
    """An HTTP connection that stays open and does no more than it must: the load should cost little."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), _TIME_LIMIT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, body: bytes, signature: str) -> int:
        """Post to the webhook; the status. Raises OSError when the connection breaks or is silent."""
        head = (
            "POST /line/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"User-Agent: LineBotWebhook/2.0\r\nx-line-signature: {signature}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + body)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._read()
        head_end = answer.index(b"\r\n\r\n") + 4
        length = int(answer[:head_end].lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(answer) < head_end + length:
            answer += self._read()
        return int(answer.split(b" ", 2)[1])

    def _read(self) -> bytes:
        piece = self._socket.recv(65536)
        if not piece:
            raise ConnectionError("the server hung up")
        return piece

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def _run(port: int, work: Callable[[Lane], bool | float], lanes: int, seconds: float) -> Load:
    """Keep so many lanes busy for `seconds`; an answer after the end does not count."""
    numbers = itertools.count(1)
    latencies: list[float] = []
    failures: list[str] = []
    opened = [Lane(number, port, numbers) for number in range(lanes)]
    deadline = time.monotonic() + seconds

    def keep_busy(lane: Lane) -> None:
        while (began := time.monotonic()) < deadline:
            try:
                done = work(lane)
            except OSError as error:
                failures.append(type(error).__name__)
                return
            ended = time.monotonic()
            if not done:
                failures.append("not answered")
            elif ended <= deadline:
                latencies.append(ended - began if done is True else done)

    threads = [threading.Thread(target=keep_busy, args=(lane,)) for lane in opened]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + _JOIN_SECONDS)
    for lane in opened:
        lane.close()
    return Load(tuple(latencies), len(failures), seconds)


def _body(run: str, number: int, user: str, port: int, make: Make) -> tuple[bytes, str]:
    """A webhook with one event, as LINE sends it (Messaging API reference, "Webhook event objects")."""
    token = f"{user}.{number}.{port}"
    event = {
        **make(number),
        "webhookEventId": f"01{run.upper()}{number:016d}",
        "deliveryContext": {"isRedelivery": False},
        "timestamp": int(time.time() * 1000),
        "source": {"type": "user", "userId": user},
        "replyToken": token,
        "mode": "active",
    }
    if event["type"] == "message":
        event["message"] = {**event["message"], "quoteToken": secrets.token_urlsafe(48)}
    content = {"destination": "U" + "b07" * 10 + "b0", "events": [event]}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(), token


def _sign(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
