"""Every screen, with data of every shape, is something LINE accepts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.scenes import details as forms
from bot.screens import cart, catalogue, checkout, confirm, destination, orders, payment, service, theme
from bot.screens.lettering import clean, clusters, fit, name
from bot.screens.privacy import masked_address, masked_name, masked_phone
from bot.words import minutes_until, moment, money, speaking
from dev.line.validate import count_utf16, validate_messages
from settings import LineSettings, Settings
from store.carts import Cart, CartLine, Change
from store.catalogue import Product, Sku
from store.delivery_details import Details
from store.orders import Order, OrderLine
from store.pickup import Store, pickup
from store.pricing import ShippingRule
from store.shop import Shop
from store.text import utf16

Message = dict[str, Any]
NOW = datetime(2026, 11, 23, 15, 59, tzinfo=UTC)
NAMES = [
    "高山烏龍",
    "茶" * 80,
    "👨‍👩‍👧‍👦🇹🇼" * 10,
    "שלום שוקולד مرحبا " * 4,
    "e\u0301" * 40,
    "Z\u0321\u0321\u0321\u0321" * 16,
    "a\nb\t\x07\u202ec",
    "\u200b",
    "{name} %s & <b>",
]
PICTURES = [
    "",
    "a" * 64,
    "https://pictures.example/高山 茶.jpg?x=1&y=é",
    "https://pictures.example/" + "x" * 990,
]
SHIPPING = ShippingRule(80, 1500)
DETAILS = Details("王小明", "0912345678", "台北市信義區信義路五段7號" + "樓" * 90)
PICKUP = pickup("王小明", "0912345678", Store("7-ELEVEN", "131386", "鑫" * 20))


@pytest.fixture
def shop() -> Shop:
    line = LineSettings(secrets=("s",), token="t")
    return Shop(
        Settings("postgresql://x/y", "https://shop.example", "secret", line, None, shop_name="舖" * 60)
    )


def sendable(messages: list[Message]) -> None:
    shown = theme.with_ways_back(messages)
    assert validate_messages(shown) == []
    for message in shown:
        assert message.get("altText", "words") not in ("", "—")
    assert "quickReply" in shown[-1]


def a_sku(number: int, option: str = "75 克", stock: int = 3) -> Sku:
    return Sku(number, f"S{number}", option, 380, 420 if number % 2 else None, stock, True)


def a_line(number: int, name: str = "高山烏龍", quantity: int = 2, stock: int = 9) -> CartLine:
    return CartLine(number, number, name, "規格" * 20, "", quantity, 380, 360 + number % 2 * 20, stock, True)


def an_order(status: str = "pending", method: str = "card") -> Order:
    times = (NOW, NOW + timedelta(minutes=40), None)
    money_ = (380, 80, 460)
    return Order(
        7, "K7XQ2M9P", 1, 3, status, method, *money_, DETAILS.name, DETAILS.phone, DETAILS.address, 1, *times
    )


@pytest.mark.parametrize("count", [1, 2, 13, 100])
@pytest.mark.parametrize("words", NAMES)
@pytest.mark.parametrize("stock", [0, 1, 3, 500])
def test_a_product_with_any_number_of_options(shop: Shop, count: int, words: str, stock: int) -> None:
    skus = tuple(a_sku(number, words[:40], stock) for number in range(count))
    thing = Product(1, words, PICTURES[3], words * 25, 1, words[:40], skus)
    for offset in (0, 48, 96, 500):
        sendable(catalogue.product(shop, thing, offset))
    sendable(catalogue.quantity(thing, skus[0]))
    sendable(catalogue.about(thing))


@pytest.mark.parametrize("count", [0, 1, 10, 11, 30])
@pytest.mark.parametrize("words", NAMES)
def test_a_cart_with_as_many_lines_as_it_takes(count: int, words: str) -> None:
    held = Cart(10**14, "card", tuple(a_line(number, words, 99, 200) for number in range(count)))
    quote = held.quote(SHIPPING)
    sendable(cart.contents(held, quote))
    sendable(confirm.confirm(held, quote, DETAILS, "atm"))
    if count:
        sendable(cart.ask_about_prices(held))
        sendable(cart.added(held.lines[0], 1, Change(3, limited=False), quote))
        sendable(cart.added(held.lines[0], 1, Change(99, limited=True), quote))


@pytest.mark.parametrize("stocks", [(0,), (1,), (0, 0), (0, 1), (1,) * 30])
def test_shortages_of_any_kind(stocks: tuple[int, ...]) -> None:
    lines = tuple(a_line(number, "高山烏龍", 5, stock) for number, stock in enumerate(stocks))
    sendable(cart.short(Cart(1, None, lines)))


def test_one_short_line_offers_exactly_what_is_left() -> None:
    [message] = cart.short(Cart(1, None, (CartLine(1, 1, "高山烏龍", "75 克", "", 3, 380, 380, 2, True),)))
    assert message["altText"] == "高山烏龍 75 克只剩 2 件了，要改成 2 件嗎？"
    assert message["contents"]["footer"]["contents"][0]["action"]["label"] == "改成 2 件"


@pytest.mark.parametrize("total", [0, 460, 30_000, 30_001])
def test_the_ways_to_pay_for_any_total(shop: Shop, total: int) -> None:
    offered = checkout.choices(shop, total)
    sendable(checkout.payment(offered, total))
    possible = {choice.method for choice in offered if not choice.reason}
    assert ("atm" in possible) == (0 < total <= 30_000)
    assert "cod" in possible


def test_a_shop_without_a_way_to_pay_says_so() -> None:
    sendable(checkout.payment([], 460))


def test_details_are_asked_for_with_what_is_known() -> None:
    fields = {"name": "王小明", "address": "號" * 300}
    for way in ("home", "cvs"):
        sendable(destination.ask("https://shop.example/details/x", way, fields, ["電話要是 09 開頭"] * 5))
        sendable(destination.ask("https://shop.example/details/x", way, {}))
        sendable(destination.write_here(way))
    for details in (DETAILS, PICKUP):
        sendable(destination.remembered(details, others=details is DETAILS))
    sendable(destination.kept())


@pytest.mark.parametrize(
    "status",
    ["pending", "paid", "preparing", "shipped", "completed", "cancelled", "expired", "refunding", "refunded"],
)
@pytest.mark.parametrize("method", ["card", "atm", "cod", "linepay"])
def test_an_order_in_every_state(status: str, method: str) -> None:
    order = an_order(status, method)
    lines = [OrderLine(number, "茶" * 80, "規格" * 20, 380, 99) for number in range(30)]
    sendable(orders.detail(order, lines))
    sendable(orders.ask_cancel(order))
    sendable([orders.already_placed(order), *orders.detail(order, lines[:1])])
    for screen in (
        payment.paid,
        payment.revived,
        payment.expired,
        payment.cancelled,
        payment.lapsed,
        payment.slow,
    ):
        sendable(screen(order))
    for told in (payment.late_refund, payment.extra_refund, payment.amount_mismatch):
        sendable(told(order, 123_456))
    sendable(payment.failed(order, "銀" * 500))
    sendable(orders.too_late(order))


@pytest.mark.parametrize("count", [0, 1, 10])
@pytest.mark.parametrize("words", NAMES)
def test_a_list_of_orders(count: int, words: str) -> None:
    listed = [an_order()] * count
    sendable(orders.listed(listed, {7: orders.Contents(words, 99)}, more=True))


def test_screens_without_data(shop: Shop) -> None:
    screens: list[Callable[[], list[Message]]] = [
        catalogue.gone,
        cart.empty,
        cart.full,
        orders.not_yours,
        service.help_,
        service.empty_words,
        lambda: service.welcome(shop),
        lambda: service.home(shop),
        lambda: service.not_words("sticker"),
        lambda: [service.old_card(), *service.home(shop)],
        lambda: [orders.reordered(2), *cart.empty()],
        lambda: cart.sold_out(Product(1, "茶" * 80, "", "", 1, "茶葉", (a_sku(1, "", 0),)), a_sku(1, "", 0)),
        lambda: payment.placed_cod(an_order("preparing", "cod")),
    ]
    for screen in screens:
        sendable(screen())


def test_a_card_order_says_how_long_there_is_and_leads_to_the_bank() -> None:
    [message] = payment.ready_page(an_order(), "https://bank.example/p?a=1", NOW + timedelta(minutes=40), NOW)
    sendable([message])
    assert message["altText"] == "訂單已成立 #K7XQ2M9P。請在 40 分鐘內完成刷卡，商品先替您留著。"
    action = message["contents"]["footer"]["contents"][0]["action"]
    assert (action["type"], action["uri"]) == ("uri", "https://bank.example/p?a=1")


def test_an_atm_order_says_where_how_much_and_until_when() -> None:
    [message] = payment.ready_account(an_order("pending", "atm"), "99922530174617", NOW)
    sendable([message])
    words = "訂單已成立 #K7XQ2M9P。請在 11/23（一）23:59 前轉帳 NT$460 到永豐銀行（807）99922530174617。"
    assert message["altText"] == words
    assert message["contents"]["footer"]["contents"][0]["action"]["clipboardText"] == "99922530174617"


def test_personal_data_are_masked_in_the_chat() -> None:
    assert masked_name("王小明") == "王○明"
    assert masked_name("王明") == "王○"
    assert masked_name("Mary Jones") == "M○○○ J○○○○"
    assert masked_phone("0912345678") == "0912-***-678"
    assert masked_address("台北市信義區信義路五段7號") == "台北市信義區***"


def test_numbers_and_times_are_written_as_people_here_write_them() -> None:
    assert money(1680) == "NT$1,680"
    assert moment(NOW) == "11/23（一）23:59"
    assert minutes_until(NOW + timedelta(seconds=2399), NOW) == 40
    assert minutes_until(NOW, NOW) == 1


def test_a_language_without_a_catalogue_speaks_traditional_chinese() -> None:
    with speaking("xx-YY"):
        assert moment(NOW) == "11/23（一）23:59"


@given(st.text(), st.integers(1, 60))
def test_fitted_words_are_short_enough_and_never_empty(words: str, limit: int) -> None:
    fitted = fit(words, limit)
    assert fitted
    assert count_utf16(fitted) <= limit
    assert not any(0xD800 <= ord(c) < 0xE000 or ord(c) < 32 for c in fitted)


@given(st.text())
def test_clusters_are_the_words_in_pieces(words: str) -> None:
    assert "".join(clusters(words)) == words
    assert utf16(words) == count_utf16(words)


def test_cutting_spares_families_and_flags() -> None:
    assert fit("👨‍👩‍👧‍👦🇹🇼茶", 20) == "👨‍👩‍👧‍👦🇹🇼茶"
    assert fit("👨‍👩‍👧‍👦🇹🇼茶", 13) == "👨‍👩‍👧‍👦…"
    assert fit("🇹🇼🇯🇵", 6) == "🇹🇼…"


def test_names_written_from_right_to_left_stay_apart_from_the_words_around_them() -> None:
    assert name("שלום") == "\u2068שלום\u2069"
    assert clean("a\u202eb") == "ab"


@settings(max_examples=60)
@given(words=st.text(max_size=160), amount=st.integers(0, 9_999_999))
def test_no_words_of_a_product_or_a_customer_break_a_screen(words: str, amount: int) -> None:
    line = CartLine(1, 1, words, words, "", 1, amount, amount, 1, True)
    held = Cart(1, None, (line,))
    quote = held.quote(SHIPPING)
    sendable(cart.contents(held, quote))
    sendable(cart.added(line, 1, Change(1, limited=False), quote))
    sendable(confirm.confirm(held, quote, Details(words or "x", words, words), "card"))
    sendable(payment.failed(an_order(), words))


@given(st.text(max_size=200))
def test_any_typed_text_is_read_for_details_without_an_error(typed: str) -> None:
    for given_ in (forms.labelled(typed), forms.unlabelled(typed)):
        assert set(given_) <= {*forms.HOME, *forms.PICKUP}
