"""The files of orders: what they hold, all of it, and nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest

from tests.factories import stock_up
from tests.integration.console_house import Browser, House, order_in


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    house = House(database_url)
    yield house
    house.db.close()


@pytest.fixture
def sku(house: House) -> int:
    return stock_up(house.db, stock=500, name="高山烏龍")[0].id


def rows_of(browser: Browser, what: str, **filters: object) -> list[list[str]]:
    response = browser.post(f"/orders/export/{what}.csv", filters)
    assert response.status_code == 200
    assert response.data.startswith(b"\xef\xbb\xbf")
    assert response.headers["Content-Disposition"].startswith(f"attachment; filename={what}-")
    return list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"))))


def test_the_file_of_orders_holds_what_the_filters_say(house: House, sku: int) -> None:
    order = order_in(house, sku, recipient_name="王小明", placed_at="2026-05-01 08:30+08")
    order_in(house, sku, "cancelled")
    browser = house.browser("staff")
    rows = rows_of(browser, "orders", state="paid")
    assert rows[0][:4] == ["訂單編號", "下單時間", "狀態", "付款方式"]
    assert rows[1:] == [
        [
            f"#{order.code}", "2026-05-01 08:30:00", "已付款", "信用卡", "380", "0", "",
            "80", "460", "0", "王小明", "0912-345-678", "宅配", "台北市信義區信義路五段7號", "", "", "", "",
            "紙本發票（二聯）", "", "", "",
        ]
    ]  # fmt: skip
    lines = rows_of(browser, "lines", state="paid")
    assert len(lines) == 2
    assert lines[1][4:] == ["高山烏龍", "75 克", "380", "1", "380"]
    assert (
        house.run("SELECT after FROM audit_log WHERE action = 'orders.export'") == [({"state": "paid"},)] * 2
    )
    assert browser.post("/orders/export/customers.csv").status_code == 404


def test_a_file_is_complete_beyond_one_batch(house: House, sku: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("admin.export.BATCH", 2)
    made = {order_in(house, sku).code for _ in range(5)}
    rows = rows_of(house.browser("staff"), "orders")
    assert {row[0].lstrip("#") for row in rows[1:]} == made
    assert len(rows) == 6


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "＝", "＋", "－", "＠", "\n@"])
def test_no_cell_of_a_file_is_a_formula(house: House, sku: int, start: str) -> None:
    words = start + 'HYPERLINK("http://evil.example","x")'
    order_in(house, sku, recipient_name=words, address=words)
    house.run("UPDATE order_lines SET product_name = %s, option = %s", words, words)
    browser = house.browser("staff")
    for cell in rows_of(browser, "orders")[1] + rows_of(browser, "lines")[1]:
        assert not re.match(r"\s*[=+\-@＝＋－＠]", cell), cell
