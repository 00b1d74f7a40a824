"""Whole taps a second: from the event to the reply that LINE has accepted, beside the echo bot."""

from __future__ import annotations

from collections import defaultdict

from benchmarks.load import Load, Make, tap, tap_and_wait, words
from benchmarks.machine import DURABLE
from benchmarks.report import Report, Table, median, percentile, ratio
from benchmarks.town import SECRET, Town, town
from bot import actions

CUSTOMERS = 32
DELAYS = (0.0, 0.1)
"""Seconds LINE takes for a reply."""
TAPS: dict[str, Make] = {
    "the shop, 說明": words("說明"),
    "the shop, a shelf of products": tap(actions.encode("shelf", id=1)),
}
ECHO = "line-bot-sdk's echo"


def run(report: Report, *, quick: bool) -> None:
    """Measure and report; every kind of tap has its turn in every round."""
    rounds, seconds = (1, 2.0) if quick else (5, 3.0)
    with town(worker_threads=None) as ports:
        for delay in DELAYS:
            ports.slow_down(delay)
            loads: defaultdict[str, list[Load]] = defaultdict(list)
            for number in range(rounds + 1):
                for name in (*TAPS, ECHO):
                    load = _tap(ports, name, seconds)
                    if number:  # the first is for warming up
                        loads[name].append(load)
            report.add(_table(loads, delay, rounds, seconds))


def _tap(ports: Town, name: str, seconds: float) -> Load:
    port, make = (ports.shop, TAPS[name]) if name in TAPS else (ports.echo, words("說明"))
    return tap_and_wait(port, SECRET, make, customers=CUSTOMERS, seconds=seconds)


def _table(loads: dict[str, list[Load]], delay: float, rounds: int, seconds: float) -> Table:
    table = Table(
        f"Whole taps, LINE answering in {delay * 1000:.0f} ms",
        ["bot", "taps/s", "least", "most", "p50 ms", "p99 ms", "failed", "times"],
    )
    baseline = median([load.rate for load in loads[ECHO]])
    for name, rounds_of in loads.items():
        rates = [load.rate for load in rounds_of]
        times = ratio(median(rates), baseline)
        answered = [load.latencies for load in rounds_of if load.latencies]
        waits = [[percentile(seconds, p) * 1000 for seconds in answered] for p in (50, 99)]
        table.add(
            name, median(rates), min(rates), max(rates), *(median(wait) if wait else None for wait in waits),
            sum(load.failed for load in rounds_of), f"{times:.2f}x" if times else "-",
        )  # fmt: skip
    table.notes += [
        f"medians of {rounds} interleaved rounds of {seconds:.0f} s; {CUSTOMERS} customers, each of whom "
        "taps again when the last reply was accepted",
        "both under the same gunicorn.conf.py, one process of four threads, and the same stand-in LINE",
        DURABLE,
    ]
    return table
