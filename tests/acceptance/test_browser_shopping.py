"""A newcomer shops in the browser's chat: greeted, browsing, choosing, paying at the bank, told of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from dev.serve import Server
from tests.acceptance.town import Town, town
from tests.factories import broken_invariants, scalar

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("SCREENSHOTS")
"""A folder for pictures of every step, for people to look at."""


@pytest.fixture
def shops(database_url: str, tmp_path: Path) -> Iterator[Town]:
    with town(database_url, tmp_path) as place:
        yield place
        assert broken_invariants(place.db) == []


class Phone:
    """One customer's phone on the chat page, used as a person would."""

    def __init__(self, page: Page, name: str) -> None:
        self.page, self.name = page, name
        self.frame = page.get_by_test_id("phone").filter(has_text=name).first
        self._shots = 0

    def befriend(self) -> None:
        self.frame.get_by_role("button", name="加入好友").click()
        self.hears("歡迎")

    def say(self, text: str) -> None:
        self.frame.get_by_label("輸入訊息").fill(text)
        self.frame.get_by_label("傳送").click()

    def tap(self, label: str | re.Pattern[str]) -> None:
        self._control("button", label).click()

    def opens(self, label: str) -> Page:
        """Tap a link and return the tab it opens."""
        with self.page.context.expect_page() as opened:
            self._control("link", label).click()
        return opened.value

    def hears(self, text: str | re.Pattern[str]) -> None:
        self.page.bring_to_front()
        expect(self.frame.get_by_test_id("message").filter(has_text=text).last).to_be_visible(timeout=20_000)
        self.shoot()

    def shoot(self) -> None:
        if SHOTS:
            self._shots += 1
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{SHOTS}/{self.name}-{self._shots:02}.png")

    def _control(self, role: str, label: str | re.Pattern[str]) -> Locator:
        return self.frame.get_by_test_id("message").get_by_role(role, name=label).last  # type: ignore[arg-type]


def newcomer(shops: Town, window: BrowserContext, server: Server, method: str) -> Phone:
    """Somebody who is new to the shop, looks around and fills a cart with two things."""
    shops.line.world.add_user(f"顧客{method}", friend=False)
    page = window.new_page()
    page.goto(f"{server.url}/?user={list(shops.line.world.users)[-1]}")
    phone = Phone(page, f"顧客{method}")
    phone.befriend()
    phone.tap("逛商品")
    phone.hears("想逛哪一區")
    phone.tap(re.compile("^茶器"))
    phone.hears("玻璃公道杯")
    phone.tap("看商品")
    phone.hears("加入購物車")
    phone.tap(re.compile("^加入購物車"))
    phone.hears("已加入購物車")
    phone.say("高山烏龍")
    phone.hears("請選規格")
    phone.tap(re.compile("^75 克"))
    phone.tap(re.compile("加入購物車 × 2"))
    phone.hears("高山烏龍 75 克 × 2")
    return phone


def check_out(phone: Phone, method: str) -> None:
    phone.tap(re.compile("^(去)?結帳"))
    phone.hears("宅配")
    phone.tap(re.compile("^宅配"))
    form = phone.opens("在網頁填寫")
    form.get_by_label(re.compile("姓名|收件人")).fill("王小明")
    form.get_by_label(re.compile("電話|手機")).fill("0912-345-678")
    form.get_by_label("地址").fill("台北市信義區信義路五段7號")
    form.get_by_role("button").click()
    expect(form.get_by_text("收到了")).to_be_visible()
    form.close()
    phone.tap(re.compile("填好了"))
    phone.tap(re.compile(method))
    phone.hears("訂單確認")
    phone.tap(re.compile("^確認下單"))
    phone.hears("訂單已成立")


@pytest.fixture
def chat(shops: Town) -> Iterator[Server]:
    from dev.line import create_app

    with Server(create_app(shops.line)) as server:
        yield server


def test_card(shops: Town, window: BrowserContext, chat: Server) -> None:
    phone = newcomer(shops, window, chat, "刷卡")
    check_out(phone, "^信用卡")
    bank = phone.opens("前往付款")
    bank.locator("#fill").click()
    bank.locator("#send").click()
    bank.locator("#OTP").fill("123456")
    bank.locator("#confirm").click()
    expect(bank.get_by_text("已付款").first).to_be_visible(timeout=20_000)
    if SHOTS:
        bank.screenshot(path=f"{SHOTS}/result.png")
    phone.hears(re.compile("已付款"))
    assert scalar(shops.db, "SELECT status FROM orders") == "paid"


def test_atm(shops: Town, window: BrowserContext, chat: Server) -> None:
    phone = newcomer(shops, window, chat, "轉帳")
    check_out(phone, "^ATM")
    account = str(scalar(shops.db, "SELECT account_no FROM payments"))
    phone.hears(account)
    bank = window.new_page()
    bank.goto(f"{shops.bank_url}/")
    bank.get_by_role("button", name="轉入款項").first.click()
    phone.hears(re.compile("已付款"))
    assert scalar(shops.db, "SELECT status FROM orders") == "paid"


def test_a_newcomer_is_greeted_in_the_language_of_their_line(
    shops: Town, window: BrowserContext, chat: Server
) -> None:
    user = shops.line.world.add_user("Ann", language="en-US", friend=False)
    page = window.new_page()
    page.goto(f"{chat.url}/?user={user.user_id}")
    phone = Phone(page, "Ann")
    phone.frame.get_by_role("button", name="加入好友").click()
    phone.hears("Welcome to")
    phone.tap("Browse")
    phone.hears("Where would you like to look?")
    assert shops.line.world.quota.used == 0


def test_a_group_is_asked_to_shop_in_private_and_hears_nothing_else(
    shops: Town, window: BrowserContext, chat: Server
) -> None:
    page = window.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(chat.url)
    page.get_by_role("button", name="＋ 新群組").click()
    page.get_by_label("群組名稱").fill("團購群")
    page.get_by_role("button", name="建立").click()
    phone = Phone(page, "團購群")
    phone.hears("購物請加我好友私訊喔")
    phone.say("晚餐吃什麼")
    phone.say("購物車")
    answers = phone.frame.locator('[data-from="bot"]')
    expect(answers).to_have_count(2)
    phone.shoot()
    phone.frame.get_by_label("聊天室選單").click()
    phone.shoot()
    phone.frame.get_by_role("button", name="請官方帳號離開").click()
    expect(phone.frame.get_by_test_id("notice").last).to_have_text("官方帳號離開了")
    phone.shoot()
    expect(answers).to_have_count(2)
    assert shops.line.world.quota.used == 0


def test_cash_on_delivery(shops: Town, window: BrowserContext, chat: Server) -> None:
    phone = newcomer(shops, window, chat, "到付")
    check_out(phone, "^貨到付款")
    assert scalar(shops.db, "SELECT status FROM orders") == "preparing"
    phone.say("訂單")
    phone.hears("備貨中")
