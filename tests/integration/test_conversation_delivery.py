"""Pick-up in a store, saved addresses, the invoice and the note, all in the chat."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.events import Postback
from store import orders
from store.db import Database
from store.invoices import Invoice, Kind
from tests.factories import broken_invariants, scalar, stock_up
from tests.integration.chat import FORM, Chat

STORE = "姓名：王小明\n電話：0912345678\n超商：7-11\n店號：131386\n門市：鑫台北門市"
COMPANY = Invoice(Kind.COMPANY, "04595257", "某某股份有限公司")


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    assert broken_invariants(database) == []
    database.close()


def to_delivery(db: Database, price: int = 380) -> Chat:
    stock_up(db, price=price)
    chat = Chat(db)
    fill(chat)
    return chat


def fill(chat: Chat) -> None:
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.tap("結帳")


def the_order(db: Database) -> orders.Order:
    newest = int(str(scalar(db, "SELECT max(id) FROM orders")))
    return db.transaction(lambda tx: orders.get(tx, newest))


def test_a_parcel_is_picked_up_in_a_store_for_its_own_fee(db: Database) -> None:
    chat = to_delivery(db)
    assert chat.offers("超商取貨（運費 NT$60）")
    chat.tap("超商取貨")
    assert chat.action("在這裡填寫")["fillInText"] == "姓名：\n電話：\n超商：\n店號：\n門市："
    chat.type(STORE)
    chat.tap("超商取貨付款")
    assert "7-ELEVEN 鑫台北門市（131386）" in chat.words
    chat.tap("確認下單 NT$440")
    assert "到門市取貨時付 NT$440" in chat.words
    order = the_order(db)
    assert (order.delivery_method, order.store_brand, order.store_code, order.store_name) == (
        "cvs", "7-ELEVEN", "131386", "鑫台北",
    )  # fmt: skip
    assert (order.shipping_fee, order.address) == (60, "7-ELEVEN 鑫台北門市（131386）")
    chat.tap("看訂單")
    assert "超商取貨" in chat.words
    assert "鑫台北門市" in chat.words


def test_a_wrong_store_is_explained_field_by_field(db: Database) -> None:
    chat = to_delivery(db)
    chat.tap("超商取貨")
    chat.type("姓名：王小明\n電話：0912345678\n超商：美廉社\n店號：12\n門市：鑫台北")
    assert "超商可以選 7-ELEVEN、全家、萊爾富或 OK。" in chat.words
    assert "店號是 4 到 6 個數字或英文字母。您輸入的是「12」。" in chat.words
    chat.type("超商：全家")
    assert "還差門市店號" in chat.words
    chat.type("店號：016768")
    assert chat.offers("信用卡")
    assert scalar(db, "SELECT store_brand FROM addresses") == "全家"


def test_a_whole_form_of_a_store_is_taken_at_any_time(db: Database) -> None:
    chat = to_delivery(db)
    chat.type(STORE)
    chat.tap("超商取貨付款")
    assert chat.offers("確認下單 NT$440")
    chat.type(FORM)
    chat.tap("貨到付款")
    assert chat.offers("確認下單 NT$460")


def test_pick_up_is_not_offered_above_its_limit(db: Database) -> None:
    chat = to_delivery(db, price=20_001)
    assert not chat.offers("超商取貨")
    assert "超商取貨一件最多 NT$20,000（含運費）" in chat.words
    chat.happens(Postback("v=1&a=delivery&k=cvs"))
    chat.type(STORE)
    assert not chat.offers("信用卡")
    chat.tap("改成宅配")
    chat.type(FORM)
    assert chat.offers("信用卡")


def test_a_cart_that_grew_beyond_what_a_store_takes_is_not_ordered(db: Database) -> None:
    chat = to_delivery(db, price=15_000)
    chat.tap("超商取貨")
    chat.type(STORE)
    chat.tap("信用卡")
    old = chat.action("確認下單")["data"]
    chat.type("購物車")
    chat.tap("多一件")
    chat.happens(Postback(old))
    assert chat.offers("改成宅配")
    assert scalar(db, "SELECT count(*) FROM orders") == 0


def test_addresses_are_remembered_chosen_and_forgotten(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    second = FORM.replace("王小明", "陳美麗").replace("台北市信義區", "新北市板橋區")
    chat.type(FORM)
    chat.type(second)
    chat.type(STORE)
    chat.type(second)
    assert scalar(db, "SELECT count(*) FROM addresses") == 3
    fill(chat)
    chat.tap("宅配")
    assert "陳○麗" in chat.words
    chat.tap("選其他收件資料")
    assert "王○明" in chat.words
    assert "0912345678" not in chat.words
    uses = [f"v=1&a=address_use&id={number}" for number in numbers(db)]
    chat.happens(Postback(uses[0]))
    chat.tap("信用卡")
    assert "台北市信義區信義路五段7號" in chat.words
    chat.happens(Postback(uses[2]))
    chat.tap("信用卡")
    assert "鑫台北門市" in chat.words
    chat.type("收件資料")
    for number in numbers(db):
        chat.happens(Postback(f"v=1&a=address_forget&id={number}"))
    assert "還沒有記住的收件資料" in chat.words
    assert scalar(db, "SELECT recipient_name || phone || address FROM customers") == ""
    chat.happens(Postback(uses[0]))
    assert "這張卡片是之前的了" in chat.words


def test_the_address_used_before_takes_the_place_of_a_forgotten_one(db: Database) -> None:
    chat = Chat(db)
    chat.type(FORM)
    chat.type(FORM.replace("王小明", "陳美麗"))
    chat.happens(Postback(f"v=1&a=address_forget&id={numbers(db)[1]}"))
    assert scalar(db, "SELECT recipient_name FROM customers") == "王小明"


def test_an_address_of_somebody_else_cannot_be_used_or_forgotten(db: Database) -> None:
    chat, stranger = Chat(db), Chat(db)
    chat.type(FORM)
    [number] = numbers(db)
    for name in ("address_use", "address_forget"):
        stranger.happens(Postback(f"v=1&a={name}&id={number}"))
        assert "王○明" not in stranger.words
    assert numbers(db) == [number]


def test_only_the_few_addresses_used_last_are_kept(db: Database) -> None:
    chat = Chat(db)
    for number in range(10):
        chat.type(FORM.replace("7號", f"{number + 1}號"))
    assert scalar(db, "SELECT count(*) FROM addresses") == 8
    assert scalar(db, "SELECT address FROM customers") == "台北市信義區信義路五段10號"


def numbers(db: Database) -> list[int]:
    found = scalar(db, "SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM addresses")
    return [int(number) for number in found]  # type: ignore[attr-defined]


def to_confirmation(db: Database) -> Chat:
    chat = to_delivery(db)
    chat.tap("宅配")
    chat.type(FORM)
    chat.tap("貨到付款")
    return chat


@pytest.mark.parametrize(
    ("kind", "typed", "kept", "shown"),
    [
        ("手機條碼", "/abc+123", Invoice(Kind.MOBILE, "/ABC+123"), "手機條碼 /AB***23"),
        ("自然人憑證", "AB12345678901234", Invoice(Kind.CITIZEN, "AB12345678901234"), "自然人憑證 AB***234"),
        ("捐贈", "919", Invoice(Kind.DONATION, "919"), "捐贈 919"),
        ("公司", "統一編號：04595257\n公司抬頭：某某股份有限公司", COMPANY, "統編 04595257 某某股份有限公司"),
        ("公司", "某某股份有限公司\n04595257", COMPANY, "統編 04595257"),
        ("公司", "04595257 某某股份有限公司", COMPANY, "統編 04595257"),
    ],
)  # fmt: skip
def test_the_invoice_is_chosen_from_the_confirmation_kept_and_remembered(
    db: Database, kind: str, typed: str, kept: Invoice, shown: str
) -> None:
    chat = to_confirmation(db)
    assert "紙本發票（二聯）" in chat.words
    chat.tap("發票")
    chat.tap(kind)
    chat.type(typed)
    assert shown in chat.words
    chat.tap("確認下單")
    assert the_order(db).invoice == kept
    fill(chat)
    chat.tap("宅配")
    chat.tap("用這份資料")
    chat.tap("貨到付款")
    assert shown in chat.words
    chat.tap("發票")
    chat.tap("紙本")
    assert "紙本發票（二聯）" in chat.words
    assert chat.offers("確認下單")


def test_a_wrong_invoice_is_explained_and_may_be_typed_again(db: Database) -> None:
    chat = to_confirmation(db)
    chat.tap("發票")
    chat.tap("公司")
    chat.type("統一編號：12345678\n公司抬頭：某公司")
    assert "這個統一編號的檢查碼不對" in chat.words
    assert "某公司" in chat.action("在這裡填寫")["fillInText"]
    chat.type("04595252")
    assert "還差公司抬頭" in chat.words
    chat.tap("換一種發票")
    chat.tap("手機條碼")
    chat.type("ABC")
    assert "手機條碼是 / 加上 7 碼" in chat.words
    chat.type("/ABC+123")
    assert chat.offers("確認下單")


def test_a_note_goes_with_the_order(db: Database) -> None:
    chat = to_confirmation(db)
    old = chat.action("確認下單")["data"]
    chat.tap("備註")
    chat.type("備" * 101)
    assert "備註有 101 個字" in chat.words
    chat.type("請放管理室")
    assert "請放管理室" in chat.words
    chat.happens(Postback(old))
    assert "這張卡片是之前的了" in chat.words
    chat.tap("備註")
    chat.tap("不用備註")
    assert "請放管理室" not in chat.words
    chat.tap("備註")
    chat.type("放門口")
    chat.tap("確認下單")
    assert the_order(db).note == "放門口"
    chat.tap("看訂單")
    assert "放門口" in chat.words


def test_a_question_is_left_by_any_other_step_and_by_a_whole_form(db: Database) -> None:
    chat = to_confirmation(db)
    chat.tap("備註")
    chat.type("購物車")
    chat.type("沒有這種東西")
    assert "找不到「沒有這種東西」" in chat.words
    chat.type("結帳")
    chat.tap("備註")
    chat.type(FORM.replace("王小明", "陳美麗"))
    chat.tap("貨到付款")
    assert "陳○麗" in chat.words
    assert scalar(db, "SELECT note FROM carts WHERE status = 'open'") == ""


def test_the_short_road_is_as_short_as_ever(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    taps = ["結帳", "宅配", FORM, "貨到付款", "確認下單"]
    for step in taps:
        chat.type(step) if step == FORM else chat.tap(step)
    assert "訂單已成立" in chat.words


def test_nothing_of_it_is_left_when_a_customer_asks_to_be_forgotten(db: Database) -> None:
    chat = to_confirmation(db)
    chat.tap("備註")
    chat.type("放門口")
    chat.tap("發票")
    chat.tap("手機條碼")
    chat.type("/ABC+123")
    chat.tap("確認下單")
    chat.type("刪除我的資料")
    chat.tap("確定刪除")
    assert scalar(db, "SELECT count(*) FROM addresses") == 0
    assert scalar(db, "SELECT string_agg(note, '') FROM carts") == ""
    assert scalar(db, "SELECT string_agg(invoice_value || address, '') FROM customers") == ""
    assert the_order(db).note == "放門口"
