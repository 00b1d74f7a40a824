"""Paying by card, from the order to the money, against the bank over sockets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from payments.attempts import LAPSED_PAGE_SECONDS
from tests.factories import broken_invariants
from tests.integration.till import Till, open_till


@pytest.fixture
def till(database_url: str) -> Iterator[Till]:
    with open_till(database_url) as till:
        till.work()
        yield till
        till.rest()
        assert broken_invariants(till.db) == []


def test_an_order_gets_a_page_at_the_bank_and_is_paid_there(till: Till) -> None:
    order, payment = till.open("card")
    assert payment.provider_order_no == order.code + "A"
    [there] = till.at_bank(order)
    assert payment.pay_url == there["url"]
    till.pay(order)
    till.settled(order, "paid")
    assert till.told(order) == ["payment_ready", "paid"]
    assert till.money(order) == [order.total]
    assert till.events(order) == ["placed", "payment_opened", "money_arrived"]
    assert till.payment(order).status == "paid"


def test_callback_and_return_page_settle_once(till: Till) -> None:
    order, payment = till.open("card")
    outcome = till.pay(order, notify="both")
    assert outcome["ReturnPayToken"] != outcome["BackendPayToken"]
    answer = till.come_back(payment, outcome)
    assert answer.status_code == 303
    till.until(lambda: sorted(till.outcomes(order, "payment.look_up")) == ["duplicate", "paid"])
    till.settled(order, "paid")
    assert till.money(order) == [order.total]
    assert till.told(order) == ["payment_ready", "paid"]


def test_five_callbacks_settle_once(till: Till) -> None:
    order, payment = till.open("card")
    till.merchant.fault("duplicate-notification")
    outcome = till.pay(order)
    for _ in range(4):
        hint = {"ShopNo": till.bank.shop_no, "PayToken": outcome["BackendPayToken"]}
        assert till.post(payment, "backend", json=hint).json() == {"Status": "S"}
    till.settled(order, "paid")
    assert till.outcomes(order, "payment.look_up") == ["paid"]
    assert till.money(order) == [order.total]


@pytest.mark.parametrize("way", ["backend", "return"])
def test_one_messenger_is_enough(till: Till, way: str) -> None:
    order, payment = till.open("card")
    outcome = till.pay(order, notify=way)
    if way == "return":
        till.come_back(payment, outcome)
    till.settled(order, "paid")
    assert till.money(order) == [order.total]


def test_a_lost_callback_is_found_by_asking(database_url: str) -> None:
    with open_till(database_url) as till:
        till.work(check_after=300)
        order, _ = till.open("card")
        till.pay(order, notify="none")
        till.pass_time(order, 300)
        till.settled(order, "paid")
        assert till.outcomes(order, "payment.look_up") == []
        assert till.told(order) == ["payment_ready", "paid"]
        assert broken_invariants(till.db) == []


def test_a_callback_that_comes_before_the_answer_to_the_creation_is_taken_in(till: Till) -> None:
    till.merchant.fault("notify-first")
    order = till.place("card")
    till.settled(order, "paid")
    assert till.told(order)[-1] == "paid"
    assert till.money(order) == [order.total]
    assert len(till.at_bank(order)) == 1


def test_a_payment_before_a_creation_whose_answer_is_lost_is_settled_too(till: Till) -> None:
    till.merchant.fault("notify-first")
    till.merchant.fault("drop", service="OrderCreate")
    order = till.place("card")
    till.settled(order, "paid")
    assert till.money(order) == [order.total]
    assert len(till.at_bank(order)) == 1


def test_a_failed_try_is_told_with_the_words_of_the_bank_and_the_next_one_pays(till: Till) -> None:
    order, payment = till.open("card")
    till.come_back(payment, till.pay(order, result="F", code="E2720"))
    till.until(lambda: "payment_failed" in till.told(order))
    assert till.notices[-1]["reason"] == "3D驗證失敗"
    assert till.payment(order).last_error == "3D驗證失敗"
    assert till.payment(order).status == "waiting"
    till.pay(order)
    till.settled(order, "paid")
    assert till.told(order) == ["payment_ready", "payment_failed", "paid"]


def test_a_failure_reported_by_both_messengers_is_told_once(till: Till) -> None:
    order, payment = till.open("card")
    till.come_back(payment, till.pay(order, result="F", notify="both"))
    till.until(lambda: till.outcomes(order, "payment.look_up") == ["failed", "failed"])
    till.settled(order, "pending")
    assert till.told(order) == ["payment_ready", "payment_failed"]


def test_failure_never_overwrites_paid(till: Till) -> None:
    order, payment = till.open("card")
    failure = till.pay(order, result="F")
    till.pay(order)
    till.settled(order, "paid")
    till.come_back(payment, failure)
    till.until(lambda: till.outcomes(order, "payment.look_up") == ["paid", "failed"])
    assert till.status(order) == "paid"
    assert till.payment(order).status == "paid"
    assert till.told(order) == ["payment_ready", "paid"]
    assert till.events(order)[-1] == "payment_failed"


def test_a_page_that_has_lapsed_is_replaced_by_a_new_attempt(till: Till) -> None:
    order, _ = till.open("card")
    till.pass_time(order, 1900)
    till.pay_again(order)
    till.until(lambda: [p.status for p in till.payments(order)] == ["expired", "waiting"])
    assert till.payment(order).provider_order_no == order.code + "B"
    assert till.payment(order).expires_at < order.expires_at  # type: ignore[operator]
    till.pay(order)
    till.settled(order, "paid")
    assert till.told(order) == ["payment_ready", "payment_ready", "paid"]


def test_a_page_paid_in_its_last_second_is_not_replaced(till: Till) -> None:
    order, _ = till.open("card")
    till.pay(order, notify="none")
    till.pass_time(order, 1900)
    till.pay_again(order)
    till.settled(order, "paid")
    assert [p.status for p in till.payments(order)] == ["paid"]
    assert len(till.at_bank(order)) == 1


def test_a_page_that_is_still_open_at_the_bank_is_not_replaced(till: Till) -> None:
    order, payment = till.open("card")
    till.run("UPDATE payments SET expires_at = now() WHERE id = %s", payment.id)
    till.pay_again(order)
    till.until(lambda: any("can still be paid" in job.last_error for job in till.jobs()))
    till.pay(order)
    till.until(lambda: till.status(order) == "paid")
    till.pass_time(order, LAPSED_PAGE_SECONDS)
    till.until(lambda: till.outcomes(order, "payment.create")[1:] == ["the order is paid"])
    assert len(till.payments(order)) == 1


def test_asking_twice_for_a_way_to_pay_shows_the_same_one(till: Till) -> None:
    order, payment = till.open("card")
    till.pay_again(order)
    till.until(lambda: till.told(order) == ["payment_ready", "payment_ready"])
    assert till.payments(order) == [payment]
    assert len(till.at_bank(order)) == 1


def test_an_old_page_paid_after_all_makes_the_order_paid_and_the_new_one_unwanted(till: Till) -> None:
    order, first = till.open("card")
    till.run("UPDATE payments SET status = 'expired' WHERE id = %s", first.id)
    till.pay_again(order)
    till.until(lambda: till.payment(order).status == "waiting")
    till.pay(order, number=first.provider_order_no)
    till.settled(order, "paid")
    till.until(lambda: [p.status for p in till.payments(order)] == ["paid", "cancelled"])
    assert till.cases(order) == []


def test_two_pages_that_are_both_paid_leave_a_refund_due(till: Till) -> None:
    order, first = till.open("card")
    till.run("UPDATE payments SET status = 'expired' WHERE id = %s", first.id)
    till.pay_again(order)
    till.until(lambda: till.payment(order).status == "waiting")
    till.pay(order)
    till.settled(order, "paid")
    till.pay(order, number=first.provider_order_no)
    till.until(lambda: till.cases(order) == ["refund_due"])
    assert till.money(order) == [order.total, order.total]
    assert till.status(order) == "paid"
    till.until(lambda: till.told(order)[-1] == "extra_refund")
