"""Every screen the bot can send, on a phone of the chat page: all of it is drawn, and none of it is cut.

`SCREENSHOTS=folder` keeps a picture of each, of carts and orders in every state too, in light and in dark.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

import bot
import dev
from dev.line import Platform, PlatformConfig, create_app
from dev.serve import Server
from tests.factories import line_user
from tests.integration.chat import run
from tests.integration.crawler import Crawler, Ground, shop_of
from tests.integration.crawler_starts import (
    ALL_WORDS,
    KINDS,
    NOTICES,
    OUTSIDE,
    SOUGHT,
    WORDS,
    Customer,
    of_cart,
    of_orders,
    stock,
)
from tests.integration.test_crawler import FACTS

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("SCREENSHOTS")
PHONE = {"width": 390, "height": 3000}
"""As wide as a phone and so high that the longest screen is seen whole."""
WELCOME = Path(bot.__path__[0]) / "static" / "welcome.jpg"
PICTURES = sorted((Path(dev.__path__[0]) / "catalogue").rglob("*.jpg"))
CUT = """async nodes => {
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const within = part => {
        const words = document.createRange();
        words.selectNodeContents(part);
        const [wanted, there] = [words, part].map(each => each.getBoundingClientRect().width);
        return !there || wanted <= there + 0.5;
    };
    const parts = nodes.flatMap(node => [...node.querySelectorAll('.text:not(.text-wrap), .button-label')]);
    return parts.filter(part => !within(part)).map(part => part.textContent);
}"""
"""The words in the last messages that do not fit into their places."""

Json = dict[str, Any]


def screens_of(database_url: str, language: str) -> dict[str, list[Json]]:
    """The screens of a shop of 13 products, each under the way to it."""
    ground = Ground(database_url)
    skus = stock(ground, 13)
    crawler = Crawler(ground, shop_of(database_url), line_user(), language, OUTSIDE, closely=False)
    crawler.receive(crawler.event("follow"))
    run(ground, "UPDATE customers SET language = %s", language)
    who = Customer(crawler, skus)
    events = [crawler.event("follow"), *[crawler.typed(word) for word in (*ALL_WORDS, *SOUGHT, "高山烏龍")]]
    events += [crawler.event("message", message={"type": kind, "id": "1"}) for kind in KINDS]
    crawler.start("a newcomer", events, [("back_in_stock", None, {"sku_id": skus[0]})])
    for name, state in ({**of_cart(who), **of_orders(who)} if SHOTS else {}).items():
        with ground.undone():
            order = state()
            news = [(what, order, FACTS.get(what, {})) for what in NOTICES if isinstance(order, int)]
            crawler.start(name, [crawler.typed(word) for word in WORDS], news)
    ground.close()
    return {way: crawler.seen[screen] for screen, way in crawler.screens.items()}


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform(PlatformConfig(shop_name="山月茶行")) as platform:
        yield platform


@pytest.fixture
def phone(browser: Browser, platform: Platform) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, locale="zh-TW", timezone_id="Asia/Taipei")  # type: ignore[arg-type]
    context.route(re.compile("^https://"), _paint)
    page = context.new_page()
    with Server(create_app(platform)) as server:
        page.goto(server.url)
        yield page
        context.close()


def _paint(route: Route) -> None:
    """The pictures of a shop that is nowhere."""
    url = route.request.url
    picture = PICTURES[hash(url) % len(PICTURES)] if PICTURES and "welcome" not in url else WELCOME
    route.fulfill(path=picture)


@pytest.mark.parametrize("dark", [False, True] if SHOTS else [False])
@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_every_screen_is_drawn_whole_on_a_phone(
    database_url: str, platform: Platform, phone: Page, language: str, dark: bool
) -> None:
    phone.emulate_media(color_scheme="dark" if dark else "light")
    user = next(iter(platform.world.users))
    cut: dict[str, str] = {}
    for number, (way, messages) in enumerate(screens_of(database_url, language).items()):
        with platform.world.lock:
            chat = platform.world.chat(user)
            for message in messages:
                chat.add_from_bot(message, via_push=False)
            last = chat.seq
        expect(phone.locator(f'[data-seq="{last}"]')).to_be_visible()
        expect(phone.get_by_test_id("error")).to_have_count(0)
        shown = phone.locator(",".join(f'[data-seq="{last - back}"]' for back in range(len(messages))))
        cut |= {words: way for words in shown.evaluate_all(CUT) if "◇" not in OUTSIDE.without(words)}
        if SHOTS:
            _shoot(phone, Path(SHOTS) / f"{language}{'-dark' if dark else ''}", number, way)
    assert cut == {}


def _shoot(phone: Page, folder: Path, number: int, way: str) -> None:
    """Keep a picture of what came last, and clear the chat for what comes next."""
    folder.mkdir(parents=True, exist_ok=True)
    phone.wait_for_function("[...document.images].every(image => image.complete)")
    height = phone.locator(".phone-active .messages").evaluate("list => list.scrollHeight")
    phone.set_viewport_size({"width": PHONE["width"], "height": min(height + 340, PHONE["height"])})
    phone.screenshot(path=folder / f"{number:03}-{re.sub(r'[^a-z0-9一-龥]+', '-', way)[-80:]}.png")
    phone.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    phone.evaluate("document.querySelector('.phone-active .messages').replaceChildren()")
