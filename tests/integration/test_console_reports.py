"""The reports: sums that agree with the orders, over the days of Taiwan, and as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin import reports
from admin.reports import Report
from store import cases
from store.web import TAIWAN
from tests.factories import fill_cart, line_user, scalar, stock_up
from tests.integration.console_house import House, order_in, text


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    house = House(database_url)
    yield house
    house.db.close()


@pytest.fixture
def sku(house: House) -> int:
    return stock_up(house.db, stock=500, name="高山烏龍")[0].id


def read(house: House, unit: str = "day", last: date = date(2026, 3, 31)) -> Report:
    return house.db.transaction(lambda tx: reports.read(tx, reports.span(unit, last)))


def sold_on(house: House, sku: int, at: str, method: str = "card") -> None:
    order_in(house, sku, "paid", method, paid_at=at)


def test_an_order_counts_on_the_day_of_taiwan_it_was_paid(house: House, sku: int) -> None:
    sold_on(house, sku, "2026-03-30 23:59:59+08")
    sold_on(house, sku, "2026-03-31 00:00:00+08", "atm")
    sold_on(house, sku, "2026-02-28 12:00:00+08")
    order_in(house, sku, "completed", "cod", closed_at="2026-03-31 10:00+08")
    order_in(house, sku, "shipped", "cod")
    order_in(house, sku, "pending")
    order_in(house, sku, "cancelled", closed_at="2026-03-31 10:00+08")
    days = {period.first_day: (period.orders, period.amount) for period in read(house).periods}
    assert len(days) == 30
    assert {day: sums for day, sums in days.items() if sums[0]} == {
        date(2026, 3, 30): (1, 460),
        date(2026, 3, 31): (2, 920),
    }
    assert read(house).methods == (("card", 1, 460), ("atm", 1, 460), ("cod", 1, 460))
    months = read(house, "month").periods
    assert [(period.first_day.month, period.orders) for period in months[-2:]] == [(2, 1), (3, 3)]
    assert read(house, "week").periods[-1] == reports.Period(date(2026, 3, 30), 3, 1380, 0, 0)


def test_days_that_are_over_are_counted_once_and_today_goes_on(house: House, sku: int) -> None:
    today, yesterday = datetime.now(TAIWAN), datetime.now(TAIWAN) - timedelta(days=2)
    for expected in (1, 2, 3):
        sold_on(house, sku, today.isoformat())
        if expected == 1:
            sold_on(house, sku, yesterday.isoformat())
        for unit in ("week", "day", "month", "day"):
            assert read(house, unit, today.date()).orders == expected + 1, unit
    days = house.run("SELECT day, orders FROM report_days WHERE method <> ''")
    assert days == [(yesterday.date(), 1)]
    assert scalar(house.db, "SELECT max(day) FROM report_days") < today.date()  # type: ignore[operator]


def test_refunds_stand_beside_and_are_not_taken_off(house: House, sku: int) -> None:
    sold_on(house, sku, "2026-03-31 09:00+08")
    house.run(
        "INSERT INTO payments (order_id, attempt, provider, method, amount, status, provider_order_no,"
        " callback_key, expires_at) SELECT id, 1, 'sinopac', 'card', 460, 'paid', 'A1', 'k', now()"
        " FROM orders"
    )
    house.run(
        "INSERT INTO money_moves (order_id, payment_id, reference, kind, amount, moved_at, recorded_at)"
        " SELECT order_id, id, 'R1', 'Refund', -60, now(), '2026-03-31 23:00+08' FROM payments"
    )
    report = read(house)
    assert (report.amount, report.orders, report.refunded) == (460, 1, 60)
    assert report.periods[-1].refunds == 1


def test_best_sellers_are_ranked_by_pieces(house: House, sku: int) -> None:
    other = stock_up(house.db, name="紅茶", stock=50)[0].id
    for _ in range(3):
        sold_on(house, sku, "2026-03-20 09:00+08")
    sold_on(house, other, "2026-03-20 09:00+08")
    sold_on(house, other, "2025-03-20 09:00+08")
    assert [(one.name, one.quantity, one.amount) for one in read(house).best] == [
        ("高山烏龍", 3, 1140),
        ("紅茶", 1, 380),
    ]


def test_the_way_from_chat_to_paid_is_counted_by_customer(house: House, sku: int) -> None:
    sold_on(house, sku, "2026-03-31 09:00+08")
    order_in(house, sku, "completed", "cod", closed_at="2026-03-31 10:00+08")
    order_in(house, sku, "pending")
    fill_cart(house.db, line_user(), {sku: 1})
    house.run("INSERT INTO customers (line_user_id) VALUES ('Uonly-talks'), ('Uolder')")
    house.run("UPDATE customers SET created_at = '2026-03-15 09:00+08' WHERE line_user_id <> 'Uolder'")
    found = read(house).conversion
    assert (found.came, found.filled, found.ordered, found.paid) == (5, 4, 3, 2)


def test_cases_of_the_period_are_counted_by_kind(house: House, sku: int) -> None:
    order = order_in(house, sku)
    for number in range(2):
        house.db.transaction(
            lambda tx, number=number: cases.open_case(tx, cases.Kind.BANK_DISAGREES, order.id, f"T{number}")  # type: ignore[misc]
        )
    house.run("UPDATE cases SET opened_at = '2026-03-15 09:00+08'")
    house.run("UPDATE cases SET closed_at = now(), closed_by = 'x', resolution = 'x' WHERE reference = 'T0'")
    assert [tuple(row) for row in read(house).cases] == [("bank_disagrees", 2, 1)]


def test_the_page_and_its_files_say_the_same(house: House, sku: int) -> None:
    house.run("UPDATE products SET name = '=cmd()'")
    sold_on(house, sku, datetime.now(UTC).isoformat())
    browser = house.browser("viewer")
    for unit in ("day", "week", "month"):
        page = text(browser.get(f"/reports?unit={unit}"))
        for words in ("NT$460", "=cmd()", "信用卡", "賣得最好"):
            assert words in page, (unit, words)
        assert "<script" not in page
        response = browser.post("/reports/export/sales.csv", {"unit": unit})
        rows = list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"))))
        assert rows[0] == ["日期", "訂單數", "營業額", "退款筆數", "退款金額"]
        assert rows[-1][1:] == ["1", "460", "0", "0"]
    best = browser.post("/reports/export/best.csv").get_data().decode("utf-8-sig")
    assert "'=cmd()" in best
    for what in ("methods", "cases"):
        assert browser.post(f"/reports/export/{what}.csv").status_code == 200
    assert browser.post("/reports/export/orders.csv").status_code == 404
    assert scalar(house.db, "SELECT count(*) FROM audit_log WHERE action = 'report.export'") == 6


@pytest.mark.parametrize(
    "query",
    ["?unit=year", "?unit=", "?to=0001-01-01", "?to=9999-12-31", "?to=x", "?to=2026-02-30",
    "?to=1999-01-01&unit=month",
     "?unit=<script>", "?to=2000-01-02&unit=month"],
)  # fmt: skip
def test_a_report_that_cannot_be_is_the_usual_one(house: House, query: str) -> None:
    response = house.browser("viewer").get(f"/reports{query}")
    assert response.status_code == 200
    assert "<script" not in response.get_data(as_text=True)


@given(st.sampled_from(sorted(reports.UNITS)), st.dates(date(2001, 1, 1), date(2900, 1, 1)))
def test_periods_follow_each_other_without_gaps_and_hold_the_last_day(unit: str, last: date) -> None:
    span = reports.span(unit, last)
    assert len(span.days) == reports.UNITS[unit]
    assert span.days[0] == span.since.date()
    assert span.days[-1] <= last <= span.last_day
    assert span.since.tzinfo is TAIWAN
    steps = {later - earlier for earlier, later in zip(span.days, span.days[1:], strict=False)}
    assert steps <= {timedelta(days=n) for n in {"day": [1], "week": [7], "month": [28, 29, 30, 31]}[unit]}
