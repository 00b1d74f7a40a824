"""Refunds when the bank, the network or a process fails half-way: nothing goes back twice or is forgotten."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest

from payments import refunds as refunding
from payments.provider import Standing
from payments.refunds import TRACE_SECONDS
from store import coupons, refunds
from store.orders import Order
from store.queue import outbox
from tests.factories import a_coupon, broken_invariants, fill_cart, line_user, scalar
from tests.integration.coupon_shop import goods, placed, used
from tests.integration.refund_desk import (
    LONG,
    ask,
    at_bank,
    let_the_bank_finish,
    paid,
    reach,
    shift_sending,
    states,
    wishes,
)
from tests.integration.till import Till, open_till


@pytest.fixture
def till(database_url: str) -> Iterator[Till]:
    with open_till(database_url, refund_outcome="success") as till:
        till.work()
        yield till
        till.rest()
        assert broken_invariants(till.db) == []


def strike(till: Till, fault: str, times: int = 1, service: str = "OrderMaintain") -> None:
    till.merchant.fault(fault, times=times, service=service, seconds=0.7 if fault == "hang" else None)


def waits_for_a_trace(till: Till) -> None:
    """The worker has looked after an unheard answer, and waits before it tells the bank again."""
    till.until(lambda: any("may still be at it" in job.last_error for job in till.jobs()))


@pytest.mark.parametrize("fault", ["drop", "hang", "wrong-sign", "wrong-order-no"])
@pytest.mark.parametrize("amount", [None, 60])
def test_a_refund_whose_answer_was_lost_is_recognised_in_the_banks_list(
    till: Till, fault: str, amount: int | None
) -> None:
    order, _ = paid(till)
    strike(till, fault)
    ask(till, order, amount)
    reach(till, order, "accepted")
    let_the_bank_finish(till, order)
    reach(till, order, "done")
    assert at_bank(till, order) == [amount or order.total]
    assert till.money(order)[1:] == [-(amount or order.total)]


@pytest.mark.parametrize("fault", ["http-500", "http-503", "E9999"])
def test_a_refund_the_bank_never_saw_is_sent_again_once_no_trace_can_come_any_more(
    till: Till, fault: str
) -> None:
    order, _ = paid(till)
    strike(till, fault)
    ask(till, order, 60)
    waits_for_a_trace(till)
    assert at_bank(till, order) == []
    shift_sending(till, order, TRACE_SECONDS + 1)
    reach(till, order, "accepted")
    assert at_bank(till, order) == [60]


@pytest.mark.parametrize("fault", ["M0001", "E9900", "http-429", "http-401", "E3003"])
def test_a_bank_that_has_surely_done_nothing_is_told_again_at_once(till: Till, fault: str) -> None:
    order, _ = paid(till)
    strike(till, fault, times=2)
    ask(till, order, 60)
    reach(till, order, "accepted")
    assert at_bank(till, order) == [60]


@pytest.mark.parametrize("fault", ["http-503", "drop", "M0001", "not-found"])
def test_trouble_while_it_is_asked_about_delays_a_refund_and_no_more(till: Till, fault: str) -> None:
    order, _ = paid(till)
    strike(till, fault, times=2, service="OrderQuery")
    ask(till, order)
    reach(till, order, "accepted")
    let_the_bank_finish(till, order)
    till.settled(order, "refunded")
    assert at_bank(till, order) == [order.total]


def test_an_account_whose_first_call_was_lost_is_refunded_once_its_token_has_lapsed(till: Till) -> None:
    order, _ = paid(till, "atm")
    strike(till, "drop")
    ask(till, order)
    waits_for_a_trace(till)
    shift_sending(till, order, TRACE_SECONDS + 1)
    reach(till, order, "accepted")
    assert at_bank(till, order) == [order.total]


def test_an_account_whose_second_call_was_lost_is_recognised(till: Till) -> None:
    order, _ = paid(till, "atm")
    lose_the_second_call(till)
    ask(till, order)
    reach(till, order, "accepted")
    let_the_bank_finish(till, order, steps=1)
    till.settled(order, "refunded")
    assert at_bank(till, order) == [order.total]


def lose_the_second_call(till: Till) -> None:
    maintain = till.client.maintain_order

    def once(*given: object, **named: object) -> object:
        if named.get("refund_token"):
            till.client.maintain_order = maintain  # type: ignore[method-assign]
            strike(till, "drop")
        return maintain(*given, **named)  # type: ignore[arg-type]

    till.client.maintain_order = once  # type: ignore[method-assign, assignment]


def test_a_token_that_lapsed_between_the_calls_is_asked_for_anew(database_url: str) -> None:
    with open_till(database_url, refund_token_seconds=-1.0, refund_outcome="success") as till:
        till.work()
        order, _ = paid(till, "atm")
        ask(till, order)
        waits_for_a_trace(till)
        object.__setattr__(till.bank.config, "refund_token_seconds", 120.0)
        shift_sending(till, order, TRACE_SECONDS + 1)
        reach(till, order, "accepted")
        assert at_bank(till, order) == [order.total]


def test_a_list_that_is_late_does_not_make_a_sent_refund_a_refused_one(till: Till) -> None:
    order, _ = paid(till)
    find = till.provider.find
    blind = [True]

    def find_without_refunds(order_no: str, method: str) -> Standing | None:
        standing = find(order_no, method)
        hidden = {**vars(standing), "refunds": ()}
        return Standing(**hidden) if standing and blind[0] else standing

    till.provider.find = find_without_refunds  # type: ignore[method-assign]
    strike(till, "drop")
    ask(till, order)
    waits_for_a_trace(till)
    shift_sending(till, order, TRACE_SECONDS + 1)
    reach(till, order, "accepted")  # the bank has said: E9918, asked for already
    blind[0] = False
    let_the_bank_finish(till, order)
    till.settled(order, "refunded")
    assert at_bank(till, order) == [order.total]


@pytest.mark.parametrize("method", ["card", "atm", "linepay"])
def test_a_crash_between_the_bank_and_the_books_gives_nothing_back_twice(till: Till, method: str) -> None:
    order, _ = paid(till, method)
    till.rest()
    ask(till, order)
    [job] = till.db.transaction(lambda tx: outbox.claim(tx, ["refund.send"], 1, uuid.uuid4(), 0.05))
    till.handlers(300)["refund.send"](job)  # and here the process dies, before anything is written
    assert states(till, order) == ["sending"]
    till.work()
    till.until(lambda: states(till, order) in (["accepted"], ["done"]))
    let_the_bank_finish(till, order)
    till.settled(order, "refunded")
    assert at_bank(till, order) == [order.total]


def test_a_crash_before_the_bank_was_told_forgets_nothing(till: Till) -> None:
    order, _ = paid(till)
    till.rest()
    ask(till, order, 60)
    [refund] = wishes(till, order)
    till.db.transaction(lambda tx: refunds.set_sending(tx, refund, []))
    till.work()
    waits_for_a_trace(till)
    shift_sending(till, order, TRACE_SECONDS + 1)
    reach(till, order, "accepted")
    assert at_bank(till, order) == [60]


def test_the_end_of_a_refund_that_is_written_twice_counts_once(till: Till) -> None:
    order, _ = paid(till, "linepay")
    ask(till, order)
    till.settled(order, "refunded")
    [refund] = wishes(till, order)
    till.put("refund.check", order, refund_id=refund.id)
    till.until(lambda: till.outcomes(order, "refund.check")[1:] == ["the refund is done"])
    assert till.money(order) == [order.total, -order.total]


def test_a_withdrawal_whose_answer_was_lost_is_seen_in_the_state(database_url: str) -> None:
    with open_till(database_url, capture_seconds=LONG) as till:
        till.work()
        order, _ = paid(till)
        strike(till, "drop")
        ask(till, order)
        till.settled(order, "refunded")
        assert till.at_bank(order)[0]["PayStatus"] == "1C351"
        assert till.money(order) == [order.total, -order.total]


def test_a_refund_the_bank_never_ends_is_shown_to_a_human(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refunding, "PATIENCE", timedelta(0))
    order, _ = paid(till)
    ask(till, order)
    till.until(lambda: till.cases(order) == ["payment_stuck"])
    assert states(till, order) == ["accepted"]


def with_coupon(till: Till) -> tuple[Order, coupons.Coupon]:
    coupon, user = a_coupon(till.db), line_user()
    fill_cart(till.db, user, {goods(till.db): 1})
    order = placed(till.db, user, coupon)
    till.wake()
    till.until(lambda: till.payment(order).status == "waiting")
    till.pay(order)
    till.settled(order, "paid")
    return order, coupon


def test_a_coupon_returns_when_everything_is_given_back_and_not_before(till: Till) -> None:
    order, coupon = with_coupon(till)
    ask(till, order, 1, key="a")
    assert used(till.db, coupon) == 1
    ask(till, order, order.total - 1, key="b")
    assert used(till.db, coupon) == 0
    assert scalar(till.db, "SELECT status FROM orders WHERE id = %s", order.id) == "refunding"
