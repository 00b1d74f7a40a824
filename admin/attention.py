"""The first page: what needs a human, and the closing of cases."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from admin import audit, labels
from admin.frame import Frame, field, say
from admin.roles import may
from admin.words import _
from store import cases, orders, stock
from store.db import Transaction, sql
from store.text import storable

SHOWN = 50
SHIP_SHOWN = 8
REASON_LENGTH = 300


class Board:
    """`/admin/` and `/admin/cases/<id>/close`."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the pages into the blueprint."""
        room.add_url_rule("/", "attention", self.page, methods=["GET"])
        room.add_url_rule("/cases/<int:case_id>/close", "close_case", self.close_case, methods=["POST"])

    @may("viewer")
    def page(self) -> Response:
        """Everything that waits for somebody, with its number and its way in."""
        found = self._db.transaction(_look)
        return self._frame.show(
            "attention.html",
            story=labels.case_story,
            job=labels.job,
            tiles=_tiles(found),
            shown=SHOWN,
            **found,
        )

    @may("staff")
    def close_case(self, case_id: int) -> AnyResponse:
        """A human has seen to it; the reason is kept with the case and in the order's history."""
        reason = storable(field("reason", REASON_LENGTH))
        if not reason:
            say("bad", _("請寫下怎麼處理的，才能結案。"))
            return self._frame.go("attention", _anchor="cases")

        def work(tx: Transaction) -> bool:
            case = sql.case_lock(tx.connection, id=case_id)
            if case is None:
                raise NotFound
            if not sql.case_close(tx.connection, id=case_id, closed_by=g.staff.actor, resolution=reason):
                return False
            facts = {"kind": case.kind, "reference": case.reference, "reason": reason}
            if case.order_id is not None:
                orders.record(tx, case.order_id, g.staff.actor, "case_closed", facts)
            before, after = {"closed": False, "kind": case.kind}, {"closed": True, "reason": reason}
            audit.record(tx, g.staff.id, "case.close", f"case:{case_id}", before, after)
            return True

        done = self._db.transaction(work)
        say("good" if done else "plain", _("已結案。") if done else _("這件事先前已經結案了。"))
        return self._frame.go("attention", _anchor="cases")


def _look(tx: Transaction) -> dict[str, Any]:
    conn = tx.connection
    low = list(sql.attention_low_stock(conn, threshold=stock.LOW, limit=SHOWN + 1))
    open_cases = list(sql.attention_cases(conn, limit=SHOWN))
    return {
        "counts": sql.attention_counts(conn),
        "to_ship": list(sql.attention_to_ship(conn, limit=SHIP_SHOWN)),
        "cases": [
            (kind, found) for kind in cases.Kind if (found := [c for c in open_cases if c.kind == kind])
        ],
        "letters": [
            ("inbox", list(sql.attention_inbox(conn, limit=SHOWN))),
            ("outbox", list(sql.attention_outbox(conn, limit=SHOWN))),
        ],
        "low": low[:SHOWN],
        "low_count": f"{SHOWN}+" if len(low) > SHOWN else str(len(low)),
    }


def _tiles(found: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Number, name, link, and whether it presses, of what there is."""
    counts = found["counts"]
    dead = counts.inbox + counts.outbox
    return [
        (str(counts.to_ship), _("待出貨"), url_for("console.orders", state="to_ship"), False),
        (str(counts.cases), _("待處理事項"), "#cases", counts.cases > 0),
        (str(dead), _("傳送失敗"), "#letters", dead > 0),
        (found["low_count"], _("快賣完"), "#low-stock", False),
    ]
