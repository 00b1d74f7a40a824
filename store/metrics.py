"""What is counted: each process adds its counts to one table, so that whoever is asked answers for all.

Heroku's router gives no way to ask one process, and a worker dyno cannot be asked at all; counts that
live in processes would also end with them.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict

import psycopg2
import structlog

from store.db import Database, sql
from store.errors import StoreError

log = structlog.get_logger(__name__)

FLUSH_SECONDS = 5.0
BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0)
"""Upper bounds in seconds; 2 is how long LINE waits for the webhook, 15 how long the bank is waited for."""
EVENTS = "shop_events"
HTTP_REQUESTS = "shop_http_request_seconds"
LINE_CALLS = "shop_line_call_seconds"
BANK_CALLS = "shop_bank_call_seconds"

Key = tuple[str, str, str]


class Meter:
    """The counts of one process; safe to share between threads.

    Nothing is written before `start`, which belongs after the fork; `stop` writes what is left.
    """

    def __init__(self) -> None:
        self._db: Database | None = None
        self._counts: defaultdict[Key, float] = defaultdict(float)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def bind(self, db: Database) -> None:
        """Count for the shop of this database from now on."""
        with self._lock:
            self._db = db
            self._counts.clear()

    def count(self, name: str, amount: float = 1.0, **labels: str) -> None:
        """Something has happened. Labels come from small sets: never an id, a path or what a person wrote."""
        with self._lock:
            self._counts[name, _text(labels), ""] += amount

    def time(self, name: str, seconds: float, **labels: str) -> None:
        """Something has happened and took so long."""
        labelled = _text(labels)
        bound = next((str(bound) for bound in BUCKETS if seconds <= bound), "+Inf")
        with self._lock:
            self._counts[name, labelled, bound] += 1
            self._counts[name, labelled, "sum"] += seconds

    def start(self) -> None:
        """Write every few seconds what was counted."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._write_now_and_then, name="meter", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=FLUSH_SECONDS)
            self._thread = None

    def flush(self) -> None:
        """Write what was counted since the last time; what cannot be written now is kept for the next."""
        with self._lock:
            db, counts = self._db, dict(self._counts)
            self._counts.clear()
        if db is None or not counts:
            return
        columns = {
            "names": [name for name, _labels, _part in counts],
            "labels": [labels for _name, labels, _part in counts],
            "parts": [part for _name, _labels, part in counts],
            "amounts": list(counts.values()),
        }
        try:
            db.transaction(lambda tx: sql.counters_add(tx.connection, **columns), attempts=1)
        except (StoreError, psycopg2.Error) as error:
            log.warning("counts_not_written", error=type(error).__name__)
            with self._lock:
                for key, amount in counts.items():
                    self._counts[key] += amount

    def _write_now_and_then(self) -> None:
        while not self._stopping.wait(FLUSH_SECONDS):
            self.flush()
        self.flush()


def _text(labels: dict[str, str]) -> str:
    return json.dumps(labels, sort_keys=True)


meter = Meter()
"""This process's: it counts into one place, as it logs into one."""
