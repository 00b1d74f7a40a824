"""What befalls a shop: a bank in trouble, database sessions that die, workers that are killed."""

from __future__ import annotations

import copy
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
import structlog

from dev.bank import Bank, cashier, phases
from dev.bank.faults import Fault
from dev.bank.state import Refund
from payments import refunds, settlement
from payments.breaker import Breaker
from store.db import Database, Transaction
from store.queue import dispatcher
from store.queue import worker as queue_worker
from store.queue.policy import RetryPolicy
from store.queue.worker import Worker
from tests.integration.till import Till

T = TypeVar("T")
CHECK_AFTER = 1
"""Seconds after which an undecided payment is asked about unprompted."""
AGAIN = RetryPolicy(base=0.05, cap=0.2, attempts=100_000)
FAULTS: tuple[tuple[str, str | None, float | None], ...] = (
    ("drop", None, None),
    ("drop", "OrderCreate", None),
    ("drop", "OrderMaintain", None),
    ("hang", None, 0.7),
    ("hang", "OrderCreate", 0.7),
    ("delay", None, 0.3),
    ("notify-first", "OrderCreate", None),
    ("duplicate-notification", None, None),
    ("backend-only", None, None),
    ("wrong-sign", None, None),
    ("wrong-amount", None, None),
    ("wrong-amount", "OrderPayQuery", None),
    ("wrong-order-no", None, None),
    ("wrong-shop", None, None),
    ("clock-skew", None, None),
    ("not-found", "OrderQuery", None),
    ("not-found", "WalletPayOrderQuery", None),
    ("http-401", None, None),
    ("http-429", None, None),
    ("http-499", None, None),
    ("http-500", None, None),
    ("http-503", None, None),
    ("garbage", None, None),
    ("M0001", None, None),
    ("E0304", "OrderCreate", None),
)
"""Name, service and seconds. Those that swallow the only word of a transfer are left to the customers, who
know when the bank's other services can still tell of it."""


SHORT_TIMES: tuple[tuple[Any, str, float], ...] = (
    (queue_worker, "LEASE_SECONDS", 1.5),
    (dispatcher, "RENEW_SECONDS", 0.4),
    (refunds, "TRACE_SECONDS", 4.5),
    (refunds, "QUEUE_SECONDS", 0.3),
    (refunds, "FIRST_CHECK_SECONDS", 0.5),
)
BANK = {
    "notify_repeat_seconds": 0.3,
    "notify_attempts": 1000,
    "refund_seconds": 0.4,
    "refund_token_seconds": 1.0,
}
"""The bank repeats itself sooner, and until it is heard; a refund takes as long as the shop expects now."""


_DECIDED = cashier._account_refund_end


class Killed(Exception):
    """The process that held this database has been killed."""


class MortalDatabase(Database):
    """A database as a process sees it that may be killed: from then on nothing of it reaches the tables."""

    dead = False

    def transaction(self, work: Callable[[Transaction], T], **how: Any) -> T:
        def mortal(tx: Transaction) -> T:
            self._live()
            result = work(tx)
            self._live()
            return result

        return super().transaction(mortal, **how)

    def _live(self) -> None:
        if self.dead:
            raise Killed


class Crew:
    """Workers like those of several processes, each with a database of its own; they can be killed."""

    def __init__(self, till: Till, size: int) -> None:
        self._till = till
        self._lock = threading.Lock()
        self._members: list[tuple[MortalDatabase, Worker]] = []
        self._databases: list[MortalDatabase] = []
        till.client._breaker = Breaker(first=0.2, longest=0.5)
        for _ in range(size):
            self.hire()

    def hire(self) -> None:
        """Start one more."""
        db = MortalDatabase(self._till.db.url, size=7)
        clerk = copy.copy(self._till)
        clerk.db = db
        jobs = clerk.handlers(CHECK_AFTER)
        worker = Worker(
            db,
            events={"sinopac": settlement.take_in},
            jobs=[("line", 1, {"notice": lambda _job: lambda _tx: "told"}), ("payments", 3, jobs)],
            inbox_threads=1,
            policies=dict.fromkeys([*jobs, "sinopac", "notice"], AGAIN),
        )
        worker.start()
        with self._lock:
            self._members.append((db, worker))
            self._databases.append(db)

    def kill(self, rng: random.Random) -> None:
        """Kill one at once: what it holds stays leased, what it was told is forgotten."""
        with self._lock:
            db, worker = self._members.pop(rng.randrange(len(self._members)))
        db.dead = True
        worker.stop(0)

    def wake(self) -> None:
        """Have them all look at once for callbacks and for payments."""
        with self._lock:
            for _, worker in self._members:
                worker.wake()
                worker.wake("payment.create")

    def rest(self) -> None:
        """Stop all, as a deployment does."""
        for _, worker in self._members:
            worker.stop(10)
        for db in self._databases:
            db.close()


class Weather:
    """Does to the shop, from one thread, what nobody wishes it."""

    def __init__(self, till: Till, crew: Crew, rng: random.Random) -> None:
        self.tally: Counter[str] = Counter()
        self.met: Counter[str] = Counter()
        self._till, self._crew, self._rng = till, crew, rng
        strike = till.bank.faults._strike

        def counted(fault: Fault) -> Fault:
            self.met[fault.name] += 1
            return strike(fault)

        till.bank.faults._strike = counted  # type: ignore[method-assign]

    def blow(self, calm: threading.Event) -> None:
        """Until it is to be calm."""
        rounds = 0
        while not calm.wait(self._rng.uniform(0.05, 0.15)):
            rounds += 1
            if len(self._till.bank.faults.list()) < 6:
                name, service, seconds = self._rng.choice(FAULTS)
                self._till.bank.faults.add(name, self._rng.randint(1, 2), service, seconds)
                self.tally["fault switched on"] += 1
            if rounds % 4 == 0:
                self._kill_backends()
            if rounds % 15 == 0:
                self._crew.kill(self._rng)
                self.tally["worker killed"] += 1
                self._crew.hire()
        self._till.bank.faults.clear()

    def _kill_backends(self) -> None:
        """End sessions of the shop's database, whatever they are doing."""
        victims = self._till.rows(
            "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " ORDER BY random() LIMIT %s) victim",
            self._rng.randint(1, 2),
        )
        self.tally["backend killed"] += len(victims)


@contextmanager
def counted_logs() -> Iterator[Counter[str]]:
    """What the program logs, as counts."""
    counts: Counter[str] = Counter()
    lock = threading.Lock()

    def count(_logger: Any, _method: str, event: Any) -> Any:
        what = " ".join(str(event[name]) for name in ("event", "reason") if name in event)
        with lock:
            counts[what] += 1
        raise structlog.DropEvent

    processors = structlog.get_config()["processors"]
    before = processors.copy()
    processors[:] = [count]
    try:
        yield counts
    finally:
        processors[:] = before


def _end_of_refund(bank: Bank, refund: Refund) -> str:
    """How a refund to an account ends, of one payment at most one badly.

    Of those that fail the bank tells the minute alone. Its steps take minutes, so two of one payment never
    share one; here they take a moment, and could not be told apart.
    """
    refunds_of_order = next(
        order.refunds for order in bank.book.orders.values() if any(one is refund for one in order.refunds)
    )
    failed_before = any(phases.failed(one.status) for one in refunds_of_order if one.status)
    return "2A900" if failed_before else _DECIDED(bank, refund)


@contextmanager
def short_times() -> Iterator[None]:
    """What takes minutes takes a moment: leases of killed workers, traces and ends of refunds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cashier, "_account_refund_end", _end_of_refund)
        for module, name, seconds in SHORT_TIMES:
            patch.setattr(module, name, seconds)
        yield
