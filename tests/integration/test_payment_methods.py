"""Every way to pay, and paying otherwise than was chosen first: one live attempt, and no money unnoticed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store import orders
from store.orders import ChangeOutcome, Order
from tests.factories import broken_invariants, scalar, stock_of
from tests.integration.till import TTL, Till, open_till


@pytest.fixture
def till(database_url: str) -> Iterator[Till]:
    with open_till(database_url, card_kinds=("ONE", "STAGING")) as till:
        till.work()
        yield till
        till.rest()
        assert broken_invariants(till.db) == []


def change(till: Till, order: Order, method: str) -> ChangeOutcome:
    """The customer wants to pay otherwise."""
    outcome = till.db.transaction(
        lambda tx: orders.change_method(tx, order.id, method, TTL.get(method, 2400), "customer:1")
    )
    till.wake()
    return outcome


def changed(till: Till, order: Order, method: str) -> None:
    """The order has a way to pay by its new method."""
    assert change(till, order, method) is ChangeOutcome.CHANGED
    till.until(lambda: (till.payment(order).method, till.payment(order).status) == (method, "waiting"))


WALLETS = {"linepay": "Line", "jkopay": "Jko", "pxpay": "Px", "pluspay": "Plus", "ipass": "IPass"}
KINDS = {"card": "C", "card3": "C", "atm": "A", "mobile": "M", **dict.fromkeys(WALLETS, "W")}


@pytest.mark.parametrize("method", KINDS)
def test_every_method_leads_from_the_order_to_the_money(till: Till, method: str) -> None:
    order, payment = till.open(method)
    [there] = till.at_bank(order)
    subs = {**WALLETS, "card": "ONE", "card3": "STAGING"}
    assert (there["PayType"], there["PayTypeSub"]) == (KINDS[method], subs.get(method))
    assert there["url"] == payment.pay_url or there["AtmPayNo"] == payment.account_no
    till.pay(order)
    till.settled(order, "paid")
    assert till.money(order) == [order.total]


@pytest.mark.parametrize("method", [kind for kind in KINDS if kind != "atm"])
def test_every_page_that_lost_its_callbacks_is_found_by_asking(database_url: str, method: str) -> None:
    with open_till(database_url, card_kinds=("ONE", "STAGING")) as till:
        till.work(check_after=300)
        order, _ = till.open(method)
        till.pay(order, notify="none")
        till.pass_time(order, 300)
        till.settled(order, "paid")
        assert till.money(order) == [order.total]


@pytest.mark.parametrize("old", ["card", "atm", "linepay"])
@pytest.mark.parametrize("new", ["card", "atm", "mobile"])
def test_another_method_replaces_the_way_that_was_open(till: Till, old: str, new: str) -> None:
    if old == new:
        order, _ = till.open(old)
        assert change(till, order, new) is ChangeOutcome.SAME
        return
    order, _ = till.open(old)
    changed(till, order, new)
    assert [(p.method, p.status) for p in till.payments(order)] == [(old, "cancelled"), (new, "waiting")]
    if old == "atm":
        assert till.at_bank(order)[0]["status"] == "disabled"
    till.pay(order)
    till.settled(order, "paid")
    assert till.told(order) == ["payment_ready", "payment_ready", "paid"]
    assert "method_changed" in till.events(order)


def test_an_old_page_that_is_paid_after_all_pays_the_order_and_closes_the_new_account(till: Till) -> None:
    order, first = till.open("card")
    changed(till, order, "atm")
    till.pay_at("card/pay", first)
    till.settled(order, "paid")
    till.until(lambda: [p.status for p in till.payments(order)] == ["paid", "cancelled"])
    assert till.at_bank(order)[1]["status"] == "disabled"
    assert till.money(order) == [order.total]


def test_an_old_page_paid_unheard_is_noticed_by_its_own_watch(database_url: str) -> None:
    with open_till(database_url) as till:
        till.work(check_after=300)
        order, first = till.open("card")
        changed(till, order, "atm")
        till.pay_at("card/pay", first, notify="none")
        till.pass_time(order, 301)
        till.settled(order, "paid")
        assert broken_invariants(till.db) == []


def test_a_change_after_an_unheard_payment_finds_it_instead(till: Till) -> None:
    order, _ = till.open("card")
    till.pay(order, notify="none")
    assert change(till, order, "atm") is ChangeOutcome.CHANGED
    till.settled(order, "paid")
    assert [p.method for p in till.payments(order)] == ["card"]
    assert len(till.at_bank(order)) == 1


def test_a_change_while_the_bank_is_being_told_leaves_one_way_open(till: Till) -> None:
    till.merchant.fault("delay", service="OrderCreate", seconds=0.3)
    order = till.place("atm")
    till.until(lambda: bool(till.payments(order)) and bool(till.at_bank(order)))
    changed(till, order, "card")
    assert till.told(order) == ["payment_ready"]
    assert [row["status"] for row in till.at_bank(order)] == ["disabled", "waiting"]


def test_a_change_while_the_bank_is_away_takes_effect_when_it_is_back(till: Till) -> None:
    order, _ = till.open("card")
    till.merchant.fault("http-503", times=None)
    assert change(till, order, "atm") is ChangeOutcome.CHANGED
    till.until(lambda: any(job.kind == "payment.create" and job.attempts > 1 for job in till.jobs()))
    till.bank.faults.clear()
    till.until(lambda: till.payment(order).account_no is not None)


def test_a_customer_who_pays_at_the_door_instead_is_served_at_once(till: Till) -> None:
    sku = till.new_sku(stock=1)
    order, _ = till.open("atm", sku=sku)
    assert change(till, order, "cod") is ChangeOutcome.CHANGED
    till.settled(order, "preparing")
    till.until(lambda: till.payment(order).status == "cancelled")
    assert till.at_bank(order)[0]["status"] == "disabled"
    assert stock_of(till.db, sku) == 0
    assert till.outcomes(order, "order.expire") == ["it is paid at the door"]


def test_money_for_an_order_that_is_paid_at_the_door_by_now_is_due_back(till: Till) -> None:
    order, _ = till.open("card")
    change(till, order, "cod")
    till.settled(order, "preparing")
    till.pay(order)
    till.until(lambda: till.cases(order) == ["refund_due"])
    assert till.status(order) == "preparing"


def test_what_no_longer_waits_for_money_cannot_be_paid_otherwise(till: Till) -> None:
    order, _ = till.open("card")
    till.pay(order)
    till.settled(order, "paid")
    assert change(till, order, "atm") is ChangeOutcome.TOO_LATE


def test_an_order_above_the_limit_of_an_account_keeps_its_card(till: Till) -> None:
    order, _ = till.open("card")
    # Ways to a larger total are long; the limit is looked up by it alone.
    till.run("UPDATE orders SET subtotal = 40000, shipping_fee = 0, total = 40000 WHERE id = %s", order.id)
    assert change(till, order, "atm") is ChangeOutcome.OVER_LIMIT
    till.run(
        "UPDATE orders SET subtotal = %s, shipping_fee = %s, total = %s WHERE id = %s",
        order.subtotal, order.shipping_fee, order.total, order.id,
    )  # fmt: skip


def minutes_left(till: Till, order: Order) -> int:
    left = scalar(
        till.db, "SELECT extract(epoch FROM expires_at - now()) FROM orders WHERE id = %s", order.id
    )
    return round(float(str(left)) / 60)


def test_changing_to_and_fro_does_not_hold_stock_for_ever(till: Till) -> None:
    order, _ = till.open("card")
    till.pass_time(order, 1800)
    till.run("UPDATE orders SET placed_at = placed_at - interval '30 minutes' WHERE id = %s", order.id)
    assert minutes_left(till, order) == 10
    changed(till, order, "linepay")
    assert minutes_left(till, order) == 40
    till.run(
        "UPDATE orders SET placed_at = placed_at - interval '25 minutes',"
        " expires_at = expires_at - interval '25 minutes' WHERE id = %s",
        order.id,
    )
    changed(till, order, "mobile")
    assert minutes_left(till, order) == 25, "twice 40 minutes since it was placed, and no more"


def test_an_authorised_card_counts_as_paid_and_is_captured_when_the_bank_does_not(database_url: str) -> None:
    with open_till(database_url, capture_seconds=1e7) as till:
        till.work(check_after=300)
        order, _ = till.open("card")
        till.pay(order, notify="none")
        till.pass_time(order, 300)
        till.settled(order, "paid")
        assert till.at_bank(order)[0]["PayStatus"] == "1C300"
        till.pass_time(order, 86_401)
        till.until(lambda: till.at_bank(order)[0]["PayStatus"] == "1C400")
        till.until(lambda: till.events(order)[-1] == "reported")
        assert till.money(order) == [order.total]


def test_an_authorisation_that_lapsed_is_no_money_and_a_human_hears_of_it(database_url: str) -> None:
    with open_till(database_url, capture_seconds=1e8, authorisation_days=1) as till:
        till.work(check_after=300)
        sku = till.new_sku(stock=1)
        order, _ = till.open("card", sku=sku)
        till.pay(order, notify="none")
        till.pass_time(order, 300)
        till.settled(order, "paid")
        till.pass_time(order, 86_401)
        till.settled(order, "refunded")
        assert till.at_bank(order)[0]["PayStatus"] == "1C350"
        assert till.money(order) == [order.total, -order.total]
        assert till.cases(order) == ["bank_disagrees"]
        assert stock_of(till.db, sku) == 1
        assert broken_invariants(till.db) == []


def report(till: Till, order: Order, ap_type: str, status: str) -> None:
    """The bank calls with a token of this kind."""
    token = till.pay_token(order, ap_type=ap_type, status=status)
    body = {"ShopNo": till.bank.shop_no, "PayToken": token}
    assert till.post(till.payment(order), "backend", json=body).json() == {"Status": "S"}
    till.until(lambda: not till.busy(order))


@pytest.mark.parametrize(
    ("ap_type", "status", "outcome", "cases"),
    [
        ("PayOut", "S", "duplicate", []),
        ("PayOut", "F", "failed", []),
        ("CaptureOut", "S", "captured", []),
        ("CaptureOut", "F", "the bank could not capture the payment: 交易失敗", ["bank_disagrees"]),
        ("VARefundOut", "S", "a refund the shop did not ask for", ["bank_disagrees"]),
        ("VARefundOut", "F", "a refund the shop did not ask for", ["bank_disagrees"]),
        ("RegularOut", "S", "report of other", []),
        ("RegularEnd", "S", "report of other", []),
    ],
)
def test_every_kind_of_report_about_a_paid_order_is_kept_and_changes_nothing(
    till: Till, ap_type: str, status: str, outcome: str, cases: list[str]
) -> None:
    order, _ = till.open("card")
    till.pay(order, notify="none")
    report(till, order, "PayOut", "S")
    assert till.status(order) == "paid"
    report(till, order, ap_type, status)
    assert till.outcomes(order, "payment.look_up")[-1] == outcome
    assert till.status(order) == "paid"
    assert till.money(order) == [order.total]
    assert till.cases(order) == cases


def test_a_capture_whose_authorisation_was_never_heard_of_pays_the_order(till: Till) -> None:
    order, _ = till.open("card")
    till.pay(order, notify="none")
    report(till, order, "CaptureOut", "S")
    till.settled(order, "paid")
    assert till.money(order) == [order.total]
