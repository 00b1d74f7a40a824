"""Work that comes round again: each timer is one waiting outbox row, which puts the next when it is done.

However many processes run, a timer has one row: it lives in a lane of its own, and the next row is put
in the transaction that finishes the last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from store.db import Database, Transaction, sql
from store.queue import outbox
from store.queue.policy import Drop
from store.queue.worker import JobHandler

KIND = "timer"


@dataclass(frozen=True)
class Timer:
    """Something to do every so many seconds, in one short transaction; returns how much there was to do.

    When that is `full` or more there was more than one turn could do, and the next comes at once.
    """

    every_seconds: float
    work: Callable[[Transaction], int]
    full: int = 1_000_000


def handler(timers: Mapping[str, Timer]) -> JobHandler:
    """The handler of outbox rows of kind "timer"."""

    def perform(job: outbox.Job) -> Callable[[Transaction], str]:
        name = job.payload["name"]
        timer = timers.get(name)
        if timer is None:
            raise Drop(f"there is no timer {name} in this release")

        def conclude(tx: Transaction) -> str:
            done = timer.work(tx)
            _put(tx, name, 0 if done >= timer.full else timer.every_seconds)
            return f"did {done}"

        return conclude

    return perform


def ensure(db: Database, timers: Mapping[str, Timer]) -> None:
    """Make sure that every timer has its row; called when a worker starts."""

    def work(tx: Transaction) -> None:
        sql.timers_lock(tx.connection)
        for name in timers:
            if not sql.timer_waits(tx.connection, lane=_lane(name)):
                _put(tx, name, 0)

    db.transaction(work)


def _put(tx: Transaction, name: str, delay_seconds: float) -> None:
    outbox.put(tx, KIND, {"name": name}, lane=_lane(name), delay_seconds=delay_seconds)


def _lane(name: str) -> str:
    return f"timer:{name}"
