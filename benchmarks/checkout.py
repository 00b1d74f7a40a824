"""Checkouts a second through the store, beside three usual ways to sell a cart and a ceiling.

One hot SKU, a thousand SKUs, and carts of three lines; with the database next door and 2 ms away.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import ceiling
from benchmarks.buyers import BUYERS, PROCESSES, Crowd, crowd
from benchmarks.contestants import CONTESTANTS, sql
from benchmarks.delay import delayed
from benchmarks.machine import DURABLE, DatabaseServer, connected, database_server
from benchmarks.report import Report, Table, median, percentile, ratio

NAMES = {
    "shop": "the shop",
    "unguarded": "(a) read, check, write",
    "locking": "(b) SELECT FOR UPDATE",
    "optimistic": "(c) compare and set, retry",
    "simple": "(d) one statement, pgbench",
    "prepared": "(d) the same, prepared",
}
DELAYS = (0.0, 0.002)
"""Seconds added to each round trip to the database."""
STOCK = 1_000_000
_MOST_A_SECOND = 4000  # carts prepared for each second of a round; nobody here sells more


@dataclass(frozen=True)
class Scene:
    """What lies in the carts: `lines` lines each, from `skus` SKUs."""

    name: str
    skus: int
    lines: int


SCENES = (Scene("one hot SKU", 1, 1), Scene("1,000 SKUs", 1000, 1), Scene("3 lines of 90 SKUs", 90, 3))


@dataclass
class Score:
    """What one contestant did in one scene, round by round; latencies in seconds."""

    rates: list[float] = field(default_factory=list)
    p50s: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    oversold: int = 0
    deadlocks: int = 0


def run(report: Report, *, quick: bool) -> None:
    """Measure and report; a round is one to two seconds, every contestant has its turn in every round."""
    rounds, seconds = (1, 1.0) if quick else (3, 2.0)
    with database_server() as server, crowd() as buyers:
        server.make("checkout")
        pgbench = ceiling.find_pgbench(server.bindir)
        for delay in DELAYS:
            with _at_distance(server, delay) as port:
                for scene in SCENES:
                    stage = Stage(server, buyers, pgbench, scene, port, seconds)
                    scores: defaultdict[str, Score] = defaultdict(Score)
                    for _ in range(rounds):
                        for name in NAMES:
                            if pgbench or name in CONTESTANTS:
                                stage.play(name, scores[name])
                    report.add(_table(scene, delay, scores, rounds, seconds))


@contextmanager
def _at_distance(server: DatabaseServer, delay: float) -> Iterator[int]:
    """The port under which the server is so far away."""
    if not delay:
        yield server.port
        return
    with delayed(server.port, delay) as port:
        yield port


def _table(scene: Scene, delay: float, scores: dict[str, Score], rounds: int, seconds: float) -> Table:
    table = Table(
        f"Checkouts: {scene.name}, {delay * 1000:.0f} ms added to each round trip",
        ["way", "orders/s", "least", "most", "p50 ms", "p99 ms", "oversold", "deadlocks", "the shop is"],
    )
    ours = median(scores["shop"].rates)
    for name, label in NAMES.items():
        if name not in scores:
            table.notes.append("(d) is missing: no pgbench beside the server's programs or on the path")
            continue
        score = scores[name]
        rate = median(score.rates)
        p99 = median(score.p99s) * 1000 if score.p99s else None
        times = ratio(ours, rate)
        table.add(
            label, rate, min(score.rates), max(score.rates), median(score.p50s) * 1000, p99,
            score.oversold, score.deadlocks, f"{times:.2f}x" if times else "-",
        )  # fmt: skip
    table.notes += [
        f"medians of {rounds} interleaved rounds of {seconds:.0f} s; {BUYERS} buyers: {PROCESSES} processes "
        f"of {BUYERS // PROCESSES} threads; pgbench: as many clients, p50 is its mean",
        DURABLE,
        "the shop also writes the ledger, the history and three outbox rows; (a) to (c) do not, (d) does",
    ]
    return table


@dataclass(frozen=True)
class Stage:
    """One scene at one distance: the same shop is put up anew for each round of each contestant."""

    server: DatabaseServer
    buyers: Crowd
    pgbench: Path | None
    scene: Scene
    port: int
    seconds: float

    def play(self, name: str, score: Score) -> None:
        """One round of one contestant, and what it left behind."""
        carts = int(_MOST_A_SECOND * self.seconds)
        direct = self.server.url("checkout")
        with connected(direct) as conn:
            sql.forget(conn)
            sql.stock_up(conn, skus=self.scene.skus, stock=STOCK)
            sql.fill_carts(conn, carts=carts, skus=self.scene.skus, lines=self.scene.lines)
            sql.settle_down(conn)
            before = sql.deadlocks(conn)
        url = self.server.url("checkout", self.port)
        if self.pgbench and name not in CONTESTANTS:
            rate, mean = ceiling.run(
                self.pgbench, url, self.scene.skus, self.scene.lines, self.seconds, protocol=name
            )
            score.rates.append(rate)
            score.p50s.append(mean)
        else:
            sales = self.buyers.buy(name, url, carts, self.seconds)
            score.rates.append(sales.rate)
            score.p50s.append(percentile(sales.latencies, 50))
            score.p99s.append(percentile(sales.latencies, 99))
        time.sleep(0.1)  # the last sessions report their deadlocks as they end
        with connected(direct) as conn:
            left = sql.outcome(conn, stock=STOCK)
            score.oversold += left[1] - left[2]
            score.deadlocks += sql.deadlocks(conn) - before
