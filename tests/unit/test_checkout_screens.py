"""The screens of a wider checkout, with data of every shape, are something LINE accepts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.faults import invoice_sentence, sentence
from bot.screens import (
    cart,
    checkout,
    confirm,
    coupons,
    destination,
    extras,
    orders,
    parcels,
    payment,
    receipts,
)
from settings import PAYMENT_METHODS, LineSettings, Settings
from store import delivery_details, invoices, pickup
from store.addresses import Address
from store.carts import Cart
from store.coupons import Chosen, Coupon, Reason, Refusal
from store.fulfilment import CARRIERS, Shipment
from store.invoices import PAPER, Invoice, Kind
from store.orders import OrderLine
from store.pricing import Kind as CouponKind
from store.pricing import ShippingRule
from store.shop import Shop
from tests.unit.test_screens import DETAILS, NAMES, NOW, PICKUP, SHIPPING, a_line, an_order, sendable

INVOICES = [
    PAPER,
    Invoice(Kind.MOBILE, "/ABC+123"),
    Invoice(Kind.CITIZEN, "AB12345678901234"),
    Invoice(Kind.DONATION, "919"),
    Invoice(Kind.COMPANY, "04595257", "抬" * 60),
]
STATES = [
    "pending", "paid", "preparing", "shipped", "completed", "cancelled", "expired", "refunding", "refunded",
]  # fmt: skip


@pytest.fixture
def shop() -> Shop:
    line = LineSettings(secrets=("s",), token="t")
    return Shop(
        Settings(
            "postgresql://x/y", "https://shop.example", "secret", line, None,
            payment_methods=PAYMENT_METHODS, card_instalments=(3, 6, 12),
        )
    )  # fmt: skip


def a_coupon(kind: CouponKind = CouponKind.AMOUNT, value: int = 100, **terms: object) -> Coupon:
    facts = {"code": "WELCOME-2026-SPRINGS", "kind": kind, "value": value, "id": 1, "used": 0, "active": True}
    return Coupon(**{**facts, **terms})  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1, 10, 11, 30])
@pytest.mark.parametrize("words", NAMES)
def test_a_cart_with_lines_that_are_kept_sold_out_and_withdrawn(count: int, words: str) -> None:
    lines = tuple(
        replace(a_line(n, words, 99, n % 3 * 60), selected=n % 2 == 0, active=n % 5 > 0) for n in range(count)
    )
    held = Cart(10**14, "card", lines)
    sendable(cart.contents(held, held.quote(SHIPPING)))
    sendable([cart.removed(held, lines[0]), *cart.contents(held, held.quote(SHIPPING))])
    none = Cart(1, None, tuple(replace(line, selected=False) for line in lines))
    sendable(cart.contents(none, none.quote(SHIPPING)))
    sendable(cart.short(held))
    sendable([cart.not_put_back(), *cart.empty()])


@pytest.mark.parametrize("invoice", INVOICES)
@pytest.mark.parametrize("details", [DETAILS, PICKUP])
@pytest.mark.parametrize("note", ["", "備" * 100, "👨‍👩‍👧‍👦" * 20])
def test_a_confirmation_with_everything(
    invoice: Invoice, details: delivery_details.Details, note: str
) -> None:
    coupon = Chosen(a_coupon(CouponKind.PERCENT, 10), 0, NOW)
    lines = tuple(replace(a_line(n, NAMES[2], 99, 200), selected=n > 0) for n in range(30))
    held = Cart(10**14, "card", lines, coupon, details.delivery, note, invoice)
    quote = held.quote(ShippingRule(60, 10**6))
    assert quote.discount
    for method in ("card", "card12", "cod"):
        sendable(confirm.confirm(held, quote, details, method))


def test_a_confirmation_is_named_by_everything_but_the_price() -> None:
    held = Cart(1, "card", (a_line(1),))
    others = [replace(held, note="x"), replace(held, invoice=INVOICES[1])]
    names = {confirm.terms_version(one, DETAILS) for one in (held, *others)}
    names.add(confirm.terms_version(replace(held, delivery="cvs"), PICKUP))
    assert len(names) == 4


@pytest.mark.parametrize("total", [1, 460, 20_001, 30_001])
@pytest.mark.parametrize("delivery", ["home", "cvs"])
def test_every_payment_method_can_be_offered(shop: Shop, total: int, delivery: str) -> None:
    offered = checkout.choices(shop, total, delivery)
    assert len({choice.name for choice in offered}) == len(offered) == len(PAYMENT_METHODS) + 3
    sendable(checkout.payment(offered, total))
    sendable(payment.other_methods(an_order(), offered))
    sendable(payment.other_methods(an_order(), []))


@pytest.mark.parametrize("fee", [0, 60])
@pytest.mark.parametrize("subtotal", [1, 19_990])
def test_the_ways_of_delivery_and_what_is_too_dear_for_one(fee: int, subtotal: int) -> None:
    quote = Cart(1, None, (replace(a_line(1, quantity=1), price=subtotal),)).quote(ShippingRule(fee, 10**6))
    offers = [destination.offer(way, quote) for way in ("home", "cvs")]
    assert offers[0].possible
    assert offers[1].possible == (subtotal + fee <= pickup.LIMIT)
    sendable(destination.ways(subtotal, offers))
    for home in (True, False):
        sendable(destination.too_dear_for_pickup(home=home))


@pytest.mark.parametrize("count", [0, 1, 8])
def test_addresses_that_are_remembered(count: int) -> None:
    kept = [Address(n, PICKUP if n % 2 else DETAILS) for n in range(count)]
    sendable([destination.forgotten(), *destination.listed(kept)])


@pytest.mark.parametrize("reason", list(Reason))
def test_every_refusal_of_a_coupon_has_words_and_a_next_step(reason: Reason) -> None:
    coupon = a_coupon(minimum=1000, uses_per_customer=1, starts_at=NOW, ends_at=NOW + timedelta(days=1))
    refusal = Refusal(reason, None if reason is Reason.UNKNOWN else coupon, 240)
    words = coupons.refusal_words(refusal, "👨‍👩‍👧‍👦" * 30)
    assert "{" not in words
    assert words != coupons.gone_words()
    sendable(coupons.refused(refusal, "👨‍👩‍👧‍👦" * 30))
    if refusal.coupon:
        chosen = Chosen(replace(coupon, active=False), 0, NOW)
        held = Cart(1, None, (a_line(1),), chosen)
        sendable(cart.contents(held, held.quote(SHIPPING)))
        sendable(coupons.ask(held))


@pytest.mark.parametrize(
    ("coupon", "said"),
    [
        (a_coupon(), "折抵 NT$100"),
        (a_coupon(CouponKind.FREE_SHIPPING, 0), "這次免運"),
        (a_coupon(CouponKind.PERCENT, 1, minimum=0, cap=1), "折抵 NT$1"),
    ],
)
def test_what_a_coupon_saves_is_said(coupon: Coupon, said: str) -> None:
    held = Cart(1, None, (a_line(1),), Chosen(coupon, 0, NOW))
    quote = held.quote(SHIPPING)
    message = coupons.used(coupon, quote)
    assert said in message["text"]
    sendable([message, coupons.cleared(), *cart.contents(held, quote)])
    free = held.quote(ShippingRule(0, 0))
    if coupon.kind is CouponKind.FREE_SHIPPING:
        assert "先不動用它" in coupons.used(coupon, free)["text"]
        sendable(cart.contents(held, free))


@pytest.mark.parametrize("invoice", INVOICES)
def test_every_kind_of_invoice_is_asked_for_shown_and_masked(invoice: Invoice) -> None:
    sendable([extras.invoice_kept(invoice), *extras.invoice(invoice)])
    sendable(extras.ask_invoice(invoice.kind, invoice, ["檢查碼不對"] * 2))
    sendable(extras.ask_invoice(invoice.kind, None))
    if invoice.kind in (Kind.MOBILE, Kind.CITIZEN):
        assert invoice.value not in extras.invoice_words(invoice)


def test_the_note_is_asked_for() -> None:
    sendable(extras.ask_note(""))
    sendable(extras.ask_note("備" * 100))
    sendable(extras.note_too_long("備" * 4000, 4000))


@pytest.mark.parametrize("status", STATES)
@pytest.mark.parametrize("method", ["card", "card3", "atm", "linepay", "cod"])
@pytest.mark.parametrize("delivery", ["home", "cvs"])
def test_an_order_in_every_state_delivery_and_method(
    shop: Shop, status: str, method: str, delivery: str
) -> None:
    order = replace(
        an_order(status, method), delivery_method=delivery, note="備" * 100, invoice_kind="company",
        invoice_value="04595257", invoice_title="抬" * 60, paid_at=NOW, discount=100, total=360,
    )  # fmt: skip
    lines = [OrderLine(number, "茶" * 80, "規格" * 20, 380, 99) for number in range(30)]
    for carrier in (*CARRIERS, "某" * 30):
        sent = Shipment(order.id, carrier, "1" * 40, NOW)
        sendable(orders.detail(order, lines, sent))
        sendable(orders.shipped(order, carrier, "1" * 40))
    sendable(receipts.receipt(shop, order, lines))
    sendable(payment.now_cod(order))
    sendable(payment.placed_cod(order))
    page = payment.ready_page(order, "https://bank.example/p", NOW + timedelta(minutes=9), NOW)
    assert ("刷卡" in page[0]["altText"]) == method.startswith("card")
    sendable(page)


def test_a_carrier_whose_page_is_not_known_only_offers_the_number() -> None:
    [copy] = parcels.buttons("某某物流", "123")
    assert copy["action"]["clipboardText"] == "123"
    [beside] = parcels.buttons("黑貓宅急便", "123")
    assert [part["action"]["type"] for part in beside["contents"]] == ["uri", "clipboard"]
    assert parcels.buttons("自行配送", "") == []


@pytest.mark.parametrize("tab", ["", *orders.TABS])
@pytest.mark.parametrize("count", [0, 1, 10])
def test_every_tab_of_the_orders(tab: str, count: int) -> None:
    listed = orders.listed([an_order()] * count, {7: orders.Contents("茶", 9)}, more=True, tab=tab)
    sendable(listed)
    if count or tab:
        assert len(listed[-1]["quickReply"]["items"]) == 8


@pytest.mark.parametrize("typed", ["", "x" * 300, "/abc"])
def test_every_fault_has_a_sentence(typed: str) -> None:
    person = ("name", "phone", "address")
    told = [sentence(field, fault, typed) for field in person for fault in delivery_details.Fault]
    told += [sentence(field, fault, typed) for field in ("brand", "code", "store") for fault in pickup.Fault]
    told += [
        invoice_sentence(kind, field, fault, typed)
        for kind in Kind
        for field in ("kind", "value", "title")
        for fault in invoices.Fault
    ]
    assert all(words.endswith("。") and len(words) < 120 for words in told)


@settings(max_examples=60, deadline=None)
@given(words=st.text(max_size=160))
def test_no_words_of_a_customer_break_a_screen(words: str) -> None:
    someone = pickup.pickup(words or "x", words, pickup.Store("OK", "1234", words))
    sendable(destination.remembered(someone, others=True))
    fields = {"name": words, "store": words}
    sendable(destination.ask("https://shop.example/d/x", "cvs", fields, [f"錯{words}"]))
    sendable(extras.ask_note(words))
    sendable(extras.note_too_long(f"備{words}", len(words)))
    sendable(extras.ask_invoice(Kind.COMPANY, Invoice(Kind.COMPANY, words, words)))
    sendable(coupons.refused(Refusal(Reason.UNKNOWN), words))
    held = Cart(1, None, (a_line(1),), delivery="cvs", note=words[:100])
    sendable(confirm.confirm(held, held.quote(SHIPPING), someone, "card"))
    order = replace(an_order("shipped"), delivery_method="cvs", address=words, note=words[:100])
    sent = Shipment(7, words, "1234", datetime(2026, 1, 1, tzinfo=UTC))
    sendable(orders.detail(order, [], sent))
