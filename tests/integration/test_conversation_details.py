"""Delivery details in the chat: typed in many forms, explained when wrong, remembered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store.db import Database
from tests.factories import broken_invariants, scalar, stock_up
from tests.integration.chat import FORM, Chat, run


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    assert broken_invariants(database) == []
    database.close()


def test_a_wrong_phone_is_explained_and_the_right_fields_are_kept(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.tap("結帳")
    chat.tap("宅配")
    assert chat.action("在網頁填寫")["uri"].startswith("https://shop.example/details/")
    assert chat.action("在這裡填寫")["fillInText"] == "姓名：\n電話：\n地址："
    chat.type("地址: 台北市信義區信義路五段7號\n姓名：王小明\n電話：091234567")
    assert "電話要是 09 開頭的 10 碼手機，例如 0912345678。您輸入的是「091234567」。" in chat.words
    assert "王小明" in chat.action("在這裡填寫")["fillInText"]
    assert "091234567" not in chat.action("在這裡填寫")["fillInText"]
    chat.type("電話：0912-345-678")
    assert chat.offers("信用卡")
    assert scalar(db, "SELECT phone FROM customers") == "0912345678"


@pytest.mark.parametrize(
    "typed",
    [
        FORM,
        FORM.replace("：", ":"),
        "地址：台北市信義區信義路五段7號\n電話：０９１２３４５６７８\n姓名：王小明",
        "王小明\n0912345678\n台北市信義區信義路五段7號",
        "Name: 王小明\nPhone: +886 912 345 678\nAddress: 台北市信義區\n信義路五段7號",
    ],
)
def test_details_are_understood_in_many_forms(db: Database, typed: str) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.tap("結帳")
    chat.tap("宅配")
    chat.type(typed)
    assert chat.offers("信用卡")
    assert scalar(db, "SELECT recipient_name || phone FROM customers") == "王小明0912345678"


def test_details_sent_out_of_turn_are_taken_too(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.type(FORM)
    assert "收件資料記好了" in chat.words
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.type(FORM)
    assert chat.offers("貨到付款")


def test_remembered_details_are_offered_masked_and_can_be_changed(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.order("貨到付款")
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.tap("結帳")
    chat.tap("宅配")
    assert "王○明" in chat.words
    assert "0912345678" not in chat.words
    chat.tap("修改")
    chat.type("地址：高雄市前鎮區中華五路 789 號")
    chat.tap("貨到付款")
    assert "高雄市前鎮區中華五路 789 號" in chat.words


def test_details_filled_in_on_the_web_page_are_found_by_typing_checkout(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.tap("結帳")
    chat.tap("宅配")
    chat.tap("填好了，繼續")
    assert chat.offers("在網頁填寫")
    chat.type("電話：12")
    run(
        db,
        "UPDATE customers SET recipient_name = '李大同', phone = '0922333444', address = '台南市中西區1號'",
    )
    chat.type("結帳")
    assert chat.offers("信用卡")
    chat.tap("信用卡")
    chat.type("結帳")
    assert "李○同" in chat.words
    assert chat.offers("確認下單 NT$460")
