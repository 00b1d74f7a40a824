"""Paying to a virtual account: transfers that come in time, late, twice, wrong or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from payments.provider import Standing
from store.orders import Order
from tests.factories import broken_invariants, stock_of
from tests.integration.till import Till, open_till


@pytest.fixture
def till(database_url: str) -> Iterator[Till]:
    with open_till(database_url) as till:
        till.work()
        yield till
        till.rest()
        assert broken_invariants(till.db) == []


def after_asking(till: Till, then: Callable[[], object]) -> None:
    """Have something happen between the bank's next word about a payment and what is made of it."""
    find = till.provider.find

    def find_and_then(order_no: str, method: str) -> Standing | None:
        till.provider.find = find  # type: ignore[method-assign]
        standing = find(order_no, method)
        then()
        return standing

    till.provider.find = find_and_then  # type: ignore[method-assign]


def phase_at_bank(till: Till, order: Order) -> str:
    return str(till.at_bank(order)[-1]["status"])


def test_an_order_gets_an_account_and_is_paid_by_a_transfer(till: Till) -> None:
    order, payment = till.open("atm")
    assert payment.account_no == till.at_bank(order)[0]["AtmPayNo"]
    till.pay(order)
    till.settled(order, "paid")
    assert till.told(order) == ["payment_ready", "paid"]
    assert till.money(order) == [order.total]


def test_the_account_lives_as_long_as_the_order(till: Till) -> None:
    order, payment = till.open("atm")
    assert payment.expires_at == order.expires_at


def test_wrong_amount_is_kept_but_not_paid(till: Till) -> None:
    order, _ = till.open("atm")
    till.pay(order, amount=order.total - 1)
    till.until(lambda: till.told(order) == ["payment_ready", "amount_mismatch"])
    till.settled(order, "pending")
    assert till.money(order) == [order.total - 1]
    assert till.cases(order) == ["amount_mismatch"]


def test_an_order_with_a_wrong_amount_ends_by_its_time(till: Till) -> None:
    sku = till.new_sku(stock=1)
    order, _ = till.open("atm", sku=sku)
    till.pay(order, amount=1)
    till.until(lambda: till.cases(order) == ["amount_mismatch"])
    till.overdue(order)
    till.settled(order, "expired")
    assert till.money(order) == [1]
    assert stock_of(till.db, sku) == 1


def test_an_order_with_a_wrong_amount_can_still_be_paid_in_full(till: Till) -> None:
    order, _ = till.open("atm")
    till.pay(order, amount=1)
    till.until(lambda: till.cases(order) == ["amount_mismatch"])
    till.pay_again(order)
    till.until(lambda: till.payment(order).attempt == 2 and till.payment(order).live)
    till.until(lambda: till.payment(order).status == "waiting")
    till.pay(order)
    till.settled(order, "paid")
    assert till.money(order) == [1, order.total]


def test_a_second_transfer_to_the_same_account_is_left_to_a_human(till: Till) -> None:
    order, _ = till.open("atm")
    till.pay(order)
    till.settled(order, "paid")
    till.merchant.control("clock", advance_seconds=300)
    till.pay(order, again=True)
    till.until(lambda: till.cases(order) == ["bank_disagrees"])
    assert till.status(order) == "paid"
    assert till.events(order)[-1] == "bank_disagrees"


def test_an_order_that_is_not_paid_in_time_ends_and_its_account_is_disabled(till: Till) -> None:
    sku = till.new_sku(stock=1)
    order, _ = till.open("atm", sku=sku)
    assert stock_of(till.db, sku) == 0
    till.run("UPDATE orders SET expires_at = now() WHERE id = %s", order.id)
    till.run("UPDATE outbox SET available_at = now() WHERE kind = 'order.expire'")
    till.settled(order, "expired")
    till.until(lambda: till.payment(order).status == "expired")
    assert phase_at_bank(till, order) == "disabled"
    assert stock_of(till.db, sku) == 1
    assert till.told(order) == ["payment_ready", "expired"]
    till.until(lambda: till.outcomes(order, "payment.check") == ["closed already"])


def test_the_bank_is_asked_before_an_order_expires(till: Till) -> None:
    order, _ = till.open("atm")
    till.merchant.fault("silent")
    till.pay(order)
    till.overdue(order)
    till.settled(order, "paid")
    assert till.outcomes(order, "order.expire") == ["paid"]
    assert till.told(order) == ["payment_ready", "paid"]


def test_payment_during_expiry_wins(till: Till) -> None:
    sku = till.new_sku(stock=1)
    order, _ = till.open("atm", sku=sku)
    till.merchant.fault("silent")
    after_asking(till, lambda: till.pay(order))
    till.run("UPDATE orders SET expires_at = now() WHERE id = %s", order.id)
    till.run("UPDATE outbox SET available_at = now() WHERE kind = 'order.expire'")
    till.settled(order, "paid")
    assert till.told(order) == ["payment_ready", "expired", "late_revived"]
    assert till.money(order) == [order.total]
    assert stock_of(till.db, sku) == 0


def paid_too_late(till: Till, sku: int) -> Order:
    """An order whose payment is heard of only after it has expired and its stock is back."""
    order, _ = till.open("atm", sku=sku)
    till.merchant.fault("silent")
    till.pay(order)
    till.merchant.fault("not-found", times=2)
    till.overdue(order, late=60)
    till.settled(order, "expired")
    assert stock_of(till.db, sku) == 1
    return order


def test_late_payment_revives_when_stock_is_left(till: Till) -> None:
    sku = till.new_sku(stock=1)
    order = paid_too_late(till, sku)
    till.pass_time(order, 61)
    till.settled(order, "paid")
    assert till.told(order) == ["payment_ready", "expired", "late_revived"]
    assert stock_of(till.db, sku) == 0


def test_late_payment_is_refunded_when_sold_out(till: Till) -> None:
    sku = till.new_sku(stock=1)
    order = paid_too_late(till, sku)
    till.place("cod", sku=sku)
    till.pass_time(order, 61)
    till.until(lambda: till.told(order) == ["payment_ready", "expired", "late_refund"])
    assert till.status(order) == "expired"
    assert till.money(order) == [order.total]
    assert till.cases(order) == ["refund_due"]
    assert stock_of(till.db, sku) == 0


def test_an_account_is_disabled_when_the_customer_gives_the_order_up(till: Till) -> None:
    order, _ = till.open("atm")
    till.cancel(order)
    till.until(lambda: phase_at_bank(till, order) == "disabled")
    till.until(lambda: till.payment(order).status == "cancelled")
    till.settled(order, "cancelled")
    assert till.money(order) == []


def test_an_order_given_up_while_the_bank_is_being_told_leaves_no_account_open(till: Till) -> None:
    till.merchant.fault("delay", service="OrderCreate", seconds=0.3)
    order = till.place("atm")
    till.until(lambda: bool(till.payments(order)) and bool(till.at_bank(order)))
    till.cancel(order)
    till.until(lambda: phase_at_bank(till, order) == "disabled")
    till.until(lambda: till.payment(order).status == "cancelled")
    till.settled(order, "cancelled")
    assert till.told(order) == []


def test_money_paid_before_the_order_was_given_up_is_due_back(till: Till) -> None:
    order, _ = till.open("atm")
    till.merchant.fault("silent")
    till.pay(order)
    till.cancel(order)
    till.until(lambda: till.cases(order) == ["refund_due"])
    till.until(lambda: till.told(order) == ["payment_ready", "late_refund"])
    assert till.status(order) == "cancelled"
    assert till.money(order) == [order.total]


def test_cash_on_delivery_asks_the_bank_for_nothing(till: Till) -> None:
    order = till.place("cod")
    till.settled(order, "preparing")
    till.cancel(order)
    till.settled(order, "cancelled")
    assert till.at_bank(order) == []
