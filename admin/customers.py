"""The customers: found by name or number, one with orders and talk, forgotten on request."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from admin import audit, talks
from admin.fields import page_before
from admin.frame import Frame, say
from admin.roles import may
from admin.words import _
from store import orders, privacy
from store.db import Transaction, sql
from store.delivery_details import tidy
from store.privacy import Erased
from store.text import storable

PAGE = 50
WORDS_LENGTH = 60
ORDERS = 10


class Shelf:
    """`/admin/customers` and below."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the pages into the blueprint."""
        room.add_url_rule("/customers", "customers", self.listed, methods=["GET"])
        path = "/customers/<int:customer_id>"
        room.add_url_rule(path, "customer", self.detail, methods=["GET"])
        room.add_url_rule(f"{path}/erase", "erase_customer", self.erase, methods=["POST"])

    @may("viewer")
    def listed(self) -> Response:
        """A page of customers, newest first."""
        words = tidy(storable(request.args.get("q", "")))[:WORDS_LENGTH]
        digits = re.sub(r"[\s-]", "", words)
        asked = {
            "name": _beginning(words) if words else None,
            "phone": _beginning(digits) if digits.isascii() and digits.isdigit() else None,
            "before_id": page_before(request.args.get("before", "")),
        }
        rows = self._db.transaction(
            lambda tx: list(sql.console_customers(tx.connection, **asked, limit=PAGE + 1))
        )
        more = rows[PAGE - 1].id if len(rows) > PAGE else None
        return self._frame.show("customers.html", rows=rows[:PAGE], more=more, words=words)

    @may("viewer")
    def detail(self, customer_id: int) -> Response:
        """One customer with the latest orders."""

        def work(tx: Transaction) -> tuple[Any, list[orders.Order]]:
            customer = sql.console_customer(tx.connection, id=customer_id) if customer_id < 2**63 else None
            if customer is None:
                raise NotFound
            return customer, orders.of_customer(tx, customer_id, limit=ORDERS)

        customer, latest = self._db.transaction(work)
        return self._frame.show("customer.html", customer=customer, orders=latest)

    @may("owner")
    def erase(self, customer_id: int) -> AnyResponse:
        """Forget a customer, after a tick that it is meant."""
        if request.form.get("sure") != "1":
            say("bad", _("請先勾選確認，再刪除。"))
            return self._frame.go("customer", customer_id=customer_id, _anchor="erase")

        def work(tx: Transaction) -> Erased:
            erased = privacy.erase(tx, talks.find(tx, customer_id), g.staff.actor)
            facts = {"orders_under_way": erased.under_way, "tie_cut": erased.tie_cut}
            audit.record(tx, g.staff.id, "customer.erase", f"customer:{customer_id}", None, facts)
            return erased

        erased = self._db.transaction(work)
        if erased.tie_cut:
            say("good", _("個人資料已刪除。依法要保存的訂單紀錄會留著。"))
        else:
            sentence = _("個人資料已刪除。還有 {count} 張訂單在進行，結束前仍會通知這位客人。")
            say("good", sentence.format(count=erased.under_way))
        return self._frame.go("customer", customer_id=customer_id)


def _beginning(words: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", words) + "%"
