"""The chat page of the stand-in LINE platform, used as a customer uses it: by reading and tapping."""

from __future__ import annotations

import json
import queue
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote

import pytest
import urllib3
from playwright.sync_api import Locator, Page, expect

from dev.line import Platform, PlatformConfig, create_app
from dev.serve import Server

pytestmark = pytest.mark.browser

Json = dict[str, Any]


class Chat:
    """A running platform, a bot that only listens, and the phone of the first customer in the page."""

    def __init__(self, page: Page) -> None:
        self.events: queue.Queue[Json] = queue.Queue()
        self.page = page
        self._open = ExitStack()
        bot = self._open.enter_context(Server(self._hear))
        config = PlatformConfig(webhook=bot.url, shop_name="山茶小舖", validate=False)
        self.platform = self._open.enter_context(Platform(config))
        self.server = self._open.enter_context(Server(create_app(self.platform)))
        self.users = list(self.platform.world.users)
        self._http = self._open.enter_context(urllib3.PoolManager(timeout=10, retries=False))

    def _hear(self, environ: Json, start: Callable[[str, list[tuple[str, str]]], Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        for event in json.loads(body)["events"]:
            self.events.put(event)
        start("200 OK", [("Content-Length", "0")])
        return [b""]

    def close(self) -> None:
        self.page.close()
        self._open.close()

    def visit(self, path: str = "/") -> None:
        self.page.goto(self.server.url + path)
        expect(self.phone()).to_be_visible()

    def phone(self, index: int = 0) -> Locator:
        return self.page.locator(f'[data-testid="phone"][data-user="{self.users[index]}"]')

    def messages(self, sender: str = "bot", index: int = 0) -> Locator:
        return self.phone(index).locator(f'[data-testid="message"][data-from="{sender}"]')

    def call(self, path: str, body: Json) -> Json:
        headers = {"Authorization": f"Bearer {self.platform.config.token}"}
        answer = self._http.request("POST", self.server.url + path, json=body, headers=headers)
        assert answer.status == 200, answer.data
        parsed: Json = answer.json()
        return parsed

    def push(self, *messages: Json, index: int = 0) -> None:
        self.call("/v2/bot/message/push", {"to": self.users[index], "messages": list(messages)})

    def event(self) -> Json:
        return self.events.get(timeout=10)


@pytest.fixture
def chat(page: Page) -> Iterator[Chat]:
    running = Chat(page)
    yield running
    running.close()


def text(words: str, **more: Any) -> Json:
    return {"type": "text", "text": words, **more}


def button(action: Json) -> Json:
    return {"type": "button", "action": action}


def bubble(*contents: Json, **more: Any) -> Json:
    body = {"type": "box", "layout": "vertical", "contents": list(contents)}
    return {"type": "bubble", "size": "kilo", "body": body, **more}


def flex(contents: Json) -> Json:
    return {"type": "flex", "altText": "一張卡片", "contents": contents}


def quick(*actions: Json) -> Json:
    return {"items": [{"type": "action", "action": action} for action in actions]}


def postback(label: str, data: str, **more: Any) -> Json:
    return {"type": "postback", "label": label, "data": data, **more}


def test_a_carousel_is_shown_card_beside_card(chat: Chat) -> None:
    chat.visit()
    names = ["高山烏龍", "蜜香紅茶", "凍頂茶"]
    chat.push(flex({"type": "carousel", "contents": [bubble(text(name, weight="bold")) for name in names]}))
    cards = chat.messages().get_by_role("listitem")
    expect(cards).to_have_text(names)
    first, second = cards.nth(0).bounding_box(), cards.nth(1).bounding_box()
    assert first is not None
    assert second is not None
    assert first["width"] == 260  # the kilo of LINE
    assert second["x"] > first["x"] + first["width"]
    assert second["y"] == first["y"]


def test_flex_weights_share_the_width_of_a_row(chat: Chat) -> None:
    chat.visit()
    row = {
        "type": "box",
        "layout": "horizontal",
        "contents": [text("甲", flex=1, size="lg"), text("乙", flex=3, decoration="line-through")],
    }
    chat.push(flex(bubble(row)))
    left, right = chat.messages().get_by_text("甲"), chat.messages().get_by_text("乙")
    widths = [part.evaluate("node => node.getBoundingClientRect().width") for part in (left, right)]
    assert widths[1] == pytest.approx(3 * widths[0], abs=0.5)
    expect(left).to_have_css("font-size", "19px")
    expect(right).to_have_css("text-decoration-line", "line-through")


def test_a_postback_button_tells_the_bot_and_shows_its_display_text(chat: Chat) -> None:
    chat.visit()
    chat.push(flex(bubble(button(postback("加入購物車", "v1:add:7", displayText="加入購物車：高山烏龍")))))
    chat.phone().get_by_role("button", name="加入購物車", exact=True).click()
    event = chat.event()
    assert event["type"] == "postback"
    assert event["postback"] == {"data": "v1:add:7"}
    expect(chat.messages("user")).to_contain_text("加入購物車：高山烏龍")


def test_an_old_button_still_works_after_newer_messages(chat: Chat) -> None:
    chat.visit()
    chat.push(flex(bubble(button(postback("看訂單", "order")))))
    for number in range(12):
        chat.push(text(f"之後的第 {number} 則"))
    expect(chat.messages()).to_have_count(13)
    chat.phone().get_by_role("button", name="看訂單").click()
    assert chat.event()["postback"]["data"] == "order"


def test_a_box_and_the_button_inside_it_are_tapped_apart(chat: Chat) -> None:
    chat.visit()
    row = {
        "type": "box",
        "layout": "horizontal",
        "action": postback("看商品", "outer"),
        "contents": [text("高山烏龍"), {**button(postback("＋", "inner")), "flex": 0}],
    }
    chat.push(flex(bubble(row)))
    chat.phone().get_by_role("button", name="＋", exact=True).click()
    chat.phone().get_by_role("button", name="看商品").click(position={"x": 5, "y": 5})
    assert [chat.event()["postback"]["data"] for _ in range(2)] == ["inner", "outer"]


def test_quick_replies_vanish_after_a_tap(chat: Chat) -> None:
    chat.visit()
    say = {"type": "message", "label": "逛商品", "text": "商品"}
    chat.push(text("先前的", quickReply=quick(say)), text("想找什麼？", quickReply=quick(say)))
    chips = chat.phone().get_by_test_id("quick-replies")
    expect(chips.get_by_role("button", name="逛商品")).to_have_count(1)
    chips.get_by_role("button", name="逛商品").click()
    expect(chips).to_be_hidden()
    assert chat.event()["message"]["text"] == "商品"
    expect(chat.messages("user")).to_contain_text("商品")


def test_quick_replies_vanish_with_the_next_message(chat: Chat) -> None:
    chat.visit()
    chat.push(text("想找什麼？", quickReply=quick({"type": "message", "label": "逛商品", "text": "商品"})))
    chips = chat.phone().get_by_test_id("quick-replies")
    expect(chips).to_be_visible()
    chat.push(text("新的消息"))
    expect(chips).to_be_hidden()


def test_a_clipboard_button_copies(chat: Chat) -> None:
    chat.visit()
    action = {"type": "clipboard", "label": "複製帳號", "clipboardText": "99922530174617"}
    chat.push(flex(bubble(button(action))))
    chat.phone().get_by_role("button", name="複製帳號").click()
    expect(chat.phone().get_by_test_id("toast")).to_have_text("已複製")
    assert chat.page.evaluate("navigator.clipboard.readText()") == "99922530174617"


def test_fill_in_text_waits_in_the_input_and_is_not_sent(chat: Chat) -> None:
    chat.visit()
    form = "姓名：\n電話：\n地址："
    action = postback("填寫收件資料", "details", inputOption="openKeyboard", fillInText=form)
    chat.push(flex(bubble(button(action))))
    chat.phone().get_by_role("button", name="填寫收件資料").click()
    box = chat.phone().get_by_label("輸入訊息")
    expect(box).to_have_value(form)
    expect(box).to_be_focused()
    assert chat.event()["type"] == "postback"
    expect(chat.messages("user")).to_have_count(0)
    box.press("Enter")
    assert chat.event()["message"]["text"] == form


def test_a_link_to_the_chat_selects_the_customer_and_fills_his_input(chat: Chat) -> None:
    chat.visit(f"/chat/oa?user={chat.users[1]}&text={quote('訂單 K7XQ2M9P')}")
    expect(chat.phone(1).get_by_label("輸入訊息")).to_have_value("訂單 K7XQ2M9P")
    expect(chat.phone(1)).to_have_class(re.compile("phone-active"))
    expect(chat.phone(0).get_by_label("輸入訊息")).to_have_value("")


def test_a_link_to_the_chat_inside_a_message_fills_the_input(chat: Chat) -> None:
    chat.visit()
    uri = f"https://line.me/R/oaMessage/{quote('@000demo')}/?{quote('我想問：A & B')}"
    chat.push(flex(bubble(button({"type": "uri", "label": "問店家", "uri": uri}))))
    chat.phone().get_by_role("link", name="問店家").click()
    expect(chat.phone().get_by_label("輸入訊息")).to_have_value("我想問：A & B")


def test_a_date_picker_sends_what_was_picked(chat: Chat) -> None:
    chat.visit()
    action = {"type": "datetimepicker", "label": "到貨日", "data": "day", "mode": "date"}
    chat.push(flex(bubble(button(action))))
    chat.phone().get_by_role("button", name="到貨日").click()
    chat.page.get_by_label("到貨日", exact=True).fill("2026-12-01")
    chat.page.get_by_role("button", name="確定").click()
    assert chat.event()["postback"] == {"data": "day", "params": {"date": "2026-12-01"}}


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        (flex(bubble({"type": "blinker", "text": "x"})), "blinker"),
        (flex(bubble(text("字", colour="#000000"))), "colour"),
        (flex(bubble(text("字", size="huge"))), "huge"),
        (flex(bubble(button({"type": "teleport", "label": "走"}))), "teleport"),
        (flex(bubble(button({"type": "uri", "label": "走", "uri": "javascript:alert(1)"}))), "javascript"),
        ({"type": "hologram"}, "hologram"),
    ],
)
def test_what_line_would_refuse_is_named_in_a_red_box(chat: Chat, message: Json, complaint: str) -> None:
    chat.visit()
    chat.push(message)
    expect(chat.messages().get_by_test_id("error")).to_contain_text(complaint)


def test_markup_in_a_text_stays_text(chat: Chat) -> None:
    chat.visit()
    words = '<img src=x onerror="window.broken=1"><b>粗</b> https://example.com/a?b=1'
    chat.push(text(words))
    expect(chat.messages().locator(".speech")).to_have_text(words)
    expect(chat.messages().get_by_role("link")).to_have_attribute("href", "https://example.com/a?b=1")
    assert chat.page.evaluate("window.broken") is None


def test_a_rich_menu_folds_and_its_areas_work(chat: Chat) -> None:
    bounds = [{"x": x, "y": 0, "width": 1250, "height": 843} for x in (0, 1250)]
    switch = {"type": "richmenuswitch", "label": "會員", "richMenuAliasId": "member", "data": "tab"}
    shop = {"type": "message", "label": "商品", "text": "商品"}
    points = {"type": "message", "label": "點數", "text": "點數"}
    first = _menu(chat, "選單", [(bounds[0], shop), (bounds[1], switch)])
    second = _menu(chat, "會員選單", [(bounds[0], points)])
    chat.call("/v2/bot/richmenu/alias", {"richMenuAliasId": "member", "richMenuId": second})
    chat.call(f"/v2/bot/user/all/richmenu/{first}", {})
    chat.visit()
    panel = chat.phone().get_by_test_id("rich-menu")
    bar = chat.phone().get_by_role("button", name="選單", exact=True)
    expect(panel).to_be_visible()
    bar.click()
    expect(panel).to_be_hidden()
    bar.click()
    panel.get_by_role("button", name="商品").click()
    assert chat.event()["message"]["text"] == "商品"
    panel.get_by_role("button", name="會員").click()
    assert chat.event()["postback"]["params"]["newRichMenuAliasId"] == "member"
    expect(panel.get_by_role("button", name="點數")).to_be_visible()


def _menu(chat: Chat, name: str, areas: Iterable[tuple[Json, Json]]) -> str:
    menu = {
        "size": {"width": 2500, "height": 843},
        "selected": True,
        "name": name,
        "chatBarText": name,
        "areas": [{"bounds": bounds, "action": action} for bounds, action in areas],
    }
    rich_menu_id: str = chat.call("/v2/bot/richmenu", menu)["richMenuId"]
    with chat.platform.world.lock:
        chat.platform.world.menus.set_image(rich_menu_id, b"\x89PNG", "image/png")
    return rich_menu_id


def test_a_push_to_the_other_customer_is_notified_by_its_alternative_text(chat: Chat) -> None:
    chat.visit()
    chat.push(flex(bubble(text("裡面"))), index=1)
    expect(chat.page.get_by_test_id("notification")).to_contain_text("一張卡片")
    expect(chat.messages(index=1).locator(".push")).to_be_visible()


def test_a_message_can_be_unsent(chat: Chat) -> None:
    chat.visit()
    chat.phone().get_by_label("輸入訊息").fill("打錯字")
    chat.phone().get_by_role("button", name="傳送").click()
    assert chat.event()["type"] == "message"
    chat.messages("user").click(button="right")
    chat.phone().get_by_role("button", name="收回").click()
    assert chat.event()["type"] == "unsend"
    expect(chat.messages("user")).to_have_count(0)
    expect(chat.phone().get_by_test_id("notice").last).to_contain_text("收回")


def test_blocking_and_befriending(chat: Chat) -> None:
    with chat.platform.world.lock:
        chat.platform.world.user(chat.users[0]).friend = False
    chat.visit()
    chat.phone().get_by_role("button", name="加入好友").click()
    assert chat.event()["type"] == "follow"
    chat.phone().get_by_label("聊天室選單").click()
    chat.phone().get_by_role("button", name="封鎖", exact=True).click()
    assert chat.event()["type"] == "unfollow"
    chat.phone().get_by_role("button", name="解除封鎖").first.click()
    assert chat.event()["follow"]["isUnblocked"] is True


def test_a_narrow_screen_shows_one_phone_and_a_switch(chat: Chat) -> None:
    chat.page.set_viewport_size({"width": 390, "height": 844})
    chat.visit()
    expect(chat.phone(1)).to_be_hidden()
    other = chat.platform.world.users[chat.users[1]].name
    chat.page.get_by_role("navigation").get_by_role("button", name=other).click()
    expect(chat.phone(1)).to_be_visible()
    expect(chat.phone(0)).to_be_hidden()
    overflow = chat.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0


def found_group(chat: Chat, kind: str = "群組") -> Locator:
    """Press what founds a group of the first two customers and the account; the group's phone."""
    chat.page.get_by_role("button", name="＋ 新群組").click()
    chat.page.get_by_label("群組名稱").fill("團購群")
    chat.page.get_by_label("種類").select_option(kind)
    chat.page.get_by_role("button", name="建立").click()
    phone = chat.page.locator(".phone[data-group]")
    expect(phone).to_contain_text("團購群（2）")
    return phone


@pytest.mark.parametrize(("kind", "source"), [("群組", "group"), ("多人聊天室", "room")])
def test_a_group_is_founded_spoken_in_and_left(chat: Chat, kind: str, source: str) -> None:
    chat.visit()
    phone = found_group(chat, kind)
    joined = chat.event()
    assert (joined["type"], joined["source"]["type"]) == ("join", source)
    group_id = joined["source"][f"{source}Id"]
    chat.call("/v2/bot/message/reply", {"replyToken": joined["replyToken"], "messages": [text("大家好")]})
    expect(phone.locator('[data-from="bot"]')).to_contain_text("大家好")
    names = [chat.platform.world.users[user].name for user in chat.users[:2]]
    for name in names:
        phone.get_by_label("由誰發言").select_option(name)
        phone.get_by_label("輸入訊息").fill(f"我是{name}")
        phone.get_by_role("button", name="傳送").click()
    said = [chat.event() for _ in names]
    assert [event["source"]["userId"] for event in said] == chat.users[:2]
    assert {event["source"][f"{source}Id"] for event in said} == {group_id}
    expect(phone.locator(".item-user")).to_contain_text(f"我是{names[1]}")
    expect(phone.locator(".item-member .sender")).to_have_text(names[0])
    phone.get_by_label("聊天室選單").click()
    phone.get_by_role("button", name="請官方帳號離開").click()
    assert chat.event()["type"] == "leave"
    expect(phone.get_by_label("輸入訊息")).to_be_hidden()
    phone.get_by_role("button", name="邀請官方帳號").click()
    assert chat.event()["type"] == "join"
    expect(phone.get_by_label("輸入訊息")).to_be_visible()


def test_members_come_to_a_group_and_go(chat: Chat) -> None:
    third = chat.platform.world.add_user("阿正").user_id
    chat.visit()
    phone = found_group(chat)
    assert chat.event()["type"] == "join"
    phone.get_by_label("聊天室選單").click()
    phone.get_by_role("button", name="邀請 阿正").click()
    joined = chat.event()
    assert (joined["type"], joined["joined"]["members"][0]["userId"]) == ("memberJoined", third)
    expect(phone).to_contain_text("團購群（3）")
    phone.get_by_label("聊天室選單").click()
    phone.get_by_role("button", name="阿正 離開").click()
    assert chat.event()["type"] == "memberLeft"
    expect(phone.get_by_test_id("notice").last).to_have_text("阿正 離開了")
