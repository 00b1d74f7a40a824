"""How a failed row is tried again, and the words with which a handler asks for it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from store.errors import StoreError


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential back-off with jitter: `base * 2^n` seconds up to `cap`, at most `attempts` times."""

    base: float = 1.0
    cap: float = 300.0
    attempts: int = 12

    def delay_seconds(self, attempts: int) -> float | None:
        """Seconds to wait after the given number of attempts, or None when it is to be given up."""
        if attempts >= self.attempts:
            return None
        doublings = min(attempts - 1, 60)  # 2.0**1024 would overflow in a long outage
        return min(self.cap, self.base * 2.0**doublings) * random.uniform(0.5, 1.0)


class Later(StoreError):
    """A job could not be done yet, for a known and passing reason.

    `delay_seconds` overrules the policy, also its limit of attempts; `facts` are added to the job's
    payload for the next attempt.
    """

    def __init__(
        self, why: str, *, delay_seconds: float | None = None, facts: dict[str, Any] | None = None
    ) -> None:
        super().__init__(why)
        self.delay_seconds = delay_seconds
        self.facts = facts or {}


class Drop(StoreError):
    """A job is no longer worth doing; the message says why."""


class Fail(StoreError):
    """A job can never succeed as it is: it is buried at once, with the message as its reason."""
