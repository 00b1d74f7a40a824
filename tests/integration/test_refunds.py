"""Money goes back: whole or in part, by every method, once; and the merchant hears what the bank refuses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from payments.sinopac.codes import WORDING
from store import customers, fulfilment, refunds, returns
from store.fulfilment import Parcel
from store.refunds import Outcome
from store.returns import Standing
from tests.factories import broken_invariants, stock_of
from tests.integration.refund_desk import (
    LONG,
    ask,
    at_bank,
    let_the_bank_finish,
    order_of,
    paid,
    reach,
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


def test_a_whole_refund_ends_the_order_and_puts_its_goods_back_on_sale(till: Till) -> None:
    sku = till.new_sku(stock=3)
    order, _ = paid(till, sku=sku, quantity=2)
    assert ask(till, order, restock=True) is Outcome.ASKED
    assert (till.status(order), stock_of(till.db, sku)) == ("refunding", 3)
    reach(till, order, "accepted")
    assert till.money(order) == [order.total], "what the bank has only taken on is not back"
    let_the_bank_finish(till, order)
    till.settled(order, "refunded")
    assert till.money(order) == [order.total, -order.total]
    assert at_bank(till, order) == [order.total]
    assert till.told(order) == ["payment_ready", "paid", "refund_started", "refunded"]
    assert [n["method"] for n in till.notices if n["what"] == "refunded"] == ["card"]
    story = ["refund_asked", "refunding", "refund_accepted", "money_returned", "refunded"]
    assert till.events(order)[3:] == story
    assert till.cases(order) == []


def test_a_return_is_seen_to_when_all_its_money_is_back(till: Till) -> None:
    order, _ = paid(till)
    till.db.transaction(lambda tx: fulfilment.ship(tx, order.id, Parcel("全家", "A1234"), "staff:1"))
    customer = till.db.transaction(lambda tx: customers.find(tx, order.customer_id))
    till.db.transaction(lambda tx: returns.ask(tx, customer, order.id, "不合適"))
    resolved = "SELECT resolution FROM cases WHERE kind = 'return_asked' AND order_id = %s"
    ask(till, order)
    assert list(till.column(resolved, order.id)) == [None], "the bank has not sent it back yet"
    let_the_bank_finish(till, order)
    till.settled(order, "refunded")
    assert list(till.column(resolved, order.id)) == ["refunded"]
    assert till.db.transaction(lambda tx: returns.standing(tx, order.id)) is Standing.NOTHING


def test_without_restock_the_goods_stay_sold(till: Till) -> None:
    sku = till.new_sku(stock=1)
    order, _ = paid(till, sku=sku)
    ask(till, order)
    let_the_bank_finish(till, order)
    till.settled(order, "refunded")
    assert stock_of(till.db, sku) == 0


def test_a_part_leaves_the_order_as_it_is(till: Till) -> None:
    order, _ = paid(till)
    assert ask(till, order, 60) is Outcome.ASKED
    let_the_bank_finish(till, order)
    reach(till, order, "done")
    assert till.status(order) == "paid"
    assert till.money(order) == [order.total, -60]


def test_parts_that_add_up_to_everything_end_the_order(till: Till) -> None:
    order, _ = paid(till)
    ask(till, order, 60, key="a")
    let_the_bank_finish(till, order)
    reach(till, order, "done")
    assert ask(till, order, order.total - 60, key="b", restock=True) is Outcome.ASKED
    assert till.status(order) == "refunding"
    reach(till, order, "done", "accepted")
    let_the_bank_finish(till, order)
    till.settled(order, "refunded")
    assert till.money(order) == [order.total, -60, 60 - order.total]


def test_a_second_part_waits_until_the_first_is_listed_by_the_bank(till: Till) -> None:
    order, _ = paid(till)
    ask(till, order, 60, key="a")
    reach(till, order, "accepted")
    ask(till, order, 70, key="b")
    till.until(lambda: any("another refund" in job.last_error for job in till.jobs()))
    assert at_bank(till, order) == [60]
    let_the_bank_finish(till, order)
    reach(till, order, "done", "accepted")
    let_the_bank_finish(till, order)
    reach(till, order, "done", "done")
    assert till.money(order)[1:] == [-60, -70]


def test_what_was_only_authorised_is_withdrawn_and_not_refunded(database_url: str) -> None:
    with open_till(database_url, capture_seconds=LONG) as till:
        till.work()
        order, _ = paid(till)
        ask(till, order, restock=True)
        till.settled(order, "refunded")
        [there] = till.at_bank(order)
        assert (there["PayStatus"], there["refunds"]) == ("1C351", [])
        assert till.money(order) == [order.total, -order.total]
        assert broken_invariants(till.db) == []


def test_a_part_of_what_was_only_authorised_is_captured_first(database_url: str) -> None:
    with open_till(database_url, capture_seconds=LONG) as till:
        till.work()
        order, _ = paid(till)
        ask(till, order, 60)
        till.until(lambda: till.at_bank(order)[0]["PayStatus"] == "1C400")
        till.until(lambda: any("captured, to give" in job.last_error for job in till.jobs()))
        till.pass_time(order, 6)
        let_the_bank_finish(till, order)
        reach(till, order, "done")
        assert till.money(order) == [order.total, -60]


def test_a_virtual_account_is_refunded_in_two_calls_and_ends_by_its_callback(till: Till) -> None:
    order, _ = paid(till, "atm")
    ask(till, order)
    reach(till, order, "accepted")
    assert at_bank(till, order) == [order.total]
    till.until(lambda: "refund_started" in till.told(order))  # said by the first look at it
    till.merchant.control("clock", advance_seconds=301)  # the shop's own timers are not due
    till.settled(order, "refunded")
    assert "refund done" in till.outcomes(order, "payment.look_up")
    assert till.told(order)[-2:] == ["refund_started", "refunded"]


@pytest.mark.parametrize("end", ["failed", "returning"])
def test_a_refund_that_fails_later_leaves_the_money_and_a_case_and_can_be_asked_for_again(
    till: Till, end: str
) -> None:
    order, _ = paid(till, "atm")
    till.merchant.control("refunds", outcome=end)
    ask(till, order)
    reach(till, order, "accepted")
    till.merchant.control("clock", advance_seconds=301)
    reach(till, order, "failed")
    assert till.money(order) == [order.total]
    assert till.status(order) == "refunding"
    assert till.cases(order) == ["refund_due"]
    assert "refunded" not in till.told(order)
    till.merchant.control("refunds", outcome="success")
    assert ask(till, order, key="form 2") is Outcome.ASKED
    reach(till, order, "failed", "accepted")
    till.merchant.control("clock", advance_seconds=301)
    till.settled(order, "refunded")
    assert till.column_of("cases", "resolution", order) == [f"refund 2 of NT${order.total} is done"]


@pytest.mark.parametrize("method", ["linepay", "jkopay", "pxpay", "pluspay", "ipass"])
def test_a_wallet_has_its_money_back_at_once(till: Till, method: str) -> None:
    order, _ = paid(till, method)
    ask(till, order)
    till.settled(order, "refunded")
    assert till.told(order) == ["payment_ready", "paid", "refunded"]
    assert till.money(order) == [order.total, -order.total]


def test_mobile_pay_is_refunded_like_a_card(till: Till) -> None:
    order, _ = paid(till, "mobile")
    ask(till, order, 10)
    let_the_bank_finish(till, order)
    reach(till, order, "done")


def test_instalments_go_back_whole_or_not_at_all(database_url: str) -> None:
    with open_till(database_url, card_kinds=("ONE", "STAGING")) as till:
        till.work()
        order, payment = paid(till, "card3")
        assert payment.method == "card3"
        assert ask(till, order, 10) is Outcome.WHOLE_ONLY
        assert ask(till, order) is Outcome.ASKED
        let_the_bank_finish(till, order)
        till.settled(order, "refunded")


def test_the_same_wish_is_granted_once(till: Till) -> None:
    order, _ = paid(till)
    assert [ask(till, order, 50) for _ in range(3)] == [Outcome.ASKED, Outcome.ALREADY, Outcome.ALREADY]
    let_the_bank_finish(till, order)
    assert at_bank(till, order) == [50]


@pytest.mark.parametrize("amount", [0, -1, 10_000])
def test_no_more_than_is_held_and_nothing_senseless_goes_back(till: Till, amount: int) -> None:
    order, _ = paid(till)
    assert ask(till, order, amount) is Outcome.TOO_MUCH
    assert wishes(till, order) == []


def test_what_was_promised_is_not_promised_again(till: Till) -> None:
    order, _ = paid(till)
    till.rest()
    assert ask(till, order, 100, key="a") is Outcome.ASKED
    assert ask(till, order, order.total - 99, key="b") is Outcome.TOO_MUCH
    assert ask(till, order, order.total - 100, key="c") is Outcome.ASKED
    assert till.status(order) == "refunding"
    [holding] = till.db.transaction(lambda tx: refunds.holdings(tx, order.id))
    assert (holding.held, holding.promised, holding.refundable) == (order.total, order.total, 0)


def test_goods_come_back_only_with_everything_that_was_paid(till: Till) -> None:
    order, _ = paid(till)
    assert ask(till, order, 10, restock=True) is Outcome.RESTOCK_NEEDS_WHOLE
    assert wishes(till, order) == []


def test_another_orders_payment_cannot_be_named(till: Till) -> None:
    mine, _ = paid(till)
    _, other = paid(till)
    with pytest.raises(LookupError, match="has no payment"):
        ask(till, mine, 10, payment=other)


CODES = [f"E360{digit}" for digit in range(9)] + ["E9918", "E9919", "E9922"]


@pytest.mark.parametrize("code", CODES)
def test_what_the_bank_refuses_is_kept_in_words_for_the_merchant(till: Till, code: str) -> None:
    order, _ = paid(till)
    till.merchant.fault(code, service="OrderMaintain")
    ask(till, order)
    reach(till, order, "failed")
    [refund] = wishes(till, order)
    assert refund.problem_code == code
    assert refund.problem.startswith(WORDING[code] + "。")
    assert till.cases(order) == ["refund_due"]
    assert till.status(order) == "refunding"
    assert till.money(order) == [order.total]
    assert till.told(order) == ["payment_ready", "paid"], "a refusal is the merchant's affair"


def test_a_transfer_without_a_known_payer_is_given_back_by_hand(till: Till) -> None:
    order, _ = till.open("atm")
    till.pay(order, account=False)
    till.settled(order, "paid")
    ask(till, order)
    reach(till, order, "failed")
    [refund] = wishes(till, order)
    assert refund.problem_code == "E3603"

    def by_hand() -> bool:
        return till.db.transaction(
            lambda tx: refunds.finish_by_hand(tx, refund.id, "staff:1", "匯款給客人了")
        )

    assert [by_hand(), by_hand()] == [True, False]
    till.settled(order, "refunded")
    assert till.money(order) == [order.total, -order.total]
    assert till.column_of("cases", "closed_by", order) == ["staff:1"]


def test_a_refund_of_the_banks_console_is_shown_to_a_human(till: Till) -> None:
    order, payment = paid(till, "atm")
    number = payment.provider_order_no
    token = till.merchant.maintain(number, "R", Amount=5_000)["RefundToken"]
    till.merchant.maintain(number, "R", Amount=5_000, RefundToken=token)
    till.merchant.control("clock", advance_seconds=301)
    till.until(lambda: till.cases(order) == ["bank_disagrees"])
    assert till.money(order) == [order.total]


def late_money(till: Till) -> int:
    """Money of an order that was given up a moment before; the order's id."""
    order, _ = till.open("card")
    till.cancel(order)
    till.settled(order, "cancelled")
    till.pay(order)
    till.until(lambda: bool(till.money(order)))
    return order.id


def test_late_money_waits_for_a_human_where_no_rule_says_otherwise(till: Till) -> None:
    order_id = late_money(till)
    assert list(till.column("SELECT count(*) FROM refunds WHERE order_id = %s", order_id)) == [0]


def test_late_and_double_money_goes_back_by_itself_where_the_shop_says_so(database_url: str) -> None:
    with open_till(database_url) as till:
        till.auto_refund = True
        till.work()
        order, first = till.open("card")
        till.run("UPDATE payments SET status = 'expired' WHERE id = %s", first.id)
        till.pay_again(order)
        till.until(lambda: till.payment(order).status == "waiting")
        till.pay(order)
        till.settled(order, "paid")
        till.pay(order, number=first.provider_order_no)
        reach(till, order, "accepted")
        let_the_bank_finish(till, order)
        reach(till, order, "done")
        assert till.status(order) == "paid", "only what was too much goes back"
        assert till.money(order) == [order.total, order.total, -order.total]
        assert till.column_of("cases", "closed_by", order) == ["bank"]
        order_id = late_money(till)
        till.until(lambda: till.count("refunds", order_id) == 1)
        assert broken_invariants(till.db) == []


def test_money_that_came_after_everything_went_back_goes_back_too(till: Till) -> None:
    order, first = paid(till)
    ask(till, order)
    let_the_bank_finish(till, order)
    till.settled(order, "refunded")
    assert states(till, order) == ["done"]
    assert order_of(till, order).status == "refunded"
    assert ask(till, order, 1, key="again", payment=first) is Outcome.TOO_MUCH
