"""A circuit breaker: a bank that does not answer is left alone for a while, so that it holds up no worker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

FAILURES = 5
FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 120.0


class Breaker:
    """Counts calls that went unanswered, one after the other; safe to share between threads.

    After `failures` of them nobody may call for a pause. Then one probe may: it ends the trouble, or begins a
    pause twice as long, up to `longest` seconds.
    """

    def __init__(
        self,
        failures: int = FAILURES,
        first: float = FIRST_PAUSE_SECONDS,
        longest: float = LONGEST_PAUSE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures, self._first, self._longest, self._clock = failures, first, longest, clock
        self._lock = threading.Lock()
        self._count, self._pause, self._until = 0, 0.0, 0.0
        self._probing = False

    def wait_seconds(self) -> float:
        """0 when a call may be made now, which then has to be followed by `answered` or `unanswered`; else
        how long to leave the bank alone."""
        with self._lock:
            if not self._pause:
                return 0.0
            left = self._until - self._clock()
            if left > 0 or self._probing:
                return max(left, 1.0)
            self._probing = True
            return 0.0

    def answered(self) -> None:
        """The bank has said something, whatever it was."""
        with self._lock:
            if self._pause:
                log.info("bank_is_back")
            self._count, self._pause, self._probing = 0, 0.0, False

    def unanswered(self) -> None:
        """The bank could not be reached, or has said nothing."""
        with self._lock:
            if self._pause and not self._probing:  # it was under way when the pause began
                return
            self._count += 1
            if self._count >= self._failures:
                self._pause = min(self._longest, 2 * self._pause) or self._first
                self._until = self._clock() + self._pause
                log.warning("bank_is_left_alone", seconds=self._pause, failures=self._count)
            self._probing = False
