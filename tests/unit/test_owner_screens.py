"""What the shop's owners read, with data of every shape, is something LINE accepts."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from bot.screens import owners
from bot.words import speaking, weekday
from settings import LineSettings, Settings
from store.cases import Kind
from store.owner_news import Day, News
from store.shop import Shop
from tests.unit.test_screens import NAMES, sendable

LANGUAGES = ["zh-TW", "en"]
CODE = "K7XQ2M9P"
SHOP = Shop(Settings("postgresql://x/y", "https://shop.example", "secret", LineSettings(("s",), "t"), None))


def an_order(name: str = "高山烏龍", method: str = "card3", delivery: str = "home") -> SimpleNamespace:
    return SimpleNamespace(
        id=7,
        code=CODE,
        total=2**31 - 1,
        payment_method=method,
        delivery_method=delivery,
        name=name,
        pieces=990,
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [1, 2, 5, 100, 20_000])
def test_new_orders_are_sendable(language: str, name: str, count: int) -> None:
    rows = [an_order(name)] * min(count, 100)
    with speaking(language):
        sendable(owners.orders(SHOP, rows, count, 2**40))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [1, 5, 6, 20_000])
def test_what_runs_low_is_sendable(language: str, name: str, count: int) -> None:
    rows = [SimpleNamespace(name=name, option=name, stock=left % 4) for left in range(min(count, 100))]
    with speaking(language):
        sendable(owners.low_stock(SHOP, rows, count))


@pytest.mark.parametrize("language", LANGUAGES)
def test_cases_with_and_without_an_order_are_sendable(language: str) -> None:
    rows = [
        SimpleNamespace(kind=kind, code=code, total=1_000)
        for kind in (*Kind, "of a newer release")
        for code in (CODE, None)
    ]
    with speaking(language):
        for start in range(len(rows)):
            sendable(owners.cases(SHOP, rows[start:], len(rows) - start))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "numbers", [Day(0, 0, 0, 0, 0), Day(1, 80, 1, 1, 1), Day(10**6, 10**12, 10**6, 9, 9)]
)
def test_a_day_is_sendable(language: str, numbers: Day) -> None:
    with speaking(language):
        sendable(owners.daily(SHOP, date(2026, 11, 23), numbers))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("on", [True, False])
def test_the_switches_are_sendable_and_say_how_they_stand(language: str, on: bool) -> None:
    with speaking(language):
        messages = owners.switches(SHOP, dict.fromkeys(News, on))
        sendable(messages)
    assert (
        messages[0]["altText"].count({"zh-TW": "開關"[not on], "en": " on" if on else " off"}[language]) == 4
    )


def test_one_order_says_how_it_is_paid_and_where_it_goes() -> None:
    [message] = owners.orders(SHOP, [an_order(method="cod", delivery="cvs")], 1, 1)
    assert message["altText"] == f"新訂單 #{CODE}：高山烏龍，共 990 件，NT$2,147,483,647（超商取貨付款）"


def test_a_day_is_named_with_its_weekday() -> None:
    assert weekday(date(2026, 11, 23)) == "11/23（一）"
    with speaking("en"):
        assert weekday(date(2026, 11, 23)) == "Mon 11/23"


@pytest.mark.parametrize(
    ("numbers", "quiet"),
    [(Day(0, 0, 0, 0, 9), True), (Day(1, 0, 0, 0, 0), False), (Day(0, 80, 0, 0, 0), False),
     (Day(0, 0, 1, 0, 0), False), (Day(0, 0, 0, 1, 0), False)],
)  # fmt: skip
def test_a_day_is_quiet_when_nothing_was_sold_and_nothing_waits(numbers: Day, quiet: bool) -> None:
    assert numbers.quiet is quiet
