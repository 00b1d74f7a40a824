"""What ends by itself: overdue orders, overdue jobs, and the asking about what nobody reports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from payments.settlement import PATIENCE
from store.orders import Order
from tests.factories import broken_invariants, stock_of
from tests.integration.till import Till, open_till


@pytest.fixture
def till(database_url: str) -> Iterator[Till]:
    with open_till(database_url) as till:
        yield till
        till.rest()
        assert broken_invariants(till.db) == []


def end_time(till: Till, order: Order, ago: timedelta) -> None:
    """The order's time was over so long ago, by our clock alone."""
    till.run("UPDATE orders SET expires_at = now() - %s WHERE id = %s", ago, order.id)
    till.run("UPDATE outbox SET available_at = now() WHERE kind = 'order.expire' AND order_id = %s", order.id)
    till.wake()


def test_an_order_waits_for_a_bank_that_is_down(till: Till) -> None:
    till.work()
    order, _ = till.open("card")
    till.pay(order, notify="none")
    till.merchant.fault("http-503", times=None, service="OrderQuery", seconds=0.7)
    end_time(till, order, PATIENCE - timedelta(minutes=1))
    till.until(lambda: any(job.kind == "order.expire" and job.attempts > 2 for job in till.jobs()))
    assert till.status(order) == "pending"
    till.bank.faults.clear()
    till.settled(order, "paid")


@pytest.mark.parametrize("fault", ["http-401", "M0001", "hang", "wrong-amount"])
def test_a_bank_that_stays_away_too_long_does_not_hold_the_stock_for_ever(till: Till, fault: str) -> None:
    sku = till.new_sku(stock=1)
    till.work()
    order, _ = till.open("card", sku=sku)
    till.merchant.fault(fault, times=None, service="OrderQuery", seconds=0.7)
    end_time(till, order, PATIENCE + timedelta(minutes=1))
    till.until(lambda: till.status(order) == "expired")
    assert till.cases(order)[0] == "payment_stuck"
    assert stock_of(till.db, sku) == 1


@pytest.mark.parametrize("died", ["before the attempt was begun", "while the bank was being told"])
def test_an_order_that_never_reached_the_bank_still_expires(till: Till, died: str) -> None:
    if died == "while the bank was being told":
        till.merchant.fault("http-503", times=None, service="Nonce", seconds=0.7)
        till.work()
    order = till.place("card")
    if died == "while the bank was being told":
        till.until(lambda: bool(till.payments(order)))
        till.rest()
    till.run("UPDATE outbox SET status = 'dead', finished_at = now() WHERE kind = 'payment.create'")
    till.bank.faults.clear()
    till.work()
    till.overdue(order)
    till.settled(order, "expired")
    till.until(lambda: all(not payment.live for payment in till.payments(order)))
    assert till.at_bank(order) == []
    till.pass_time(order, 200)
    till.until(lambda: till.jobs() == [])


def test_what_an_ended_order_wanted_from_the_bank_is_dropped(till: Till) -> None:
    order = till.place("card")
    till.cancel(order)
    till.work()
    till.until(lambda: till.outcomes(order, "payment.create") == ["the order is cancelled"])
    till.settled(order, "cancelled")
    assert till.at_bank(order) == []


def test_a_dead_bank_is_no_reason_to_keep_an_overdue_creation(till: Till) -> None:
    till.merchant.fault("http-503", times=None, service="Nonce", seconds=0.7)
    till.work()
    order = till.place("card")
    till.until(lambda: any(job.kind == "payment.create" and job.attempts > 1 for job in till.jobs()))
    end_time(till, order, PATIENCE + timedelta(minutes=1))
    till.until(lambda: till.outcomes(order, "payment.create") != [])
    assert till.outcomes(order, "payment.create")[0] in (
        "the time of the order is over",
        "the order is expired",
    )
    till.until(lambda: till.status(order) == "expired")


def test_the_bank_is_first_asked_after_the_agreed_time_then_ever_less_and_no_longer_than_needed(
    till: Till,
) -> None:
    till.work(check_after=300)
    order, _ = till.open("card")
    distances = []
    for _ in range(4):
        [wait] = till.column(
            "SELECT extract(epoch FROM available_at - now()) FROM outbox"
            " WHERE kind = 'payment.check' AND status = 'waiting'"
        )
        distances.append(round(wait, -1))
        done = len(till.outcomes(order, "payment.check"))
        till.pass_time(order, float(wait) + 0.01)
        till.until(lambda done=done: len(till.outcomes(order, "payment.check")) > done)  # type: ignore[misc]
    assert distances[:3] == [300, 300, 600]
    assert 600 < distances[3] <= 730, "the page lives 30 minutes, and the last look is 2 minutes after that"
    assert till.outcomes(order, "payment.check")[-1] == "expired"
    assert [job.kind for job in till.jobs() if job.kind == "payment.check"] == []


def test_a_customer_whose_page_has_lapsed_hears_of_it_once_while_the_order_waits(till: Till) -> None:
    till.work(check_after=1)
    order, _ = till.open("card")
    till.pass_time(order, 1800 + 121)
    till.until(lambda: till.payment(order).status == "expired")
    till.until(lambda: till.told(order) == ["payment_ready", "payment_lapsed"])
    assert till.status(order) == "pending"
    till.pay_again(order)
    till.until(lambda: till.told(order)[-1] == "payment_ready")
    till.pay(order)
    till.settled(order, "paid")
    assert till.told(order) == ["payment_ready", "payment_lapsed", "payment_ready", "paid"]


def test_nobody_is_sent_back_to_pay_an_order_that_is_about_to_end_or_is_paid_otherwise(till: Till) -> None:
    till.work(check_after=1)
    ending, _ = till.open("card")
    till.run("UPDATE orders SET expires_at = expires_at - interval '8 minutes' WHERE id = %s", ending.id)
    changed, _ = till.open("card")
    till.run("UPDATE orders SET payment_method = 'atm' WHERE id = %s", changed.id)
    for order in (ending, changed):
        till.pass_time(order, 1800 + 121)
        till.until(lambda order=order: till.payment(order).status == "expired")  # type: ignore[misc]
        assert "payment_lapsed" not in till.told(order)


def test_a_page_that_cannot_be_closed_is_watched_until_its_time_is_over(till: Till) -> None:
    till.work(check_after=300)
    order, _ = till.open("card")
    till.cancel(order)
    till.until(lambda: till.outcomes(order, "payment.check") == ["still undecided"])
    till.pay(order, notify="none")
    till.pass_time(order, 301)
    till.until(lambda: till.cases(order) == ["refund_due"])
    assert till.status(order) == "cancelled"
