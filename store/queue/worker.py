"""The worker: empties the inbox and the outbox with a few threads, inside the web process or alone."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

import structlog

from store.db import Database, Transaction, sql
from store.errors import LeaseLost
from store.logs import describe
from store.queue import inbox, outbox
from store.queue.dispatcher import Dispatcher
from store.queue.policy import LEASE_SECONDS, Drop, Fail, Later, RetryPolicy

log = structlog.get_logger(__name__)

EventHandler = Callable[[Transaction, inbox.Event], None]
"""Decides and stores in the transaction it is given; talks to nobody outside."""
GiveUp = Callable[[Transaction, inbox.Event], None]
"""Called in the transaction that buries an event, to tell whoever waits for it."""
JobHandler = Callable[[outbox.Job], Callable[[Transaction], str]]
"""Does the outside part with no transaction open, and returns what to store about it: a function that
is run in the transaction that finishes the job and returns its outcome in a word or two."""

T = TypeVar("T")

PREPARE_SECONDS = 5.0
EVENTS_AHEAD = 4
"""Events leased at once for each thread: an event is handled in milliseconds, and a claim costs as much."""


class Worker:
    """Runs the handlers of the inbox and the outbox until it is stopped.

    `jobs` groups kinds of outbox rows under a name and a number of threads of their own: a bank that
    hangs then takes no thread from LINE. `policies` says how a failed row is tried again, by source or kind.
    """

    def __init__(
        self,
        db: Database,
        *,
        events: Mapping[str, EventHandler],
        jobs: Sequence[tuple[str, int, Mapping[str, JobHandler]]],
        inbox_threads: int,
        give_up: Mapping[str, GiveUp] | None = None,
        policies: Mapping[str, RetryPolicy] | None = None,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        self._db = db
        self._prepare = prepare
        self._stopped = threading.Event()
        self._events, self._give_up = dict(events), dict(give_up or {})
        self._policies = dict(policies or {})
        self._jobs: dict[str, JobHandler] = {}
        self._dispatchers: list[Dispatcher[inbox.Event] | Dispatcher[outbox.Job]] = [
            Dispatcher(
                "inbox",
                inbox_threads,
                self._claim_events,
                self.handle,
                self._renew_events,
                self._hand_back_event,
            )
        ]
        for name, threads, handlers in jobs:
            self._jobs.update(handlers)
            claim = self._claimer(list(handlers))
            self._dispatchers.append(
                Dispatcher(name, threads, claim, self.perform, self._renew_jobs, self._hand_back_job)
            )

    def start(self) -> None:
        """Start every thread. Call it after the fork, once."""
        for dispatcher in self._dispatchers:
            dispatcher.start()
        if self._prepare:
            threading.Thread(target=self._prepare_somehow, args=(self._prepare,), daemon=True).start()

    def _prepare_somehow(self, prepare: Callable[[], None]) -> None:
        while not self._stopped.is_set():
            try:
                prepare()
            except Exception:
                log.exception("worker_not_prepared")
                self._stopped.wait(PREPARE_SECONDS)
            else:
                return

    def wake(self) -> None:
        """A hint that there is something to do."""
        for dispatcher in self._dispatchers:
            dispatcher.wake()

    def stop(self, timeout_seconds: float = 20.0) -> None:
        """Take nothing new, finish what is in hand, hand back what does not finish in time."""
        self._stopped.set()
        for dispatcher in self._dispatchers:
            dispatcher.stop()
        deadline = time.monotonic() + timeout_seconds
        for dispatcher in self._dispatchers:
            dispatcher.join(deadline)

    def _policy(self, name: str) -> RetryPolicy:
        return self._policies.get(name, RetryPolicy())

    # Inbox

    def handle(self, event: inbox.Event) -> None:
        """Handle one leased event: its effects and its end in one transaction."""

        def work(tx: Transaction) -> None:
            self._events[event.source](tx, event)
            inbox.finish(tx, event)

        try:
            if event.attempts > self._policy(event.source).attempts:
                raise Fail("whoever took it in hand did not live to say why it failed")
            self._db.transaction(work)
        except LeaseLost:
            log.warning("inbox_lease_lost", id=event.id)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is kept with its row
            self._event_failed(event, error)
        self.wake()

    def _event_failed(self, event: inbox.Event, error: Exception) -> None:
        delay = self._policy(event.source).delay_seconds(event.attempts)
        log.error(
            "inbox_event_failed",
            id=event.id,
            source=event.source,
            attempt=event.attempts,
            dead=delay is None,
            error=describe(error),
            exc_info=error,
        )
        keys = {"id": event.id, "lease": event.lease, "error": describe(error)}
        if delay is None:
            self._bury_event(event, keys)
        else:
            self._db.transaction(lambda tx: sql.inbox_retry(tx.connection, delay_seconds=delay, **keys))

    def _bury_event(self, event: inbox.Event, keys: dict[str, Any]) -> None:
        def work(tx: Transaction) -> None:
            if sql.inbox_bury(tx.connection, **keys) and (tell := self._give_up.get(event.source)):
                tell(tx, event)

        try:
            self._db.transaction(work)
        except Exception:
            # It is out of its lane's way all the same: one that cannot be told must not hold up the rest.
            log.exception("inbox_give_up_failed", id=event.id, source=event.source)
            self._db.transaction(lambda tx: sql.inbox_bury(tx.connection, **keys))

    def _claim_events(self, slots: int) -> list[inbox.Event]:
        return self._db.transaction(lambda tx: inbox.claim(tx, slots, uuid.uuid4(), LEASE_SECONDS))

    def _renew_events(self, events: list[inbox.Event]) -> None:
        self._db.transaction(lambda tx: inbox.renew(tx, events, LEASE_SECONDS))

    def _hand_back_event(self, event: inbox.Event) -> None:
        self._db.transaction(lambda tx: sql.inbox_hand_back(tx.connection, id=event.id, lease=event.lease))

    # Outbox

    def perform(self, job: outbox.Job) -> None:
        """Do one leased job: the outside part first, then what is known of it in one transaction."""
        try:
            conclude = self._jobs[job.kind](job)

            def work(tx: Transaction) -> None:
                outbox.finish(tx, job, "")
                outcome = conclude(tx)
                sql.outbox_set_outcome(tx.connection, id=job.id, outcome=outcome)

            self._db.transaction(work)
        except LeaseLost:
            log.warning("outbox_lease_lost", id=job.id, kind=job.kind)
        except Drop as drop:
            why = str(drop)
            self._db.transaction(lambda tx: outbox.finish(tx, job, why, dropped=True))
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is kept with its row
            self._job_failed(job, error)
        self.wake()

    def _job_failed(self, job: outbox.Job, error: Exception) -> None:
        delay = None if isinstance(error, Fail) else self._policy(job.kind).delay_seconds(job.attempts)
        if isinstance(error, Later):
            delay = error.delay_seconds if error.delay_seconds is not None else delay
        (log.warning if isinstance(error, Later) else log.error)(
            "outbox_job_failed",
            id=job.id,
            kind=job.kind,
            attempt=job.attempts,
            dead=delay is None,
            error=describe(error),
            exc_info=None if isinstance(error, Later | Fail) else error,
        )

        def work(tx: Transaction) -> None:
            keys = {"id": job.id, "lease": job.lease, "error": describe(error)}
            if isinstance(error, Later) and error.facts:
                outbox.note(tx, job, error.facts)
            if delay is not None:
                sql.outbox_retry(tx.connection, delay_seconds=delay, **keys)
            else:
                sql.outbox_bury(tx.connection, **keys)

        self._db.transaction(work)

    def _claimer(self, kinds: list[str]) -> Callable[[int], list[outbox.Job]]:
        def claim(slots: int) -> list[outbox.Job]:
            return self._db.transaction(
                lambda tx: outbox.claim(tx, kinds, slots, uuid.uuid4(), LEASE_SECONDS)
            )

        return claim

    def _renew_jobs(self, jobs: list[outbox.Job]) -> None:
        self._db.transaction(lambda tx: outbox.renew(tx, jobs, LEASE_SECONDS))

    def _hand_back_job(self, job: outbox.Job) -> None:
        self._db.transaction(lambda tx: sql.outbox_hand_back(tx.connection, id=job.id, lease=job.lease))
