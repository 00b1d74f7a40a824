"""The shop's own people in the chat: what they are told is switched on and off by words and buttons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.events import Postback
from settings import LineSettings, Settings
from store import owner_news
from store.db import Database
from store.owner_news import News
from store.shop import Shop
from tests.factories import line_user, scalar
from tests.integration.chat import Chat, run

OWNER = line_user()


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def chat_of(db: Database, user: str) -> Chat:
    chat = Chat(db, user)
    settings = Settings(db.url, "https://shop.example", "s", LineSettings(("s",), "t"), None)
    chat.shop = Shop(replace(settings, owner_line_user_ids=(OWNER,)))
    return chat


@pytest.mark.parametrize("word", ["店家通知", "通知設定", "通知", "Notices"])
def test_an_owner_sees_the_switches_for_the_word(db: Database, word: str) -> None:
    chat = chat_of(db, OWNER)
    chat.type(word)
    assert chat.messages[0]["altText"] == "店家通知：新訂單 開、待處理事項 開、快賣完 開、每日摘要 開"


def test_a_tap_switches_and_shows_how_it_stands_and_a_second_one_changes_nothing(db: Database) -> None:
    chat = chat_of(db, OWNER)
    chat.type("店家通知")
    old = chat.action("關閉")
    chat.tap("關閉")
    assert "新訂單 關、待處理事項 開" in chat.words
    assert old["displayText"] == "關閉「新訂單」通知"
    chat.happens(Postback(old["data"]))
    assert db.transaction(owner_news.switches)[News.ORDER] is False
    chat.tap("打開")
    assert "新訂單 開" in chat.words
    query = (
        "SELECT array_agg(ARRAY[action, subject, before ->> 'on', after ->> 'on'] ORDER BY id) FROM audit_log"
    )
    assert scalar(db, query) == [
        ["notice.switch", "notice:order", "true", "false"],
        ["notice.switch", "notice:order", "false", "true"],
    ]
    assert scalar(db, "SELECT count(*) FROM audit_log WHERE user_id IS NULL AND after ->> 'by' = 'LINE'") == 2


def test_the_switches_speak_the_owners_language(db: Database) -> None:
    chat = chat_of(db, OWNER)
    chat.type("hi")
    run(db, "UPDATE customers SET language = 'en'")
    chat.type("notices")
    assert "Shop notices: New order on, To see to on, Running low on, Daily summary on" in chat.words
    chat.tap("Switch off")
    assert "New order off" in chat.words


def test_nobody_else_sees_or_moves_a_switch(db: Database) -> None:
    chat = chat_of(db, line_user())
    chat.type("店家通知")
    assert "找不到「店家通知」" in chat.words
    for data in ("v=1&a=notices", "v=1&a=notices_switch&k=order&on=0"):
        chat.happens(Postback(data))
        assert "店家通知" not in chat.words
    assert all(db.transaction(owner_news.switches).values())
    assert scalar(db, "SELECT count(*) FROM audit_log") == 0


@pytest.mark.parametrize("data", ["k=sales&on=0", "on=0", "k=order", "k=order&on=x", "k=%00&on=1"])
def test_a_damaged_button_changes_nothing(db: Database, data: str) -> None:
    chat = chat_of(db, OWNER)
    chat.happens(Postback(f"v=1&a=notices_switch&{data}"))
    assert all(db.transaction(owner_news.switches).values())
    assert "店家通知" in chat.words


def test_who_switched_cases_off_is_not_told_of_a_customer_who_waits(db: Database) -> None:
    owner = chat_of(db, OWNER)
    owner.happens(Postback("v=1&a=notices_switch&k=case&on=0"))
    told = "SELECT count(*) FROM outbox WHERE payload ->> 'to' = %s"
    chat_of(db, line_user()).type("聯絡店家")
    assert scalar(db, told, OWNER) == 0
    owner.happens(Postback("v=1&a=notices_switch&k=case&on=1"))
    chat_of(db, line_user()).type("聯絡店家")
    assert scalar(db, told, OWNER) == 1
    assert db.transaction(lambda tx: owner_news.look(tx, (OWNER,))) == 0
