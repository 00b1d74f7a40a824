"""Money back, from the page of an order: asked for once, carried to the bank by the worker."""

from __future__ import annotations

from flask import Blueprint, g, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from admin import audit
from admin.fields import whole
from admin.frame import Frame, field, say
from admin.orders import find
from admin.roles import may
from admin.words import _
from store import refunds
from store.db import Transaction
from store.pricing import LARGEST_TOTAL
from store.refunds import Outcome
from store.text import storable

REASON_LENGTH = 300
KEY_LENGTH = 64


class Desk:
    """`POST /admin/orders/<id>/refund` and `POST /admin/refunds/<id>/by-hand`."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the forms into the blueprint."""
        room.add_url_rule("/orders/<int:order_id>/refund", "refund_order", self.refund, methods=["POST"])
        room.add_url_rule(
            "/refunds/<int:refund_id>/by-hand", "refund_by_hand", self.by_hand, methods=["POST"]
        )

    @may("staff")
    def refund(self, order_id: int) -> AnyResponse:
        """Give a part or all of a payment back; the form's key makes a second sending harmless."""
        payment_id = whole("payment", least=1, most=2**63 - 1)
        amount = whole("amount", least=1, most=LARGEST_TOTAL)
        reason, key = storable(field("reason", REASON_LENGTH)), storable(field("key", KEY_LENGTH))
        if not reason or not key:
            say("bad", _("請寫下退款的原因。"))
            return self._frame.go("order", order_id=order_id, _anchor="refund")
        restock = request.form.get("restock") == "1"
        outcome = self._db.transaction(
            lambda tx: _refund(tx, order_id, payment_id, amount, restock, reason, f"console:{key}")
        )
        say(*_sentence(outcome))
        return self._frame.go("order", order_id=order_id, _anchor="refund")

    @may("staff")
    def by_hand(self, refund_id: int) -> AnyResponse:
        """The bank could not; the shop has paid the customer back otherwise, and says how."""
        why = storable(field("reason", REASON_LENGTH))
        if not why:
            say("bad", _("請寫下怎麼退給客人的。"))

        def work(tx: Transaction) -> tuple[int, bool]:
            try:
                refund = refunds.get(tx, refund_id)
            except LookupError as error:
                raise NotFound from error
            done = bool(why) and refunds.finish_by_hand(tx, refund_id, g.staff.actor, why)
            if done:
                before = {"refund": refund_id, "amount": refund.amount, "state": refund.status}
                after = {"state": "done", "reason": why}
                audit.record(tx, g.staff.id, "refund.by_hand", f"order:{refund.order_id}", before, after)
            return refund.order_id, done

        if refund_id >= 2**63:
            raise NotFound
        order_id, done = self._db.transaction(work)
        if why:
            say("good" if done else "plain", _("已記錄退款。") if done else _("這筆退款不需要再記錄了。"))
        return self._frame.go("order", order_id=order_id, _anchor="refund")


def _refund(
    tx: Transaction, order_id: int, payment_id: int, amount: int, restock: bool, reason: str, key: str
) -> Outcome:
    order = find(tx, order_id, lock=True)
    try:
        outcome = refunds.request(tx, order_id, payment_id, amount, restock, reason, g.staff.actor, key)
    except LookupError as error:
        raise NotFound from error
    if outcome is Outcome.ASKED:
        before = {"code": order.code, "status": order.status}
        after = {"amount": amount, "restock": restock, "reason": reason}
        audit.record(tx, g.staff.id, "order.refund", f"order:{order_id}", before, after)
    return outcome


def _sentence(outcome: Outcome) -> tuple[str, str]:
    sentences = {
        Outcome.ASKED: ("good", _("已申請退款，結果會顯示在這裡，也會通知客人。")),
        Outcome.ALREADY: ("plain", _("這筆退款先前已經申請過了。")),
        Outcome.TOO_MUCH: ("bad", _("超過這筆付款可以退的金額，沒有退款。")),
        Outcome.WHOLE_ONLY: ("bad", _("分期付款只能全額退款，沒有退款。")),
        Outcome.RESTOCK_NEEDS_WHOLE: ("bad", _("全額退款才能把商品放回架上，沒有退款。")),
    }
    return sentences[outcome]
