"""The categories: what they are called, in which order customers see them, and the empty ones put away."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from admin import audit
from admin.errors import BadInput
from admin.fields import one_of, required
from admin.frame import Frame, say
from admin.product_edits import CATEGORY_LENGTH, name_is_free, record_change
from admin.roles import may
from admin.words import _
from store import search
from store.db import Transaction, sql
from store.delivery_details import tidy
from store.text import storable

STEPS = ("up", "down", "first")


class Desk:
    """`/admin/categories…`."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the page and its forms into the blueprint."""
        room.add_url_rule("/categories", "categories", self.listed, methods=["GET"])
        path = "/categories/<int:category_id>"
        room.add_url_rule(path, "rename_category", self.rename, methods=["POST"])
        room.add_url_rule(f"{path}/place", "place_category", self.place, methods=["POST"])
        room.add_url_rule(f"{path}/hidden", "hide_category", self.hide, methods=["POST"])

    @may("staff")
    def listed(self) -> Response:
        """All of them, in the shop's order."""
        shelves = self._db.transaction(lambda tx: list(sql.console_shelves(tx.connection)))
        return self._frame.show(
            "categories.html",
            shown=[shelf for shelf in shelves if not shelf.hidden],
            hidden=[shelf for shelf in shelves if shelf.hidden],
            longest=CATEGORY_LENGTH,
        )

    @may("staff")
    def rename(self, category_id: int) -> AnyResponse:
        """Another name, under which the products are found from now on."""
        name = tidy(storable(required("category", CATEGORY_LENGTH)))

        def work(tx: Transaction) -> None:
            shelf = _find(tx, category_id)
            if shelf.name == name:
                return
            sql.console_shelf_rename(tx.connection, id=category_id, name=name)
            search.refresh(tx, sql.console_shelf_products(tx.connection, id=category_id))
            record_change(
                tx, "category.rename", f"category:{category_id}", {"name": shelf.name}, {"name": name}
            )

        with name_is_free():
            self._db.transaction(work)
        say("good", _("已儲存。商品檔裡的分類名稱，下次匯入前也要一起改。"))
        return self._go(category_id)

    @may("staff")
    def place(self, category_id: int) -> AnyResponse:
        """A place further up or down, or the first."""
        step = one_of("step", STEPS)

        def work(tx: Transaction) -> None:
            shelves = list(sql.console_shelves_lock(tx.connection))
            ids = [shelf.id for shelf in shelves]
            if category_id not in ids:
                raise NotFound
            was = ids.index(category_id)
            now = {"up": max(was - 1, 0), "down": min(was + 1, len(ids) - 1), "first": 0}[step]
            if now == was:
                return
            ids.insert(now, ids.pop(was))
            sql.console_shelves_place(tx.connection, ids=ids)
            name = shelves[was].name
            before, after = {"name": name, "position": was + 1}, {"name": name, "position": now + 1}
            audit.record(tx, g.staff.id, "category.place", f"category:{category_id}", before, after)

        self._db.transaction(work)
        return self._go(category_id)

    @may("staff")
    def hide(self, category_id: int) -> AnyResponse:
        """Out of the way, if it is empty; or back."""
        hidden = request.form.get("hidden") == "1"

        def work(tx: Transaction) -> None:
            shelf = _find(tx, category_id)
            # A statement of its own, after the lock: what somebody put there just before is seen.
            if hidden and sql.console_shelf_products(tx.connection, id=category_id):
                raise BadInput(_("這個分類裡還有商品，不能隱藏。請先把商品改到別的分類。"))
            if shelf.hidden != hidden:
                sql.console_shelf_hide(tx.connection, id=category_id, hidden=hidden)
                before, after = ({"name": shelf.name, "hidden": state} for state in (shelf.hidden, hidden))
                audit.record(tx, g.staff.id, "category.hide", f"category:{category_id}", before, after)

        self._db.transaction(work)
        say("good", _("分類已隱藏。") if hidden else _("分類已恢復。"))
        return self._go(category_id)

    def _go(self, category_id: int) -> AnyResponse:
        return self._frame.go("categories", _anchor=f"c{category_id}")


def _find(tx: Transaction, category_id: int) -> Any:
    """The category, held; a page that is not there where there is none."""
    shelf = sql.console_shelf_lock(tx.connection, id=category_id) if category_id < 2**63 else None
    if shelf is None:
        raise NotFound
    return shelf
