"""The stand-in bank moves money: payments, notifications and their repeats, captures, refunds, snapshots."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dev.bank import Bank
from tests.integration.dev_bank_merchant import (
    PATIENCE,
    Merchant,
    Shop,
    bank_and_merchant,
    order_fields,
    served_shop,
)


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    with bank_and_merchant() as (_, merchant):
        yield merchant


@pytest.fixture
def shop() -> Iterator[Shop]:
    with served_shop() as shop:
        yield shop


def until(happened: Callable[[], Any]) -> Any:
    """What `happened` returns, once it is true."""
    end = time.monotonic() + PATIENCE
    while not (result := happened()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
    return result


def test_a_paid_card_order_gives_each_way_a_token_of_its_own(merchant: Merchant, shop: Shop) -> None:
    merchant.create("C1", **shop.urls(), Param2="two")
    paid = merchant.control("card/pay", OrderNo="C1")
    assert paid["form"] == {"ShopNo": "DEV001_001", "PayToken": paid["ReturnPayToken"]}
    [told] = shop.wait_for(1)
    assert told == paid["BackendPayToken"] != paid["ReturnPayToken"]
    assert shop.backend == [{"ShopNo": "DEV001_001", "PayToken": told}]
    assert shop.content_types == ["application/json"]
    for token in (told, paid["ReturnPayToken"], told):
        result = merchant.result(token)
        assert (result["APType"], result["Status"], result["Description"]) == ("PayOut", "S", "")
        assert (result["OrderNo"], result["Amount"], result["Param2"]) == ("C1", "40400", "two")
        assert (result["LeftCCNo"], result["RightCCNo"]) == ("414352", "0127")
    assert merchant.row("C1")["PayStatus"] == "1C400"


def test_both_ways_can_share_one_token() -> None:
    with bank_and_merchant(same_tokens=True) as (_, merchant):
        merchant.create("C1", BackendURL="http://127.0.0.1:9/")
        paid = merchant.control("card/pay", OrderNo="C1")
        assert paid["BackendPayToken"] == paid["ReturnPayToken"]


def test_a_failed_try_has_a_token_and_leaves_the_order_payable(merchant: Merchant, shop: Shop) -> None:
    merchant.create("C1", **shop.urls())
    failed = merchant.control("card/pay", OrderNo="C1", result="F")
    result = merchant.result(failed["ReturnPayToken"])
    assert (result["Status"], result["Description"]) == ("F", "E2700 – 交易失敗")
    assert merchant.row("C1")["PayStatus"] == "1C200"
    merchant.control("card/pay", OrderNo="C1")
    shop.wait_for(1)
    assert merchant.row("C1")["PayStatus"] == "1C400"


@pytest.mark.parametrize(
    ("way", "calls", "form"), [("backend", 1, False), ("return", 0, True), ("none", 0, False)]
)
def test_control_chooses_the_ways(merchant: Merchant, shop: Shop, way: str, calls: int, form: bool) -> None:
    merchant.create("C1", **shop.urls())
    paid = merchant.control("card/pay", OrderNo="C1", notify=way)
    assert (paid["form"] is not None) == form
    assert len(merchant.notifications()) == calls


@pytest.mark.parametrize("kind", ["M", "W"])
def test_mobile_and_wallet_orders_are_paid_alike(merchant: Merchant, kind: str) -> None:
    merchant.create("X1", kind)
    paid = merchant.control("card/pay", OrderNo="X1")
    assert merchant.result(paid["ReturnPayToken"])["PayType"] == kind
    if kind == "M":
        assert merchant.row("X1")["PayStatus"] == "1M400"
    else:
        assert merchant.result(paid["ReturnPayToken"])["PayTypeSub"] == "Line"
        [row] = merchant.call("WalletPayOrderQuery", PayType="W", OrderNo="X1")["OrderList"]
        assert row["PayDate"]
        assert merchant.call("OrderQuery", OrderNo="X1")["OrderList"] == []


def test_a_virtual_account_takes_any_amount_and_a_second_payment(merchant: Merchant, shop: Shop) -> None:
    created = merchant.create("A1", "A", **shop.urls())
    merchant.control("atm/pay", AtmPayNo=created["ATMParam"]["AtmPayNo"], amount=403)
    merchant.control("atm/pay", OrderNo="A1", again=True)
    tokens = shop.wait_for(2)
    assert sorted(merchant.result(token)["Amount"] for token in tokens) == ["40300", "40400"]
    row = merchant.row("A1")
    assert (row["PayStatus"], row["ATMParam"]["BankNo"]) == ("1A400", "822")
    refused = merchant.http.post(f"{merchant.url}/control/atm/pay", json={"OrderNo": "A1"}, timeout=5)
    assert refused.status_code == 409


def test_waiting_accounts_are_paid_by_themselves_except_those_ending_in_9() -> None:
    with bank_and_merchant(auto_pay_seconds=300) as (_, merchant):
        merchant.create("A1", "A")
        merchant.create("A9", "A")
        merchant.control("clock", advance_seconds=301)
        assert [merchant.row(number)["PayStatus"] for number in ("A1", "A9")] == ["1A400", "1A200"]


def has_attempts(merchant: Merchant, count: int) -> bool:
    return len(merchant.notifications()[0]["attempts"]) == count


def test_a_notification_is_repeated_until_it_is_acknowledged(merchant: Merchant, shop: Shop) -> None:
    shop.answers = [(500, ""), (200, '{"Status":"F"}'), (200, "hello"), (200, '{"Status":"S"}')]
    merchant.create("A1", "A", **shop.urls())
    merchant.control("atm/pay", OrderNo="A1")
    for calls in (1, 2, 3, 4):
        shop.wait_for(calls)
        until(partial(has_attempts, merchant, calls))
        merchant.control("clock", advance_seconds=601)
    [job] = merchant.notifications()
    outcomes = [attempt["outcome"] for attempt in job["attempts"]]
    assert outcomes == ["HTTP 500", "not acknowledged", "not JSON", "acknowledged"]
    assert (job["delivered"], job["due_at"]) == (True, None)
    assert len(set(shop.wait_for(4))) == 1


def test_a_notification_is_given_up_after_five_calls_and_follows_no_redirect(shop: Shop) -> None:
    shop.answers = [(302, '{"Status":"S"}')]
    with bank_and_merchant(notify_repeat_seconds=0) as (_, merchant):
        merchant.create("A1", "A", **shop.urls())
        merchant.control("atm/pay", OrderNo="A1")
        shop.wait_for(5)
        [job] = until(lambda: [job for job in merchant.notifications() if len(job["attempts"]) == 5])
        assert (job["delivered"], job["due_at"]) == (False, None)
        assert len(shop.backend) == 5


def test_an_order_without_backend_url_is_never_told_of(merchant: Merchant) -> None:
    merchant.create("A1", "A")
    merchant.control("atm/pay", OrderNo="A1")
    assert merchant.notifications() == []


def authorised(merchant: Merchant, **urls: str) -> None:
    merchant.create("C1", CardParam={"AutoBilling": "N", "ExpBillingDays": 3}, **urls)
    merchant.control("card/pay", OrderNo="C1", notify="return")


def test_an_authorised_card_is_captured_on_command(merchant: Merchant) -> None:
    authorised(merchant)
    assert merchant.row("C1")["PayStatus"] == "1C300"
    assert [row["OrderNo"] for row in merchant.call("OrderUnCapturedQuery")["OrderList"]] == ["C1"]
    assert merchant.maintain("C1", "R")["Description"].startswith("E3608")
    assert merchant.maintain("C1", "P")["Status"] == "S"
    assert merchant.row("C1")["PayStatus"] == "1C400"
    assert merchant.maintain("C1", "P")["Description"].startswith("E1802")


def test_an_authorised_card_is_captured_after_its_days(merchant: Merchant, shop: Shop) -> None:
    authorised(merchant, **shop.urls())
    merchant.control("clock", advance_seconds=3 * 86400 + 1)
    [token] = shop.wait_for(1)
    assert merchant.result(token)["APType"] == "CaptureOut"


def test_an_authorisation_can_be_cancelled(merchant: Merchant) -> None:
    authorised(merchant)
    assert merchant.maintain("C1", "C")["Status"] == "S"
    assert merchant.row("C1")["PayStatus"] == "1C351"
    assert merchant.maintain("C1", "P")["Description"].startswith("E1802")


def test_an_authorisation_lapses(merchant: Merchant) -> None:
    merchant.create("C1", CardParam={"AutoBilling": "N"})
    merchant.control("card/pay", OrderNo="C1")
    merchant.control("clock", advance_seconds=31 * 86400)
    assert merchant.row("C1")["PayStatus"] == "1C350"


def test_a_card_is_refunded_in_parts_and_steps(merchant: Merchant) -> None:
    merchant.create("C1")
    merchant.control("card/pay", OrderNo="C1")
    assert merchant.maintain("C1", "R", Amount=10_000)["Amount"] == 10_000
    row = merchant.row("C1")
    assert (row["RefundStatus"], row["RefundFlag"]) == ("2C200", "N")
    merchant.control("clock", advance_seconds=301)
    assert merchant.row("C1")["RefundStatus"] == "2C400"
    merchant.control("clock", advance_seconds=300)
    row = merchant.row("C1")
    assert (row["RefundStatus"], row["RefundFlag"]) == ("2C900", "Y")
    assert [refund["RefundAmount"] for refund in row["RefundList"]] == [10_000]
    assert merchant.maintain("C1", "R")["Description"].startswith("E9919")
    assert merchant.maintain("C1", "R", Amount=30_400)["Status"] == "S"
    assert merchant.maintain("C1", "R", Amount=100)["Description"].startswith("E9918")


@pytest.mark.parametrize(
    ("amount", "code"), [(0, "E3601"), (150, "E3601"), ("x", "E3601"), (40_500, "E3602")]
)
def test_a_senseless_refund_is_refused(merchant: Merchant, amount: Any, code: str) -> None:
    merchant.create("C1")
    assert merchant.maintain("C1", "R")["Description"].startswith("E3608")
    merchant.control("card/pay", OrderNo="C1")
    assert merchant.maintain("C1", "R", Amount=amount)["Description"].startswith(code)


def test_wallet_and_mobile_payments_are_refunded(merchant: Merchant) -> None:
    for kind in "WM":
        merchant.create(kind, kind)
        merchant.control("card/pay", OrderNo=kind)
        assert merchant.maintain(kind, "R")["Status"] == "S"
    assert merchant.row("M")["RefundStatus"] == "2M200"
    [row] = merchant.call("WalletPayOrderQuery", PayType="W")["OrderList"]
    assert [refund["RefundStatus"] for refund in row["RefundList"]] == ["S"]


def paid_account(merchant: Merchant, **urls: str) -> None:
    merchant.create("A1", "A", **urls)
    merchant.control("atm/pay", OrderNo="A1")


@pytest.mark.parametrize(
    ("outcome", "status", "code"),
    [("success", "S", "2A900"), ("failed", "F", "2A290"), ("returning", "F", "2A260")],
)
def test_a_transfer_is_refunded_in_two_calls_and_told_of_later(
    merchant: Merchant, shop: Shop, outcome: str, status: str, code: str
) -> None:
    merchant.control("refunds", outcome=outcome)
    paid_account(merchant, **shop.urls())
    shop.wait_for(1)
    token = merchant.maintain("A1", "R", Amount=20_000)["RefundToken"]
    assert "RefundStatus" not in merchant.row("A1")
    answer = merchant.maintain("A1", "R", Amount=20_000, RefundToken=token)
    assert answer["Status"] == "S"
    assert "RefundToken" not in answer
    assert merchant.row("A1")["RefundStatus"] == "2A400"
    assert merchant.maintain("A1", "R", RefundToken=token)["Description"].startswith("E3607")
    merchant.control("clock", advance_seconds=301)
    told = shop.wait_for(2)[1]
    result = merchant.result(told)
    assert (result["APType"], result["Status"], result["Amount"]) == ("VARefundOut", status, "20000")
    assert merchant.row("A1")["RefundStatus"] == code


def test_the_refund_numbers_last_digit_decides(merchant: Merchant) -> None:
    for number in range(1, 11):
        name = f"A{number}x"
        merchant.create(name, "A")
        merchant.control("atm/pay", OrderNo=name)
        merchant.maintain(name, "R", RefundToken=merchant.maintain(name, "R")["RefundToken"])
    merchant.control("clock", advance_seconds=301)
    ends = "".join(merchant.row(f"A{number}x")["RefundStatus"][2] for number in range(1, 11))
    assert ends == "9922999229"
    returning = [number for number in range(1, 11) if merchant.row(f"A{number}x")["RefundStatus"] == "2A260"]
    assert returning == [3, 8]


def test_a_refund_token_lives_two_minutes(merchant: Merchant) -> None:
    paid_account(merchant)
    token = merchant.maintain("A1", "R")["RefundToken"]
    assert merchant.maintain("A1", "R")["Description"].startswith("E9918")
    assert merchant.maintain("A1", "R", RefundToken="0" * 64)["Description"].startswith("E3607")
    merchant.control("clock", advance_seconds=121)
    assert merchant.maintain("A1", "R", RefundToken=token)["Description"].startswith("E3605")
    assert merchant.maintain("A1", "R")["RefundToken"] != token


def test_a_transfer_without_payer_cannot_be_refunded(merchant: Merchant) -> None:
    merchant.create("A1", "A")
    merchant.control("atm/pay", OrderNo="A1", account=False)
    assert merchant.maintain("A1", "R")["Description"].startswith("E3603")


@pytest.mark.parametrize(
    ("settings", "kind", "later", "code"),
    [
        ({"atm_refund_enabled": False}, "A", 0, "E3606"),
        ({"refund_daily_limit": 403}, "C", 0, "E3604"),
        ({"refund_days": 10}, "C", 11 * 86400, "E9922"),
    ],
)
def test_the_shops_contract_limits_refunds(
    settings: dict[str, Any], kind: str, later: int, code: str
) -> None:
    with bank_and_merchant(**settings) as (_, merchant):
        merchant.create("X1", kind)
        merchant.control("atm/pay" if kind == "A" else "card/pay", OrderNo="X1")
        merchant.control("clock", advance_seconds=later)
        assert merchant.maintain("X1", "R")["Description"].startswith(code)


def test_an_instalment_order_is_refunded_whole() -> None:
    with bank_and_merchant(card_kinds=("ONE", "STAGING")) as (_, merchant):
        merchant.create("C1", CardParam={"AutoBilling": "Y", "PayTypeSub": "STAGING", "Staging": 3})
        merchant.control("card/pay", OrderNo="C1")
        assert merchant.maintain("C1", "R", Amount=100)["Description"].startswith("E3600")
        assert merchant.maintain("C1", "R")["Status"] == "S"


def test_a_disabled_account_takes_no_money(merchant: Merchant) -> None:
    merchant.create("A1", "A")
    assert merchant.maintain("A1", "C")["Status"] == "S"
    assert merchant.maintain("A1", "C")["Description"].startswith("E1802")
    refused = merchant.http.post(f"{merchant.url}/control/atm/pay", json={"OrderNo": "A1"}, timeout=5)
    assert (refused.status_code, refused.json()) == (409, {"error": "這個帳號已停用"})


def test_an_expired_account_can_be_given_more_time(merchant: Merchant) -> None:
    merchant.create("A1", "A")
    merchant.control("clock", advance_seconds=5 * 86400)
    assert merchant.row("A1")["PayStatus"] == "1A250"
    now = time.time() + 6 * 86400 + 8 * 3600
    later = time.strftime("%Y%m%d%H%M", time.gmtime(now))
    assert merchant.maintain("A1", "M")["Description"].startswith("E0800")
    assert merchant.maintain("A1", "M", ExpireDateTime="x")["Description"].startswith("E0801")
    assert merchant.maintain("A1", "M", ExpireDateTime="202601010000")["Description"].startswith("E0802")
    assert merchant.maintain("A1", "M", ExpireDateTime=later)["Status"] == "S"
    assert merchant.row("A1")["ExpireDate"] == later
    merchant.control("atm/pay", OrderNo="A1")


def test_a_snapshot_keeps_orders_tokens_and_unfinished_calls(tmp_path: Path, shop: Shop) -> None:
    state = {"state_file": tmp_path / "bank.json"}
    with bank_and_merchant(notify_delay_seconds=3600, **state) as (_, merchant):
        first = merchant.create("A1", "A", **shop.urls())
        merchant.create("C1")
        returned = merchant.control("card/pay", OrderNo="C1")["ReturnPayToken"]
        merchant.control("atm/pay", OrderNo="A1")
        merchant.maintain("C1", "R", Amount=100)
    with bank_and_merchant(**state) as (_, merchant):
        assert merchant.row("A1")["ATMParam"]["AtmPayNo"] == first["ATMParam"]["AtmPayNo"]
        assert merchant.result(returned)["OrderNo"] == "C1"
        assert merchant.row("C1")["RefundStatus"] == "2C200"
        assert merchant.create("C2")["TSNo"] == "DEV00100000003"
        assert shop.backend == []
        merchant.control("clock", advance_seconds=3601)
        [token] = shop.wait_for(1)
        assert merchant.result(token)["OrderNo"] == "A1"
    assert [path.name for path in tmp_path.iterdir()] == ["bank.json"]


def test_a_file_that_is_no_snapshot_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bank.json"
    path.write_text('{"orders": 1}')
    with pytest.raises(ValueError, match=r"bank\.json: not a snapshot"), bank_and_merchant(state_file=path):
        pass


def test_orders_are_listed_for_tests_in_twd(merchant: Merchant) -> None:
    fields = order_fields("A1", "A")
    merchant.call("OrderCreate", **fields)
    merchant.control("atm/pay", OrderNo="A1", amount=5)
    [order] = merchant.http.get(f"{merchant.url}/control/orders", timeout=5).json()["orders"]
    assert (order["amount"], order["status"], order["PayStatus"]) == (404, "paid", "1A400")
    assert [payment["amount"] for payment in order["payments"]] == [5]
    assert order["ReturnURL"] == fields["ReturnURL"]


def test_a_closed_bank_has_no_threads_left() -> None:
    bank = Bank()
    thread = bank._thread
    bank.close()
    bank.close()
    assert not thread.is_alive()
