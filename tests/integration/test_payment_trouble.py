"""A bank that is slow, down, wrong or out of its mind: the order is kept, and told to the bank once."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

import pytest

from store.queue import outbox
from tests.factories import broken_invariants
from tests.integration.till import Till, open_till

# What is named after E or M is a refusal with that code, the rest is a mishap on the way.
TROUBLE = [
    *["drop", "hang", "garbage", "wrong-sign", "wrong-shop", "wrong-amount", "wrong-order-no"],
    *["http-401", "http-429", "http-499", "http-500", "http-503"],
    *["M0001", "E9900", "E9999", "E0302", "E0304", "E0602", "E3001", "E3002", "E3003"],
]

ANSWERS = [
    "drop",
    "hang",
    "wrong-sign",
    "wrong-shop",
    "wrong-amount",
    "wrong-order-no",
    "http-429",
    "M0001",
    "E3003",
]


@pytest.fixture
def till(database_url: str) -> Iterator[Till]:
    with open_till(database_url) as till:
        yield till
        till.rest()
        assert broken_invariants(till.db) == []


def strike(till: Till, fault: str, service: str, times: int | None = 2) -> None:
    till.merchant.fault(fault, times=times, service=service, seconds=0.7 if fault == "hang" else None)


def struck(till: Till) -> bool:
    """Whether every mishap that was switched on has happened."""
    return not till.bank.faults.list()


@pytest.mark.parametrize("fault", TROUBLE)
def test_trouble_while_an_order_is_created_makes_one_order_at_the_bank(till: Till, fault: str) -> None:
    strike(till, fault, "OrderCreate")
    till.work()
    order, payment = till.open("card")
    assert [row["OrderNo"] for row in till.at_bank(order)] == [payment.provider_order_no]
    assert payment.pay_url == till.at_bank(order)[0]["url"]
    till.pay(order)
    till.settled(order, "paid")
    assert till.told(order) == ["payment_ready", "paid"]
    assert till.money(order) == [order.total]
    assert till.cases(order) == []


@pytest.mark.parametrize("fault", ["hang", "garbage", "http-401", "http-429", "http-500"])
def test_trouble_with_nonces_holds_the_order_up_and_no_more(till: Till, fault: str) -> None:
    strike(till, fault, "Nonce")
    till.work()
    order, _ = till.open("card")
    assert struck(till)
    assert len(till.at_bank(order)) == 1


def test_bank_timeout_keeps_order_and_asks_again(till: Till) -> None:
    strike(till, "drop", "OrderCreate", times=1)
    strike(till, "http-503", "OrderQuery")
    till.work()
    order, payment = till.open("atm")
    assert struck(till)
    [there] = till.at_bank(order)
    assert (there["OrderNo"], there["AtmPayNo"]) == (payment.provider_order_no, payment.account_no)
    assert len(till.payments(order)) == 1


@pytest.mark.parametrize("fault", ANSWERS)
def test_trouble_while_a_token_is_looked_up_delays_the_money_and_no_more(till: Till, fault: str) -> None:
    till.work()
    order, _ = till.open("atm")
    # A wrong figure or number is doubted once; it does not come a second time.
    strike(till, fault, "OrderPayQuery", times=1 if fault in ("wrong-amount", "wrong-order-no") else 2)
    till.pay(order)
    till.settled(order, "paid")
    assert struck(till)
    assert till.money(order) == [order.total]
    assert till.cases(order) == []


@pytest.mark.parametrize("fault", ANSWERS)
def test_trouble_while_a_payment_is_asked_about_delays_it_and_no_more(till: Till, fault: str) -> None:
    till.work(check_after=300)
    order, _ = till.open("card")
    strike(till, fault, "OrderQuery", times=1)
    till.pay(order, notify="none")
    till.pass_time(order, 300)
    till.settled(order, "paid")
    assert struck(till)
    assert till.cases(order) == []


def test_a_bank_that_insists_on_another_amount_is_a_case_and_is_asked_on(till: Till) -> None:
    till.work(check_after=300)
    order, _ = till.open("card")
    strike(till, "wrong-amount", "OrderQuery", times=4)
    till.pay(order, notify="none")
    for asked in (1, 2):
        till.pass_time(order, 300)
        till.until(lambda asked=asked: len(till.outcomes(order, "payment.check")) == asked)  # type: ignore[misc]
    till.pass_time(order, 600)
    till.settled(order, "paid")
    assert till.cases(order) == ["bank_disagrees"]
    assert till.money(order) == [order.total]


def test_a_token_of_another_order_settles_nothing(till: Till) -> None:
    till.work()
    mine, my_payment = till.open("card")
    other, _ = till.open("card")
    token = till.pay(other, notify="return")["form"]
    assert till.post(my_payment, "return", data=token).status_code == 303
    till.until(lambda: till.cases(mine) == ["bank_disagrees"])
    assert till.status(mine) == "pending"
    till.come_back(till.payment(other), {"form": token})
    till.settled(other, "paid")
    assert till.money(mine) == []


def test_a_token_the_bank_does_not_know_is_dropped(till: Till) -> None:
    till.work()
    order, payment = till.open("card")
    till.post(payment, "backend", json={"ShopNo": till.bank.shop_no, "PayToken": "0" * 64})
    till.until(lambda: len(till.outcomes(order, "payment.look_up")) == 1)
    assert "does not know this token" in till.outcomes(order, "payment.look_up")[0]
    assert till.status(order) == "pending"


def test_a_refusal_is_told_with_its_reason_and_another_attempt_may_follow(till: Till) -> None:
    strike(till, "E0402", "OrderCreate", times=1)
    till.work()
    order = till.place("card")
    till.until(lambda: till.told(order) == ["payment_failed"])
    assert (
        next(n for n in till.notices if n["what"] == "payment_failed")["reason"] == "訂單金額低於手續費金額"
    )
    assert till.payment(order).status == "failed"
    assert till.status(order) == "pending"
    till.pay_again(order)
    till.until(lambda: till.payment(order).status == "waiting")
    assert till.payment(order).provider_order_no == order.code + "B"
    till.pay(order)
    till.settled(order, "paid")
    assert len(till.at_bank(order)) == 1


def test_a_mistake_of_ours_is_not_explained_to_the_customer(till: Till) -> None:
    strike(till, "E1201", "OrderCreate", times=1)
    till.work()
    order = till.place("card")
    till.until(lambda: till.told(order) == ["payment_failed"])
    assert till.payment(order).last_error == ""
    data = till.column("SELECT data ->> 'reason' FROM order_events WHERE kind = 'payment_refused'")
    assert next(data).startswith("E1201")


def test_a_wallet_whose_address_was_lost_is_offered_anew(till: Till) -> None:
    strike(till, "drop", "OrderCreate", times=1)
    till.work()
    order, payment = till.open("linepay")
    assert payment.provider_order_no == order.code + "B"
    till.pay(order)
    till.settled(order, "paid")
    assert [row["status"] for row in till.at_bank(order)] == ["waiting", "paid"]


def test_a_crash_between_the_bank_and_the_books_repeats_nothing(till: Till) -> None:
    order = till.place("card")
    [job] = till.db.transaction(lambda tx: outbox.claim(tx, ["payment.create"], 1, uuid.uuid4(), 0.05))
    till.handlers(300)["payment.create"](job)  # and here the process dies, before anything is written
    till.work()
    till.until(lambda: till.payment(order).status == "waiting")
    assert len(till.at_bank(order)) == 1
    assert till.payment(order).pay_url == till.at_bank(order)[0]["url"]


def test_a_crash_after_the_money_was_looked_up_settles_once(till: Till) -> None:
    till.work()
    order, _ = till.open("card")
    till.rest()
    outcome = till.pay(order, notify="return")
    payload = {"payment_id": till.payment(order).id, "token": outcome["ReturnPayToken"]}
    till.put("payment.look_up", order, **payload)
    [job] = till.db.transaction(lambda tx: outbox.claim(tx, ["payment.look_up"], 1, uuid.uuid4(), 0.05))
    conclude = till.handlers(300)["payment.look_up"](job)
    till.db.transaction(conclude)  # concluded, but the job is taken for unfinished
    till.work()
    till.until(lambda: till.outcomes(order, "payment.look_up") == ["duplicate"])
    assert till.money(order) == [order.total]
    assert till.status(order) == "paid"


def test_trouble_is_over_within_moments_once_the_bank_is_back(till: Till) -> None:
    strike(till, "http-503", "Nonce", times=None)
    till.work()
    orders = [till.place("card") for _ in range(3)]
    till.until(lambda: all(till.payments(order) for order in orders))
    till.bank.faults.clear()
    started = time.monotonic()
    till.until(lambda: all(till.payment(order).status == "waiting" for order in orders))
    assert time.monotonic() - started < 3
