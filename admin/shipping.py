"""Several orders at once: begin to pack them, send them off with one number each."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for
from flask import redirect as to
from werkzeug.wrappers import Response as AnyResponse

from admin import order_actions, orders
from admin.frame import Frame, field, say
from admin.roles import may
from admin.words import _
from store import fulfilment
from store.db import Transaction, sql
from store.fulfilment import Fault, Outcome, Parcel
from store.orders import Order

MOST = orders.PAGE


class Desk:
    """`/admin/orders/prepare` and `/admin/orders/ship`, for the orders that were ticked."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the pages into the blueprint."""
        room.add_url_rule("/orders/prepare", "prepare_all", self.prepare_all, methods=["POST"])
        room.add_url_rule("/orders/ship", "ship_form", self.ship_form, methods=["GET"])
        room.add_url_rule("/orders/ship", "ship_all", self.ship_all, methods=["POST"])

    @may("staff")
    def prepare_all(self) -> AnyResponse:
        """Begin to pack every ticked order that is paid."""
        ids = orders.chosen(request.form.getlist("id"), MOST)
        done = sum(self._prepare(order) is Outcome.PREPARING for order in self._orders(ids))
        if not ids:
            say("bad", _("請先勾選訂單。"))
        else:
            say("good" if done else "plain", _("{count} 張訂單開始備貨了。").format(count=done))
            if done < len(ids):
                sentence = _("另外 {count} 張不是「已付款」，沒有變動。")
                say("plain", sentence.format(count=len(ids) - done))
        return self._back()

    @may("staff")
    def ship_form(self) -> AnyResponse:
        """A tracking number for each ticked order."""
        found = self._to_ship(orders.chosen(request.args.getlist("id"), MOST))
        if not found:
            say("bad", _("請先勾選可以出貨的訂單（已付款或備貨中）。"))
            return self._back()
        return self._form(found, {}, {})

    @may("staff")
    def ship_all(self) -> AnyResponse:
        """Send off every order that has a number; the others stay on the form, faults beside their fields."""
        ids = orders.chosen(request.form.getlist("id"), MOST)
        carrier = field("carrier", 100)
        faults: dict[int, Fault] = {}
        sent, typed = 0, {order_id: field(f"tracking-{order_id}", 100) for order_id in ids}
        for order in self._to_ship(ids):
            # A field left empty means: not this one today. Own delivery has no numbers, so there all go.
            if not typed[order.id] and carrier != fulfilment.OWN_DELIVERY:
                continue
            parcel = fulfilment.check(carrier, typed[order.id])
            if isinstance(parcel, Fault):
                faults[order.id] = parcel
            else:
                sent += self._ship(order, parcel) is Outcome.SHIPPED
        if sent:
            say("good", _("{count} 張訂單已出貨，會通知客人。").format(count=sent))
        if faults:
            say("bad", _("有 {count} 個單號要改一下，這些訂單還沒有出貨。").format(count=len(faults)))
        elif not sent:
            say("plain", _("沒有填寫單號，所以沒有訂單出貨。"))
        left = self._to_ship(ids)
        if left and (faults or not sent):
            return self._form(left, typed, faults, 422)
        return self._back()

    def _orders(self, ids: list[int]) -> list[Order]:
        return self._db.transaction(
            lambda tx: [Order(*row) for row in sql.orders_by_ids(tx.connection, ids=ids)]
        )

    def _to_ship(self, ids: list[int]) -> list[Order]:
        return [order for order in self._orders(ids) if order.status in ("paid", "preparing")]

    def _prepare(self, order: Order) -> Outcome:
        """One order in a transaction of its own: a trouble with one does not undo the others."""
        return self._db.transaction(
            lambda tx: order_actions.prepare(tx, orders.find(tx, order.id, lock=True))
        )

    def _ship(self, order: Order, parcel: Parcel) -> Outcome:
        def work(tx: Transaction) -> Outcome:
            return order_actions.ship(tx, orders.find(tx, order.id, lock=True), parcel)

        return self._db.transaction(work)

    def _form(
        self, found: list[Order], typed: dict[int, str], faults: dict[int, Fault], status: int = 200
    ) -> Response:
        sentences: dict[int, Any] = {i: order_actions.parcel_fault(fault) for i, fault in faults.items()}
        return self._frame.show(
            "ship.html", status, orders=found, typed=typed, faults=sentences,
            carriers=fulfilment.CARRIERS, chosen=request.form.get("carrier", "")[:100],
        )  # fmt: skip

    def _back(self) -> AnyResponse:
        return to(url_for("console.orders", state="to_ship"), code=303)
