"""The orders: the list with its filters, one order with its whole history, slips, files."""

from __future__ import annotations

import secrets
from collections import defaultdict
from typing import Any

from flask import Blueprint, Response, g, request, stream_with_context
from werkzeug.exceptions import NotFound

from admin import audit, export, labels, labels_shop, order_filters
from admin.fields import page_before
from admin.frame import Frame
from admin.roles import may
from settings import PAYMENT_METHODS
from store import coupons, fulfilment, orders, refunds
from store.db import Transaction, sql

PAGE = 50
SLIPS = 100


class Shelf:
    """`/admin/orders` and below, as far as one only looks."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the pages into the blueprint."""
        room.add_url_rule("/orders", "orders", self.listed, methods=["GET"])
        room.add_url_rule("/orders/<int:order_id>", "order", self.detail, methods=["GET"])
        room.add_url_rule("/orders/slips", "slips", self.slips, methods=["GET"])
        room.add_url_rule("/orders/export/<what>.csv", "export", self.export, methods=["POST"])

    @may("viewer")
    def listed(self) -> Response:
        """A page of orders, by the filters in the address."""
        filters = order_filters.read(request.args)
        before_id = page_before(request.args.get("before", ""))
        rows = self._db.transaction(lambda tx: order_filters.page(tx, filters, before_id, PAGE + 1))
        return self._frame.show(
            "orders.html",
            rows=rows[:PAGE],
            more=rows[PAGE - 1].id if len(rows) > PAGE else None,
            filters=filters,
            later=before_id is not None,
            states=labels.STATES,
            methods=_methods(self._frame.shop.offered_methods),
            checked=request.args.get("all") == "1",
        )

    @may("viewer")
    def detail(self, order_id: int) -> Response:
        """Everything the shop knows about an order."""
        facts = self._db.transaction(lambda tx: _whole(tx, order_id))
        return self._frame.show(
            "order.html", carriers=fulfilment.CARRIERS, labels=labels, names=labels_shop,
            refund_key=secrets.token_urlsafe(16), **facts,
        )  # fmt: skip

    @may("viewer")
    def slips(self) -> Response:
        """Packing slips of the chosen orders, one to a sheet."""
        ids = chosen(request.args.getlist("id"), SLIPS)
        found, lines = self._db.transaction(lambda tx: _to_pack(tx, ids))
        if not found:
            raise NotFound
        return self._frame.show("slips.html", orders=found, lines=lines, names=labels_shop)

    @may("staff")
    def export(self, what: str) -> Response:
        """The orders of the filters, or their lines, as a file; who took it is written down."""
        if what not in export.FILES:
            raise NotFound
        filters = order_filters.read(request.form)
        self._db.transaction(
            lambda tx: audit.record(tx, g.staff.id, "orders.export", f"file:{what}", None, filters.query)
        )
        response = Response(
            stream_with_context(export.stream(self._db, what, filters)), mimetype="text/csv; charset=utf-8"
        )
        response.headers["Content-Disposition"] = f"attachment; filename={export.file_name(what)}"
        return response


def _methods(offered: tuple[str, ...]) -> list[str]:
    """Every way to pay, with the instalments that the shop offers."""
    return [*PAYMENT_METHODS, *(method for method in offered if method not in PAYMENT_METHODS)]


def chosen(words: list[str], most: int) -> list[int]:
    """The ids of ticked boxes, each once, at most so many."""
    ids = [int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 19]
    return list(dict.fromkeys(ids))[:most]


def find(tx: Transaction, order_id: int, *, lock: bool = False) -> orders.Order:
    """The order, held if it is to be changed; a page that is not there where there is none."""
    if order_id >= 2**63:
        raise NotFound
    try:
        return orders.lock(tx, order_id) if lock else orders.get(tx, order_id)
    except LookupError as error:
        raise NotFound from error


def _whole(tx: Transaction, order_id: int) -> dict[str, Any]:
    order = find(tx, order_id)
    conn = tx.connection
    holdings = refunds.holdings(tx, order_id)
    return {
        "order": order,
        "coupon": coupons.get(tx, order.coupon_id) if order.coupon_id is not None else None,
        "holdings": holdings,
        "refundable": sum(one.refundable for one in holdings),
        "refunds": refunds.of_order(tx, order_id),
        "lines": list(sql.order_lines_of(conn, order_ids=[order_id])),
        "customer": sql.order_customer(conn, id=order.customer_id),
        "shipment": fulfilment.shipment(tx, order_id),
        "events": list(sql.order_history(conn, order_id=order_id)),
        "payments": list(sql.payments_of_order(conn, order_id=order_id)),
        "money": list(sql.order_money(conn, order_id=order_id)),
        "messages": list(sql.order_messages(conn, order_id=order_id)),
        "cases": list(sql.order_cases(conn, order_id=order_id)),
    }


def _to_pack(tx: Transaction, ids: list[int]) -> tuple[list[orders.Order], dict[int, list[Any]]]:
    lines: dict[int, list[Any]] = defaultdict(list)
    for line in sql.order_lines_of(tx.connection, order_ids=ids):
        lines[line.order_id].append(line)
    return [orders.Order(*row) for row in sql.orders_by_ids(tx.connection, ids=ids)], lines
