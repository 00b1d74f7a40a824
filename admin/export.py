"""Orders and their lines as CSV, streamed: UTF-8 with BOM for Excel, no cell that is run as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from admin import order_filters
from admin.labels import method, state
from admin.labels_shop import delivery, invoice_kind
from admin.order_filters import Filters
from admin.words import _
from store import web
from store.db import Database, Transaction, sql
from store.text import FORMULA

BATCH = 500
BOM = "\ufeff"
_FORMULA = re.compile(FORMULA + r"|[\t\r\n]")
Row = list[str | int]


def cell(value: object) -> str | int:
    """A value as it may stand in a file: a text that a spreadsheet would run gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return f"{value.astimezone(web.TAIWAN):%Y-%m-%d %H:%M:%S}"
    text = str(value)
    return f"'{text}" if _FORMULA.match(text) else text


def file_name(what: str) -> str:
    """What the file is called when it is saved."""
    return f"{what}-{datetime.now(web.TAIWAN):%Y%m%d-%H%M}.csv"


def stream(db: Database, what: str, filters: Filters) -> Iterator[str]:
    """The file `what` (`orders` or `lines`) in pieces; a short transaction for every few hundred orders.

    Orders that are placed meanwhile are not in it: it goes from the newest of the beginning to the past.
    """
    head, rows_of = FILES[what]
    yield BOM + _text([list(head())])
    before: int | None = None
    while True:
        ids, rows = db.transaction(lambda tx, before=before: _batch(tx, filters, before, rows_of))  # type: ignore[misc]
        if not ids:
            return
        if rows:
            yield _text(rows)
        before = ids[-1]


def _batch(
    tx: Transaction, filters: Filters, before: int | None, rows_of: Callable[[Any, list[int]], Iterable[Row]]
) -> tuple[list[int], list[Row]]:
    ids = [row.id for row in order_filters.page(tx, filters, before, BATCH)]
    return ids, list(rows_of(tx.connection, ids)) if ids else []


def _text(rows: list[Row]) -> str:
    page = io.StringIO()
    csv.writer(page, lineterminator="\r\n").writerows([[cell(value) for value in row] for row in rows])
    return page.getvalue()


def _order_head() -> Row:
    return [
        _("訂單編號"), _("下單時間"), _("狀態"), _("付款方式"),
        _("商品小計"), _("折扣"), _("優惠券"), _("運費"), _("合計"), _("實收"),
        _("收件人"), _("電話"), _("配送方式"), _("地址"), _("付款時間"),
        _("物流"), _("物流單號"), _("出貨時間"),
        _("發票"), _("載具、統編或捐贈碼"), _("發票抬頭"), _("客人備註"),
    ]  # fmt: skip


def _order_rows(conn: Any, ids: list[int]) -> Iterator[Row]:
    for o in sql.export_orders(conn, ids=ids):
        yield [
            f"#{o.code}", o.placed_at, state(o.status), method(o.payment_method),
            o.subtotal, o.discount, o.coupon, o.shipping_fee, o.total, o.received,
            o.recipient_name, _phone(o.phone), delivery(o.delivery_method), o.address, o.paid_at,
            o.carrier, o.tracking, o.shipped_at,
            invoice_kind(o.invoice_kind), o.invoice_value, o.invoice_title, o.note,
        ]  # fmt: skip


def _line_head() -> Row:
    return [
        _("訂單編號"), _("下單時間"), _("狀態"), _("貨號"), _("商品"), _("規格"), _("單價"), _("數量"),
        _("小計"),
    ]  # fmt: skip


def _line_rows(conn: Any, ids: list[int]) -> Iterator[Row]:
    for line in sql.export_lines(conn, ids=ids):
        yield [
            f"#{line.code}", line.placed_at, state(line.status), line.sku, line.product_name, line.option,
            line.unit_price, line.quantity, line.unit_price * line.quantity,
        ]  # fmt: skip


def _phone(phone: str) -> str:
    """With hyphens, because Excel takes the zero off a number that is only digits."""
    return f"{phone[:4]}-{phone[4:7]}-{phone[7:]}" if re.fullmatch(r"09[0-9]{8}", phone) else phone


FILES: dict[str, tuple[Callable[[], Row], Callable[[Any, list[int]], Iterable[Row]]]] = {
    "orders": (_order_head, _order_rows),
    "lines": (_line_head, _line_rows),
}
"""The files there are: their heads and how their rows are made."""
