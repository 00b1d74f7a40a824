"""What the database itself refuses of deliveries, invoices and notes, whoever writes it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2
import pytest

from store import addresses, carts, customers, orders
from store.db import Database, Transaction
from store.invoices import Invoice, Kind
from store.orders import Order, PlaceOutcome
from store.pickup import LIMIT, Store, pickup
from store.pricing import ShippingRule
from tests.factories import SHIPPING, broken_invariants, fill_cart, line_user, placed_order, scalar, stock_up

STORE = pickup("王小明", "0912345678", Store("全家", "016768", "台北"))


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    assert broken_invariants(database) == []
    database.close()


@pytest.mark.parametrize(
    "wrong",
    [
        "delivery_method = 'drone'",
        "delivery_method = 'cvs'",
        "store_brand = '全家'",
        "delivery_method = 'cvs', store_brand = '美廉社', store_code = '123456', store_name = '台北'",
        "delivery_method = 'cvs', store_brand = '全家', store_code = '12', store_name = '台北'",
        "delivery_method = 'cvs', store_brand = '全家', store_code = '123456', store_name = ''",
        "invoice_kind = 'telegram'",
        "invoice_value = '919'",
        "invoice_kind = 'mobile', invoice_value = 'ABC+123'",
        "invoice_kind = 'citizen', invoice_value = 'ab12345678901234'",
        "invoice_kind = 'donation', invoice_value = '12'",
        "invoice_kind = 'company', invoice_value = '04595257'",
        "note = repeat('x', 101)",
    ],
)
def test_an_order_that_makes_no_sense_cannot_be_stored(db: Database, wrong: str) -> None:
    [sku] = stock_up(db)
    order = placed_order(db, {sku.id: 1})
    with pytest.raises(psycopg2.errors.CheckViolation):
        scalar(db, f"UPDATE orders SET {wrong} WHERE id = %s RETURNING 1", order.id)


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        ("customers", "invoice_kind = 'company', invoice_value = '04595257'"),
        ("carts", "delivery = 'drone'"),
        ("carts", "note = repeat('x', 101)"),
        ("addresses", "store_code = '1'"),
        ("addresses", "delivery = 'home'"),
    ],
)
def test_nor_can_what_leads_to_one(db: Database, table: str, wrong: str) -> None:
    user = line_user()
    fill_cart(db, user, {stock_up(db)[0].id: 1})
    db.transaction(lambda tx: addresses.remember(tx, customers.meet(tx, user), STORE))
    with pytest.raises(psycopg2.errors.CheckViolation):
        scalar(db, f"UPDATE {table} SET {wrong} RETURNING 1")


def place_at_store(db: Database, user: str) -> tuple[PlaceOutcome, Order | None]:
    def work(tx: Transaction) -> tuple[PlaceOutcome, Order | None]:
        customer = customers.meet(tx, user)
        customers.set_invoice(tx, customer, Invoice(Kind.DONATION, "919"))
        cart = carts.open_cart(tx, customer)
        carts.set_note(tx, cart, "放門口")
        cart = carts.open_cart(tx, customer)
        free = ShippingRule(0, 0)
        return orders.place(
            tx, customer, cart, STORE, method="cod", version=cart.quote(free).version, shipping=free,
            ttl_seconds=60,
        )  # fmt: skip

    return db.transaction(work)


def test_a_store_takes_a_parcel_up_to_its_limit(db: Database) -> None:
    dear, cheap = stock_up(db, price=LIMIT), stock_up(db, price=LIMIT + 1, name="茶王")
    user, other = line_user(), line_user()
    fill_cart(db, user, {dear[0].id: 1})
    fill_cart(db, other, {cheap[0].id: 1})
    outcome, order = place_at_store(db, user)
    assert outcome is PlaceOutcome.PLACED
    assert order is not None
    assert (order.delivery_method, order.note, order.invoice) == (
        "cvs",
        "放門口",
        Invoice(Kind.DONATION, "919"),
    )
    assert db.transaction(lambda tx: orders.get(tx, order.id)) == order
    assert place_at_store(db, other) == (PlaceOutcome.TOO_DEAR_FOR_PICKUP, None)


def test_what_was_kept_for_later_is_in_the_next_cart_even_when_the_order_is_run_again(db: Database) -> None:
    first, second = stock_up(db, count=2)
    user = line_user()
    fill_cart(db, user, {first.id: 1, second.id: 2})

    def keep(tx: Transaction) -> None:
        cart = carts.open_cart(tx, customers.meet(tx, user))
        carts.select(tx, cart, second.id, False)

    db.transaction(keep)
    runs: list[int] = []

    def work(tx: Transaction) -> PlaceOutcome:
        runs.append(1)
        customer = customers.meet(tx, user)
        cart = carts.open_cart(tx, customer)
        outcome, _order = orders.place(
            tx, customer, cart, STORE, method="cod", version=cart.quote(SHIPPING).version, shipping=SHIPPING,
            ttl_seconds=60,
        )  # fmt: skip
        if len(runs) == 1:
            raise psycopg2.errors.SerializationFailure("again")
        return outcome

    assert db.transaction(work) is PlaceOutcome.PLACED
    left = db.transaction(lambda tx: carts.open_cart(tx, customers.meet(tx, user)))
    assert [(line.sku_id, line.quantity, line.selected) for line in left.everything] == [
        (second.id, 2, False)
    ]
    assert len(runs) == 2
