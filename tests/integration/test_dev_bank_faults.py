"""The stand-in bank misbehaves on request."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests

from dev.bank.faults import FAULTS, Faults
from payments.sinopac import cipher
from tests.integration.dev_bank_merchant import (
    ACCOUNT,
    HASH_ID,
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


def create_raw(merchant: Merchant, order_no: str = "C1") -> requests.Response:
    return merchant.send(merchant.envelope("OrderCreate", order_fields(order_no)))


def test_a_dropped_answer_leaves_the_work_done(merchant: Merchant) -> None:
    merchant.fault("drop", service="OrderCreate")
    with pytest.raises(requests.ConnectionError):
        create_raw(merchant)
    assert merchant.row("C1")["PayStatus"] == "1C200"


def test_a_hanging_answer_runs_into_the_callers_time_limit(merchant: Merchant) -> None:
    merchant.fault("hang", service="OrderCreate", seconds=1)
    envelope = merchant.envelope("OrderCreate", order_fields("C1"))
    with pytest.raises(requests.Timeout):
        merchant.http.post(f"{merchant.url}/QPay.WebAPI/api/Order", json=envelope, timeout=0.2)
    assert merchant.row("C1")["PayStatus"] == "1C200"


def test_a_delayed_answer_comes_late(merchant: Merchant) -> None:
    merchant.fault("delay", service="Nonce", seconds=0.3)
    start = time.monotonic()
    merchant.nonce()
    assert time.monotonic() - start >= 0.3


@pytest.mark.parametrize("status", [401, 429, 499, 500, 503])
def test_the_gateway_fails_as_asked(merchant: Merchant, status: int) -> None:
    merchant.fault(f"http-{status}", service="OrderCreate")
    answer = create_raw(merchant)
    assert answer.status_code == status
    assert "Message" not in answer.json()
    assert merchant.create("C1")["Status"] == "S"


@pytest.mark.parametrize("code", ["M0001", "E9900", "E0302", "E0304", "E3001", "E3003"])
def test_a_service_refuses_with_a_code_as_often_as_asked(merchant: Merchant, code: str) -> None:
    merchant.fault(code, times=2, service="OrderCreate")
    assert [merchant.create("C1")["Description"][:5] for _ in range(3)] == [code, code, "S0000"]


def test_a_failure_can_come_as_plain_json_once(merchant: Merchant) -> None:
    merchant.fault("plain")
    answer = merchant.send(merchant.envelope("OrderQuery", {})).json()
    assert answer["Description"] == "E2101 – 訂單查詢條件不足"


def test_garbage_is_no_json(merchant: Merchant) -> None:
    merchant.fault("garbage", service="OrderCreate")
    answer = create_raw(merchant)
    assert answer.status_code == 200
    with pytest.raises(ValueError):
        answer.json()


def test_a_wrong_sign_is_detectable(merchant: Merchant) -> None:
    merchant.fault("wrong-sign")
    with pytest.raises(cipher.WrongSignature):
        merchant.create("C1")


def test_a_failure_may_be_signed_with_amount_zero(merchant: Merchant) -> None:
    merchant.fault("sign-amount-zero")
    answer = merchant.send(merchant.envelope("OrderQuery", {})).json()
    fields = cipher.decrypt(answer["Message"], answer["Nonce"], HASH_ID)
    assert "Amount" not in fields
    assert answer["Sign"] == cipher.sign({**fields, "Amount": 0}, answer["Nonce"], HASH_ID)


def test_an_answer_can_lie_under_a_sound_sign(merchant: Merchant) -> None:
    merchant.create("C1")
    token = merchant.control("card/pay", OrderNo="C1")["ReturnPayToken"]
    merchant.fault("wrong-amount", service="OrderPayQuery")
    assert merchant.result(token)["Amount"] == "40500"
    merchant.fault("wrong-order-no", service="OrderPayQuery")
    assert merchant.result(token)["OrderNo"] == "NOTYOURS"
    merchant.fault("clock-skew", service="OrderPayQuery", seconds=86400)
    skewed = merchant.result(token)["PayDate"]
    assert skewed != merchant.result(token)["PayDate"]
    merchant.fault("wrong-shop")
    with pytest.raises(cipher.UnexpectedAnswer):
        merchant.row("C1")


def test_an_order_can_be_hidden_from_queries(merchant: Merchant) -> None:
    merchant.create("C1")
    merchant.fault("not-found")
    assert merchant.call("OrderQuery", OrderNo="C1")["Description"].startswith("S0001")
    assert merchant.row("C1")["OrderNo"] == "C1"


@pytest.mark.parametrize("kind", ["A", "C"])
def test_a_notification_can_overtake_the_answer(merchant: Merchant, shop: Shop, kind: str) -> None:
    merchant.fault("notify-first")
    merchant.create("X1", kind, **shop.urls())
    assert len(shop.backend) == 1
    assert merchant.row("X1")["PayStatus"] == f"1{kind}400"


def test_a_notification_can_come_twice(merchant: Merchant, shop: Shop) -> None:
    merchant.fault("duplicate-notification")
    merchant.create("A1", "A", **shop.urls())
    merchant.control("atm/pay", OrderNo="A1")
    assert len(set(shop.wait_for(2))) == 1


@pytest.mark.parametrize(
    ("fault", "calls", "form"), [("return-only", 0, True), ("backend-only", 1, False), ("silent", 0, False)]
)
def test_a_payment_can_lose_its_ways(
    merchant: Merchant, shop: Shop, fault: str, calls: int, form: bool
) -> None:
    merchant.fault(fault)
    merchant.create("C1", **shop.urls())
    paid = merchant.control("card/pay", OrderNo="C1")
    assert (paid["form"] is not None, len(merchant.notifications())) == (form, calls)
    assert merchant.row("C1")["PayStatus"] == "1C400"


def test_faults_are_listed_and_cleared(merchant: Merchant) -> None:
    merchant.fault("drop", times=None, service="OrderCreate")
    merchant.fault("M0001", times=3)
    url = f"{merchant.url}/control/faults"
    assert [fault["name"] for fault in merchant.http.get(url, timeout=5).json()["faults"]] == [
        "drop",
        "M0001",
    ]
    left = merchant.http.delete(url, params={"name": "drop"}, timeout=5).json()["faults"]
    assert [fault["name"] for fault in left] == ["M0001"]
    assert merchant.http.delete(url, timeout=5).json() == {"faults": []}
    assert merchant.create("C1")["Status"] == "S"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("faults", {"name": "flood"}, "name"),
        ("faults", {"name": "S0000"}, "name"),
        ("faults", {"name": "drop", "times": 0}, "times"),
        ("faults", {"name": "drop", "times": "x"}, "times"),
        ("faults", {"name": "drop", "seconds": "x"}, "seconds"),
        ("clock", {"advance_seconds": -1}, "advance_seconds"),
        ("clock", {}, "advance_seconds"),
        ("refunds", {"outcome": "x"}, "outcome"),
        ("card/pay", {"OrderNo": "C1", "result": "X"}, "result"),
        ("card/pay", {"OrderNo": "C1", "notify": "X"}, "notify"),
        ("card/pay", {}, "OrderNo"),
        ("atm/pay", {"OrderNo": "C1", "amount": "4"}, "amount"),
    ],
)
def test_a_senseless_control_request_is_explained(
    merchant: Merchant, path: str, body: dict[str, object], field: str
) -> None:
    answer = merchant.http.post(f"{merchant.url}/control/{path}", json=body, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(field)


def test_every_fault_is_explained_and_can_be_switched_on() -> None:
    faults = Faults()
    for name, text in FAULTS.items():
        assert text
        assert faults.add(name).name == name


def test_the_account_is_plainly_made_up() -> None:
    assert ACCOUNT.shop_no.startswith("DEV")
