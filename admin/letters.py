"""Dead letters: events and messages that failed for good, tried again or put aside by a human."""

from __future__ import annotations

from flask import Blueprint, g, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from admin import audit
from admin.frame import Frame, field, say
from admin.orders import chosen
from admin.roles import may
from admin.words import _
from store.db import Transaction, sql
from store.text import storable

MOST = 50
REASON_LENGTH = 300
BOXES = ("inbox", "outbox")


class Desk:
    """`/admin/letters/<box>/…`, where a box is `inbox` or `outbox`."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the forms into the blueprint."""
        room.add_url_rule("/letters/<box>/revive", "revive", self.revive, methods=["POST"])
        room.add_url_rule("/letters/<box>/dismiss", "dismiss", self.dismiss, methods=["POST"])

    @may("staff")
    def revive(self, box: str) -> AnyResponse:
        """Try dead letters again: one, or all that were on the page."""
        ids = self._ids(box)
        revived = self._db.transaction(lambda tx: sum(_revive(tx, box, row_id) for row_id in ids))
        if revived:
            say("good", _("{count} 件會馬上再試一次。").format(count=revived))
        else:
            say("plain", _("已經有人處理了。"))
        return self._frame.go("attention", _anchor="letters")

    @may("staff")
    def dismiss(self, box: str) -> AnyResponse:
        """Let a dead letter be, with the reason."""
        ids = self._ids(box)
        reason = storable(field("reason", REASON_LENGTH))
        if not reason:
            say("bad", _("請寫下為什麼不再處理。"))
        elif self._db.transaction(lambda tx: sum(_dismiss(tx, box, row_id, reason) for row_id in ids)):
            say("good", _("已移出清單。"))
        else:
            say("plain", _("已經有人處理了。"))
        return self._frame.go("attention", _anchor="letters")

    def _ids(self, box: str) -> list[int]:
        ticked = [word for word in request.form.getlist("id") if word.isascii() and word.isdigit()]
        if box not in BOXES or not ticked:
            raise NotFound
        return sorted(chosen(ticked, MOST))


def _revive(tx: Transaction, box: str, row_id: int) -> int:
    letter = _letter(tx, box, row_id)
    changed: int = (sql.inbox_revive if box == "inbox" else sql.outbox_revive)(tx.connection, id=row_id)
    if changed:
        _record(tx, f"{box}.revive", f"{box}:{row_id}", letter, {"status": "waiting"})
    return changed


def _dismiss(tx: Transaction, box: str, row_id: int, reason: str) -> int:
    letter = _letter(tx, box, row_id)
    if box == "inbox":
        changed: int = sql.inbox_dismiss(tx.connection, id=row_id)
    else:
        changed = sql.outbox_dismiss(tx.connection, id=row_id, outcome=reason)
    if changed:
        _record(tx, f"{box}.dismiss", f"{box}:{row_id}", letter, {"status": "dismissed", "reason": reason})
    return changed


def _letter(tx: Transaction, box: str, row_id: int) -> dict[str, str]:
    row = (sql.inbox_letter if box == "inbox" else sql.outbox_letter)(tx.connection, id=row_id)
    return {"status": row.status, "error": row.last_error} if row else {}


def _record(
    tx: Transaction, action: str, subject: str, before: dict[str, str], after: dict[str, str]
) -> None:
    audit.record(tx, g.staff.id, action, subject, before, after)
