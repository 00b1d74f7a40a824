"""Hostile text in every field: what is taken in is shown as text, what is not is refused, nothing is run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.integration.hostile_street import REFUSED, Attack, Street
from tests.integration.test_details_page import GOOD

TEXTS = {
    "a script": "<script>zz()</script>",
    "an attribute left": "\"><zzi onerror=zz()>",
    "a picture": "'-zz-'<svg/onload=zz()>",
    "a title left": "</textarea></title><zzb>",
    "a comment": "--><zzc><!--zz",
    "a template": "{{7*1910043}}${7*1910043}{%zz%}",
    "a script's address": "javascript:zz()//",
    "SQL": "zz'; DROP TABLE orders;--",
    "SQL's wild cards": "zz\\%_$$ %(id)s :id {0}",
    "a formula": '=HYPERLINK("http://zz","x")',
    "nothing to see": "\u202e\u200b\u2060\ufeff",
    "only blanks": "\u3000 \u00a0\t",
    "NUL and the like": "zz\0\x1b[2J\x07\r\nX-Evil: 1",
    "half a pair": "zz\ud800",
    "beyond the plane": "zz\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "many accents": "z" + "\u0301" * 30,
    "long": "zz" * 20_000,
}  # fmt: skip
"""Short enough for every field but the last, so that a field takes them in."""
FORMULAS = (
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff201",
    "=cmd|'/c zz'!A1",
    "\u3000=1",
    "\u200b=1",
    "\ufeff=1",
)

EXPORTED = {
    "orders": ("recipient_name", "phone", "address", "note", "invoice_value", "invoice_title"),
    "order_lines": ("product_name", "option"), "shipments": ("carrier", "tracking"),
    "products": ("name", "description", "picture"), "categories": ("name",), "skus": ("code", "option"),
}  # fmt: skip
"""Every text that a file of the console takes from the tables, and may have come from outside."""
FILES = (
    "/orders/export/orders.csv", "/orders/export/lines.csv", "/products/file/export",
    *(f"/reports/export/{what}.csv" for what in ("sales", "best", "methods", "cases")),
)  # fmt: skip


@dataclass(frozen=True)
class Field:
    """A text field: the form it is in, what else the form needs, and a page that shows it afterwards."""

    name: str
    path: str
    others: Mapping[str, str]
    shown: str
    once: str = ""
    """SQL that makes the form good for another time."""
    who: str = "owner"


def text_fields(street: Street) -> list[Field]:
    """Every field of the console, and of the page for customers, that takes words."""
    at, order = street.values, f"/admin/orders/{street.paid.id}"
    product, sku = f"/admin/products/{at['product_id']}", f"/admin/skus/{at['sku_id']}"
    talk, details = f"/admin/customers/{at['customer_id']}/talk", f"/details/{street.details_token()}"
    facts = {"name": "Tea", "category": "茶葉", "description": "", "position": "1"}
    new = {"name": "New", "category": "茶葉", "description": ""}
    option = {"option": "x", "price": "1", "list_price": "", "position": "1", "active": "1"}
    news = {"body": "News", "product": "", "segment": "recent", "days_recent": "30", "days_lapsed": "30"}
    segments = ("days_recent", "days_lapsed", "product_product", "product_wished")
    parcel, person = (
        {"carrier": "全家", "tracking": "A1234"},
        {"login": "zz.zz", "name": "x", "role": "viewer"},
    )
    coupon = {
        "kind": "percent",
        "code": "ZZ-1",
        "value": "10",
        "cap": "",
        "minimum": "",
        "starts_at": "",
        "ends_at": "",
    }
    refund = {"payment": str(street.payment[0]), "amount": "1", "reason": "x"}
    unpaid = f"/admin/orders/{street.unpaid.id}"
    unsent = (
        f"UPDATE orders SET status = 'paid' WHERE id = {street.paid.id};"
        f" DELETE FROM shipments WHERE order_id = {street.paid.id}"
    )
    revived = (
        f"UPDATE orders SET status = 'pending' WHERE id = {street.unpaid.id};"
        f" DELETE FROM stock_moves WHERE order_id = {street.unpaid.id} AND reason = 'returned'"
    )
    return [
        *(Field(name, product, facts, product) for name in ("name", "category", "description")),
        Field("new_category", product, facts, "/admin/products"),
        *(Field(name, "/admin/products/new", new, "/admin/products") for name in ("name", "category",
            "new_category", "description")),
        Field("option", sku, option, product),
        Field("option", f"{product}/skus", {**option, "stock": "1"}, product),
        Field("code", f"{product}/skus", {**option, "stock": "1"}, product),
        Field("reason", f"{sku}/stock", {"step": "add", "quantity": "1"}, f"{sku}/stock"),
        Field("text", f"{order}/note", {}, order),
        *(Field(name, f"/admin/orders/{street.shipped.id}/correct", parcel,
            f"/admin/orders/{street.shipped.id}") for name in parcel),
        *(Field(name, f"{order}/ship", parcel, order,
            unsent) for name in parcel),
        Field("reason", f"{unpaid}/cancel", {}, "/admin/audit",
            revived),
        *(Field(name, f"{order}/refund", refund | {"key": "zz"}, order) for name in ("reason", "key")),
        Field("reason", f"/admin/refunds/{at['refund_id']}/by-hand", {}, "/admin/audit"),
        Field("reason", f"/admin/cases/{at['case_id']}/close", {}, "/admin/audit",
            "UPDATE cases SET closed_at = NULL, closed_by = NULL, resolution = NULL"),
        Field("reason", "/admin/letters/outbox/dismiss", {"id": "1"}, "/admin/audit",
            "UPDATE outbox SET status = 'dead' WHERE id = 1"),
        Field("reason", f"/admin/reviews/{at['review_id']}/hide", {}, "/admin/reviews",
            "UPDATE reviews SET hidden_at = NULL"),
        Field("text", talk, {}, talk), Field("code", "/admin/coupons", coupon, "/admin/coupons"),
        *(Field(name, "/admin/users", person, "/admin/users",
            "DELETE FROM staff_users WHERE login ~ '^zz'") for name in ("login", "name")),
        Field("name", f"/admin/users/{at['user_id']}", {"name": "x", "role": "viewer", "active": "1"},
            "/admin/users"),
        Field("name", "/admin/account/profile", {"name": "x", "language": "zh-TW"}, "/admin/account"),
        *(Field(name, "/admin/account/password", {"password": "x", "new": "y", "again": "z"},
            "/admin/account") for name in ("password", "new")),
        Field("code", "/admin/account/second-factor", {}, "/admin/account/second-factor"),
        *(Field(name, "/admin/login", {"login": "zz", "password": "zz"}, "/admin/login",
            "DELETE FROM login_attempts", "") for name in ("login", "password")),
        *(Field(name, details, {**GOOD, "invoice_kind": "paper"}, details, who="") for name in ("name",
            "phone", "address", "note", "delivery", "invoice_kind", "invoice_value")),
        Field("category", f"/admin/categories/{at['category_id']}", {}, "/admin/categories"),
        *(Field(name, "/admin/broadcasts", news, "/admin/broadcasts") for name in ("body", "product",
            *segments)),
        *(Field(name, f"/admin/broadcasts/{at['broadcast_id']}", news | {"version": "1"}, "/admin/broadcasts")
            for name in ("body", "product", *segments)),
        Field("send_at", f"/admin/broadcasts/{at['broadcast_id']}/send",
            {"when": "later", "version": "1", "people": "1"},
            "/admin/broadcasts"),
        Field("invoice_title", details, {**GOOD, "invoice_kind": "company", "invoice_value": "04595257"},
            details, who=""),
    ]  # fmt: skip


def texts(street: Street) -> Iterator[Attack]:
    """Each text in each field."""
    for field in text_fields(street):
        for trick, words in TEXTS.items():
            data = {**field.others, field.name: words.encode("utf-8", "surrogatepass")}
            yield Attack(
                "texts", f"{field.name}: {trick}", "POST", field.path, field.who, data,
                token=field.path.startswith("/admin"), answers=REFUSED | {200, 303}, keeps=False,
                first=field.once, look=field.shown,
            )  # fmt: skip


def read_cells(street: Street, path: str) -> list[str]:
    """Every cell of a file of the console."""
    response = street.browser("owner").post(path)
    assert response.status_code == 200, path
    return [one for row in csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"))) for one in row]


def is_run(one: str) -> bool:
    """Whether a spreadsheet would take a cell for a formula, whatever it skips before it looks."""
    return bool(
        re.match(r"[\s\u200b\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]", one)
    ) and not re.fullmatch(r"-?[0-9]+", one)
