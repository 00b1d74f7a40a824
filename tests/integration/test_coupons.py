"""Coupons in orders: the discount, what is asked again, and the use that comes back once."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2
import pytest

from store import coupons, orders
from store.carts import Cart
from store.coupons import Reason, Refusal
from store.customers import Customer
from store.db import Database, Transaction
from store.orders import Order, PlaceOutcome, SettleOutcome
from store.pricing import Kind, ShippingRule
from tests.factories import (
    DETAILS,
    SHIPPING,
    a_coupon,
    broken_invariants,
    choose_coupon,
    fill_cart,
    place,
    scalar,
    stock_of,
)
from tests.integration.coupon_shop import (
    cart_of,
    expire,
    goods,
    ledger,
    placed,
    set_coupon,
    someone,
    used,
    with_cart,
)
from tests.integration.test_orders import open_cases, pay, status


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    assert broken_invariants(database) == []
    database.close()


def test_an_amount_comes_off_the_order_and_is_written_into_its_history(db: Database) -> None:
    coupon = a_coupon(db, Kind.AMOUNT, 100)
    order = placed(db, someone(db), coupon)
    assert (order.subtotal, order.discount, order.shipping_fee, order.total) == (800, 100, 80, 780)
    assert ledger(db, coupon) == [(1, "used", 1)]
    event = scalar(db, "SELECT data FROM order_events WHERE order_id = %s", order.id)
    assert event == {"total": 780, "method": "card", "coupon": coupon.code, "discount": 100}


def test_a_percentage_is_rounded_down_and_capped(db: Database) -> None:
    assert placed(db, someone(db, price=333, quantity=1), a_coupon(db, Kind.PERCENT, 10)).discount == 33
    assert placed(db, someone(db), a_coupon(db, Kind.PERCENT, 50, cap=250)).discount == 250


def test_free_shipping_waives_the_fee_and_nothing_else(db: Database) -> None:
    order = placed(db, someone(db), a_coupon(db, Kind.FREE_SHIPPING, 0))
    assert (order.discount, order.shipping_fee, order.total) == (0, 0, 800)


def test_free_shipping_is_judged_after_the_discount(db: Database) -> None:
    order = placed(db, someone(db, price=1550, quantity=1), a_coupon(db, Kind.AMOUNT, 200))
    assert (order.discount, order.shipping_fee, order.total) == (200, 80, 1430)


def test_a_coupon_that_saves_nothing_is_not_used_up(db: Database) -> None:
    user, coupon = someone(db, price=2000), a_coupon(db, Kind.FREE_SHIPPING, 0)
    choose_coupon(db, user, coupon.code)
    cart = cart_of(db, user)
    assert cart.coupon is not None
    assert cart.coupon_refusal is None
    assert cart.quote(SHIPPING).coupon_code is None
    _, order = place(db, user)
    assert order is not None
    assert order.coupon_id is None
    assert used(db, coupon) == 0


def test_a_bank_order_keeps_a_dollar_to_pay(db: Database) -> None:
    user, coupon = someone(db, price=50, quantity=1), a_coupon(db, Kind.AMOUNT, 500)
    choose_coupon(db, user, coupon.code)
    cart = cart_of(db, user)
    assert cart.quote(ShippingRule(fee=80, free_from=0)).total == 1
    assert cart.quote(SHIPPING).total == 80
    _, order = place(db, user)
    assert order is not None
    assert pay(db, order) is SettleOutcome.PAID


def test_an_order_of_nothing_is_no_order_for_a_bank(db: Database) -> None:
    free = ShippingRule(fee=0, free_from=0)
    user = someone(db, price=0)

    def work(tx: Transaction, customer: Customer, cart: Cart, method: str) -> PlaceOutcome:
        return orders.place(
            tx, customer, cart, DETAILS, method=method, version=cart.quote(free).version, shipping=free,
            ttl_seconds=60,
        )[0]  # fmt: skip

    for method in ("card", "atm"):
        refused = with_cart(db, user, lambda tx, who, cart, method=method: work(tx, who, cart, method))
        assert refused is PlaceOutcome.OVER_LIMIT
    assert with_cart(db, user, lambda tx, who, cart: work(tx, who, cart, "cod")) is PlaceOutcome.PLACED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("active = false", Reason.INACTIVE),
        ("starts_at = now() + interval '1 hour'", Reason.NOT_YET),
        ("starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour'", Reason.OVER),
        ("minimum = 801", Reason.BELOW_MINIMUM),
    ],
)
def test_a_coupon_that_went_since_it_was_shown_is_asked_about_and_the_cart_stays(
    db: Database, change: str, reason: Reason
) -> None:
    user, coupon = someone(db), a_coupon(db)
    choose_coupon(db, user, coupon.code)
    agreed = cart_of(db, user).quote(SHIPPING)
    assert agreed.coupon_code == coupon.code
    set_coupon(db, coupon, change)
    assert isinstance(refused := choose_coupon(db, user, coupon.code), Refusal)
    assert refused.reason is reason

    def order(tx: Transaction, customer: Customer, cart: Cart, version: str) -> PlaceOutcome:
        return orders.place(
            tx, customer, cart, DETAILS, method="card", version=version, shipping=SHIPPING, ttl_seconds=60
        )[0]

    gone = with_cart(db, user, lambda tx, who, cart: order(tx, who, cart, agreed.version))
    assert gone is PlaceOutcome.COUPON_GONE
    cart = cart_of(db, user)
    assert len(cart.lines) == 1
    assert cart.coupon_refusal is not None
    assert cart.coupon_refusal.reason is reason
    again = cart.quote(SHIPPING)
    assert (again.discount, again.coupon_code, again.total) == (0, None, 880)
    assert (
        with_cart(db, user, lambda tx, who, cart: order(tx, who, cart, again.version)) is PlaceOutcome.PLACED
    )
    assert used(db, coupon) == 0


def test_a_price_that_changed_is_a_change_even_if_the_coupon_went_too(db: Database) -> None:
    user, coupon = someone(db), a_coupon(db)
    choose_coupon(db, user, coupon.code)
    version = cart_of(db, user).quote(SHIPPING).version
    set_coupon(db, coupon, "active = false")
    scalar(db, "UPDATE skus SET price = price + 1 RETURNING 1")
    outcome = with_cart(
        db, user, lambda tx, customer, cart: orders.place(
            tx, customer, cart, DETAILS, method="card", version=version, shipping=SHIPPING, ttl_seconds=60
        )[0],
    )  # fmt: skip
    assert outcome is PlaceOutcome.CHANGED


def test_a_use_by_somebody_faster_undoes_the_order_and_decides_again(db: Database) -> None:
    coupon, user, rival = a_coupon(db, uses_limit=1), someone(db), someone(db)
    choose_coupon(db, user, coupon.code)
    version = cart_of(db, user).quote(SHIPPING).version
    waiting = [rival]

    def work(tx: Transaction, customer: Customer, cart: Cart) -> PlaceOutcome:
        outcome, _ = orders.place(
            tx, customer, cart, DETAILS, method="card", version=version, shipping=SHIPPING, ttl_seconds=60
        )
        if waiting:
            placed(db, waiting.pop(), coupon)  # between our look at the coupon and our COMMIT
        return outcome

    assert with_cart(db, user, work) is PlaceOutcome.COUPON_GONE
    assert scalar(db, "SELECT count(*) FROM orders") == 1
    assert len(cart_of(db, user).lines) == 1


@pytest.mark.parametrize("end", ["cancelled", "expired"])
def test_an_order_that_dies_gives_its_coupon_back_once(db: Database, end: str) -> None:
    coupon = a_coupon(db, uses_limit=1, uses_per_customer=1)
    user = someone(db)
    order = placed(db, user, coupon)
    if end == "expired":
        expire(db, order)
    for _ in range(2):
        db.transaction(lambda tx: orders.cancel(tx, order.id, "customer"))
        db.transaction(lambda tx: orders.expire(tx, order.id))
    assert status(db, order) == end
    assert ledger(db, coupon) == [(1, "used", 1), (1, "returned", 0)]
    fill_cart(db, user, {goods(db): 1})
    placed(db, user, coupon)


def test_a_cancelled_cash_order_gives_its_coupon_back(db: Database) -> None:
    coupon = a_coupon(db)
    order = placed(db, someone(db), coupon, "cod")
    db.transaction(lambda tx: orders.cancel(tx, order.id, "customer"))
    assert used(db, coupon) == 0


def test_the_database_refuses_a_second_return_of_the_same_use(db: Database) -> None:
    coupon = a_coupon(db)
    order = placed(db, someone(db), coupon)
    placed(db, someone(db), coupon)  # a use that a second return could take away
    db.transaction(lambda tx: orders.cancel(tx, order.id, "customer"))

    def again(tx: Transaction) -> None:
        coupons.return_at_commit(tx, coupon.id, order.id, order.customer_id, "somebody", 1)

    with pytest.raises(psycopg2.errors.UniqueViolation):
        db.transaction(again)
    assert used(db, coupon) == 1


def test_a_paid_order_keeps_its_coupon(db: Database) -> None:
    coupon = a_coupon(db)
    order = placed(db, someone(db), coupon)
    assert pay(db, order) is SettleOutcome.PAID
    db.transaction(lambda tx: orders.cancel(tx, order.id, "customer"))
    assert ledger(db, coupon) == [(1, "used", 1)]


def test_late_money_revives_the_order_and_uses_its_coupon_again(db: Database) -> None:
    coupon = a_coupon(db, uses_limit=1, uses_per_customer=1)
    order = placed(db, someone(db, stock=2), coupon)
    expire(db, order)
    set_coupon(db, coupon, "active = false, starts_at = now() - interval '2 hours', ends_at = now()")
    assert pay(db, order) is SettleOutcome.LATE_REVIVED
    assert ledger(db, coupon) == [(1, "used", 1), (1, "returned", 0), (2, "used", 1)]


def test_late_money_goes_back_when_the_coupon_is_used_up(db: Database) -> None:
    coupon = a_coupon(db, uses_limit=1)
    order = placed(db, someone(db), coupon)
    sku = int(str(scalar(db, "SELECT sku_id FROM order_lines WHERE order_id = %s", order.id)))
    expire(db, order)
    placed(db, someone(db), coupon)
    assert pay(db, order) is SettleOutcome.LATE_REFUND
    assert status(db, order) == "expired"
    assert open_cases(db, order) == "refund_due"
    assert stock_of(db, sku) == 10  # the stock that was taken for it is back
    assert used(db, coupon) == 1


def test_late_money_goes_back_when_the_customer_has_used_the_coupon_otherwise(db: Database) -> None:
    coupon, user = a_coupon(db, uses_per_customer=1), someone(db)
    order = placed(db, user, coupon)
    expire(db, order)
    fill_cart(db, user, {goods(db): 1})
    placed(db, user, coupon)
    assert pay(db, order) is SettleOutcome.LATE_REFUND
    assert used(db, coupon) == 1


def test_late_money_leaves_the_coupon_alone_when_the_goods_are_sold_out(db: Database) -> None:
    coupon, user = a_coupon(db), someone(db, stock=2)
    order = placed(db, user, coupon)
    expire(db, order)
    scalar(
        db,
        "WITH sold AS (UPDATE skus SET stock = 1 RETURNING id) INSERT INTO stock_moves "
        "(sku_id, reason, delta, stock_after, actor) SELECT id, 'count', -1, 1, 'test' FROM sold RETURNING 1",
    )
    assert pay(db, order) is SettleOutcome.LATE_REFUND
    assert used(db, coupon) == 0


def test_an_order_knows_its_coupon_however_it_is_found(db: Database) -> None:
    coupon = a_coupon(db)
    order = placed(db, someone(db), coupon)

    def found(tx: Transaction) -> list[Order | None]:
        return [
            orders.get(tx, order.id),
            orders.lock(tx, order.id),
            orders.of_cart(tx, order.cart_id),
            orders.by_code(tx, order.code),
            *orders.of_customer(tx, order.customer_id),
        ]

    assert db.transaction(found) == [order] * 5
    assert (order.discount, order.coupon_id) == (100, coupon.id)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("discount = 1, total = total - 1", "orders_discount_has_coupon"),
        ("discount = -1, total = total + 1", "orders_discount_"),
        ("discount = subtotal + 1, total = shipping_fee - 1", "orders_"),
        ("total = total - 1", "orders_total_adds_up"),
    ],
)
def test_the_database_refuses_a_discount_that_does_not_add_up(
    db: Database, change: str, constraint: str
) -> None:
    place(db, someone(db))
    with pytest.raises(psycopg2.errors.CheckViolation, match=constraint):
        scalar(db, f"UPDATE orders SET {change} RETURNING 1")
