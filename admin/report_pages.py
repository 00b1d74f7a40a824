"""The reports on a page, as charts without a script, and as files."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import NotFound

from admin import audit, labels, reports
from admin.export import BOM, cell, file_name
from admin.frame import Frame
from admin.reports import Report
from admin.roles import may
from admin.words import _
from store.web import TAIWAN

WHAT = ("sales", "best", "methods", "cases")
_EARLIEST = date(2000, 1, 1)
Rows = list[list[Any]]


class Shelf:
    """`/admin/reports` and its files."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the pages into the blueprint."""
        room.add_url_rule("/reports", "reports", self.page, methods=["GET"])
        room.add_url_rule("/reports/export/<what>.csv", "export_report", self.export, methods=["POST"])

    @may("viewer")
    def page(self) -> Response:
        """What was sold lately, at a glance."""
        report = self._read(request.args.get("unit", ""), request.args.get("to", ""))
        sold = report.conversion
        steps = [
            (_("第一次來聊天"), sold.came), (_("放進購物車"), sold.filled), (_("下單"), sold.ordered),
            (_("付款"), sold.paid),
        ]  # fmt: skip
        return self._frame.show(
            "reports.html", report=report, steps=steps, labels=labels, day=_day, percent=percent,
            highest=max(1, *(period.amount for period in report.periods)), units=_units(),
            earlier=report.span.days[0] - timedelta(days=1), most=reports.MOST_ORDERS,
            later=min(_today(), report.span.last_day + (report.span.until - report.span.since)),
            newest=report.span.last_day >= _today(),
        )  # fmt: skip

    @may("viewer")
    def export(self, what: str) -> Response:
        """One of its tables as a file."""
        if what not in WHAT:
            raise NotFound
        report = self._read(request.form.get("unit", ""), request.form.get("to", ""))
        facts = {"unit": report.span.unit, "to": report.span.last_day.isoformat()}
        self._db.transaction(
            lambda tx: audit.record(tx, g.staff.id, "report.export", f"report:{what}", None, facts)
        )
        page = io.StringIO()
        rows = _table(report, what)
        csv.writer(page, lineterminator="\r\n").writerows([[cell(value) for value in row] for row in rows])
        response = Response(BOM + page.getvalue(), mimetype="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = f"attachment; filename={file_name(what)}"
        return response

    def _read(self, unit: str, to: str) -> Report:
        """The report that is asked for; what cannot be read is the usual one."""
        wanted = reports.span(unit if unit in reports.UNITS else "day", _last(to))
        return self._db.transaction(lambda tx: reports.read(tx, wanted))


def percent(part: int, whole: int) -> int:
    """How many of a hundred, rounded; 0 of nothing."""
    return round(100 * part / whole) if whole else 0


def _table(report: Report, what: str) -> Rows:
    if what == "sales":
        head = [_("日期"), _("訂單數"), _("營業額"), _("退款筆數"), _("退款金額")]
        periods = report.periods
        return [
            head,
            *([p.first_day.isoformat(), p.orders, p.amount, p.refunds, p.refunded] for p in periods),
        ]
    if what == "best":
        head = [_("貨號"), _("商品"), _("規格"), _("數量"), _("金額")]
        return [head, *([b.code, b.name, b.option, b.quantity, b.amount] for b in report.best)]
    if what == "methods":
        head = [_("付款方式"), _("訂單數"), _("營業額")]
        return [head, *([labels.method(name), orders, amount] for name, orders, amount in report.methods)]
    head = [_("待處理事項"), _("件數"), _("未結案")]
    return [head, *([labels.case_kind(c.kind), c.cases, c.open] for c in report.cases)]


def _units() -> list[tuple[str, str]]:
    return [("day", _("每日")), ("week", _("每週")), ("month", _("每月"))]


def _day(unit: str, day: date) -> str:
    return f"{day.year}/{day.month}" if unit == "month" else f"{day.month}/{day.day}"


def _today() -> date:
    return datetime.now(TAIWAN).date()


def _last(to: str) -> date:
    try:
        asked = date.fromisoformat(to)
    except ValueError:
        return _today()
    return min(asked, _today()) if asked > _EARLIEST else _today()
