"""Orders against stock and money: every transition, on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg2
import pytest

from store import orders, stock
from store.db import Database, Transaction, sql
from store.orders import CancelOutcome, Charge, Order, PlaceOutcome, SettleOutcome
from tests.factories import (
    broken_invariants,
    fill_cart,
    line_user,
    place,
    placed_order,
    scalar,
    stock_of,
    stock_up,
)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    assert broken_invariants(database) == []
    database.close()


def a_payment(db: Database, order: Order) -> int:
    def work(tx: Transaction) -> int:
        attempt = len(list(sql.payments_of_order(tx.connection, order_id=order.id))) + 1
        row = sql.payment_insert(
            tx.connection,
            order_id=order.id,
            attempt=attempt,
            provider="sinopac",
            method=order.payment_method,
            amount=order.total,
            provider_order_no=f"{order.code}{attempt}",
            callback_key=f"{order.code}-{attempt}",
            expires_at=datetime.now(UTC),
        )
        sql.payment_close(tx.connection, id=row.id, status="cancelled", error="")
        return int(row.id)

    return db.transaction(work)


def pay(db: Database, order: Order, amount: int | None = None, reference: str = "TS1") -> SettleOutcome:
    payment = a_payment(db, order)
    charge = Charge(reference, order.total if amount is None else amount, datetime.now(UTC))
    return db.transaction(lambda tx: orders.settle(tx, order.id, payment, charge, "bank"))


def overdue(db: Database, order: Order) -> None:
    scalar(
        db, "UPDATE orders SET expires_at = now() - interval '1 second' WHERE id = %s RETURNING 1", order.id
    )


def status(db: Database, order: Order) -> str:
    return db.transaction(lambda tx: orders.get(tx, order.id)).status


def open_cases(db: Database, order: Order) -> str:
    return str(
        scalar(
            db, "SELECT string_agg(kind, ',') FROM cases WHERE order_id = %s AND closed_at IS NULL", order.id
        )
    )


def test_placing_takes_stock_and_adds_up(db: Database) -> None:
    sku = stock_up(db, stock=5, price=380)[0]
    order = placed_order(db, {sku.id: 2})
    assert (order.subtotal, order.shipping_fee, order.total) == (760, 80, 840)
    assert order.status == "pending"
    assert stock_of(db, sku.id) == 3


def test_cash_on_delivery_starts_at_preparing_and_never_expires(db: Database) -> None:
    sku = stock_up(db)[0]
    order = placed_order(db, {sku.id: 1}, "cod")
    assert order.status == "preparing"
    assert order.expires_at is None


def test_same_sku_twice_in_one_cart_counts_once(db: Database) -> None:
    sku = stock_up(db, stock=3)[0]
    user = line_user()
    fill_cart(db, user, {sku.id: 1})
    fill_cart(db, user, {sku.id: 1})
    outcome, order = place(db, user)
    assert outcome is PlaceOutcome.PLACED
    assert order is not None
    lines = db.transaction(lambda tx: orders.lines(tx, order.id))
    assert [(line.sku_id, line.quantity) for line in lines] == [(sku.id, 2)]
    assert stock_of(db, sku.id) == 1


def test_too_little_stock_is_said_and_nothing_is_taken(db: Database) -> None:
    sku = stock_up(db, stock=3)[0]
    user = line_user()
    fill_cart(db, user, {sku.id: 3})
    placed_order(db, {sku.id: 2})
    assert place(db, user)[0] is PlaceOutcome.SHORT
    assert stock_of(db, sku.id) == 1


def test_a_price_that_changed_since_the_quote_is_asked_about(db: Database) -> None:
    from store import carts, customers
    from tests.factories import DETAILS, SHIPPING

    sku = stock_up(db)[0]
    user = line_user()
    fill_cart(db, user, {sku.id: 1})

    def work(tx: Transaction) -> PlaceOutcome:
        customer = customers.meet(tx, user)
        version = carts.open_cart(tx, customer).quote(SHIPPING).version
        with tx.connection.cursor() as cursor:
            cursor.execute("UPDATE skus SET price = price + 1 WHERE id = %s", (sku.id,))
        cart = carts.open_cart(tx, customer)
        assert [line.seen_price for line in cart.repriced] == [sku.price]
        return orders.place(
            tx, customer, cart, DETAILS, method="card", version=version, shipping=SHIPPING, ttl_seconds=60
        )[0]

    assert db.transaction(work) is PlaceOutcome.CHANGED


def test_an_atm_order_above_the_limit_of_the_bank_is_not_placed(db: Database) -> None:
    sku = stock_up(db, price=30_001)[0]
    user = line_user()
    fill_cart(db, user, {sku.id: 1})
    assert place(db, user, "atm")[0] is PlaceOutcome.OVER_LIMIT
    assert place(db, user, "card")[0] is PlaceOutcome.PLACED


def test_stock_taken_by_somebody_faster_undoes_the_order_and_decides_again(db: Database) -> None:
    sku = stock_up(db, stock=1)[0]
    user = line_user()
    fill_cart(db, user, {sku.id: 1})
    rival = [True]

    def work(tx: Transaction) -> PlaceOutcome:
        from store import customers
        from tests.factories import place_in

        outcome, _ = place_in(tx, customers.meet(tx, user))
        if rival.pop() if rival else False:
            placed_order(db, {sku.id: 1})  # between our look at the stock and our COMMIT
        return outcome

    assert db.transaction(work) is PlaceOutcome.SHORT
    assert scalar(db, "SELECT count(*) FROM orders") == 1
    assert stock_of(db, sku.id) == 0


def test_money_makes_a_pending_order_paid_and_stops_its_timer(db: Database) -> None:
    order = placed_order(db, {stock_up(db)[0].id: 1})
    assert pay(db, order) is SettleOutcome.PAID
    assert status(db, order) == "paid"
    assert scalar(db, "SELECT count(*) FROM outbox WHERE kind = 'order.expire' AND status = 'waiting'") == 0


def test_the_same_money_reported_twice_counts_once(db: Database) -> None:
    order = placed_order(db, {stock_up(db)[0].id: 1})
    assert pay(db, order) is SettleOutcome.PAID
    assert pay(db, order) is SettleOutcome.DUPLICATE
    assert scalar(db, "SELECT sum(amount) FROM money_moves") == order.total


def test_wrong_amount_is_kept_but_not_paid(db: Database) -> None:
    order = placed_order(db, {stock_up(db)[0].id: 1})
    assert pay(db, order, amount=order.total - 1) is SettleOutcome.AMOUNT_MISMATCH
    assert status(db, order) == "pending"
    assert open_cases(db, order) == "amount_mismatch"


def test_second_payment_of_a_paid_order_is_due_back(db: Database) -> None:
    order = placed_order(db, {stock_up(db)[0].id: 1})
    pay(db, order, reference="TS1")
    assert pay(db, order, reference="TS2") is SettleOutcome.EXTRA_REFUND
    assert status(db, order) == "paid"
    assert open_cases(db, order) == "refund_due"


def test_late_payment_revives_when_stock_is_left(db: Database) -> None:
    sku = stock_up(db, stock=2)[0]
    order = placed_order(db, {sku.id: 2})
    overdue(db, order)
    assert db.transaction(lambda tx: orders.expire(tx, order.id))
    assert stock_of(db, sku.id) == 2
    assert pay(db, order) is SettleOutcome.LATE_REVIVED
    assert status(db, order) == "paid"
    assert stock_of(db, sku.id) == 0


def test_late_payment_is_refunded_when_sold_out(db: Database) -> None:
    sku = stock_up(db, stock=2)[0]
    order = placed_order(db, {sku.id: 2})
    overdue(db, order)
    db.transaction(lambda tx: orders.expire(tx, order.id))
    placed_order(db, {sku.id: 1})
    assert pay(db, order) is SettleOutcome.LATE_REFUND
    assert status(db, order) == "expired"
    assert stock_of(db, sku.id) == 1
    assert open_cases(db, order) == "refund_due"


def test_money_for_an_order_the_customer_cancelled_is_due_back(db: Database) -> None:
    sku = stock_up(db)[0]
    order = placed_order(db, {sku.id: 1})
    db.transaction(lambda tx: orders.cancel(tx, order.id, "customer"))
    assert pay(db, order) is SettleOutcome.LATE_REFUND
    assert status(db, order) == "cancelled"
    assert stock_of(db, sku.id) == 10


def test_cancel_returns_stock_once(db: Database) -> None:
    sku = stock_up(db, stock=4)[0]
    order = placed_order(db, {sku.id: 3})
    assert db.transaction(lambda tx: orders.cancel(tx, order.id, "customer")) is CancelOutcome.CANCELLED
    assert db.transaction(lambda tx: orders.cancel(tx, order.id, "customer")) is CancelOutcome.ALREADY
    assert stock_of(db, sku.id) == 4


def test_the_database_refuses_a_second_return_of_the_same_stock(db: Database) -> None:
    sku = stock_up(db, stock=4)[0]
    order = placed_order(db, {sku.id: 3})
    db.transaction(lambda tx: orders.cancel(tx, order.id, "customer"))

    def again(tx: Transaction) -> None:
        stock.return_at_commit(tx, order.id, orders.lines(tx, order.id), "somebody", 1)

    with pytest.raises(psycopg2.errors.UniqueViolation):
        db.transaction(again)
    assert stock_of(db, sku.id) == 4


def test_a_paid_order_is_not_cancelled_by_a_tap(db: Database) -> None:
    order = placed_order(db, {stock_up(db)[0].id: 1})
    pay(db, order)
    assert db.transaction(lambda tx: orders.cancel(tx, order.id, "customer")) is CancelOutcome.TOO_LATE


def test_an_order_does_not_expire_before_its_time_or_after_its_money(db: Database) -> None:
    order = placed_order(db, {stock_up(db)[0].id: 1})
    assert not db.transaction(lambda tx: orders.expire(tx, order.id))
    pay(db, order)
    overdue(db, order)
    assert not db.transaction(lambda tx: orders.expire(tx, order.id))
    assert status(db, order) == "paid"


def test_a_revived_order_keeps_its_history_and_its_second_stock_round(db: Database) -> None:
    sku = stock_up(db, stock=1)[0]
    order = placed_order(db, {sku.id: 1})
    overdue(db, order)
    db.transaction(lambda tx: orders.expire(tx, order.id))
    pay(db, order)
    kinds = db.transaction(
        lambda tx: [row.kind for row in sql.order_events_list(tx.connection, order_id=order.id)]
    )
    assert kinds == ["placed", "expired", "money_arrived"]
    assert scalar(db, "SELECT stock_round FROM orders WHERE id = %s", order.id) == 2
