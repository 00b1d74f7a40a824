"""Customers in the console: found, talked to, forgotten; what they say of the goods, hidden with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from store import customers, handoff, reviews
from store.customers import Customer
from tests.factories import fill_cart, line_user, place, placed_order, scalar, stock_up
from tests.integration.console_house import House, order_in, text


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    house = House(database_url)
    yield house
    house.db.close()


def somebody(house: House, name: str = "王小明", phone: str = "0912345678") -> int:
    user = line_user()
    customer_id = house.db.transaction(lambda tx: customers.meet(tx, user)).id
    house.run(
        "UPDATE customers SET display_name = %s, recipient_name = %s, phone = %s, address = '台北市一路1號'"
        " WHERE id = %s",
        name, name, phone, customer_id,
    )  # fmt: skip
    return customer_id


def waiting(house: House, words: str = "你們幾點開門？") -> int:
    customer_id = somebody(house)

    def ask(customer: Customer) -> None:
        house.db.transaction(lambda tx: handoff.begin(tx, customers.find(tx, customer.id)))
        house.db.transaction(lambda tx: handoff.heard(tx, customers.find(tx, customer.id), "text", words))

    ask(house.db.transaction(lambda tx: customers.find(tx, customer_id)))
    return customer_id


def test_customers_are_found_by_the_beginning_of_name_or_number(house: House) -> None:
    somebody(house, "王小明", "0912345678")
    somebody(house, "王大同", "0987654321")
    somebody(house, "陳%", "0911000111")
    browser = house.browser("viewer")
    for query, names in {
        "": ["陳%", "王大同", "王小明"],
        "?q=王": ["王大同", "王小明"],
        "?q=小明": [],
        "?q=0912-345": ["王小明"],
        "?q=%25": [],
        "?q=陳%25": ["陳%"],
        "?q=';--": [],
        "?before=x": ["陳%", "王大同", "王小明"],
        "?before=2": ["王小明"],
    }.items():
        page = text(browser.get(f"/customers{query}"))
        assert re.findall(r"<strong>([^<]+)</strong>", page) == names, query


def test_a_customer_shows_orders_and_nothing_of_line(house: House) -> None:
    sku = stock_up(house.db)[0].id
    user = line_user()
    fill_cart(house.db, user, {sku: 1})
    _, order = place(house.db, user, "cod")
    assert order
    page = text(house.browser("viewer").get(f"/customers/{order.customer_id}"))
    assert f"#{order.code}" in page
    assert user not in page
    assert house.browser("viewer").get("/customers/4711").status_code == 404
    assert house.browser("viewer").get(f"/customers/{2**63}/talk").status_code == 404


def test_who_waits_for_a_human_is_answered_by_line(house: House) -> None:
    customer_id = waiting(house)
    browser = house.browser("staff")
    assert f"/admin/customers/{customer_id}/talk" in text(browser.get("/"))
    assert "你們幾點開門？" in text(browser.get(f"/customers/{customer_id}/talk"))
    assert "已送出" in browser.said(browser.post(f"/customers/{customer_id}/talk", {"text": "十點喔"}))
    assert house.run("SELECT direction, body, actor FROM messages ORDER BY id DESC LIMIT 1") == [
        ("out", "十點喔", f"staff:{house.ids['staff']}")
    ]
    assert scalar(
        house.db, "SELECT payload #>> '{messages,0,text}' FROM outbox WHERE kind = 'line.message'"
    ) == ("十點喔")
    assert scalar(house.db, "SELECT count(*) FROM cases WHERE closed_at IS NULL") == 0
    log = house.run("SELECT action, subject, after::text FROM audit_log WHERE user_id IS NOT NULL")
    assert [row[:2] for row in log] == [("customer.reply", f"customer:{customer_id}")]
    assert "十點" not in str(log)
    assert "十點喔" in text(browser.get(f"/customers/{customer_id}/talk"))


def test_after_an_answer_the_bot_is_quiet_so_that_the_customer_can_answer_back(house: House) -> None:
    customer_id = waiting(house)
    house.run("UPDATE customers SET human_until = NULL")
    browser = house.browser("staff")
    path = f"/customers/{customer_id}/talk"
    assert "會安靜一小時" in text(browser.get(path))
    browser.post(path, {"text": "可以退，請寄回來"})
    assert scalar(house.db, "SELECT human_until > now() + interval '59 minutes' FROM customers")
    assert "會安靜一小時" not in text(browser.get(path))


@pytest.mark.parametrize(
    ("words", "status"), [("", 303), (" \n", 303), ("長" * 2001, 303), ("長" * 4001, 422)]
)
def test_an_answer_of_no_words_or_too_many_is_not_sent(house: House, words: str, status: int) -> None:
    customer_id = waiting(house)
    response = house.browser("staff").post(f"/customers/{customer_id}/talk", {"text": words})
    assert response.status_code == status
    assert scalar(house.db, "SELECT count(*) FROM outbox WHERE kind = 'line.message'") == 0
    assert house.browser("staff").post("/customers/4711/talk", {"text": "x"}).status_code == 404


def test_the_bot_is_sent_away_and_called_back(house: House) -> None:
    customer_id = somebody(house)
    browser = house.browser("staff")
    path = f"/customers/{customer_id}/talk"
    for step, talks in (("begin", True), ("begin", True), ("end", None), ("end", None)):
        browser.post(f"{path}/{step}")
        assert scalar(house.db, "SELECT human_until > now() FROM customers") is talks
    assert house.run("SELECT after FROM audit_log WHERE action = 'customer.handoff' ORDER BY id") == [
        ({"with_human": True},),
        ({"with_human": False},),
    ]


def test_messages_that_were_taken_back_or_hold_no_words_are_named(house: House) -> None:
    customer_id = waiting(house, "<script>alert(1)</script>")
    house.db.transaction(lambda tx: handoff.heard(tx, customers.find(tx, customer_id), "image"))
    house.db.transaction(
        lambda tx: handoff.heard(tx, customers.find(tx, customer_id), "text", "secret", "m9")
    )
    user = str(scalar(house.db, "SELECT line_user_id FROM customers"))
    house.db.transaction(lambda tx: handoff.unsend(tx, user, "m9"))
    response = house.browser("viewer").get(f"/customers/{customer_id}/talk")
    assert b"<script" not in response.data
    page = text(response)
    assert "收回了這則訊息" in page
    assert "（圖片，" in page
    assert "secret" not in page
    assert "送出" not in page


def test_the_owner_erases_a_customer_who_asked_and_nothing_is_left(house: House) -> None:
    customer_id = waiting(house)
    browser = house.browser("owner")
    path = f"/customers/{customer_id}/erase"
    assert "請先勾選" in browser.said(browser.post(path))
    assert scalar(house.db, "SELECT display_name FROM customers") == "王小明"
    assert "個人資料已刪除" in browser.said(browser.post(path, {"sure": "1"}))
    assert house.run("SELECT display_name, recipient_name, phone, address FROM customers") == [
        ("", "", "", "")
    ]
    assert scalar(house.db, "SELECT count(*) FROM messages") == 0
    log = house.run("SELECT subject, before, after FROM audit_log WHERE action = 'customer.erase'")
    assert log == [(f"customer:{customer_id}", None, {"orders_under_way": 0, "tie_cut": True})]
    assert "王小明" not in text(browser.get(f"/customers/{customer_id}"))
    assert house.browser("staff").post(path, {"sure": "1"}).status_code == 403
    assert browser.post("/customers/4711/erase", {"sure": "1"}).status_code == 404


def test_orders_under_way_are_told_of_after_an_erasure(house: House) -> None:
    order = placed_order(house.db, {stock_up(house.db)[0].id: 1}, "cod")
    browser = house.browser("owner")
    response = browser.post(f"/customers/{order.customer_id}/erase", {"sure": "1"})
    assert "還有 1 張訂單在進行" in browser.said(response)


def reviewed(house: House, words: str = "很香") -> int:
    sku = stock_up(house.db, name="高山烏龍")[0].id
    order = order_in(house, sku, "completed", "cod")
    customer = house.db.transaction(lambda tx: customers.find(tx, order.customer_id))
    house.db.transaction(lambda tx: reviews.rate(tx, customer, order.id, sku, 2, "王○○"))
    house.db.transaction(lambda tx: reviews.say(tx, customer, order.id, sku, words))
    return int(str(scalar(house.db, "SELECT max(id) FROM reviews")))


def rating(house: House) -> reviews.Rating | None:
    return house.db.transaction(lambda tx: reviews.of_product(tx, 1))


def test_a_review_is_hidden_with_a_reason_and_shown_again(house: House) -> None:
    review_id = reviewed(house)
    browser = house.browser("staff")
    assert "很香" in text(browser.get("/reviews"))
    assert "請寫下為什麼隱藏" in browser.said(browser.post(f"/reviews/{review_id}/hide", {"reason": " "}))
    assert rating(house)
    browser.post(f"/reviews/{review_id}/hide", {"reason": "有電話號碼"})
    assert rating(house) is None
    page = text(browser.get("/reviews"))
    assert "有電話號碼" in page
    assert "很香" in page
    browser.post(f"/reviews/{review_id}/hide", {"reason": "又一次"})
    assert scalar(house.db, "SELECT hidden_reason FROM reviews") == "有電話號碼"
    browser.post(f"/reviews/{review_id}/show")
    assert rating(house)
    assert house.run("SELECT action, before, after FROM audit_log WHERE user_id IS NOT NULL ORDER BY id") == [
        ("review.hide", {"hidden": False, "reason": ""}, {"hidden": True, "reason": "有電話號碼"}),
        ("review.show", {"hidden": True, "reason": "有電話號碼"}, {"hidden": False, "reason": ""}),
    ]
    for number in (4711, 2**63):
        assert browser.post(f"/reviews/{number}/hide", {"reason": "x"}).status_code == 404


def test_hostile_words_of_a_review_are_shown_and_never_run(house: House) -> None:
    review_id = reviewed(house, "<script>alert(1)</script>")
    browser = house.browser("staff")
    browser.post(f"/reviews/{review_id}/hide", {"reason": "<img src=x onerror=y>"})
    page = browser.get("/reviews").get_data(as_text=True)
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script" in page
