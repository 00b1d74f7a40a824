"""BackendURL calls: sent, repeated until acknowledged, given up after the last.

Source: 豐收款 API 開發規格書 V2.4, chapters 7 and 8.8: again every 10 minutes, five sendings at most; the
merchant acknowledges with HTTP 200 and {"Status":"S"}.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import requests

from dev.bank.state import Attempt, Notification, Order, Token

if TYPE_CHECKING:
    from dev.bank.bank import Bank

_SENDERS = 4


class Notifier:
    """Sends the book's notifications from a few threads, so that a slow merchant holds up little."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._waiting: list[Notification] = []
        self._senders = ThreadPoolExecutor(_SENDERS, thread_name_prefix="bank-notifier")
        self._http = requests.Session()
        self._http.trust_env = False

    def resume(self) -> None:
        """Take up again what a snapshot holds unfinished."""
        self._waiting = [j for j in self._bank.book.notifications if not j.delivered and self._may_repeat(j)]
        for job in self._waiting:
            job.due_at = job.due_at or self._bank.clock.now()

    def close(self) -> None:
        """Finish the calls under way and start no more."""
        self._senders.shutdown(wait=True, cancel_futures=True)
        self._http.close()

    def schedule(self, order: Order, token: Token) -> Notification | None:
        """Enter a call into the book; None if the order was created without BackendURL."""
        if order.backend_url is None:
            return None
        due_at = self._bank.clock.now() + self._bank.config.notify_delay_seconds
        job = Notification(token.token, order.order_no, token.ap_type, order.backend_url, due_at)
        with self._bank.lock:
            self._bank.book.notifications.append(job)
            self._waiting.append(job)
            self._bank.changed()
        self._bank.wake()
        return job

    def send_due(self) -> None:
        """Hand every call that is due to a sender."""
        now = self._bank.clock.now()
        with self._bank.lock:
            due = [job for job in self._waiting if job.due_at is not None and job.due_at <= now]
            for job in due:
                self.withdraw(job)
        for job in due:
            self._senders.submit(self.send, job)

    def withdraw(self, job: Notification) -> None:
        """Take a call out of the queue: whoever does so sends it. Called with the bank's lock held."""
        job.due_at = None
        self._waiting.remove(job)

    def send(self, job: Notification) -> None:
        """Call once and note what came of it; schedule the repeat if it was not acknowledged."""
        outcome = self._call(job)
        with self._bank.lock:
            job.attempts.append(Attempt(self._bank.clock.now(), outcome))
            job.delivered = job.delivered or outcome == "acknowledged"
            if not job.delivered and self._may_repeat(job):
                job.due_at = self._bank.clock.now() + self._bank.config.notify_repeat_seconds
                self._waiting.append(job)
            self._bank.changed()

    def _may_repeat(self, job: Notification) -> bool:
        return len(job.attempts) < self._bank.config.notify_attempts

    def _call(self, job: Notification) -> str:
        try:
            answer = self._http.post(
                job.url,
                json={"ShopNo": self._bank.shop_no, "PayToken": job.token},
                timeout=self._bank.config.notify_timeout_seconds,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return f"no answer: {type(error).__name__}"
        if answer.status_code != 200:
            return f"HTTP {answer.status_code}"
        try:
            body = answer.json()
        except ValueError:
            return "not JSON"
        return "acknowledged" if isinstance(body, dict) and body.get("Status") == "S" else "not acknowledged"
