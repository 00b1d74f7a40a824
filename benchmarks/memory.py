"""Memory under load: the web and the worker of a shop, together in one process or each in its own.

Proportional set size, as /proc has it on Linux: pages that several processes share are shared out among them.
"""

from __future__ import annotations

import threading
from pathlib import Path

from benchmarks.load import tap, tap_and_wait, words
from benchmarks.machine import BenchmarkError
from benchmarks.report import Report, Table
from benchmarks.town import SECRET, Town, town
from bot import actions

AIM_MB = 200
"""Whatever runs on one dyno of 512 MB."""
CUSTOMERS = 32
_LOOK_SECONDS = 0.5


def run(report: Report, *, quick: bool) -> None:
    """Measure and report the most that was held while customers tapped."""
    seconds = 3.0 if quick else 20.0
    table = Table(
        "Memory while customers tap: the most, in MB of PSS",
        ["the shop as", "web", "worker", "together", "taps/s", "failed", f"a dyno at most {AIM_MB}"],
    )
    for name, separate in (("one dyno, web and worker in it", False), ("two dynos", True)):
        with town(worker_threads=None, separate_worker=separate) as ports:
            watch = Watch({dyno: pid for dyno, pid in ports.dynos.items() if dyno in ("shop", "worker")})
            with watch:
                rate, failed = _tap(ports, seconds)
        sizes = watch.most
        verdict = "yes" if max(sizes.values()) <= AIM_MB else "no"
        table.add(name, sizes["shop"], sizes.get("worker"), sum(sizes.values()), rate, failed, verdict)
    table.notes.append(f"{CUSTOMERS} customers for {seconds:.0f} s, half of them looking at shelves")
    report.add(table)


def _tap(ports: Town, seconds: float) -> tuple[float, int]:
    """Words and shelves in turn; taps a second, and how many failed."""
    turns = (
        words("說明"),
        tap(actions.encode("shelf", id=1)),
        words("茶"),
        tap(actions.encode("shelf", id=2)),
    )
    loads = [
        tap_and_wait(ports.shop, SECRET, make, customers=CUSTOMERS, seconds=seconds / len(turns))
        for make in turns
    ]
    return sum(load.rate for load in loads) / len(loads), sum(load.failed for load in loads)


class Watch:
    """Looks at the memory of process groups for as long as its block lasts; `most` is in MB."""

    def __init__(self, groups: dict[str, int]) -> None:
        self.most = dict.fromkeys(groups, 0.0)
        self._groups = groups
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def __enter__(self) -> Watch:
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._look()

    def _look_on(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        for name, group in self._groups.items():
            self.most[name] = max(self.most[name], held_by(group))


def held_by(group: int) -> float:
    """Proportional set size of a process group in MB. Raises BenchmarkError where there is no /proc."""
    sizes = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[2]) == group:
                rollup = stat.with_name("smaps_rollup").read_text()
                sizes.append(int(rollup.partition("\nPss:")[2].split()[0]) / 1024)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
    if not sizes:
        raise BenchmarkError("memory can only be measured on Linux, by /proc, while the shop runs")
    return sum(sizes)
