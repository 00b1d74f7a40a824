"""A dispatcher: leases rows of a queue for a few threads, and lets go of them in good order."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

import structlog

from store.errors import DatabaseUnavailable

log = structlog.get_logger(__name__)
Row = TypeVar("Row")

IDLE_SECONDS = 0.25
BUSY_SECONDS = 0.02
TROUBLE_SECONDS = 2.0
RENEW_SECONDS = 4.0
LONGEST_WORK_SECONDS = 180.0
"""Work that takes longer than this hangs: its lease is renewed no more, and others may take it over."""


class Dispatcher(Generic[Row]):
    """One thread that leases rows and a few that work on them.

    It leases no more rows than it has idle threads, or `ahead` rows for each thread where the work is short
    and a claim dear beside it. It renews the leases of those in hand, so leases can be short and what a
    killed process held is soon taken over. All threads are daemons: a job that hangs cannot keep a stopping
    process alive.
    """

    def __init__(
        self,
        name: str,
        threads: int,
        claim: Callable[[int], list[Row]],
        work: Callable[[Row], None],
        renew: Callable[[list[Row]], None],
        hand_back: Callable[[Row], None],
        *,
        ahead: int = 1,
    ) -> None:
        self._name, self._size, self._most = name, threads, threads * ahead
        self._claim, self._work, self._renew, self._hand_back = claim, work, renew, hand_back
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._rows: SimpleQueue[Row] = SimpleQueue()
        self._in_hand: list[tuple[Row, float]] = []
        self._renewed = 0.0
        self._behind = False
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the threads; they do not survive a fork, so start after it."""
        jobs = [(self._dispatch, "dispatcher"), *[(self._serve, f"{n}") for n in range(self._size)]]
        for target, suffix in jobs:
            thread = threading.Thread(target=target, name=f"{self._name}-{suffix}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def wake(self) -> None:
        """A hint that there is something to do, now or when the lane of what is in hand is free."""
        with self._changed:
            self._behind = True
        self._awake.set()

    def is_free(self) -> bool:
        """Whether a thread has nothing to do and would take a row."""
        with self._changed:
            free = len(self._in_hand) < self._size
        return free and bool(self._threads) and not self._stopping.is_set()

    def take(self, rows: Sequence[Row]) -> None:
        """Have rows worked on that are leased already."""
        now = time.monotonic()
        with self._changed:
            self._in_hand += [(row, now) for row in rows]
        for row in rows:
            self._rows.put(row)

    def stop(self) -> None:
        """Take nothing new."""
        self._stopping.set()
        self._awake.set()

    def join(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic seconds) for what is in hand; hand back what does not end."""
        if not self._threads:
            return
        self._threads[0].join(timeout=max(0.0, deadline - time.monotonic()))
        while time.monotonic() < deadline:
            with self._changed:
                left = min(RENEW_SECONDS, max(0.0, deadline - time.monotonic()))
                if self._changed.wait_for(lambda: not self._in_hand, timeout=left):
                    return
            self._renew_leases()
        with contextlib.suppress(Empty):
            while True:
                self._rows.get_nowait()  # not begun, and not to be
        with self._changed:
            late = [row for row, _ in self._in_hand]
        for row in late:
            try:
                self._hand_back(row)
            except Exception:  # its lease runs out by itself; the others are handed back now
                log.exception("queue_hand_back_failed", queue=self._name)

    def _dispatch(self) -> None:
        pause = IDLE_SECONDS
        while not self._stopping.is_set():
            self._renew_leases()
            room = self._room()
            if not room:
                continue
            rows = self._lease(room)
            if rows is None:
                pause = TROUBLE_SECONDS
            elif len(rows) == room:
                continue
            else:
                pause = BUSY_SECONDS if rows else min(IDLE_SECONDS, pause * 2)
            self._awake.wait(timeout=pause)
            self._awake.clear()

    def _room(self) -> int:
        """How many rows may be leased; waits a little while too many are in hand."""
        enough = max(self._size, self._most // 2)
        with self._changed:
            self._changed.wait_for(lambda: len(self._in_hand) < enough, timeout=IDLE_SECONDS)
            held = len(self._in_hand)
            self._behind = self._behind and held > 0
        return self._most - held if held < enough else 0

    def _lease(self, free: int) -> list[Row] | None:
        """Lease rows and pass them to the threads; None when the database is in trouble."""
        try:
            rows = self._claim(free)
        except DatabaseUnavailable:
            log.warning("queue_database_unavailable", queue=self._name)
            return None
        except Exception:
            log.exception("queue_claim_failed", queue=self._name)
            return None
        self.take(rows)
        return rows

    def _renew_leases(self) -> None:
        now = time.monotonic()
        with self._changed:
            rows = [row for row, since in self._in_hand if now - since < LONGEST_WORK_SECONDS]
        if not rows or now - self._renewed < RENEW_SECONDS:
            return
        self._renewed = now
        try:
            self._renew(rows)
        except Exception:  # the next round comes before the leases run out
            log.exception("queue_renewal_failed", queue=self._name)

    def _serve(self) -> None:
        while True:
            row = self._rows.get()
            try:
                self._work(row)
            except Exception:
                log.exception("queue_work_failed", queue=self._name)
            with self._changed:
                self._in_hand = [held for held in self._in_hand if held[0] is not row]
                self._changed.notify_all()
            if self._behind:
                self._awake.set()
