"""The guards of stock, money and queues: how to switch each off, and the scene that then breaks the books."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from payments import refunds, settlement
from store import coupons, orders, stock
from store.db import Database, Transaction, query_text, sql
from store.orders import Charge, Order, SettleOutcome
from store.queue import inbox, outbox
from tests.concurrency import books, scenes, scenes_of_money
from tests.integration.till import Till

Switch = Callable[[pytest.MonkeyPatch], None]
HELD = "lease = %(lease)s AND status = 'waiting'"


@dataclass(frozen=True)
class Guard:
    """One guard.

    `statements` and `switches` take it away; then `scene` leaves broken books, of which `breaks` is said.
    `with_bank`: the bank's books are compared too.
    """

    name: str
    scene: Callable[[Till], list[str] | None]
    breaks: str
    switches: Sequence[Switch] = ()
    statements: Sequence[str] = ()
    with_bank: bool = False

    @contextmanager
    def off(self, db: Database) -> Iterator[None]:
        """Without it, in this process and this database (which is not mended afterwards)."""
        for statement in self.statements:
            _execute(db, statement)
        with pytest.MonkeyPatch.context() as patch:
            for switch in self.switches:
                switch(patch)
            yield

    def play(self, till: Till) -> list[str]:
        """Play its scene; what is wrong afterwards."""
        return (self.scene(till) or []) + books.wrong(till.db, till.bank if self.with_bank else None)


def _execute(db: Database, statement: str) -> None:
    def work(tx: Transaction) -> None:
        with tx.connection.cursor() as cursor:
            cursor.execute(statement)

    db.transaction(work)


def says(name: str, text: str, *modules: Any) -> Switch:
    """Have a query of the house say something else, also where it travels with COMMIT."""

    def switch(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(sql, name, _runner(name, text))
        for module in modules:
            patch.setattr(module, "query_text", lambda asked: text if asked == name else query_text(asked))

    return switch


def without(name: str, part: str, *modules: Any, instead: str = "") -> Switch:
    """Have a query of the house lack a part of it."""

    def switch(patch: pytest.MonkeyPatch) -> None:
        text = query_text(name)
        assert part in text, f"{name} has no {part!r} any more"
        says(name, text.replace(part, instead), *modules)(patch)

    return switch


def _runner(name: str, text: str) -> Callable[..., Any]:
    """Runs `text` and answers as the query `name` does: a row, a value, or how many rows it changed."""
    original = getattr(sql, name)
    kind = original.operation.name

    def run(connection: Any, **parameters: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(text, parameters)
            match kind:
                case "SELECT_ONE":
                    return cursor.fetchone()
                case "SELECT_VALUE":
                    return cursor.fetchone()[0]
                case "SELECT":
                    return cursor.fetchall()
            return cursor.rowcount

    return run


def unlocked(name: str) -> Switch:
    """Have a query of the house read what it should hold."""

    def switch(patch: pytest.MonkeyPatch) -> None:
        text, lock, _ = query_text(name).partition("FOR NO KEY UPDATE")
        assert lock, f"{name} holds nothing any more"
        says(name, text)(patch)

    return switch


def _unlocked_tap(patch: pytest.MonkeyPatch) -> None:
    """Nobody waits for anybody, and all taps have looked before any of them writes."""
    columns = query_text("customer_lock").partition("RETURNING")[2].strip(" ;\n")
    says("customer_lock", f"SELECT {columns} FROM customers WHERE line_user_id = %(line_user_id)s")(patch)
    unlocked("cart_open_lock")(patch)
    place = _runner("order_place", query_text("order_place").replace(" AND status = 'open'", ""))
    all_have_looked = threading.Barrier(4)

    def wait_and_place(connection: Any, **parameters: Any) -> Any:
        all_have_looked.wait(10)
        return place(connection, **parameters)

    patch.setattr(sql, "order_place", wait_and_place)


def _any_amount_will_do(patch: pytest.MonkeyPatch) -> None:
    checked = orders._apply

    def unchecked(tx: Any, order: Order, charge: Charge, actor: str) -> SettleOutcome:
        return checked(tx, order, replace(charge, amount=order.total), actor)

    patch.setattr(orders, "_apply", unchecked)


def _any_token_will_do(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settlement, "_is_about", lambda _payment, _report: True)


def _no_look_for_traces(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(refunds, "_trace", lambda _refund, _others, _standing: None)
    patch.setattr(refunds.Refunder, "_wait_for_trace", lambda _self, _refund: None)
    patch.setattr(refunds, "_is_occupied", lambda _others, _standing: False)


GUARDS = (
    Guard(
        "stock is taken only where there is enough",
        scenes.four_want_the_last_piece,
        "is oversold: -3",
        [without("stock_take", " AND stock >= %(quantity)s", stock)],
        [
            "ALTER TABLE skus DROP CONSTRAINT skus_stock_is_never_negative",
            "ALTER TABLE stock_moves DROP CONSTRAINT stock_moves_stock_after_check",
        ],
    ),
    Guard(
        "an order is revived only where there is enough",
        scenes_of_money.late_money_comes_when_all_is_sold,
        "is oversold: -1",
        [without("stock_take", " AND stock >= %(quantity)s")],
        [
            "ALTER TABLE skus DROP CONSTRAINT skus_stock_is_never_negative",
            "ALTER TABLE stock_moves DROP CONSTRAINT stock_moves_stock_after_check",
        ],
    ),
    Guard(
        "a stock move that did not happen is not written",
        scenes.four_want_the_last_piece,
        "is no chain from 0 to its stock",
        [
            without(
                "stock_take",
                "(SELECT stock FROM taken)",
                stock,
                instead="coalesce((SELECT stock FROM taken), 0)",
            )
        ],
    ),
    Guard(
        "stock comes back once a round (stock_moves_once_per_order)",
        scenes.an_order_dies_and_its_stock_is_returned_twice,
        "is cancelled and holds -3 of sku",
        statements=["DROP INDEX stock_moves_once_per_order"],
    ),
    Guard(
        "an import holds the SKUs it counts",
        scenes.a_file_is_imported_while_stock_is_taken,
        "the merchant counted 8, the order holds 3, and 8 are for sale",
        [unlocked("import_skus_lock")],
    ),
    Guard(
        "a coupon is used only within its limit",
        scenes.four_want_the_last_use_of_a_coupon,
        "is used 4 times",
        [without("coupon_take", " AND (uses_limit IS NULL OR used < uses_limit)", coupons)],
        ["ALTER TABLE coupons DROP CONSTRAINT coupons_used_within_limit"],
    ),
    Guard(
        "the uses of a customer are counted under their lock",
        scenes.a_coupon_is_used_again_while_late_money_wants_it,
        "holds 2 uses of coupon",
        [unlocked("customer_lock_by_id")],
    ),
    Guard(
        "a coupon comes back once (coupon_uses_once_per_order)",
        scenes.an_order_dies_and_its_coupon_is_returned_twice,
        "is cancelled and holds -1 uses",
        statements=["DROP INDEX coupon_uses_once_per_order"],
    ),
    Guard(
        "a cart becomes one order (locks, WHERE, orders_cart_id)",
        scenes.checkout_is_tapped_four_times,
        "became 4 orders",
        [_unlocked_tap],
        ["DROP INDEX orders_cart_id"],
    ),
    Guard(
        "only a pending order becomes paid",
        scenes_of_money.money_comes_for_a_cancelled_order,
        "is paid and holds 0 of sku",
        [without("order_set_paid", " AND status = 'pending'")],
    ),
    Guard(
        "only a pending order expires",
        scenes.money_comes_while_the_timer_asks_the_bank,
        "is expired with money and nobody knows",
        [without("order_expire", " AND status = 'pending'")],
    ),
    Guard(
        "an order expires when its time is over",
        scenes.an_order_is_ended_before_its_time,
        "ended before its time",
        [without("order_expire", " AND expires_at <= now()")],
    ),
    Guard(
        "only an unpaid order is cancelled",
        scenes.a_paid_order_is_cancelled,
        "is cancelled with money and nobody knows",
        [says("order_cancel", "UPDATE orders SET status = 'cancelled', closed_at = now() WHERE id = %(id)s")],
    ),
    Guard(
        "an order is revived once (lock, WHERE, stock_moves_once_per_order)",
        scenes_of_money.two_payments_revive_an_order_at_once,
        "and holds 6 of sku",
        [unlocked("order_lock"), without("order_revive", " AND status = 'expired'")],
        ["DROP INDEX stock_moves_once_per_order"],
    ),
    Guard(
        "the same money counts once (money_moves_once)",
        scenes_of_money.five_reports_of_one_payment,
        "is in the books 5 times",
        [without("money_move_record", "ON CONFLICT (reference, kind) DO NOTHING")],
        ["DROP INDEX money_moves_once"],
    ),
    Guard(
        "a wrong amount pays for nothing",
        scenes_of_money.a_transfer_of_a_wrong_amount,
        "with money 1 of",
        [_any_amount_will_do],
    ),
    Guard(
        "a token must be about the payment it is posted to",
        scenes_of_money.a_token_of_another_payment_is_posted,
        "the bank received []",
        [_any_token_will_do],
        with_bank=True,
    ),
    Guard(
        "a payment with money is not closed",
        scenes_of_money.money_comes_while_its_page_is_given_up,
        "is expired and its money came 1 times",
        [without("payment_close", " AND status IN ('creating', 'waiting')")],
    ),
    Guard(
        "a paid payment does not wait again",
        scenes_of_money.money_comes_before_the_bank_has_answered,
        "is waiting and its money came 1 times",
        [without("payment_set_waiting", " AND status = 'creating'")],
    ),
    Guard(
        "one live way to pay (payments_one_live_per_order)",
        scenes_of_money.a_second_way_to_pay_is_opened,
        "has 2 live payments",
        statements=["DROP INDEX payments_one_live_per_order"],
    ),
    Guard(
        "no more is promised back than is held",
        scenes_of_money.a_payment_is_refunded_twice_over,
        "promises back",
        [without("refund_insert", ">= %(amount)s", instead=">= -1000000")],
    ),
    Guard(
        "a refund is asked for once (refund_by_key, refunds_key)",
        scenes_of_money.a_refund_is_asked_for_twice,
        "was granted 2 times",
        [without("refund_by_key", "key = %(key)s", instead="key = %(key)s || '?'")],
        ["DROP INDEX refunds_key"],
    ),
    Guard(
        "a refund is sent again only when the bank has no trace of it",
        scenes_of_money.the_answer_to_a_refund_is_lost,
        "the bank returned 20",
        [_no_look_for_traces],
        with_bank=True,
    ),
    Guard(
        "an event is stored once (inbox_event_key)",
        scenes_of_money.a_callback_comes_twice,
        "is stored 2 times",
        [without("inbox_store", "ON CONFLICT (source, event_key) DO NOTHING")],
        ["DROP INDEX inbox_event_key"],
    ),
    Guard(
        "an event is finished by who holds its lease",
        scenes_of_money.a_slow_worker_loses_its_event,
        "was applied 2 times",
        [without("inbox_finish", f"CASE WHEN {HELD} THEN 'done' END", inbox, instead="'done'")],
    ),
    Guard(
        "a job is finished by who holds its lease",
        scenes_of_money.a_slow_worker_loses_its_job,
        "heard of 2 failures in 1 reports",
        [without("outbox_finish", f"CASE WHEN {HELD} THEN %(status)s END", outbox, instead="%(status)s")],
    ),
)
