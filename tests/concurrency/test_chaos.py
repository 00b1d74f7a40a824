"""Everything at once leaves whole books; and each guard that is switched off leaves broken ones."""

from __future__ import annotations

import random

import pytest

from tests.concurrency import chaos
from tests.concurrency.guards import GUARDS, Guard
from tests.integration.till import open_till

SECONDS = 5.0
LATE = {"notify_delay_seconds": 1e6}
"""The bank's own calls do not take part in a scene."""
every_guard = pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)


def test_chaos_keeps_stock_and_money_balanced(database_url: str) -> None:
    seed = random.randrange(10**6)
    result = chaos.run(database_url, SECONDS, seed)
    print(f"seed {seed}\n{result.table()}")
    assert result.problems == []
    assert result.counts["settle"]["paid"] > 0
    assert result.counts["weather"]["worker killed"] > 0
    assert result.counts["weather"]["backend killed"] > 0
    assert result.counts["bank fault met"].total() > 10


@every_guard
def test_the_scene_ends_well_with_every_guard_on(database_url: str, guard: Guard) -> None:
    with open_till(database_url, **LATE) as till:
        assert guard.play(till) == []


@every_guard
def test_without_its_guard_the_scene_breaks_the_books(database_url: str, guard: Guard) -> None:
    with open_till(database_url, **LATE) as till, guard.off(till.db):
        problems = guard.play(till)
    assert any(guard.breaks in problem for problem in problems), problems
