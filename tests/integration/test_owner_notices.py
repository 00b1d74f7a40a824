"""What the shop's owners are told in LINE: each thing once, many together, nothing they switched off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.screens.lettering import clean
from dev.line.validate import validate_messages
from store import fulfilment, orders, owner_news
from store.cases import Kind
from store.fulfilment import Parcel
from store.owner_news import News
from store.web import TAIWAN
from tests.factories import placed_order, scalar, stock_up
from tests.integration.chat import run, sell_but
from tests.integration.owner_desk import LATER, MORNING, NOON, Desk, desk, sku

YESTERDAY = MORNING - timedelta(hours=15)
"""Six in the evening of the day before."""


@pytest.fixture
def place(database_url: str) -> Iterator[Desk]:
    with desk(database_url) as place:
        yield place


def test_a_new_order_is_told_to_every_owner_once(place: Desk) -> None:
    order = place.cod(sku(place), 2)
    assert place.look() == 2
    assert place.look(NOON + LATER) == 0
    assert [state.split(" ")[:2] for state in place.send()] == [["done:", "pushed"]] * 2
    for owner in (0, 1):
        (message,) = place.told(owner)
        assert (
            message["altText"]
            == f"新訂單 #{order.code}：高山烏龍 75 克，共 2 件，NT${order.total}（貨到付款）"
        )
        assert f"https://shop.example/admin/orders/{order.id}" in str(message)
        assert validate_messages([message]) == []


def test_an_order_is_news_once_its_money_has_come(place: Desk) -> None:
    order = place.paid(sku(place))
    place.look()
    place.send()
    assert f"#{order.code}" in place.words()
    assert "信用卡" in place.words()


def test_an_unpaid_or_cancelled_or_shipped_order_is_no_news(place: Desk) -> None:
    thing = sku(place)
    placed_order(place.db, {thing: 1}, "card")
    gone, sent = place.cod(thing), place.cod(thing)
    place.db.transaction(lambda tx: orders.cancel(tx, gone.id, "customer:1"))
    place.db.transaction(lambda tx: fulfilment.ship(tx, sent.id, Parcel("全家", "A123"), "console:1"))
    assert place.look() == 0


def test_the_first_order_is_told_at_once_and_the_next_ones_together(place: Desk) -> None:
    thing = sku(place)
    place.cod(thing)
    assert place.look() == 2
    more = [place.cod(thing) for _ in range(7)]
    assert place.look(NOON + timedelta(seconds=120)) == 0
    assert place.look(NOON + timedelta(seconds=301)) == 2
    place.send()
    first, second = place.told()
    assert "7 筆新訂單" in second["altText"]
    assert f"NT${sum(order.total for order in more):,}" in second["altText"]
    shown = [order.code for order in more if f"#{order.code}" in str(second["contents"])]
    assert shown == [order.code for order in more[2:]]
    assert "還有 2 筆沒有列出來" in str(second)
    assert validate_messages([first]) == validate_messages([second]) == []


def test_a_rush_is_one_message_that_knows_the_newest(place: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner_news, "MOST", 3)
    thing = sku(place)
    rush = [place.cod(thing) for _ in range(8)]
    place.look()
    place.send()
    words = place.words()
    assert "8 筆新訂單" in words
    assert f"NT${sum(order.total for order in rush):,}" in words
    assert [order.code in words for order in rush] == [False] * 5 + [True] * 3
    assert "還有 5 筆沒有列出來" in words


def test_a_message_says_how_things_stand_when_it_is_sent(place: Desk) -> None:
    thing = sku(place)
    one, other = place.cod(thing), place.cod(thing)
    place.look()
    place.db.transaction(lambda tx: orders.cancel(tx, one.id, "customer:1"))
    place.worker.perform(place.claim())  # type: ignore[arg-type]
    assert "新訂單 #" in place.words()
    assert one.code not in place.words()
    place.db.transaction(lambda tx: orders.cancel(tx, other.id, "customer:1"))
    assert place.send() == ["dropped: nothing to say any more"]


def test_open_cases_are_told_together_with_their_orders(place: Desk) -> None:
    order = place.cod(sku(place))
    place.case(Kind.REFUND_DUE, order.id, "TS1")
    for number in range(6):
        place.case(Kind.BANK_DISAGREES, None, f"T{number}")
    place.switch("order", False)
    place.look()
    place.send()
    (message,) = place.told()
    assert message["altText"].startswith("7 件事要處理：")
    assert "與銀行紀錄不一致" in place.words()
    assert "還有 2 筆沒有列出來" in place.words()
    assert validate_messages([message]) == []
    place.case(Kind.REFUND_DUE, order.id, "TS2")
    place.look(NOON + LATER)
    place.send()
    assert f"應退款（訂單 #{order.code}，NT${order.total:,}）" in place.told()[-1]["altText"]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_case_has_words_in_both_languages(place: Desk, kind: Kind) -> None:
    place.speak(1, "en")
    place.case(kind)
    place.look()
    place.send()
    assert "有事需要處理" not in place.words(0)
    assert "Something to see to" not in place.words(1)
    assert "1 thing to see to" in place.words(1)


def test_a_case_that_was_closed_or_told_at_once_is_no_news(place: Desk) -> None:
    place.case(Kind.PAYMENT_STUCK)
    run(place.db, "UPDATE cases SET closed_at = now(), closed_by = 'x', resolution = 'y'")
    place.case(Kind.WAITING_FOR_HUMAN, None, "customer:7")
    told = place.db.transaction(
        lambda tx: owner_news.to_tell_at_once(tx, place.owners, Kind.WAITING_FOR_HUMAN, "customer:7")
    )
    assert [owner.line_user_id for owner in told] == list(place.owners)
    assert place.look() == 0
    place.switch("case", False)
    assert not place.db.transaction(
        lambda tx: owner_news.to_tell_at_once(tx, place.owners, Kind.WAITING_FOR_HUMAN, "customer:7")
    )


def test_a_sku_is_told_of_once_per_fall(place: Desk) -> None:
    thing = sku(place, 5)
    assert place.look_at_stock() == 0
    place.cod(thing, 2)
    assert place.look_at_stock() == 2
    place.cod(thing, 1)
    assert place.look_at_stock(NOON + LATER) == 0
    place.send()
    assert place.told()[0]["altText"] == "1 項商品快賣完：高山烏龍 75 克 剩 2 件"
    sell_but(place.db, thing, 30)
    assert place.look_at_stock(NOON + 2 * LATER) == 0
    sell_but(place.db, thing, 0)
    assert place.look_at_stock(NOON + 3 * LATER) == 2
    place.send()
    assert "高山烏龍 75 克 已售完" in place.told()[-1]["altText"]


def test_falls_within_a_while_are_told_together_scarcest_first(place: Desk) -> None:
    things = [one.id for one in stock_up(place.db, count=9)]
    sell_but(place.db, things[8], 3)
    assert place.look_at_stock() == 2
    for left, thing in enumerate(things[:8]):
        sell_but(place.db, thing, left % 4)
    assert place.look_at_stock(NOON + timedelta(seconds=600)) == 0
    assert place.look_at_stock(NOON + timedelta(seconds=1801)) == 2
    place.send()
    alt = clean(place.told()[-1]["altText"])
    assert alt.startswith(
        "8 項商品快賣完：高山烏龍 75 克 已售完、高山烏龍 4 75 克 已售完、高山烏龍 1 75 克 剩 1 件"
    )
    assert "還有 3 筆沒有列出來" in place.words()


def test_what_never_had_more_has_not_fallen_and_what_is_not_for_sale_is_no_news(place: Desk) -> None:
    few, hidden = sku(place, 2), sku(place, 9)
    place.cod(few, 1)
    sell_but(place.db, hidden, 1)
    run(place.db, "UPDATE skus SET active = false WHERE id = %s", hidden)
    assert place.look_at_stock() == 0


def test_yesterday_is_told_in_the_morning_once(place: Desk) -> None:
    thing = sku(place, 5)
    cod, card, early = place.cod(thing), place.paid(thing), place.cod(thing)
    run(place.db, "UPDATE orders SET placed_at = %s", YESTERDAY)
    run(place.db, "UPDATE orders SET paid_at = %s WHERE id = %s", YESTERDAY, card.id)
    run(place.db, "UPDATE orders SET placed_at = %s WHERE id = %s", YESTERDAY - timedelta(days=1), early.id)
    run(
        place.db,
        "UPDATE orders SET status = 'completed', closed_at = %s WHERE id = %s",
        YESTERDAY, early.id,
    )  # fmt: skip
    for kind in ("order", "case"):
        place.switch(kind, False)
    place.case(Kind.PAYMENT_STUCK)
    assert place.look(MORNING - timedelta(seconds=1)) == 0
    assert place.look(MORNING) == 2
    assert place.look(MORNING + LATER) == 0
    place.send()
    (message,) = place.told()
    day = YESTERDAY.astimezone(TAIWAN)
    weekday = "一二三四五六日"[day.weekday()]
    assert message["altText"] == (
        f"{day.month}/{day.day}（{weekday}）：2 筆新訂單，營業額 NT${card.total + early.total}。"
        "待出貨 2、待處理 1、快賣完 1。"
    )
    assert validate_messages([message]) == []
    assert cod.id
    assert place.look(MORNING + timedelta(days=1)) == 2


def test_a_day_without_anything_is_not_worth_a_message(place: Desk) -> None:
    sku(place, 1)
    assert place.look(MORNING) == 0
    assert place.look(MORNING + LATER) == 0


def test_a_morning_without_a_worker_has_no_summary_in_the_afternoon(place: Desk) -> None:
    place.case(Kind.PAYMENT_STUCK)
    place.switch("case", False)
    assert place.look(MORNING.replace(hour=4)) == 0
    assert place.look(MORNING.replace(hour=3, minute=59)) == 2


@pytest.mark.parametrize("kind", list(News))
def test_what_is_switched_off_is_not_told_and_no_news_later(place: Desk, kind: News) -> None:
    def happens() -> None:
        thing = sku(place, 9)
        if kind in (News.ORDER, News.DAILY):
            place.cod(thing)
        elif kind is News.CASE:
            place.case(Kind.PAYMENT_STUCK, None, str(thing))
        else:
            sell_but(place.db, thing, 1)

    for other in News:
        place.switch(other, False)
    now = MORNING if kind is News.DAILY else NOON

    def look(at: datetime) -> int:
        return place.look_at_stock(at) if kind is News.LOW_STOCK else place.look(at)

    happens()
    assert look(now) == 0
    place.switch(kind, True)
    assert look(now + LATER) == 0
    happens()
    assert look(now + timedelta(days=1)) == 2
    place.switch(kind, False)
    assert place.send() == ["dropped: nothing to say any more"] * 2


def test_the_language_of_each_owner_is_spoken(place: Desk) -> None:
    place.speak(1, "en")
    thing = sku(place, 9)
    for _ in range(2):
        place.cod(thing)
    sell_but(place.db, thing, 1)
    place.case(Kind.REFUND_DUE)
    place.look(MORNING)
    place.look_at_stock()
    place.send()
    assert len(place.told(0)) == len(place.told(1)) == 4
    english = "\n".join(message["altText"] for message in place.told(1))
    assert "2 new orders, NT$" in english
    assert "1 thing to see to: Refund due" in english
    assert "1 item runs low: 高山烏龍 75 克 1 left" in clean(english)
    assert "To ship 2, to see to 1, running low 1." in english


def test_what_is_too_old_to_be_looked_at_is_forgotten_and_scarce_skus_are_not(place: Desk) -> None:
    thing = sku(place, 9)
    place.cod(thing)
    place.case(Kind.PAYMENT_STUCK)
    sell_but(place.db, thing, 1)
    place.look()
    place.look_at_stock()
    assert place.db.transaction(owner_news.forget_old) == 0
    run(place.db, "UPDATE owner_news SET found_at = now() - interval '41 days'")
    assert place.db.transaction(owner_news.forget_old) == 2
    assert scalar(place.db, "SELECT string_agg(kind, ',') FROM owner_news") == "low_stock"
    assert place.look_at_stock(NOON + LATER) == 0
    assert datetime.now(UTC) < NOON
