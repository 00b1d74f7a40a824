"""The options of a product: what they cost, whether they are sold, and how many lie in the house."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from admin import audit
from admin.errors import BadInput
from admin.fields import one_of, optional_whole, required, whole
from admin.frame import Frame, field, say
from admin.product_edits import MOST_POSITION, name_is_free, record_change
from admin.products import find
from admin.roles import may
from admin.words import _
from store import search
from store.db import Transaction, sql
from store.delivery_details import tidy
from store.pricing import LARGEST_TOTAL
from store.text import storable

CODE_LENGTH = 50
OPTION_LENGTH = 40
NOTE_LENGTH = 200
MOST_STOCK = 1_000_000
STEPS = ("add", "take", "count")


class Desk:
    """`POST /admin/products/<id>/skus` and `POST /admin/skus/<id>…`."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the forms into the blueprint."""
        room.add_url_rule("/products/<int:product_id>/skus", "create_sku", self.create, methods=["POST"])
        room.add_url_rule("/skus/<int:sku_id>", "edit_sku", self.edit, methods=["POST"])
        room.add_url_rule("/skus/<int:sku_id>/stock", "change_stock", self.change_stock, methods=["POST"])

    @may("staff")
    def create(self, product_id: int) -> AnyResponse:
        """A new option, with what lies in the house of it."""
        code = tidy(storable(field("code", CODE_LENGTH)))
        facts = _facts()
        stock = whole("stock", most=MOST_STOCK)

        def work(tx: Transaction) -> None:
            product = find(tx, product_id, lock=True)
            number = len(list(sql.console_skus(tx.connection, product_id=product.id))) + 1
            kept = code or f"P{product.id}-{number}"
            sku_id: int = sql.console_sku_insert(tx.connection, product_id=product.id, code=kept, **facts)
            if stock:
                _count(tx, sku_id, stock, _("新規格"))
            search.refresh(tx, [product.id])
            after = {"code": kept, **facts, "stock": stock}
            audit.record(tx, g.staff.id, "sku.create", f"sku:{sku_id}", None, after)

        with name_is_free():
            self._db.transaction(work)
        say("good", _("規格已新增。"))
        return self._frame.go("product", product_id=product_id, _anchor="skus")

    @may("staff")
    def edit(self, sku_id: int) -> AnyResponse:
        """Another name, price or place; on or off."""
        facts = {
            **_facts(),
            "active": request.form.get("active") == "1",
            "position": whole("position", most=MOST_POSITION),
        }

        def work(tx: Transaction) -> int:
            sku = _find(tx, sku_id)
            before = {name: getattr(sku, name) for name in facts}
            sql.console_sku_update(tx.connection, id=sku_id, **facts)
            search.refresh(tx, [sku.product_id])
            record_change(tx, "sku.edit", f"sku:{sku_id}", before, facts)
            return int(sku.product_id)

        with name_is_free():
            product_id = self._db.transaction(work)
        say("good", _("已儲存。"))
        return self._frame.go("product", product_id=product_id, _anchor="skus")

    @may("staff")
    def change_stock(self, sku_id: int) -> AnyResponse:
        """More, fewer, or so many as were counted; with the reason, which is kept in the history."""
        step, quantity = one_of("step", STEPS), whole("quantity", most=MOST_STOCK)
        note = storable(required("reason", NOTE_LENGTH))

        def work(tx: Transaction) -> int:
            sku = _find(tx, sku_id)
            held = _held(tx, sku)
            delta = {"add": quantity, "take": -quantity, "count": quantity - held - sku.stock}[step]
            if delta:
                stock = _count(tx, sku_id, delta, note)
                before, after = {"stock": sku.stock + held}, {"stock": stock + held, "reason": note}
                audit.record(tx, g.staff.id, "sku.stock", f"sku:{sku_id}", before, after)
            return int(sku.product_id)

        product_id = self._db.transaction(work)
        say("good", _("庫存已更新。"))
        return self._frame.go("product", product_id=product_id, _anchor="skus")


def _facts() -> dict[str, Any]:
    return {
        "option": tidy(storable(field("option", OPTION_LENGTH))),
        "price": whole("price", most=LARGEST_TOTAL),
        "list_price": optional_whole("list_price", most=LARGEST_TOTAL),
    }


def _find(tx: Transaction, sku_id: int) -> Any:
    """The SKU, held, with its product before it: everybody takes them in that order."""
    known = sql.sku_by_id(tx.connection, id=sku_id) if sku_id < 2**63 else None
    if known is None:
        raise NotFound
    find(tx, known.product_id, lock=True)
    return sql.console_sku_lock(tx.connection, id=sku_id)


def _held(tx: Transaction, sku: Any) -> int:
    """What is promised to orders that have not left the house."""
    return sum(int(row.held) for row in sql.import_skus_held(tx.connection, sku_ids=[sku.id]))


def _count(tx: Transaction, sku_id: int, delta: int, note: str) -> int:
    stock: int | None = sql.console_sku_count(
        tx.connection, sku_id=sku_id, delta=delta, actor=g.staff.actor, note=note
    )
    if stock is None:
        raise BadInput(_("庫存不夠扣，或已經答應給訂單了，沒有變動。"))
    return stock
