"""Giving an order back: who may ask, what is kept of it, and how the shop's people hear of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bot.events import Postback, Text
from store import customers, fulfilment, handoff, privacy, returns
from store.db import Database
from store.fulfilment import Parcel
from store.returns import Standing
from tests.factories import broken_invariants, scalar, stock_up
from tests.integration.chat import FORM, Chat, run
from tests.integration.console_house import House, text

OPEN_CASES = "SELECT count(*) FROM cases WHERE kind = 'return_asked' AND closed_at IS NULL"


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    assert broken_invariants(database) == []
    database.close()


@pytest.fixture
def chat(db: Database) -> Chat:
    stock_up(db)
    return Chat(db)


def a_sent_order(chat: Chat, *, received: bool = False) -> int:
    order_id = chat.order("貨到付款")
    chat.db.transaction(lambda tx: fulfilment.ship(tx, order_id, Parcel("全家", "A1234"), "staff:1"))
    if received:
        chat.db.transaction(lambda tx: fulfilment.complete(tx, order_id, "staff:1"))
    return order_id


def show(chat: Chat, order_id: int) -> None:
    chat.happens(Postback(f"v=1&a=order&id={order_id}"))


def standing(chat: Chat, order_id: int) -> Standing:
    return chat.db.transaction(lambda tx: returns.standing(tx, order_id))


@pytest.mark.parametrize("received", [False, True])
def test_a_sent_order_is_given_back_with_a_reason(chat: Chat, received: bool) -> None:
    order_id = a_sent_order(chat, received=received)
    show(chat, order_id)
    chat.tap("申請退貨")
    assert "為什麼" in chat.words
    chat.type("杯子破了一個\n另一個沒事")
    assert "退貨申請收到了" in chat.words
    assert "您說：「杯子破了一個 另一個沒事」" in chat.words
    assert "15 天內退款" in chat.words
    assert scalar(chat.db, OPEN_CASES) == 1
    said = chat.db.transaction(lambda tx: handoff.talk(tx, customers.meet(tx, chat.user).id))
    assert [(one.order_id, one.body) for one in said] == [(order_id, "杯子破了一個\n另一個沒事")]
    show(chat, order_id)
    assert not chat.offers("申請退貨")
    chat.tap("看退貨申請")
    assert "退貨申請處理中" in chat.words


def test_no_reason_has_to_be_given_and_one_may_follow(chat: Chat) -> None:
    order_id = a_sent_order(chat)
    show(chat, order_id)
    chat.tap("申請退貨")
    chat.tap("直接申請")
    assert "退貨申請收到了" in chat.words
    assert "您說" not in chat.words
    chat.tap("補充說明")
    chat.type("尺寸不合")
    assert scalar(chat.db, OPEN_CASES) == 1
    assert "您說：「尺寸不合」" in chat.words
    assert scalar(chat.db, "SELECT count(*) FROM order_events WHERE kind = 'return_asked'") == 1


def test_a_customer_may_keep_it_after_all_and_ask_again(chat: Chat) -> None:
    order_id = a_sent_order(chat)
    chat.happens(Postback(f"v=1&a=return_now&id={order_id}"))
    chat.tap("不退了")
    assert "不退了" in chat.words
    assert scalar(chat.db, OPEN_CASES) == 0
    chat.happens(Postback(f"v=1&a=return_drop&id={order_id}"))
    assert "這張卡片是之前的了" in chat.words
    chat.tap("申請退貨")
    assert chat.offers("直接申請")


def test_another_step_leaves_the_question(chat: Chat) -> None:
    order_id = a_sent_order(chat)
    for leave in (lambda: chat.type("訂單"), lambda: chat.happens(Postback("v=1&a=home"))):
        chat.happens(Postback(f"v=1&a=return&id={order_id}"))
        leave()
        chat.type("高山烏龍")
        assert chat.offers("加入購物車")
    chat.happens(Postback(f"v=1&a=return&id={order_id}"))
    chat.type(FORM)
    assert scalar(chat.db, OPEN_CASES) == 0


def test_words_are_taken_while_a_human_talks_when_a_tap_has_asked(chat: Chat) -> None:
    order_id = a_sent_order(chat)
    chat.type("聯絡店家")
    chat.happens(Postback(f"v=1&a=return&id={order_id}"))
    chat.type("不合適")
    assert "退貨申請收到了" in chat.words


def test_seven_days_after_the_day_it_was_received_the_time_is_over(chat: Chat) -> None:
    order_id = a_sent_order(chat, received=True)
    midnight = "(date_trunc('day', now() AT TIME ZONE 'Asia/Taipei') AT TIME ZONE 'Asia/Taipei')"
    run(chat.db, f"UPDATE orders SET closed_at = {midnight} - interval '7 days'")
    assert standing(chat, order_id) is Standing.OPEN
    run(chat.db, f"UPDATE orders SET closed_at = {midnight} - interval '7 days 1 second'")
    assert standing(chat, order_id) is Standing.OVER
    show(chat, order_id)
    assert not chat.offers("申請退貨")
    for name in ("return", "return_now", "return_words"):
        chat.happens(Postback(f"v=1&a={name}&id={order_id}"))
        assert "已經過了 7 天的退貨期" in chat.words
        assert chat.offers("聯絡店家")
    assert scalar(chat.db, OPEN_CASES) == 0


def test_what_was_not_sent_or_is_a_strangers_cannot_be_given_back(chat: Chat) -> None:
    order_id = chat.order("貨到付款")
    names = ("return", "return_now", "return_words", "return_drop")
    for name in names:
        chat.happens(Postback(f"v=1&a={name}&id={order_id}"))
        assert "這張卡片是之前的了" in chat.words
    stranger = Chat(chat.db)
    sent = a_sent_order(chat)
    for name in names:
        stranger.happens(Postback(f"v=1&a={name}&id={sent}"))
        assert "找不到這張訂單" in stranger.words
    assert scalar(chat.db, "SELECT count(*) FROM cases") == 0


def test_words_that_are_taken_back_are_gone_and_the_request_stays(chat: Chat) -> None:
    order_id = a_sent_order(chat)
    chat.happens(Postback(f"v=1&a=return&id={order_id}"))
    chat.happens(Text("我不想說的原因", "m1"))
    chat.db.transaction(lambda tx: handoff.unsend(tx, chat.user, "m1"))
    assert scalar(chat.db, "SELECT body FROM messages") == ""
    assert "不想說" not in str(scalar(chat.db, "SELECT data::text FROM cases"))
    assert scalar(chat.db, OPEN_CASES) == 1


def test_who_waits_for_a_return_is_still_reached_after_being_forgotten(chat: Chat) -> None:
    order_id = a_sent_order(chat, received=True)
    chat.happens(Postback(f"v=1&a=return&id={order_id}"))
    chat.type("破了")
    erased = chat.db.transaction(lambda tx: privacy.erase(tx, customers.meet(tx, chat.user)))
    assert erased.under_way == 1
    assert scalar(chat.db, "SELECT count(*) FROM messages") == 0
    assert scalar(chat.db, OPEN_CASES) == 1


def test_the_console_shows_who_wants_to_return_what_and_why(chat: Chat) -> None:
    house = House(chat.db.url)
    try:
        order_id = a_sent_order(chat)
        customer_id = chat.db.transaction(lambda tx: customers.meet(tx, chat.user)).id
        chat.happens(Postback(f"v=1&a=return&id={order_id}"))
        chat.type("杯子<破>了")
        page = text(house.browser("staff").get("/"))
        for shown in ("客人想退貨", "客人說：「杯子<破>了」", f"/orders/{order_id}#refund"):
            assert shown in page
        assert f"/customers/{customer_id}/talk" in page
        order = text(house.browser("staff").get(f"/orders/{order_id}"))
        assert "客人說：「杯子<破>了」" in order
        assert "客人申請退貨" in order
        assert re.search(rf'href="[^"]*/customers/{customer_id}/talk">回覆客人', order)
        run(chat.db, "UPDATE messages SET body = ''")
        assert "客人沒有說明原因" in text(house.browser("staff").get("/"))
    finally:
        house.db.close()
