"""A virtual account is refunded by two calls; a slow and unheard first one must not pass for both."""

from __future__ import annotations

from tests.factories import broken_invariants
from tests.integration.refund_desk import (
    ask,
    at_bank,
    let_the_bank_finish,
    paid,
    reach,
    shift_sending,
    states,
)
from tests.integration.till import Till, open_till

ON_ITS_WAY = 10.0
"""Seconds from the moment the shop noted that it sends to the moment the bank had the call."""


def look_again(till: Till) -> None:
    """Have the worker take the refund up once more, and wait until it is through with that."""
    taken = "SELECT attempts FROM outbox WHERE kind = 'refund.send' AND leased_until IS NULL"
    [(before,)] = till.rows(taken)
    till.run("UPDATE outbox SET available_at = now() WHERE kind = 'refund.send' AND status = 'waiting'")
    till.wake()
    till.until(lambda: [row for row in till.rows(taken) if row.attempts > before] != [])


def test_an_unheard_first_call_whose_token_still_lives_is_not_taken_for_a_refund(database_url: str) -> None:
    with open_till(database_url, refund_outcome="success") as till:
        till.work()
        order, _ = paid(till, "atm")
        till.merchant.fault("drop", service="OrderMaintain")
        ask(till, order)
        till.until(lambda: any("may still be at it" in job.last_error for job in till.jobs()))
        till.rest()
        till.run("UPDATE refunds SET sent_at = sent_at - make_interval(secs => %s)", ON_ITS_WAY)
        till.merchant.control("clock", advance_seconds=115)
        till.run("UPDATE refunds SET sent_at = sent_at - make_interval(secs => 115)")
        till.work()
        look_again(till)
        assert (states(till, order), at_bank(till, order)) == (["sending"], [])
        shift_sending(till, order, 150)
        reach(till, order, "accepted")
        let_the_bank_finish(till, order, steps=1)
        till.settled(order, "refunded")
        assert at_bank(till, order) == [order.total]
        till.rest()
        assert broken_invariants(till.db) == []
