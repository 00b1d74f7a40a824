"""The stand-in bank's hosted pages, as a browser without scripts meets them, and once with a real one."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page

from tests.integration.dev_bank_merchant import Merchant, Shop, bank_and_merchant, served_shop

TEST_CARD = {
    "CardNo1": "4143",
    "CardNo2": "5200",
    "CardNo3": "0187",
    "CardNo4": "0127",
    "ExpireMM": "12",
    "ExpireYY": "35",
    "CVV2": "123",
}


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    with bank_and_merchant() as (_, merchant):
        yield merchant


@pytest.fixture
def shop() -> Iterator[Shop]:
    with served_shop() as shop:
        yield shop


def card_url(merchant: Merchant, **fields: Any) -> str:
    return str(merchant.create("C1", **fields)["CardParam"]["CardPayURL"])


def form_of(page: requests.Response) -> tuple[str, dict[str, str]]:
    """The action and the hidden fields of a page's form."""
    [action] = re.findall(r'<form [^>]*action="([^"]+)"', page.text)
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    return unescape(action), dict(hidden)


def post(url: str, fields: dict[str, str]) -> requests.Response:
    return requests.post(url, data=fields, timeout=5)


def test_the_test_card_pays_after_its_password_and_the_browser_is_sent_back(
    merchant: Merchant, shop: Shop
) -> None:
    url = card_url(merchant, **shop.urls())
    form = requests.get(url, timeout=5)
    assert "測試銀行" in form.text
    assert "NT$404" in form.text
    assert form.headers["Cache-Control"] == "no-store"
    for field in [*TEST_CARD, "send"]:
        assert f'id="{field}"' in form.text
    action, _ = form_of(post(url, TEST_CARD))
    assert merchant.row("C1")["PayStatus"] == "1C200"
    back, hidden = form_of(post(action, {"OTP": "123456"}))
    assert back == f"{shop.url}/return"
    assert hidden["ShopNo"] == "DEV001_001"
    assert merchant.result(hidden["PayToken"])["Status"] == "S"
    [told] = shop.wait_for(1)
    assert told != hidden["PayToken"]
    assert merchant.row("C1")["PayStatus"] == "1C400"


@pytest.mark.parametrize("wrong", [{"CardNo4": "0128"}, {"ExpireYY": "36"}, {"CVV2": "124"}])
def test_any_other_card_is_refused_and_can_be_tried_again(
    merchant: Merchant, shop: Shop, wrong: dict[str, str]
) -> None:
    url = card_url(merchant, **shop.urls())
    refused = post(url, {**TEST_CARD, **wrong})
    assert "付款沒有成功" in refused.text
    back, hidden = form_of(refused)
    assert back == f"{shop.url}/return"
    assert merchant.result(hidden["PayToken"])["Description"] == "E2700 – 交易失敗"
    assert "OTP" in post(url, TEST_CARD).text
    assert merchant.notifications() == []


def test_a_wrong_password_is_refused(merchant: Merchant) -> None:
    action, _ = form_of(post(card_url(merchant), TEST_CARD))
    _, hidden = form_of(post(action, {"OTP": "000000"}))
    assert merchant.result(hidden["PayToken"])["Description"] == "E2720 – 3D驗證失敗"
    assert "請先填寫卡號" in post(action, {"OTP": "123456"}).text


def test_an_incomplete_card_is_explained(merchant: Merchant) -> None:
    assert "請填寫 16 碼卡號" in post(card_url(merchant), {**TEST_CARD, "CardNo1": "12"}).text


def test_a_page_closes_when_its_minutes_are_over(merchant: Merchant) -> None:
    url = card_url(merchant, CardParam={"AutoBilling": "Y", "ExpMinutes": 1})
    action, _ = form_of(post(url, TEST_CARD))
    merchant.control("clock", advance_seconds=61)
    for answer in (requests.get(url, timeout=5), post(url, TEST_CARD), post(action, {"OTP": "123456"})):
        assert answer.status_code == 410
        assert "付款期限已過" in answer.text


def test_a_paid_order_cannot_be_paid_again(merchant: Merchant) -> None:
    url = card_url(merchant)
    merchant.control("card/pay", OrderNo="C1")
    assert "已經付款" in requests.get(url, timeout=5).text


def test_a_wrong_key_finds_nothing(merchant: Merchant) -> None:
    assert requests.get(card_url(merchant) + "0", timeout=5).status_code == 404


@pytest.mark.parametrize(("kind", "url"), [("M", "MobilePayURL"), ("W", "WalletPayURL")])
def test_mobile_and_wallet_pages_pay_or_refuse(merchant: Merchant, shop: Shop, kind: str, url: str) -> None:
    created = merchant.create("X1", kind, **shop.urls())
    page = created["MobileParam" if kind == "M" else "WalletParam"][url]
    _, refused = form_of(post(page, {"decision": "refuse"}))
    assert merchant.result(refused["PayToken"])["Status"] == "F"
    _, paid = form_of(post(page, {"decision": "pay"}))
    assert merchant.result(paid["PayToken"])["Status"] == "S"


def test_the_web_atm_page_pays_the_account(merchant: Merchant) -> None:
    created = merchant.create("A1", "A")
    page = created["ATMParam"]["WebAtmURL"]
    assert created["ATMParam"]["AtmPayNo"] in requests.get(page, timeout=5).text
    assert "轉帳完成" in post(page, {"decision": "pay"}).text
    assert merchant.row("A1")["PayStatus"] == "1A400"


def test_the_qr_code_leads_to_the_orders_page(merchant: Merchant) -> None:
    created = merchant.create("C1")
    answer = requests.get(created["QRCodeURL"], timeout=5, allow_redirects=False)
    assert answer.headers["Location"] == created["CardParam"]["CardPayURL"]


def test_the_list_of_orders_pays_virtual_accounts(merchant: Merchant) -> None:
    assert "還沒有訂單" in requests.get(merchant.url, timeout=5).text
    merchant.create("A1", "A", PrdtName="<b>茶</b>")
    page = requests.get(merchant.url, timeout=5)
    assert "&lt;b&gt;茶&lt;/b&gt;" in page.text
    [action] = re.findall(r'action="(/orders/[^"]+)"', page.text)
    assert "付款完成" in post(merchant.url + action, {}).text
    assert merchant.row("A1")["PayStatus"] == "1A400"


def test_hosted_pages_can_have_a_public_address() -> None:
    with bank_and_merchant(public_url="https://bank.invalid") as (_, merchant):
        assert card_url(merchant).startswith("https://bank.invalid/QPay.WebPaySite/Bridge/PayCard?TD=")


def test_without_return_the_browser_stays(merchant: Merchant, shop: Shop) -> None:
    merchant.fault("backend-only")
    action, _ = form_of(post(card_url(merchant, **shop.urls()), TEST_CARD))
    assert "<form" not in post(action, {"OTP": "123456"}).text
    shop.wait_for(1)


@pytest.mark.browser
def test_a_phone_pays_with_three_taps_and_comes_back(merchant: Merchant, shop: Shop, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(card_url(merchant, **shop.urls()))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.click("#fill")
    page.click("#send")
    page.fill("#OTP", "123456")
    page.click("#confirm")
    page.wait_for_selector("#shop")
    assert merchant.result(shop.returned[0]["PayToken"])["Status"] == "S"


def test_the_bank_runs_as_a_process(tmp_path: Path) -> None:
    state = tmp_path / "bank.json"
    command = [sys.executable, "-m", "dev.bank", "--port", "0", "--state", str(state), "--fault", "M0001"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process, process.stdout:
        try:
            [url] = re.findall(r"API: (\S+)/QPay", process.stdout.readline())
            merchant = Merchant(url)
            assert merchant.create("C1")["Description"].startswith("M0001")
            merchant.http.delete(f"{url}/control/faults", timeout=5)
            merchant.create("C1")
            merchant.close()
        finally:
            process.terminate()
        assert process.wait(timeout=10) == 0
    assert '"C1"' in state.read_text(encoding="utf-8")
