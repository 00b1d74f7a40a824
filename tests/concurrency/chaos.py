"""Sixteen people, two workers and a bank in trouble: afterwards every piece and every dollar is there.

`python -m tests.concurrency.chaos --seconds 60` runs it for longer and prints what happened.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from dev.bank.clock import taiwan
from dev.postgres import Postgres
from payments.reconciliation import Reconciler, today
from payments.refunds import Refunder
from payments.settlement import Settlement
from store.migrate import migrate
from tests.concurrency import books
from tests.concurrency.crowd import Crowd
from tests.concurrency.weather import BANK, CHECK_AFTER, Crew, Weather, counted_logs, short_times
from tests.integration.till import Till, open_till

THREADS = 16
WORKERS = 2
DRAIN_SECONDS = 60.0
DAY = 86_400
TIMES = (
    ("orders", "expires_at"),
    ("payments", "expires_at"),
    ("outbox", "available_at"),
    ("refunds", "sent_at"),
)
TOLD = {
    "order": "SELECT payment_method || ' ends ' || status, count(*) FROM orders GROUP BY 1",
    "settle": "SELECT data ->> 'outcome', count(*) FROM order_events WHERE kind = 'money_arrived' GROUP BY 1",
    "history": "SELECT kind, count(*) FROM order_events WHERE kind <> 'money_arrived' GROUP BY 1",
    "refund": "SELECT status || ' ' || problem_code, count(*) FROM refunds GROUP BY 1",
    "case": "SELECT kind || coalesce(': ' || (data ->> 'why'), ''), count(*) FROM cases GROUP BY 1",
    "attempt": "SELECT method || ' ends ' || status, count(*) FROM payments GROUP BY 1",
    "job": "SELECT kind || ': ' || regexp_replace(outcome, '[0-9]+', 'n', 'g') || "
    "CASE status WHEN 'dropped' THEN ' (dropped)' ELSE '' END, count(*) "
    "FROM outbox WHERE kind <> 'notice' GROUP BY 1",
}


@dataclass(frozen=True)
class Result:
    """What a run has left: what is wrong (nothing, one hopes), and how often everything happened."""

    problems: list[str]
    counts: dict[str, Counter[str]]

    def table(self) -> str:
        """All counts, for people."""
        lines = [
            f"{section:<20} {what:<70} {times:>7}"
            for section, counter in self.counts.items()
            for what, times in sorted(counter.items())
        ]
        return "\n".join(lines)


def run(database_url: str, seconds: float, seed: int) -> Result:
    """Let it all happen for so many seconds, drain what is left, and look at the books."""
    with counted_logs() as logs, short_times(), open_till(database_url, **BANK) as till:
        till.auto_refund = bool(seed % 2)
        crew = Crew(till, WORKERS)
        till.wake = crew.wake  # type: ignore[method-assign]
        crowd = Crowd(till, crew.wake)
        weather = Weather(till, crew, random.Random(f"{seed} weather"))
        _storm(crowd, weather, seconds, seed)
        left = _drain(till, crew)
        compared = Counter() if left else _reconcile(till)
        left = left or _drain(till, crew)
        crew.rest()
        crowd.close()
        problems = left + books.wrong(till.db, till.bank)
        return Result(problems, {**_counts(till, crowd, weather, logs), "reconciled": compared})


def _storm(crowd: Crowd, weather: Weather, seconds: float, seed: int) -> None:
    until = time.monotonic() + seconds
    failures: list[BaseException] = []

    def live(number: int) -> None:
        try:
            crowd.throng(random.Random(f"{seed} {number}"), until)
        except BaseException as failure:  # noqa: BLE001 - raised again below
            failures.append(failure)

    calm = threading.Event()
    storm = threading.Thread(target=weather.blow, args=(calm,))
    people = [threading.Thread(target=live, args=(number,)) for number in range(THREADS)]
    for thread in (storm, *people):
        thread.start()
    for thread in people:
        thread.join()
    calm.set()
    storm.join()
    if failures:
        raise failures[0]


def _drain(till: Till, crew: Crew) -> list[str]:
    """Let everything end that was begun: the bank is well, and days pass until no timer is left."""
    end = time.monotonic() + DRAIN_SECONDS
    while _busy(till) and time.monotonic() < end:
        time.sleep(0.05)
    while (left := books.unfinished(till.db)) and time.monotonic() < end:
        till.merchant.control("clock", advance_seconds=DAY)
        for table, column in TIMES:
            till.run(f"UPDATE {table} SET {column} = {column} - make_interval(secs => %s)", DAY)
        crew.wake()
        time.sleep(0.2)
        while _busy(till) and time.monotonic() < end:
            time.sleep(0.05)
    return left


def _busy(till: Till) -> bool:
    """Whether the bank still wants to tell something, or something is due or in hand."""
    with till.bank.lock:
        untold = any(not notification.delivered for notification in till.bank.book.notifications)
    due = (
        "SELECT 1 FROM outbox WHERE status = 'waiting' AND (available_at <= now() OR leased_until > now())"
        " UNION ALL SELECT 1 FROM inbox WHERE status = 'waiting' LIMIT 1"
    )
    return untold or bool(till.rows(due))


def _reconcile(till: Till) -> Counter[str]:
    """Compare every day that is over for the bank with its bill, as `shop reconcile` does."""
    till.merchant.control("clock", advance_seconds=DAY)
    settlement = Settlement(till.db, till.provider, check_after=CHECK_AFTER, auto_refund=till.auto_refund)
    reconciler = Reconciler(till.db, till.provider, settlement, Refunder(till.db, till.provider))
    counts: Counter[str] = Counter()
    day = today()
    while day < taiwan(till.bank.clock.now()).date():
        compared = reconciler.compare(day)
        counts.update(lines=compared.lines, settled=compared.settled, differences=compared.differences)
        day += timedelta(days=1)
    return counts


def _counts(till: Till, crowd: Crowd, weather: Weather, logs: Counter[str]) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {"people": Counter()}
    for (act, outcome), times in crowd.tally.items():
        counts["people"][f"{act}: {outcome}"] = times
    for section, query in TOLD.items():
        counts[section] = Counter(dict(till.rows(query)))
    counts["weather"] = weather.tally
    counts["bank fault met"] = weather.met
    counts["program's log"] = logs
    return counts


def main(arguments: Iterable[str] | None = None) -> int:
    """Run it on a PostgreSQL of its own; 1 when something is wrong afterwards."""
    parser = argparse.ArgumentParser(prog="python -m tests.concurrency.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long it lasts (%(default)s)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of the random numbers")
    asked = parser.parse_args(None if arguments is None else list(arguments))
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        server = Postgres(Path(folder) / "data", fsync=False, settings={"max_connections": "200"})
        try:
            migrate(server.url())
            result = run(server.url(), asked.seconds, asked.seed)
        finally:
            server.stop()
    print(f"seed {asked.seed}, {asked.seconds:.0f} s, {THREADS} threads, {WORKERS} workers\n")
    print(result.table())
    print("\n" + ("\n".join(result.problems) or "Nothing is wrong."))
    return 1 if result.problems else 0


if __name__ == "__main__":
    sys.exit(main())
