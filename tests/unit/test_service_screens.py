"""Screens after the sale, with data of every shape, are something LINE accepts."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.screens import catalogue, orders, policies, reviews, service, wishes
from bot.words import speaking
from settings import PAYMENT_METHODS, LineSettings, Settings
from store.catalogue import Product
from store.orders import OrderLine
from store.reviews import Opinion, Rating, Review
from store.shop import Shop
from tests.unit.test_screens import NAMES, NOW, PICTURES, a_sku, an_order, sendable

CHAT_URL = "https://line.me/R/oaMessage/%40123abcde/?{text}"
LINE = OrderLine(5, "高山烏龍", "75 克", 380, 2)


def a_shop(chat_url: str = CHAT_URL, **more: object) -> Shop:
    line = LineSettings(secrets=("s",), token="t", chat_url=chat_url)
    settings = Settings("postgresql://x/y", "https://shop.example", "secret", line, None)
    return Shop(replace(settings, **more))  # type: ignore[arg-type]


def a_review(stars: int, words: str = "", name: str = "王○○") -> Review:
    return Review(1, 7, 5, 1, stars, words, name, NOW, False)


@pytest.mark.parametrize("language", ["zh-TW", "en"])
@pytest.mark.parametrize("fee", [0, 80])
def test_every_promise_of_the_shop_is_sendable(language: str, fee: int) -> None:
    for methods_ in (PAYMENT_METHODS, PAYMENT_METHODS[:1], ()):
        shop = a_shop(shipping_fee=fee, payment_methods=methods_, shop_name="舖" * 60)
        with speaking(language):
            sendable(policies.faq(shop))
            sendable(policies.privacy(shop))
    with speaking(language):
        sendable(policies.returns())
        sendable(policies.ask_erase(1_800_000_000))
        sendable(policies.erased(0))
        sendable(policies.erased(3))
        sendable(service.with_human())
        sendable(service.with_human("K7XQ2M9P"))
        sendable(service.slow_down())
        sendable(service.welcome_back(a_shop()))
        sendable([service.helper_is_back(), *service.home(a_shop())])


@pytest.mark.parametrize(
    ("ways", "fees", "words"),
    [
        (("home", "cvs"), (80, 60), "宅配每張訂單 NT$80。 超商取貨每張訂單 NT$60。 商品滿 NT$1,500 免運。"),
        (("home",), (80, 60), "宅配每張訂單 NT$80。 商品滿 NT$1,500 免運。"),
        (("cvs",), (80, 60), "超商取貨每張訂單 NT$60。 商品滿 NT$1,500 免運。"),
        (("home", "cvs"), (80, 0), "宅配每張訂單 NT$80。 超商取貨免運費。 商品滿 NT$1,500 免運。"),
        (("home", "cvs"), (0, 60), "宅配免運費。 超商取貨每張訂單 NT$60。 商品滿 NT$1,500 免運。"),
        (("home", "cvs"), (0, 0), "全館免運。"),
    ],
)
def test_what_shipping_costs_is_said_for_every_way_of_this_shop(
    ways: tuple[str, ...], fees: tuple[int, int], words: str
) -> None:
    shop = a_shop(delivery_methods=ways, shipping_fee=fees[0], cvs_shipping_fee=fees[1])
    limits = (
        " 超商取貨可選 7-ELEVEN、全家、萊爾富、OK，一件最多 NT$20,000（含運費）。" if "cvs" in ways else ""
    )
    assert f"運費多少？ {words}{limits} 下單後" in policies.faq(shop)[0]["altText"]


def test_where_everything_is_shipped_free_no_sum_is_named() -> None:
    assert "運費多少？ 全館免運。" in policies.faq(a_shop(free_shipping_from=0))[0]["altText"]


def test_the_returns_page_says_what_the_law_says() -> None:
    words = policies.returns()[0]["altText"]
    assert "7 天" in words
    assert "消費者保護法第 19 條" in words


@pytest.mark.parametrize("who", ["", *NAMES])
@pytest.mark.parametrize("code", ["", "K7XQ2M9P"])
def test_the_shops_people_are_told_who_waits(who: str, code: str) -> None:
    sendable(service.somebody_waits(a_shop(), who, code))


@pytest.mark.parametrize("words", NAMES)
@pytest.mark.parametrize("count", [1, 2, 30, 31])
def test_reviewing_lines_of_any_number_and_name(count: int, words: str) -> None:
    order = an_order("completed")
    lines = [OrderLine(number, words, words[:40], 380, 1) for number in range(count)]
    sendable(reviews.choose(order, lines, {0: a_review(3, words)}))
    sendable(reviews.ask_stars(order, lines[0], a_review(1, words * 9), reviews.author(words)))
    sendable(reviews.ask_stars(order, lines[0], None, reviews.author("")))
    sendable(reviews.thanks_for_stars(order, lines[0], 5, more=True))
    sendable(reviews.ask_words(order, lines[0]))
    sendable(reviews.thanks_for_words(order, lines[0], words, more=False))
    sendable(reviews.words_taken_back(order, more=True))
    sendable(reviews.received(order))
    sendable([reviews.not_yet(order), *orders.detail(order, lines)])


@pytest.mark.parametrize("words", NAMES)
@pytest.mark.parametrize("count", [1, 2, 100])
@pytest.mark.parametrize("stock", [0, 3])
def test_a_rated_product_can_be_shown_wished_for_and_shared(count: int, words: str, stock: int) -> None:
    skus = tuple(a_sku(number, words[:40], stock) for number in range(count))
    thing = Product(1, words, PICTURES[1], words, 1, words[:40], skus)
    opinions = (Opinion(5, words * 5, reviews.author(words), NOW), Opinion(1, "普通", "", NOW))
    sendable(catalogue.product(a_shop(), thing, 0, Rating(1234, 4.3333, opinions)))
    sendable(catalogue.product(a_shop(""), thing, 0, Rating(1, 5.0, ())))
    sendable(catalogue.quantity(thing, skus[0]))
    sendable(wishes.noted(thing, skus[0]))
    sendable(wishes.back_in_stock(a_shop(), thing, skus[0]))
    sendable([wishes.is_here(), *catalogue.quantity(thing, skus[0])])
    sendable(wishes.dropped())


def test_a_rating_is_said_in_stars_and_numbers() -> None:
    summary, latest = reviews.block(Rating(12, 4.25, (Opinion(4, "香", "王○○", NOW),)))
    assert summary["text"] == "★ 4.2（12 則評價）"
    assert [part["text"] for part in latest["contents"]] == ["★★★★☆ 王○○ 2026/11/23", "香"]
    assert reviews.block(None) == []


def test_an_author_is_one_letter_and_no_more() -> None:
    assert reviews.author("王小明") == "王○○"
    assert reviews.author("Mary Jones") == "M○○"
    assert reviews.author("\u202e ") == ""


def test_a_friend_is_sent_the_name_and_a_link_that_types_it() -> None:
    url = wishes.share_url(a_shop(), "高山烏龍")
    assert url.startswith("https://line.me/R/share?text=")
    name, link = unquote(url.split("text=", 1)[1]).split("\n")
    assert name == "高山烏龍"
    assert unquote(link) == "https://line.me/R/oaMessage/@123abcde/?高山烏龍"


def test_a_shop_without_a_link_to_its_chat_offers_no_sharing() -> None:
    assert wishes.share_button(a_shop(""), "高山烏龍") is None


@given(st.text(max_size=200))
def test_a_sharing_link_is_never_longer_than_line_takes(words: str) -> None:
    url = wishes.share_url(a_shop(), words)
    assert len(url) <= 1000
    assert url.isascii()


@pytest.mark.parametrize(
    ("status", "label"), [("shipped", "我收到了"), ("completed", "評價商品"), ("paid", "聯絡店家")]
)
def test_an_order_offers_what_fits_its_state(status: str, label: str) -> None:
    [message] = orders.detail(an_order(status), [LINE])
    labels = [
        part["action"]["label"] for part in message["contents"]["footer"]["contents"] if "action" in part
    ]
    assert label in labels
