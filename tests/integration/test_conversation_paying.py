"""Payment methods in the chat, changing them, the tabs of the orders, the receipt, the parcel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.events import Postback
from settings import PAYMENT_METHODS, LineSettings, Settings
from store import fulfilment, orders
from store.db import Database
from store.fulfilment import Parcel
from store.orders import Charge
from store.shop import Shop
from tests.factories import broken_invariants, scalar, stock_up
from tests.integration.chat import Chat, a_payment, run


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    assert broken_invariants(database) == []
    database.close()


def everything(db: Database, **more: object) -> Shop:
    """A shop with every payment method there is."""
    line = LineSettings(secrets=("s",), token="t")
    plain = Settings(
        db.url, "https://shop.example", "a secret for tests", line, None,
        payment_methods=PAYMENT_METHODS, card_instalments=(3, 6),
    )  # fmt: skip
    return Shop(replace(plain, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("label", "method"),
    [
        ("信用卡分 3 期", "card3"),
        ("行動支付", "mobile"),
        ("LINE Pay", "linepay"),
        ("街口", "jkopay"),
        ("全支付", "pxpay"),
        ("全盈", "pluspay"),
        ("iPASS", "ipass"),
        ("ATM", "atm"),
    ],
)
def test_an_order_is_placed_with_every_method(db: Database, label: str, method: str) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.shop = everything(db)
    order_id = chat.order(label)
    assert chat.messages == []
    assert scalar(db, "SELECT payment_method FROM orders WHERE id = %s", order_id) == method
    a_payment(db, order_id, pay_url="https://bank.example/pay")
    chat.notice("payment_ready", order_id)
    assert chat.offers("換付款方式")


def test_a_lapsed_link_is_told_with_a_way_to_open_a_new_one_unless_that_was_done(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("信用卡")
    payment_id = a_payment(db, order_id, pay_url="https://bank.example/pay")
    run(db, "UPDATE payments SET status = 'expired' WHERE id = %s", payment_id)
    assert chat.notice("payment_lapsed", order_id)
    assert "還沒有扣款" in chat.words
    assert "商品幫您留到" in chat.words
    assert chat.offers("換付款方式")
    assert chat.tap("再試一次") is None
    assert chat.notice("payment_lapsed", order_id) is None
    chat.happens(Postback(f"v=1&a=cancel_now&id={order_id}"))
    assert chat.notice("payment_lapsed", order_id) is None


def test_the_method_of_an_order_that_waits_is_changed(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("信用卡")
    chat.notice("payment_failed", order_id, reason="")
    chat.tap("換付款方式")
    assert not chat.offers("信用卡")
    assert chat.tap("ATM") is None
    assert scalar(db, "SELECT payment_method FROM orders") == "atm"
    chat.happens(Postback(f"v=1&a=method_to&id={order_id}&m=atm"))
    assert "銀行那邊慢了一點" in chat.words
    chat.happens(Postback(f"v=1&a=method_to&id={order_id}&m=cod"))
    assert "改成貨到付款了" in chat.words
    assert scalar(db, "SELECT status FROM orders") == "preparing"
    for name in ("change_method", "method_to"):
        chat.happens(Postback(f"v=1&a={name}&id={order_id}&m=card"))
        assert "備貨中" in chat.words


def test_a_method_that_is_not_offered_or_too_small_changes_nothing(db: Database) -> None:
    stock_up(db, price=30_001)
    chat = Chat(db)
    order_id = chat.order("信用卡")
    for method in ("bitcoin", "atm"):
        chat.happens(Postback(f"v=1&a=method_to&id={order_id}&m={method}"))
        assert "ATM 轉帳一筆最多 NT$30,000" in chat.words
    assert scalar(db, "SELECT payment_method FROM orders") == "card"


def test_nobody_elses_order_is_changed_or_shown(db: Database) -> None:
    stock_up(db)
    chat, stranger = Chat(db), Chat(db)
    order_id = chat.order("信用卡")
    for data in ("change_method", "method_to", "receipt"):
        stranger.happens(Postback(f"v=1&a={data}&id={order_id}&m=cod"))
        assert "找不到這張訂單" in stranger.words
    assert scalar(db, "SELECT payment_method FROM orders") == "card"


def test_orders_are_listed_by_state(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    waiting, packed = chat.order("信用卡"), chat.order("貨到付款")
    codes = {
        number: str(scalar(db, "SELECT code FROM orders WHERE id = %s", number))
        for number in (waiting, packed)
    }
    chat.type("訂單")
    assert codes[waiting] in chat.words
    assert codes[packed] in chat.words
    chat.tap("待付款")
    assert codes[waiting] in chat.words
    assert codes[packed] not in chat.words
    chat.tap("備貨中")
    assert codes[waiting] not in chat.words
    assert codes[packed] in chat.words
    chat.tap("已完成")
    assert "沒有「已完成」的訂單。" in chat.words
    chat.tap("看全部訂單")
    assert codes[waiting] in chat.words
    chat.happens(Postback("v=1&a=orders&s=nonsense"))
    assert codes[waiting] in chat.words


def test_a_long_list_of_one_state_goes_on_in_that_state(db: Database) -> None:
    stock_up(db, stock=30)
    chat = Chat(db)
    for _ in range(12):
        chat.order("貨到付款")
    chat.order("信用卡")
    chat.happens(Postback("v=1&a=orders&s=packing"))
    chat.tap("看更多")
    assert chat.words.count("備貨中") >= 2
    assert "待付款" not in "".join(str(message["altText"]) for message in chat.messages)
    assert not chat.offers("看更多")


def test_a_paid_order_has_a_receipt_and_an_unpaid_one_none(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("信用卡")
    chat.happens(Postback(f"v=1&a=receipt&id={order_id}"))
    assert "待付款" in chat.words
    payment_id = a_payment(db, order_id, pay_url="https://bank.example/1")
    charge = Charge("TS1", 460, datetime.now(UTC))
    db.transaction(lambda tx: orders.settle(tx, order_id, payment_id, charge, "bank"))
    chat.notice("paid", order_id)
    chat.tap("收據")
    code = str(scalar(db, "SELECT code FROM orders"))
    for words in ("收據", "小舖", f"#{code}", "高山烏龍", "NT$460", "信用卡", "不是統一發票"):
        assert words in chat.words


def test_a_parcel_is_followed_and_its_coming_confirmed(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("貨到付款")
    parcel = Parcel("黑貓宅急便", "123456789012")
    db.transaction(lambda tx: fulfilment.ship(tx, order_id, parcel, "test"))
    chat.notice("shipped", order_id, carrier=parcel.carrier, tracking=parcel.tracking)
    assert chat.action("查進度")["uri"] == "https://www.t-cat.com.tw/inquire/trace.aspx"
    chat.tap("看訂單")
    assert "物流\n黑貓宅急便\n單號\n123456789012" in chat.words
    assert chat.action("複製單號")["clipboardText"] == "123456789012"
    chat.tap("收到")
    assert scalar(db, "SELECT status FROM orders") == "completed"


def test_a_shop_without_pick_up_offers_none_even_to_old_buttons(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.shop = everything(db, delivery_methods=("home",))
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.tap("結帳")
    assert not chat.offers("超商取貨")
    chat.happens(Postback("v=1&a=delivery&k=cvs"))
    assert chat.offers("宅配")
    assert not chat.offers("超商取貨")
    chat.type("姓名：王小明\n電話：0912345678\n超商：7-11\n店號：131386\n門市：鑫台北")
    assert chat.offers("宅配")
    assert not chat.offers("信用卡")
