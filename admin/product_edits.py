"""Changes of products: names, shelves, pictures, on and off. Each has its audit row and is listed anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, Response, g, request
from psycopg2 import errors
from werkzeug.wrappers import Response as AnyResponse

from admin import audit, photos
from admin.errors import BadInput
from admin.fields import required, whole
from admin.frame import Frame, field, say
from admin.products import find
from admin.roles import may
from admin.words import _
from store import pictures, search
from store.db import Transaction, sql
from store.delivery_details import tidy
from store.pictures import Picture
from store.text import storable

NAME_LENGTH = 80
CATEGORY_LENGTH = 40
DESCRIPTION_LENGTH = 2000
MOST_POSITION = 1_000_000
_PHOTO_BODY = photos.LARGEST_UPLOAD + 64 * 1024


class Desk:
    """`POST /admin/products/…` and the form for a new product."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db, self._storage = frame, frame.db, frame.storage

    def add_to(self, room: Blueprint) -> None:
        """Put the forms into the blueprint."""
        room.add_url_rule("/products/new", "new_product", self.form, methods=["GET"])
        room.add_url_rule("/products/new", "create_product", self.create, methods=["POST"])
        path = "/products/<int:product_id>"
        room.add_url_rule(path, "edit_product", self.edit, methods=["POST"])
        room.add_url_rule(f"{path}/picture", "product_picture", self.picture, methods=["POST"])
        room.add_url_rule(f"{path}/active", "product_active", self.active, methods=["POST"])

    @may("staff")
    def form(self) -> Response:
        """An empty form."""
        categories = self._db.transaction(lambda tx: list(sql.console_categories(tx.connection)))
        return self._frame.show("product_new.html", categories=categories)

    @may("staff", largest_body=_PHOTO_BODY)
    def create(self) -> AnyResponse:
        """A new product; its options are added on its page."""
        facts = _facts()
        photo = self._photo()

        def work(tx: Transaction) -> int:
            category_id = _category(tx, facts["category"])
            product_id: int = sql.console_product_insert(
                tx.connection, category_id=category_id, name=facts["name"], description=facts["description"]
            )
            if photo:
                sql.console_product_picture(tx.connection, id=product_id, picture=pictures.store(tx, photo))
            search.refresh(tx, [product_id])
            audit.record(tx, g.staff.id, "product.create", f"product:{product_id}", None, facts)
            return product_id

        with name_is_free():
            product_id = self._db.transaction(work)
        say("good", _("商品已新增。再加上規格、價格和庫存就可以賣了。"))
        return self._frame.go("product", product_id=product_id, _anchor="skus")

    @may("staff")
    def edit(self, product_id: int) -> AnyResponse:
        """Another name, shelf, description or place."""
        facts = {**_facts(), "position": whole("position", most=MOST_POSITION)}

        def work(tx: Transaction, product: Any) -> None:
            before = {name: getattr(product, name) for name in facts}
            sql.console_product_update(
                tx.connection, id=product_id, category_id=_category(tx, facts["category"]),
                name=facts["name"], description=facts["description"], position=facts["position"],
            )  # fmt: skip
            search.refresh(tx, [product_id])
            record_change(tx, "product.edit", f"product:{product_id}", before, facts)

        with name_is_free():
            self._change(product_id, work)
        say("good", _("已儲存。"))
        return self._frame.go("product", product_id=product_id)

    @may("staff", largest_body=_PHOTO_BODY)
    def picture(self, product_id: int) -> AnyResponse:
        """Another picture, or none."""
        photo = None if request.form.get("remove") == "1" else self._photo(needed=True)

        def work(tx: Transaction, product: Any) -> None:
            digest = pictures.store(tx, photo) if photo else ""
            sql.console_product_picture(tx.connection, id=product_id, picture=digest)
            before, after = {"picture": product.picture}, {"picture": digest}
            record_change(tx, "product.picture", f"product:{product_id}", before, after)

        self._change(product_id, work)
        say("good", _("圖片已更換。") if photo else _("圖片已移除。"))
        return self._frame.go("product", product_id=product_id)

    @may("staff")
    def active(self, product_id: int) -> AnyResponse:
        """All options on sale, or none."""
        active = request.form.get("active") == "1"

        def work(tx: Transaction, product: Any) -> None:
            changed = sql.console_product_active(tx.connection, product_id=product_id, active=active)
            if changed:
                search.refresh(tx, [product_id])
                before, after = {"active": not active, "skus": changed}, {"active": active}
                audit.record(tx, g.staff.id, "product.active", f"product:{product_id}", before, after)

        self._change(product_id, work)
        say("good", _("已上架。") if active else _("已下架，客人看不到了；已成立的訂單不受影響。"))
        return self._frame.go("product", product_id=product_id)

    def _photo(self, *, needed: bool = False) -> Picture | None:
        """The picture that was sent, put away before the transaction that names it."""
        upload = request.files.get("picture")
        content = upload.stream.read(photos.LARGEST_UPLOAD + 1) if upload else b""
        if not content and not needed:
            return None
        return pictures.put_away(pictures.examine(photos.shrink(content)), self._storage)

    def _change(self, product_id: int, work: Callable[[Transaction, Any], None]) -> None:
        self._db.transaction(lambda tx: work(tx, find(tx, product_id, lock=True)))


def record_change(
    tx: Transaction, action: str, subject: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Write down what differs; nothing where nothing does."""
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        was, now = ({name: facts[name] for name in changed} for facts in (before, after))
        audit.record(tx, g.staff.id, action, subject, was, now)


@contextmanager
def name_is_free() -> Iterator[None]:
    """Says in words what a broken unique index means."""
    try:
        yield
    except errors.UniqueViolation as error:
        sentences = {
            "products_category_name": _("這個分類裡已經有同名的商品了。"),
            "categories_name": _("已經有同名的分類了。要合併的話，請把商品改到那個分類。"),
            "skus_code": _("這個貨號已經有別的規格在用了。"),
            "skus_product_option": _("這個商品已經有同名的規格了。"),
        }
        sentence = sentences.get(str(error.diag.constraint_name))
        if sentence is None:
            raise
        raise BadInput(sentence) from error


def _facts() -> dict[str, Any]:
    new = tidy(storable(field("new_category", CATEGORY_LENGTH)))
    return {
        "name": tidy(storable(required("name", NAME_LENGTH))),
        "category": new or tidy(storable(required("category", CATEGORY_LENGTH))),
        "description": storable(field("description", DESCRIPTION_LENGTH)).replace("\r\n", "\n"),
    }


def _category(tx: Transaction, name: str) -> int:
    """The shelf of this name, a new one where it was typed; one that was chosen must still be there."""
    known = {shelf.name for shelf in sql.console_categories(tx.connection)}
    if name not in known and not field("new_category", CATEGORY_LENGTH):
        raise BadInput(_("這個分類剛剛改名或隱藏了，請重新整理再選一次。"))
    return int(next(iter(sql.import_categories(tx.connection, names=[name]))).id)
