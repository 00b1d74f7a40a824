"""Finding something in the chat: shelves, words, pages, filters, and the way on from everything."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from bot.events import Postback
from store import catalogue, search_reading
from store.db import Database
from tests.factories import scalar, stock_up
from tests.integration.chat import Chat, actions_of, run
from tests.shelves import Option, Thing, shelve


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def names_shown(chat: Chat) -> list[str]:
    """The products of the list that was answered, in order."""
    return [action["displayText"] for action in actions_of(chat.messages) if _is_product(action)]


def _is_product(action: dict[str, str]) -> bool:
    return action.get("label") in ("看商品", "選規格")


def quick(chat: Chat, label: str) -> None:
    items = chat.messages[-1]["quickReply"]["items"]
    [data] = [item["action"]["data"] for item in items if item["action"]["label"] == label]
    chat.happens(Postback(data))


def read_on(chat: Chat) -> list[str]:
    """All the products of a list, page after page."""
    seen = names_shown(chat)
    while chat.offers("看更多"):
        chat.tap("看更多")
        seen += names_shown(chat)
    return seen


def teas(db: Database) -> int:
    """Twelve teas of 100 to 1,200 dollars, the dearest sold out."""
    things = [
        Thing(f"茶 {n:02}號", "好喝", [Option(price=n * 100, stock=0 if n == 12 else 5)])
        for n in range(1, 13)
    ]
    return shelve(db, things)


def test_a_shop_without_products_says_so_and_leads_on(db: Database) -> None:
    chat = Chat(db)
    for words in ("商品", "最新", "看更多", "篩選", "烏龍"):
        chat.type(words)
        assert chat.offers("我的訂單") or chat.offers("逛商品") or chat.offers("回清單"), words


@pytest.mark.parametrize("count", [1, 13, 500])
def test_a_shelf_is_read_to_its_end_and_says_how_much_is_on_it(db: Database, count: int) -> None:
    stock_up(db, count=count)
    chat = Chat(db)
    chat.type("商品")
    assert chat.offers(f"茶葉（{count if count <= 100 else '100+'}）")
    chat.tap("茶葉")
    assert ("超過 100 件" if count > 100 else f"共 {count} 件") in chat.words
    seen = read_on(chat)
    assert len(seen) == len(set(seen)) == count
    assert "都在這裡了" in chat.words


def test_a_place_in_a_list_is_kept_though_products_sell_out_and_other_lists_are_opened(db: Database) -> None:
    teas(db)
    chat = Chat(db)
    chat.type("茶")
    first, more = names_shown(chat), chat.action("看更多")["data"]
    run(db, "UPDATE skus SET stock = 0 WHERE product_id IN (SELECT id FROM products ORDER BY id LIMIT 3)")
    shelve(db, [Thing("新來的杯子")], "杯子")
    chat.type("杯子")
    chat.happens(Postback(more))
    assert "接著看" in chat.words
    assert len({*first, *names_shown(chat)}) == 12


def test_a_list_is_sorted_and_narrowed_by_buttons_and_all_of_it_is_cleared_again(db: Database) -> None:
    teas(db)
    chat = Chat(db)
    chat.type("商品")
    chat.tap("茶葉")
    chat.tap("排序與篩選")
    chat.tap("價格高到低")
    assert names_shown(chat)[0] == "茶 12號"
    assert "價格高到低" in chat.words
    quick(chat, "只看有貨")
    assert names_shown(chat)[0] == "茶 11號"
    assert "只看有貨・價格高到低" in chat.words
    chat.tap("排序與篩選")
    assert chat.offers("✓ 價格高到低")
    chat.tap("NT$300 以下")
    assert names_shown(chat) == ["茶 03號", "茶 02號", "茶 01號"]
    chat.tap("清除條件")
    assert names_shown(chat)[0] == "茶 01號"
    assert "共 12 件" in chat.words
    assert not chat.offers("清除條件")


def test_typed_words_sort_narrow_and_go_on_with_the_list_that_was_looked_at(db: Database) -> None:
    teas(db)
    shelve(db, [Thing("杯 1號", options=[Option(price=50)])], "茶器")
    chat = Chat(db)
    chat.type("茶葉")
    assert "茶葉" in chat.messages[0]["altText"]
    assert "共 12 件" in chat.words
    chat.type("看更多")
    assert names_shown(chat) == ["茶 11號", "茶 12號"]
    chat.type("更多")
    assert "看完了" in chat.words
    chat.type("價格高到低")
    assert names_shown(chat)[0] == "茶 12號"
    chat.type("500 以下")
    assert names_shown(chat) == [f"茶 0{n}號" for n in (5, 4, 3, 2, 1)]
    chat.type("現貨")
    assert "NT$500 以下・只看有貨・價格高到低" in chat.words
    chat.type("清除")
    assert "共 12 件" in chat.words
    chat.type("好喝 300-500元 最便宜")
    assert names_shown(chat) == ["茶 03號", "茶 04號", "茶 05號"]
    chat.type("排序")
    assert chat.offers("✓ 價格低到高")
    chat.type("好喝 10 元以下 有貨")
    assert "「好喝」的搜尋結果裡沒有「NT$10 以下・只看有貨」的商品" in chat.words
    chat.type("茶葉 最貴")
    assert names_shown(chat)[0] == "茶 12號"
    assert "共 12 件・價格高到低" in chat.words
    chat.type("沒有這種東西 10 元以下")
    assert "找不到「沒有這種東西 10 元以下」。" in chat.words


def test_without_a_list_typed_orders_are_of_the_whole_shop(db: Database) -> None:
    teas(db)
    shelve(db, [Thing("杯 1號", options=[Option(price=50)])], "茶器")
    chat = Chat(db)
    chat.type("最便宜")
    assert names_shown(chat)[0] == "杯 1號"
    assert "全部商品" in chat.words
    other = Chat(db)
    other.type("看更多")
    assert "想逛哪一區" in other.words


def test_a_search_is_narrowed_to_one_shelf_and_widened_again(db: Database) -> None:
    teas(db)
    shelve(db, [Thing("茶杯"), Thing("茶壺", options=[Option(price=900)])], "茶器")
    chat = Chat(db)
    chat.type("茶")
    chat.tap("排序與篩選")
    chat.tap("茶器")
    assert sorted(names_shown(chat)) == ["茶壺", "茶杯"]
    assert "「茶」的搜尋結果" in chat.words
    assert "共 2 件・茶器" in chat.words
    quick(chat, "價格與分類")
    assert chat.offers("✓ 茶器")
    chat.tap("不限分類")
    assert "共 14 件" in chat.words


def test_the_full_name_of_a_product_or_a_shelf_opens_it_even_if_it_sounds_like_an_order(db: Database) -> None:
    shelve(db, [Thing("最新"), Thing("最新的茶"), Thing("Best Oolong"), Thing("※※")], "熱門")
    chat = Chat(db)
    for name in ("最新", "best  ｏｏｌｏｎｇ。", "※※"):
        chat.type(name)
        assert chat.offers("加入購物車"), name
    chat.type("熱門")
    assert len(names_shown(chat)) == 4
    assert "共 4 件" in chat.words


def test_a_name_on_two_shelves_shows_both(db: Database) -> None:
    shelve(db, [Thing("茶包")], "茶葉")
    shelve(db, [Thing("茶包")], "禮盒")
    chat = Chat(db)
    chat.type("茶包")
    assert names_shown(chat) == ["茶包", "茶包"]


def test_nothing_found_says_what_was_asked_and_suggests_something(db: Database) -> None:
    teas(db)
    shelve(db, [Thing("玻璃公道杯")], "茶器")
    chat = Chat(db)
    chat.type("玻璃茶海公道")
    assert "找不到「玻璃茶海公道」。" in chat.words
    assert names_shown(chat)[0] == "玻璃公道杯"


def test_filters_that_leave_nothing_can_be_let_go_one_by_one(db: Database) -> None:
    category_id = teas(db)
    other = shelve(db, [Thing("杯", options=[Option(price=50)])], "茶器")
    chat = Chat(db)
    chat.happens(Postback(f"v=1&a=search&q=茶&id={other}&t=10&i=1"))
    assert "放寬一點" in chat.words
    for label in ("不限價格", "也看已售完", "不限分類", "清除條件"):
        assert chat.offers(label)
    chat.happens(Postback(f"v=1&a=shelf&id={category_id}&f=1150&i=1"))
    chat.tap("也看已售完")
    assert names_shown(chat) == ["茶 12號"]


def test_a_page_that_comes_back_empty_though_the_list_goes_on_offers_to_look_further(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_reading, "ENOUGH", 2)
    things = [Thing(f"茶 {n:02}號", options=[Option(stock=0 if n < 9 else 5)]) for n in range(1, 11)]
    category_id = shelve(db, things)
    chat = Chat(db)
    chat.happens(Postback(f"v=1&a=shelf&id={category_id}&i=1"))
    assert "要繼續找嗎" in chat.words
    chat.tap("繼續找")
    seen = read_on(chat)
    while chat.offers("繼續找"):
        chat.tap("繼續找")
        seen += read_on(chat)
    assert seen == ["茶 09號", "茶 10號"]


@pytest.mark.parametrize("place", ["x", "p00.0.0.0", "b99.z.z.z"])
def test_a_damaged_place_shows_the_list_from_its_start(db: Database, place: str) -> None:
    category_id = teas(db)
    chat = Chat(db)
    chat.happens(Postback(f"v=1&a=shelf&id={category_id}&k={place}"))
    assert "這張卡片是之前的了" in chat.words
    assert names_shown(chat)[0] == "茶 01號"


def test_buttons_of_former_lists_and_of_shelves_that_are_gone_still_answer(db: Database) -> None:
    category_id = teas(db)
    chat = Chat(db)
    chat.happens(Postback(f"v=1&a=shelf&id={category_id}&o=10"))
    assert len(names_shown(chat)) == 10
    chat.happens(Postback("v=1&a=search&q=茶&o=10"))
    assert len(names_shown(chat)) == 10
    for gone in ("v=1&a=shelf&id=999", "v=1&a=search&q=茶&id=999"):
        chat.happens(Postback(gone))
        assert "這張卡片是之前的了" in chat.words
        assert chat.offers("茶葉")
    chat.happens(Postback("v=1&a=refine&q=茶&id=999&k=zzz"))
    assert chat.offers("不限分類")


def test_many_shelves_come_in_pages_without_the_empty_ones(db: Database) -> None:
    for n in range(45):
        shelve(db, [Thing(f"東西{n}")], f"第{n}櫃")
    run(db, "INSERT INTO categories (name, position) VALUES ('空的', -1)")
    chat = Chat(db)
    chat.type("商品")
    assert not chat.offers("空的")
    assert chat.offers("第39櫃（1）")
    assert not chat.offers("第40櫃")
    chat.tap("看更多")
    assert chat.offers("第44櫃（1）")
    assert not chat.offers("看更多")


def test_a_product_with_many_options_shows_each_with_its_own_price_and_stock(db: Database) -> None:
    options = [Option(f"第{n}款", 100 + n, n) for n in range(60)]
    shelve(db, [Thing("T 恤", "說明" * 400, options)])
    run(db, "UPDATE skus SET list_price = 500 WHERE option = '第1款'")
    chat = Chat(db)
    chat.type("T恤")
    assert chat.offers("第0款 NT$100 已售完")
    assert chat.offers("第1款 NT$101 剩 1 件")
    assert "原價 NT$500" in chat.words
    chat.tap("第0款")
    assert chat.offers("到貨通知我")
    chat.tap("看其他規格")
    chat.tap("看更多")
    assert chat.offers("第59款 NT$159")
    chat.type("T恤")
    chat.tap("完整介紹")
    assert "說明" * 400 in chat.words
    chat.tap("回到商品")
    assert chat.offers("第0款")


def test_words_of_any_length_fit_the_buttons_that_go_on(db: Database) -> None:
    teas(db)
    chat = Chat(db)
    for words in ("茶 號" + " " * 300, "茶 " * 80, "茶&" * 70, "茶" + "%" * 200):
        chat.type(words)
        seen = read_on(chat)
        assert len(seen) == 12, words


def test_what_was_looked_at_is_written_down_only_when_it_changes(db: Database) -> None:
    category_id = teas(db)
    chat = Chat(db)
    data = f"v=1&a=shelf&id={category_id}"
    chat.happens(Postback(data))
    version = "SELECT dialog->>'looking' FROM customers"
    kept = str(scalar(db, version))
    assert parse_qs(kept)["id"] == [str(category_id)]
    chat.happens(Postback(data))
    assert scalar(db, version) == kept


def test_shelves_are_counted_only_up_to_a_hundred(db: Database) -> None:
    stock_up(db, count=130)
    [shelf] = db.transaction(catalogue.categories).categories
    assert shelf.products == 101
    assert db.transaction(lambda tx: catalogue.category(tx, shelf.id)) == shelf
