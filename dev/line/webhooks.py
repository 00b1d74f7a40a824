"""The way of an event to the bot: signed, in order per chat, and sometimes not so nicely.

Source: LINE Messaging API documentation, "Receive messages (webhook)" and "Verify webhook signature".
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import hmac
import itertools
import json
import random
import threading
import time
from collections import defaultdict, deque
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import urllib3
from urllib3 import exceptions

from dev.line.chats import Json
from dev.line.config import PlatformConfig
from dev.line.ids import now_ms
from dev.line.ledger import ReplyTokens

KEPT_DELIVERIES = 10_000
Order = Literal["sent", "reversed", "shuffled"]


class Delivery:
    """One event on its way to the bot: `status` is the HTTP status of the latest try, `error` what failed."""

    def __init__(self, chat_id: str, event: Json) -> None:
        self.chat_id = chat_id
        self.event = event
        self.tries = 0
        self.status: int | None = None
        self.error: str | None = None
        self._answered = threading.Event()

    @property
    def event_id(self) -> str:
        """The webhookEventId."""
        return str(self.event["webhookEventId"])

    @property
    def reply_token(self) -> str | None:
        """The reply token, or None where no reply is possible."""
        return self.event.get("replyToken")

    def finish(self, status: int | None, error: str | None) -> None:
        """Note the outcome of one try."""
        self.status, self.error = status, error
        self._answered.set()

    def wait(self, timeout: float = 10.0) -> int | None:
        """The status of the first try as soon as there is one; None if none came within `timeout` seconds."""
        self._answered.wait(timeout)
        return self.status


class Webhooks:
    """Delivers events to the bot's webhook: one at a time per chat, different chats in parallel."""

    def __init__(self, config: PlatformConfig, tokens: ReplyTokens) -> None:
        self.url = config.webhook
        self.redelivery = config.redelivery
        self.log: deque[Json] = deque(maxlen=KEPT_DELIVERIES)
        self._config = config
        self._tokens = tokens
        self._lock = threading.Condition()
        self._queues: defaultdict[str, deque[Delivery]] = defaultdict(deque)
        self._busy: set[str] = set()
        self._held: list[Delivery] | None = None
        self._duplicates = 0
        self._later: list[tuple[float, int, Delivery]] = []
        self._ticket = itertools.count(1)
        self._closed = False
        self._http = urllib3.PoolManager(maxsize=config.webhook_threads, retries=False)
        self._pool = ThreadPoolExecutor(config.webhook_threads, thread_name_prefix="line-webhook")
        self._redeliverer = threading.Thread(target=self._redeliver, name="line-redelivery", daemon=True)
        self._redeliverer.start()

    def submit(self, chat_id: str, event: Json) -> Delivery:
        """Send an event as soon as the earlier ones of its chat are answered."""
        delivery = Delivery(chat_id, event)
        with self._lock:
            if self._held is not None:
                self._held.append(delivery)
                return delivery
            self._enqueue(delivery)
            if self._duplicates:
                self._duplicates -= 1
                self._enqueue(Delivery(chat_id, event))
        return delivery

    def duplicate(self, times: int) -> None:
        """Deliver each of the next `times` events twice, neither marked as a redelivery."""
        with self._lock:
            self._duplicates = times

    def hold(self) -> None:
        """Keep events back until `release`."""
        with self._lock:
            self._held = self._held or []

    def release(self, order: Order = "sent", together: bool = False) -> int:
        """Send what was held, one after the other or `together` in one body; returns how many events."""
        with self._lock:
            held, self._held = self._held or [], None
        if order == "reversed":
            held.reverse()
        elif order == "shuffled":
            random.shuffle(held)
        bodies = [held] if together else [[delivery] for delivery in held]
        if held:
            self._pool.submit(self._deliver_all, bodies)
        return len(held)

    def close(self) -> None:
        """End the threads; what is not delivered yet never will be."""
        with self._lock:
            self._closed = True
            self._lock.notify_all()
        self._redeliverer.join(timeout=5)
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._http.clear()

    def post(self, events: list[Json], url: str | None = None) -> tuple[int | None, str | None]:
        """Send one signed body now; returns the status, or None and LINE's word for the failure."""
        body = json.dumps(
            {"destination": self._config.bot_user_id, "events": events},
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
        digest = hmac.new(self._config.secret.encode(), body, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "LineBotWebhook/2.0",
            "x-line-signature": base64.b64encode(digest).decode(),
        }
        limit = urllib3.Timeout(total=self._config.webhook_time_limit)
        try:
            answer = self._http.request("POST", url or self.url, body=body, headers=headers, timeout=limit)
        except exceptions.NewConnectionError:  # urllib3 counts a refusal among the timeouts
            return None, "could_not_connect"
        except exceptions.TimeoutError:
            return None, "request_timeout"
        except (exceptions.HTTPError, ValueError):
            return None, "unclassified"
        return answer.status, None if 200 <= answer.status < 300 else "error_status_code"

    def _enqueue(self, delivery: Delivery) -> None:
        """With the lock held: put an event behind the others of its chat."""
        if self._closed:
            return
        self._queues[delivery.chat_id].append(delivery)
        if delivery.chat_id not in self._busy:
            self._busy.add(delivery.chat_id)
            self._pool.submit(self._serve, delivery.chat_id)

    def _serve(self, chat_id: str) -> None:
        """Deliver the first event of a chat, then make room for another chat."""
        with self._lock:
            delivery = self._queues[chat_id].popleft()
        self._deliver([delivery])
        with self._lock:
            if self._queues[chat_id] and not self._closed:
                self._pool.submit(self._serve, chat_id)
            else:
                del self._queues[chat_id]
                self._busy.discard(chat_id)

    def _deliver_all(self, bodies: list[list[Delivery]]) -> None:
        for body in bodies:
            self._deliver(body)

    def _deliver(self, deliveries: list[Delivery]) -> None:
        """One try for one body."""
        for delivery in deliveries:
            if delivery.reply_token is not None:
                self._tokens.start(delivery.reply_token)
            delivery.tries += 1
        again = deliveries[0].tries > 1
        events = [
            {**delivery.event, "deliveryContext": {"isRedelivery": True}} if again else delivery.event
            for delivery in deliveries
        ]
        at, started = now_ms(), time.monotonic()
        status, error = self.post(events)
        self.log.append(
            {
                "at": at,
                "webhookEventIds": [delivery.event_id for delivery in deliveries],
                "types": [delivery.event.get("type") for delivery in deliveries],
                "chatId": deliveries[0].chat_id,
                "try": deliveries[0].tries,
                "isRedelivery": again,
                "status": status,
                "error": error,
                "seconds": round(time.monotonic() - started, 4),
            }
        )
        for delivery in deliveries:
            delivery.finish(status, error)
            if error is not None:
                self._schedule(delivery)

    def _schedule(self, delivery: Delivery) -> None:
        """Try again later, if that is switched on and the tries are not used up."""
        delays = self._config.redelivery_delays
        with self._lock:
            if self.redelivery and delivery.tries <= len(delays) and not self._closed:
                due = time.monotonic() + delays[delivery.tries - 1]
                heapq.heappush(self._later, (due, next(self._ticket), delivery))
                self._lock.notify_all()

    def _redeliver(self) -> None:
        """The thread that brings back what was not accepted."""
        with self._lock:
            while not self._closed:
                now = time.monotonic()
                while self._later and self._later[0][0] <= now:
                    self._enqueue(heapq.heappop(self._later)[2])
                self._lock.wait(self._later[0][0] - now if self._later else None)
