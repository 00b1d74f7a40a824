"""The products: the list with its filters, one product with its options, the history of its stock."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from admin import labels, labels_shop
from admin.fields import page_before
from admin.frame import Frame
from admin.roles import may
from store import stock
from store.db import Transaction, sql
from store.delivery_details import tidy
from store.text import storable

PAGE = 50
LAST_PAGE = 200
WORDS_LENGTH = 60
SHOWN = ("on", "off", "low")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Shelf:
    """`/admin/products` and below, as far as one only looks."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the pages into the blueprint."""
        room.add_url_rule("/products", "products", self.listed, methods=["GET"])
        room.add_url_rule("/products/<int:product_id>", "product", self.detail, methods=["GET"])
        room.add_url_rule("/skus/<int:sku_id>/stock", "stock_history", self.history, methods=["GET"])

    @may("viewer")
    def listed(self) -> Response:
        """A page of products, by the filters in the address."""
        words = tidy(storable(request.args.get("q", "")))[:WORDS_LENGTH]
        category = page_before(request.args.get("category", ""))
        shown = request.args.get("shown", "")
        number = min(page_before(request.args.get("page", "")) or 1, LAST_PAGE)
        asked = {
            "words": f"%{_like(words)}%" if words else None,
            "category_id": category,
            "shown": shown if shown in SHOWN else "",
            "most": stock.LOW,
            "limit": PAGE + 1,
            "offset": (max(number, 1) - 1) * PAGE,
        }

        def work(tx: Transaction) -> tuple[list[Any], list[Any]]:
            found = list(sql.console_products(tx.connection, **asked))
            return found, list(sql.console_categories(tx.connection))

        rows, categories = self._db.transaction(work)
        query = {"q": words or None, "category": category, "shown": asked["shown"] or None}
        return self._frame.show(
            "products.html", rows=rows[:PAGE], categories=categories, query=query, picture=picture_path,
            later=number > 1, more=number + 1 if len(rows) > PAGE and number < LAST_PAGE else None,
        )  # fmt: skip

    @may("viewer")
    def detail(self, product_id: int) -> Response:
        """One product, as it can be changed."""

        def work(tx: Transaction) -> dict[str, Any]:
            return {
                "product": find(tx, product_id),
                "skus": list(sql.console_skus(tx.connection, product_id=product_id)),
                "categories": list(sql.console_categories(tx.connection)),
            }

        return self._frame.show("product.html", picture=picture_path, **self._db.transaction(work))

    @may("viewer")
    def history(self, sku_id: int) -> Response:
        """Every move of a SKU's stock, newest first."""
        before = page_before(request.args.get("before", "")) or 2**62

        def work(tx: Transaction) -> tuple[Any, Any, list[Any]]:
            sku = sql.sku_by_id(tx.connection, id=sku_id) if sku_id < 2**63 else None
            if sku is None:
                raise NotFound
            moves = sql.console_sku_moves(tx.connection, sku_id=sku_id, before_id=before, limit=PAGE + 1)
            return sku, find(tx, sku.product_id), list(moves)

        sku, product, moves = self._db.transaction(work)
        more = moves[PAGE - 1].id if len(moves) > PAGE else None
        return self._frame.show(
            "stock.html", sku=sku, product=product, moves=moves[:PAGE], more=more, labels=labels,
            names=labels_shop,
        )  # fmt: skip


def find(tx: Transaction, product_id: int, *, lock: bool = False) -> Any:
    """The product, held if it is to be changed; a page that is not there where there is none."""
    query = sql.console_product_lock if lock else sql.console_product
    product = query(tx.connection, id=product_id) if product_id < 2**63 else None
    if product is None:
        raise NotFound
    return product


def picture_path(picture: str) -> str:
    """Where the console shows a picture of the shop's own; other pages' pictures are only linked to."""
    return f"/pictures/{picture}" if _DIGEST.fullmatch(picture) else ""


def _like(words: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", words)
