"""The circuit breaker, on a clock of its own."""

from __future__ import annotations

from payments.breaker import Breaker


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def broken(clock: Clock, failures: int = 3) -> Breaker:
    """A breaker that has just opened, for ten seconds."""
    breaker = Breaker(failures=failures, first=10.0, longest=30.0, clock=clock)
    for _ in range(failures):
        assert breaker.wait_seconds() == 0
        breaker.unanswered()
    return breaker


def test_a_few_unanswered_calls_are_nothing() -> None:
    breaker = Breaker(failures=3)
    for _ in range(10):
        breaker.unanswered()
        breaker.unanswered()
        breaker.answered()
    assert breaker.wait_seconds() == 0


def test_after_too_many_in_a_row_the_bank_is_left_alone() -> None:
    clock = Clock()
    breaker = broken(clock)
    assert breaker.wait_seconds() == 10
    clock.now = 9.5
    assert breaker.wait_seconds() == 1, "never 0 while nobody may call"


def test_one_probe_decides_and_the_others_wait_for_it() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now = 11
    assert [breaker.wait_seconds() for _ in range(3)] == [0, 1, 1]
    breaker.answered()
    assert [breaker.wait_seconds() for _ in range(3)] == [0, 0, 0]


def test_a_probe_that_goes_unanswered_makes_the_pause_longer_up_to_a_limit() -> None:
    clock = Clock()
    breaker = broken(clock)
    pauses = []
    for _ in range(4):
        clock.now += breaker.wait_seconds()
        assert breaker.wait_seconds() == 0
        breaker.unanswered()
        pauses.append(breaker.wait_seconds())
    assert pauses == [20, 30, 30, 30]


def test_calls_that_were_under_way_when_the_pause_began_do_not_make_it_longer() -> None:
    clock = Clock()
    breaker = broken(clock)
    for _ in range(5):
        breaker.unanswered()
    assert breaker.wait_seconds() == 10


def test_after_the_trouble_the_count_begins_anew() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now = 11
    breaker.wait_seconds()
    breaker.answered()
    breaker.unanswered()
    breaker.unanswered()
    assert breaker.wait_seconds() == 0
