"""Calls to LINE beside the talk, of which nobody hears when nothing comes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from bot.errors import LineError, LineUnavailable, NotAllowed, RateLimited
from store.queue.outbox import Job
from store.queue.policy import Drop, Later

T = TypeVar("T")
_ATTEMPTS = 6
_PAUSE_SECONDS = 20.0


def run(job: Job, call: Callable[[], T]) -> T:
    """Call LINE. A passing trouble is waited out for a few minutes (raises `Later`); any other, and one that
    does not pass, ends the job without a dead letter (raises `Drop`)."""
    try:
        return call()
    except (LineUnavailable, RateLimited, NotAllowed) as error:
        why = f"{type(error).__name__}: {error}"
        if job.attempts >= _ATTEMPTS:
            raise Drop(f"gave up: {why}") from error
        raise Later(why, delay_seconds=_PAUSE_SECONDS * job.attempts) from error
    except LineError as error:
        raise Drop(f"{type(error).__name__}: {error}") from error
