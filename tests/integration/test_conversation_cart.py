"""The cart in the chat: keeping lines for later, undoing, coupons, and what has changed since last time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.events import Postback
from store.db import Database
from store.pricing import Kind
from tests.factories import a_coupon, broken_invariants, scalar, stock_of, stock_up
from tests.integration.chat import FORM, Chat, run, sell_but


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    assert broken_invariants(database) == []
    database.close()


def with_two(db: Database) -> tuple[Chat, int, int]:
    """A chat with two things in its cart: 高山烏龍 and 高山烏龍 1."""
    first, second = stock_up(db, count=2)
    chat = Chat(db)
    for sku in (first, second):
        chat.happens(Postback(f"v=1&a=add&sku={sku.id}"))
    chat.type("購物車")
    return chat, first.id, second.id


def test_what_was_removed_can_be_put_back_once(db: Database) -> None:
    [sku] = stock_up(db)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("選數量")
    chat.tap("× 3")
    chat.type("購物車")
    chat.tap("移除")
    assert "已移除 高山烏龍 75 克 × 3" in chat.words
    undo = chat.action("復原")["data"]
    for _ in range(2):
        chat.happens(Postback(undo))
        assert scalar(db, "SELECT quantity FROM cart_lines") == 3
    chat.tap("移除")
    sell_but(db, sku.id, 0)
    chat.happens(Postback(undo))
    assert "沒辦法放回來" in chat.words


def test_an_undo_of_a_former_cart_changes_nothing(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.type("購物車")
    chat.tap("移除")
    undo = chat.action("復原")["data"]
    chat.order("貨到付款")
    chat.happens(Postback(undo))
    assert "這張卡片是之前的了" in chat.words
    left = "SELECT count(*) FROM cart_lines l JOIN carts c ON c.id = l.cart_id WHERE c.status = 'open'"
    assert scalar(db, left) == 0


def test_only_what_is_selected_is_bought_and_the_rest_stays(db: Database) -> None:
    chat, first, second = with_two(db)
    assert chat.offers("結帳 NT$840")
    chat.happens(Postback(chat.action("這次先不買")["data"]))
    assert "沒打勾的 1 樣這次先不買" in chat.words
    chat.tap("結帳 NT$460")
    chat.tap("宅配")
    chat.type(FORM)
    chat.tap("貨到付款")
    assert "另外 1 樣這次先不買，會留在購物車。" in chat.words
    chat.tap("確認下單 NT$460")
    assert "訂單已成立" in chat.words
    assert scalar(db, "SELECT array_agg(sku_id) FROM order_lines") == [second]
    assert (stock_of(db, first), stock_of(db, second)) == (10, 9)
    chat.type("購物車")
    assert "這次都先不買" in chat.words
    chat.tap("全部都買")
    assert chat.offers("結帳 NT$460")
    assert scalar(db, "SELECT count(*) FROM carts WHERE status = 'open'") == 1


def test_a_cart_of_which_nothing_is_selected_is_not_checked_out(db: Database) -> None:
    chat, *_skus = with_two(db)
    for _ in range(2):
        chat.happens(Postback(chat.action("這次先不買")["data"]))
    chat.type("結帳")
    assert chat.offers("全部都買")
    chat.happens(Postback("v=1&a=method&m=cod"))
    assert chat.offers("全部都買")


def test_what_is_kept_for_later_stands_in_nobodys_way(db: Database) -> None:
    chat, first, _second = with_two(db)
    chat.happens(Postback(chat.action("這次先不買")["data"]))
    sell_but(db, first, 0)
    run(db, "UPDATE skus SET price = 999 WHERE id = %s", first)
    chat.type("結帳")
    assert chat.offers("宅配")
    chat.type("購物車")
    assert "已售完" in chat.words


def test_what_changed_since_last_time_is_said(db: Database) -> None:
    chat, first, second = with_two(db)
    assert "和您上次看的時候不一樣" not in chat.words
    run(db, "UPDATE skus SET price = 300 WHERE id = %s", first)
    run(db, "UPDATE skus SET active = false WHERE id = %s", second)
    chat.type("購物車")
    assert "和您上次看的時候不一樣" in chat.words
    assert "NT$380 → NT$300" in chat.words
    assert "已下架" in chat.words
    chat.type("結帳")
    assert "高山烏龍 1 75 克已經下架了。" in chat.words
    chat.tap("從購物車移除")
    assert "NT$380 → NT$300" in chat.words


def test_a_coupon_is_used_by_typing_its_code(db: Database) -> None:
    coupon = a_coupon(db, value=100)
    chat, *_skus = with_two(db)
    chat.tap("用優惠券")
    assert "請直接輸入優惠碼" in chat.words
    chat.type(coupon.code.lower())
    assert f"已使用優惠券 {coupon.code}，折抵 NT$100。" in chat.words
    assert "−NT$100" in chat.words
    assert chat.offers("結帳 NT$740")
    chat.tap("換優惠券")
    chat.tap("不用優惠券")
    assert chat.offers("結帳 NT$840")
    chat.type(f"優惠券 {coupon.code}")
    assert chat.offers("結帳 NT$740")


def test_a_coupon_is_used_from_the_confirmation_and_leads_back_to_it(db: Database) -> None:
    coupon = a_coupon(db, Kind.PERCENT, 10)
    stock_up(db)
    chat = Chat(db)
    chat.to_payment()
    chat.tap("貨到付款")
    old = chat.action("確認下單")["data"]
    chat.tap("優惠券")
    chat.type(coupon.code)
    assert chat.offers("確認下單 NT$422")
    chat.happens(Postback(old))
    assert "這張卡片是之前的了" in chat.words
    chat.tap("確認下單 NT$422")
    assert "訂單已成立" in chat.words
    assert scalar(db, "SELECT (discount, total)::text FROM orders") == "(38,422)"
    chat.type("訂單")
    chat.tap("看訂單")
    assert "−NT$38" in chat.words


@pytest.mark.parametrize(
    ("terms", "change", "words"),
    [
        ({"minimum": 1000}, "", "滿 NT$1,000 才能用，還差 NT$620。"),
        ({}, "active = false", "已經停用了"),
        ({"starts_at": datetime(2031, 1, 1, tzinfo=UTC)}, "", "還沒開始，1/1（三）08:00 起可以用"),
        ({}, "starts_at = '2020-01-01', ends_at = '2020-02-01'", "到期了"),
        ({"uses_limit": 1}, "used = 1", "已經全部用完了"),
    ],
)
def test_each_refusal_is_told_with_a_next_step_and_another_code_can_be_typed(
    db: Database, terms: dict[str, object], change: str, words: str
) -> None:
    coupon = a_coupon(db, **terms)  # type: ignore[arg-type]
    good = a_coupon(db)
    if change:
        run(db, f"UPDATE coupons SET {change} WHERE id = %s", coupon.id)
    stock_up(db)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.type(f"優惠券 {coupon.code}")
    assert words in chat.words
    assert chat.offers("看購物車")
    chat.type(good.code)
    assert "折抵 NT$100" in chat.words
    run(db, "UPDATE coupons SET used = 0")


def test_a_code_nobody_knows_is_said_and_anything_else_typed_is_searched_for(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.type("優惠券")
    chat.type("NOSUCH")
    assert "找不到優惠券「NOSUCH」" in chat.words
    chat.type("高山烏龍")
    assert chat.offers("加入購物車")
    chat.tap("加入購物車")
    chat.type("NOSUCH")
    assert "找不到「NOSUCH」" in chat.words


def test_a_coupon_that_somebody_else_used_up_is_said_and_the_order_asked_about_again(db: Database) -> None:
    coupon = a_coupon(db, uses_limit=1)
    stock_up(db)
    chat, faster = Chat(db), Chat(db)
    for one in (chat, faster):
        one.to_payment()
        one.tap("貨到付款")
        one.type(f"優惠券 {coupon.code}")
        assert one.offers("確認下單 NT$360")
    faster.tap("確認下單")
    assert "訂單已成立" in faster.words
    chat.tap("確認下單")
    assert "已經全部用完了" in chat.words
    chat.tap("確認下單 NT$460")
    assert "訂單已成立" in chat.words


def test_a_coupon_that_ends_between_the_card_and_the_tap_is_said(db: Database) -> None:
    coupon = a_coupon(db, ends_at=datetime.now(UTC) + timedelta(days=1))
    stock_up(db)
    chat = Chat(db)
    chat.to_payment()
    chat.tap("貨到付款")
    chat.type(f"優惠券 {coupon.code}")
    assert chat.offers("確認下單 NT$360")
    run(db, "UPDATE coupons SET starts_at = now() - interval '2 days', ends_at = now() - interval '1 day'")
    chat.tap("確認下單 NT$360")
    assert "到期了" in chat.words
    assert scalar(db, "SELECT count(*) FROM orders") == 0
    chat.tap("確認下單 NT$460")
    assert "訂單已成立" in chat.words
