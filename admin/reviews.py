"""The reviews: read, hidden with a reason, shown again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from admin import audit
from admin.fields import page_before
from admin.frame import Frame, field, say
from admin.roles import may
from admin.words import _
from store import reviews
from store.db import Transaction, sql
from store.text import storable

PAGE = 50
REASON_LENGTH = 200


class Shelf:
    """`/admin/reviews` and below."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the pages into the blueprint."""
        room.add_url_rule("/reviews", "reviews", self.listed, methods=["GET"])
        room.add_url_rule("/reviews/<int:review_id>/hide", "hide_review", self.hide, methods=["POST"])
        room.add_url_rule("/reviews/<int:review_id>/show", "show_review", self.show, methods=["POST"])

    @may("viewer")
    def listed(self) -> Response:
        """All reviews, newest first, hidden ones too."""
        before = page_before(request.args.get("before", ""))

        def work(tx: Transaction) -> tuple[list[reviews.Listed], dict[int, str]]:
            found = reviews.listed(tx, before_id=before, limit=PAGE + 1)
            rows = sql.reviews_reasons(tx.connection, ids=[one.review.id for one in found])
            return found, {row.id: row.hidden_reason for row in rows}

        found, reasons = self._db.transaction(work)
        return self._frame.show(
            "reviews.html",
            rows=found[:PAGE],
            reasons=reasons,
            more=found[PAGE - 1].review.id if len(found) > PAGE else None,
        )

    @may("staff")
    def hide(self, review_id: int) -> AnyResponse:
        """Customers do not see it any more, and it does not count."""
        reason = storable(field("reason", REASON_LENGTH))
        if not reason:
            say("bad", _("請寫下為什麼隱藏。"))
        else:
            self._set(review_id, "review.hide", hidden=True, reason=reason)
            say("good", _("評價已隱藏，客人看不到了。"))
        return self._frame.go("reviews")

    @may("staff")
    def show(self, review_id: int) -> AnyResponse:
        """It is seen again."""
        self._set(review_id, "review.show", hidden=False, reason="")
        say("good", _("評價已恢復顯示。"))
        return self._frame.go("reviews")

    def _set(self, review_id: int, action: str, *, hidden: bool, reason: str) -> None:
        def work(tx: Transaction) -> None:
            review: Any = sql.review_lock(tx.connection, id=review_id) if review_id < 2**63 else None
            if review is None:
                raise NotFound
            if reviews.set_hidden(tx, review_id, hidden):
                sql.review_reason(tx.connection, id=review_id, reason=reason)
                before = {"hidden": review.hidden, "reason": review.hidden_reason}
                after = {"hidden": hidden, "reason": reason}
                audit.record(tx, g.staff.id, action, f"review:{review_id}", before, after)

        self._db.transaction(work)
