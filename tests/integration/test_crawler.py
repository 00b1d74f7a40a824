"""Every button of every screen, from every state of things, in both languages and shops of every size.

`CRAWL=all` presses every single button, where the short form takes a few of each kind per screen.
"""

from __future__ import annotations

import functools
import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.conversation import SCENES
from bot.notices import _BACK, _MONEY, _NEWS, _REFUNDS, _SHIPPED, _WAITING
from bot.screens import theme
from tests.factories import broken_invariants, line_user
from tests.integration.chat import run
from tests.integration.crawler import Crawler, Ground, shop_of
from tests.integration.crawler_starts import (
    ALL_WORDS,
    BANKS_WORDS,
    KINDS,
    NOTICES,
    ODD,
    OLD,
    OUTSIDE,
    SOUGHT,
    WORDS,
    Customer,
    of_cart,
    of_orders,
    stock,
    withdraw,
)

Tell = Callable[[dict[str, object]], None]
CLOSELY = os.environ.get("CRAWL") == "all"
OWNER = "U" + "0" * 32
LANGUAGES = ("zh-TW", "en")
EVERY = [(language, products) for language in LANGUAGES for products in (0, 1, 13, 500)]
SHORT_OF_CARTS = [("zh-TW", 0), ("zh-TW", 1), ("zh-TW", 13), ("en", 13)]
SHORT_OF_ORDERS = [("zh-TW", 0), ("zh-TW", 13), ("en", 13)]


def a_crawler(database_url: str, language: str, products: int) -> Customer:
    """Somebody who has just become a friend of a shop; a shop without products has sold some before."""
    ground = Ground(database_url)
    skus = stock(ground, products or len(ODD))
    shop = shop_of(database_url, (OWNER,))
    crawler = Crawler(ground, shop, line_user(), language, OUTSIDE, closely=CLOSELY)
    crawler.receive(crawler.event("follow"))
    run(ground, "UPDATE customers SET language = %s", language)
    return Customer(crawler, skus)


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Iterator[Tell]:
    """Tells the summary of the run of a crawl; nothing may have gone wrong in its log."""
    with capture_logs() as logged:
        yield functools.partial(record_property, "crawl")
    assert [entry for entry in logged if entry["log_level"] in ("error", "critical")] == []


def finish(who: Customer, products: int, screens: int, presses: int, tell: Tell) -> None:
    """Say how far it went, and that nothing was wrong; so much there must be at least."""
    crawler = who.crawler
    crawler.db.close()
    name = f"{crawler.language}, {products} products, at most {crawler.deepest} deep"
    tell({"of": name, "screens": len(crawler.screens), "presses": crawler.presses, "starts": crawler.starts})
    assert "\n".join(crawler.problems.values()) == ""
    assert several_headlines(crawler) == {}
    assert len(crawler.screens) >= screens
    assert crawler.presses >= presses


def several_headlines(crawler: Crawler) -> dict[str, set[str]]:
    """Texts that stand for a message where it is not seen, and stand for more than one."""
    by_alt = {alt: {head.removesuffix("…") for head in heads} for alt, heads in crawler.said_by.items()}
    return {alt: heads for alt, heads in by_alt.items() if len(heads) > 1}


def begin(
    who: Customer, name: str, state: Callable[[], object], products: int, *, notices: bool = False
) -> None:
    """Crawl from one state of things: the main screens and, of an order, all that may be told of it."""
    crawler = who.crawler
    with crawler.db.undone():
        order = state()
        if not products:
            withdraw(who.db)
        news = [(what, order, FACTS.get(what, {})) for what in NOTICES] if notices else []
        crawler.start(name, [crawler.typed(word) for word in WORDS], news, afresh=not notices)


FACTS: dict[str, dict[str, Any]] = {
    "payment_failed": {"reason": BANKS_WORDS},
    "shipped": {"carrier": "黑貓宅急便", "tracking": "9051-2345-6789"},
    "refunded": {"method": "atm", "amount": 100},
}


@pytest.mark.parametrize(("language", "products"), EVERY)
def test_every_button_a_newcomer_can_reach_leads_somewhere(
    database_url: str, language: str, products: int, tell: Tell
) -> None:
    who = a_crawler(database_url, language, products)
    crawler = who.crawler
    if not products:
        withdraw(who.db)
    typed = [*ALL_WORDS, *SOUGHT, *[name for name, _, _ in ODD[: products or len(ODD)]]]
    events = [crawler.event("follow", follow={"isUnblocked": again}) for again in (False, True)]
    events += [crawler.event("message", message={"type": kind, "id": "1"}) for kind in KINDS]
    events += [*crawler.menu(), *map(crawler.tapped, OLD), *map(crawler.typed, typed)]
    crawler.start("a newcomer", events, [("back_in_stock", None, {"sku_id": who.skus[0]})])
    finish(who, products, *((120, 900) if products else (30, 200)), tell)


@pytest.mark.parametrize(("language", "products"), EVERY if CLOSELY else SHORT_OF_CARTS)
def test_every_button_leads_somewhere_from_a_cart_and_from_every_unfinished_step(
    database_url: str, language: str, products: int, tell: Tell
) -> None:
    who = a_crawler(database_url, language, products)
    for name, state in of_cart(who).items():
        begin(who, name, state, products)
    finish(who, products, *((100, 800) if products else (25, 200)), tell)


@pytest.mark.parametrize(("language", "products"), EVERY if CLOSELY else SHORT_OF_ORDERS)
def test_every_button_leads_somewhere_from_orders_in_every_state_and_from_all_news(
    database_url: str, language: str, products: int, tell: Tell
) -> None:
    who = a_crawler(database_url, language, products)
    if products:
        with who.crawler.db.undone():
            of_cart(who)["a cart and addresses"]()
            who.crawler.start("a cart and addresses", list(who.crawler.menu()), afresh=True)
        begin(who, "a cart that has changed", of_cart(who)["a cart that has changed"], products)
    for name, state in of_orders(who).items():
        begin(who, name, state, products, notices=True)
    with who.crawler.db.undone():
        who.crawler.shop.owners = (who.crawler.user,)
        events = [who.crawler.typed("店家通知"), who.crawler.tapped("v=1&a=notices")]
        who.crawler.start("an owner of the shop", events, afresh=True)
    finish(who, products, *((170, 1500) if products else (70, 600)), tell)
    assert not products or who.crawler.met >= set(SCENES)


@pytest.mark.parametrize("seed", range(8 if CLOSELY else 1))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_customer_who_presses_anything_they_ever_saw_is_always_answered(
    database_url: str, language: str, seed: int, tell: Tell
) -> None:
    chance, who = random.Random(seed), a_crawler(database_url, language, 13)
    crawler = who.crawler
    who.known()
    who.completed()
    seen = [("typed", crawler.typed(word)) for word in ALL_WORDS]
    for _ in range(1200 if CLOSELY else 250):
        label, event = chance.choice(seen[-40:] if chance.random() < 0.6 else seen)
        way = [f"walk {seed}", label]
        answer = crawler.press(way, event)
        if answer and crawler.judge(way, answer):
            seen += list(crawler.buttons(answer))
    assert broken_invariants(who.db) == []
    finish(who, 13, 0, 250, tell)


def test_all_the_news_there_is_was_told() -> None:
    assert {*NOTICES, "back_in_stock"} == {*_NEWS, *_WAITING, *_MONEY, *_REFUNDS, _SHIPPED, _BACK}


@pytest.mark.parametrize(
    ("scene", "complaint"),
    [
        (lambda talk, action: None, "there is no answer"),
        (lambda talk, action: 1 // 0, "ZeroDivisionError"),
        (lambda talk, action: [theme.said("好")], "there is no button"),
        (lambda talk, action: [theme.card("說明", theme.button("去", "v=1&a=nowhere"))], "leads nowhere"),
        (lambda talk, action: [theme.card("Hi {name}", *theme.home_buttons())], "has a hole"),
        (lambda talk, action: [theme.card("說明", *theme.home_buttons())], "is Chinese: '說明'"),
        (lambda talk, action: [theme.card("Hi", *theme.home_buttons(), alt="Flex message")], "says nothing"),
        (lambda talk, action: [theme.card("Hi", theme.link_button("Go", "http://a.tw"))], "not https"),
        (lambda talk, action: [theme.flex("x" * 99, theme.bubble([theme.said("")]))], "May not be empty"),
    ],
)
def test_what_is_wrong_is_noticed(
    database_url: str, monkeypatch: pytest.MonkeyPatch, scene: Callable[[Any, Any], Any], complaint: str
) -> None:
    who = a_crawler(database_url, "en", 1)
    monkeypatch.setitem(SCENES, "faq", scene)
    who.crawler.start("here", [who.crawler.tapped("v=1&a=faq")])
    who.db.close()
    assert complaint in "\n".join(who.crawler.problems.values())
