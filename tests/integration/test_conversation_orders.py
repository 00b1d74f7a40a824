"""Orders in the chat, and the news of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.events import Postback
from store import fulfilment, orders
from store.db import Database
from store.fulfilment import Parcel
from store.orders import CancelOutcome, Charge
from tests.factories import broken_invariants, scalar, stock_of, stock_up
from tests.integration.chat import Chat, a_payment, run


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    assert broken_invariants(database) == []
    database.close()


def test_an_order_is_listed_shown_cancelled_and_bought_again(db: Database) -> None:
    [sku] = stock_up(db, stock=3)
    chat = Chat(db)
    chat.order("貨到付款")
    chat.type("訂單")
    chat.tap("看訂單")
    assert "備貨中" in chat.words
    chat.tap("取消訂單")
    assert stock_of(db, sku.id) == 2
    chat.tap("確定取消")
    assert "已取消" in chat.words
    assert stock_of(db, sku.id) == 3
    chat.tap("再買一次")
    assert "放回購物車" in chat.words
    assert chat.offers("結帳 NT$460")


def test_an_order_is_shown_to_its_customer_alone(db: Database) -> None:
    stock_up(db)
    chat, stranger = Chat(db), Chat(db)
    order_id = chat.order("貨到付款")
    code = str(scalar(db, "SELECT code FROM orders"))
    chat.type(f"#{code.lower()}")
    assert "備貨中" in chat.words
    stranger.type(code)
    assert "備貨中" not in stranger.words
    for name in ("order", "pay", "retry", "cancel", "cancel_now", "reorder"):
        stranger.happens(Postback(f"v=1&a={name}&id={order_id}"))
        assert "找不到這張訂單" in stranger.words
    assert scalar(db, "SELECT status FROM orders") == "preparing"


def test_a_failed_card_can_be_tried_again_on_a_new_page(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("信用卡")
    payment = a_payment(db, order_id)
    run(db, "UPDATE payments SET status = 'failed' WHERE id = %s", payment)
    chat.notice("payment_failed", order_id, reason="交易失敗")
    assert "銀行回覆：交易失敗" in chat.words
    before = scalar(db, "SELECT count(*) FROM outbox WHERE kind = 'payment.create'")
    assert chat.tap("再試一次") is None
    assert scalar(db, "SELECT count(*) FROM outbox WHERE kind = 'payment.create'") == int(str(before)) + 1
    chat.happens(Postback(f"v=1&a=retry&id={order_id}"))
    assert "銀行那邊慢了一點" in chat.words
    assert scalar(db, "SELECT count(*) FROM outbox WHERE kind = 'payment.create'") == int(str(before)) + 1


def test_a_page_that_is_still_open_is_offered_again_and_a_closed_one_is_replaced(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("信用卡")
    a_payment(db, order_id, pay_url="https://bank.example/1")
    chat.happens(Postback(f"v=1&a=retry&id={order_id}"))
    assert chat.action("前往付款")["uri"] == "https://bank.example/1"
    run(db, "UPDATE payments SET expires_at = %s", datetime.now(UTC) - timedelta(minutes=1))
    chat.happens(Postback(f"v=1&a=pay&id={order_id}"))
    assert "過期" in chat.words
    assert chat.tap("再試一次") is None


def test_notices_speak_of_the_present_state_or_not_at_all(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("信用卡")
    a_payment(db, order_id, pay_url="https://bank.example/1")
    for what in ("paid", "late_revived", "expired", "cancelled"):
        assert chat.notice(what, order_id) is None
    assert db.transaction(lambda tx: orders.cancel(tx, order_id, "test")) is CancelOutcome.CANCELLED
    for what in ("payment_ready", "payment_slow", "payment_failed", "paid", "late_revived", "expired"):
        assert chat.notice(what, order_id) is None
    chat.notice("cancelled", order_id)
    assert "已取消" in chat.words
    with pytest.raises(ValueError, match="no words"):
        chat.notice("something_else", order_id)


def test_an_order_that_ran_out_of_time_can_be_bought_again(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("信用卡")
    run(db, "UPDATE orders SET expires_at = now() WHERE id = %s", order_id)
    assert db.transaction(lambda tx: orders.expire(tx, order_id))
    chat.notice("expired", order_id)
    chat.tap("再買一次")
    assert chat.offers("結帳 NT$460")


def test_money_that_arrived_is_spoken_of_in_any_state(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("信用卡")
    payment_id = a_payment(db, order_id, pay_url="https://bank.example/1")
    charge = Charge("TS1", 460, datetime.now(UTC))
    db.transaction(lambda tx: orders.settle(tx, order_id, payment_id, charge, "bank"))
    chat.notice("paid", order_id)
    assert "已付款 ✓" in chat.words
    assert chat.notice("payment_ready", order_id) is None
    chat.happens(Postback(f"v=1&a=pay&id={order_id}"))
    assert "已付款" in chat.words
    for what in ("late_refund", "extra_refund", "amount_mismatch"):
        chat.notice(what, order_id, amount=12345)
        assert "NT$12,345" in chat.words


def test_a_parcel_on_its_way_is_announced_with_its_number(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("貨到付款")
    assert chat.notice("shipped", order_id, carrier="黑貓宅急便", tracking="123456789012") is None
    parcel = Parcel("黑貓宅急便", "123456789012")
    db.transaction(lambda tx: fulfilment.ship(tx, order_id, parcel, "test"))
    chat.notice("shipped", order_id, carrier="黑貓宅急便", tracking="123456789012")
    assert "出貨了。黑貓宅急便 123456789012" in chat.words
    assert chat.action("複製單號")["clipboardText"] == "123456789012"
