"""Where the crawls begin: shelves of odd products, and customers in every state of things."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from store import addresses, carts, coupons, customers, fulfilment, orders, pickup, search
from store.catalogue_file import Row, _store
from store.coupon_terms import Terms
from store.db import Database, Transaction
from store.fulfilment import CARRIERS, OWN_DELIVERY, Parcel
from store.orders import Charge
from store.pricing import Kind
from tests.factories import DETAILS, fill_cart
from tests.integration.chat import run, sell_but
from tests.integration.crawler import TYPED, Crawler, Ground
from tests.integration.crawler_rules import SHOP_NAME, Outside

PLAIN, PLAIN_SHELF, PLAIN_OPTION = "Plain tea ", "Plain shelf ", "Plain option "
ABOUT = "手採，<b>不</b>焙火。\n\n第二段 & 第三段 {name}\n" + "很長的介紹，" * 300
ODD = (
    ("高山烏龍", ("75 克", "150 克 <大>", "賣完的"), "茶葉"),
    ("龜" * 80, ("鱉" * 40,), "鯨" * 40),
    ("🍵👨‍👩‍👧‍👦🏳️‍🌈🇹🇼" * 6, ("🎁" * 20, "👩🏽‍🚀 大"), "🧋" * 20),
    ("شاي أخضر بالنعناع", ("كبير", "صغير"), "مشروبات"),
    ("תה ירוק \u202eהפוך", ("גדול",), "תה"),
    ("<b>Tea</b> & \"Co\" 'x' {code} %s %(a)s", ("</text>", "{0}"), "<shelf> & {more}"),
    ("a&b=c#d+e%20f;g?h", ("x=y&v=2&a=erase_now",), "q&a=cart"),
    ("Z̴a̴l̴g̴o̴ T́ĕȃ", ("",), "café"),
    ("A" * 80, ("B" * 40,), "C" * 40),
    ("购物车 简体", ("규격",), "日本茶"),
    ("12345678", ("99999999",), "2026"),
    ("\u200b\u2060無寬度", ("\u00a0",), "　全形　"),
    ("All sizes", tuple(f"{PLAIN_OPTION}{n}" for n in range(60)), "茶葉"),
)
"""Products, their options and their shelves: as long as the catalogue takes them, as odd as people write."""
BANKS_WORDS = "E2700 – 交易失敗"
_TYPED = [text for words in TYPED.values() for text in words]
OUTSIDE = Outside(
    [
        *[word for name, options, shelf in ODD for word in (name, shelf, *options)],
        ABOUT, PLAIN, PLAIN_SHELF, PLAIN_OPTION, SHOP_NAME, *CARRIERS,
        "烏龍", BANKS_WORDS, "王小明", "王○明", "王○○", DETAILS.address[:6],
        "鑫台北", "7-ELEVEN 鑫台北門市（131386）",
        *_TYPED, *[word for text in _TYPED for word in re.findall(r"[^：\n]*[^\W\d][^：\n]*", text)],
    ]
)  # fmt: skip
PICKUP = pickup.pickup("王小明", "0912345678", pickup.Store("7-ELEVEN", "131386", "鑫台北"))
WORDS = ("商品", "購物車", "結帳", "訂單", "說明")
ALL_WORDS = (
    *WORDS, "優惠券", "收件資料", "常見問題", "退換貨", "隱私", "聯絡店家", "刪除我的資料", "語言", "小幫手",
    "首頁",
)  # fmt: skip
SOUGHT = (
    "tea",
    "烏龍",
    "500 以下",
    "便宜的",
    "更多",
    "zzzz",
    "!!!",
    " ",
    "ABCD2345",
    "優惠券 tenoff",
    "優惠券 nix",
)
KINDS = ("sticker", "image", "video", "audio", "location", "file", "hologram")
OLD = ("", "v=1", "v=1&a=unknown", "v=9&a=cart", "v=1&a=place&c=1&q=x&d=y&m=card", "v=1&a=order&id=1")
NOTICES = (
    "paid", "late_revived", "expired", "cancelled", "payment_ready", "payment_slow", "payment_failed",
    "payment_lapsed",
    "late_refund", "extra_refund", "amount_mismatch", "refund_started", "refunded", "shipped",
)  # fmt: skip


def _coupon(code: str, kind: Kind, value: int = 0, **more: Any) -> Terms:
    return Terms(code=code, kind=kind, value=value, **more)


COUPONS = (
    _coupon("TENOFF", Kind.AMOUNT, 10),
    _coupon("CHEERS", Kind.FREE_SHIPPING, minimum=9_000_000),
    _coupon("LATER", Kind.PERCENT, 15, starts_at=datetime.now(UTC) + timedelta(days=9)),
    _coupon(
        "GONE",
        Kind.PERCENT,
        15,
        starts_at=datetime(2025, 1, 1, tzinfo=UTC),
        ends_at=datetime(2025, 2, 1, tzinfo=UTC),
    ),
)


def rows(count: int) -> list[Row]:
    """The SKUs of `count` products, the odd ones first."""
    plain = [
        (f"{PLAIN}{n}", (f"{PLAIN_OPTION}{n}",), f"{PLAIN_SHELF}{n % 60}") for n in range(count - len(ODD))
    ]
    return [
        Row(
            line=at + 2, sku=f"c{at}-{n}", product=name, option=option, category=shelf,
            price=380 + 10 * at + n, list_price=500 + 10 * at if n == 0 else None,
            stock=0 if option == "賣完的" else 60 - n, description="" if at else ABOUT,
            image_url="" if at % 2 else f"https://shop.example/{at}.jpg", active=True,
        )
        for at, (name, options, shelf) in enumerate([*ODD[:count], *plain])
        for n, option in enumerate(options)
    ]  # fmt: skip


def stock(db: Database, count: int) -> list[int]:
    """`count` products and the coupons; the ids of their SKUs."""

    def work(tx: Transaction) -> list[int]:
        _store(tx, rows(count), {}, "test")
        for terms in COUPONS:
            coupons.create(tx, terms)
        with tx.connection.cursor() as cursor:
            cursor.execute("SELECT id FROM skus WHERE stock > 9 ORDER BY id")
            return [int(row[0]) for row in cursor.fetchall()]

    return db.transaction(work)


def withdraw(db: Database) -> None:
    """Sell nothing any more; what orders hold is left as it is."""

    def work(tx: Transaction) -> None:
        with tx.connection.cursor() as cursor:
            cursor.execute("UPDATE skus SET active = false RETURNING product_id")
            search.refresh(tx, {row[0] for row in cursor.fetchall()})

    db.transaction(work)


@dataclasses.dataclass
class Customer:
    """The customer of a crawl, and the SKUs there are for them."""

    crawler: Crawler
    skus: list[int]

    @property
    def db(self) -> Ground:
        return self.crawler.db

    def known(self) -> None:
        """They have ordered before: two addresses, a store, and an invoice for a company."""

        def work(tx: Transaction) -> None:
            customer = customers.meet(tx, self.crawler.user)
            for details in (DETAILS, dataclasses.replace(DETAILS, name="Mary Jones"), PICKUP):
                addresses.remember(tx, customer, details)

        self.db.transaction(work)

    def cart(self, most: int = 3) -> None:
        fill_cart(self.db, self.crawler.user, dict.fromkeys(self.skus[:most], 2))

    def tap(self, data: str) -> None:
        self.crawler.receive(self.crawler.tapped(data))

    def type(self, text: str) -> None:
        self.crawler.receive(self.crawler.typed(text))

    def order(self, method: str, delivery: str = "home", most: int = 2) -> int:
        """An order of theirs, just placed."""
        self.cart(most)

        def work(tx: Transaction) -> int:
            customer = customers.meet(tx, self.crawler.user)
            carts.choose_delivery(tx, carts.open_cart(tx, customer), delivery)
            cart, shop = carts.open_cart(tx, customer), self.crawler.shop
            rule = shop.shipping_for(delivery)
            outcome, order = orders.place(
                tx, customer, cart, PICKUP if delivery == "cvs" else DETAILS, method=method,
                version=cart.quote(rule).version, shipping=rule, ttl_seconds=shop.order_ttl(method),
            )  # fmt: skip
            assert order, outcome
            return order.id

        return self.db.transaction(work)

    def paid(self, method: str = "card", delivery: str = "home", most: int = 2) -> int:
        order_id = self.order(method, delivery, most)
        payment = self.crawler.open_payment(order_id)

        def work(tx: Transaction) -> None:
            order = orders.get(tx, order_id)
            orders.settle(tx, order_id, payment, Charge("TS", order.total, datetime.now(UTC)), "bank")

        self.db.transaction(work)
        return order_id

    def shipped(self, carrier: str = CARRIERS[0], delivery: str = "home", most: int = 2) -> int:
        order_id = self.paid(delivery=delivery, most=most)
        parcel = Parcel(carrier, "" if carrier == OWN_DELIVERY else "9051-2345-6789")
        self.db.transaction(lambda tx: fulfilment.ship(tx, order_id, parcel, "console:1"))
        return order_id

    def completed(self, most: int = 2) -> int:
        order_id = self.shipped(CARRIERS[4], "cvs", most)
        self.db.transaction(lambda tx: fulfilment.complete(tx, order_id, "console:1"))
        return order_id

    def returning(self) -> int:
        """An order they have asked to give back."""
        order_id = self.completed()
        self.tap(f"v=1&a=return_now&id={order_id}")
        return order_id

    def kept_too_long(self) -> int:
        """An order received so long ago that it cannot be given back."""
        order_id = self.shipped()
        self.db.transaction(lambda tx: fulfilment.complete(tx, order_id, "console:1"))
        run(self.db, "UPDATE orders SET closed_at = now() - interval '9 days' WHERE id = %s", order_id)
        return order_id

    def ended(self, how: str) -> int:
        order_id = self.paid("linepay") if how.startswith("refund") else self.order("card")
        run(self.db, "UPDATE orders SET status = %s WHERE id = %s", how, order_id)
        return order_id

    def waiting(self, method: str, **columns: Any) -> int:
        """An order that can be paid, or could: `ended` is how its payment did."""
        order_id = self.order(method)
        ended = columns.pop("ended", None)
        self.crawler.open_payment(order_id, **columns)
        if ended:
            run(self.db, "UPDATE payments SET status = %s, last_error = %s", ended, BANKS_WORDS)
        return order_id


def of_cart(who: Customer) -> dict[str, Callable[[], object]]:
    """Customers with something in the cart, or in the middle of saying something."""

    def known() -> None:
        who.known()
        who.cart()

    def with_human() -> None:
        who.cart()
        who.tap("v=1&a=human")

    def changed() -> None:
        who.cart()
        run(who.db, "UPDATE skus SET price = price + 5 WHERE id = %s", who.skus[0])
        run(who.db, "UPDATE skus SET active = false WHERE id = %s", who.skus[min(1, len(who.skus) - 1)])
        sell_but(who.db, who.skus[-1], 1)
        sell_but(who.db, who.skus[0], 1)

    def dear() -> None:
        fill_cart(who.db, who.crawler.user, {who.skus[0]: 40})
        run(who.db, "UPDATE skus SET price = 1000")
        run(who.db, "UPDATE cart_lines SET seen_price = 1000")

    def half_told() -> None:
        who.cart()
        for data in ("v=1&a=checkout", "v=1&a=delivery&k=home"):
            who.tap(data)
        who.type("姓名：王小明")

    def at_confirmation(method: str, delivery: str) -> None:
        known()
        for data in (f"delivery&k={delivery}", "same_details", f"method&m={method}"):
            who.tap(f"v=1&a={data}")

    def with_coupon() -> None:
        known()
        who.type("優惠券 tenoff")
        who.tap("v=1&a=note")

    def kept() -> None:
        who.cart()
        run(who.db, "UPDATE cart_lines SET selected = false")

    return {
        "a cart": who.cart,
        "a cart and addresses": known,
        "a cart that has changed": changed,
        "a dear cart": dear,
        "a cart of things kept": kept,
        "a coupon, and a note asked for": with_coupon,
        "details half told": half_told,
        "at the confirmation by card": lambda: at_confirmation("card3", "home"),
        "at the confirmation by cash": lambda: at_confirmation("cod", "cvs"),
        "with a human": with_human,
    }


def of_orders(who: Customer) -> dict[str, Callable[[], int]]:
    """Customers with an order in every state there is; its id."""
    lapsed = datetime.now(UTC) - timedelta(minutes=1)
    return {
        "no way to pay yet": lambda: who.order("card"),
        "pending by card": lambda: who.waiting("card3"),
        "pending by ATM": lambda: who.waiting("atm"),
        "payment failed": lambda: who.waiting("card", ended="failed"),
        "payment lapsed": lambda: who.waiting("jkopay", expires_at=lapsed),
        "paid": lambda: who.paid("mobile"),
        "preparing by cash": lambda: who.order("cod"),
        "preparing for a store": lambda: who.order("cod", "cvs"),
        "shipped": who.shipped,
        "shipped by the shop": lambda: who.shipped(OWN_DELIVERY),
        "completed": who.completed,
        "completed, one thing": lambda: who.completed(1),
        "to be given back": who.returning,
        "received long ago": who.kept_too_long,
        "cancelled": lambda: who.ended("cancelled"),
        "expired": lambda: who.ended("expired"),
        "refunding": lambda: who.ended("refunding"),
        "refunded": lambda: who.ended("refunded"),
        "twelve orders": lambda: [who.order("cod", most=1) for _ in range(12)][-1],
    }
