"""What many customers, a merchant and some forgers do in a shop, at random and all at once."""

from __future__ import annotations

import copy
import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import psycopg2
import requests

from dev.bank import cashier
from payments.records import Payment
from store import carts, coupons, customers, fulfilment, orders, refunds
from store.catalogue_file import Row, _store
from store.coupons import Coupon
from store.db import Database, Transaction
from store.errors import CatalogueError, StoreError
from store.orders import Order
from store.pricing import Kind
from store.refunds import Holding
from tests.concurrency.races import run_concurrently
from tests.factories import DETAILS, SHIPPING, Sold, a_coupon, line_user, stock_up
from tests.integration.dev_bank_merchant import ACCOUNT
from tests.integration.till import Till

CUSTOMERS = 40
HOT_SKUS = 5
NAME = "高山烏龍"
METHODS = {"card": 5, "atm": 3, "linepay": 1, "cod": 2}
SECONDS_TO_PAY = (1, 2, 3, 5, 8, 60)
FAILURES = (StoreError, psycopg2.errors.LockNotAvailable, psycopg2.errors.QueryCanceled)
"""What a customer's tap may end with while database sessions are being killed."""


class Crowd:
    """The things people do; each is given its thread's random numbers and counts what came of it."""

    def __init__(self, till: Till, wake: Callable[[], None]) -> None:
        self.tally: Counter[tuple[str, str]] = Counter()
        self._till, self._wake = till, wake
        self._db = Database(till.db.url, size=16)
        self._clerk = copy.copy(till)
        self._clerk.db = self._db
        self._lock = threading.Lock()
        self._orders: list[Order] = []
        self._users = [line_user() for _ in range(CUSTOMERS)]
        self._skus: list[Sold] = stock_up(self._db, stock=25, price=90, count=HOT_SKUS, name=NAME)
        self._coupons: list[Coupon] = [
            a_coupon(self._db, value=50, uses_limit=6),
            a_coupon(self._db, value=30, uses_per_customer=1),
            a_coupon(self._db, Kind.PERCENT, 15, cap=60, uses_limit=12, uses_per_customer=3),
            a_coupon(self._db, Kind.FREE_SHIPPING, 0, minimum=200),
        ]
        self._local = threading.local()
        self._acts: dict[Callable[[random.Random], None], int] = {
            self.place: 16,
            self.pay: 32,
            self.call: 14,
            self.cancel: 6,
            self.pay_again: 4,
            self.pay_otherwise: 4,
            self.give_back: 8,
            self.ship: 5,
            self.restock: 4,
        }

    def throng(self, rng: random.Random, until: float) -> None:
        """One of them, until a moment (monotonic seconds)."""
        while time.monotonic() < until:
            act = rng.choices(list(self._acts), weights=list(self._acts.values()))[0]
            try:
                act(rng)
            except FAILURES as failure:
                self._count(act.__name__, type(failure).__name__)
            time.sleep(rng.uniform(0, 0.05))

    def close(self) -> None:
        self._db.close()

    # Customers at the shop

    def place(self, rng: random.Random) -> None:
        """Fill a cart, look at it, order what was seen; some tap twice."""
        user, method = rng.choice(self._users), rng.choices(list(METHODS), weights=list(METHODS.values()))[0]
        wanted = {sku.id: rng.randint(1, 3) for sku in rng.sample(self._skus, rng.randint(1, 3))}
        coupon = rng.choice(self._coupons) if rng.random() < 0.5 else None
        seconds = rng.choice(SECONDS_TO_PAY)
        version = self._db.transaction(lambda tx: _fill(tx, user, wanted, coupon))
        time.sleep(rng.uniform(0, 0.02))

        def tap(_number: int = 0) -> None:
            outcome, order = self._db.transaction(lambda tx: _order(tx, user, method, version, seconds))
            self._count("place", outcome)
            if order:
                with self._lock:
                    self._orders.append(order)
                self._wake()

        if rng.random() < 0.1:
            run_concurrently(tap, 2)
        else:
            tap()

    def cancel(self, rng: random.Random) -> None:
        """A customer gives an order up."""
        if order := self._some_order(rng):
            outcome = self._db.transaction(lambda tx: orders.cancel(tx, order.id, "customer"))
            self._count("cancel", outcome)
            self._wake()

    def pay_again(self, rng: random.Random) -> None:
        """A customer asks for another way to pay."""
        if order := self._some_order(rng):
            self._db.transaction(lambda tx: orders.ask_for_payment(tx, order))
            self._count("pay again", "asked")
            self._wake()

    def pay_otherwise(self, rng: random.Random) -> None:
        """A customer wants to pay by another method."""
        if order := self._some_order(rng):
            method, seconds = rng.choice(list(METHODS)), rng.choice(SECONDS_TO_PAY)
            outcome = self._db.transaction(
                lambda tx: orders.change_method(tx, order.id, method, seconds, "customer")
            )
            self._count("pay otherwise", outcome)
            self._wake()

    # The merchant

    def give_back(self, rng: random.Random) -> None:
        """Refund a payment, wholly or in part, with or without the goods; some send the form twice."""
        found = next(filter(None, (self._some_money(rng) for _ in range(5))), None)
        if not found:
            return
        order, holding = found
        whole = rng.random() < 0.5
        amount = holding.refundable if whole else rng.randint(1, holding.held)
        restock, key = whole and rng.random() < 0.5, f"form {rng.randrange(10**6)}"

        def ask(_number: int = 0) -> None:
            outcome = self._db.transaction(
                lambda tx: refunds.request(
                    tx, order.id, holding.payment_id, amount, restock, "asked for", "merchant", key
                )
            )
            self._count("give back", f"{'all' if whole else 'a part'}: {outcome}")
            self._wake()

        if rng.random() < 0.5:
            run_concurrently(ask, 2)
        else:
            ask()

    def ship(self, rng: random.Random) -> None:
        """Pack, send or complete an order."""
        if order := self._some_order(rng):
            steps: Sequence[Callable[[Transaction], str]] = (
                lambda tx: fulfilment.prepare(tx, order.id, "merchant"),
                lambda tx: fulfilment.ship(tx, order.id, fulfilment.Parcel("全家", "1234567"), "merchant"),
                lambda tx: fulfilment.complete(tx, order.id, "merchant"),
            )
            self._count("ship", self._db.transaction(rng.choice(steps)))

    def restock(self, rng: random.Random) -> None:
        """Import a catalogue file with new counts, and now and then a new price."""
        rows = [
            Row(
                n + 2, sku.code, f"{NAME} {n}" if n else NAME, "75 克", "茶葉",
                sku.price + rng.choice((0, 0, 0, 10)), None, rng.randint(20, 100), "", "", active=True,
            )
            for n, sku in enumerate(self._skus)
        ]  # fmt: skip
        try:
            done = self._db.transaction(lambda tx: _store(tx, rows, {}, "merchant"))
            self._count("restock", "counts changed" if done.stock_changes else "nothing new")
        except CatalogueError:
            self._count("restock", "refused: orders hold more")

    # Customers at the bank

    def pay(self, rng: random.Random) -> None:
        """Pay by a page or an account that the shop has shown: rightly, wrongly, twice, or in vain."""
        payment = self._some_way_to_pay(rng)
        if payment is None:
            return
        if payment.method == "atm":
            self._transfer(rng, payment)
        else:
            self._pay_at_page(rng, payment)

    def _transfer(self, rng: random.Random, payment: Payment) -> None:
        how = rng.choices(("right", "untold", "wrong amount", "a second time"), weights=(6, 2, 2, 2))[0]
        wrong = rng.choice((-1, 1, 100)) if how == "wrong amount" else rng.choice((0, 0, 50))
        amount = payment.amount if how in ("right", "untold") else payment.amount + wrong
        bank = self._till.bank
        with bank.lock:
            order = bank.book.orders[payment.provider_order_no]
            if how == "untold":
                bank.faults.add("silent", 1)  # nobody else can meet it while the bank is locked
            try:
                cashier.receive_transfer(bank, order, amount * 100, how == "a second time")
                self._count("transfer", how)
            except cashier.NotPayable as reason:
                self._count("transfer", f"not possible: {reason}")
                bank.faults.clear("silent")

    def _pay_at_page(self, rng: random.Random, payment: Payment) -> None:
        notify = rng.choice(("both", "both", "backend", "return", "none"))
        result = "F" if rng.random() < 0.15 else "S"
        answer = self._post(
            f"{self._till.merchant.url}/control/card/pay",
            json={"OrderNo": payment.provider_order_no, "result": result, "notify": notify},
        )
        if answer.status_code != 200:
            self._count("page", f"not possible: {answer.json()['error']}")
            return
        self._count("page", f"{'failed' if result == 'F' else 'paid'}, told {notify}")
        if form := answer.json()["form"]:
            for _ in range(rng.choice((1, 1, 2))):
                self._call(payment, "return", data=form)

    # Forgers, and a network that repeats itself

    def call(self, rng: random.Random) -> None:
        """Call the shop as the bank does: with a token again, one of somebody else's, or one made up."""
        payment = self._some_way_to_pay(rng)
        if payment is None:
            return
        with self._till.bank.lock:
            tokens = list(self._till.bank.book.tokens.values())
        own = [token.token for token in tokens if token.order_no == payment.provider_order_no]
        how = rng.choice(("again", "again", "again", "of another", "made up", "without", "nobody's address"))
        pool = {"again": own, "of another": [token.token for token in tokens]}.get(how)
        body = {"ShopNo": ACCOUNT.shop_no, "PayToken": rng.choice(pool or [secrets.token_hex(32)])}
        if how == "without":
            del body["PayToken"]
        if how == "nobody's address":
            answer = self._post(
                f"{self._till.url}/payments/sinopac/backend/{secrets.token_urlsafe(24)}", json=body
            )
            self._count("callback", f"{how}: {answer.status_code}")
        else:
            self._call(payment, "backend", how, json=body)

    def _call(self, payment: Payment, way: str, how: str = "first", **content: Any) -> None:
        url = f"{self._till.url}/payments/sinopac/{way}/{payment.callback_key}"
        answer = self._post(url, allow_redirects=False, **content)
        self._count("callback", f"{way} {how}: {answer.status_code}")

    # Helpers

    def _post(self, url: str, **content: Any) -> requests.Response:
        if not hasattr(self._local, "http"):
            self._local.http = requests.Session()
            self._local.http.trust_env = False
        answer: requests.Response = self._local.http.post(url, timeout=10, **content)
        return answer

    def _some_way_to_pay(self, rng: random.Random) -> Payment | None:
        """An attempt by which the shop has shown the customer a way to pay, when a few looks find one."""
        for order in filter(None, (self._some_order(rng) for _ in range(5))):
            known = self._clerk.payments(order)
            shown = [payment for payment in known if payment.pay_url or payment.account_no]
            if wanted := [payment for payment in shown if payment.live or rng.random() < 0.15]:
                return rng.choice(wanted)
        return None

    def _some_money(self, rng: random.Random) -> tuple[Order, Holding] | None:
        """A payment whose money the shop holds."""
        order = self._some_order(rng)
        if order is None:
            return None
        known = self._db.transaction(lambda tx: refunds.holdings(tx, order.id))
        held = [holding for holding in known if holding.held > 0]
        return (order, rng.choice(held)) if held else None

    def _some_order(self, rng: random.Random) -> Order | None:
        """Mostly a late one."""
        with self._lock:
            known = self._orders if rng.random() < 0.1 else self._orders[-60:]
        return rng.choice(known) if known else None

    def _count(self, act: str, outcome: str) -> None:
        with self._lock:
            self.tally[act, str(outcome)] += 1


def _fill(tx: Transaction, user: str, wanted: dict[int, int], coupon: Coupon | None) -> str:
    """Put things into the cart, and the version of what the customer then sees."""
    customer = customers.meet(tx, user)
    cart = carts.open_cart(tx, customer)
    carts.clear(tx, cart)
    coupons.clear(tx, cart)
    for sku_id, quantity in wanted.items():
        carts.set_quantity(tx, carts.open_cart(tx, customer), sku_id, quantity)
    if coupon:
        coupons.choose(tx, customer, carts.open_cart(tx, customer), coupon.code)
    return carts.open_cart(tx, customer).quote(SHIPPING).version


def _order(
    tx: Transaction, user: str, method: str, version: str, seconds: int
) -> tuple[orders.PlaceOutcome, Order | None]:
    customer = customers.meet(tx, user)
    return orders.place(
        tx, customer, carts.open_cart(tx, customer), DETAILS, method=method, version=version,
        shipping=SHIPPING, ttl_seconds=seconds,
    )  # fmt: skip
