"""How long a failed row waits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from store.queue.policy import RetryPolicy


@given(attempts=st.integers(1, 10_000), base=st.floats(0.01, 10), cap=st.floats(0.01, 1000))
def test_the_wait_doubles_up_to_the_cap_and_is_spread_over_its_upper_half(
    attempts: int, base: float, cap: float
) -> None:
    delay = RetryPolicy(base, cap, attempts=attempts + 1).delay_seconds(attempts)
    longest = min(cap, base * 2.0 ** min(attempts - 1, 60))
    assert delay is not None
    assert longest / 2 <= delay <= longest


def test_two_that_failed_together_do_not_come_back_together() -> None:
    policy = RetryPolicy()
    assert len({policy.delay_seconds(3) for _ in range(20)}) > 1


@given(limit=st.integers(1, 100), beyond=st.integers(0, 100))
def test_it_is_given_up_after_the_last_attempt(limit: int, beyond: int) -> None:
    assert RetryPolicy(attempts=limit).delay_seconds(limit + beyond) is None
    assert limit == 1 or RetryPolicy(attempts=limit).delay_seconds(limit - 1) is not None
