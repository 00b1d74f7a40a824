"""The talk of the shop: greeting, browsing, typed words, old buttons."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bot.events import Follow, Other, Postback, Unfollow
from store.db import Database
from tests.factories import broken_invariants, scalar, stock_up
from tests.integration.chat import Chat, actions_of


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    assert broken_invariants(database) == []
    database.close()


def test_a_new_friend_is_greeted_with_the_shops_name_and_its_doors(db: Database) -> None:
    chat = Chat(db)
    chat.happens(Follow())
    assert "歡迎來到小舖" in chat.words
    assert chat.offers("逛商品")
    assert chat.offers("購物車")
    assert chat.offers("我的訂單")


def test_browsing_leads_from_the_shelves_to_a_cart_that_says_what_is_missing(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.type("商品")
    chat.tap("茶葉")
    chat.tap("看商品")
    chat.tap("加入購物車")
    assert "已加入購物車：高山烏龍 75 克 × 1。" in chat.words
    assert "再 NT$1,120 就免運囉。" in chat.words
    chat.tap("去結帳")
    assert chat.offers("宅配")


def test_the_cart_is_changed_by_absolute_numbers_so_a_double_tap_counts_once(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.type("cart")
    more = chat.action("多一件")["data"]
    chat.happens(Postback(more))
    chat.happens(Postback(more))
    assert scalar(db, "SELECT quantity FROM cart_lines") == 2
    chat.tap("移除")
    assert "購物車還是空的" in chat.words
    chat.happens(Postback(more))
    assert "這張卡片是之前的了" in chat.words
    assert scalar(db, "SELECT count(*) FROM cart_lines") == 0


def test_typed_words_open_screens_whatever_their_width_and_case(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    for words, expected in {
        "ＳＨＯＰ": "想逛哪一區",
        " Cart ": "購物車還是空的",
        "Orders": "還沒有訂單",
        "ｈｅｌｐ": "怎麼使用",
        "首頁": "今天想找什麼",
        "結帳": "購物車還是空的",
        "   ": "直接打字",
    }.items():
        chat.type(words)
        assert expected in chat.words


def test_any_other_words_search_and_a_full_name_shows_the_product(db: Database) -> None:
    stock_up(db, count=3)
    chat = Chat(db)
    chat.type("烏龍")
    assert "「烏龍」的搜尋結果" in chat.words
    chat.type("高山烏龍 2")
    assert chat.offers("加入購物車")
    chat.type("沒有這種東西")
    assert "找不到「沒有這種東西」。" in chat.words
    assert chat.offers("看商品")


def test_a_long_result_goes_on_where_it_stopped(db: Database) -> None:
    stock_up(db, count=13)
    chat = Chat(db)
    chat.type("烏龍")
    chat.tap("看更多")
    assert "高山烏龍 12" in chat.words
    assert not chat.offers("看更多")


def test_things_that_are_not_words_get_a_kind_answer_and_events_none(db: Database) -> None:
    chat = Chat(db)
    for kind in ("sticker", "image", "video", "audio", "file", "location", "hologram"):
        assert chat.happens(Other(kind, is_message=True)) is not None
    assert chat.happens(Other("videoPlayComplete")) is None
    assert chat.happens(Unfollow()) is None


@pytest.mark.parametrize(
    "data",
    ["", "hello", "v=0&a=cart", "v=1", "v=1&a=nothing", "v=1&a=set&c=1&sku=1&n=1", "\x00", "v=1&a=place&c=9"],
)
def test_old_and_damaged_buttons_get_a_kind_word_and_the_present_state(db: Database, data: str) -> None:
    chat = Chat(db)
    chat.happens(Postback(data))
    assert "這張卡片是之前的了，現在是這樣：" in chat.words


def test_every_button_of_every_screen_on_the_way_leads_somewhere(db: Database) -> None:
    stock_up(db, count=2)
    seen: set[str] = set()
    chat = Chat(db)
    steps: list[Callable[[], object]] = [
        lambda: chat.type("商品"),
        lambda: chat.type("烏龍"),
        chat.to_payment,
        lambda: chat.tap("ATM"),
        lambda: chat.type("購物車"),
        lambda: chat.type("說明"),
    ]
    waiting: list[str] = []
    for step in steps:
        step()
        waiting += [action["data"] for action in actions_of(chat.messages) if action["type"] == "postback"]
    while waiting and len(seen) < 200:
        data = waiting.pop()
        if data in seen:
            continue
        seen.add(data)
        answer = chat.happens(Postback(data))
        assert answer or "a=place" in data
        waiting += [action["data"] for action in actions_of(answer or []) if action["type"] == "postback"]
    assert len(seen) > 30
