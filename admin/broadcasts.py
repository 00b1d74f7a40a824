"""The broadcasts to look at: the list, one with its progress, the form, and what sending it would cost."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from admin import broadcast_form, broadcast_words
from admin.fields import page_before
from admin.frame import Frame
from admin.products import picture_path
from admin.roles import may
from store import broadcasts, catalogue, segments
from store.broadcasts import Broadcast
from store.db import Transaction, sql
from store.segments import Kind

PAGE = 50
_LARGEST_ID = 2**63 - 1


class Shelf:
    """`/admin/broadcasts` and below, to look at. `reserve`: messages kept for each rank of news."""

    def __init__(self, frame: Frame, reserve: int) -> None:
        self._frame, self._db, self._reserve = frame, frame.db, reserve

    def add_to(self, room: Blueprint) -> None:
        """Put the pages into the blueprint."""
        one = "/broadcasts/<int:broadcast_id>"
        room.add_url_rule("/broadcasts", "broadcasts", self.listed, methods=["GET"])
        room.add_url_rule("/broadcasts/new", "new_broadcast", self.blank, methods=["GET"])
        room.add_url_rule(one, "broadcast", self.detail, methods=["GET"])
        room.add_url_rule(f"{one}/edit", "broadcast_form", self.form, methods=["GET"])
        room.add_url_rule(f"{one}/confirm", "confirm_broadcast", self.confirm, methods=["GET"])

    @may("viewer")
    def listed(self) -> Response:
        """Broadcasts, newest first, with how far they are."""
        before = page_before(request.args.get("before", "")) or _LARGEST_ID
        rows = self._db.transaction(
            lambda tx: list(sql.broadcasts_list(tx.connection, before_id=before, limit=PAGE + 1))
        )
        more = rows[PAGE - 1].id if len(rows) > PAGE else None
        return self._frame.show("broadcasts.html", rows=rows[:PAGE], more=more, words=broadcast_words)

    @may("viewer")
    def detail(self, broadcast_id: int) -> Response:
        """One broadcast: as it will look, to whom, and how far it is."""
        values = self._db.transaction(lambda tx: _about(tx, find(tx, broadcast_id)))
        return self._frame.show("broadcast.html", **values)

    @may("staff")
    def blank(self) -> Response:
        """The form for another one."""
        return self._form(None)

    @may("staff")
    def form(self, broadcast_id: int) -> Response:
        """The form of a draft."""
        return self._form(broadcast_id)

    @may("owner")
    def confirm(self, broadcast_id: int) -> Response:
        """How many it reaches and what it costs, before it is decided."""

        def work(tx: Transaction) -> dict[str, Any]:
            return _about(tx, draft(tx, broadcast_id)) | {"budget": broadcasts.budget(tx, self._reserve)}

        return self._frame.show("broadcast_confirm.html", **self._db.transaction(work))

    def _form(self, broadcast_id: int | None) -> Response:
        def work(tx: Transaction) -> dict[str, Any]:
            broadcast = None if broadcast_id is None else draft(tx, broadcast_id)
            return {
                "broadcast": broadcast,
                "chosen": _chosen(tx, broadcast),
                "products": list(sql.products_to_show(tx.connection, limit=broadcast_form.SUGGESTED)),
                "categories": list(sql.console_categories(tx.connection)),
                "languages": segments.languages(tx),
            }

        return self._frame.show(
            "broadcast_form.html",
            words=broadcast_words,
            label=broadcast_form.label,
            limit=broadcasts.TEXT_LIMIT,
            **self._db.transaction(work),
        )


def find(tx: Transaction, broadcast_id: int) -> Broadcast:
    """A broadcast; a page that is not there where there is none."""
    if broadcast_id > _LARGEST_ID:
        raise NotFound
    try:
        return broadcasts.find(tx, broadcast_id)
    except LookupError as error:
        raise NotFound from error


def draft(tx: Transaction, broadcast_id: int) -> Broadcast:
    """A draft; a page that is not there where there is none, or it was sent."""
    broadcast = find(tx, broadcast_id)
    if broadcast.state != "draft":
        raise NotFound
    return broadcast


def _about(tx: Transaction, broadcast: Broadcast) -> dict[str, Any]:
    """What the pages of one broadcast show."""
    wanted, product_id = broadcast.draft.segment, broadcast.draft.product_id
    return {
        "broadcast": broadcast,
        "people": segments.count(tx, wanted) if broadcast.state == "draft" else broadcast.planned,
        "whom": broadcast_words.segment(wanted.kind, wanted.value, _name(tx, wanted.kind, wanted.number)),
        "product": catalogue.card(tx, product_id) if product_id is not None else None,
        "progress": sql.broadcast_progress(tx.connection, id=broadcast.id),
        "words": broadcast_words,
        "picture": picture_path,
    }


def _name(tx: Transaction, kind: Kind, number: int) -> str:
    """What the product or category of a segment is called."""
    if kind is Kind.CATEGORY:
        return catalogue.category_names(tx, [number]).get(number, "")
    if kind in (Kind.PRODUCT, Kind.WISHED):
        row = sql.broadcast_product(tx.connection, id=number)
        return str(row.name) if row else ""
    return ""


def _chosen(tx: Transaction, broadcast: Broadcast | None) -> dict[str, str]:
    """What the fields of the form hold."""
    if broadcast is None:
        return {"segment": Kind.EVERYBODY, "value": "", "product": "", "segment_product": ""}
    wanted, product_id = broadcast.draft.segment, broadcast.draft.product_id
    shown = sql.broadcast_product(tx.connection, id=product_id) if product_id is not None else None
    about_product = wanted.kind in (Kind.PRODUCT, Kind.WISHED)
    meant = sql.broadcast_product(tx.connection, id=wanted.number) if about_product else None
    return {
        "segment": wanted.kind,
        "value": wanted.value,
        "product": broadcast_form.label(shown) if shown else "",
        "segment_product": broadcast_form.label(meant) if meant else "",
    }
