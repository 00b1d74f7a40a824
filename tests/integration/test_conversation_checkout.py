"""From the cart to the order in the chat: payment methods, second taps, prices and stock that change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.events import Postback
from store.db import Database
from tests.factories import broken_invariants, scalar, stock_of, stock_up
from tests.integration.chat import FORM, Chat, a_payment, run, sell_but


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    assert broken_invariants(database) == []
    database.close()


def test_cash_on_delivery_is_placed_at_once_and_takes_the_stock(db: Database) -> None:
    [sku] = stock_up(db, stock=3)
    chat = Chat(db)
    order_id = chat.order("貨到付款")
    assert "訂單已成立" in chat.words
    assert stock_of(db, sku.id) == 2
    assert scalar(db, "SELECT status FROM orders WHERE id = %s", order_id) == "preparing"


def test_a_card_order_answers_by_notice_with_the_banks_own_page(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("信用卡")
    assert chat.messages == []
    assert scalar(db, "SELECT count(*) FROM outbox WHERE kind = 'payment.create'") == 1
    assert chat.notice("payment_slow", order_id) is not None
    a_payment(db, order_id, pay_url="https://bank.example/pay?k=1")
    assert chat.notice("payment_slow", order_id) is None
    chat.notice("payment_ready", order_id)
    assert "訂單已成立" in chat.words
    assert "請在 40 分鐘內完成刷卡" in chat.words
    assert chat.action("前往付款")["uri"] == "https://bank.example/pay?k=1"


def test_an_atm_order_shows_the_account_to_read_and_to_copy(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("ATM")
    a_payment(
        db, order_id, account_no="99922530174617", expires_at=datetime(2026, 11, 23, 15, 59, tzinfo=UTC)
    )
    run(db, "UPDATE orders SET expires_at = %s WHERE id = %s", datetime(2026, 11, 24, tzinfo=UTC), order_id)
    run(db, "UPDATE payments SET expires_at = now() + interval '2 days' WHERE order_id = %s", order_id)
    chat.notice("payment_ready", order_id)
    assert chat.action("複製帳號")["clipboardText"] == "99922530174617"
    assert "永豐銀行（807）99922530174617" in chat.words
    assert "NT$460" in chat.words


def test_a_second_tap_on_the_confirmation_shows_the_first_order(db: Database) -> None:
    [sku] = stock_up(db, stock=5)
    chat = Chat(db)
    chat.to_payment()
    chat.tap("貨到付款")
    confirmation = chat.action("確認下單")["data"]
    chat.happens(Postback(confirmation))
    chat.happens(Postback(confirmation))
    assert "不會重複下單" in chat.words
    assert "備貨中" in chat.words
    assert scalar(db, "SELECT count(*) FROM orders") == 1
    assert stock_of(db, sku.id) == 4


def test_a_strangers_confirmation_orders_nothing_and_shows_nothing(db: Database) -> None:
    stock_up(db)
    chat, stranger = Chat(db), Chat(db)
    chat.to_payment()
    chat.tap("貨到付款")
    confirmation = chat.action("確認下單")["data"]
    chat.tap("確認下單")
    stranger.happens(Postback(confirmation))
    assert "這張卡片是之前的了" in stranger.words
    assert scalar(db, "SELECT count(*) FROM orders") == 1


def test_a_price_that_changed_after_the_confirmation_is_asked_about(db: Database) -> None:
    [sku] = stock_up(db)
    chat = Chat(db)
    chat.to_payment()
    chat.tap("貨到付款")
    run(db, "UPDATE skus SET price = 360 WHERE id = %s", sku.id)
    chat.tap("確認下單")
    assert "NT$380 → NT$360" in chat.words
    assert scalar(db, "SELECT count(*) FROM orders") == 0
    assert "NT$440" in chat.action("確認下單")["label"]
    chat.tap("確認下單")
    assert "訂單已成立" in chat.words
    assert scalar(db, "SELECT total FROM orders") == 440


def test_a_price_that_changed_in_the_cart_is_asked_about_before_checkout(db: Database) -> None:
    [sku] = stock_up(db)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    run(db, "UPDATE skus SET price = 360 WHERE id = %s", sku.id)
    chat.type("結帳")
    assert "您放進購物車後價格有變：高山烏龍 75 克 NT$380 → NT$360。以新的金額結帳嗎？" in chat.words
    chat.tap("以新的金額結帳")
    assert chat.offers("宅配")


def test_too_little_stock_offers_what_is_left_and_goes_on(db: Database) -> None:
    [sku] = stock_up(db, stock=5)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("選數量")
    chat.tap("× 3")
    chat.tap("結帳")
    chat.tap("宅配")
    chat.type(FORM)
    chat.tap("貨到付款")
    sell_but(db, sku.id, 2)
    chat.tap("確認下單")
    assert "高山烏龍 75 克只剩 2 件了，要改成 2 件嗎？" in chat.words
    assert scalar(db, "SELECT count(*) FROM orders") == 0
    chat.tap("改成 2 件")
    chat.tap("確認下單")
    assert "訂單已成立" in chat.words
    assert stock_of(db, sku.id) == 0


def test_what_is_sold_out_leaves_the_cart(db: Database) -> None:
    [sku] = stock_up(db, stock=5)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    sell_but(db, sku.id, 0)
    chat.type("結帳")
    assert "已經賣完了" in chat.words
    chat.tap("從購物車移除")
    assert "購物車還是空的" in chat.words


def test_an_old_confirmation_does_not_send_to_new_details(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.to_payment()
    chat.tap("貨到付款")
    old = chat.action("確認下單")["data"]
    chat.type(FORM.replace("王小明", "陳美麗"))
    chat.happens(Postback(old))
    assert "這張卡片是之前的了" in chat.words
    assert scalar(db, "SELECT count(*) FROM orders") == 0


def test_atm_is_refused_with_its_reason_above_the_banks_limit(db: Database) -> None:
    stock_up(db, price=30_001)
    chat = Chat(db)
    chat.to_payment()
    assert not chat.offers("ATM")
    assert "ATM 轉帳一筆最多 NT$30,000" in chat.words
