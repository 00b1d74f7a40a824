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
from store.logs import describe, pseudonym
from store.queue import inbox, outbox
from store.queue.dispatcher import Dispatcher
from store.queue.policy import Drop, Fail, Later, RetryPolicy

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
LEASE_SECONDS = 15.0
"""How long a row stays with a worker that is not heard of again. It is renewed while somebody works on
the row, and shorter than a reply token lives: a reply that is repeated after a crash can then tell by
its refused token that the first one went through."""
EVENTS_AHEAD = 4
"""Events leased at once for each thread: an event is handled in milliseconds, and a claim costs as much."""


class Worker:
    """Runs the handlers of the inbox and the outbox until it is stopped.

    `jobs` groups kinds of outbox rows under a name and a number of threads of their own: a bank that
    hangs then takes no thread from LINE. `policies` says how a failed row is tried again, by source or kind.
    `repeatable` are the kinds of which doing one again does no harm: that they are done need not be on the
    disk before the next thing happens.

    It is the `outbox.Courier` of the transactions it runs.
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
        repeatable: Collection[str] = (),
        prepare: Callable[[], None] | None = None,
    ) -> None:
        self._db = db
        self._prepare = prepare
        self._stopped = threading.Event()
        self._events, self._give_up = dict(events), dict(give_up or {})
        self._policies = dict(policies or {})
        self._repeatable = frozenset(repeatable)
        self._jobs: dict[str, JobHandler] = {}
        self._inbox = Dispatcher(
            "inbox",
            inbox_threads,
            self._claim_events,
            self.handle,
            self._renew_events,
            self._hand_back_event,
            ahead=EVENTS_AHEAD,
        )
        self._dispatchers: list[Dispatcher[inbox.Event] | Dispatcher[outbox.Job]] = [self._inbox]
        self._of_kind: dict[str, Dispatcher[outbox.Job]] = {}
        for name, threads, handlers in jobs:
            self._jobs.update(handlers)
            claim = self._claimer(list(handlers))
            dispatcher = Dispatcher(name, threads, claim, self.perform, self._renew_jobs, self._hand_back_job)
            self._dispatchers.append(dispatcher)
            self._of_kind.update(dict.fromkeys(handlers, dispatcher))

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

    def wake(self, kind: str | None = None) -> None:
        """A hint that there are events to handle, or jobs of a kind to do."""
        dispatcher = self._inbox if kind is None else self._of_kind.get(kind)
        if dispatcher is not None:
            dispatcher.wake()

    def lease(self, kind: str) -> tuple[uuid.UUID, float] | None:
        """A lease for a job of this kind and its seconds, if a thread is free to do it at once."""
        dispatcher = self._of_kind.get(kind)
        return (uuid.uuid4(), LEASE_SECONDS) if dispatcher and dispatcher.is_free() else None

    def carry(self, job: outbox.Job) -> None:
        """Do a job that was put with such a lease."""
        self._of_kind[job.kind].take([job])

    def stop(self, timeout_seconds: float = 20.0) -> None:
        """Take nothing new, finish what is in hand, hand back what does not finish in time."""
        self._stopped.set()
        for dispatcher in self._dispatchers:
            dispatcher.stop()
        deadline = time.monotonic() + timeout_seconds
        for dispatcher in self._dispatchers:
            dispatcher.join(deadline)

    def _transaction(self, work: Callable[[Transaction], T], *, durable: bool = True) -> T:
        """Run a transaction whose jobs this worker may carry."""

        def with_courier(tx: Transaction) -> T:
            tx.courier = self
            return work(tx)

        return self._db.transaction(with_courier, durable=durable)

    def _policy(self, name: str) -> RetryPolicy:
        return self._policies.get(name, RetryPolicy())

    # Inbox

    def handle(self, event: inbox.Event) -> None:
        """Handle one leased event: its effects and its end in one transaction.

        Every log line on the way bears the name that the line of the webhook gave it.
        """
        with structlog.contextvars.bound_contextvars(cause=pseudonym(event.event_key)):
            self._handle(event)

    def _handle(self, event: inbox.Event) -> None:
        def work(tx: Transaction) -> None:
            inbox.finish(tx, event)  # said with the COMMIT, before the stock statements, which hold hot rows
            self._events[event.source](tx, event)

        try:
            if event.attempts > self._policy(event.source).attempts:
                raise Fail("whoever took it in hand did not live to say why it failed")
            self._transaction(work)
            log.info("inbox_event_done", id=event.id, source=event.source, attempt=event.attempts)
        except LeaseLost:
            log.warning("inbox_lease_lost", id=event.id)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is kept with its row
            self._event_failed(event, error)

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
            self._transaction(work)
        except Exception:
            # It is out of its lane's way all the same: one that cannot be told must not hold up the rest.
            log.exception("inbox_give_up_failed", id=event.id, source=event.source)
            self._db.transaction(lambda tx: sql.inbox_bury(tx.connection, **keys))

    def _claim_events(self, slots: int) -> list[inbox.Event]:
        def work(tx: Transaction) -> list[inbox.Event]:
            return inbox.claim(tx, slots, uuid.uuid4(), LEASE_SECONDS)

        return self._db.transaction(work, single=True, durable=False)

    def _renew_events(self, events: list[inbox.Event]) -> None:
        self._db.transaction(lambda tx: inbox.renew(tx, events, LEASE_SECONDS), single=True, durable=False)

    def _hand_back_event(self, event: inbox.Event) -> None:
        self._db.transaction(lambda tx: sql.inbox_hand_back(tx.connection, id=event.id, lease=event.lease))

    # Outbox

    def perform(self, job: outbox.Job) -> None:
        """Do one leased job: the outside part first, then what is known of it in one transaction."""
        with structlog.contextvars.bound_contextvars(job=job.id):
            self._perform(job)

    def _perform(self, job: outbox.Job) -> None:
        try:
            conclude = self._jobs[job.kind](job)
            durable = job.kind not in self._repeatable
            self._transaction(lambda tx: outbox.finish(tx, job, conclude(tx)), durable=durable)
        except LeaseLost:
            log.warning("outbox_lease_lost", id=job.id, kind=job.kind)
        except Drop as drop:
            why = str(drop)
            self._db.transaction(lambda tx: outbox.finish(tx, job, why, dropped=True))
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is kept with its row
            self._job_failed(job, error)

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
        if delay == 0:
            self.wake(job.kind)

    def _claimer(self, kinds: list[str]) -> Callable[[int], list[outbox.Job]]:
        # Durable: by the number of attempts the next one knows whether this one may have got through.
        def claim(slots: int) -> list[outbox.Job]:
            return self._db.transaction(
                lambda tx: outbox.claim(tx, kinds, slots, uuid.uuid4(), LEASE_SECONDS), single=True
            )

        return claim

    def _renew_jobs(self, jobs: list[outbox.Job]) -> None:
        self._db.transaction(lambda tx: outbox.renew(tx, jobs, LEASE_SECONDS), single=True, durable=False)

    def _hand_back_job(self, job: outbox.Job) -> None:
        self._db.transaction(lambda tx: sql.outbox_hand_back(tx.connection, id=job.id, lease=job.lease))
