"""Waiting for what is sold out: who is told, when, and how many."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot import notices
from bot.events import Postback
from store import customers, wishes
from store.db import Database, Transaction
from tests.factories import broken_invariants, fill_cart, scalar, stock_up
from tests.integration.chat import Chat, actions_of, run, sell_but


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    assert broken_invariants(database) == []
    database.close()


def wish_for(db: Database, sku_id: int) -> Chat:
    chat = Chat(db)
    chat.happens(Postback(f"v=1&a=wish&id={sku_id}"))
    return chat


def told(db: Database) -> list[int]:
    """Whose notices wait, in the order in which they were written."""
    found = scalar(
        db,
        "SELECT array_agg((payload ->> 'customer_id')::int ORDER BY id) FROM outbox WHERE kind = 'notice'",
    )
    return found if isinstance(found, list) else []


def due(db: Database, limit: int = 100) -> int:
    return db.transaction(lambda tx: wishes.due(tx, limit))


def id_of(chat: Chat) -> int:
    return chat.db.transaction(lambda tx: customers.meet(tx, chat.user)).id


def render(chat: Chat, sku_id: int) -> object:
    def work(tx: Transaction) -> object:
        payload = {"what": "back_in_stock", "sku_id": sku_id}
        return notices.render(tx, chat.shop, customers.meet(tx, chat.user), payload, None)

    return chat.db.transaction(work)


def test_what_is_sold_out_can_be_wished_for_and_told_of_when_it_is_back(db: Database) -> None:
    [sku] = stock_up(db, stock=1)
    sell_but(db, sku.id, 0)
    chat = Chat(db)
    chat.type("高山烏龍")
    assert not chat.offers("加入購物車")
    chat.tap("到貨通知我")
    assert "到貨時會在這裡通知您" in chat.words
    assert due(db) == 0
    sell_but(db, sku.id, 2)
    assert due(db) == 1
    assert due(db) == 0
    [message] = chat._keep(render(chat, sku.id)) or []  # type: ignore[arg-type]
    assert message["altText"] == "高山烏龍 75 克到貨了！現在 NT$380，剩 2 件，先到先得。"
    chat.tap("看商品")
    assert chat.offers("加入購物車")


def test_what_is_sold_out_in_the_cart_can_be_wished_for_from_every_screen_that_says_so(db: Database) -> None:
    [sku] = stock_up(db, stock=3)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    sell_but(db, sku.id, 0)
    chat.type("購物車")
    assert "已售完" in chat.words
    chat.tap("到貨通知我")
    assert "到貨時會在這裡通知您" in chat.words
    chat.type("結帳")
    assert "已經賣完了" in chat.words
    chat.tap("到貨通知我")
    assert "到貨時會在這裡通知您" in chat.words
    chat.happens(Postback(f"v=1&a=add&sku={sku.id}"))
    assert "剛好賣完了" in chat.words
    assert chat.offers("到貨通知我")
    assert scalar(db, "SELECT count(*) FROM wishes") == 1


def test_of_several_things_sold_out_each_is_wished_for_by_its_name(db: Database) -> None:
    skus = [stock_up(db, stock=3, name=name)[0] for name in ("甲", "乙", "丙")]
    chat = Chat(db)
    fill_cart(db, chat.user, {sku.id: 2 for sku in skus})
    for sku, left in zip(skus, (0, 1, 0), strict=True):
        sell_but(db, sku.id, left)
    chat.type("結帳")
    assert chat.offers("改成剩下的數量")
    labels = [action["label"] for action in actions_of(chat.messages) if "到貨通知" in action["label"]]
    assert [label[:6] for label in labels] == ["到貨通知：甲", "到貨通知：丙"]


def test_a_wish_is_made_once_and_can_be_taken_back(db: Database) -> None:
    [sku] = stock_up(db, stock=0)
    chat = wish_for(db, sku.id)
    first = scalar(db, "SELECT wished_at FROM wishes")
    chat.happens(Postback(f"v=1&a=wish&id={sku.id}"))
    assert scalar(db, "SELECT wished_at FROM wishes") == first
    chat.tap("不用通知了")
    assert scalar(db, "SELECT count(*) FROM wishes") == 0


def test_an_old_wish_button_shows_what_is_there(db: Database) -> None:
    [sku] = stock_up(db, stock=3)
    chat = wish_for(db, sku.id)
    assert "現在就有貨" in chat.words
    assert chat.offers("加入購物車")
    chat.happens(Postback("v=1&a=wish&id=999999"))
    assert "已經下架" in chat.words
    assert scalar(db, "SELECT count(*) FROM wishes") == 0


def test_three_are_told_for_each_piece_first_come_first_served(db: Database) -> None:
    [sku] = stock_up(db, stock=0)
    waiting = [id_of(wish_for(db, sku.id)) for _ in range(8)]
    sell_but(db, sku.id, 2)
    assert due(db) == 6
    assert told(db) == waiting[:6]
    assert due(db) == 0
    sell_but(db, sku.id, 0)
    sell_but(db, sku.id, 1)
    assert due(db) == 2
    assert told(db) == waiting


def test_more_pieces_make_room_for_more_to_be_told(db: Database) -> None:
    [sku] = stock_up(db, stock=0)
    for _ in range(5):
        wish_for(db, sku.id)
    sell_but(db, sku.id, 1)
    assert due(db) == 3
    sell_but(db, sku.id, 10)
    assert due(db) == 2


def test_a_call_tells_a_bounded_number_and_the_next_goes_on(db: Database) -> None:
    first, second = stock_up(db, stock=0, count=2)
    for _ in range(3):
        wish_for(db, first.id)
        wish_for(db, second.id)
    sell_but(db, first.id, 9)
    sell_but(db, second.id, 9)
    assert [due(db, 4), due(db, 4), due(db, 4)] == [4, 2, 0]


def test_who_left_is_passed_over_and_keeps_the_place(db: Database) -> None:
    [sku] = stock_up(db, stock=0)
    gone, here = wish_for(db, sku.id), wish_for(db, sku.id)
    run(db, "UPDATE customers SET friend = false WHERE id = %s", id_of(gone))
    sell_but(db, sku.id, 1)
    assert due(db) == 1
    assert told(db) == [id_of(here)]
    run(db, "UPDATE customers SET friend = true")
    assert due(db) == 1


def test_what_is_not_sold_any_more_is_not_told_of(db: Database) -> None:
    [sku] = stock_up(db, stock=0)
    wish_for(db, sku.id)
    sell_but(db, sku.id, 5)
    run(db, "UPDATE skus SET active = false")
    assert due(db) == 0


def test_what_is_gone_again_before_it_is_told_is_waited_for_again(db: Database) -> None:
    [sku] = stock_up(db, stock=0)
    chat = wish_for(db, sku.id)
    sell_but(db, sku.id, 1)
    assert due(db) == 1
    sell_but(db, sku.id, 0)
    assert render(chat, sku.id) is None
    assert due(db) == 0
    sell_but(db, sku.id, 1)
    assert due(db) == 1


def test_returned_stock_of_a_cancelled_order_is_told_of(db: Database) -> None:
    [sku] = stock_up(db, stock=1)
    buyer = Chat(db)
    buyer.order("貨到付款")
    wish_for(db, sku.id)
    assert due(db) == 0
    buyer.type("訂單")
    buyer.tap("看訂單")
    buyer.tap("取消訂單")
    buyer.tap("確定取消")
    assert due(db) == 1
