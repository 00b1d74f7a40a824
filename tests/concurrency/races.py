"""Doing things at the same moment, on purpose."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_WAIT_SECONDS = 30


def run_concurrently(work: Callable[[int], T], times: int) -> list[T]:
    """Call `work(0)` … `work(times - 1)` in threads that start together; their results in that order.

    An exception of any of them is raised here; so is one that has not ended in time.
    """
    start = threading.Barrier(times)
    results: dict[int, T] = {}
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            start.wait(_WAIT_SECONDS)
            results[number] = work(number)
        except BaseException as failure:  # noqa: BLE001 - raised again by the caller's thread
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_WAIT_SECONDS)
    if failures:
        raise failures[0]
    if len(results) < times:
        raise TimeoutError(f"{times - len(results)} of {times} have not ended")
    return [results[number] for number in range(times)]
