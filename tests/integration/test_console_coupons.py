"""Coupons in the console: made and changed by the owner; a used coupon keeps what it promised."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from store import coupons
from store.coupons import Coupon
from store.pricing import Kind
from tests.factories import a_coupon, choose_coupon, fill_cart, line_user, place, scalar, stock_up
from tests.integration.console_house import Browser, House, text


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    house = House(database_url)
    yield house
    house.db.close()


def the_coupon(house: House) -> Coupon:
    coupon_id = int(str(scalar(house.db, "SELECT max(id) FROM coupons")))
    return house.db.transaction(lambda tx: coupons.get(tx, coupon_id))


def create(browser: Browser, **fields: object) -> str:
    data = {"code": "autumn-15", "kind": "percent", "value": "15", "cap": "300", "minimum": "500", **fields}
    response = browser.post("/coupons", data)
    return browser.said(response) if response.status_code == 303 else text(response)


def test_the_owner_makes_a_coupon_good_for_whole_days_in_taiwan(house: House) -> None:
    browser = house.browser("owner")
    said = create(
        browser, starts_at="2026-12-01", ends_at="2026-12-31", uses_limit="100", uses_per_customer="1"
    )
    assert "優惠券 AUTUMN-15 已新增" in said
    coupon = the_coupon(house)
    assert (coupon.kind, coupon.value, coupon.cap, coupon.minimum) == (Kind.PERCENT, 15, 300, 500)
    assert coupon.starts_at == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert coupon.ends_at == datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert (coupon.uses_limit, coupon.uses_per_customer) == (100, 1)
    page = text(house.browser("viewer").get("/coupons"))
    for words in ("AUTUMN-15", "減 15%，最多 NT$300", "2026-12-01 – 2026-12-31", "滿 NT$500"):
        assert words in page, words
    assert "新增優惠券" not in page
    facts = house.run("SELECT after FROM audit_log WHERE action = 'coupon.create'")[0][0]
    assert isinstance(facts, dict)
    assert (facts["code"], facts["value"], facts["starts_at"]) == (
        "AUTUMN-15",
        15,
        "2026-12-01 00:00",
    )


@pytest.mark.parametrize(
    "fields",
    [{"code": "ab"}, {"code": ""}, {"code": "A" * 41}, {"code": "優惠券"}, {"code": "<script>"},
     {"kind": "gift"},
     {"kind": ""}, {"value": ""}, {"value": "0"}, {"value": "100"}, {"value": "-5"}, {"value": "15%"},
     {"cap": "0"},
     {"kind": "amount"}, {"ends_at": "2020-01-01"}, {"starts_at": "2027-01-02", "ends_at": "2027-01-01"},
     {"ends_at": "tomorrow"}, {"ends_at": "9999-12-31"}, {"uses_limit": "0"}, {"uses_limit": "99999999999"},
     {"minimum": "x"}],
)  # fmt: skip
def test_terms_that_cannot_be_are_named_and_no_coupon_is_made(
    house: House, fields: dict[str, object]
) -> None:
    data = {"code": "AUTUMN", "kind": "percent", "value": "15", "cap": "300", **fields}
    response = house.browser("owner").post("/coupons", data)
    assert response.status_code == 422
    assert re.search(r'class="said bad" role="status">[^<]+', text(response))
    assert scalar(house.db, "SELECT count(*) FROM coupons") == 0


def test_two_coupons_never_share_a_code(house: House) -> None:
    browser = house.browser("owner")
    create(browser)
    assert "不能和別的優惠券一樣" in create(browser, code="Autumn-15")


def test_period_limits_and_the_switch_are_changed_and_written_down(house: House) -> None:
    browser = house.browser("owner")
    create(browser)
    coupon = the_coupon(house)
    started = coupon.starts_at
    path = f"/coupons/{coupon.id}"
    today = text(browser.get(path)).split('name="starts_at" type="date" value="')[1][:10]
    last = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
    data = {"starts_at": today, "ends_at": last, "uses_limit": "5", "uses_per_customer": "", "active": "1"}
    assert "已儲存" in browser.said(browser.post(path, data))
    assert the_coupon(house).starts_at == started
    browser.post(path, {**data, "active": ""})
    assert not the_coupon(house).active
    log = house.run("SELECT before, after FROM audit_log WHERE action = 'coupon.edit' ORDER BY id")
    assert log[1] == ({"active": True}, {"active": False})
    assert isinstance(log[0][1], dict)
    assert sorted(log[0][1]) == ["ends_at", "uses_limit"]
    browser.post(path, {**data, "active": ""})
    assert scalar(house.db, "SELECT count(*) FROM audit_log WHERE action = 'coupon.edit'") == 2
    assert "已停用" in text(browser.get(path))


def test_a_used_coupon_shows_its_uses_and_keeps_its_limit_above_them(house: House) -> None:
    coupon = a_coupon(house.db, uses_limit=5)
    user = line_user()
    fill_cart(house.db, user, {stock_up(house.db)[0].id: 1})
    choose_coupon(house.db, user, coupon.code)
    _, order = place(house.db, user, "cod")
    assert order
    browser = house.browser("owner")
    page = text(browser.get(f"/coupons/{coupon.id}"))
    assert f"#{order.code}" in page
    assert "用掉一次" in page
    house.run("UPDATE coupons SET used = 3")
    response = browser.post(f"/coupons/{coupon.id}", {"uses_limit": "2", "active": "1"})
    assert response.status_code == 422
    assert "已經用掉 3 次了" in text(response)
    response = browser.post(f"/coupons/{coupon.id}", {"ends_at": "2020-01-01", "active": "1"})
    assert "結束要比開始晚" in text(response)
    for number in (4711, 2**63):
        assert browser.get(f"/coupons/{number}").status_code == 404
        assert browser.post(f"/coupons/{number}", {"active": "1"}).status_code == 404


def test_only_the_owner_changes_coupons(house: House) -> None:
    a_coupon(house.db)
    for role in ("viewer", "staff"):
        browser = house.browser(role)
        assert browser.post("/coupons", {"code": "X99", "kind": "free_shipping"}).status_code == 403
        assert browser.post("/coupons/1", {"active": ""}).status_code == 403
    assert scalar(house.db, "SELECT active FROM coupons") is True
