"""Every button of every screen, from every state of things, in both languages and shops of every size.

`CRAWL=all` presses every single button, where the short form takes a few of each kind per screen.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import pytest

from bot.conversation import SCENES
from bot.notices import _MONEY, _NEWS, _REFUNDS, _SHIPPED, _WAITING
from store.db import Database
from tests.factories import broken_invariants, line_user
from tests.integration import crawler_rules as rules
from tests.integration.chat import run
from tests.integration.crawler import Crawler, Ground, shop_of
from tests.integration.crawler_starts import (
    ALL_WORDS,
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

CLOSELY = os.environ.get("CRAWL") == "all"
OWNER = "U" + "0" * 32
LANGUAGES = ("zh-TW", "en")


def crawl(
    database_url: str, language: str, products: int, look: Callable[[Customer], None], least: tuple[int, int]
) -> Crawler:
    """Crawl a shop; nothing may be wrong, and so many screens and presses there must be at least."""
    ground = Ground(database_url)
    skus = stock(ground, products or len(ODD))
    crawler = Crawler(ground, shop_of(database_url, (OWNER,)), line_user(), language, OUTSIDE, closely=CLOSELY)
    crawler.receive(crawler.event("follow"))
    run(ground, "UPDATE customers SET language = %s", language)
    look(Customer(crawler, skus))
    ground.close()
    counted = f"{len(crawler.screens)} screens, {crawler.presses} presses, {crawler.starts} starting points"
    print(f"\n{language}, {products} products: {counted}, at most {crawler.deepest} deep")
    assert "\n".join(crawler.problems.values()) == ""
    assert several_headlines(crawler) == {}
    assert (len(crawler.screens), crawler.presses) >= least
    return crawler


def several_headlines(crawler: Crawler) -> dict[str, set[str]]:
    """Texts that stand for a message where it is not seen, and stand for more than one."""
    return {alt: heads for alt, heads in crawler.said_by.items() if len(heads) > 1}


def begin(who: Customer, name: str, state: Callable[[], object], notices: bool = False) -> None:
    """Crawl from one state of things: the main screens and, of an order, all that may be told of it."""
    crawler = who.crawler
    ground: Any = crawler.db
    with ground.undone():
        order = state()
        news = [(what, order, FACTS.get(what, {})) for what in NOTICES] if notices else []
        crawler.start(name, [crawler.typed(word) for word in WORDS], news)


FACTS: dict[str, dict[str, Any]] = {
    "payment_failed": {"reason": "E2700 – 交易失敗"},
    "shipped": {"carrier": "黑貓宅急便", "tracking": "9051-2345-6789"},
    "refunded": {"method": "atm", "amount": 100},
}


@pytest.mark.parametrize("products", [0, 1, 13, 500])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_a_newcomer_can_reach_leads_somewhere(
    database_url: str, language: str, products: int
) -> None:
    def look(who: Customer) -> None:
        crawler = who.crawler
        if not products:
            withdraw(who.db)
        typed = [*ALL_WORDS, *SOUGHT, *[name for name, _, _ in ODD[: products or len(ODD)]]]
        events = [crawler.event("follow", follow={"isUnblocked": again}) for again in (False, True)]
        events += [crawler.event("message", message={"type": kind, "id": "1"}) for kind in KINDS]
        crawler.start("a newcomer", [*events, *map(crawler.tapped, OLD), *map(crawler.typed, typed)])

    crawl(database_url, language, products, look, (20, 100))


@pytest.mark.parametrize("products", [0, 1, 13, 500])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_leads_somewhere_from_a_cart_and_from_every_unfinished_step(
    database_url: str, language: str, products: int
) -> None:
    def look(who: Customer) -> None:
        for name, state in of_cart(who).items():
            begin(who, name, lambda state=state: (state(), products or withdraw(who.db)))  # type: ignore[misc]

    crawl(database_url, language, products, look, (40, 300))


@pytest.mark.parametrize("products", [0, 13])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_leads_somewhere_from_orders_in_every_state_and_from_all_news(
    database_url: str, language: str, products: int
) -> None:
    def look(who: Customer) -> None:
        for name, state in of_orders(who).items():

            def ordered(state: Callable[[], int] = state) -> int:
                order = state()
                if not products:
                    withdraw(who.db)
                return order

            begin(who, name, ordered, notices=True)

    crawl(database_url, language, products, look, (60, 500))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_customer_who_presses_anything_they_ever_saw_is_always_answered(
    database_url: str, language: str, seed: int
) -> None:
    chance = random.Random(seed)

    def look(who: Customer) -> None:
        crawler = who.crawler
        who.known()
        order, seen = who.completed(), [("", crawler.typed(word)) for word in ALL_WORDS]
        for _ in range(1200 if CLOSELY else 250):
            label, event = chance.choice(seen[-40:] if chance.random() < 0.6 else seen)
            way = [f"walk {seed}", label or "typed"]
            answer = crawler.press(way, {**event, "replyToken": "again"})
            if answer and crawler.judge(way, answer):
                seen += list(crawler.buttons(answer))
        assert order
        assert broken_invariants(who.db) == []

    crawl(database_url, language, 13, look, (0, 250))
