"""Refunds in the console: once per form, never more than is held, with the bank's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from store import orders, refunds
from store.orders import Charge, Order
from tests.factories import broken_invariants, placed_order, scalar, stock_of, stock_up
from tests.integration.console_house import Browser, House, text


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    house = House(database_url)
    yield house
    assert broken_invariants(house.db) == []
    house.db.close()


@pytest.fixture
def sku(house: House) -> int:
    return stock_up(house.db, stock=10)[0].id


def paid(house: House, sku: int, method: str = "card", *, cancelled: bool = False) -> Order:
    """An order of NT$460 whose money has come; cancelled first, it came too late."""
    order = placed_order(house.db, {sku: 1}, method)
    house.run(
        "INSERT INTO payments (order_id, attempt, provider, method, amount, status, provider_order_no,"
        " provider_ref, callback_key, expires_at) VALUES (%s, 1, 'sinopac', %s, %s, 'paid', %s, %s,"
        " %s, now())",
        order.id, method, order.total, f"A{order.id}", f"TS{order.id}", f"k{order.id}",
    )  # fmt: skip
    payment_id = int(str(scalar(house.db, "SELECT max(id) FROM payments")))
    charge = Charge(f"TS{order.id}", order.total, datetime.now(UTC))
    if cancelled:
        house.db.transaction(lambda tx: orders.cancel(tx, order.id, "customer"))
    house.db.transaction(lambda tx: orders.settle(tx, order.id, payment_id, charge, "bank"))
    return order


def form(browser: Browser, order: Order) -> dict[str, object]:
    """The hidden fields of the form for a refund, as the page has them."""
    page = text(browser.get(f"/orders/{order.id}"))
    names = ("payment", "key", "amount")
    found = {name: re.search(rf'name="{name}"[^>]* value="([^"]+)"', page) for name in names}
    return {name: match[1] for name, match in found.items() if match}


def refund(browser: Browser, order: Order, **fields: object) -> str:
    data = {**form(browser, order), "reason": "客人改變主意", **fields}
    return browser.said(browser.post(f"/orders/{order.id}/refund", data))


def test_a_part_is_refunded_once_however_often_the_form_is_sent(house: House, sku: int) -> None:
    order = paid(house, sku)
    browser = house.browser("staff")
    data = {**form(browser, order), "reason": "少寄一件", "amount": "100"}
    assert data["amount"] == "100"
    assert "已申請退款" in browser.said(browser.post(f"/orders/{order.id}/refund", data))
    assert "先前已經申請過" in browser.said(browser.post(f"/orders/{order.id}/refund", data))
    assert house.run("SELECT amount, reason, restock, status, actor FROM refunds") == [
        (100, "少寄一件", False, "asked", f"staff:{house.ids['staff']}")
    ]
    assert scalar(house.db, "SELECT status FROM orders") == "paid"
    assert scalar(house.db, "SELECT count(*) FROM outbox WHERE kind = 'refund.send'") == 1
    assert house.run("SELECT before, after FROM audit_log WHERE action = 'order.refund'") == [
        ({"code": order.code, "status": "paid"}, {"amount": 100, "restock": False, "reason": "少寄一件"})
    ]
    page = text(browser.get(f"/orders/{order.id}"))
    for words in ("少寄一件", "準備送出", "最多 NT$360", "申請退款"):
        assert words in page


def test_all_is_refunded_and_the_goods_go_back(house: House, sku: int) -> None:
    order = paid(house, sku)
    assert stock_of(house.db, sku) == 9
    assert "已申請退款" in refund(house.browser("staff"), order, restock="1")
    assert scalar(house.db, "SELECT status FROM orders") == "refunding"
    assert stock_of(house.db, sku) == 10
    assert "最多" not in text(house.browser("staff").get(f"/orders/{order.id}"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"amount": "461"}, "超過這筆付款可以退的金額"),
        ({"amount": "100", "restock": "1"}, "全額退款才能把商品放回架上"),
        ({"reason": " "}, "請寫下退款的原因"),
        ({"key": ""}, "請寫下退款的原因"),
    ],
)
def test_what_cannot_be_refunded_is_said_and_nothing_happens(
    house: House, sku: int, fields: dict[str, object], words: str
) -> None:
    order = paid(house, sku)
    assert words in refund(house.browser("staff"), order, **fields)
    assert scalar(house.db, "SELECT count(*) FROM refunds") == 0
    assert scalar(house.db, "SELECT count(*) FROM audit_log WHERE user_id IS NOT NULL") == 0


@pytest.mark.parametrize(
    "amount", ["0", "-5", "1.5", "", "9" * 19, "１００", "100; DROP TABLE refunds", "1e2"]
)
def test_an_amount_that_is_none_is_refused(house: House, sku: int, amount: str) -> None:
    order = paid(house, sku)
    browser = house.browser("staff")
    data = {**form(browser, order), "reason": "x", "amount": amount}
    assert browser.post(f"/orders/{order.id}/refund", data).status_code == 422
    assert scalar(house.db, "SELECT count(*) FROM refunds") == 0


def test_the_payment_of_another_order_is_not_touched(house: House, sku: int) -> None:
    mine, other = paid(house, sku), paid(house, sku)
    browser = house.browser("staff")
    data = {**form(browser, other), "reason": "x"}
    for order_id in (mine.id, 4711, 2**63):
        assert browser.post(f"/orders/{order_id}/refund", data).status_code == 404
    assert browser.post("/refunds/4711/by-hand", {"reason": "x"}).status_code == 404
    assert browser.post(f"/refunds/{2**63}/by-hand", {"reason": "x"}).status_code == 404
    assert scalar(house.db, "SELECT count(*) FROM refunds") == 0


def test_instalments_go_back_whole(house: House, sku: int) -> None:
    order = paid(house, sku, "card3")
    browser = house.browser("staff")
    assert "分期付款只能全額退款" in refund(browser, order, amount="100")
    assert "信用卡 3 期" in text(browser.get(f"/orders/{order.id}"))
    assert "已申請退款" in refund(browser, order)


def test_late_money_leads_from_the_case_to_its_refund(house: House, sku: int) -> None:
    order = paid(house, sku, "atm", cancelled=True)
    browser = house.browser("staff")
    assert f"/admin/orders/{order.id}#refund" in text(browser.get("/"))
    assert 'href="#refund"' in text(browser.get(f"/orders/{order.id}"))
    assert "已申請退款" in refund(browser, order)
    house.run("UPDATE refunds SET status = 'sending', sent_at = now()")
    one = house.db.transaction(lambda tx: refunds.of_order(tx, order.id))[0]
    house.db.transaction(lambda tx: refunds.finish(tx, one, "R1", datetime.now(UTC), "atm"))
    assert scalar(house.db, "SELECT count(*) FROM cases WHERE closed_at IS NULL") == 0
    page = text(browser.get(f"/orders/{order.id}"))
    assert "已退回" in page
    assert "R1" in page


def test_the_banks_words_are_shown_and_the_money_can_go_back_by_hand(house: House, sku: int) -> None:
    order = paid(house, sku)
    browser = house.browser("staff")
    refund(browser, order, amount="60")
    one = house.db.transaction(lambda tx: refunds.of_order(tx, order.id))[0]
    house.db.transaction(lambda tx: refunds.fail(tx, one, "E0999", "<b>帳號不符</b>"))
    response = browser.get(f"/orders/{order.id}")
    assert "E0999：<b>帳號不符</b>" in text(response)
    assert b"<b>" not in response.data
    path = f"/refunds/{one.id}/by-hand"
    assert "請寫下怎麼退給客人的" in browser.said(browser.post(path, {"reason": " "}))
    assert "已記錄退款" in browser.said(browser.post(path, {"reason": "匯款"}))
    assert "不需要再記錄" in browser.said(browser.post(path, {"reason": "匯款"}))
    assert scalar(house.db, "SELECT sum(amount) FROM money_moves") == order.total - 60
    assert house.run("SELECT after FROM audit_log WHERE action = 'refund.by_hand'") == [
        ({"state": "done", "reason": "匯款"},)
    ]


def test_who_only_looks_sees_refunds_and_has_no_button(house: House, sku: int) -> None:
    order = paid(house, sku)
    refund(house.browser("staff"), order, amount="60")
    page = text(house.browser("viewer").get(f"/orders/{order.id}"))
    assert "客人改變主意" in page
    assert "/refund" not in page


def test_discount_coupon_store_invoice_and_note_are_on_page_slip_and_file(house: House, sku: int) -> None:
    order = placed_order(house.db, {sku: 1}, "cod")
    house.run("INSERT INTO coupons (code, kind, value, used) VALUES ('WELCOME', 'amount', 50, 1)")
    house.run(
        "UPDATE orders SET coupon_id = (SELECT id FROM coupons), discount = 50, total = total - 50,"
        " note = '請按門鈴',"
        " delivery_method = 'cvs', store_brand = '全家', store_code = '012345', store_name = '山腳',"
        " address = '全家 山腳門市（012345）', invoice_kind = 'mobile', invoice_value = '/ABC1234'"
    )
    house.run(
        "INSERT INTO coupon_uses (coupon_id, order_id, customer_id, round, reason, used_after, actor)"
        " SELECT coupon_id, id, customer_id, 1, 'used', 1, 'test' FROM orders"
    )
    browser = house.browser("staff")
    shown = ("全家 山腳門市（012345）", "請按門鈴", "超商取貨", "手機條碼載具 /ABC1234")
    page = text(browser.get(f"/orders/{order.id}"))
    for words in (*shown, "WELCOME", "−NT$50", "<option selected>全家</option>"):
        assert words in page, words
    slip = text(browser.get(f"/orders/slips?id={order.id}"))
    for words in (*shown, f"請收 NT${order.total - 50}"):
        assert words in slip, words
    row = text(browser.post("/orders/export/orders.csv"))
    for words in ("全家 山腳門市（012345）", "請按門鈴", "WELCOME", "/ABC1234"):
        assert words in row, words
