"""The uniform invoice (統一發票): how a customer wants it, checked before it is kept.

Formats: Ministry of Finance of Taiwan, e-invoice message guideline (carriers 3J0002 and CQ0001, donation
codes), and its notice on the check of 統一編號: since April 2023 the sum is divisible by 5 instead of 10.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from store.delivery_details import tidy

TITLE_LENGTH = 60
_WEIGHTS = (1, 2, 1, 2, 1, 2, 4, 1)


class Kind(StrEnum):
    """Where the invoice goes."""

    PAPER = "paper"  # 紙本（二聯）
    MOBILE = "mobile"  # 手機條碼載具
    CITIZEN = "citizen"  # 自然人憑證載具
    DONATION = "donation"  # 捐贈碼
    COMPANY = "company"  # 統一編號（三聯）


class Fault(StrEnum):
    """What is wrong with a field, for the words the customer is told."""

    MISSING = "missing"
    NO_SUCH_KIND = "no_such_kind"
    NOT_A_BARCODE = "not_a_barcode"
    NOT_A_CERTIFICATE = "not_a_certificate"
    NOT_A_DONATION_CODE = "not_a_donation_code"
    NOT_EIGHT_DIGITS = "not_eight_digits"
    WRONG_CHECKSUM = "wrong_checksum"
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class Invoice:
    """How the invoice is wanted.

    `value` is the carrier, the donation code or the company's number, `title` the company's name; both are
    empty for paper.
    """

    kind: Kind = Kind.PAPER
    value: str = ""
    title: str = ""


PAPER = Invoice()
_FORMATS: dict[Kind, tuple[re.Pattern[str], Fault]] = {
    Kind.MOBILE: (re.compile(r"/[0-9A-Z+\-.]{7}"), Fault.NOT_A_BARCODE),
    Kind.CITIZEN: (re.compile(r"[A-Z]{2}[0-9]{14}"), Fault.NOT_A_CERTIFICATE),
    Kind.DONATION: (re.compile(r"[0-9]{3,7}"), Fault.NOT_A_DONATION_CODE),
    Kind.COMPANY: (re.compile(r"[0-9]{8}"), Fault.NOT_EIGHT_DIGITS),
}


def check(kind: str, value: str = "", title: str = "") -> Invoice | dict[str, Fault]:
    """The invoice in its normal form, or what is wrong with which of `kind`, `value`, `title`."""
    if kind not in list(Kind):
        return {"kind": Fault.NO_SUCH_KIND}
    wanted = Kind(kind)
    if wanted is Kind.PAPER:
        return PAPER
    value = re.sub(r"\s", "", tidy(value)).upper()
    title = tidy(title) if wanted is Kind.COMPANY else ""
    faults = {"value": _value_fault(wanted, value)}
    if wanted is Kind.COMPANY:
        faults["title"] = _title_fault(title)
    found = {field: fault for field, fault in faults.items() if fault}
    return found or Invoice(wanted, value, title)


def is_company_number(digits: str) -> bool:
    """Whether eight digits can be a 統一編號.

    The digits of the products with 1, 2, 1, 2, 1, 2, 4, 1 add up to a multiple of 5. A 7 in the seventh
    place makes 28, whose digits add up to 10 and may count as 1 or as 0.
    """
    if not re.fullmatch(r"[0-9]{8}", digits, re.ASCII) or digits == "0" * 8:
        return False
    products = [int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)]
    total = sum(sum(divmod(product, 10)) for product in products)
    return total % 5 == 0 or (digits[6] == "7" and (total + 1) % 5 == 0)


def _value_fault(kind: Kind, value: str) -> Fault | None:
    pattern, fault = _FORMATS[kind]
    if not value:
        return Fault.MISSING
    if not pattern.fullmatch(value):
        return fault
    return Fault.WRONG_CHECKSUM if kind is Kind.COMPANY and not is_company_number(value) else None


def _title_fault(title: str) -> Fault | None:
    if not title:
        return Fault.MISSING
    return Fault.TOO_LONG if len(title) > TITLE_LENGTH else None
