"""From paid to received: every step from every state, on a real database."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import fulfilment, orders
from store.db import Database, Transaction
from store.fulfilment import Fault, Outcome, Parcel
from store.orders import Order
from tests.factories import broken_invariants, placed_order, scalar, stock_of, stock_up

PARCEL = Parcel("黑貓宅急便", "1234-5678-9012")
STATES = (
    "pending",
    "paid",
    "preparing",
    "shipped",
    "completed",
    "cancelled",
    "expired",
    "refunding",
    "refunded",
)
Step = Callable[[Transaction, int], Outcome]


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def order_in(db: Database, status: str) -> Order:
    order = placed_order(db, {stock_up(db, name=secrets.token_hex(4))[0].id: 2}, "card")
    run(db, "UPDATE orders SET status = %s WHERE id = %s", status, order.id)
    return order


def run(db: Database, statement: str, *values: object) -> None:
    def work(tx: Transaction) -> None:
        with tx.connection.cursor() as cursor:
            cursor.execute(statement, values)

    db.transaction(work)


def prepare(tx: Transaction, order_id: int) -> Outcome:
    return fulfilment.prepare(tx, order_id, "staff:1")


def ship(tx: Transaction, order_id: int) -> Outcome:
    return fulfilment.ship(tx, order_id, PARCEL, "staff:1")


def complete(tx: Transaction, order_id: int) -> Outcome:
    return fulfilment.complete(tx, order_id, "staff:1")


@pytest.mark.parametrize(
    ("step", "allowed", "already", "target"),
    [
        (prepare, ("paid",), ("preparing",), "preparing"),
        (ship, ("paid", "preparing"), ("shipped", "completed"), "shipped"),
        (complete, ("shipped",), ("completed",), "completed"),
    ],
)
def test_each_step_is_taken_from_the_states_it_may_be_taken_from(
    db: Database, step: Step, allowed: tuple[str, ...], already: tuple[str, ...], target: str
) -> None:
    for status in STATES:
        order = order_in(db, status)
        outcome = db.transaction(lambda tx, order=order: step(tx, order.id))  # type: ignore[misc]
        now = scalar(db, "SELECT status FROM orders WHERE id = %s", order.id)
        events = scalar(
            db, "SELECT count(*) FROM order_events WHERE order_id = %s AND actor = 'staff:1'", order.id
        )
        if status in allowed:
            assert (outcome, now, events) == (Outcome(target), target, 1)
        else:
            expected = Outcome.ALREADY if status in already else Outcome.IMPOSSIBLE
            assert (outcome, now, events) == (expected, status, 0)


def test_shipping_tells_the_customer_the_carrier_and_the_number_once(db: Database) -> None:
    order = order_in(db, "paid")
    assert [db.transaction(lambda tx: ship(tx, order.id)) for _ in range(2)] == [
        Outcome.SHIPPED,
        Outcome.ALREADY,
    ]
    payload = scalar(
        db, "SELECT payload FROM outbox WHERE kind = 'notice' AND payload ->> 'what' = 'shipped'"
    )
    assert payload == {
        "what": "shipped",
        "customer_id": order.customer_id,
        "carrier": "黑貓宅急便",
        "tracking": "1234-5678-9012",
    }
    sent = db.transaction(lambda tx: fulfilment.shipment(tx, order.id))
    assert sent
    assert (sent.carrier, sent.tracking) == (PARCEL.carrier, PARCEL.tracking)


def test_eight_people_who_ship_one_order_at_once_send_one_parcel(db: Database) -> None:
    order = order_in(db, "paid")
    with ThreadPoolExecutor(8) as people:
        outcomes = list(people.map(lambda _: db.transaction(lambda tx: ship(tx, order.id)), range(8)))
    assert sorted(outcomes) == [*[Outcome.ALREADY] * 7, Outcome.SHIPPED]
    assert scalar(db, "SELECT count(*) FROM outbox WHERE payload ->> 'what' = 'shipped'") == 1


def test_cash_on_delivery_ships_from_preparing_and_keeps_its_stock(db: Database) -> None:
    sku = stock_up(db, stock=5)[0]
    order = placed_order(db, {sku.id: 2}, "cod")
    assert db.transaction(lambda tx: ship(tx, order.id)) is Outcome.SHIPPED
    assert db.transaction(lambda tx: orders.cancel(tx, order.id, "staff:1")) is orders.CancelOutcome.TOO_LATE
    assert db.transaction(lambda tx: complete(tx, order.id)) is Outcome.COMPLETED
    assert stock_of(db, sku.id) == 3
    assert broken_invariants(db) == []


def test_a_wrong_tracking_number_is_corrected_while_the_parcel_is_on_its_way(db: Database) -> None:
    order = order_in(db, "paid")
    right = Parcel("新竹物流", "999988887777")

    def correct(tx: Transaction) -> Outcome:
        return fulfilment.correct(tx, order.id, right, "staff:1")

    assert db.transaction(correct) is Outcome.IMPOSSIBLE
    db.transaction(lambda tx: ship(tx, order.id))
    assert [db.transaction(correct) for _ in range(2)] == [Outcome.CORRECTED, Outcome.ALREADY]
    assert scalar(db, "SELECT tracking FROM shipments WHERE order_id = %s", order.id) == "999988887777"
    assert scalar(db, "SELECT count(*) FROM outbox WHERE payload ->> 'what' = 'shipped'") == 2
    db.transaction(lambda tx: complete(tx, order.id))
    other = Parcel("新竹物流", "1111")
    assert db.transaction(lambda tx: fulfilment.correct(tx, order.id, other, "staff:1")) is Outcome.IMPOSSIBLE


def test_an_order_that_is_not_there_is_an_error(db: Database) -> None:
    for step in (prepare, ship, complete):
        with pytest.raises(LookupError):
            db.transaction(lambda tx, step=step: step(tx, 4711))  # type: ignore[misc]


def test_the_database_holds_one_parcel_per_order(db: Database) -> None:
    order = order_in(db, "paid")
    db.transaction(lambda tx: ship(tx, order.id))
    with pytest.raises(psycopg2.errors.UniqueViolation):
        run(db, "INSERT INTO shipments (order_id, carrier, tracking) VALUES (%s, 'x', 'y')", order.id)


@pytest.mark.parametrize(
    ("carrier", "tracking", "result"),
    [
        (" 黑貓宅急便 ", " 1234 5678 9012 ", Parcel("黑貓宅急便", "123456789012")),
        ("７－ＥＬＥＶＥＮ", "Ａ1234567", Parcel("7-ELEVEN", "A1234567")),
        ("自行配送", "", Parcel("自行配送", "")),
        ("", "12345", Fault.NO_CARRIER),
        ("黑貓宅急便", "", Fault.NO_TRACKING),
        ("x" * 31, "12345", Fault.CARRIER_TOO_LONG),
        ("全家", "=1+1", Fault.NOT_A_TRACKING_NUMBER),
        ("全家", "-2222", Fault.NOT_A_TRACKING_NUMBER),
        ("全家", "abc", Fault.NOT_A_TRACKING_NUMBER),
        ("全家", "a" * 41, Fault.NOT_A_TRACKING_NUMBER),
        ("全家", "<script>", Fault.NOT_A_TRACKING_NUMBER),
    ],
)
def test_a_parcel_is_checked_before_it_is_kept(carrier: str, tracking: str, result: Parcel | Fault) -> None:
    assert fulfilment.check(carrier, tracking) == result


@given(st.text(), st.text())
def test_a_parcel_is_plain_or_refused_whatever_is_typed(carrier: str, tracking: str) -> None:
    result = fulfilment.check(carrier, tracking)
    if isinstance(result, Parcel):
        assert fulfilment.check(result.carrier, result.tracking) == result
        assert result.tracking.isascii()
        assert 1 <= len(result.carrier) <= 30
