"""The stand-in bank speaks the bank's protocol: gateway, nonces, envelope, field checks, queries."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from dev.bank import API_PATH, Bank
from payments.sinopac import cipher
from tests.integration.dev_bank_merchant import (
    ACCOUNT,
    HASH_ID,
    Merchant,
    bank_and_merchant,
    order_fields,
    taiwan_day,
)


@pytest.fixture
def both() -> Iterator[tuple[Bank, Merchant]]:
    with bank_and_merchant() as pair:
        yield pair


@pytest.fixture
def bank(both: tuple[Bank, Merchant]) -> Bank:
    return both[0]


@pytest.fixture
def merchant(both: tuple[Bank, Merchant]) -> Merchant:
    return both[1]


def code_of(answer: dict[str, Any]) -> str:
    assert answer["Status"] == "F"
    return str(answer["Description"][:5])


def test_a_card_order_is_created_with_a_pay_url(merchant: Merchant) -> None:
    answer = merchant.create("C1", Param1="one")
    assert answer["Description"] == "S0000 – 處理成功"
    assert (answer["OrderNo"], answer["Amount"], answer["PayType"]) == ("C1", 40400, "C")
    assert answer["Param1"] == "one"
    assert "Param2" not in answer
    assert re.fullmatch(r"DEV001\d{8}", answer["TSNo"])
    path = re.escape(f"{merchant.url}/QPay.WebPaySite/Bridge/PayCard?TD={answer['TSNo']}&TK=")
    assert re.fullmatch(path + r"[0-9a-f-]{36}", answer["CardParam"]["CardPayURL"])


def test_an_atm_order_is_created_with_a_virtual_account(merchant: Merchant) -> None:
    answer = merchant.create("A1", "A")
    assert re.fullmatch(r"99922\d{9}", answer["ATMParam"]["AtmPayNo"])
    assert merchant.row("A1")["ExpireDate"] == taiwan_day(3) + "2359"


def test_every_answer_has_a_nonce_of_its_own(merchant: Merchant) -> None:
    envelope = merchant.envelope("OrderCreate", order_fields("C1"))
    answer = merchant.send(envelope)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert list(answer.json()) == ["Version", "ShopNo", "APIService", "Sign", "Nonce", "Message"]
    assert answer.json()["Nonce"] != envelope["Nonce"]


def test_a_nonce_has_the_banks_form(merchant: Merchant) -> None:
    nonce = merchant.nonce()
    assert len(nonce) == 108
    assert re.fullmatch(rb"6\d{13}(\.[1-9])?:[0-9a-f]{64}", base64.b64decode(nonce))


def test_a_nonce_is_good_for_one_use(merchant: Merchant) -> None:
    envelope = merchant.envelope("OrderCreate", order_fields("C1"))
    assert merchant.send(envelope).status_code == 200
    answer = merchant.send({**envelope})
    assert code_of(opened(answer, "OrderCreate")) == "E3001"


def test_a_nonce_of_another_shop_or_address_is_refused(merchant: Merchant) -> None:
    others = merchant.envelope("OrderCreate", order_fields("C1"), merchant.nonce("OTHER1_001"))
    assert code_of(opened(merchant.send(others), "OrderCreate")) == "E3002"
    moved = merchant.envelope("OrderCreate", order_fields("C1"))
    merchant.call_from("127.0.0.2")
    assert code_of(opened(merchant.send(moved), "OrderCreate")) == "E3002"


def test_a_nonce_expires_after_a_minute(merchant: Merchant) -> None:
    envelope = merchant.envelope("OrderCreate", order_fields("C1"))
    merchant.control("clock", advance_seconds=61)
    assert code_of(opened(merchant.send(envelope), "OrderCreate")) == "E3003"


def opened(answer: requests.Response, service: str) -> dict[str, Any]:
    assert answer.status_code == 200
    return cipher.open_envelope(answer.json(), HASH_ID, service=service, shop_no=ACCOUNT.shop_no)


@pytest.mark.parametrize("endpoint", ["Nonce", "Order"])
def test_the_gateway_asks_for_key_method_and_type(merchant: Merchant, endpoint: str) -> None:
    url = f"{merchant.url}{API_PATH}/{endpoint}"
    assert requests.post(url, json={}, timeout=5).status_code == 401
    assert merchant.http.get(url, timeout=5).status_code == 405
    assert merchant.http.post(url, data="ShopNo=x", timeout=5).status_code == 415
    wrong_case = merchant.http.post(url.replace("/api/", "/Api/"), json={}, timeout=5)
    assert wrong_case.status_code == 403
    assert wrong_case.json() == {"code": "9999", "message": "No match found for request"}
    assert merchant.http.post(f"{url}s", json={}, timeout=5).status_code == 404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Version": "1.0.1"}, "E3301"),
        ({"Sign": "0" * 64}, "E0000"),
        ({"Message": "00" * 32}, "E3501"),
        ({"Nonce": "bm9uY2U="}, "E3001"),
    ],
)
def test_a_spoilt_envelope_is_refused_in_an_envelope(
    merchant: Merchant, change: dict[str, str], code: str
) -> None:
    envelope = merchant.envelope("OrderCreate", order_fields("C1"))
    assert code_of(opened(merchant.send({**envelope, **change}), "OrderCreate")) == code


def test_an_unknown_service_is_refused(merchant: Merchant) -> None:
    envelope = merchant.envelope("OrderDestroy", {})
    assert code_of(opened(merchant.send(envelope), "OrderDestroy")) == "E3401"


def test_an_unknown_shop_and_no_envelope_are_refused_in_plain_json(merchant: Merchant) -> None:
    envelope = {**merchant.envelope("OrderCreate", {}), "ShopNo": "OTHER1_001"}
    assert code_of(merchant.send(envelope).json()) == "E0101"
    assert code_of(merchant.send({"hello": 1}).json()) == "E0001"


def test_another_shop_inside_the_message_is_refused(merchant: Merchant) -> None:
    assert code_of(merchant.call("OrderQuery", ShopNo="OTHER1_001", OrderNo="C1")) == "E0100"


def test_failures_can_come_as_plain_json() -> None:
    with bank_and_merchant(plain_failures=True) as (_, merchant):
        answer = merchant.send(merchant.envelope("OrderQuery", {}))
        assert code_of(answer.json()) == "E2101"


CARD_CASES: list[tuple[dict[str, Any], str]] = [
    ({"OrderNo": None}, "E0300"),
    ({"OrderNo": "x" * 51}, "E0301"),
    ({"OrderNo": "a'b"}, "E0303"),
    ({"OrderNo": " a"}, "E0001"),
    ({"Amount": None}, "E0400"),
    ({"Amount": "12x"}, "E0400"),
    ({"Amount": 1_000_000_000}, "E0400"),
    ({"Amount": 0}, "E0405"),
    ({"Amount": -100}, "E0405"),
    ({"Amount": 40401}, "E0401"),
    ({"CurrencyID": "USD"}, "E0500"),
    ({"CurrencyID": None}, "E0500"),
    ({"PayType": None}, "E0600"),
    ({"PayType": "Z"}, "E0601"),
    ({"PayType": "P"}, "E0602"),
    ({"PrdtName": None}, "E0700"),
    ({"PrdtName": "茶" * 61}, "E0701"),
    ({"PrdtName": '5" 茶杯'}, "E0702"),
    ({"ReturnURL": None}, "E1200"),
    ({"ReturnURL": "shop"}, "E1200"),
    ({"ReturnURL": "https://shop.invalid/" + "x" * 255}, "E1201"),
    ({"ReturnURL": "https://shop.invalid/'"}, "E1202"),
    ({"BackendURL": "https://shop.invalid/" + "x" * 255}, "E1301"),
    ({"BackendURL": "https://shop.invalid/%20"}, "E1302"),
    ({"Memo": "x" * 31}, "E1401"),
    ({"Memo": "100%"}, "E1402"),
    ({"Param1": "x" * 256}, "E1501"),
    ({"Param1": "'"}, "E1502"),
    ({"Param2": "x" * 256}, "E1601"),
    ({"Param2": "'"}, "E1602"),
    ({"Param3": "x" * 256}, "E1701"),
    ({"Param3": "'"}, "E1702"),
    ({"QRCodeStatus": "X"}, "E3900"),
    ({"QRCodeSize": 900}, "E3901"),
    ({"CardParam": {}}, "E0900"),
    ({"CardParam": "Y"}, "E0001"),
    ({"CardParam": {"AutoBilling": "X"}}, "E0901"),
    ({"CardParam": {"AutoBilling": "N", "ExpBillingDays": "x"}}, "E1000"),
    ({"CardParam": {"AutoBilling": "N", "ExpBillingDays": 31}}, "E1001"),
    ({"CardParam": {"AutoBilling": "Y", "ExpMinutes": "x"}}, "E1100"),
    ({"CardParam": {"AutoBilling": "Y", "ExpMinutes": 31}}, "E1101"),
    ({"CardParam": {"AutoBilling": "Y", "PayTypeSub": "WHAT"}}, "E0601"),
    ({"CardParam": {"AutoBilling": "Y", "PayTypeSub": "STAGING", "Staging": 3}}, "E0602"),
    ({"CardParam": {"AutoBilling": "Y", "CCToken": "x"}}, "E3702"),
    ({"CardParam": {"AutoBilling": "Y", "BindNo": "x"}}, "E3706"),
]
OTHER_CASES: list[tuple[str, dict[str, Any], str]] = [
    ("A", {"Amount": 3_000_100}, "E0403"),
    ("A", {"ATMParam": {}}, "E0800"),
    ("A", {"ATMParam": {"ExpireDate": "20261340"}}, "E0801"),
    ("A", {"ATMParam": {"ExpireDate": taiwan_day(1), "ExpireTime": "2460"}}, "E0801"),
    ("A", {"ATMParam": {"ExpireDate": taiwan_day(-1)}}, "E0802"),
    ("A", {"ATMParam": {"ExpireDate": taiwan_day(32)}}, "E0802"),
    ("M", {"MobileParam": {"ExpMinutes": "x"}}, "E1100"),
    ("M", {"MobileParam": {"ExpMinutes": 0}}, "E1101"),
    ("M", {"MobileParam": {"ChoosePay": "X"}}, "E0601"),
    ("W", {"WalletParam": {}}, "E0600"),
    ("W", {"WalletParam": {"PayTypeSub": "Gold"}}, "E0601"),
    ("W", {"WalletParam": {"PayTypeSub": "Easy"}}, "E0602"),
]


@pytest.fixture(scope="module")
def checker() -> Iterator[Merchant]:
    with bank_and_merchant() as (_, merchant):
        yield merchant


@pytest.mark.parametrize(
    ("pay_type", "change", "code"), [("C", *case) for case in CARD_CASES] + OTHER_CASES, ids=str
)
def test_a_wrong_field_is_refused_with_the_banks_code(
    checker: Merchant, pay_type: str, change: dict[str, Any], code: str
) -> None:
    fields = {**order_fields("X1", pay_type), **change}
    assert code_of(checker.call("OrderCreate", **fields)) == code
    assert checker.call("OrderQuery", OrderNo="X1")["Description"].startswith("S0001")


@pytest.mark.parametrize(
    ("service", "fields", "code"),
    [
        ("OrderQuery", {}, "E2101"),
        ("OrderQuery", {"PayType": "Z"}, "E0601"),
        ("OrderQuery", {"PayFlag": "Z"}, "E2001"),
        ("OrderQuery", {"OrderDateTimeS": "2026", "OrderDateTimeE": "202601010000"}, "E1901"),
        ("OrderQuery", {"OrderDateTimeS": "202601010000", "OrderDateTimeE": "2026010100xx"}, "E1902"),
        ("OrderQuery", {"OrderDateTimeS": "202601010000"}, "E1903"),
        ("OrderQuery", {"OrderDateTimeS": "202601020000", "OrderDateTimeE": "202601010000"}, "E1904"),
        ("OrderQuery", {"PayDateTimeE": "202601020000"}, "E3204"),
        ("OrderQuery", {"PayDateTimeS": "202601020000", "PayDateTimeE": "202601010000"}, "E3203"),
        ("OrderPayQuery", {}, "E2501"),
        ("OrderPayQuery", {"PayToken": "0" * 64}, "E2501"),
        ("OrderMaintain", {"OrderNo": "nothing", "Command": "R"}, "E2601"),
        ("OrderMaintain", {"OrderNo": "nothing"}, "E1800"),
        ("OrderMaintain", {"OrderNo": "nothing", "Command": "X"}, "E1801"),
        ("BillQuery", {}, "E2901"),
        ("BillQuery", {"BillDate": "2026-01-01"}, "E2902"),
        ("BillQuery", {"BillDate": taiwan_day()}, "E2903"),
        ("BillQuery", {"BillDate": taiwan_day(-31)}, "E2903"),
        ("AllotQuery", {}, "E3100"),
        ("AllotQuery", {"AllotDateS": "x", "AllotDateE": taiwan_day(), "PayType": "C"}, "E3101"),
        ("AllotQuery", {"AllotDateS": taiwan_day(), "AllotDateE": "x", "PayType": "C"}, "E3102"),
        ("AllotQuery", {"AllotDateS": taiwan_day(-40), "AllotDateE": taiwan_day(), "PayType": "C"}, "E3103"),
        ("AllotQuery", {"AllotDateS": taiwan_day(), "AllotDateE": taiwan_day()}, "E0600"),
        ("WalletPayOrderQuery", {}, "E0600"),
    ],
    ids=str,
)
def test_a_wrong_question_is_refused_with_the_banks_code(
    checker: Merchant, service: str, fields: dict[str, Any], code: str
) -> None:
    assert code_of(checker.call(service, **fields)) == code


def test_an_order_number_is_taken_for_ever(merchant: Merchant) -> None:
    merchant.create("C1")
    merchant.control("clock", advance_seconds=90 * 86400)
    assert code_of(merchant.create("C1")) == "E0302"


def test_of_simultaneous_orders_with_one_number_one_is_created(merchant: Merchant) -> None:
    envelopes = [merchant.envelope("OrderCreate", order_fields("C1")) for _ in range(8)]
    url = f"{merchant.url}{API_PATH}/Order"

    def send(envelope: dict[str, str]) -> str:
        answer = requests.post(url, json=envelope, headers={"X-KeyID": ACCOUNT.key_id}, timeout=5)
        return str(opened(answer, "OrderCreate")["Description"][:5])

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(send, envelopes)) == ["E0302"] * 7 + ["S0000"]


def test_numbers_given_as_text_are_taken(merchant: Merchant) -> None:
    answer = merchant.create("C1", Amount="40400", OrderNo=77)
    assert (answer["Amount"], answer["OrderNo"]) == (40400, "77")


def test_orders_are_found_by_type_time_and_flag(merchant: Merchant) -> None:
    merchant.create("C1")
    merchant.create("A1", "A")
    merchant.create("W1", "W")
    merchant.control("card/pay", OrderNo="C1")
    day = {"OrderDateTimeS": taiwan_day() + "0000", "OrderDateTimeE": taiwan_day(1) + "2359"}

    def found(**conditions: str) -> list[str]:
        return [row["OrderNo"] for row in merchant.call("OrderQuery", **conditions)["OrderList"]]

    assert found(**day) == ["C1", "A1"]
    assert found(PayType="A") == ["A1"]
    assert found(PayFlag="Y") == ["C1"]
    assert found(PayFlag="N") == ["A1"]
    merchant.control("clock", advance_seconds=5 * 86400)
    assert found(PayFlag="O") == ["A1"]


def test_at_most_300_orders_are_listed(bank: Bank, merchant: Merchant) -> None:
    merchant.create("C1")
    with bank.lock:
        for number in range(400):
            bank.book.orders[f"copy{number}"] = bank.book.orders["C1"]
    assert len(merchant.call("OrderQuery", PayType="C")["OrderList"]) == 300


def test_orders_expire_as_their_kind_says(merchant: Merchant) -> None:
    merchant.create("C1", CardParam={"AutoBilling": "Y", "ExpMinutes": 2})
    merchant.create("C2")
    merchant.create("A1", "A", ATMParam={"ExpireDate": taiwan_day(1)})
    merchant.control("clock", advance_seconds=121)
    assert [merchant.row(number)["PayStatus"] for number in ("C1", "C2", "A1")] == ["1C250", "1C200", "1A200"]
    merchant.control("clock", advance_seconds=2 * 86400)
    assert [merchant.row(number)["PayStatus"] for number in ("C2", "A1")] == ["1C250", "1A250"]


def test_yesterdays_bill_and_the_payout_list_what_came_in(merchant: Merchant) -> None:
    merchant.create("C1", Amount=100_000)
    merchant.control("card/pay", OrderNo="C1")
    day = taiwan_day()
    merchant.control("clock", advance_seconds=86400)
    bill = merchant.call("BillQuery", BillDate=day)
    assert [(row["OrderNo"], row["TSType"], row["Amount"]) for row in bill["OrderList"]] == [
        ("C1", "P", 100_000)
    ]
    assert merchant.row("C1")["PayStatus"] == "1C900"
    asked = {"AllotDateS": day, "AllotDateE": taiwan_day(1), "PayType": "C"}
    [allotment] = merchant.call("AllotQuery", **asked)["Allot"]
    assert allotment["AllotDate"] == int(taiwan_day(1))
    assert allotment["AllotAmount"] == 100_000 - 2_200
    assert [(row["OrderNO"], row["Fee"]) for row in allotment["List"]] == [("C1", 2_200)]
