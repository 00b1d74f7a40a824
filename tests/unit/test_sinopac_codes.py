"""What the bank's codes ask for, and how it writes amounts, times, names and addresses."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.sinopac import codes
from payments.sinopac.codes import PayStatus, RefundStatus, failure, split_description
from payments.sinopac.errors import (
    BankAnswerRefused,
    BankConfigurationError,
    BankError,
    BankOutcomeUnknown,
    BankRefusal,
    BankRequestError,
    BankTemporaryError,
)
from payments.sinopac.orders import AccountPayment, CardPayment, NewOrder, Wallet, WalletPayment
from payments.sinopac.wire import (
    exact_twd,
    from_bank_time,
    is_safe_url,
    product_name,
    to_bank_amount,
    to_bank_date,
    to_bank_time,
    twd,
)


@pytest.mark.parametrize(
    ("description", "code", "text"),
    [
        ("S0000 – 處理成功", "S0000", "處理成功"),
        ("E2704 –信用卡授權失敗", "E2704", "信用卡授權失敗"),
        ("E3003 - 一次性數值已超過有效時限", "E3003", "一次性數值已超過有效時限"),
        ("E9999", "E9999", ""),
        ("E99990 – 訂單", "", "E99990 – 訂單"),
        ("失敗", "", "失敗"),
        ("", "", ""),
        (None, "", ""),
        (7, "", ""),
    ],
)
def test_the_code_leads_the_description(description: object, code: str, text: str) -> None:
    assert split_description(description) == (code, text)


@pytest.mark.parametrize(
    ("kind", "some_codes"),
    [
        (BankConfigurationError, "E0000 E0100 E0101 E0102 E0602 E3301 E3401 E3501"),
        (BankRequestError, "E0001 E0301 E0303 E0401 E0500 E0702 E0802 E1101 E1702 E1903 E2101 E2903"),
        (BankTemporaryError, "E3001 E3002 E3003 E9900 M0001"),
        (BankOutcomeUnknown, "E0302 E0304 E9999"),
        (BankRefusal, "E0402 E0403 E0410 E1802 E2003 E2501 E2700 E3600 E3602 E3606 E9918 E9922 Z1234"),
    ],
)
def test_a_code_says_what_the_caller_has_to_do(kind: type[BankError], some_codes: str) -> None:
    for code in some_codes.split():
        error = failure(code, "text of the bank", effect=True)
        assert type(error) is kind, code
        assert error.code == code
        assert error.text == codes.WORDING.get(code, "text of the bank")


def test_an_unknown_system_error_of_a_mere_question_is_temporary() -> None:
    assert type(failure("E9999", "", effect=False)) is BankTemporaryError


def test_every_pay_status_is_in_exactly_one_state() -> None:
    tests = (codes.is_paid, codes.is_waiting, codes.is_expired, codes.is_withdrawn)
    for status in PayStatus:
        assert sum(test(status) for test in tests) == 1, status


def test_what_the_bank_calls_paid_is_paid() -> None:
    paid = {status for status in PayStatus if codes.is_paid(status)}
    assert paid == {"1A400", "1A900", "1C300", "1C400", "1C900", "1M400", "1M900"}
    assert {status for status in PayStatus if codes.is_authorised(status)} == {"1C300"}
    assert {status for status in PayStatus if codes.is_waiting(status)} == {"1A200", "1C200", "1M200"}
    assert {status for status in PayStatus if codes.is_expired(status)} == {"1A250", "1C250", "1M250"}
    assert codes.is_paid("S")


@pytest.mark.parametrize("status", ["", "F", "1X400", "400", "1A400 ", "1C290"])
def test_an_unknown_pay_status_is_in_no_state(status: str) -> None:
    tests = (codes.is_paid, codes.is_waiting, codes.is_expired, codes.is_withdrawn, codes.is_authorised)
    assert not any(test(status) for test in tests)


def test_every_refund_status_is_in_exactly_one_state() -> None:
    tests = (codes.is_refunded, codes.is_refund_running, codes.is_refund_failed)
    for status in RefundStatus:
        assert sum(test(status) for test in tests) == 1, status
    assert {status for status in RefundStatus if codes.is_refunded(status)} == {"2A900", "2C900", "2M900"}
    assert codes.is_refunded("S")
    assert codes.is_refund_failed("F")


@given(st.integers(min_value=1, max_value=9_999_999))
def test_an_amount_survives_the_way_to_the_bank_and_back(amount: int) -> None:
    assert twd(to_bank_amount(amount)) == twd(str(to_bank_amount(amount))) == amount


@pytest.mark.parametrize("amount", [0, -1, 10_000_000, True, 1.0, "5"])
def test_an_amount_of_ours_that_the_bank_cannot_take_is_a_wrong_request(amount: Any) -> None:
    with pytest.raises(BankRequestError, match="Amount"):
        to_bank_amount(amount)


@pytest.mark.parametrize(
    "value", [None, "", 50001, "50001", -100, "5e4", "500.00", True, [], "５００", " 100"]
)
def test_an_amount_of_the_bank_that_is_not_whole_twd_is_refused(value: object) -> None:
    with pytest.raises(BankAnswerRefused, match="Amount"):
        twd(value)


def test_a_fee_may_have_cents_and_be_negative() -> None:
    assert exact_twd(-365, "FeeAmount") == Decimal("-3.65")


def test_times_are_taiwanese_at_the_bank_and_utc_here() -> None:
    moment = datetime(2026, 2, 28, 16, 5, 59, tzinfo=UTC)
    assert to_bank_time(moment) == "202603010005"
    assert to_bank_date(moment) == "20260301"
    assert to_bank_date(date(2026, 2, 28)) == "20260228"
    assert from_bank_time("202603010005", "PayDate") == datetime(2026, 2, 28, 16, 5, tzinfo=UTC)
    assert from_bank_time(20260301, "AllotDate") == datetime(2026, 2, 28, 16, 0, tzinfo=UTC)
    assert from_bank_time(None, "PayDate") is from_bank_time("", "PayDate") is None


@pytest.mark.parametrize(
    "value", ["2026", "202613010000", "2026-03-01", "20260301000５", "202603010005 ", 1.5]
)
def test_a_time_of_another_form_is_refused(value: object) -> None:
    with pytest.raises(BankAnswerRefused, match="PayDate"):
        from_bank_time(value, "PayDate")


def test_a_time_without_a_zone_is_not_sent() -> None:
    with pytest.raises(BankRequestError):
        to_bank_time(datetime(2026, 3, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("高山茶", "高山茶"),
        ("  5\" 'snack'\n100% ", "5” ’snack’ 100％"),
        ("茶🍵葉", "茶葉"),
        ("🍵", "商品"),
        ("", "商品"),
        ("茶" * 70, "茶" * 60),
        ("茶" * 59 + " 葉", "茶" * 59),
    ],
)
def test_a_product_name_becomes_what_the_bank_takes(text: str, name: str) -> None:
    assert product_name(text) == name


@given(st.text(max_size=200))
def test_any_text_becomes_an_acceptable_product_name(text: str) -> None:
    name = product_name(text)
    assert 1 <= len(name) <= 60
    assert name == name.strip()
    assert not set(name) & set("'\"%\n\x00")
    assert product_name(name) == name


@pytest.mark.parametrize(
    "url", ["https://a.tw/x?y=1", "http://127.0.0.1:5000/a", "http://[::1]/", "http://localhost"]
)
def test_https_and_this_machine_are_safe(url: str) -> None:
    assert is_safe_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://a.tw/",
        "http://10.11.34.58:7101/x",
        "javascript:alert(1)",
        "//a.tw/",
        "https://",
        "https://user:word@a.tw/",
        "https://a.tw\\@b.tw/",
        "https://a.tw/\n",
        "https://a.tw:x/",
        "http://127.0.0.1.a.tw/",
        "http://localhost@a.tw/",
        "",
        None,
        7,
    ],
)
def test_any_other_address_is_not_safe(url: object) -> None:
    assert not is_safe_url(url)


def _order(**changes: Any) -> NewOrder:
    fields: dict[str, Any] = {
        "order_no": "C1",
        "amount": 500,
        "product": "茶",
        "return_url": "https://shop.example/return",
        "backend_url": "https://shop.example/backend",
        "payment": CardPayment(),
    }
    return NewOrder(**{**fields, **changes})


def test_the_fields_of_a_card_order_are_the_banks() -> None:
    payment = CardPayment(auto_billing=False, expire_minutes=30, sub_type="STAGING", staging=3)
    assert _order(payment=payment, memo="memo", param1="7").fields() == {
        "OrderNo": "C1",
        "Amount": 50000,
        "CurrencyID": "TWD",
        "PayType": "C",
        "CardParam": {"AutoBilling": "N", "ExpMinutes": 30, "PayTypeSub": "STAGING", "Staging": 3},
        "PrdtName": "茶",
        "ReturnURL": "https://shop.example/return",
        "BackendURL": "https://shop.example/backend",
        "Memo": "memo",
        "Param1": "7",
    }


def test_an_account_expires_in_taiwanese_time() -> None:
    fields = AccountPayment(datetime(2026, 3, 1, 15, 59, 30, tzinfo=UTC)).fields()
    assert fields == {"ATMParam": {"ExpireDate": "20260301", "ExpireTime": "2359"}}


def test_a_wallet_is_named_as_the_bank_names_it() -> None:
    assert WalletPayment(Wallet.LINE_PAY).fields() == {"WalletParam": {"PayTypeSub": "Line"}}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"order_no": ""}, "OrderNo"),
        ({"order_no": "x" * 51}, "OrderNo"),
        ({"order_no": "a'b"}, "OrderNo"),
        ({"order_no": " a"}, "OrderNo"),
        ({"amount": 0}, "Amount"),
        ({"return_url": "http://shop.example/"}, "ReturnURL"),
        ({"backend_url": "https://shop.example/" + "x" * 255}, "BackendURL"),
        ({"memo": "m" * 31}, "Memo"),
        ({"param1": "50%"}, "Param1"),
        ({"payment": CardPayment(expire_minutes=31)}, "ExpMinutes"),
        ({"payment": CardPayment(staging=3)}, "Staging"),
        ({"payment": CardPayment(sub_type="STAGING")}, "Staging"),
    ],
)
def test_an_order_that_breaks_a_rule_is_refused_before_it_is_sent(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(BankRequestError, match=field):
        _order(**changes).fields()
