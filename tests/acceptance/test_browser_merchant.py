"""A shopkeeper's first sale in the browser: shelve, ship, talk, give a part back, look at the figures."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import BrowserContext, Locator, Page, expect

from admin import totp
from dev.bank import BankConfig
from dev.line import create_app as create_line
from dev.serve import Server
from tests.acceptance.test_browser_shopping import Phone, check_out
from tests.acceptance.town import ROOT, Town, town, wait_until
from tests.factories import broken_invariants, scalar
from tests.shelves import run

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("SCREENSHOTS")
PASSWORD = "三隻貓住在茶園的山腳下 1998"
TRACKING = "905123456789"


@pytest.fixture
def shops(database_url: str, tmp_path: Path) -> Iterator[Town]:
    quick = BankConfig(notify_delay_seconds=0.2, auto_pay_seconds=None, refund_seconds=0.1)
    with town(database_url, tmp_path, bank=quick) as place:
        yield place
        assert broken_invariants(place.db) == []


class Desk:
    """The shopkeeper at the console; clicks and reads, never types an address but the first."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self._url, self._shots = page, url, 0

    def arrive(self) -> None:
        self.page.goto(f"{self._url}/admin/")

    def log_in(self) -> None:
        self.fill("帳號", "owner")
        self.fill("密碼", PASSWORD)
        self.press("登入")

    def fill(self, label: str, text: str, inside: Locator | None = None) -> None:
        (inside or self.page.locator("main")).get_by_label(label, exact=True).fill(text)

    def press(self, label: str, inside: Locator | None = None) -> None:
        (inside or self.page.locator("main")).get_by_role("button", name=label, exact=True).click()

    def go(self, place: str) -> None:
        self.page.get_by_role("navigation", name="主選單").get_by_role("link", name=place).click()

    def follow(self, link: str | re.Pattern[str]) -> None:
        self.page.locator("main").get_by_role("link", name=link).first.click()

    def reads(self, words: str | re.Pattern[str]) -> None:
        expect(self.page.locator("main").get_by_text(words).first).to_be_visible()
        self.shoot()

    def reload_until(self, words: str) -> None:
        """The console shows what is so when it is asked; somebody who waits asks again."""
        shown = self.page.locator("main").get_by_text(words).first

        def look() -> bool:
            self.page.reload()
            return shown.is_visible()

        wait_until(look, 20, f"the console to say {words}")
        self.shoot()

    def part(self, heading: str) -> Locator:
        """The part of the page under this heading."""
        title = self.page.get_by_role("heading", name=heading, exact=True)
        return self.page.locator("section").filter(has=title)

    def tile(self, name: str) -> Locator:
        return self.page.locator(".tile").filter(has_text=name).locator("strong")

    def shoot(self) -> None:
        if SHOTS:
            self._shots += 1
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{SHOTS}/desk-{self._shots:02}.png", full_page=True)


def create_owner(shops: Town) -> None:
    """The first person of the console, as the guide to the set-up says."""
    command = [
        sys.executable,
        "-m",
        "flask",
        "--app",
        "app",
        "shop",
        "create-admin",
        "owner",
        "--name",
        "阿香",
    ]
    env = shops.shop.env | {"ADMIN_PASSWORD": PASSWORD}
    subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, timeout=60)


def take_a_second_factor(desk: Desk) -> None:
    """Asked for on the first page; with it on, the password alone opens nothing."""
    desk.follow("現在啟用")
    desk.page.get_by_text("不能掃描？").click()
    secret = desk.page.locator(".secret").inner_text()
    now = int(time.time() // totp.STEP_SECONDS)
    desk.fill("驗證碼", totp.code_at(secret, now))
    desk.press("啟用")
    expect(desk.page.locator(".codes li")).to_have_count(totp.RECOVERY_CODES)
    desk.shoot()
    desk.page.get_by_role("button", name="登出").click()
    desk.log_in()
    desk.fill("驗證碼", totp.code_at(secret, now + 1))  # the code of before opens once only
    desk.press("繼續")
    desk.reads("都出貨了，辛苦了。")


def shelve(desk: Desk, picture: Path) -> None:
    desk.go("商品")
    desk.follow("新增商品")
    desk.fill("商品名稱", "手作柿染茶席布")
    desk.fill("或新的分類", "茶席")
    desk.fill("說明", "柿子汁染的棉麻布，越用越深。")
    desk.page.get_by_label("圖片", exact=True).set_input_files(picture)
    desk.press("新增，再填規格和價格")
    for option, price, stock in (("小 30 × 60 公分", "480", "5"), ("大 45 × 120 公分", "880", "3")):
        form = desk.part("新增規格")
        desk.fill("規格名稱（只有一種可空白）", option, form)
        desk.fill("售價", price, form)
        desk.fill("庫存", stock, form)
        desk.press("新增規格", form)
        desk.reads("規格已新增。")
    shown = desk.page.get_by_role("img", name="手作柿染茶席布")
    assert shown.evaluate("picture => picture.complete && picture.naturalWidth > 100")


def a_picture(folder: Path) -> Path:
    """What a telephone would send: large, and larger than the shop keeps."""
    canvas = Image.new("RGB", (1600, 1200), "#b5651d")
    ImageDraw.Draw(canvas).rectangle((300, 250, 1300, 950), fill="#8a4b14", outline="#f3e4cf", width=24)
    path = folder / "IMG_2087.JPG"
    canvas.save(path, "JPEG")
    return path


def buy(phone: Phone) -> None:
    phone.befriend()
    phone.say("茶席布")
    phone.hears("手作柿染茶席布")
    phone.tap(re.compile("看商品|選規格"))
    phone.hears("請選規格")
    phone.tap(re.compile("^大 45"))
    phone.tap("加入購物車 × 1")
    phone.hears("已加入購物車")
    check_out(phone, "^信用卡")
    bank = phone.opens("前往付款")
    bank.locator("#fill").click()
    bank.locator("#send").click()
    bank.locator("#OTP").fill("123456")
    bank.locator("#confirm").click()
    expect(bank.get_by_text("已付款").first).to_be_visible(timeout=20_000)
    bank.close()
    phone.hears("已付款")


def ship(desk: Desk, code: str) -> None:
    desk.arrive()
    expect(desk.tile("待出貨")).to_have_text("1")
    desk.follow(re.compile(code))
    desk.page.get_by_label("物流", exact=True).first.select_option("黑貓宅急便")
    desk.fill("物流單號", TRACKING)
    desk.press("出貨並通知客人")
    desk.reads("已出貨，會通知客人。")


def ask_for_money_back(desk: Desk, phone: Phone, code: str) -> None:
    """The customer asks on the order's own card, with words; a human of the shop answers in the same chat."""
    phone.tap("看訂單")
    phone.hears("已出貨")
    phone.tap("申請退貨")
    phone.hears("想退哪些")
    phone.say("布角有一塊染色不均，可以退一點錢嗎？")
    phone.hears("退貨申請收到了")
    desk.go("待處理")
    desk.reload_until("客人想退貨")
    desk.reads("布角有一塊染色不均")
    desk.follow(re.compile("^回覆"))
    desk.fill("回覆客人", "真不好意思，布您留著用，馬上退您 NT$200。")
    desk.press("送出")
    desk.reads("已送出。")
    phone.hears("馬上退您 NT$200")


def give_back(desk: Desk, shops: Town, phone: Phone, code: str) -> None:
    """A part of the payment, from the order's page; the bank does it, and the customer is told how much."""
    desk.go("待處理")
    desk.follow(re.compile(f"^#{code}"))
    section = desk.part("退款")
    section.get_by_text(re.compile("^退款…")).click()
    desk.fill("金額", "200", section)
    desk.fill("原因", "染色不均", section)
    desk.press("申請退款", section)
    desk.reads("已申請退款")
    phone.hears("退款 NT$200 已經送出")
    wait_until(lambda: is_through(shops), 20, "the bank to be through with the refund")
    phone.hears("已退款 NT$200")
    desk.reload_until("已退款")


def is_through(shops: Town) -> bool:
    """Whether the money is back; the next look at the bank is due now instead of in a minute."""
    run(shops.db, "UPDATE outbox SET available_at = now() WHERE kind = 'refund.check' AND status = 'waiting'")
    return scalar(shops.db, "SELECT status FROM refunds") == "done"


def test_a_shopkeeper_sells_ships_gives_a_part_back_and_sees_it_in_the_report(
    shops: Town, window: BrowserContext, tmp_path: Path
) -> None:
    create_owner(shops)
    desk = Desk(window.new_page(), shops.shop.url)
    desk.arrive()
    desk.log_in()
    take_a_second_factor(desk)
    shelve(desk, a_picture(tmp_path))
    with Server(create_line(shops.line)) as chat:
        shops.line.world.add_user("小柿", friend=False)
        page = window.new_page()
        page.goto(f"{chat.url}/?user={list(shops.line.world.users)[-1]}")
        phone = Phone(page, "小柿")
        buy(phone)
        code = str(scalar(shops.db, "SELECT code FROM orders"))
        ship(desk, code)
        phone.hears(f"黑貓宅急便 {TRACKING}")
        tracked = phone.frame.get_by_test_id("message").get_by_role("link", name="查進度").last
        expect(tracked).to_have_attribute("href", re.compile("^https://www.t-cat.com.tw/"))
        ask_for_money_back(desk, phone, code)
        give_back(desk, shops, phone, code)
    desk.go("報表")
    expect(desk.tile("營業額")).to_have_text("NT$960")
    expect(desk.tile("退款")).to_have_text("NT$200")
    desk.shoot()
    assert scalar(shops.db, "SELECT status FROM orders") == "shipped"
    assert scalar(shops.db, "SELECT sum(amount) FROM refunds WHERE status = 'done'") == 200
