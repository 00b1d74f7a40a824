"""Buyers: threads in several processes, so that one interpreter's lock is not what is measured."""

from __future__ import annotations

import itertools
import multiprocessing
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.pool import Pool

from benchmarks.contestants import CONTESTANTS
from store import logs

PROCESSES = 4
THREADS = 8
BUYERS = PROCESSES * THREADS
_CONNECT_SECONDS = 4.0
_JOIN_SECONDS = 30.0


@dataclass(frozen=True)
class Sales:
    """What one round brought: how long each sale took, and how long the round was, in seconds."""

    latencies: tuple[float, ...]
    seconds: float
    refused: int

    @property
    def rate(self) -> float:
        """Sales a second."""
        return len(self.latencies) / self.seconds


@dataclass(frozen=True)
class _Task:
    contestant: str
    url: str
    first: int
    last: int
    start_at: float
    seconds: float


class Crowd:
    """The processes, kept from round to round."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def buy(self, contestant: str, url: str, carts: int, seconds: float) -> Sales:
        """Have the carts 1 … `carts` bought for `seconds`, each once, by all buyers at once."""
        start_at = time.time() + _CONNECT_SECONDS
        tasks = [_Task(contestant, url, n + 1, carts, start_at, seconds) for n in range(PROCESSES)]
        sold: list[tuple[float, float]] = []
        refused = 0
        for ends, refusals in self._pool.map(_buy, tasks, chunksize=1):
            sold += ends
            refused += refusals
        # A round that ran out of carts was as long as its last sale; a sale after the end does not count.
        within = [(end, latency) for end, latency in sold if end <= seconds]
        ran_out = len(sold) + refused >= carts
        length = max(end for end, _ in within) if within and ran_out else seconds
        return Sales(tuple(latency for _, latency in within), length, refused)


@contextmanager
def crowd() -> Iterator[Crowd]:
    """Start the processes; they end with the block."""
    with multiprocessing.get_context("spawn").Pool(PROCESSES, _prepare) as pool:
        yield Crowd(pool)


def _prepare() -> None:
    logs.configure("WARNING")


def _buy(task: _Task) -> tuple[list[tuple[float, float]], int]:
    """In one process: its threads take the process's carts in turn until the time is over."""
    contestants = [CONTESTANTS[task.contestant](task.url) for _ in range(THREADS)]
    numbers = itertools.count(task.first, PROCESSES)
    sold: list[tuple[float, float]] = []
    refusals: list[int] = []
    failures: list[Exception] = []
    wait = task.start_at - time.time()
    if wait < 0:
        raise RuntimeError(f"connecting took {-wait:.1f} seconds too long")
    time.sleep(wait)
    start = time.monotonic()
    deadline = start + task.seconds

    def run(buyer: int) -> None:
        try:
            while (began := time.monotonic()) < deadline and (number := next(numbers)) <= task.last:
                if contestants[buyer].buy(number, deadline):
                    ended = time.monotonic()
                    sold.append((ended - start, ended - began))
                else:
                    refusals.append(number)
        except Exception as error:  # noqa: BLE001 - a thread has nobody to raise it to
            failures.append(error)

    threads = [threading.Thread(target=run, args=(buyer,)) for buyer in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_JOIN_SECONDS)
    for contestant in contestants:
        contestant.close()
    if failures:
        raise failures[0]
    return sold, len(refusals)
