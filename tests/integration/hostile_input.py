"""Hostile input in forms: numbers, days and choices that are none, and shapes no browser sends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from admin import labels
from tests.integration.hostile_street import REFUSED, Attack, Street

NO_NUMBERS = {
    "nothing": "", "a blank": " ", "less than zero": "-1", "a fraction": "1.5", "an exponent": "1e3",
    "no number": "NaN", "endless": "Infinity", "full width": "\uff11\uff12", "another's digits": "\u0663",
    "a superscript": "\u00b2",
    "a fraction sign": "\u00bd", "a Roman numeral": "\u2167", "a Chinese numeral": "\u4e09",
    "9 nines and one": "1" + "0" * 9,
    "bigint and one": str(2**63), "20 digits": "9" * 20, "5,000 digits": "9" * 5000, "hexadecimal": "0x10",
    "underlined": "1_000",
    "a plus": "+1", "two signs": "--1", "two numbers": "1 2", "null": "null", "true": "true",
    "SQL": "1;DROP TABLE skus",
    "NUL": "1\0", "a line break": "1\n2", "a formula": "=1+1", "markup": "<b>1</b>",
    "a minus of print": "\u22121",
}  # fmt: skip
MAY_BE_EMPTY = ("list_price", "cap", "minimum", "uses_limit", "uses_per_customer", "starts_at", "ends_at")
NO_DATES = {
    "a day that is none": "2026-02-30", "a month that is none": "2026-13-01", "no date": "tomorrow",
    "year 1": "0001-01-01",
    "year 9999": "9999-12-31", "year 10000": "10000-01-01", "a time": "2026-01-01T00:00",
    "other digits": "\u0662\u0660\u0662\u0666-01-01",
    "less than zero": "-2026-01-01", "slashes": "2026/01/01", "SQL": "2026-01-01'--", "NUL": "2026-01-01\0",
    "long": "2" * 5000,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Form:
    """A form of the console that is good as it stands, but for what is put in its place."""

    path: str
    fields: Mapping[str, str]


def number_forms(street: Street) -> dict[Form, tuple[str, ...]]:
    """Every form with numbers, and which of its fields these are."""
    at = street.values
    sku = {"option": "x", "price": "1", "list_price": "", "position": "1", "active": "1"}
    coupon = {
        "kind": "percent",
        "code": "ZZ-1",
        "value": "10",
        "cap": "",
        "minimum": "",
        "starts_at": "",
        "ends_at": "",
    }
    product = {"name": "x", "category": "茶葉", "description": "", "position": "1"}
    limits = {"uses_limit": "", "uses_per_customer": ""}
    news = {"body": "News", "product": "", "days_recent": "30", "days_lapsed": "30"}
    refund = {"payment": str(street.payment[0]), "amount": "1", "reason": "x", "key": "hostile"}
    return {
        Form(f"/admin/products/{at['product_id']}", product): ("position",),
        Form(f"/admin/products/{at['product_id']}/skus", sku | {"stock": "1", "code": ""}): ("price",
            "list_price", "stock"),
        Form(f"/admin/skus/{at['sku_id']}", sku): ("price", "list_price", "position"),
        Form(f"/admin/skus/{at['sku_id']}/stock",
            {"step": "add", "quantity": "1", "reason": "x"}): ("quantity",),
        Form("/admin/broadcasts", news | {"segment": "recent"}): ("days_recent",),
        Form("/admin/broadcasts", news | {"segment": "lapsed"}): ("days_lapsed",),
        Form(f"/admin/orders/{street.paid.id}/refund", refund): ("payment", "amount"),
        Form("/admin/coupons", coupon | limits): ("value", "cap", "minimum", "uses_limit",
            "uses_per_customer"),
        Form(f"/admin/coupons/{at['coupon_id']}",
            {"active": "1", "starts_at": "", "ends_at": "", **limits}): ("uses_limit", "uses_per_customer"),
    }  # fmt: skip


def numbers(street: Street) -> Iterator[Attack]:
    """Every number of every form, replaced by what is none: refused with the field's name."""
    for form, names in number_forms(street).items():
        for name in names:
            for trick, value in NO_NUMBERS.items():
                empty = not value.strip() and name in MAY_BE_EMPTY
                if empty or (name == "payment" and len(value) == 10):  # which could be one, and is not there
                    continue
                yield _form(
                    street, "numbers", f"{name}: {trick}", form, {name: value}, says=labels.field(name)
                )


def dates(street: Street) -> Iterator[Attack]:
    """Every date of every form, replaced by what is none."""
    for form in number_forms(street):
        for name in ("starts_at", "ends_at"):
            if name in form.fields:
                for trick, value in NO_DATES.items():
                    yield _form(
                        street, "dates", f"{name}: {trick}", form, {name: value}, says=labels.field(name)
                    )


def choices(street: Street) -> Iterator[Attack]:
    """Every choice of every form, with something that was not offered."""
    at = street.values
    forms = {
        Form("/admin/users", {"login": "zz.zz", "name": "x", "role": "viewer"}): ("role",),
        Form(f"/admin/users/{at['user_id']}", {"name": "x", "role": "viewer", "active": "1"}): ("role",),
        Form("/admin/coupons", {"kind": "percent", "code": "ZZ-1", "value": "10"}): ("kind",),
        Form(f"/admin/skus/{at['sku_id']}/stock", {"step": "add", "quantity": "1", "reason": "x"}): ("step",),
        Form("/admin/account/profile", {"name": "x", "language": "en"}): ("language",),
    }
    odd = {
        "nothing": "",
        "nobody's": "root",
        "in capitals": "OWNER",
        "two": "owner,staff",
        "NUL": "owner\0",
        "markup": "<b>",
        "long": "x" * 5000,
    }
    for form, names in forms.items():
        for name in names:
            for trick, value in odd.items():
                yield _form(street, "choices", f"{name}: {trick}", form, {name: value}, REFUSED | {303})


def shapes(street: Street) -> Iterator[Attack]:
    """Forms in a shape no browser sends: another content type, broken in the middle, endless in number."""
    token = street.tokens["owner"]
    path = f"/admin/orders/{street.paid.id}/note"
    part = f'--b\r\nContent-Disposition: form-data; name="_token"\r\n\r\n{token}\r\n'
    kinds: dict[str, tuple[str | None, bytes]] = {
        "JSON": ("application/json", f'{{"_token":"{token}","text":"x"}}'.encode()),
        "text": ("text/plain", f"_token={token}&text=x".encode()),
        "XML": ("application/xml",
            b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><text>&e;</text>"), "no kind": (None,
            f"_token={token}".encode()),
        "a kind that is none": ("///;;=", b"x"), "a long kind": ("a/" + "b" * 5000, b"x"),
        "multipart without boundary": ("multipart/form-data", part.encode()),
        "multipart of another boundary": ("multipart/form-data; boundary=c", part.encode()),
        "multipart cut off": ("multipart/form-data; boundary=b", part.encode()[:-30]),
        "a boundary of 5,000": (f"multipart/form-data; boundary={'b' * 5000}", b"x"),
        "501 parts": ("multipart/form-data; boundary=b", (part * 501 + "--b--\r\n").encode()),
        "a part without a name": ("multipart/form-data; boundary=b",
            b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"),
        "parts inside parts": ("multipart/form-data; boundary=b",
            b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n--b--\r\n"),
        "a table as a name": ("application/x-www-form-urlencoded", f"_token[a]={token}&text[]=x".encode()),
        "no pairs": ("application/x-www-form-urlencoded", b"&&&==&%&%zz"),
        "not UTF-8": ("application/x-www-form-urlencoded", b"_token=%ff%fe&text=%ed%a0%80"),
        "UTF-16": ("application/x-www-form-urlencoded; charset=utf-16", f"_token={token}".encode("utf-16")),
        "the token in the address": ("application/x-www-form-urlencoded", b"text=x"),
        "empty": ("application/x-www-form-urlencoded", b""),
    }  # fmt: skip
    for trick, (kind, body) in kinds.items():
        address = f"{path}?_token={token}" if "address" in trick else path
        yield Attack("shapes", trick, "POST", address, "owner", body, kind)
    for length in ("-1", "abc", "99999999999999999999", "1e3", ""):
        environ = {"CONTENT_LENGTH": length}
        yield Attack(
            "shapes",
            f"a length of {length!r}",
            "POST",
            path,
            "owner",
            b"text=x",
            "application/x-www-form-urlencoded",
            environ=environ,
        )


def _form(
    street: Street, group: str, name: str, form: Form, wrong: Mapping[str, str],
    answers: frozenset[int] = frozenset({422}), says: str = ""
) -> Attack:  # fmt: skip
    return Attack(
        group,
        name,
        "POST",
        form.path,
        "owner",
        {**form.fields, **wrong},
        token=True,
        answers=answers,
        says=says,
    )
