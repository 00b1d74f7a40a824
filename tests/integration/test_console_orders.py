"""The orders in the console: filters, steps, several at once, files, hostile input."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from admin import order_filters
from store.orders import Order
from tests.factories import broken_invariants, placed_order, stock_of, stock_up
from tests.integration.console_house import Browser, House, order_in, text

HOSTILE = "<script>alert('咦')</script>\"'><img src=x onerror=y>{{7*7}}"


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    house = House(database_url)
    yield house
    house.db.close()


@pytest.fixture
def sku(house: House) -> int:
    return stock_up(house.db, stock=500, name="高山烏龍")[0].id


def codes(browser: Browser, query: str = "") -> list[str]:
    page = text(browser.get(f"/orders{query}"))
    return re.findall(r"<strong>#([A-Z0-9]{8})</strong>", page)


def status_of(house: House, order: Order) -> object:
    return house.run("SELECT status FROM orders WHERE id = %s", order.id)[0][0]


def test_orders_are_found_by_every_filter(house: House, sku: int) -> None:
    paid = order_in(house, sku, recipient_name="王小明", phone="0912345678")
    cod = order_in(house, sku, "preparing", "cod", recipient_name="陳怡君", phone="0987654321")
    old = order_in(
        house,
        sku,
        "completed",
        placed_at="2026-01-31 23:59:59+08",
        recipient_name="王大同",
        phone="0911000111",
    )
    browser = house.browser("viewer")
    for query, expected in {
        "": [cod, paid, old],
        "?state=paid": [paid],
        "?state=to_ship": [cod, paid],
        "?state=refunded": [],
        "?method=cod": [cod],
        "?method=card&state=completed": [old],
        "?method=card3": [],
        "?from=2026-01-31&to=2026-01-31": [old],
        "?to=2026-01-30": [],
        "?from=2026-02-01": [cod, paid],
        "?q=" + quote("王"): [paid, old],
        "?q=" + quote("王小明"): [paid],
        "?q=" + quote("小明"): [],
        "?q=0987": [cod],
        "?q=09": [cod, paid, old],
        "?q=091": [],
        "?q=678": [paid],
        "?q=0912-345-678": [paid],
        f"?q=%23{cod.code.lower()}": [cod],
        f"?q={paid.code}": [paid],
        f"?customer={paid.customer_id}": [paid],
        "?q=%25": [],
        "?q=_": [],
        "?q=%5C": [],
    }.items():
        assert codes(browser, query) == [order.code for order in expected], query


def test_filters_that_cannot_be_read_are_named_and_left_out(house: House, sku: int) -> None:
    order = order_in(house, sku)
    browser = house.browser("viewer")
    query = "?state=x&method=y&from=yesterday&to=0001-01-01&customer=-1&before=zzz&q=%00%ED%A0%80"
    page = text(browser.get("/orders" + query))
    assert "state, method, from, to, customer" in page
    assert codes(browser, "?state=x&customer=99999999999999999999") == [order.code]


def test_pages_follow_each_other_without_gaps_or_repeats(house: House, sku: int) -> None:
    made = [order_in(house, sku, placed_at=f"2026-03-0{1 + n % 3} 10:00+08") for n in range(7)]
    seen: list[int] = []
    before = None
    while True:
        rows = house.db.transaction(
            lambda tx, before=before: order_filters.page(tx, order_filters.Filters(), before, 3)  # type: ignore[misc]
        )
        if not rows:
            break
        seen += [row.id for row in rows]
        before = rows[-1].id
    by_time = house.run("SELECT id FROM orders ORDER BY placed_at DESC, id DESC")
    assert seen == [row[0] for row in by_time]
    assert sorted(seen) == sorted(order.id for order in made)


def test_an_order_shows_its_whole_story(house: House, sku: int) -> None:
    order = order_in(house, sku, "paid", "atm")
    browser = house.browser("staff")
    browser.post(f"/orders/{order.id}/note", {"text": "送禮，請附提袋"})
    browser.post(f"/orders/{order.id}/prepare")
    browser.post(f"/orders/{order.id}/ship", {"carrier": "黑貓宅急便", "tracking": "1234-5678-9012"})
    page = text(browser.get(f"/orders/{order.id}"))
    for words in (
        "送禮，請附提袋",
        "開始備貨",
        "已出貨",
        "staff先生",
        "1234-5678-9012",
        "訂單通知 · 已出貨",
        "高山烏龍",
    ):
        assert words in page


def test_a_staff_member_takes_an_order_to_its_end_and_every_step_is_written_down(
    house: House, sku: int
) -> None:
    order = order_in(house, sku)
    browser = house.browser("staff")
    for path, data in (
        ("prepare", {}),
        ("ship", {"carrier": "新竹物流", "tracking": "6600112233"}),
        ("correct", {"carrier": "新竹物流", "tracking": "6600112244"}),
        ("complete", {}),
    ):
        assert browser.post(f"/orders/{order.id}/{path}", dict(data)).status_code == 303
    assert status_of(house, order) == "completed"
    log = house.run(
        "SELECT user_id, action, subject, before, after FROM audit_log WHERE user_id IS NOT NULL ORDER BY id"
    )
    subject = f"order:{order.id}"
    who = house.ids["staff"]
    assert log == [
        (who, "order.prepare", subject, {"code": order.code, "status": "paid"}, {"status": "preparing"}),
        (
            who,
            "order.ship",
            subject,
            {"code": order.code, "status": "preparing"},
            {"status": "shipped", "carrier": "新竹物流", "tracking": "6600112233"},
        ),
        (
            who,
            "order.tracking",
            subject,
            {"carrier": "新竹物流", "tracking": "6600112233"},
            {"carrier": "新竹物流", "tracking": "6600112244"},
        ),
        (who, "order.complete", subject, {"code": order.code, "status": "shipped"}, {"status": "completed"}),
    ]
    actors = house.run("SELECT DISTINCT actor FROM order_events WHERE kind <> 'placed'")
    assert actors == [(f"staff:{who}",)]


def test_a_step_that_is_not_possible_says_why_and_changes_nothing(house: House, sku: int) -> None:
    order = order_in(house, sku, "pending")
    browser = house.browser("staff")
    response = browser.post(f"/orders/{order.id}/ship", {"carrier": "全家", "tracking": "A1234567"})
    assert f"訂單 #{order.code} 現在是「待付款」" in browser.said(response)
    response = browser.post(f"/orders/{order.id}/ship", {"carrier": "全家", "tracking": "?"})
    assert "物流單號是 4 到 40 個" in browser.said(response)
    assert status_of(house, order) == "pending"
    assert house.run("SELECT count(*) FROM audit_log WHERE user_id IS NOT NULL") == [(0,)]
    for path in (
        "/orders/4711/ship",
        "/orders/4711/prepare",
        "/orders/4711/note",
        f"/orders/{2**70}/prepare",
    ):
        data = {"carrier": "全家", "tracking": "A1234567", "text": "x"}
        assert browser.post(path, data).status_code == 404
    assert browser.get("/orders/4711").status_code == 404
    assert browser.get("/orders/slips?id=4711&id=x").status_code == 404


def test_cancelling_returns_the_stock_and_tells_the_customer(house: House) -> None:
    sku = stock_up(house.db, stock=5)[0].id
    order = placed_order(house.db, {sku: 2}, "cod")
    browser = house.browser("staff")
    assert "原因" in browser.said(browser.post(f"/orders/{order.id}/cancel"))
    assert stock_of(house.db, sku) == 3
    browser.post(f"/orders/{order.id}/cancel", {"reason": "客人電話取消"})
    again = browser.post(f"/orders/{order.id}/cancel", {"reason": "x"})
    assert "先前已經取消" in browser.said(again)
    assert stock_of(house.db, sku) == 5
    assert house.run("SELECT count(*) FROM outbox WHERE payload ->> 'what' = 'cancelled'") == [(1,)]
    assert house.run("SELECT before, after FROM audit_log WHERE action = 'order.cancel'") == [
        ({"code": order.code, "status": "preparing"}, {"status": "cancelled", "reason": "客人電話取消"})
    ]
    assert broken_invariants(house.db) == []


def test_a_paid_order_is_not_cancelled(house: House, sku: int) -> None:
    order = order_in(house, sku)
    browser = house.browser("owner")
    assert "不能取消" in browser.said(browser.post(f"/orders/{order.id}/cancel", {"reason": "x"}))
    assert status_of(house, order) == "paid"


def test_several_orders_ship_at_once_and_those_without_a_number_wait(house: House, sku: int) -> None:
    made = [order_in(house, sku) for _ in range(3)]
    done = order_in(house, sku, "completed")
    browser = house.browser("staff")
    ids = [str(order.id) for order in [*made, done]]
    assert "2 張" not in browser.said(browser.post("/orders/prepare", {"id": ids}))
    assert {status_of(house, order) for order in made} == {"preparing"}
    form = text(browser.get("/orders/ship?" + "&".join(f"id={i}" for i in ids)))
    assert done.code not in form
    data = {
        "id": ids,
        "carrier": "黑貓宅急便",
        f"tracking-{ids[0]}": "900000000001",
        f"tracking-{ids[1]}": "900000000002",
    }
    assert "2 張訂單已出貨" in browser.said(browser.post("/orders/ship", data))
    assert [status_of(house, order) for order in made] == ["shipped", "shipped", "preparing"]
    assert house.run("SELECT count(*) FROM audit_log WHERE action = 'order.ship'") == [(2,)]
    assert house.run("SELECT count(*) FROM outbox WHERE payload ->> 'what' = 'shipped'") == [(2,)]


def test_a_wrong_number_among_several_stays_on_the_form_and_holds_up_nobody(house: House, sku: int) -> None:
    good, bad = order_in(house, sku), order_in(house, sku)
    browser = house.browser("staff")
    data = {
        "id": [good.id, bad.id],
        "carrier": "全家",
        f"tracking-{good.id}": "A1234567",
        f"tracking-{bad.id}": "!!",
    }
    response = browser.post("/orders/ship", data)
    page = text(response)
    assert response.status_code == 422
    assert "1 張訂單已出貨" in page
    assert 'value="!!"' in page
    assert "物流單號是 4 到 40 個" in page
    assert [status_of(house, order) for order in (good, bad)] == ["shipped", "paid"]


def test_own_delivery_ships_all_without_numbers(house: House, sku: int) -> None:
    made = [order_in(house, sku) for _ in range(2)]
    browser = house.browser("staff")
    browser.post("/orders/ship", {"id": [order.id for order in made], "carrier": "自行配送"})
    assert {status_of(house, order) for order in made} == {"shipped"}


def test_nothing_ticked_is_said_kindly(house: House) -> None:
    browser = house.browser("staff")
    assert "請先勾選" in browser.said(browser.post("/orders/prepare"))
    assert "請先勾選" in browser.said(browser.get("/orders/ship"))
    assert browser.post("/orders/ship").status_code == 303


def test_hostile_text_is_shown_and_never_run(house: House, sku: int) -> None:
    order = order_in(
        house, sku, "shipped", recipient_name=HOSTILE, phone=HOSTILE, address=HOSTILE, payment_method=HOSTILE
    )
    house.run("UPDATE order_lines SET product_name = %s, option = %s", HOSTILE, HOSTILE)
    house.run("UPDATE skus SET stock = 1")
    house.run("UPDATE products SET name = %s", HOSTILE)
    house.run("UPDATE customers SET display_name = %s", HOSTILE)
    house.run(
        "INSERT INTO shipments (order_id, carrier, tracking) VALUES (%s, %s, %s)", order.id, HOSTILE, HOSTILE
    )
    data = json.dumps({"why": HOSTILE, "what": HOSTILE})
    house.run(
        "INSERT INTO cases (kind, order_id, reference, data) VALUES ('bank_disagrees', %s, %s, %s)",
        order.id, HOSTILE, data,
    )  # fmt: skip
    house.run(
        "UPDATE outbox SET status = 'dead', last_error = %s, outcome = %s, payload = %s",
        HOSTILE,
        HOSTILE,
        data,
    )
    house.run(
        "INSERT INTO inbox (source, event_key, lane, payload, status, last_error)"
        " VALUES ('line', 'k', 'l', '{}', 'dead', %s)",
        HOSTILE,
    )
    house.run("UPDATE staff_users SET name = %s", HOSTILE)
    browser = house.browser("owner")
    browser.post(f"/orders/{order.id}/note", {"text": HOSTILE})
    browser.post(f"/orders/{order.id}/cancel", {"reason": HOSTILE})
    for path in (
        "/", "/orders", f"/orders?q={quote(HOSTILE)}", f"/orders?state={quote(HOSTILE)}",
        f"/orders/{order.id}", f"/orders/slips?id={order.id}", "/audit", "/account", "/account/second-factor",
    ):  # fmt: skip
        response = browser.get(path)
        page = response.get_data(as_text=True)
        assert response.status_code == 200, path
        assert "<script" not in page, path
        assert "<img" not in page, path
        assert "49" not in re.findall(r"y&gt;(\d+)", page), path
    house.run("UPDATE orders SET status = 'paid'")
    page = browser.get(f"/orders/ship?id={order.id}").get_data(as_text=True)
    assert "<script" not in page


def test_huge_bodies_are_refused_before_they_are_read(house: House, sku: int) -> None:
    order = order_in(house, sku)
    browser = house.browser("staff")
    token = browser.token()
    for data in ({"text": "x" * 70_000}, {f"f{n}": "x" for n in range(20_000)}):
        response = browser.client.post(f"/admin/orders/{order.id}/note", data={"_token": token, **data})
        assert response.status_code == 413
        assert "內容太長了" in text(response)
    response = browser.post(f"/orders/{order.id}/note", {"text": "長" * 1001})
    assert response.status_code == 422
    assert "「備註」最多 1000 個字" in text(response)
    assert house.run("SELECT count(*) FROM order_events WHERE kind = 'note'") == [(0,)]


def test_a_packing_slip_says_what_to_pack_and_what_to_collect(house: House, sku: int) -> None:
    cash, card = order_in(house, sku, "preparing", "cod"), order_in(house, sku)
    page = text(house.browser("viewer").get(f"/orders/slips?id={cash.id}&id={card.id}"))
    assert page.count('<article class="slip">') == 2
    assert page.count("貨到付款，請收 NT$460") == 1


def test_english_readers_get_no_chinese_but_the_shops_own_words(house: House, sku: int) -> None:
    order = order_in(house, sku, "shipped", recipient_name="Ann", address="Taipei 1")
    house.run("UPDATE staff_users SET language = 'en', name = 'Ann'")
    house.run("UPDATE order_lines SET product_name = 'Tea', option = ''")
    house.run("UPDATE products SET name = 'Tea'")
    house.run("UPDATE skus SET option = '', stock = 1")
    browser = house.browser("owner")
    for path in (
        "/",
        "/orders",
        f"/orders/{order.id}",
        "/account",
        "/account/second-factor",
        "/audit",
        f"/orders/slips?id={order.id}",
    ):
        page = text(browser.get(path))
        page = page.replace("山腳下小舖", "").replace("繁體中文", "").replace("先生", "")
        for carrier in re.findall(r"<option[^>]*>([^<]*)</option>", page):
            page = page.replace(carrier, "")
        assert re.findall(r"[\u4e00-\u9fff]+", page) == [], path
