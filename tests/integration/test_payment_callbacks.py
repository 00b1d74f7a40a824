"""What may be posted to the callback addresses, and what is kept of it; and what the logs say of it all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from structlog.testing import capture_logs

from payments import records
from payments.callbacks import LARGEST_BODY, MOST_HINTS
from payments.records import Payment
from store.db import Database
from store.errors import CommitUnknown
from tests.factories import scalar
from tests.integration.till import Till, open_till

TOKEN = "8ab3058e04bd1a58b54232987530c4faa6e97be7b1de009c1d230f125c7802c9"
SHOP_NO = "DEV001_001"


@pytest.fixture
def till(database_url: str) -> Iterator[Till]:
    with open_till(database_url) as till:
        till.work()
        yield till


@pytest.fixture
def payment(till: Till) -> Payment:
    _, payment = till.open("card")
    till.rest()  # what arrives from here on stays in the inbox
    return payment


def stored(db: Database) -> object:
    return scalar(db, "SELECT count(*) FROM inbox")


def body(shop_no: Any = SHOP_NO, token: Any = TOKEN) -> dict[str, Any]:
    return {"ShopNo": shop_no, "PayToken": token}


def test_a_callback_is_stored_and_answered_and_so_are_its_repeats(till: Till, payment: Payment) -> None:
    for _ in range(3):
        answer = till.post(payment, "backend", json=body())
        assert (answer.status_code, answer.json()) == (200, {"Status": "S"})
    assert stored(till.db) == 1


WRONG: dict[str, dict[str, Any]] = {
    "wrong ShopNo": {"json": body(shop_no="NA0249_001")},
    "no ShopNo": {"json": {"PayToken": TOKEN}},
    "no token": {"json": {"ShopNo": SHOP_NO}},
    "empty token": {"json": body(token="")},
    "101 characters": {"json": body(token="a" * 101)},
    "token with a line end": {"json": body(token=TOKEN + "\n")},
    "NUL in the token": {"json": body(token="a\x00b")},
    "Chinese token": {"json": body(token="權杖")},
    "token is a number": {"json": body(token=12345)},
    "token is a list": {"json": body(token=[TOKEN])},
    "ShopNo is an object": {"json": body(shop_no={"$ne": 1})},
    "a list": {"json": [body()]},
    "null": {"json": None},
    "no body": {},
    "a form": {"data": body()},
    "not JSON": {"data": b"{"},
    "not UTF-8": {"data": b'{"PayToken": "\xff\xfe"}'},
    "deep": {"data": b"[" * 8000},
    "long number": {"data": b'{"PayToken":' + b"9" * 8000 + b"}"},
}


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_callback_gets_a_clear_no_and_leaves_nothing(
    till: Till, payment: Payment, content: dict[str, Any]
) -> None:
    answer = till.post(payment, "backend", **content)
    assert (answer.status_code, answer.json()) == (400, {"Status": "F"})
    assert stored(till.db) == 0


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG.keys())
def test_a_browser_that_brings_nonsense_is_led_to_the_result_all_the_same(
    till: Till, payment: Payment, content: dict[str, Any]
) -> None:
    if content == {"data": body()}:
        content = {"data": body(token="?")}
    answer = till.post(payment, "return", **content)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{till.url}/payments/result/")
    assert stored(till.db) == 0


def test_a_browser_with_a_token_is_led_to_the_result_without_it(till: Till, payment: Payment) -> None:
    answer = till.post(payment, "return", data=body())
    assert answer.status_code == 303
    assert TOKEN not in str(answer.headers)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert stored(till.db) == 1


def test_a_browser_that_comes_without_a_form_is_led_to_the_result_too(till: Till, payment: Payment) -> None:
    url = f"{till.url}/payments/sinopac/return/{payment.callback_key}"
    assert requests.get(url, timeout=5, allow_redirects=False).status_code == 303
    assert requests.get(url.replace("return", "backend"), timeout=5).status_code == 405


@pytest.mark.parametrize("key", ["nobodys", "%00", "a%00b", "%ff%fe", "權杖", "k" * 5000])
@pytest.mark.parametrize("way", ["backend", "return"])
def test_an_address_nobody_was_given_does_not_exist(till: Till, way: str, key: str) -> None:
    url = f"{till.url}/payments/sinopac/{way}/{key}"
    content: dict[str, Any] = {"json": body()} if way == "backend" else {"data": body()}
    answer = requests.post(url, timeout=5, **content)
    assert answer.status_code == 404
    assert stored(till.db) == 0


@pytest.mark.parametrize("way", ["backend", "return"])
def test_a_huge_body_is_not_read(till: Till, payment: Payment, way: str) -> None:
    huge = json.dumps(body()) + " " * LARGEST_BODY
    kind = "application/json" if way == "backend" else "application/x-www-form-urlencoded"
    answer = till.post(payment, way, data=huge, headers={"Content-Type": kind})
    assert answer.status_code == 413
    assert stored(till.db) == 0


def test_invented_tokens_keep_the_bank_busy_for_a_while_and_no_longer(till: Till) -> None:
    order, payment = till.open("card")
    answers = [
        till.post(payment, "backend", json=body(token=f"{number:064x}")).json()["Status"]
        for number in range(MOST_HINTS + 5)
    ]
    assert answers == ["S"] * MOST_HINTS + ["F"] * 5
    till.until(lambda: len(till.outcomes(order, "payment.look_up")) == MOST_HINTS)
    outcome = till.pay(order, notify="return")
    answer = till.come_back(payment, outcome)
    assert answer.status_code == 303, "the customer is led to the result all the same"
    assert stored(till.db) == MOST_HINTS
    till.put("payment.check", order, payment_id=payment.id)  # which comes by itself after some minutes
    till.settled(order, "paid")


def test_one_customers_invented_tokens_are_no_other_orders_concern(till: Till) -> None:
    _, mine = till.open("card")
    order, _ = till.open("card")
    for number in range(MOST_HINTS + 1):
        till.post(mine, "backend", json=body(token=f"{number:064x}"))
    till.pay(order)
    till.settled(order, "paid")


def test_a_token_posted_to_a_wrong_address_does_not_hide_it_from_its_own(till: Till) -> None:
    order, payment = till.open("card")
    _, other = till.open("card")
    outcome = till.pay(order, notify="return")
    till.come_back(other, outcome)
    till.come_back(payment, outcome)
    till.settled(order, "paid")


def test_the_logs_hold_no_token_no_account_and_no_address(till: Till) -> None:
    with capture_logs() as lines:
        card, card_payment = till.open("card")
        atm, atm_payment = till.open("atm")
        tokens = []
        for how in ({"result": "F"}, {}):
            outcome = till.pay(card, notify="both", **how)
            till.come_back(card_payment, outcome)
            tokens += [outcome["ReturnPayToken"], outcome["BackendPayToken"]]
        till.post(card_payment, "backend", json=body(token=TOKEN))
        till.post(card_payment, "backend", json=body(token=TOKEN + "?"))
        tokens += [TOKEN, till.pay(atm, amount=1)["BackendPayToken"]]
        till.settled(card, "paid")
        till.until(lambda: till.cases(atm) == ["amount_mismatch"])
    text = json.dumps(lines, default=str)
    assert "payment_settled" in text
    assert "callback_refused" in text
    secrets = [*tokens, atm_payment.account_no, card_payment.pay_url, card.address, card.phone]
    secrets += [card_payment.callback_key, atm_payment.callback_key, str(card_payment.pay_url)[-36:]]
    assert [secret for secret in secrets if str(secret) in text] == []


def test_who_comes_while_the_database_is_away_is_told_to_try_again(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, payment = till.open("card")
    token = till.pay_token(order, ap_type="PayOut", status="S")
    fields = {"ShopNo": till.bank.shop_no, "PayToken": token}

    def away(*_: object) -> None:
        raise CommitUnknown("the connection broke during COMMIT")

    with monkeypatch.context() as patch:
        patch.setattr(records, "by_callback_key", away)
        returned = till.post(payment, "return", data=fields)
        called = till.post(payment, "backend", json=fields)
    assert (returned.status_code, returned.headers["Retry-After"]) == (503, "5")
    assert "請稍等一下再試一次" in returned.text
    assert (called.status_code, called.json()) == (503, {"Status": "F"})
    assert till.post(payment, "backend", json=fields).json() == {"Status": "S"}
