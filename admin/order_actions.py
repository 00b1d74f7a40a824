"""What a person does to one order: change, event, notice and audit row in one transaction."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, g
from werkzeug.wrappers import Response as AnyResponse

from admin import audit, labels
from admin.frame import Frame, field, say
from admin.orders import find
from admin.roles import may
from admin.words import _
from store import fulfilment, orders
from store.db import Transaction
from store.fulfilment import Outcome, Parcel
from store.orders import CancelOutcome, Order
from store.text import storable

NOTE_LENGTH = 1000
REASON_LENGTH = 300


class Desk:
    """`POST /admin/orders/<id>/…`."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the forms into the blueprint."""
        for name, view in (
            ("prepare", self.prepare),
            ("ship", self.ship),
            ("correct", self.correct),
            ("complete", self.complete),
            ("cancel", self.cancel),
            ("note", self.note),
        ):
            room.add_url_rule(f"/orders/<int:order_id>/{name}", f"{name}_order", view, methods=["POST"])

    @may("staff")
    def prepare(self, order_id: int) -> AnyResponse:
        """Somebody begins to pack it."""
        return self._move(order_id, prepare)

    @may("staff")
    def ship(self, order_id: int) -> AnyResponse:
        """It is with the carrier."""
        parcel = fulfilment.check(field("carrier", 100), field("tracking", 100))
        if isinstance(parcel, fulfilment.Fault):
            say("bad", parcel_fault(parcel))
            return self._frame.go("order", order_id=order_id)
        return self._move(order_id, lambda tx, order: ship(tx, order, parcel))

    @may("staff")
    def correct(self, order_id: int) -> AnyResponse:
        """The carrier or the number was wrong."""
        parcel = fulfilment.check(field("carrier", 100), field("tracking", 100))
        if isinstance(parcel, fulfilment.Fault):
            say("bad", parcel_fault(parcel))
            return self._frame.go("order", order_id=order_id)
        return self._move(order_id, lambda tx, order: _correct(tx, order, parcel))

    @may("staff")
    def complete(self, order_id: int) -> AnyResponse:
        """The customer has it."""
        return self._move(order_id, _complete)

    @may("staff")
    def cancel(self, order_id: int) -> AnyResponse:
        """Give it up before it was paid, or before cash on delivery was shipped; the customer is told."""
        reason = storable(field("reason", REASON_LENGTH))
        if not reason:
            say("bad", _("請寫下取消的原因。"))
            return self._frame.go("order", order_id=order_id)
        outcome = self._db.transaction(lambda tx: _cancel(tx, find(tx, order_id, lock=True), reason))
        if outcome is CancelOutcome.CANCELLED:
            say("good", _("訂單已取消，商品已放回架上，也會通知客人。"))
        elif outcome is CancelOutcome.ALREADY:
            say("plain", _("這張訂單先前已經取消了。"))
        else:
            say("bad", _("這張訂單已經不能取消了。"))
        return self._frame.go("order", order_id=order_id)

    @may("staff")
    def note(self, order_id: int) -> AnyResponse:
        """A note to ourselves; the customer never sees it."""
        text = storable(field("text", NOTE_LENGTH))

        def work(tx: Transaction) -> None:
            order = find(tx, order_id, lock=True)
            orders.record(tx, order.id, g.staff.actor, "note", {"text": text})
            audit.record(tx, g.staff.id, "order.note", f"order:{order.id}", None, {"text": text})

        if text:
            self._db.transaction(work)
            say("good", _("備註已記下。"))
        return self._frame.go("order", order_id=order_id, _anchor="history")

    def _move(self, order_id: int, step: Callable[[Transaction, Order], Outcome]) -> AnyResponse:
        def work(tx: Transaction) -> tuple[Order, Outcome]:
            order = find(tx, order_id, lock=True)
            return order, step(tx, order)

        order, outcome = self._db.transaction(work)
        say(*_sentence(order, outcome))
        return self._frame.go("order", order_id=order_id)


def prepare(tx: Transaction, order: Order) -> Outcome:
    """Mark it as being packed, and write it down."""
    outcome = fulfilment.prepare(tx, order.id, g.staff.actor)
    if outcome is Outcome.PREPARING:
        _record(tx, "order.prepare", order, {"status": "preparing"})
    return outcome


def ship(tx: Transaction, order: Order, parcel: Parcel) -> Outcome:
    """Send it off, and write it down."""
    outcome = fulfilment.ship(tx, order.id, parcel, g.staff.actor)
    if outcome is Outcome.SHIPPED:
        after = {"status": "shipped", "carrier": parcel.carrier, "tracking": parcel.tracking}
        _record(tx, "order.ship", order, after)
    return outcome


def parcel_fault(fault: fulfilment.Fault) -> str:
    """What is wrong with a parcel, in a sentence."""
    sentences = {
        fulfilment.Fault.NO_CARRIER: _("請選擇物流。"),
        fulfilment.Fault.CARRIER_TOO_LONG: _("物流名稱太長了，最多 30 個字。"),
        fulfilment.Fault.NO_TRACKING: _("請填寫物流單號；自行配送才可以空白。"),
        fulfilment.Fault.NOT_A_TRACKING_NUMBER: _("物流單號是 4 到 40 個英文字母、數字或「-」。"),
    }
    return sentences[fault]


def _correct(tx: Transaction, order: Order, parcel: Parcel) -> Outcome:
    sent = fulfilment.shipment(tx, order.id)
    outcome = fulfilment.correct(tx, order.id, parcel, g.staff.actor)
    if outcome is Outcome.CORRECTED and sent:
        before = {"carrier": sent.carrier, "tracking": sent.tracking}
        after = {"carrier": parcel.carrier, "tracking": parcel.tracking}
        audit.record(tx, g.staff.id, "order.tracking", f"order:{order.id}", before, after)
    return outcome


def _complete(tx: Transaction, order: Order) -> Outcome:
    outcome = fulfilment.complete(tx, order.id, g.staff.actor)
    if outcome is Outcome.COMPLETED:
        _record(tx, "order.complete", order, {"status": "completed"})
    return outcome


def _cancel(tx: Transaction, order: Order, reason: str) -> CancelOutcome:
    outcome = orders.cancel(tx, order.id, g.staff.actor)
    if outcome is CancelOutcome.CANCELLED:
        orders.notify(tx, order, "cancelled")
        _record(tx, "order.cancel", order, {"status": "cancelled", "reason": reason})
    return outcome


def _record(tx: Transaction, action: str, order: Order, after: dict[str, str]) -> None:
    before = {"code": order.code, "status": order.status}
    audit.record(tx, g.staff.id, action, f"order:{order.id}", before, after)


def _sentence(order: Order, outcome: Outcome) -> tuple[str, str]:
    if outcome is Outcome.IMPOSSIBLE:
        sentence = _("訂單 #{code} 現在是「{state}」，不能這樣做。")
        return "bad", sentence.format(code=order.code, state=labels.state(order.status))
    sentences = {
        Outcome.PREPARING: _("訂單 #{code} 開始備貨了。"),
        Outcome.SHIPPED: _("訂單 #{code} 已出貨，會通知客人。"),
        Outcome.CORRECTED: _("訂單 #{code} 的物流單號已更正，會再通知客人。"),
        Outcome.COMPLETED: _("訂單 #{code} 已完成。"),
        Outcome.ALREADY: _("訂單 #{code} 先前已經是這樣了。"),
    }
    tone = "plain" if outcome is Outcome.ALREADY else "good"
    return tone, sentences[outcome].format(code=order.code)
