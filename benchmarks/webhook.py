"""Webhooks a second that are stored before they are answered, beside line-bot-sdk's own echo bot."""

from __future__ import annotations

from collections import defaultdict

from benchmarks.load import Load, post_events, words
from benchmarks.machine import DURABLE
from benchmarks.report import Report, Table, median, percentile, ratio
from benchmarks.town import SECRET, town

CONNECTIONS = 16
DELAYS = (0.0, 0.1)
"""Seconds LINE takes for a reply; the true one is an ocean or a street away, but never at 0 ms."""
NAMES = {"shop": "the shop, event stored", "echo": "line-bot-sdk's echo, reply sent"}


def run(report: Report, *, quick: bool) -> None:
    """Measure and report; both have their turn in every round."""
    rounds, seconds = (2, 1.0) if quick else (5, 2.0)
    with town(worker_threads=0) as ports:
        for delay in DELAYS:
            ports.slow_down(delay)
            loads: defaultdict[str, list[Load]] = defaultdict(list)
            for number in range(rounds + 1):
                for name, port in (("shop", ports.shop), ("echo", ports.echo)):
                    load = post_events(port, SECRET, words("說明"), connections=CONNECTIONS, seconds=seconds)
                    if number:  # the first is for warming up
                        loads[name].append(load)
            report.add(_table(loads, delay, rounds, seconds))


def _table(loads: dict[str, list[Load]], delay: float, rounds: int, seconds: float) -> Table:
    table = Table(
        f"Webhooks, the worker idle, LINE answering in {delay * 1000:.0f} ms",
        ["bot", "requests/s", "least", "most", "p50 ms", "p99 ms", "failed", "times"],
    )
    baseline = median([load.rate for load in loads["echo"]])
    for name, label in NAMES.items():
        rates = [load.rate for load in loads[name]]
        times = ratio(median(rates), baseline)
        table.add(
            label, median(rates), min(rates), max(rates),
            *(median([percentile(load.latencies, p) for load in loads[name]]) * 1000 for p in (50, 99)),
            sum(load.failed for load in loads[name]), f"{times:.2f}x" if times else "-",
        )  # fmt: skip
    table.notes += [
        f"medians of {rounds} interleaved rounds of {seconds:.0f} s; {CONNECTIONS} connections, one event in "
        "each request, each from another customer",
        "both under the same gunicorn.conf.py, one process of four threads, and the same stand-in LINE",
        DURABLE,
    ]
    return table
