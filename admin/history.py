"""The audit log, for the owner to read."""

from __future__ import annotations

from flask import Blueprint, Response, request

from admin import audit, labels
from admin.frame import Frame
from admin.roles import may

PAGE = 50


class Shelf:
    """`/admin/audit`."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the page into the blueprint."""
        room.add_url_rule("/audit", "audit", self.listed, methods=["GET"])

    @may("owner")
    def listed(self) -> Response:
        """Who changed what, newest first."""
        before = request.args.get("before", "")
        before_id = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
        entries = self._db.transaction(lambda tx: audit.newest(tx, before_id=before_id, limit=PAGE + 1))
        return self._frame.show(
            "audit.html",
            entries=entries[:PAGE],
            more=entries[PAGE - 1].id if len(entries) > PAGE else None,
            labels=labels,
        )
